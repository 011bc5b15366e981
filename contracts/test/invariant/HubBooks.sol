// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {Hub} from "../Hub.sol";
import {Consumer} from "../mocks/Consumers.sol";
import {PictureTree} from "../mocks/PictureTree.sol";
import {StubExecutor} from "../mocks/StubExecutor.sol";
import {HubWorld} from "./HubWorld.sol";

/// @notice What is noted of a hub's life beside the hub: which answers were given, what should be where.
abstract contract HubBooks is HubWorld {
    /// @dev What the world knows of a request: what was asked, which answer is proposed, how many were, whether its tiles are
    /// withheld, whether its leaves were shown, and which answer was accepted (counted from 1).
    struct Case {
        uint256 question;
        uint256 proposed;
        uint256 proposals;
        bool withheld;
        bool leavesShown;
        uint256 accepted;
        Consumer consumer;
    }

    bytes32[] public requests;
    mapping(bytes32 requestId => Case) public cases;
    /// @dev Of which proposal a part was demanded, if the deposit is still there.
    mapping(bytes32 requestId => mapping(uint32 part => uint256)) internal _deposited;

    /// @notice What demands hold, in wei, and what the honest operator has at stake by its own doing.
    uint256 public deposits;
    uint256 public honestStake;

    constructor(Hub hub, StubExecutor stub, Models memory models) HubWorld(hub, stub, models) {}

    /* BOOKS */

    /// @notice All who may be owed something.
    function accounts() public view returns (uint256) {
        return 7 + quorum.length + consumers.length;
    }

    function _account(uint256 i) internal view returns (address) {
        if (i < quorum.length) return quorum[i];
        i -= quorum.length;
        if (i < consumers.length) return address(consumers[i]);
        return [honest, dishonest, watcher, troll, HUB.BURN(), vm.addr(KEY), address(this)][i - consumers.length];
    }

    function owed() external view returns (uint256 sum) {
        for (uint256 i = 0; i < accounts(); ++i) {
            sum += HUB.claimableBy(_account(i));
        }
    }

    function escrowed() external view returns (uint256 sum) {
        for (uint256 i = 0; i < requests.length; ++i) {
            (IInferenceHub.Request memory request,) = HUB.requestOf(requests[i]);
            sum += request.fee;
        }
    }

    function count() external view returns (uint256) {
        return requests.length;
    }

    /// @notice Whether a request's accepted answer is the right one.
    function isRight(bytes32 requestId) external view returns (bool) {
        (IInferenceHub.Receipt memory receipt,,) = HUB.receiptOf(requestId);
        uint256 question = cases[requestId].question;
        return _hasAnswer(question) && receipt.outputHash == keccak256(_output(question, 0));
    }

    function _propose(bytes32 requestId, uint256 answer, address who, bool withheld) internal {
        bytes memory output = _output(cases[requestId].question, answer);
        (IInferenceHub.Receipt memory receipt, bytes memory signature) = _sign(requestId, output);
        bool idle = HUB.proposalOf(requestId).proposer == address(0);
        vm.prank(who);
        HUB.propose(receipt, output, signature);
        if (!idle || HUB.proposalOf(requestId).proposer == address(0)) return;
        Case storage case_ = cases[requestId];
        (case_.proposed, case_.withheld, case_.leavesShown) = (answer, withheld, false);
        ++case_.proposals;
    }

    function _demand(bytes32 requestId, uint32 part, address who) internal {
        uint256 deposit = HUB.demandDepositOf(requestId, part);
        _pay(who, deposit);
        vm.prank(who);
        HUB.demandTile{value: deposit}(requestId, part);
        if (_deposited[requestId][part] == 0) deposits += deposit;
        _deposited[requestId][part] = cases[requestId].proposals;
    }

    /// @dev Once the telling tile is shown, the watcher knows it.
    function _show(bytes32 requestId, uint32 part) internal {
        Case storage case_ = cases[requestId];
        uint256 answer = case_.proposed % PICTURES;
        bytes memory input = _input(case_.question);
        bytes memory output = _output(case_.question, case_.proposed);
        if (part == LEAVES) {
            HUB.showLeaves(requestId, input, output, PictureTree.half(_leaves(answer), false));
            HUB.showLeaves(requestId, input, output, PictureTree.half(_leaves(answer), true));
            case_.leavesShown = true;
        } else {
            HUB.showTile(requestId, input, output, _opening(answer, part));
            if (part == _tellingTile(answer)) case_.withheld = false;
        }
    }

    function _returned(bytes32 requestId, uint32 part) internal {
        _deposited[requestId][part] = 0;
        // Below zero if a deposit were given back twice; the invariants then say so.
        unchecked {
            deposits -= HUB.demandDepositOf(requestId, part);
        }
    }

    /// @dev What a proposal that has become final was asked to show has earned the deposits.
    function _earned(bytes32 requestId) internal {
        for (uint256 i = 0; i < PARTS; ++i) {
            if (_deposited[requestId][_part(i)] == cases[requestId].proposals) _returned(requestId, _part(i));
        }
    }

    function _accepted(bytes32 requestId, uint256 answer) internal {
        if (cases[requestId].accepted != 0) return;
        (, IInferenceHub.Status status) = HUB.requestOf(requestId);
        if (status == IInferenceHub.Status.Answered) cases[requestId].accepted = answer + 1;
    }

    function _voteOf(bytes32 requestId, uint256 who) internal pure returns (uint256) {
        return who < 3 ? 0 : uint256(requestId) % ANSWERS;
    }

    function _vote(bytes32 requestId, uint256 who) internal view returns (bytes memory) {
        return _output(cases[requestId].question, _voteOf(requestId, who));
    }

    function _pay(address to, uint256 amount) internal {
        vm.deal(to, to.balance + amount);
    }

    /// @dev One that can be reached: a picture isn't executed.
    function _level(uint256 level, uint256 question) internal pure returns (IInferenceHub.Assurance) {
        if (_isPicture(question)) return IInferenceHub.Assurance(level % 3);
        return IInferenceHub.Assurance([0, 1, 2, 2, 4][level % 5]);
    }

    function _pick(uint256 pick) internal view returns (bytes32) {
        return requests[pick % requests.length];
    }

    /// @dev A request or raise that waits for evidence of a level, if there is one.
    function _pickAwaiting(uint256 pick, IInferenceHub.Assurance level) internal view returns (bytes32 requestId) {
        for (uint256 i = 0; i < requests.length; ++i) {
            requestId = requests[(pick % requests.length + i) % requests.length];
            (IInferenceHub.Request memory request, IInferenceHub.Status status) = HUB.requestOf(requestId);
            if (request.level != level) continue;
            if (status == IInferenceHub.Status.Open) break;
            if (status == IInferenceHub.Status.Answered && HUB.levelOf(requestId) < level) break;
        }
    }

    /// @dev A request with a proposal, if there is one.
    function _pickProposed(uint256 pick) internal view returns (bytes32 requestId) {
        for (uint256 i = 0; i < requests.length; ++i) {
            requestId = requests[(pick % requests.length + i) % requests.length];
            if (HUB.proposalOf(requestId).proposer != address(0)) break;
        }
    }

    /// @dev A request that is answered, if there is one.
    function _pickAnswered(uint256 pick) internal view returns (bytes32 requestId) {
        for (uint256 i = 0; i < requests.length; ++i) {
            requestId = requests[(pick % requests.length + i) % requests.length];
            (, IInferenceHub.Status status) = HUB.requestOf(requestId);
            if (status == IInferenceHub.Status.Answered) break;
        }
    }
}
