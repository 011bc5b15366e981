// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {TraitNames} from "../../src/lib/TraitNames.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {MetadataReader} from "./MetadataReader.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice tokenURI of a model that is not certified: complete at every stage all the same.
contract MetadataTest is MetadataReader {
    using LibString for string;

    function setUp() public override {
        super.setUp();
        modelId = _register(_pictureModel("not certified"), "not certified");
        art = _collection("Verdigris", hub, modelId);
    }

    /* STAGES */

    function test_aMintedTokenShowsBareCopper() public {
        uint256 tokenId = _mint();
        string memory json = _json(tokenId);
        assertEq(vm.parseJsonString(json, ".name"), "Verdigris #1", "name");
        assertTrue(vm.parseJsonString(json, ".description").contains("block 20002"), "names its seed's block");
        assertFalse(vm.keyExistsJson(json, ".attributes[0]"), "no traits");
        assertFalse(vm.keyExistsJson(json, ".verdigris"), "nothing was asked");
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
        string[8] memory labels = ["Palette", "Family", "Symmetry", "Density", "Texture", "Frame", "Marks", "Rarity"];
        for (uint256 i = 0; i < 8; ++i) {
            assertEq(_attribute(json, i, "trait_type"), labels[i], "trait");
            assertEq(_attribute(json, i, "value"), TraitNames.nameOf(i, TraitNames.valueOf(traits, i)), labels[i]);
        }
        assertEq(_attribute(json, 8, "trait_type"), "Epoch", "last trait");
        assertEq(_attribute(json, 8, "display_type"), "number", "a number");
        assertEq(vm.parseJsonUint(json, ".attributes[8].value"), 0, "epoch");
        assertFalse(vm.keyExistsJson(json, ".attributes[9]"), "no more");
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
                stages: uint32(vm.parseJsonUint(json, ".verdigris.stages")),
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
        assertEq(vm.parseJsonString(json, ".aigc_data"), _ipfs(cid), "content, as ERC-7007 names it");
        assertEq(vm.parseJsonString(json, ".aigc_type"), "image", "kind of content, as ERC-7007 names it");
        assertEq(
            vm.parseJsonString(json, ".verdigris.metadata"),
            _ipfs(abi.encodePacked(hex"01551220", receipt.contentHash)),
            "metadata"
        );
        assertEq(vm.parseJsonUint(json, ".verdigris.version"), 1, "version");
        assertEq(vm.parseJsonAddress(json, ".verdigris.contract"), address(art), "contract");
        assertEq(vm.parseJsonString(json, ".verdigris.tokenId"), vm.toString(tokenId), "token id");
        assertTrue(vm.keyExistsJson(json, ".attributes[8]"), "traits");
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
}
