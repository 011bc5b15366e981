// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput} from "../../src/types/Picture.sol";
import {STAGES} from "../Stages.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {PictureTest} from "./PictureTest.sol";

/// @notice Fraud proofs for pictures: every wrong pixel can be proved, and nothing else.
contract ChallengePixelTest is PictureTest {
    function testFuzz_anyWrongPixelIsProvedInOneTransaction(uint256 index, uint256 column, uint256 row) public {
        index = bound(index, 0, right.length - 1);
        column = bound(column, 0, 7);
        row = bound(row, 0, 7);
        bytes32[6][] memory tiles = _altered(index, column, row);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);

        vm.expectEmit(address(hub));
        emit IInferenceHub.FraudProved(requestId, WATCHER, OPERATOR, BOND);
        _challenge(output, _opening(tiles, uint32(index)), uint8(column), uint8(row));
        _assertStruck("struck");
        _assertStatus(requestId, IInferenceHub.Status.Open, "open again");
        assertEq(consumer.calls(), 0, "the consumer has heard nothing");
    }

    function testFuzz_noPixelOfTheRightPictureIsFraud(uint256 index, uint256 column, uint256 row) public {
        index = bound(index, 0, right.length - 1);
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoFraud.selector, requestId));
        _challenge(output, _opening(right, uint32(index)), uint8(bound(column, 0, 7)), uint8(bound(row, 0, 7)));
    }

    /// In a wrong tile the other pixels are still right.
    function testFuzz_onlyTheWrongPixelIsFraud(uint256 column, uint256 row) public {
        column = bound(column, 0, 7);
        row = bound(row, 0, 7);
        vm.assume(column != 3 || row != 5);
        bytes32[6][] memory tiles = _altered(4, 3, 5);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoFraud.selector, requestId));
        _challenge(output, _opening(tiles, 4), uint8(column), uint8(row));
    }

    function test_theRequestTakesAnotherAnswerAfterwards() public {
        bytes32[6][] memory tiles = _altered(0, 0, 0);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);
        _challenge(output, _opening(tiles, 0), 0, 0);
        bytes memory better = _outputOf(right);
        _propose(requestId, better);
        _passWindow();
        hub.finalise(requestId, better);
        assertEq(consumer.output(), better, "the right answer");
        assertEq(hub.claimableBy(ATTESTER), FEE, "and its fee");
    }

    /// Only the picture's tiles may be leaves: a tile beyond them takes another's place.
    function testFuzz_aTileBeyondThePictureIsFraud(uint32 index, uint256 instead) public {
        index = uint32(bound(index, ACROSS * ACROSS, type(uint32).max));
        bytes32[] memory leaves = PictureTree.leaves(SMALL, right);
        bytes32[6] memory extra;
        bytes32 leaf = PictureTree.leaf(SMALL, index, extra);
        leaves[bound(instead, 0, leaves.length - 1)] = leaf;
        bytes32[] memory nodes = PictureTree.grow(leaves);
        bytes memory output = _outputOf(nodes[0]);
        _propose(requestId, output);
        _challenge(output, IInferenceHub.Opening(index, extra, PictureTree.prove(nodes, leaf)), 0, 0);
        _assertStruck("struck");
    }

    /// A leaf too many can't hide in the tree: paths have one length only.
    function testFuzz_aPathOfAnotherLengthLeadsNowhere(uint256 length, bool wrong) public {
        length = bound(length, 0, 64);
        vm.assume(length != 4);
        bytes32[6][] memory tiles = wrong ? _altered(5, 3, 3) : right;
        bytes32[] memory proof = new bytes32[](length);
        bytes32 root = PictureTree.leaf(SMALL, 5, tiles[5]);
        for (uint256 i = 0; i < length; ++i) {
            proof[i] = keccak256(abi.encode(i));
            root = PictureTree.pair(root, proof[i]);
        }
        bytes memory output = _outputOf(root);
        _propose(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 5));
        _challenge(output, IInferenceHub.Opening(5, tiles[5], proof), 3, 3);
    }

    /* OPENINGS THAT PROVE NOTHING */

    function test_anotherPicturesTileDoesNotBelong() public {
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        bytes32[6][] memory other = PictureTree.draw(stub, modelId, keccak256("other"), TRAITS, SMALL);
        IInferenceHub.Opening memory opening = _opening(other, 4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 4));
        _challenge(output, opening, 1, 1);
        // Nor does it with this picture's path.
        opening.proof = _opening(right, 4).proof;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 4));
        _challenge(output, opening, 1, 1);
    }

    function testFuzz_aTileUnderAnotherNumberDoesNotBelong(uint32 index) public {
        vm.assume(index != 4);
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(right, 4);
        opening.index = index;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, index));
        _challenge(output, opening, 1, 1);
    }

    /// An inner node can't pass for a tile: leaves are hashed twice.
    function test_anInnerNodeIsNoTile() public {
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(right, 4);
        opening.proof = new bytes32[](0);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 4));
        _challenge(output, opening, 1, 1);
    }

    function testFuzz_aPixelOutsideTheTileIsRefused(uint8 column, uint8 row) public {
        vm.assume(column > 7 || row > 7);
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(right, 4);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadPixel.selector, 4, column, row));
        _challenge(output, opening, column, row);
    }

    function testFuzz_paddingThatIsZeroIsRight(uint8 column, uint8 row) public {
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(right, ACROSS * ACROSS - 1);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoFraud.selector, requestId));
        _challenge(output, opening, uint8(bound(column, 4, 7)), uint8(bound(row, 0, 7)));
    }

    /* WRONG QUESTIONS AND ANSWERS */

    /// A watcher can't have another picture drawn: the input is the request's.
    function test_anInputOfAnotherSizeIsRefused() public {
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        bytes memory other = abi.encode(PictureInput(STAGES, SMALL + 1, SEED, TRAITS, "a small one"));
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.InputMismatch.selector, keccak256(input), keccak256(other))
        );
        hub.challengePixel(requestId, other, output, _opening(right, 0), 0, 0);
    }

    function testFuzz_anotherOutputIsRefused(bytes calldata other) public {
        bytes memory output = _outputOf(right);
        vm.assume(keccak256(other) != keccak256(output));
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(right, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.OutputMismatch.selector, keccak256(output), keccak256(other))
        );
        hub.challengePixel(requestId, input, other, opening, 0, 0);
    }

    function test_anAnswerThatIsNoPictureHasNoTiles() public {
        _propose(requestId, OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, 0));
        _challenge(OUTPUT, _opening(right, 0), 0, 0);
    }

    function test_aTensorHasNoPixels() public {
        bytes memory output = _outputOf(right);
        bytes32 tensor = consumer.askAt(tensorId, input, IInferenceHub.Assurance.Optimistic, 0, _deadline());
        _propose(tensor, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WrongTask.selector, tensorId));
        hub.challengePixel(tensor, input, output, _opening(right, 0), 0, 0);
    }

    /* TIMES */

    function testFuzz_theLastSecondCountsAndNoLater(uint256 late) public {
        bytes32[6][] memory tiles = _altered(0, 0, 0);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);
        uint256 end = block.timestamp + WINDOW;
        IInferenceHub.Opening memory opening = _opening(tiles, 0);
        vm.warp(bound(late, end + 1, end + 365 days));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, requestId, uint64(end)));
        _challenge(output, opening, 0, 0);
        vm.warp(end);
        _challenge(output, opening, 0, 0);
        _assertStruck("in time");
    }

    function test_withoutAProposalThereIsNothingToChallenge() public {
        bytes memory output = _outputOf(right);
        IInferenceHub.Opening memory opening = _opening(right, 0);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoProposal.selector, requestId));
        hub.challengePixel(requestId, input, output, opening, 0, 0);
    }

    /// Half is burnt, so that a proposer gains nothing by striking down its own answer.
    function test_aProposerThatChallengesItselfLosesHalf() public {
        bytes32[6][] memory tiles = _altered(0, 0, 0);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(tiles, 0);
        vm.prank(OPERATOR);
        hub.challengePixel(requestId, input, output, opening, 0, 0);
        assertEq(hub.claimableBy(OPERATOR), BOND / 2, "half");
        _assertStake(OPERATOR, 10 ether - BOND, 0, "stake");
    }

    function test_aBondOfOneWeiIsAllBurnt() public {
        vm.prank(PUBLISHER);
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(1, WINDOW));
        requestId = _askPicture(input);
        bytes32[6][] memory tiles = _altered(0, 0, 0);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);
        _challenge(output, _opening(tiles, 0), 0, 0);
        assertEq(hub.claimableBy(WATCHER), 0, "half of one is nothing");
        assertEq(_burnt(OPERATOR), 1, "burnt");
    }

    /// What is burnt lies in the hub, out of everyone's reach, until somebody has it sent away.
    function test_anyoneMayHaveTheBurntHalfSentAway() public {
        bytes32[6][] memory tiles = _altered(0, 0, 0);
        bytes memory output = _outputOf(tiles);
        _propose(requestId, output);
        _challenge(output, _opening(tiles, 0), 0, 0);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.StakeTooLow.selector, OPERATOR, 9 ether, 9 ether + 1));
        hub.unstake(9 ether + 1);
        vm.expectEmit(address(hub));
        emit IInferenceHub.Withdrawn(OPERATOR, hub.BURN(), BOND / 2);
        vm.prank(STRANGER);
        hub.burn(OPERATOR);
        assertEq(hub.BURN().balance, BOND / 2, "sent away");
        assertEq(_burnt(OPERATOR), 0, "and nothing is left");
        hub.burn(OPERATOR);
        assertEq(hub.BURN().balance, BOND / 2, "once");
        // A chain where that address refuses loses nothing either.
        requestId = _askPicture(input);
        _propose(requestId, output);
        _challenge(output, _opening(tiles, 0), 0, 0);
        vm.etch(hub.BURN(), hex"fe");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.PaymentFailed.selector, hub.BURN(), BOND / 2));
        hub.burn(OPERATOR);
        assertEq(_burnt(OPERATOR), BOND / 2, "kept");
    }

    /// No amount that was burnt before keeps a fraud proof out.
    function test_moreMayBeBurntThanTheStakeHasRoomFor() public {
        uint128 huge = uint128(type(uint80).max) * 2;
        vm.deal(OPERATOR, 4 * uint256(huge));
        vm.prank(OPERATOR);
        hub.stake{value: 3 * uint256(huge)}();
        vm.prank(PUBLISHER);
        hub.setOptimistic(modelId, IInferenceHub.OptimisticTerms(huge, WINDOW));
        bytes32[6][] memory tiles = _altered(0, 0, 0);
        bytes memory output = _outputOf(tiles);
        for (uint256 i = 1; i <= 3; ++i) {
            requestId = _askPicture(input);
            _propose(requestId, output);
            _challenge(output, _opening(tiles, 0), 0, 0);
            assertEq(_burnt(OPERATOR) + hub.claimableBy(hub.BURN()), i * (huge / 2), "nobody's");
            assertEq(hub.claimableBy(WATCHER), i * (huge / 2), "the challenger's");
        }
    }

    /* GAS */

    /// Whatever gas a challenger gives, an honest proposer is never struck.
    function testFuzz_aStarvedChallengeProvesNothing(uint256 gasGiven) public {
        bytes memory output = _outputOf(right);
        _propose(requestId, output);
        IInferenceHub.Opening memory opening = _opening(right, 4);
        gasGiven = bound(gasGiven, 10_000, 400_000);
        (bool ok,) = address(hub).call{gas: gasGiven}(
            abi.encodeCall(hub.challengePixel, (requestId, input, output, opening, 1, 1))
        );
        assertFalse(ok, "refused");
        _assertStake(OPERATOR, 10 ether - BOND, BOND, "still bonded");
    }
}
