// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";

contract RenewTest is BaseTest {
    uint256 internal tokenId;
    bytes32 internal firstRequest;

    function setUp() public override {
        super.setUp();
        tokenId = _mintAndDraw();
        firstRequest = art.tokenOf(tokenId).requestId;
    }

    function testFuzz_anExpiredRequestIsMadeAgainForTheSameSeed(bool closed, address sender) public {
        bytes32 seed = art.blueprint(tokenId).seed;
        vm.warp(block.timestamp + 7 days + 1);
        if (closed) hub.expire(firstRequest);
        vm.prank(sender);
        art.renew(tokenId);

        bytes32 secondRequest = art.tokenOf(tokenId).requestId;
        assertNotEq(secondRequest, firstRequest, "request ids");
        assertEq(art.blueprint(tokenId).seed, seed, "seed");
        assertEq(art.tokenOfRequest(secondRequest), tokenId, "the new request's token");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.UnknownRequest.selector, firstRequest));
        art.tokenOfRequest(firstRequest);

        _fulfil(_pictureAnswer(tokenId));
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
    }

    function testFuzz_notWhileTheRequestIsOpen(uint256 time) public {
        vm.warp(bound(time, block.timestamp, block.timestamp + 7 days));
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.RequestStillOpen.selector, tokenId, firstRequest));
        art.renew(tokenId);
    }

    function test_notBeforeTheDrawAndNotAfterThePicture() public {
        uint256 second = _mint();
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongStage.selector, second, ISeedArt.Stage.Minted));
        art.renew(second);

        _fulfil(_pictureAnswer(tokenId));
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongStage.selector, tokenId, ISeedArt.Stage.Fulfilled));
        art.renew(tokenId);
    }

    /// An attester's malformed answer would else hold the token for ever.
    function test_anAnswerThatTheTokenCannotTakeDoesNotHoldItForEver() public {
        Answer memory malformed = _answer(firstRequest, "not a picture");
        _fulfil(malformed);
        (, IInferenceHub.Status status) = hub.requestOf(firstRequest);
        assertEq(uint256(status), uint256(IInferenceHub.Status.Answered), "the hub has taken it");
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Drawn), "the token has not");

        art.renew(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");

        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.DeliveryFailed.selector, firstRequest));
        hub.deliver(firstRequest, malformed.output);
    }
}
