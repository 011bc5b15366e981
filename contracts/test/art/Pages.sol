// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Renderer} from "../../src/Renderer.sol";
import {SeedArt} from "../../src/SeedArt.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {MetadataReader} from "./MetadataReader.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice Collections whose tokens have pages of their own, and what such a page must be: by another road than the
/// contract's.
abstract contract Pages is MetadataReader {
    using LibString for string;

    bytes32 internal constant WASM_HASH = keccak256("the renderer, unpacked");

    function _renderer(bytes memory head, uint256 chunkLength) internal returns (Renderer) {
        return new Renderer(_chunks(head, chunkLength), keccak256(head), WASM_HASH);
    }

    function _collectionWith(address renderer, IInferenceHub.Assurance level) internal returns (SeedArt) {
        ISeedArt.Edition memory edition = _edition();
        (edition.renderer, edition.assurance) = (renderer, uint8(level));
        return new SeedArt(edition);
    }

    function _hasPage(string memory json) internal view returns (bool) {
        return vm.keyExistsJson(json, ".animation_url");
    }

    function _page(string memory json) internal pure returns (string memory) {
        return _decode(vm.parseJsonString(json, ".animation_url"), "data:text/html;base64,");
    }

    /// @dev docs/protocol.md: the head, four arguments of a call, and the end of the script.
    function _expectedPage(bytes memory head, uint32 stages, bytes32 seed, bytes32 traits, bytes memory model)
        internal
        pure
        returns (string memory)
    {
        string[9] memory parts = [
            string(head),
            vm.toString(uint256(stages)),
            ',"',
            vm.toString(seed).slice(2),
            '","',
            vm.toString(traits).slice(2),
            '","',
            vm.toBase64(model),
            '")</script>'
        ];
        bytes memory page;
        for (uint256 i = 0; i < parts.length; ++i) {
            page = bytes.concat(page, bytes(parts[i]));
        }
        return string(page);
    }
}
