// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {BaseTest} from "../BaseTest.sol";

contract RegisterTest is BaseTest {
    function testFuzz_aVersionIsKeptAsItWasRegistered(
        bool picture,
        bytes32 canonicalHash,
        bytes32 onnxHash,
        address key,
        string calldata manifestURI,
        address publisher
    ) public {
        vm.assume(key != address(0) && bytes(manifestURI).length < 500);
        IModelRegistry.Task task = picture ? IModelRegistry.Task.Picture : IModelRegistry.Task.Tensor;
        IModelRegistry.Model memory model = IModelRegistry.Model(task, canonicalHash, onnxHash, key, manifestURI);
        bytes32 expectedId = keccak256(abi.encode(publisher, model));
        vm.expectEmit(address(registry));
        emit IModelRegistry.ModelRegistered(
            expectedId,
            publisher,
            model.canonicalHash,
            model.onnxHash,
            model.attestationKey,
            model.task,
            model.manifestURI
        );
        vm.prank(publisher);
        bytes32 id = registry.register(model, new address[](0));

        (IModelRegistry.Model memory kept, address[] memory chunks) = registry.modelOf(id);
        assertEq(id, expectedId, "id");
        assertEq(registry.modelIdOf(publisher, model), expectedId, "id foretold");
        assertEq(abi.encode(kept), abi.encode(model), "model");
        assertEq(chunks.length, 0, "chunks");
        assertEq(registry.attestationKeyOf(id), model.attestationKey, "key");
        assertEq(registry.publisherOf(id), publisher, "publisher");
        assertEq(uint256(registry.taskOf(id)), uint256(task), "task");
        assertEq(registry.weightsOf(id), "", "weights off chain");
    }

    /// forge-config: default.fuzz.runs = 48
    /// forge-config: ci.fuzz.runs = 96
    function testFuzz_weightsAreReadBackFromTheirChunks(uint256 length, uint256 chunkLength) public {
        length = bound(length, 1, 3_000);
        chunkLength = bound(chunkLength, length / 20 + 1, 3_000);
        bytes memory canonicalForm = _noise("a model", length);
        address[] memory chunks = _chunks(canonicalForm, chunkLength);
        bytes32 id = registry.register(_pictureModel(canonicalForm), chunks);

        assertEq(registry.weightsOf(id), canonicalForm, "canonical form");
        (, address[] memory kept) = registry.modelOf(id);
        assertEq(kept, chunks, "chunks");
    }

    function test_weightsOfThreeFullChunksAreReadBack() public {
        bytes memory canonicalForm = _noise("large", 3 * 24_575);
        address[] memory chunks = _chunks(canonicalForm, 24_575);
        assertEq(chunks[2].code.length, 24_576, "the most code that a contract may have");
        bytes32 id = registry.register(_pictureModel(canonicalForm), chunks);
        assertEq(keccak256(registry.weightsOf(id)), keccak256(canonicalForm), "canonical form");
    }

    function test_nobodyCanRegisterTheSameVersionTwice() public {
        IModelRegistry.Model memory model = _pictureModel(weights);
        address[] memory chunks = _chunks(weights, 24_575);
        vm.prank(PUBLISHER);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyRegistered.selector, modelId));
        registry.register(model, chunks);
    }

    function test_anotherPublisherGetsAnotherVersion() public {
        vm.prank(STRANGER);
        bytes32 other = registry.register(_pictureModel(weights), new address[](0));
        assertNotEq(other, modelId, "id");
        assertEq(registry.publisherOf(other), STRANGER, "its publisher");
        assertEq(registry.publisherOf(modelId), PUBLISHER, "the first one's publisher stays");
        assertEq(registry.weightsOf(modelId), weights, "the first one's weights stay");
    }

    function test_aVersionWithoutAKeyIsRefused() public {
        IModelRegistry.Model memory model = _pictureModel(weights);
        model.attestationKey = address(0);
        vm.expectRevert(IModelRegistry.ZeroAttestationKey.selector);
        registry.register(model, new address[](0));
    }

    function testFuzz_chunksWithOtherContentAreRefused(bytes32 claimed) public {
        vm.assume(claimed != keccak256(weights));
        IModelRegistry.Model memory model = _pictureModel(weights);
        model.canonicalHash = claimed;
        address[] memory chunks = _chunks(weights, 24_575);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.WeightsMismatch.selector, claimed, keccak256(weights)));
        registry.register(model, chunks);
    }

    function test_chunksInTheWrongOrderAreRefused() public {
        address[] memory chunks = _chunks(weights, 24_575);
        (chunks[0], chunks[1]) = (chunks[1], chunks[0]);
        vm.expectPartialRevert(IModelRegistry.WeightsMismatch.selector);
        registry.register(_pictureModel(weights), chunks);
    }

    function test_aChunkWithoutCodeIsRefused() public {
        address[] memory chunks = _chunks(weights, 24_575);
        chunks[1] = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.EmptyChunk.selector, STRANGER));
        registry.register(_pictureModel(weights), chunks);
    }

    /// Code that runs could destroy itself, and an EIP-7702 account can change its code.
    function test_codeThatCanRunIsNoChunk() public {
        address[] memory chunks = new address[](1);
        chunks[0] = address(hub);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.NotAChunk.selector, address(hub)));
        registry.register(_pictureModel(address(hub).code), chunks);

        chunks[0] = STRANGER;
        vm.etch(STRANGER, abi.encodePacked(hex"ef0100", address(hub)));
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.NotAChunk.selector, STRANGER));
        registry.register(_pictureModel(STRANGER.code), chunks);
    }

    /// A chunk can be made so that it is gone when its transaction ends, and be put there anew with other content
    /// (EIP-6780). Its version then reads as an error, never as other weights.
    function test_aChunkThatIsReplacedDoesNotPassForTheModel() public {
        bytes memory canonicalForm = "the real weights";
        address[] memory chunks = _chunks(canonicalForm, 24_575);
        bytes32 id = registry.register(_pictureModel(canonicalForm), chunks);

        vm.etch(chunks[0], "\x00other weights");
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.WeightsMismatch.selector, keccak256(canonicalForm), keccak256("other weights")
            )
        );
        registry.weightsOf(id);

        vm.etch(chunks[0], "");
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.WeightsMismatch.selector, keccak256(canonicalForm), keccak256(""))
        );
        registry.weightsOf(id);
    }

    function testFuzz_anUnknownVersionIsSaidSo(bytes32 unknown) public {
        vm.assume(unknown != modelId);
        bytes memory expected = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown);
        vm.expectRevert(expected);
        registry.modelOf(unknown);
        vm.expectRevert(expected);
        registry.attestationKeyOf(unknown);
        vm.expectRevert(expected);
        registry.publisherOf(unknown);
        vm.expectRevert(expected);
        registry.taskOf(unknown);
        vm.expectRevert(expected);
        registry.weightsOf(unknown);
    }
}
