// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {OpmlAdapter} from "../../src/adapters/OpmlAdapter.sol";
import {ICredits} from "../../src/adapters/interfaces/ICredits.sol";
import {IHubAdapter} from "../../src/adapters/interfaces/IHubAdapter.sol";
import {AdapterTest} from "./AdapterTest.sol";
import {OptimisticCollection} from "./consumers/Erc7007Collections.sol";

/// @notice An optimistic ERC-7007 collection claims content, and believes it once the hub has answered with the same.
contract OpmlTest is AdapterTest {
    bytes internal constant PROMPT = "a lighthouse of integers";
    bytes internal constant CONTENT = "ipfs://content";

    OpmlAdapter internal opml;
    OptimisticCollection internal collection;

    function setUp() public override {
        super.setUp();
        opml = new OpmlAdapter(hub, ATTESTED, LIFETIME, modelId);
        collection = new OptimisticCollection(address(opml));
        opml.fund{value: 1 ether}(address(collection));
    }

    function _mint(bytes memory claim) internal returns (bytes32 requestId) {
        uint256 tokenId = collection.mint(ALICE, PROMPT, claim);
        requestId = bytes32(collection.tokenIdToRequestId(tokenId));
    }

    function test_ARightClaimIsBelievedOnceTheHubHasAnswered(bytes memory content) public {
        vm.assume(content.length < 500);
        bytes32 requestId = _mint(content);
        assertFalse(collection.verify(PROMPT, content, ""), "a claim is only a claim");
        assertTrue(_settle(requestId, content), "the answer is taken");
        assertTrue(collection.verify(PROMPT, content, ""), "and bears the claim out");
        collection.update(PROMPT, content);
    }

    function test_AWrongClaimIsNeverBelieved() public {
        bytes32 requestId = _mint("a lie");
        _settle(requestId, CONTENT);
        assertTrue(opml.isFinalized(uint256(requestId)), "the answer is known");
        assertFalse(collection.verify(PROMPT, "a lie", ""), "and it is another");
        assertFalse(collection.verify(PROMPT, CONTENT, ""), "which nobody has shown yet");
        assertEq(opml.getOutput(uint256(requestId)), "", "a wrong claim isn't given as the output");
    }

    function test_AnyoneMayShowTheAnswerInPlaceOfAWrongClaim(address anyone) public {
        bytes32 requestId = _mint("a lie");
        _settle(requestId, CONTENT);
        vm.prank(anyone);
        opml.uploadResult(uint256(requestId), CONTENT);
        assertTrue(collection.verify(PROMPT, CONTENT, ""), "the answer is believed");
        collection.update(PROMPT, CONTENT);
        vm.expectRevert("ERC7007: invalid aigcData");
        collection.update(PROMPT, "a lie");
    }

    function test_NobodyCanShowAnythingElse(bytes memory other) public {
        vm.assume(keccak256(other) != keccak256(CONTENT));
        bytes32 requestId = _mint(CONTENT);
        _settle(requestId, CONTENT);
        vm.expectRevert(
            abi.encodeWithSelector(OpmlAdapter.OutputMismatch.selector, keccak256(CONTENT), keccak256(other))
        );
        opml.uploadResult(uint256(requestId), other);
        assertTrue(collection.verify(PROMPT, CONTENT, ""), "the answer stays");
    }

    function test_BeforeTheAnswerOnlyTheCollectionClaims(address anyone) public {
        vm.assume(anyone != address(collection));
        bytes32 requestId = _mint(CONTENT);
        vm.prank(anyone);
        vm.expectRevert(abi.encodeWithSelector(OpmlAdapter.NotCollection.selector, requestId, anyone));
        opml.uploadResult(uint256(requestId), "a lie");
    }

    function test_AnUnknownRequestHasNoOutput(uint256 requestId) public {
        assertEq(opml.getOutput(requestId), "", "no output");
        assertFalse(opml.isFinalized(requestId), "not final");
        _expectNotAsked(bytes32(requestId), IHubAdapter.Stage.Unknown);
        opml.uploadResult(requestId, CONTENT);
    }

    function test_ARefutedAnswerIsNotBelievedAnyMore() public {
        bytes32 requestId = _mint(CONTENT);
        _settle(requestId, CONTENT);
        _raiseToExecuted(requestId, modelId, PROMPT, "the right content");
        assertFalse(collection.verify(PROMPT, CONTENT, ""), "refuted");
        assertFalse(opml.isFinalized(uint256(requestId)), "and not final");
        assertEq(opml.getOutput(uint256(requestId)), "", "nor an output");
    }

    function test_TheCollectionsCreditPays() public {
        _mint(CONTENT);
        assertEq(opml.creditOf(address(collection)), 1 ether - FEE, "the fee, no more");
    }

    function test_ACollectionWithoutCreditCannotAsk() public {
        OptimisticCollection poor = new OptimisticCollection(address(opml));
        vm.expectRevert(abi.encodeWithSelector(ICredits.FeeTooLow.selector, 0, FEE));
        poor.mint(ALICE, PROMPT, CONTENT);
    }

    function test_AnUnansweredRequestsFeeIsTheCollectionsAgain() public {
        bytes32 requestId = _mint(CONTENT);
        vm.warp(START_TIME + LIFETIME + 1);
        opml.expire(requestId);
        assertEq(opml.creditOf(address(collection)), 1 ether, "the fee is back");
        assertFalse(collection.verify(PROMPT, CONTENT, ""), "and nothing is believed");
    }
}
