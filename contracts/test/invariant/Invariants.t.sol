// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {BaseTest} from "../BaseTest.sol";
import {Life} from "./Life.sol";

/// @notice What holds whatever happens, in whatever order.
contract InvariantsTest is BaseTest {
    Life internal life;

    function setUp() public override {
        super.setUp();
        weights = "a small model";
        art = _collection("Verdigris", hub, _register(_pictureModel(weights), weights));
        life = new Life(art, hub, ATTESTER_KEY);
        targetContract(address(life));
    }

    function invariant_noRequestIsAnsweredTwice() public view {
        assertEq(life.answersChanged(), 0, "answers changed");
    }

    function invariant_tokensOnlyMoveForward() public view {
        assertEq(life.stagesLost(), 0, "stages lost");
        assertEq(life.epochsLost(), 0, "epochs lost");
        assertEq(life.seedsChanged(), 0, "seeds changed");
        assertEq(life.picturesChanged(), 0, "pictures changed");
    }

    function invariant_theCollectionHoldsExactlyTheSalesNotPaidOut() public view {
        assertEq(address(art).balance, life.sales() - life.withdrawn(), "the collection's balance");
        assertEq(ARTIST.balance, life.withdrawn(), "the artist's balance");
        assertEq(address(hub).balance, 0, "the hub's balance");
    }

    function invariant_theSupplyIsNeverPassed() public view {
        assertLe(art.totalSupply(), MAX_SUPPLY, "supply");
        assertEq(life.sales(), art.totalSupply() * PRICE, "every token was paid for");
    }

    function invariant_hubAndCollectionAgree() public view {
        for (uint256 tokenId = 1; tokenId <= art.totalSupply(); ++tokenId) {
            ISeedArt.Token memory token = art.tokenOf(tokenId);
            bytes32 seed = art.blueprint(tokenId).seed;
            if (token.stage == ISeedArt.Stage.Minted) {
                assertEq(token.requestId, 0, "no request before the seed");
                assertEq(seed, 0, "no seed");
                continue;
            }
            assertNotEq(seed, 0, "a seed");
            assertEq(art.tokenOfRequest(token.requestId), tokenId, "the request's token");
            (IInferenceHub.Request memory request, IInferenceHub.Status status) = hub.requestOf(token.requestId);
            assertEq(request.consumer, address(art), "the request's consumer");
            assertEq(request.inputHash, keccak256(_prompt(tokenId)), "the request's input");
            if (token.stage == ISeedArt.Stage.Drawn) continue;
            (,, bool delivered) = hub.receiptOf(token.requestId);
            assertTrue(status == IInferenceHub.Status.Answered && delivered, "a picture means a delivered answer");
        }
    }
}
