// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {InferenceResolver} from "../../src/gateway/InferenceResolver.sol";
import {IInferenceGateway} from "../../src/interfaces/IInferenceGateway.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IInferenceResolver} from "../../src/interfaces/IInferenceResolver.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {BaseTest} from "../BaseTest.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

contract InferenceResolverTest is BaseTest {
    /// @dev The order of secp256k1.
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    InferenceResolver private resolver;
    string[] private urls;

    function setUp() public override {
        super.setUp();
        urls = ["https://one.example/oracle/ccip/{sender}/{data}.json", "https://two.example/oracle/ccip"];
        resolver = new InferenceResolver(registry, urls);
    }

    /* LOOKUP */

    function testFuzz_whoeverAsksIsSentToTheGatewaysWithWhatWasAsked(bytes calldata input, address sender) public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceResolver.OffchainLookup.selector,
                resolver,
                urls,
                abi.encodeCall(IInferenceGateway.infer, (modelId, input)),
                IInferenceResolver.inferCallback.selector,
                abi.encode(modelId, keccak256(input))
            )
        );
        vm.prank(sender);
        resolver.infer(modelId, input);
    }

    function test_theErrorIsTheOneOfEip3668() public pure {
        assertEq(IInferenceResolver.OffchainLookup.selector, bytes4(0x556f1830), "its selector");
    }

    function testFuzz_nobodyIsSentAnywhereForAModelThatIsNotRegistered(bytes32 unknown) public {
        vm.assume(unknown != modelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown));
        resolver.infer(unknown, "");
    }

    /* CALLBACK */

    function testFuzz_anAnswerThatTheModelsKeySignedIsGivenBack(bytes calldata input, bytes calldata output) public {
        bytes memory response = _answer(resolver, modelId, input, output, ATTESTER_KEY);
        assertEq(resolver.inferCallback(response, _asked(modelId, input)), output, "output");
        // An answer doesn't age.
        vm.warp(START_TIME + 1_000 days);
        assertEq(resolver.inferCallback(response, _asked(modelId, input)), output, "output, years later");
    }

    function testFuzz_anAnswerThatAnotherKeySignedIsRefused(uint256 key) public {
        key = bound(key, 1, ORDER - 1);
        vm.assume(key != ATTESTER_KEY);
        bytes memory response = _answer(resolver, modelId, "input", "output", key);
        vm.expectRevert(abi.encodeWithSelector(IInferenceResolver.NotAttester.selector, vm.addr(key), ATTESTER));
        resolver.inferCallback(response, _asked(modelId, "input"));
    }

    function testFuzz_anAnswerToAnotherInputIsRefused(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256("input"));
        _expectNotAttester(_answer(resolver, modelId, other, "output", ATTESTER_KEY), _asked(modelId, "input"));
    }

    function testFuzz_anotherOutputUnderTheSameSignatureIsRefused(bytes calldata other) public {
        vm.assume(keccak256(other) != keccak256("output"));
        bytes memory signature = _signature(resolver, modelId, "input", "output", ATTESTER_KEY);
        _expectNotAttester(abi.encode(other, signature), _asked(modelId, "input"));
    }

    function test_anAnswerOfAnotherModelOfTheSameKeyIsRefused() public {
        IModelRegistry.Model memory model = _pictureModel(weights);
        model.manifestURI = "ipfs://another";
        bytes32 other = _register(model, weights);
        _expectNotAttester(_answer(resolver, other, "input", "output", ATTESTER_KEY), _asked(modelId, "input"));
        _expectNotAttester(_answer(resolver, modelId, "input", "output", ATTESTER_KEY), _asked(other, "input"));
    }

    function test_anAnswerForAnotherResolverIsRefused() public {
        InferenceResolver other = new InferenceResolver(registry, urls);
        _expectNotAttester(_answer(other, modelId, "input", "output", ATTESTER_KEY), _asked(modelId, "input"));
    }

    function test_anAnswerForAnotherChainIsRefused() public {
        bytes memory response = _answer(resolver, modelId, "input", "output", ATTESTER_KEY);
        vm.chainId(1);
        _expectNotAttester(response, _asked(modelId, "input"));
    }

    /// A receipt says the same of model, input and output, and is signed by the same key.
    function test_aReceiptIsNoAnswerAndAnAnswerNoReceipt() public {
        bytes32 requestId = keccak256("request");
        IInferenceHub.Receipt memory receipt =
            IInferenceHub.Receipt(requestId, modelId, keccak256("input"), keccak256("output"), 0, 0);
        bytes memory signature = _signed(hub.receiptDigest(receipt), ATTESTER_KEY);
        _expectNotAttester(abi.encode(bytes("output"), signature), _asked(modelId, "input"));
        assertNotEq(hub.receiptDigest(receipt), _digest(resolver, "input", "output"), "digests");
    }

    function test_aMalleatedSignatureIsRefused() public {
        bytes memory signature = _signature(resolver, modelId, "input", "output", ATTESTER_KEY);
        (bytes32 r, bytes32 s, uint8 v) = _parts(signature);
        bytes32 high = bytes32(ORDER - uint256(s));
        bytes memory malleated = abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        resolver.inferCallback(abi.encode(bytes("output"), malleated), _asked(modelId, "input"));
    }

    function testFuzz_whatIsNoSignatureIsRefused(bytes calldata junk) public {
        bytes memory response = abi.encode(bytes("output"), junk);
        vm.expectRevert();
        resolver.inferCallback(response, _asked(modelId, "input"));
    }

    function testFuzz_aSignatureOfAnotherLengthIsRefused(uint256 length) public {
        length = bound(length, 0, 130);
        vm.assume(length != 65);
        bytes memory signature = _signature(resolver, modelId, "input", "output", ATTESTER_KEY);
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < 65; ++i) {
            other[i] = signature[i];
        }
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, length));
        resolver.inferCallback(abi.encode(bytes("output"), other), _asked(modelId, "input"));
    }

    function testFuzz_whatIsNoAnswerAtAllIsRefused(bytes calldata response, bytes calldata extraData) public {
        vm.expectRevert();
        resolver.inferCallback(response, extraData);
    }

    /* DIGEST */

    /// The digest as any EIP-712 library computes it, from the definition.
    function testFuzz_theDigestIsEip712(IInferenceGateway.GatewayAnswer calldata answer) public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Verdigris Gateway"),
                keccak256("1"),
                block.chainid,
                address(resolver)
            )
        );
        bytes32 content = keccak256(
            abi.encode(keccak256("GatewayAnswer(bytes32 modelId,bytes32 inputHash,bytes32 outputHash)"), answer)
        );
        assertEq(
            resolver.answerDigest(answer.modelId, answer.inputHash, answer.outputHash),
            keccak256(abi.encodePacked(hex"1901", domain, content)),
            "digest"
        );
    }

    /// The one of viem, and of the functions' tests (functions/core/src/oracle/statement.rs).
    function test_theDigestIsTheOneOfOthers() public {
        address there = address(0xb1);
        vm.etch(there, address(resolver).code);
        uint256 ones = type(uint256).max / 255;
        assertEq(
            InferenceResolver(there).answerDigest(bytes32(2 * ones), bytes32(3 * ones), bytes32(4 * ones)),
            0x4afa89c6cc633d19b0e39dcd9a70bd6e31b4c1bccc7a0bbf9502ad5a5b041e66,
            "digest"
        );
    }

    /* CONSTRUCTOR */

    function test_itSaysWhereTheGatewaysAreAndWhoSaysWhoseSignatureCounts() public view {
        assertEq(abi.encode(resolver.urls()), abi.encode(urls), "urls");
        assertEq(resolver.registry(), address(registry), "registry");
    }

    function testFuzz_fewUrlsAndShortOnesAreTaken(uint256 count, uint256 length) public {
        count = bound(count, 1, 8);
        length = bound(length, 1, 256);
        string[] memory many = _many(count, length);
        assertEq(abi.encode(new InferenceResolver(registry, many).urls()), abi.encode(many), "urls");
    }

    function test_noUrlAndMoreThanEightAreRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IInferenceResolver.BadUrlCount.selector, 0));
        new InferenceResolver(registry, new string[](0));
        string[] memory many = _many(9, 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceResolver.BadUrlCount.selector, 9));
        new InferenceResolver(registry, many);
    }

    function test_anEmptyUrlAndOneThatIsTooLongAreRefused() public {
        string[] memory many = _many(2, 256);
        many[1] = "";
        vm.expectRevert(abi.encodeWithSelector(IInferenceResolver.BadUrlLength.selector, 1, 0));
        new InferenceResolver(registry, many);
        many[1] = string(new bytes(257));
        vm.expectRevert(abi.encodeWithSelector(IInferenceResolver.BadUrlLength.selector, 1, 257));
        new InferenceResolver(registry, many);
    }

    /* HELP */

    function _many(uint256 count, uint256 length) private pure returns (string[] memory many) {
        many = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            many[i] = string(new bytes(length));
        }
    }

    function _asked(bytes32 model, bytes memory input) private pure returns (bytes memory) {
        return abi.encode(model, keccak256(input));
    }

    function _digest(InferenceResolver for_, bytes memory input, bytes memory output) private view returns (bytes32) {
        return for_.answerDigest(modelId, keccak256(input), keccak256(output));
    }

    function _signed(bytes32 digest, uint256 key) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _signature(InferenceResolver for_, bytes32 model, bytes memory input, bytes memory output, uint256 key)
        private
        view
        returns (bytes memory)
    {
        return _signed(for_.answerDigest(model, keccak256(input), keccak256(output)), key);
    }

    /// @dev What a gateway answers.
    function _answer(InferenceResolver for_, bytes32 model, bytes memory input, bytes memory output, uint256 key)
        private
        view
        returns (bytes memory)
    {
        return abi.encode(output, _signature(for_, model, input, output, key));
    }

    function _parts(bytes memory signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        (r, s) = abi.decode(signature, (bytes32, bytes32));
        v = uint8(signature[64]);
    }

    function _expectNotAttester(bytes memory response, bytes memory extraData) private {
        vm.expectPartialRevert(IInferenceResolver.NotAttester.selector);
        resolver.inferCallback(response, extraData);
    }
}
