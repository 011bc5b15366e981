// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {BaseTest} from "../BaseTest.sol";

/// @notice A model's way onto the chain, chunk by chunk.
contract ChunksTest is BaseTest {
    uint256 internal constant FULL = 24_575;
    /// @dev EIP-7825: the most gas that a transaction may have.
    uint256 internal constant TRANSACTION_GAS = 16_777_216;

    /// @dev `length` bytes cut into parts of `part` bytes, the last one shorter.
    function _cut(bytes memory content, uint256 part) internal pure returns (bytes[] memory parts) {
        parts = new bytes[]((content.length + part - 1) / part);
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 start = i * part;
            parts[i] = new bytes(start + part < content.length ? part : content.length - start);
            for (uint256 j = 0; j < parts[i].length; ++j) {
                parts[i][j] = content[start + j];
            }
        }
    }

    function _one(bytes memory content) internal pure returns (bytes[] memory contents) {
        contents = new bytes[](1);
        contents[0] = content;
    }

    function testFuzz_aModelIsStoredRegisteredAndReadBack(bytes32 seed, uint256 length, address sender) public {
        bytes memory canonicalForm = _noise(vm.toString(seed), bound(length, 1, 3_000));
        uint256 part = canonicalForm.length / 3 + 1;
        vm.prank(sender);
        address[] memory chunks = registry.storeChunks(_cut(canonicalForm, part));
        bytes32 id = registry.register(_pictureModel(canonicalForm), chunks);
        assertEq(registry.weightsOf(id), canonicalForm, "canonical form");
    }

    function testFuzz_aChunksAddressFollowsFromItsContent(bytes calldata content, address sender) public {
        vm.assume(content.length != 0);
        (address foretold, bool stored) = registry.chunkOf(content);
        assertFalse(stored, "not stored yet");
        vm.prank(sender);
        address chunk = registry.storeChunks(_one(content))[0];
        assertEq(chunk, foretold, "address");
        assertEq(chunk.code, bytes.concat(hex"00", content), "code: STOP, then the content");
        (foretold, stored) = registry.chunkOf(content);
        assertEq(chunk, foretold, "the same address");
        assertTrue(stored, "stored");

        bytes32 initHash =
            keccak256(abi.encodePacked(hex"61", uint16(content.length + 1), hex"80600a3d393df300", content));
        assertEq(chunk, vm.computeCreate2Address(0, initHash, address(registry)), "CREATE2 with salt 0");
    }

    /// An upload of five chunks whose second transaction never came: the rest is stored, nothing twice.
    function test_anUploadIsResumedWhereItStopped() public {
        bytes[] memory parts = _cut(_noise("five chunks", 5_000), 1_000);
        bytes[] memory first = new bytes[](2);
        (first[0], first[1]) = (parts[0], parts[3]);
        registry.storeChunks(first);

        address[] memory chunks = new address[](5);
        uint256 missing = 0;
        for (uint256 i = 0; i < 5; ++i) {
            bool stored;
            (chunks[i], stored) = registry.chunkOf(parts[i]);
            if (!stored) ++missing;
        }
        assertEq(missing, 3, "three are missing");
        uint256 nonce = vm.getNonce(address(registry));
        for (uint256 i = 0; i < 5; ++i) {
            assertEq(registry.storeChunks(_one(parts[i]))[0], chunks[i], "address");
        }
        assertEq(vm.getNonce(address(registry)) - nonce, 3, "contracts made");

        bytes32 id = registry.register(_pictureModel(_noise("five chunks", 5_000)), chunks);
        assertEq(registry.weightsOf(id), _noise("five chunks", 5_000), "canonical form");
    }

    function test_equalPartsAreStoredOnce() public {
        bytes[] memory parts = new bytes[](3);
        (parts[0], parts[1], parts[2]) = ("once", "once", "twice");
        address[] memory chunks = registry.storeChunks(parts);
        assertEq(chunks[0], chunks[1], "one chunk for both");
        assertNotEq(chunks[0], chunks[2], "another for the third");
        bytes32 id = registry.register(_pictureModel("onceoncetwice"), chunks);
        assertEq(registry.weightsOf(id), "onceoncetwice", "both places are filled");
    }

    function test_theOrderOfPartsMatters() public {
        bytes[] memory parts = new bytes[](2);
        (parts[0], parts[1]) = ("first ", "second");
        address[] memory chunks = registry.storeChunks(parts);
        (chunks[0], chunks[1]) = (chunks[1], chunks[0]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.WeightsMismatch.selector, keccak256("first second"), keccak256("secondfirst ")
            )
        );
        registry.register(_pictureModel("first second"), chunks);
    }

    function test_storingNothingIsNoError() public {
        assertEq(registry.storeChunks(new bytes[](0)).length, 0, "no chunks");
    }

    /* REFUSALS */

    function testFuzz_moreThanThreeAtOnceAreRefused(uint256 count) public {
        count = bound(count, 4, 50);
        bytes[] memory parts = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            parts[i] = abi.encode(i);
        }
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.TooManyChunks.selector, count));
        registry.storeChunks(parts);
    }

    function test_emptyAndOverlongPartsAreRefused() public {
        bytes[] memory parts = new bytes[](2);
        parts[0] = "good";
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadChunkLength.selector, 1, 0));
        registry.storeChunks(parts);
        parts[1] = new bytes(FULL + 1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadChunkLength.selector, 1, FULL + 1));
        registry.storeChunks(parts);
        (, bool stored) = registry.chunkOf("good");
        assertFalse(stored, "nothing was stored");

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadChunkLength.selector, 0, 0));
        registry.chunkOf("");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadChunkLength.selector, 0, 70_000));
        registry.chunkOf(new bytes(70_000));
    }

    /* GAS */

    /// forge-config: default.isolate = true
    function test_threeFullChunksFitOneTransaction() public {
        bytes memory canonicalForm = _noise("a large model", 3 * FULL);
        bytes[] memory parts = _cut(canonicalForm, FULL);
        address[] memory chunks = registry.storeChunks(parts);
        uint256 used = vm.snapshotGasLastCall("Art", "store three full chunks");
        assertLt(used, TRANSACTION_GAS, "a transaction's gas");
        assertEq(chunks[2].code.length, 24_576, "the most code that a contract may have");

        bytes32 id = registry.register(_pictureModel(canonicalForm), chunks);
        vm.snapshotGasLastCall("Art", "register a version of three full chunks");
        assertEq(keccak256(registry.weightsOf(id)), keccak256(canonicalForm), "canonical form");
    }

    /// forge-config: default.isolate = true
    function test_chunksThatAreThereCostNoCode() public {
        bytes[] memory parts = _cut(_noise("a large model", 3 * FULL), FULL);
        registry.storeChunks(parts);
        registry.storeChunks(parts);
        vm.snapshotGasLastCall("Art", "store three full chunks again");
    }
}
