// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput} from "../../src/types/Picture.sol";
import {STAGES} from "../Stages.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {DemandedTest} from "./DemandedTest.sol";

/// @notice Watchers to whom a picture was not shown: tiles demanded, shown, and not shown.
contract DemandTest is DemandedTest {
    /* DEMAND */

    function testFuzz_aTileIsDemandedForADeposit(uint32 index, uint256 time) public {
        time = bound(time, start, start + WINDOW);
        vm.warp(time);
        assertEq(hub.demandDepositOf(requestId, index), index == LEAVES ? LEAVES_DEPOSIT : DEPOSIT, "deposit");
        vm.assume(index != LEAVES);
        vm.expectEmit(address(hub));
        emit IInferenceHub.TileDemanded(requestId, WATCHER, index, uint64(time + WINDOW));
        _demand(index);
        assertEq(hub.proposalOf(requestId).finalAfter, time + 2 * WINDOW, "one window to show, one to challenge");
    }

    function testFuzz_theDepositIsExact(uint256 sent) public {
        sent = bound(sent, 0, 10 ether);
        vm.assume(sent != DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WrongDeposit.selector, sent, DEPOSIT));
        vm.prank(WATCHER);
        hub.demandTile{value: sent}(requestId, 0);
    }

    function test_aSmallBondsDepositIsOneWei() public {
        vm.prank(PUBLISHER);
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(3, WINDOW));
        requestId = _askPicture(input);
        _propose(requestId, output);
        assertEq(hub.demandDepositOf(requestId, 0), 1, "a tile's deposit");
        assertEq(hub.demandDepositOf(requestId, LEAVES), 1, "the leaves' deposit");
    }

    function test_aTileIsDemandedOnceOfAProposal() public {
        _demand(4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyDemanded.selector, requestId, 4));
        _demand(4);
        _demand(5);
        _show(4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyDemanded.selector, requestId, 4));
        _demand(4);
    }

    /// Demands can't keep a proposal pending for ever: the last one is taken in the first window.
    function testFuzz_demandsAreTakenInTheFirstWindowOnly(uint256 late) public {
        _demand(0);
        _show(0);
        vm.warp(bound(late, start + WINDOW + 1, start + 2 * WINDOW));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, requestId, uint64(start + WINDOW)));
        _demand(1);
    }

    function test_onlyProposedPicturesHaveTilesToDemand() public {
        bytes32 open = _askPicture(input);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoProposal.selector, open));
        hub.demandTile{value: DEPOSIT}(open, 0);
        bytes32 tensor = _askAt(IInferenceHub.Assurance.Optimistic);
        _propose(tensor, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WrongTask.selector, tensorId));
        hub.demandTile{value: DEPOSIT}(tensor, 0);
    }

    /* SHOW */

    function testFuzz_aShownTileEarnsTheDepositOnceTheAnswerIsFinal(uint32 index, uint256 time, address sender) public {
        index = uint32(bound(index, 0, right.length - 1));
        _demand(index);
        vm.warp(bound(time, start, start + WINDOW));
        IInferenceHub.Opening memory opening = _opening(right, index);
        vm.expectEmit(address(hub));
        emit IInferenceHub.TileShown(requestId, opening);
        // Anyone who has the picture may show it.
        vm.prank(sender);
        hub.showTile(requestId, input, output, opening);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, index));
        hub.showTile(requestId, input, output, opening);
        assertEq(hub.claimableBy(OPERATOR), 0, "not yet");
        vm.warp(start + 2 * WINDOW + 1);
        hub.finalise(requestId, output);
        assertEq(hub.claimableBy(OPERATOR), DEPOSIT, "the proposer's");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, index));
        hub.reclaimDeposit(requestId, index);
    }

    function test_anHonestProposerWhoShowsAllTilesLosesNothing() public {
        for (uint32 i = 0; i < right.length; ++i) {
            _demand(i);
        }
        vm.warp(start + WINDOW);
        for (uint32 i = 0; i < right.length; ++i) {
            _show(i);
        }
        vm.warp(start + 2 * WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.WindowOpen.selector, requestId, uint64(start + 2 * WINDOW))
        );
        hub.finalise(requestId, output);
        vm.warp(start + 2 * WINDOW + 1);
        hub.finalise(requestId, output);
        _assertStake(OPERATOR, 10 ether, 0, "honest");
        assertEq(hub.claimableBy(OPERATOR), right.length * DEPOSIT, "deposits");
    }

    /// A wrong tile that is shown on demand is what a watcher waits for.
    function testFuzz_aWrongTileThatIsShownIsChallenged(uint256 time) public {
        requestId = _askPicture(input);
        bytes32[6][] memory tiles = _altered(7, 2, 3);
        output = _outputOf(tiles);
        _propose(requestId, output);
        vm.warp(start + WINDOW);
        _demand(7);
        vm.warp(start + 2 * WINDOW);
        IInferenceHub.Opening memory opening = _opening(tiles, 7);
        vm.prank(OPERATOR);
        hub.showTile(requestId, input, output, opening);
        vm.warp(bound(time, start + 2 * WINDOW, start + 3 * WINDOW));
        _challenge(output, opening, 2, 3);
        assertEq(hub.proposalOf(requestId).proposer, address(0), "struck");
    }

    function test_onlyADemandedTileOfThePictureIsShown() public {
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 3));
        _show(3);
        _demand(3);
        IInferenceHub.Opening memory opening = _opening(right, 4);
        opening.index = 3;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 3));
        hub.showTile(requestId, input, output, opening);
        vm.expectPartialRevert(IInferenceHub.InputMismatch.selector);
        hub.showTile(requestId, "another question", output, opening);
        vm.expectPartialRevert(IInferenceHub.OutputMismatch.selector);
        hub.showTile(requestId, input, OUTPUT, opening);
    }

    function test_notLate() public {
        _demand(3);
        vm.warp(start + WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, requestId, uint64(start + WINDOW)));
        _show(3);
    }

    /// A tile that the picture doesn't have can't be shown, and needn't be: the input says so.
    function testFuzz_aTileBeyondThePictureIsAnsweredWithTheInput(uint32 index) public {
        index = uint32(bound(index, ACROSS * ACROSS, LEAVES - 1));
        _demand(index);
        bytes32[6] memory none;
        vm.prank(OPERATOR);
        hub.showTile(requestId, input, output, IInferenceHub.Opening(index, none, new bytes32[](0)));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, index));
        hub.voidProposal(requestId, index);
    }

    /* VOID */

    function testFuzz_aProposalWhoseTileIsNotShownIsVoid(uint256 late, address sender) public {
        _demand(3);
        vm.warp(bound(late, start + WINDOW + 1, start + 365 days));
        vm.expectEmit(address(hub));
        emit IInferenceHub.ProposalVoided(requestId, OPERATOR, 3);
        vm.prank(sender);
        hub.voidProposal(requestId, 3);
        _assertStake(OPERATOR, 10 ether - LOST, 0, "half of the bond is lost");
        assertEq(hub.claimableBy(WATCHER), DEPOSIT, "deposit");
        assertEq(_burnt(OPERATOR), LOST, "nobody's");
        assertEq(hub.proposalOf(requestId).proposer, address(0), "no proposal");
    }

    function testFuzz_notWhileItMayBeShown(uint256 time) public {
        _demand(3);
        vm.warp(bound(time, start, start + WINDOW));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowOpen.selector, requestId, uint64(start + WINDOW)));
        hub.voidProposal(requestId, 3);
    }

    /// Nor is a proposal final while a tile is missing, however late.
    function test_aMissingTileHoldsThePictureUp() public {
        _demand(3);
        vm.warp(start + 30 days);
        vm.expectPartialRevert(IInferenceHub.WindowOpen.selector);
        hub.finalise(requestId, output);
        hub.voidProposal(requestId, 3);
        hub.expire(requestId);
        assertEq(hub.claimableBy(address(consumer)), FEE, "refund");
    }

    function test_theRequestTakesAnotherProposalAfterwards() public {
        _demand(3);
        vm.warp(start + WINDOW + 1);
        hub.voidProposal(requestId, 3);
        _assertStatus(requestId, IInferenceHub.Status.Open, "open again");
        _propose(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 3));
        hub.voidProposal(requestId, 3);
        _passWindow();
        hub.finalise(requestId, output);
        _assertLevel(requestId, IInferenceHub.Assurance.Optimistic, "level");
    }

    function test_onlyAMissingTileVoids() public {
        _demand(3);
        _show(3);
        vm.warp(start + WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 3));
        hub.voidProposal(requestId, 3);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 4));
        hub.voidProposal(requestId, 4);
        vm.warp(start + 2 * WINDOW + 1);
        hub.finalise(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoProposal.selector, requestId));
        hub.voidProposal(requestId, 3);
    }

    /* DEPOSITS OF PROPOSALS THAT FAILED */

    function test_depositsComeBackOnceAProposalIsOver() public {
        _demand(3);
        _demand(4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 4));
        hub.reclaimDeposit(requestId, 4);
        vm.warp(start + WINDOW + 1);
        hub.voidProposal(requestId, 3);
        hub.reclaimDeposit(requestId, 4);
        assertEq(hub.claimableBy(WATCHER), 2 * DEPOSIT, "both");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 4));
        hub.reclaimDeposit(requestId, 4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 3));
        hub.reclaimDeposit(requestId, 3);
    }

    function test_depositsComeBackAfterAFraudProof() public {
        requestId = _askPicture(input);
        bytes32[6][] memory tiles = _altered(7, 2, 3);
        output = _outputOf(tiles);
        _propose(requestId, output);
        vm.prank(RAISER);
        hub.demandTile{value: DEPOSIT}(requestId, 1);
        _challenge(output, _opening(tiles, 7), 2, 3);
        hub.reclaimDeposit(requestId, 1);
        assertEq(hub.claimableBy(RAISER), DEPOSIT, "deposit");
    }

    /// A demand of an earlier proposal doesn't bind a later one, and makes way for a new one with its deposit paid back.
    function test_aDemandCountsForItsOwnProposalOnly() public {
        _demand(3);
        _demand(4);
        vm.warp(start + WINDOW + 1);
        hub.voidProposal(requestId, 3);
        _propose(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 4));
        hub.voidProposal(requestId, 4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, 4));
        _show(4);
        vm.prank(RAISER);
        hub.demandTile{value: DEPOSIT}(requestId, 4);
        assertEq(hub.claimableBy(WATCHER), 2 * DEPOSIT, "the first watcher's deposits");
        _show(4);
        vm.warp(vm.getBlockTimestamp() + 2 * WINDOW + 1);
        hub.finalise(requestId, output);
        assertEq(hub.claimableBy(OPERATOR), DEPOSIT, "the second watcher's");
    }

    /// A proposer can't keep watchers' demands out by filling all places with its own: there is no number of places.
    function test_aProposersOwnDemandsKeepNobodyOut() public {
        vm.startPrank(OPERATOR);
        for (uint32 i = 100; i < 150; ++i) {
            hub.demandTile{value: DEPOSIT}(requestId, i);
        }
        vm.stopPrank();
        _demand(3);
        vm.warp(start + WINDOW + 1);
        hub.voidProposal(requestId, 3);
    }

    /// A question that can't be drawn has no tiles to show, so its proposal can't become final if somebody demands one.
    function test_anUndrawablePicturesTilesCannotBeShown() public {
        input = abi.encode(PictureInput(STAGES, 0, SEED, TRAITS, "no pixels"));
        requestId = _askPicture(input);
        _propose(requestId, output);
        _demand(0);
        bytes32[6] memory none;
        IInferenceHub.Opening memory opening = IInferenceHub.Opening(0, none, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 0));
        hub.showTile(requestId, input, output, opening);
    }
}
