// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {BaseTest} from "../BaseTest.sol";
import {Base64} from "solady/utils/Base64.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice tokenURI and blueprint: what wallets and renderers read.
contract MetadataTest is BaseTest {
    using LibString for string;

    function _json(uint256 tokenId) internal view returns (string memory) {
        return _decode(art.tokenURI(tokenId), "data:application/json;base64,");
    }

    function _decode(string memory uri, string memory prefix) internal pure returns (string memory) {
        assertTrue(uri.startsWith(prefix), "the URI's type");
        return string(Base64.decode(uri.slice(bytes(prefix).length)));
    }

    function _svg(string memory json) internal pure returns (string memory svg) {
        svg = _decode(vm.parseJsonString(json, ".image"), "data:image/svg+xml;base64,");
        assertTrue(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">'), "opens");
        assertTrue(svg.endsWith("</svg>"), "closes");
        assertEq(svg.indicesOf("<g ").length, svg.indicesOf("</g>").length, "every group is closed");
        assertEq(svg.indicesOf("<").length, svg.indicesOf(">").length, "every tag is closed");
        assertEq(svg.indicesOf('"').length % 2, 0, "every attribute is closed");
    }

    function _attribute(string memory json, uint256 i, string memory part) internal pure returns (string memory) {
        return vm.parseJsonString(json, string.concat(".attributes[", vm.toString(i), "].", part));
    }

    /* STAGES */

    function test_aMintedTokenShowsBareCopper() public {
        uint256 tokenId = _mint();
        string memory json = _json(tokenId);
        assertEq(vm.parseJsonString(json, ".name"), "Verdigris #1", "name");
        assertTrue(vm.parseJsonString(json, ".description").contains("block 20002"), "names its seed's block");
        assertFalse(vm.keyExistsJson(json, ".attributes[0]"), "no traits");
        assertFalse(vm.keyExistsJson(json, ".verdigris"), "no receipt");
        _svg(json);
    }

    /// forge-config: default.fuzz.runs = 12
    /// forge-config: ci.fuzz.runs = 48
    function testFuzz_aDrawnTokenShowsItsOwnPatina(bytes32 entropy) public {
        vm.assume(entropy != 0);
        uint256 tokenId = _mint();
        string memory copper = _svg(_json(tokenId));
        _draw(tokenId, entropy);
        string memory json = _json(tokenId);
        bytes32 traits = art.blueprint(tokenId).traits;

        assertFalse(_svg(json).eq(copper), "another drawing");
        assertEq(_attribute(json, 0, "trait_type"), "Palette", "first trait");
        assertEq(_attribute(json, 0, "value"), Traits.paletteName(traits), "palette");
        assertEq(_attribute(json, 1, "trait_type"), "Family", "second trait");
        assertEq(_attribute(json, 1, "value"), Traits.familyName(traits), "family");
        assertEq(_attribute(json, 2, "trait_type"), "Symmetry", "third trait");
        assertEq(_attribute(json, 2, "value"), Traits.symmetryName(traits), "symmetry");
        assertEq(_attribute(json, 3, "trait_type"), "Density", "fourth trait");
        assertEq(_attribute(json, 3, "value"), Traits.densityName(traits), "density");
    }

    function test_twoSeedsGiveTwoPatinas() public {
        uint256 first = _mintAndDraw();
        uint256 second = _mintAndDraw();
        assertFalse(_svg(_json(first)).eq(_svg(_json(second))), "drawings");
    }

    /// The picture, the proof of it and all that a verifier needs, with no chain at hand: only this JSON.
    function test_aFulfilledTokensMetadataVerifiesOffline() public {
        (uint256 tokenId,) = _mintDrawFulfil();
        string memory json = _json(tokenId);

        bytes memory input = abi.encode(
            PictureInput({
                rendererVersion: uint16(vm.parseJsonUint(json, ".verdigris.rendererVersion")),
                size: uint16(vm.parseJsonUint(json, ".verdigris.size")),
                seed: vm.parseJsonBytes32(json, ".verdigris.seed"),
                traits: vm.parseJsonBytes32(json, ".verdigris.traits"),
                title: vm.parseJsonString(json, ".name")
            })
        );
        bytes memory cid = _base32(vm.parseJsonString(json, ".verdigris.imageCid"));
        bytes memory output = abi.encode(PictureOutput(vm.parseJsonBytes32(json, ".verdigris.pixelRoot"), cid));
        IInferenceHub.Receipt memory receipt = IInferenceHub.Receipt({
            requestId: vm.parseJsonBytes32(json, ".verdigris.requestId"),
            modelId: vm.parseJsonBytes32(json, ".verdigris.modelId"),
            inputHash: vm.parseJsonBytes32(json, ".verdigris.receipt.inputHash"),
            outputHash: vm.parseJsonBytes32(json, ".verdigris.receipt.outputHash"),
            contentHash: vm.parseJsonBytes32(json, ".verdigris.receipt.contentHash"),
            issuedAt: uint64(vm.parseJsonUint(json, ".verdigris.receipt.issuedAt"))
        });
        assertEq(keccak256(input), receipt.inputHash, "input");
        assertEq(keccak256(output), receipt.outputHash, "output");
        assertEq(_signer(json, receipt), vm.parseJsonAddress(json, ".verdigris.receipt.attestationKey"), "signer");
        assertEq(vm.parseJsonAddress(json, ".verdigris.receipt.attestationKey"), ATTESTER, "key");

        assertEq(vm.parseJsonString(json, ".image"), _ipfs(cid), "image");
        assertEq(
            vm.parseJsonString(json, ".verdigris.metadata"),
            _ipfs(abi.encodePacked(hex"01551220", receipt.contentHash)),
            "metadata"
        );
        assertEq(vm.parseJsonUint(json, ".verdigris.version"), 1, "version");
        assertEq(vm.parseJsonAddress(json, ".verdigris.contract"), address(art), "contract");
        assertEq(vm.parseJsonString(json, ".verdigris.tokenId"), vm.toString(tokenId), "token id");
        assertTrue(vm.keyExistsJson(json, ".attributes[3]"), "traits");
    }

    function _signer(string memory json, IInferenceHub.Receipt memory receipt) internal pure returns (address) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Verdigris"),
                keccak256("1"),
                vm.parseJsonUint(json, ".verdigris.chainId"),
                vm.parseJsonAddress(json, ".verdigris.hub")
            )
        );
        bytes32 typeHash = keccak256(
            "Receipt(bytes32 requestId,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,bytes32 contentHash,uint64 issuedAt)"
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(typeHash, receipt))));
        bytes memory signature = vm.parseJsonBytes(json, ".verdigris.receipt.signature");
        assertEq(signature.length, 65, "signature length");
        bytes32 r;
        bytes32 s;
        assembly {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        return ecrecover(digest, uint8(signature[64]), r, s);
    }

    /* NAMES */

    function _isEscaped(string memory name) internal {
        art = _collection(name, hub, modelId);
        vm.prank(COLLECTOR);
        uint256 tokenId = art.mint{value: PRICE}(COLLECTOR);
        assertEq(vm.parseJsonString(_json(tokenId), ".name"), string.concat(name, " #1"), "minted");
        _draw(tokenId, keccak256("entropy"));
        _fulfil(_pictureAnswer(tokenId));
        assertEq(vm.parseJsonString(_json(tokenId), ".name"), string.concat(name, " #1"), "fulfilled");
    }

    function test_namesAreEscaped() public {
        _isEscaped('","image":"data:evil","x":"');
        _isEscaped("back\\slash \\u0041 and \"quotes\"");
        _isEscaped("line\nbreak\ttab\x08\x0c\r\x01");
        _isEscaped(unicode"Grünspan 🜠 </script><svg onload=1>");
        _isEscaped("");
    }

    /* BLUEPRINT */

    function test_aBlueprintHoldsAllThatARendererNeeds() public {
        uint256 tokenId = _mint();
        ISeedArt.Blueprint memory before = art.blueprint(tokenId);
        assertEq(before.seed, 0, "no seed yet");
        assertEq(before.traits, 0, "no traits yet");

        _draw(tokenId, keccak256("entropy"));
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        assertEq(blueprint.rendererVersion, 1, "renderer version");
        assertEq(blueprint.size, SIZE, "size");
        assertEq(blueprint.modelId, modelId, "model id");
        assertEq(blueprint.canonicalHash, keccak256(blueprint.model), "canonical hash");
        assertEq(blueprint.model, weights, "model");
        assertNotEq(blueprint.seed, 0, "seed");
        assertEq(blueprint.traits, Traits.fromSeed(blueprint.seed), "traits");
    }

    function test_aModelOffChainLeavesTheBlueprintWithoutBytes() public {
        IModelRegistry.Model memory model = _pictureModel("somewhere else");
        art = _collection("Verdigris", hub, registry.register(model, new address[](0)));
        ISeedArt.Blueprint memory blueprint = art.blueprint(_mint());
        assertEq(blueprint.model, "", "model");
        assertEq(blueprint.canonicalHash, keccak256("somewhere else"), "canonical hash");
    }

    /* COST OF READING */

    /// forge-config: default.fuzz.runs = 12
    /// forge-config: ci.fuzz.runs = 48
    function testFuzz_everyStageIsReadWithinWhatNodesAllow(bytes32 entropy) public {
        vm.assume(entropy != 0);
        uint256 tokenId = _mint();
        art.tokenURI{gas: 10_000_000}(tokenId);
        _draw(tokenId, entropy);
        art.tokenURI{gas: 10_000_000}(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        art.tokenURI{gas: 1_000_000}(tokenId);
    }

    /* CIDS, BY ANOTHER ROAD THAN THE CONTRACT'S */

    bytes internal constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    function _ipfs(bytes memory cid) internal pure returns (string memory uri) {
        uri = "ipfs://b";
        for (uint256 bit = 0; bit < cid.length * 8; bit += 5) {
            uint256 value = 0;
            for (uint256 i = bit; i < bit + 5; ++i) {
                uint256 byte_ = i / 8 < cid.length ? uint8(cid[i / 8]) : 0;
                value = value * 2 + ((byte_ >> (7 - (i % 8))) & 1);
            }
            uri = string.concat(uri, string(abi.encodePacked(ALPHABET[value])));
        }
    }

    function _base32(string memory text) internal pure returns (bytes memory cid) {
        bytes memory characters = bytes(text);
        assertEq(characters[0], "b", "multibase");
        cid = new bytes((characters.length - 1) * 5 / 8);
        for (uint256 bit = 0; bit < cid.length * 8; ++bit) {
            uint256 value = 0;
            while (ALPHABET[value] != characters[1 + bit / 5]) ++value;
            if ((value >> (4 - (bit % 5))) & 1 == 1) cid[bit / 8] |= bytes1(0x80) >> (bit % 8);
        }
    }
}
