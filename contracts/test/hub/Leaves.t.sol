// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {PictureInput} from "../../src/types/Picture.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {DemandedTest} from "./DemandedTest.sol";

/// @notice Watchers who demand the leaves of a tree: shown, not shown, and of trees that hide something.
contract LeavesTest is DemandedTest {
    function _demandLeaves() internal {
        vm.prank(WATCHER);
        hub.demandTile{value: LEAVES_DEPOSIT}(requestId, LEAVES);
    }

    function _showLeaves(bytes32[] memory leaves) internal {
        _showHalf(PictureTree.half(leaves, false));
        _showHalf(PictureTree.half(leaves, true));
    }

    function _showHalf(IInferenceHub.Half memory half) internal {
        vm.prank(OPERATOR);
        hub.showLeaves(requestId, input, output, half);
    }

    /// @dev Whatever of these leaves is shown first is refused.
    function _assertNoLeaves(bytes32[] memory leaves) internal {
        for (uint256 i = 0; i < 2; ++i) {
            IInferenceHub.Half memory half = PictureTree.half(leaves, i == 1);
            try this.showHalf(half) {}
            catch (bytes memory reason) {
                assertEq(reason, abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, LEAVES), "reason");
            }
        }
        // A half that fits by itself is not enough.
        vm.warp(vm.getBlockTimestamp() + WINDOW + 1);
        hub.voidProposal(requestId, LEAVES);
    }

    function showHalf(IInferenceHub.Half memory half) external {
        hub.showLeaves(requestId, input, output, half);
    }

    /// @dev In the order in which they are shown: the last nodes of the tree are the smallest.
    function _ascending(bytes32[] memory nodes) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[]((nodes.length + 1) / 2);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = nodes[nodes.length - 1 - i];
        }
    }

    function _proposeTree(bytes32[] memory nodes) internal {
        requestId = _askPicture(input);
        output = _outputOf(nodes[0]);
        _propose(requestId, output);
    }

    /* LEAVES */

    function testFuzz_theLeavesAreShownInTwoHalves(uint256 time, address sender, bool upperFirst) public {
        _demandLeaves();
        vm.warp(bound(time, start, start + WINDOW));
        bytes32[] memory leaves = _ascending(_nodes(right));
        IInferenceHub.Half memory half = PictureTree.half(leaves, upperFirst);
        vm.expectEmit(address(hub));
        emit IInferenceHub.LeavesShown(requestId, half.leaves, false);
        vm.prank(sender);
        hub.showLeaves(requestId, input, output, half);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, LEAVES));
        hub.showLeaves(requestId, input, output, half);
        half = PictureTree.half(leaves, !upperFirst);
        vm.expectEmit(address(hub));
        emit IInferenceHub.LeavesShown(requestId, half.leaves, true);
        vm.prank(sender);
        hub.showLeaves(requestId, input, output, half);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NotDemanded.selector, requestId, LEAVES));
        hub.showLeaves(requestId, input, output, half);
        vm.warp(start + 2 * WINDOW + 1);
        hub.finalise(requestId, output);
        assertEq(hub.claimableBy(OPERATOR), LEAVES_DEPOSIT, "the proposer's");
    }

    function test_halfOfTheLeavesIsNotEnough() public {
        _demandLeaves();
        _showHalf(PictureTree.half(_ascending(_nodes(right)), true));
        vm.warp(start + 2 * WINDOW + 1);
        vm.expectPartialRevert(IInferenceHub.WindowOpen.selector);
        hub.finalise(requestId, output);
        hub.voidProposal(requestId, LEAVES);
    }

    /// Halves that say different things of where they meet are not those of one tree.
    function test_halvesMustFitTogether() public {
        _demandLeaves();
        bytes32[] memory leaves = _ascending(_nodes(right));
        IInferenceHub.Half memory half = PictureTree.half(leaves, false);
        half.otherEdge = bytes32(type(uint256).max);
        _showHalf(half);
        _showHalf(PictureTree.half(leaves, true));
        half = PictureTree.half(leaves, false);
        half.otherRoot = ~half.otherRoot;
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, LEAVES));
        this.showHalf(half);
        half = PictureTree.half(leaves, true);
        half.otherEdge = half.leaves[0];
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, LEAVES));
        this.showHalf(half);
        vm.warp(start + 2 * WINDOW + 1);
        vm.expectPartialRevert(IInferenceHub.WindowOpen.selector);
        hub.finalise(requestId, output);
    }

    /// Halves that were shown of one proposal don't count for the next.
    function test_halvesCountForTheirOwnProposalOnly() public {
        _demandLeaves();
        bytes32[] memory leaves = _ascending(_nodes(right));
        _showHalf(PictureTree.half(leaves, false));
        vm.warp(start + WINDOW + 1);
        hub.voidProposal(requestId, LEAVES);
        _propose(requestId, output);
        _demandLeaves();
        _showHalf(PictureTree.half(leaves, true));
        vm.warp(vm.getBlockTimestamp() + 2 * WINDOW + 1);
        vm.expectPartialRevert(IInferenceHub.WindowOpen.selector);
        hub.finalise(requestId, output);
        hub.voidProposal(requestId, LEAVES);
    }

    function test_theLeavesAreDemandedOnceForAQuarterOfTheBond() public {
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WrongDeposit.selector, DEPOSIT, LEAVES_DEPOSIT));
        _demand(LEAVES);
        _demandLeaves();
        _showLeaves(_ascending(_nodes(right)));
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.AlreadyDemanded.selector, requestId, LEAVES));
        _demandLeaves();
    }

    /// Who knows the leaves knows which tile to ask for, and has a window to do so.
    function test_tilesAreDemandedForOneMoreWindowOnceTheLeavesAreShown() public {
        vm.warp(start + WINDOW);
        _demandLeaves();
        vm.warp(start + 2 * WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, requestId, uint64(start + WINDOW)));
        _demand(3);
        _showLeaves(_ascending(_nodes(right)));
        vm.warp(start + 3 * WINDOW);
        _demand(3);
        assertEq(hub.proposalOf(requestId).finalAfter, start + 5 * WINDOW, "five windows at most");
        vm.warp(start + 3 * WINDOW + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, requestId, uint64(start + 3 * WINDOW))
        );
        _demand(4);
    }

    function testFuzz_onlyAllLeavesInTheirOrderAreTheLeaves(uint256 pick, uint256 other) public {
        bytes32[] memory leaves = _ascending(_nodes(right));
        pick = bound(pick, 0, leaves.length - 1);
        other = bound(other, 0, leaves.length - 1);
        vm.assume(pick != other);
        _demandLeaves();
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, LEAVES));
        this.showHalf(IInferenceHub.Half(false, new bytes32[](0), 0, 0));
        bytes32[] memory one = new bytes32[](1);
        one[0] = _nodes(right)[1];
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, LEAVES));
        this.showHalf(IInferenceHub.Half(false, one, _nodes(right)[2], bytes32(type(uint256).max)));
        (leaves[pick], leaves[other]) = (leaves[other], leaves[pick]);
        _assertNoLeaves(leaves);
    }

    function test_leavesThatAreNotShownVoidTheProposal() public {
        _demandLeaves();
        vm.warp(start + WINDOW + 1);
        IInferenceHub.Half memory half = PictureTree.half(_ascending(_nodes(right)), false);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, requestId, uint64(start + WINDOW)));
        this.showHalf(half);
        vm.expectEmit(address(hub));
        emit IInferenceHub.ProposalVoided(requestId, OPERATOR, LEAVES);
        hub.voidProposal(requestId, LEAVES);
        _assertStake(OPERATOR, 10 ether - LOST, 0, "half of the bond is lost");
        assertEq(hub.claimableBy(WATCHER), LEAVES_DEPOSIT, "deposit");
        assertEq(_burnt(OPERATOR), LOST, "nobody's");
    }

    /* WRONG ROOTS OVER RIGHT TILES */

    /// All tiles are right, and one more leaf, wrong for some tile, lies beside them. Every tile has a path, though of other
    /// lengths; but the leaves can't be shown, for there is one too many.
    function testFuzz_aLeafTooManyCannotBecomeFinal(uint256 double) public {
        double = bound(double, 0, right.length - 1);
        bytes32[] memory leaves = new bytes32[](right.length + 1);
        bytes32[] memory rightLeaves = PictureTree.leaves(SMALL, right);
        for (uint256 i = 0; i < right.length; ++i) {
            leaves[i] = rightLeaves[i];
        }
        leaves[right.length] = PictureTree.leaf(SMALL, uint32(double), _altered(double, 1, 1)[double]);
        bytes32[] memory nodes = PictureTree.grow(leaves);
        _proposeTree(nodes);
        _demandLeaves();
        _assertNoLeaves(_ascending(nodes));
    }

    /// A leaf that is an inner node of two right tiles makes room for a wrong one. Both tiles have paths, but too long ones.
    function testFuzz_aLeafThatHidesTwoTilesIsFoundByEitherOfThem(uint256 first, uint256 second, bool askForFirst)
        public
    {
        first = bound(first, 0, right.length - 1);
        second = bound(second, 0, right.length - 1);
        vm.assume(first != second);
        bytes32[] memory leaves = PictureTree.leaves(SMALL, right);
        (bytes32 one, bytes32 two) = (leaves[first], leaves[second]);
        bytes32 hiding = PictureTree.pair(one, two);
        leaves[first] = hiding;
        leaves[second] = PictureTree.leaf(SMALL, uint32(second), _altered(second, 1, 1)[second]);
        bytes32[] memory nodes = PictureTree.grow(leaves);
        _proposeTree(nodes);
        _demandLeaves();
        _showLeaves(_ascending(nodes));
        // The right leaves of both are missing among those shown.
        uint32 missing = uint32(askForFirst ? first : second);
        _demand(missing);
        bytes32[] memory up = PictureTree.prove(nodes, hiding);
        bytes32[] memory proof = new bytes32[](up.length + 1);
        proof[0] = askForFirst ? two : one;
        for (uint256 i = 0; i < up.length; ++i) {
            proof[i + 1] = up[i];
        }
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, missing));
        hub.showTile(requestId, input, output, IInferenceHub.Opening(missing, right[missing], proof));
        vm.warp(vm.getBlockTimestamp() + WINDOW + 1);
        hub.voidProposal(requestId, missing);
    }

    /// The right leaves in another order make another root, and can't be shown.
    function test_rightTilesInTheWrongOrderCannotBecomeFinal() public {
        bytes32[] memory nodes = _nodes(right);
        uint256 last = nodes.length - 1;
        (nodes[last], nodes[last - 2]) = (nodes[last - 2], nodes[last]);
        for (uint256 i = right.length - 1; i > 0; --i) {
            nodes[i - 1] = PictureTree.pair(nodes[2 * i - 1], nodes[2 * i]);
        }
        assertNotEq(nodes[0], _nodes(right)[0], "another root");
        _proposeTree(nodes);
        _demandLeaves();
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.BadTile.selector, requestId, LEAVES));
        this.showHalf(PictureTree.half(_ascending(_nodes(right)), false));
        _assertNoLeaves(_ascending(nodes));
    }

    /* DEPOSITS */

    /// What was shown helped to prove the fraud: it was not worth its deposit.
    function test_depositsForWhatAWrongProposalHasShownComeBack() public {
        bytes32[6][] memory tiles = _altered(7, 2, 3);
        _proposeTree(_nodes(tiles));
        _demandLeaves();
        _showLeaves(_ascending(_nodes(tiles)));
        _demand(7);
        IInferenceHub.Opening memory opening = _opening(tiles, 7);
        hub.showTile(requestId, input, output, opening);
        _challenge(output, opening, 2, 3);
        hub.reclaimDeposit(requestId, 7);
        hub.reclaimDeposit(requestId, LEAVES);
        assertEq(hub.claimableBy(WATCHER), BOND / 2 + LEAVES_DEPOSIT + DEPOSIT, "all of it, and half of the bond");
        assertEq(hub.claimableBy(OPERATOR), 0, "nothing");
        // Nor does the next proposal earn it.
        output = _outputOf(right);
        _propose(requestId, output);
        _passWindow();
        hub.finalise(requestId, output);
        assertEq(hub.claimableBy(OPERATOR), 0, "still nothing");
    }
}
