// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IRenderer} from "./interfaces/IRenderer.sol";
import {Base64} from "./lib/Base64.sol";
import {CodeChunks} from "./lib/CodeChunks.sol";

import {LibString} from "solady/utils/LibString.sol";

/// @title Renderer
/// @notice Keeps the head of the tokens' pages in code chunks, and ends it with a token's values.
/// @dev One serves any number of collections. The head ends in the middle of a script, with the opening parenthesis of
/// a call; what is put behind it is digits and base64, whatever the values are, so nothing in them can be taken for
/// script or markup.
contract Renderer is IRenderer {
    using LibString for uint256;

    /* ERRORS */

    /// @notice A head takes at least one chunk.
    error NoChunks();
    /// @notice The code at a chunk's address does not begin with STOP (0x00), or there is none.
    error NotAChunk(address chunk);

    /* IMMUTABLES */

    /// @inheritdoc IRenderer
    bytes32 public immutable hash;
    /// @inheritdoc IRenderer
    bytes32 public immutable wasmHash;

    /* STORAGE */

    address[] private _chunks;

    /* CONSTRUCTOR */

    /// @param chunks SSTORE2 contracts whose data, joined in order, is the head; `ModelRegistry.storeChunks` makes such
    /// @param hash_ keccak256 of the head
    /// @param wasmHash_ keccak256 of the renderer in it, unpacked
    constructor(address[] memory chunks, bytes32 hash_, bytes32 wasmHash_) {
        if (chunks.length == 0) revert NoChunks();
        for (uint256 i = 0; i < chunks.length; ++i) {
            if (!CodeChunks.isChunk(chunks[i])) revert NotAChunk(chunks[i]);
        }
        _join(chunks, hash_);
        _chunks = chunks;
        (hash, wasmHash) = (hash_, wasmHash_);
    }

    /* VIEWS */

    /// @inheritdoc IRenderer
    /// @dev The hash is checked on every read, as with weights: a chunk that was created and destroyed in the
    /// transaction of this contract's deployment (EIP-6780) could be replaced later.
    function head() public view returns (string memory) {
        return _join(_chunks, hash);
    }

    /// @inheritdoc IRenderer
    function html(uint32 stages, bytes32 seed, bytes32 traits, bytes calldata model)
        external
        view
        returns (string memory)
    {
        string memory values = string.concat(
            uint256(stages).toString(),
            ',"',
            uint256(seed).toHexStringNoPrefix(32),
            '","',
            uint256(traits).toHexStringNoPrefix(32),
            '","'
        );
        return string.concat(head(), values, Base64.encode(model), '")</script>');
    }

    /* INTERNAL */

    function _join(address[] memory chunks, bytes32 expected) private view returns (string memory) {
        bytes memory joined = CodeChunks.join(chunks);
        bytes32 actual = keccak256(joined);
        if (actual != expected) revert HeadMismatch(expected, actual);
        return string(joined);
    }
}
