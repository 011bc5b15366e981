// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Hub} from "../Hub.sol";
import {Consumer, GasBurner, MoodyConsumer, Reentrant} from "../mocks/Consumers.sol";
import {StubExecutor} from "../mocks/StubExecutor.sol";
import {HubBooks} from "./HubBooks.sol";

/// @notice Everything that may happen to a hub, in any order: requests at every level, right and wrong answers, raises,
/// challenges right and wrong, demands, tiles shown and withheld, stakes, withdrawals, time. One watcher is honest: whenever
/// time is about to pass it looks at every proposal first.
contract HubLife is HubBooks {
    uint256 internal constant MOST_REQUESTS = 12;

    constructor(Hub hub, StubExecutor stub, Models memory models) HubBooks(hub, stub, models) {
        consumers.push(new Consumer(hub));
        consumers.push(new MoodyConsumer(hub));
        consumers.push(new GasBurner(hub));
        Reentrant reentrant = new Reentrant(hub);
        reentrant.plan(abi.encodeCall(hub.withdraw, (address(reentrant))));
        consumers.push(reentrant);
        vm.deal(address(this), 1e30);
    }

    receive() external payable {}

    function begin() external {
        honestStake = 100 * uint256(BOND);
        _pay(honest, honestStake);
        vm.prank(honest);
        HUB.stake{value: honestStake}();
        _pay(dishonest, honestStake);
        vm.prank(dishonest);
        HUB.stake{value: honestStake}();
        // Each level, and each kind of question at level Optimistic.
        _ask(0, 0, 0, 1_000, 80 minutes);
        _ask(1, 1, 1, 1_001, 100 minutes);
        _ask(2, 0, 2, 1_002, 80 minutes);
        _ask(3, 3, 2, 1_003, 100 minutes);
        _ask(0, 2, 2, 1_004, 80 minutes);
        _ask(1, 4, 2, 1_005, 100 minutes);
        _ask(2, 1, 4, 1_006, 80 minutes);
    }

    /* ASKING */

    function ask(uint256 who, uint256 question, uint256 level, uint64 fee, uint64 lifetime) external {
        if (requests.length < MOST_REQUESTS) _ask(who, question, level, fee, lifetime);
    }

    function _ask(uint256 who, uint256 question, uint256 level, uint64 fee, uint64 lifetime) private {
        question = question % QUESTIONS;
        Consumer consumer = consumers[who % consumers.length];
        bytes32 requestId = consumer.askAt{value: fee}(
            _isPicture(question) ? PICTURE : TENSOR,
            _input(question),
            _level(level, question),
            200_000,
            uint64(vm.getBlockTimestamp() + lifetime % 2 hours)
        );
        requests.push(requestId);
        cases[requestId].question = question;
        cases[requestId].consumer = consumer;
    }

    function raise(uint256 pick, uint256 level, uint64 fee, uint64 lifetime) external {
        bytes32 requestId = _pickAnswered(pick);
        _pay(troll, fee);
        vm.prank(troll);
        HUB.raise{value: fee}(
            requestId, _level(level, cases[requestId].question), uint64(vm.getBlockTimestamp() + lifetime % 2 hours)
        );
    }

    /* ANSWERING */

    function fulfil(uint256 pick, uint256 answer) external {
        bytes32 requestId = _pickAwaiting(pick, IInferenceHub.Assurance.Attested);
        bytes memory output = _output(cases[requestId].question, answer % ANSWERS);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _sign(requestId, output);
        HUB.fulfil(receipt, output, signature);
        _accepted(requestId, answer % ANSWERS);
    }

    /// @dev The honest operator answers with the right answer only, and not at all where there is none.
    function proposeHonestly(uint256 pick) external {
        bytes32 requestId = _pickAwaiting(pick, IInferenceHub.Assurance.Optimistic);
        if (_hasAnswer(cases[requestId].question)) _propose(requestId, 0, honest, false);
    }

    function proposeAnything(uint256 pick, uint256 answer, bool withheld) external {
        bytes32 requestId = _pickAwaiting(pick, IInferenceHub.Assurance.Optimistic);
        _propose(requestId, answer % ANSWERS, dishonest, withheld);
    }

    function finalise(uint256 pick) external {
        _finalise(_pickProposed(pick));
    }

    function finaliseOne(bytes32 requestId) external {
        _finalise(requestId);
    }

    function _finalise(bytes32 requestId) private {
        Case storage case_ = cases[requestId];
        HUB.finalise(requestId, _output(case_.question, case_.proposed));
        _earned(requestId);
        _accepted(requestId, case_.proposed);
    }

    /// @dev Three operators vote for the right answer, two for another.
    function vote(uint256 pick, uint256 who) external {
        bytes32 requestId = _pickAwaiting(pick, IInferenceHub.Assurance.Quorum);
        for (uint256 i = 0; i < 5; ++i) {
            if (who % 4 != 0 && (who >> (8 + i)) & 1 == 0) continue;
            bytes memory output = _vote(requestId, i);
            bytes32 content = sha256(output);
            vm.prank(quorum[i]);
            HUB.commit(requestId, keccak256(abi.encode(requestId, quorum[i], keccak256(output), content, SALT)));
        }
    }

    function reveal(uint256 pick, uint256 who) external {
        bytes32 requestId = _pickAwaiting(pick, IInferenceHub.Assurance.Quorum);
        for (uint256 i = 0; i < 5; ++i) {
            if (who % 4 != 0 && (who >> (8 + i)) & 1 == 0) continue;
            try this.revealAs(requestId, i) {} catch {}
        }
    }

    function revealAs(bytes32 requestId, uint256 who) external {
        bytes memory output = _vote(requestId, who);
        bytes32 content = sha256(output);
        vm.prank(quorum[who]);
        HUB.reveal(requestId, output, content, SALT);
        _accepted(requestId, _voteOf(requestId, who));
    }

    function execute(uint256 pick) external {
        bytes32 requestId = _pickAwaiting(pick, IInferenceHub.Assurance.Executed);
        vm.prank(troll);
        HUB.execute(requestId, _input(cases[requestId].question));
        _accepted(requestId, 0);
    }

    function deliver(uint256 pick) external {
        bytes32 requestId = _pickAnswered(pick);
        bytes memory output = _output(cases[requestId].question, cases[requestId].accepted - 1);
        // One consumer burns all that it is given.
        HUB.deliver{gas: 1_000_000}(requestId, output);
    }

    function mend() external {
        MoodyConsumer(address(consumers[1])).mend();
    }

    /* CHALLENGING */

    /// @dev Any opening, true or not, by somebody who hopes for half a bond, with any gas.
    function challengeWildly(uint256 pick, uint256 answer, uint32 index, uint8 column, uint8 row, uint256 gasGiven)
        external
    {
        bytes32 requestId = _pickProposed(pick);
        Case storage case_ = cases[requestId];
        IInferenceHub.Opening memory opening = _opening(answer % PICTURES, index % 6);
        bytes memory output = _output(case_.question, case_.proposed);
        vm.prank(troll);
        HUB.challengePixel{gas: _bound(gasGiven, 30_000, 1_000_000)}(
            requestId, _input(case_.question), output, opening, column % 8, row % 8
        );
    }

    function challengeOutputWildly(uint256 pick, uint256 gasGiven) external {
        bytes32 requestId = _pickProposed(pick);
        Case storage case_ = cases[requestId];
        bytes memory output = _output(case_.question, case_.proposed);
        vm.prank(troll);
        HUB.challengeOutput{gas: _bound(gasGiven, 30_000, 1_000_000)}(requestId, _input(case_.question), output);
    }

    function demand(uint256 pick, uint256 part) external {
        _demand(_pickProposed(pick), _part(part), troll);
    }

    function show(uint256 pick, uint256 part) external {
        _show(_pickProposed(pick), _part(part));
    }

    function showOne(bytes32 requestId, uint32 part) external {
        _show(requestId, part);
    }

    function voidProposal(uint256 pick) external {
        bytes32 requestId = _pickProposed(pick);
        for (uint256 i = 0; i < PARTS; ++i) {
            try this.voidOne(requestId, _part(i)) {} catch {}
        }
    }

    function voidOne(bytes32 requestId, uint32 index) external {
        HUB.voidProposal(requestId, index);
        _returned(requestId, index);
    }

    function reclaim(uint256 pick) external {
        bytes32 requestId = _pick(pick);
        for (uint256 i = 0; i < PARTS; ++i) {
            try this.reclaimOne(requestId, _part(i)) {} catch {}
        }
    }

    function reclaimOne(bytes32 requestId, uint32 index) external {
        HUB.reclaimDeposit(requestId, index);
        _returned(requestId, index);
    }

    /* MONEY AND TIME */

    function stakeHonestly(uint64 amount) external {
        _pay(honest, amount);
        vm.prank(honest);
        HUB.stake{value: amount}();
        honestStake += amount;
    }

    function unstakeHonestly(uint64 amount) external {
        vm.prank(honest);
        HUB.unstake(amount);
        honestStake -= amount;
    }

    function unstakeDishonestly(uint64 amount) external {
        vm.prank(dishonest);
        HUB.unstake(amount);
    }

    function withdraw(uint256 who) external {
        address account = _account(who % accounts());
        vm.prank(account);
        HUB.withdraw(address(this));
    }

    function burn() external {
        HUB.burn(dishonest);
    }

    function expire(uint256 pick) external {
        HUB.expire(_pick(pick));
    }

    function passTime(uint256 time) external {
        _letTimePass(time % 18 minutes);
    }

    /// @notice Closes all that is open, as anyone could.
    function closeEverything() external {
        for (uint256 round = 0; round < 16; ++round) {
            _letTimePass(18 minutes);
            for (uint256 i = 0; i < requests.length; ++i) {
                for (uint256 j = 0; j < PARTS; ++j) {
                    if (_deposited[requests[i]][_part(j)] != 0) try this.voidOne(requests[i], _part(j)) {} catch {}
                }
                try this.finaliseOne(requests[i]) {} catch {}
                try HUB.expire(requests[i]) {} catch {}
            }
        }
        for (uint256 i = 0; i < requests.length; ++i) {
            for (uint256 j = 0; j < PARTS; ++j) {
                try this.reclaimOne(requests[i], _part(j)) {} catch {}
            }
        }
    }

    /* THE HONEST ONES */

    function _letTimePass(uint256 time) private {
        _look();
        vm.warp(vm.getBlockTimestamp() + time);
        _look();
    }

    /// @dev The honest watcher and the honest proposer look at every proposal.
    function _look() private {
        for (uint256 i = 0; i < requests.length; ++i) {
            bytes32 requestId = requests[i];
            address proposer = HUB.proposalOf(requestId).proposer;
            if (proposer == address(0)) continue;
            if (proposer == honest) {
                for (uint256 j = 0; j < PARTS; ++j) {
                    if (_deposited[requestId][_part(j)] != 0) try this.showOne(requestId, _part(j)) {} catch {}
                }
            } else {
                try this.watch(requestId) {} catch {}
            }
        }
    }

    /// @notice What the honest watcher does about a proposal that it finds wrong.
    function watch(bytes32 requestId) external {
        Case storage case_ = cases[requestId];
        bytes memory input = _input(case_.question);
        bytes memory output = _output(case_.question, case_.proposed);
        vm.startPrank(watcher);
        try HUB.challengeOutput(requestId, input, output) {
            vm.stopPrank();
            return;
        } catch {}
        vm.stopPrank();
        if (!_isPicture(case_.question) || case_.proposed == 0) return;
        uint32 index = _tellingTile(case_.proposed);
        if (case_.withheld || case_.proposed > 2) {
            // It can't know which tile is wrong until it has seen the leaves.
            uint32 part = case_.leavesShown ? index : LEAVES;
            if (_deposited[requestId][part] != case_.proposals) _demand(requestId, part, watcher);
            return;
        }
        (uint8 column, uint8 row) = index == 0 ? (uint8(2), uint8(3)) : (uint8(1), uint8(1));
        IInferenceHub.Opening memory opening = _opening(case_.proposed, index);
        vm.prank(watcher);
        HUB.challengePixel(requestId, input, output, opening, column, row);
    }
}
