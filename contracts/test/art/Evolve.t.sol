// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7496} from "../../src/interfaces/IERC7496.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {ISeedArt} from "../../src/interfaces/ISeedArt.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {STAGES} from "../Stages.sol";
import {LeveledTest} from "./LeveledTest.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

/// @notice Epochs: who may turn a token on, when, and what stays of the epochs before.
contract EvolveTest is LeveledTest {
    // Where a token's ownership word keeps its stage and its epoch.
    uint256 internal constant STAGE_SHIFT = 160 + 64;
    uint256 internal constant EPOCH_SHIFT = 160 + 80;

    uint256 internal tokenId;
    Answer internal first;

    function setUp() public override {
        super.setUp();
        (tokenId, first) = _mintDrawFulfil();
    }

    function _evolve() internal {
        vm.prank(COLLECTOR);
        art.evolve(tokenId);
    }

    /* WHAT BECOMES OF A TOKEN */

    function test_anEvolutionAsksForTheNextEpochsPicture() public {
        bytes32 before = art.tokenOf(tokenId).requestId;
        bytes32 seed = art.blueprint(tokenId).seed;
        bytes32 traits = art.blueprint(tokenId).traits;
        _evolve();

        ISeedArt.Token memory token = art.tokenOf(tokenId);
        assertEq(uint256(token.stage), uint256(ISeedArt.Stage.Drawn), "the picture is on its way");
        assertEq(token.pixelRoot, 0, "no root");
        assertEq(token.imageCid, "", "no picture");
        assertNotEq(token.requestId, before, "another request");
        assertEq(art.tokenOfRequest(token.requestId), tokenId, "the new request's token");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.UnknownRequest.selector, before));
        art.tokenOfRequest(before);

        assertEq(art.epochOf(tokenId), 1, "epoch");
        assertEq(art.blueprint(tokenId).seed, seed, "the seed stays");
        assertEq(art.blueprint(tokenId).traits, Traits.withEpoch(traits, 1), "traits but for the epoch stay");
        (IInferenceHub.Request memory request,) = hub.requestOf(token.requestId);
        assertEq(request.inputHash, keccak256(_prompt(tokenId)), "what is asked");

        _fulfil(_pictureAnswer(tokenId));
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "the new picture");
        assertEq(art.epochOf(tokenId), 1, "the same epoch");
    }

    function test_anEvolutionIsAnnounced() public {
        bytes32 traits = Traits.withEpoch(art.blueprint(tokenId).traits, 1);
        uint256 snapshot = vm.snapshotState();
        _evolve();
        bytes32 requestId = art.tokenOf(tokenId).requestId;
        vm.revertToState(snapshot);

        bytes32 seed = art.blueprint(tokenId).seed;
        vm.expectEmit(address(art));
        emit ISeedArt.SeedDrawn(tokenId, seed, traits, requestId);
        vm.expectEmit(address(art));
        emit ISeedArt.Evolved(tokenId, 1, requestId);
        vm.expectEmit(address(art));
        emit IERC7496.TraitUpdated(keccak256("epoch"), tokenId, bytes32(uint256(1)));
        _evolve();
    }

    function test_everyPastEpochIsStillDrawnTheSame() public {
        bytes memory drawn = art.rows(tokenId, 0, 16, 16);
        bytes32[4] memory requests;
        for (uint16 epoch = 0; epoch < 4; ++epoch) {
            requests[epoch] = art.tokenOf(tokenId).requestId;
            if (epoch == 3) break;
            _evolve();
            _fulfil(_pictureAnswer(tokenId));
        }
        assertEq(art.epochOf(tokenId), 3, "epoch");
        assertEq(art.rowsAt(tokenId, 0, 0, 16, 16), drawn, "the first epoch's picture");
        assertEq(art.rowsAt(tokenId, 3, 0, 16, 16), art.rows(tokenId, 0, 16, 16), "the present one's");
        ISeedArt.Blueprint memory blueprint = art.blueprint(tokenId);
        for (uint16 epoch = 0; epoch < 4; ++epoch) {
            bytes32 traits = Traits.withEpoch(blueprint.traits, epoch);
            assertEq(art.traitsAt(tokenId, epoch), traits, "traits");
            assertEq(art.requestOfEpoch(tokenId, epoch), requests[epoch], "request");
            bytes memory rgb = executor.rows(modelId, STAGES, blueprint.seed, traits, 16, 2, 5);
            assertEq(art.rowsAt(tokenId, epoch, 2, 5, 16), rgb, "rows");
            if (epoch != 0) assertNotEq(keccak256(art.rowsAt(tokenId, epoch, 0, 16, 16)), keccak256(drawn), "differs");
        }
    }

    function testFuzz_anEpochThatHasNotComeIsRefused(uint16 epoch) public {
        _evolve();
        epoch = uint16(bound(epoch, 2, type(uint16).max));
        bytes memory expected = abi.encodeWithSelector(ISeedArt.EpochNotReached.selector, tokenId, epoch);
        vm.expectRevert(expected);
        art.traitsAt(tokenId, epoch);
        vm.expectRevert(expected);
        art.requestOfEpoch(tokenId, epoch);
        vm.expectRevert(expected);
        art.rowsAt(tokenId, epoch, 0, 1, 8);
    }

    function test_noEpochBeforeTheSeed() public {
        uint256 second = _mint();
        assertEq(art.epochOf(second), 0, "epoch");
        bytes memory expected = abi.encodeWithSelector(ISeedArt.WrongStage.selector, second, ISeedArt.Stage.Minted);
        vm.expectRevert(expected);
        art.traitsAt(second, 0);
        vm.expectRevert(expected);
        art.requestOfEpoch(second, 0);
        vm.expectRevert(expected);
        art.rowsAt(second, 0, 0, 1, 8);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.epochOf(second + 1);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.traitsAt(second + 1, 0);
    }

    /* WHO AND WHEN */

    function testFuzz_onlyTheOwnerAndWhoIsApproved(address sender) public {
        vm.assume(sender != COLLECTOR);
        vm.prank(sender);
        vm.expectRevert(ERC721.NotOwnerNorApproved.selector);
        art.evolve(tokenId);

        vm.prank(COLLECTOR);
        art.approve(sender, tokenId);
        vm.prank(sender);
        art.evolve(tokenId);
        assertEq(art.epochOf(tokenId), 1, "by an approved account");

        _fulfil(_pictureAnswer(tokenId));
        vm.startPrank(COLLECTOR);
        art.approve(address(0), tokenId);
        art.setApprovalForAll(sender, true);
        vm.stopPrank();
        vm.prank(sender);
        art.evolve(tokenId);
        assertEq(art.epochOf(tokenId), 2, "by an operator");
    }

    function test_notWithoutAPicture() public {
        uint256 second = _mint();
        vm.prank(COLLECTOR);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongStage.selector, second, ISeedArt.Stage.Minted));
        art.evolve(second);
        _evolve();
        vm.prank(COLLECTOR);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongStage.selector, tokenId, ISeedArt.Stage.Drawn));
        art.evolve(tokenId);
        vm.expectRevert(ERC721.TokenDoesNotExist.selector);
        art.evolve(99);
    }

    function test_notWithARefutedPicture() public {
        bytes32 requestId = first.receipt.requestId;
        _refute(requestId);
        vm.prank(COLLECTOR);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.AnswerRefuted.selector, tokenId, requestId));
        art.evolve(tokenId);
        art.renew(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        assertEq(art.requestOfEpoch(tokenId, 0), art.tokenOf(tokenId).requestId, "the renewed request");
        _evolve();
    }

    function test_theLastEpochIsTheLast() public {
        _setLastButOneEpoch();
        art.renew(tokenId);
        _fulfil(_pictureAnswer(tokenId));
        _evolve();
        assertEq(art.epochOf(tokenId), type(uint16).max, "the last epoch");
        assertEq(art.ownerOf(tokenId), COLLECTOR, "owner");
        _fulfil(_pictureAnswer(tokenId));
        vm.prank(COLLECTOR);
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.LastEpoch.selector, tokenId));
        art.evolve(tokenId);
        assertEq(art.epochOf(tokenId), type(uint16).max, "still the last");
    }

    /// @dev As if the token had evolved 65,534 times, and its last request had got lost.
    function _setLastButOneEpoch() private {
        vm.record();
        art.ownerOf(tokenId);
        (bytes32[] memory reads,) = vm.accesses(address(art));
        bytes32 slot = reads[reads.length - 1];
        uint256 word = uint256(vm.load(address(art), slot)) & ((1 << STAGE_SHIFT) - 1);
        word |= uint256(ISeedArt.Stage.Drawn) << STAGE_SHIFT | uint256(type(uint16).max - 1) << EPOCH_SHIFT;
        vm.store(address(art), slot, bytes32(word));
        assertEq(art.epochOf(tokenId), type(uint16).max - 1, "the last but one");
    }

    /* RENEWAL */

    function test_anExpiredRequestOfALaterEpochIsRenewed() public {
        _evolve();
        bytes32 expired = art.tokenOf(tokenId).requestId;
        vm.warp(block.timestamp + 7 days + 1);
        vm.prank(STRANGER);
        art.renew(tokenId);
        assertEq(art.epochOf(tokenId), 1, "the same epoch");
        assertNotEq(art.requestOfEpoch(tokenId, 1), expired, "another request");
        assertEq(art.requestOfEpoch(tokenId, 0), first.receipt.requestId, "the epoch before keeps its own");
        _fulfil(_pictureAnswer(tokenId));
        assertEq(art.tokenOf(tokenId).imageCid.length, 36, "a picture");
    }

    function test_aRefutedAnswerOfALaterEpochIsRenewed() public {
        _evolve();
        _fulfil(_pictureAnswer(tokenId));
        _refute(art.tokenOf(tokenId).requestId);
        art.renew(tokenId);
        assertEq(art.epochOf(tokenId), 1, "the same epoch");
        _fulfil(_pictureAnswer(tokenId));
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Fulfilled), "stage");
    }

    /* ADVERSARIES */

    /// The answer of the epoch before can't become the next one's picture.
    function test_anOldAnswerIsNotTheNewEpochs() public {
        _evolve();
        vm.prank(address(hub));
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.UnknownRequest.selector, first.receipt.requestId));
        art.onInference(first.receipt.requestId, first.output, CONTENT, IInferenceHub.Assurance.Attested);
        _fulfil(first);
        assertEq(uint256(art.tokenOf(tokenId).stage), uint256(ISeedArt.Stage.Drawn), "still without a picture");
    }

    /// What happens to an old answer at the hub is the old epoch's own matter.
    function test_anOldAnswerThatIsRefutedDoesNotTouchTheNewEpoch() public {
        _evolve();
        _fulfil(_pictureAnswer(tokenId));
        bytes32 root = art.tokenOf(tokenId).pixelRoot;
        _refute(first.receipt.requestId);
        assertEq(art.tokenOf(tokenId).pixelRoot, root, "the picture stays");
        vm.expectRevert(abi.encodeWithSelector(ISeedArt.WrongStage.selector, tokenId, ISeedArt.Stage.Fulfilled));
        art.renew(tokenId);
        _evolve();
    }

    /// Whoever evolves pays the hub's fee as whoever draws does: all of what is sent goes on, nothing comes back.
    function testFuzz_whatIsSentGoesToTheHub(uint80 sent) public {
        uint256 fee = 0.01 ether;
        vm.prank(PUBLISHER);
        hub.setFee(modelId, IInferenceHub.Assurance.Attested, fee);
        vm.deal(COLLECTOR, sent);
        uint256 held = address(hub).balance;
        vm.prank(COLLECTOR);
        if (sent < fee) vm.expectRevert(abi.encodeWithSelector(IInferenceHub.FeeTooLow.selector, sent, fee));
        art.evolve{value: sent}(tokenId);
        if (sent < fee) {
            assertEq(art.epochOf(tokenId), 0, "not evolved");
            return;
        }
        assertEq(address(hub).balance, held + sent, "the hub's");
        assertEq(COLLECTOR.balance, 0, "none of it comes back");
        // An expired request's fee is refunded to the collection, and goes where the sales go.
        bytes32 requestId = art.tokenOf(tokenId).requestId;
        vm.warp(block.timestamp + 7 days + 1);
        hub.expire(requestId);
        assertEq(hub.claimableBy(COLLECTOR), 0, "nothing for the owner");
    }
}
