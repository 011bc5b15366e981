// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {SeedArt} from "../../src/SeedArt.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";

/// @notice What a picture costs at the hub: paid by whoever draws, refunded to the collection.
contract FeesTest is BaseTest {
    uint256 internal constant FEE = 0.01 ether;

    uint256 internal tokenId;

    function setUp() public override {
        super.setUp();
        vm.prank(PUBLISHER);
        hub.setFee(modelId, IInferenceHub.Assurance.Attested, FEE);
        tokenId = _mint();
        vm.roll(art.tokenOf(tokenId).drawBlock + 1);
        vm.deal(OPERATOR, 1 ether);
    }

    function _drawPaid(uint256 fee) internal {
        vm.prank(OPERATOR);
        art.draw{value: fee}(tokenId);
    }

    function testFuzz_whatIsSentIsTheHubsFee(uint256 sent) public {
        sent = bound(sent, FEE, 1 ether);
        _drawPaid(sent);
        assertEq(address(hub).balance, sent, "escrowed");
        assertEq(address(art).balance, PRICE, "the sales are untouched");
        (IInferenceHub.Request memory request,) = hub.requestOf(art.tokenOf(tokenId).requestId);
        assertEq(request.fee, sent, "the request's fee");
    }

    function testFuzz_aFeeTooLowIsTheHubsError(uint256 sent) public {
        sent = bound(sent, 0, FEE - 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.FeeTooLow.selector, sent, FEE));
        _drawPaid(sent);
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Minted), "not drawn");
    }

    function test_theQuoteIsWhatADrawCosts() public {
        bytes memory input = _prompt(tokenId);
        IInferenceHub.Quote memory quote =
            hub.quote(modelId, input, IInferenceHub.Assurance(art.assurance()), art.CALLBACK_GAS());
        _drawPaid(quote.fee);
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Drawn), "drawn");
    }

    function test_aRenewalIsPaidForLikeADraw() public {
        _drawPaid(FEE);
        vm.warp(block.timestamp + 8 days);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.FeeTooLow.selector, 0, FEE));
        art.renew(tokenId);
        vm.prank(OPERATOR);
        art.renew{value: FEE}(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        assertEq(hub.claimableBy(ATTESTER), FEE, "one answer, one fee");
    }

    /* REFUNDS */

    function test_aRefundGoesWithTheSalesToTheirReceiver() public {
        _drawPaid(FEE);
        bytes32 requestId = art.tokenOf(tokenId).requestId;
        vm.warp(block.timestamp + 8 days);
        hub.expire(requestId);
        assertEq(hub.claimableBy(address(art)), FEE, "refunded to the collection");

        vm.expectEmit(address(art));
        emit SeedArt.Withdrawn(ARTIST, PRICE + FEE);
        vm.prank(STRANGER);
        art.withdraw();
        assertEq(ARTIST.balance, PRICE + FEE, "the artist's");
        assertEq(address(art).balance, 0, "nothing left here");
        assertEq(hub.claimableBy(address(art)), 0, "nor there");
    }

    function testFuzz_nobodyElseSendsEther(address sender, uint256 amount) public {
        amount = bound(amount, 0, 1 ether);
        vm.assume(sender != address(hub) && sender.code.length == 0);
        vm.deal(sender, amount);
        vm.prank(sender);
        (bool ok, bytes memory reason) = address(art).call{value: amount}("");
        assertFalse(ok, "refused");
        assertEq(reason, abi.encodeWithSelector(ISeedArt.NotHub.selector, sender), "why");
    }

    function test_redrawingAndAddingContentTakeNoEther() public {
        vm.deal(address(this), 2 ether);
        (bool ok,) = address(art).call{value: 1 ether}(abi.encodeCall(art.redraw, (tokenId)));
        assertFalse(ok, "redraw");
        (ok,) = address(art).call{value: 1 ether}(abi.encodeCall(art.addAigcData, (tokenId, "", "", "")));
        assertFalse(ok, "addAigcData");
    }
}
