// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";
import {GasBurner} from "../mocks/Consumers.sol";
import {HubTest} from "./HubTest.sol";

/// @notice What is quoted suffices, whatever the consumer does and however long the output is, and is not much more than
/// what is needed.
contract QuoteTest is HubTest {
    /// @dev What a quote may be too high by, besides a seventh.
    uint256 internal constant SLACK = 20_000;

    GasBurner internal burner;

    function setUp() public override {
        super.setUp();
        burner = new GasBurner(hub);
    }

    function test_aQuoteNamesFeeAndBond() public {
        vm.prank(PUBLISHER);
        hub.setFee(tensorId, IInferenceHub.Assurance.Optimistic, FEE);
        IInferenceHub.Quote memory quote = hub.quote(tensorId, INPUT, IInferenceHub.Assurance.Optimistic, 0);
        assertEq(quote.fee, FEE, "fee");
        assertEq(quote.bond, BOND, "bond");
        quote = hub.quote(tensorId, INPUT, IInferenceHub.Assurance.Executed, 0);
        assertEq(quote.fee, 0, "no fee is set");
        assertEq(quote.bond, 0, "no bond at other levels");
    }

    /// forge-config: default.fuzz.runs = 48
    /// forge-config: ci.fuzz.runs = 96
    function testFuzz_anAttestedSettlementIsCovered(uint32 callbackGas, uint256 length) public {
        (bytes32 requestId, uint256 settleGas, bytes memory output) =
            _prepare(IInferenceHub.Assurance.Attested, callbackGas, length);
        Answer memory answer = _answer(requestId, output);
        _assertCovers(
            settleGas,
            output.length == hub.MAX_OUTPUT(),
            OPERATOR,
            requestId,
            abi.encodeCall(hub.fulfil, (answer.receipt, output, answer.signature))
        );
    }

    /// forge-config: default.fuzz.runs = 48
    /// forge-config: ci.fuzz.runs = 96
    function testFuzz_aQuorumsLastRevealIsCovered(uint32 callbackGas, uint256 length, uint256 count) public {
        count = bound(count, 1, hub.MAX_OPERATORS());
        uint32 threshold = uint32(count / 2 + 1);
        _gather(count, threshold);
        (bytes32 requestId, uint256 settleGas, bytes memory output) =
            _prepare(IInferenceHub.Assurance.Quorum, callbackGas, length);
        for (uint256 i = 0; i < count; ++i) {
            _commit(requestId, i, i < threshold ? output : OUTPUT);
        }
        for (uint256 i = 0; i + 1 < threshold; ++i) {
            _reveal(requestId, i, output);
        }
        // Those who don't agree have revealed, too, so that all ballots are counted.
        for (uint256 i = threshold; i < count; ++i) {
            _reveal(requestId, i, OUTPUT);
        }
        _assertCovers(
            settleGas,
            output.length == hub.MAX_OUTPUT(),
            operators[threshold - 1],
            requestId,
            abi.encodeCall(hub.reveal, (requestId, output, CONTENT, SALT))
        );
    }

    /// forge-config: default.fuzz.runs = 48
    /// forge-config: ci.fuzz.runs = 96
    function testFuzz_finalisingIsCovered(uint32 callbackGas, uint256 length) public {
        (bytes32 requestId, uint256 settleGas, bytes memory output) =
            _prepare(IInferenceHub.Assurance.Optimistic, callbackGas, length);
        _propose(requestId, output);
        _passWindow();
        _assertCovers(
            settleGas,
            output.length == hub.MAX_OUTPUT(),
            STRANGER,
            requestId,
            abi.encodeCall(hub.finalise, (requestId, output))
        );
    }

    /// forge-config: default.fuzz.runs = 48
    /// forge-config: ci.fuzz.runs = 96
    function testFuzz_anExecutionIsCovered(uint32 callbackGas, uint256 length, uint256 work) public {
        stub.setOutput(bound(length, 1, 2_000), bound(work, 0, 5_000));
        (bytes32 requestId, uint256 settleGas,) = _prepare(IInferenceHub.Assurance.Executed, callbackGas, 0);
        _assertCovers(settleGas, true, STRANGER, requestId, abi.encodeCall(hub.execute, (requestId, INPUT)));
    }

    function test_aPicturesAnswerIsShort() public {
        uint256 settleGas = hub.quote(modelId, INPUT, IInferenceHub.Assurance.Attested, CALLBACK_GAS).settleGas;
        assertLt(settleGas, 550_000, "a picture");
        assertGt(
            hub.quote(tensorId, INPUT, IInferenceHub.Assurance.Attested, CALLBACK_GAS).settleGas,
            settleGas,
            "an answer of any length"
        );
    }

    function test_nothingIsQuotedForAnInputThatCannotBeRun() public {
        vm.expectPartialRevert(bytes4(keccak256("BadInputLength(uint256,uint256)")));
        hub.quote(tensorId, "", IInferenceHub.Assurance.Executed, 0);
        stub.setOutput(hub.MAX_OUTPUT() + 1, 0);
        vm.expectPartialRevert(IInferenceHub.OutputTooLong.selector);
        hub.quote(tensorId, INPUT, IInferenceHub.Assurance.Executed, 0);
    }

    /* STEPS */

    function _prepare(IInferenceHub.Assurance level, uint32 callbackGas, uint256 length)
        internal
        returns (bytes32 requestId, uint256 settleGas, bytes memory output)
    {
        callbackGas = uint32(bound(callbackGas, 0, hub.MAX_CALLBACK_GAS()));
        // Half of the time the longest; no byte of it is zero.
        output = new bytes(length % 2 == 0 ? hub.MAX_OUTPUT() : bound(length, 0, hub.MAX_OUTPUT()));
        for (uint256 i = 0; i < output.length; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(output, 0x20), i), not(0))
            }
        }
        settleGas = hub.quote(tensorId, INPUT, level, callbackGas).settleGas;
        requestId = burner.askAt{value: FEE}(tensorId, INPUT, level, callbackGas, _deadline());
    }

    /// @dev Sends the call as a transaction with exactly the quoted gas; then looks for the least gas that suffices.
    /// @param exact whether nothing was unknown when the quote was made
    function _assertCovers(uint256 settleGas, bool exact, address sender, bytes32 requestId, bytes memory data)
        internal
    {
        (uint256 intrinsic, uint256 floor) = _calldataGas(data);
        assertGe(settleGas, floor, "the calldata's floor");
        uint256 least = _least(sender, data, settleGas - intrinsic) + intrinsic;
        assertLe(least, settleGas, "the quote suffices");
        if (exact) {
            uint256 needed = least > floor ? least : floor;
            assertLe(settleGas, needed * 115 / 100 + SLACK, "and is not much more than needed");
        }
        _coldCall(sender, data, settleGas - intrinsic);
        _assertDelivered(requestId, false, "the consumer burnt all that it was promised");
    }

    function _least(address sender, bytes memory data, uint256 enough) internal returns (uint256) {
        (uint256 low, uint256 high) = (20_000, enough);
        while (high - low > 200) {
            uint256 middle = (low + high) / 2;
            uint256 snapshot = vm.snapshotState();
            if (_coldCall(sender, data, middle)) high = middle;
            else low = middle;
            vm.revertToState(snapshot);
        }
        return high;
    }

    /// @dev As a transaction finds it: no slot is warm but the called contract itself.
    function _coldCall(address sender, bytes memory data, uint256 gasGiven) internal returns (bool ok) {
        vm.cool(address(hub));
        vm.cool(address(registry));
        vm.cool(address(stub));
        vm.cool(address(burner));
        vm.prank(sender);
        (ok,) = address(hub).call{gas: gasGiven}(data);
    }

    function _calldataGas(bytes memory data) internal pure returns (uint256 intrinsic, uint256 floor) {
        uint256 tokens;
        for (uint256 i = 0; i < data.length; ++i) {
            tokens += data[i] == 0 ? 1 : 4;
        }
        return (21_000 + 4 * tokens, 21_000 + 10 * tokens);
    }

    function _gather(uint256 count, uint32 threshold) internal {
        delete operators;
        for (uint256 i = 0; i < count; ++i) {
            operators.push(makeAddr(string.concat("member ", vm.toString(i))));
        }
        vm.prank(PUBLISHER);
        hub.setQuorum(tensorId, IInferenceHub.QuorumTerms(operators, threshold, COMMIT_TIME, REVEAL_TIME));
    }
}
