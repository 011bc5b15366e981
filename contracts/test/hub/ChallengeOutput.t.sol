// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {PictureInput} from "../../src/types/Picture.sol";
import {STAGES} from "../Stages.sol";
import {PictureTest} from "./PictureTest.sol";

/// @notice Fraud proofs for tensors and for answers that are no pictures; questions that have no answer.
contract ChallengeOutputTest is PictureTest {
    bytes32 internal tensor;

    function setUp() public override {
        super.setUp();
        tensor = _askAt(IInferenceHub.Assurance.Optimistic);
    }

    /* TENSORS */

    function testFuzz_aWrongOutputIsProvedInOneTransaction(bytes calldata output) public {
        vm.assume(output.length <= 1_024 && keccak256(output) != keccak256(_right(INPUT)));
        _propose(tensor, output);
        vm.expectEmit(address(hub));
        emit IInferenceHub.FraudProved(tensor, WATCHER, OPERATOR, BOND);
        vm.prank(WATCHER);
        hub.challengeOutput(tensor, INPUT, output);
        _assertStruck("struck");
        _assertStatus(tensor, IInferenceHub.Status.Open, "open again");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, tensor));
        hub.receiptOf(tensor);
    }

    function test_theRightOutputIsNoFraud() public {
        bytes memory output = _right(INPUT);
        _propose(tensor, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoFraud.selector, tensor));
        hub.challengeOutput(tensor, INPUT, output);
    }

    function testFuzz_aStarvedChallengeProvesNothing(uint256 gasGiven, uint256 work) public {
        stub.setOutput(32, bound(work, 0, 500));
        bytes memory output = _right(INPUT);
        _propose(tensor, output);
        gasGiven = bound(gasGiven, 10_000, 500_000);
        (bool ok,) = address(hub).call{gas: gasGiven}(abi.encodeCall(hub.challengeOutput, (tensor, INPUT, output)));
        assertFalse(ok, "refused");
        _assertStake(OPERATOR, 10 ether - BOND, BOND, "still bonded");
        assertEq(hub.proposalOf(tensor).proposer, OPERATOR, "still proposed");
    }

    function testFuzz_whatFailsWithoutARefusalProvesNothing(bytes calldata reason) public {
        vm.assume(reason.length < 4 || !_isRefusal(bytes4(reason[:4])));
        _propose(tensor, OUTPUT);
        vm.mockCallRevert(address(stub), abi.encodeCall(stub.run, (tensorId, INPUT)), reason);
        (bool ok, bytes memory answer) = address(hub).call(abi.encodeCall(hub.challengeOutput, (tensor, INPUT, OUTPUT)));
        assertFalse(ok, "refused");
        assertEq(answer, reason, "and the failure is passed on");
    }

    function test_afterTheWindowNothingCounts() public {
        _propose(tensor, OUTPUT);
        uint64 end = uint64(block.timestamp + WINDOW);
        _passWindow();
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.WindowClosed.selector, tensor, end));
        hub.challengeOutput(tensor, INPUT, OUTPUT);
    }

    function test_questionAndAnswerMustBeTheProposals() public {
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoProposal.selector, tensor));
        hub.challengeOutput(tensor, INPUT, OUTPUT);
        bytes memory output = _right(INPUT);
        _propose(tensor, output);
        vm.expectPartialRevert(IInferenceHub.InputMismatch.selector);
        hub.challengeOutput(tensor, "another question", output);
        vm.expectPartialRevert(IInferenceHub.OutputMismatch.selector);
        hub.challengeOutput(tensor, INPUT, OUTPUT);
    }

    /* PICTURES */

    function testFuzz_anAnswerThatIsNoPictureIsFraud(bytes calldata output) public {
        vm.assume(output.length != 192 && output.length <= 1_024);
        _propose(requestId, output);
        vm.prank(WATCHER);
        hub.challengeOutput(requestId, input, output);
        _assertStruck("struck");
    }

    function test_everyFlawInAnAnswersFormIsFraud() public {
        bytes memory good = _outputOf(right);
        // The structure's place, the CID's place, its length, its version, codec and hash, and the padding.
        uint8[7] memory at = [31, 95, 127, 128, 129, 130, 191];
        for (uint256 i = 0; i < at.length; ++i) {
            bytes memory bad = bytes.concat(good);
            bad[at[i]] ^= 0x40;
            requestId = _askPicture(input);
            _propose(requestId, bad);
            hub.challengeOutput(requestId, input, bad);
            assertEq(hub.proposalOf(requestId).proposer, address(0), "struck");
        }
    }

    /// A wrong picture that is well-formed takes a pixel to prove.
    function test_aWellFormedPictureIsNoFraudHere() public {
        bytes memory output = _outputOf(_altered(0, 0, 0));
        _propose(requestId, output);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoFraud.selector, requestId));
        hub.challengeOutput(requestId, input, output);
    }

    /* QUESTIONS WITHOUT AN ANSWER */

    function test_aTensorThatTheModelRefusesHasNoAnswer() public {
        bytes[2] memory refused = [bytes(""), bytes(hex"ff01")];
        for (uint256 i = 0; i < 2; ++i) {
            requestId =
                consumer.askAt(tensorId, refused[i], IInferenceHub.Assurance.Optimistic, CALLBACK_GAS, _deadline());
            _assertVoid(refused[i], OUTPUT);
        }
    }

    function test_aPictureThatCannotBeDrawnHasNoAnswer() public {
        bytes[5] memory refused = [
            bytes("no picture at all"),
            abi.encode(PictureInput(STAGES + 1, SMALL, SEED, TRAITS, "stages that nobody knows")),
            abi.encode(PictureInput(STAGES, 0, SEED, TRAITS, "no pixels")),
            abi.encode(PictureInput(STAGES, 4_097, SEED, TRAITS, "too many pixels")),
            abi.encode(PictureInput(STAGES, SMALL, SEED, bytes32(type(uint256).max), "no such traits"))
        ];
        for (uint256 i = 0; i < refused.length; ++i) {
            requestId = _askPicture(refused[i]);
            _assertVoid(refused[i], _outputOf(right));
        }
    }

    /// Such a picture can't be asked for at this level, but an answer can be raised to it.
    function testFuzz_aPictureThatCannotBeBondedHasNoAnswer(uint16 size) public {
        size = uint16(bound(size, 1, 4_096));
        uint256 across = (uint256(size) + 7) / 8;
        bool bondable = across > 1 && across <= 64 && across & (across - 1) == 0;
        input = abi.encode(PictureInput(STAGES, size, SEED, TRAITS, "any size"));
        bytes memory output = _outputOf(right);
        requestId =
            consumer.askAt{value: FEE}(modelId, input, IInferenceHub.Assurance.Attested, CALLBACK_GAS, _deadline());
        _fulfil(_answer(requestId, output));
        _raise(requestId, IInferenceHub.Assurance.Optimistic);
        _propose(requestId, output);
        if (bondable) {
            vm.expectRevert(abi.encodeWithSelector(IInferenceHub.NoFraud.selector, requestId));
            hub.challengeOutput(requestId, input, output);
            return;
        }
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnbondableSize.selector, size));
        _askPicture(input);
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnbondableSize.selector, size));
        hub.quote(modelId, input, IInferenceHub.Assurance.Optimistic, CALLBACK_GAS);
        hub.challengeOutput(requestId, input, output);
        assertEq(hub.proposalOf(requestId).proposer, address(0), "void");
        _assertStake(OPERATOR, 10 ether, 0, "nobody is slashed");
    }

    /// A publisher whose weights are gone, so that nobody can check an answer, gets none accepted either.
    function test_aModelWhoseWeightsAreGoneHasNoAnswers() public {
        bytes memory gone = abi.encodeWithSelector(IModelRegistry.WeightsMismatch.selector, bytes32(0), bytes32(0));
        vm.mockCallRevert(address(stub), abi.encodeWithSelector(stub.run.selector), gone);
        requestId = tensor;
        _assertVoid(INPUT, OUTPUT);
        vm.mockCallRevert(address(stub), abi.encodeWithSelector(stub.pixel.selector), gone);
        requestId = _askPicture(input);
        _assertVoid(input, _outputOf(right));
    }

    /// Nobody is slashed for answering a question that has no answer, unless the answer is wrong whatever was asked.
    function test_anAnswerThatIsNoPictureIsFraudWhateverWasAsked() public {
        requestId = _askPicture("no picture at all");
        _propose(requestId, OUTPUT);
        vm.prank(WATCHER);
        hub.challengeOutput(requestId, "no picture at all", OUTPUT);
        _assertStruck("struck");
    }

    function _assertVoid(bytes memory asked, bytes memory output) internal {
        _propose(requestId, output);
        vm.expectEmit(address(hub));
        emit IInferenceHub.ProposalVoided(requestId, OPERATOR, type(uint32).max);
        vm.prank(WATCHER);
        hub.challengeOutput(requestId, asked, output);
        _assertStake(OPERATOR, 10 ether, 0, "the bond is returned");
        assertEq(hub.claimableBy(WATCHER), 0, "nothing is gained");
        _assertStatus(requestId, IInferenceHub.Status.Open, "open again");
        vm.expectRevert(abi.encodeWithSelector(IInferenceHub.UnknownRequest.selector, requestId));
        hub.receiptOf(requestId);
    }

    function _isRefusal(bytes4 error_) internal pure returns (bool) {
        return error_ == bytes4(keccak256("BadInputLength(uint256,uint256)"))
            || error_ == bytes4(keccak256("InputOutOfRange(uint256,int256)"))
            || error_ == bytes4(keccak256("BadTraits(bytes32)")) || error_ == bytes4(keccak256("NotAPicture(bytes32)"));
    }
}
