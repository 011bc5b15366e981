// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc7007Adapter} from "../../src/adapters/Erc7007Adapter.sol";
import {IErc7007Adapter} from "../../src/adapters/interfaces/IErc7007Adapter.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {ProvenCollection, ReentrantCollection} from "./consumers/Erc7007Collections.sol";

/// @notice An ERC-7007 collection gets its tokens' content from the hub, and believes nothing else.
contract Erc7007Test is AdapterTest {
    uint32 internal constant GAS_LIMIT = 2_000_000;
    bytes internal constant PROMPT = "a lighthouse of integers";
    bytes internal constant CONTENT = "ipfs://content";

    Erc7007Adapter internal adapter;
    ProvenCollection internal collection;
    uint256 internal tokenId;

    function setUp() public override {
        super.setUp();
        adapter = new Erc7007Adapter(hub, ATTESTED, LIFETIME, modelId);
        collection = new ProvenCollection(address(adapter));
        tokenId = collection.mint(ALICE, PROMPT);
    }

    function _request() internal returns (bytes32 requestId) {
        vm.prank(ALICE);
        requestId = adapter.requestContent{value: FEE}(address(collection), tokenId, PROMPT, GAS_LIMIT);
    }

    function _answered(bytes memory content) internal returns (bytes memory proof) {
        bytes32 requestId = _request();
        assertTrue(_settle(requestId, content), "the collection takes the content");
        proof = adapter.proofOf(requestId, PROMPT.length);
    }

    /* CONTENT */

    function test_ACollectionOfTheReferenceKindGetsItsContentUnchanged(bytes memory prompt, bytes memory content)
        public
    {
        vm.assume(prompt.length < 500 && content.length < 500);
        vm.assume(keccak256(prompt) != keccak256(PROMPT));
        uint256 id = collection.mint(ALICE, prompt);
        vm.prank(ALICE);
        bytes32 requestId = adapter.requestContent{value: FEE}(address(collection), id, prompt, GAS_LIMIT);
        bytes memory proof = adapter.proofOf(requestId, prompt.length);
        assertFalse(collection.verify(prompt, content, proof), "nothing is believed before the answer");

        assertTrue(_settle(requestId, content), "the collection takes it");
        assertEq(collection.contentOf(id), content, "byte for byte");
        assertEq(collection.proofOf(id), proof, "with the proof");
        assertTrue(collection.verify(prompt, content, proof), "which it believes");
    }

    function test_TheCollectionSaysSo() public {
        bytes32 requestId = _request();
        bytes memory proof = adapter.proofOf(requestId, PROMPT.length);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _signed(requestId, CONTENT);
        vm.expectEmit(address(collection));
        emit IERC7007.AigcData(tokenId, PROMPT, CONTENT, proof);
        hub.fulfil(receipt, CONTENT, signature);
    }

    function test_LongPromptsAndAnswersFitTheHubsPromise(uint256 promptLength, uint256 contentLength) public {
        bytes memory prompt = _noise(bound(promptLength, 0, hub.MAX_INPUT()));
        GaugingCollection gauge = new GaugingCollection();
        vm.prank(address(gauge));
        vm.deal(address(gauge), FEE);
        bytes32 requestId = adapter.requestContent{value: FEE}(address(gauge), 1, prompt, GAS_LIMIT);
        assertTrue(_settle(requestId, _noise(bound(contentLength, 0, hub.MAX_OUTPUT()))), "taken");
        assertGe(gauge.seen() + 3_000, GAS_LIMIT, "with the gas that was asked for");
    }

    /* VERIFY */

    function test_OtherContentIsNotBelieved(bytes memory content) public {
        vm.assume(keccak256(content) != keccak256(CONTENT));
        bytes memory proof = _answered(CONTENT);
        assertFalse(collection.verify(PROMPT, content, proof), "other content");
    }

    function test_AnotherPromptIsNotBelieved(bytes memory prompt) public {
        vm.assume(prompt.length != PROMPT.length || keccak256(prompt) != keccak256(PROMPT));
        bytes memory proof = _answered(CONTENT);
        // Unless it is the same bytes, joined otherwise: see below.
        vm.assume(keccak256(bytes.concat(prompt, CONTENT)) != keccak256(bytes.concat(PROMPT, CONTENT)));
        assertFalse(collection.verify(prompt, CONTENT, proof), "another prompt");
    }

    /// @dev The standard's verifier is given prompt and content joined, so only the collection knows where it cut them.
    function test_TheBorderInTheProofIsTheHubs(uint256 border) public {
        bytes memory joined = bytes.concat(PROMPT, CONTENT);
        bytes32 requestId = _request();
        _settle(requestId, CONTENT);
        border = bound(border, 0, joined.length + 40);
        bool believed = adapter.verifyProof(adapter.proofOf(requestId, border), joined);
        assertEq(believed, border == PROMPT.length, "only where the hub's prompt ends");
    }

    function test_AMalformedProofIsNotBelieved(bytes memory proof) public {
        _answered(CONTENT);
        vm.assume(proof.length != 64);
        assertFalse(collection.verify(PROMPT, CONTENT, proof), "not 64 bytes");
    }

    function test_AnUnknownRequestIsNotBelieved(bytes32 requestId, uint256 length) public view {
        assertFalse(collection.verify(PROMPT, CONTENT, abi.encode(requestId, length)), "no such request");
        assertFalse(collection.verify(PROMPT, CONTENT, abi.encode(requestId, PROMPT.length)), "no such request");
    }

    function test_ARefutedAnswerIsNotBelievedAnyMore() public {
        bytes memory proof = _answered(CONTENT);
        assertTrue(collection.verify(PROMPT, CONTENT, proof), "believed as far as one key goes");
        bytes32 requestId = abi.decode(proof, (bytes32));
        _raiseToExecuted(requestId, modelId, PROMPT, "the right content");
        assertFalse(collection.verify(PROMPT, CONTENT, proof), "but not against the contract's own computation");
        assertFalse(collection.verify(PROMPT, "the right content", proof), "nor is what it found");
    }

    function test_AnotherModelsAnswerIsNotBelieved() public {
        bytes32 other = _register("another model");
        Erc7007Adapter stranger = new Erc7007Adapter(hub, ATTESTED, LIFETIME, other);
        vm.prank(ALICE);
        bytes32 requestId = stranger.requestContent{value: FEE}(address(collection), tokenId, PROMPT, GAS_LIMIT);
        assertFalse(_settle(requestId, CONTENT), "the collection doesn't take it");
        assertFalse(collection.verify(PROMPT, CONTENT, stranger.proofOf(requestId, PROMPT.length)), "nor believe it");
    }

    function test_ALowerLevelIsNotBelieved() public {
        Erc7007Adapter strict = new Erc7007Adapter(hub, EXECUTED, LIFETIME, modelId);
        bytes memory proof = _answered(CONTENT);
        bytes32 requestId = abi.decode(proof, (bytes32));
        bytes memory joined = bytes.concat(PROMPT, CONTENT);
        assertTrue(adapter.verifyProof(proof, joined), "enough for one adapter");
        assertFalse(strict.verifyProof(proof, joined), "too little for the other");
        _raiseToExecuted(requestId, modelId, PROMPT, CONTENT);
        assertTrue(strict.verifyProof(proof, joined), "until it is raised");
    }

    function test_ContentFromElsewhereIsBelievedIfTheHubHasIt() public {
        bytes memory proof = _answered(CONTENT);
        vm.prank(STRANGER);
        collection.addAigcData(tokenId, PROMPT, CONTENT, proof);
        assertEq(collection.calls(), 2, "anyone may bring what the hub has answered");
        vm.expectRevert("ERC7007: invalid proof");
        collection.addAigcData(tokenId, PROMPT, "forged", proof);
    }

    /* WHO MAY ASK */

    function test_AStrangerCannotAskForATokensContent(address stranger) public {
        vm.assume(stranger != ALICE && stranger != address(collection) && stranger != address(0));
        vm.deal(stranger, 1 ether);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IErc7007Adapter.NotTokenOwner.selector, stranger, address(collection), tokenId)
        );
        adapter.requestContent{value: FEE}(address(collection), tokenId, PROMPT, GAS_LIMIT);
    }

    function test_WhomTheOwnerApprovedMayAsk() public {
        vm.prank(ALICE);
        collection.approve(BOB, tokenId);
        vm.prank(BOB);
        adapter.requestContent{value: FEE}(address(collection), tokenId, PROMPT, GAS_LIMIT);

        vm.prank(ALICE);
        collection.setApprovalForAll(OPERATOR, true);
        vm.deal(OPERATOR, FEE);
        vm.prank(OPERATOR);
        adapter.requestContent{value: FEE}(address(collection), tokenId, PROMPT, GAS_LIMIT);
    }

    function test_TheCollectionItselfMayAsk() public {
        vm.deal(address(collection), FEE);
        vm.prank(address(collection));
        adapter.requestContent{value: FEE}(address(collection), tokenId, PROMPT, GAS_LIMIT);
    }

    /* ADVERSARIES */

    function test_AFailingCollectionsContentIsKept() public {
        ProvenCollection other = new ProvenCollection(address(new Erc7007Adapter(hub, EXECUTED, LIFETIME, modelId)));
        uint256 id = other.mint(ALICE, PROMPT);
        vm.prank(ALICE);
        bytes32 requestId = adapter.requestContent{value: FEE}(address(other), id, PROMPT, GAS_LIMIT);
        assertFalse(_settle(requestId, CONTENT), "its verifier wants more");
        _raiseToExecuted(requestId, modelId, PROMPT, CONTENT);
        hub.deliver(requestId, CONTENT);
        assertEq(other.contentOf(id), CONTENT, "and gets it");
    }

    function test_AReentrantCollectionGainsNothing() public {
        ReentrantCollection thief = new ReentrantCollection(address(adapter));
        uint256 id = thief.mint(ALICE, PROMPT);
        vm.prank(ALICE);
        bytes32 requestId = adapter.requestContent{value: FEE}(address(thief), id, PROMPT, GAS_LIMIT);
        thief.plan(address(adapter), abi.encodeCall(adapter.onInference, (requestId, hex"bad0", 0, ATTESTED)));
        thief.plan(address(adapter), abi.encodeCall(adapter.expire, (requestId)));
        thief.plan(address(adapter), abi.encodeCall(adapter.withdrawCredit, (payable(address(thief)))));
        thief.plan(address(hub), abi.encodeCall(hub.deliver, (requestId, CONTENT)));
        assertTrue(_settle(requestId, CONTENT), "the content is taken");
        assertEq(thief.calls(), 1, "once");
        for (uint256 i = 0; i < 4; ++i) {
            assertFalse(thief.succeeded(i), "nothing that it tried worked");
        }
    }

    function test_OnlyTheHubBringsAnswers(address sender) public {
        vm.assume(sender != address(hub));
        bytes32 requestId = _request();
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(IHubAdapter.NotHub.selector, sender));
        adapter.onInference(requestId, hex"bad0", 0, ATTESTED);
    }
}

/// @notice A collection that notes how much gas it finds.
contract GaugingCollection {
    uint256 public seen;

    function addAigcData(uint256, bytes calldata, bytes calldata, bytes calldata) external {
        uint256 left = gasleft();
        seen = left;
    }
}
