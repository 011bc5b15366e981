// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ReportHeader} from "../../src/adapters/lib/ReportHeader.sol";
import {IForwarder} from "../../src/interfaces/external/IForwarder.sol";
import {IFunctionsRouter} from "../../src/interfaces/external/IFunctionsRouter.sol";
import {IReceiver} from "../../src/interfaces/external/IReceiver.sol";
import {WorkflowReceiver} from "./consumers/CreReceivers.sol";
import {FunctionsRouter} from "@chainlink/contracts/src/v0.8/functions/v1_0_0/FunctionsRouter.sol";
import {FunctionsSubscriptions} from "@chainlink/contracts/src/v0.8/functions/v1_0_0/FunctionsSubscriptions.sol";
import {KeystoneForwarder} from "@chainlink/contracts/src/v0.8/keystone/KeystoneForwarder.sol";
import {IReceiver as ChainlinksReceiver} from "@chainlink/contracts/src/v0.8/keystone/interfaces/IReceiver.sol";
import {Test} from "forge-std/Test.sol";

/// @notice Chainlink's own router and forwarder, beside which the adapters stand.
contract ChainlinkContractsTest is Test {
    /// @dev Four nodes, of which one may be faulty; two sign.
    function test_ChainlinksForwarderReadsTheSameBytes(ReportHeader memory header, bytes memory report) public {
        vm.assume(report.length < 1_000);
        header.version = 1;
        KeystoneForwarder forwarder = new KeystoneForwarder();
        uint256[4] memory keys = [uint256(11), 12, 13, 14];
        address[] memory signers = new address[](4);
        for (uint256 i = 0; i < 4; ++i) {
            signers[i] = vm.addr(keys[i]);
        }
        forwarder.setConfig(header.donId, header.configVersion, 1, signers);
        WorkflowReceiver receiver = new WorkflowReceiver(address(forwarder));

        bytes memory rawReport = bytes.concat(header.encode(), report);
        bytes memory context = new bytes(96);
        bytes32 digest = keccak256(abi.encodePacked(keccak256(rawReport), context));
        bytes[] memory signatures = new bytes[](2);
        for (uint256 i = 0; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            signatures[i] = abi.encodePacked(r, s, v - 27);
        }
        forwarder.report(address(receiver), rawReport, context, signatures);

        assertEq(receiver.metadata(), header.metadata(), "the receiver's metadata are the header's");
        assertEq(receiver.report(), report, "and its report is what follows");
        assertEq(
            forwarder.getTransmitter(address(receiver), header.executionId, header.reportId),
            address(this),
            "under the header's execution id and report id"
        );
    }

    function test_FunctionsEventsAreChainlinksOwn() public pure {
        assertEq(IFunctionsRouter.RequestStart.selector, FunctionsRouter.RequestStart.selector, "RequestStart");
        assertEq(
            IFunctionsRouter.RequestProcessed.selector, FunctionsRouter.RequestProcessed.selector, "RequestProcessed"
        );
        assertEq(
            IFunctionsRouter.SubscriptionCreated.selector,
            FunctionsSubscriptions.SubscriptionCreated.selector,
            "SubscriptionCreated"
        );
        assertEq(
            IFunctionsRouter.SubscriptionFunded.selector,
            FunctionsSubscriptions.SubscriptionFunded.selector,
            "SubscriptionFunded"
        );
        assertEq(
            IFunctionsRouter.SubscriptionConsumerAdded.selector,
            FunctionsSubscriptions.SubscriptionConsumerAdded.selector,
            "SubscriptionConsumerAdded"
        );
        assertEq(
            IFunctionsRouter.SubscriptionConsumerRemoved.selector,
            FunctionsSubscriptions.SubscriptionConsumerRemoved.selector,
            "SubscriptionConsumerRemoved"
        );
    }

    function test_FunctionsErrorsAreChainlinksOwn() public pure {
        assertEq(
            IFunctionsRouter.EmptyRequestData.selector, FunctionsRouter.EmptyRequestData.selector, "EmptyRequestData"
        );
        assertEq(
            IFunctionsRouter.InvalidSubscription.selector,
            FunctionsSubscriptions.InvalidSubscription.selector,
            "InvalidSubscription"
        );
        assertEq(
            IFunctionsRouter.InvalidConsumer.selector,
            FunctionsSubscriptions.InvalidConsumer.selector,
            "InvalidConsumer"
        );
        assertEq(
            IFunctionsRouter.MustBeSubscriptionOwner.selector,
            FunctionsSubscriptions.MustBeSubscriptionOwner.selector,
            "MustBeSubscriptionOwner"
        );
        assertEq(
            IFunctionsRouter.InsufficientBalance.selector,
            FunctionsSubscriptions.InsufficientBalance.selector,
            "InsufficientBalance"
        );
    }

    function test_TheReceiverAndTheForwarderAreChainlinksOwn() public pure {
        assertEq(type(IReceiver).interfaceId, type(ChainlinksReceiver).interfaceId, "the id that ERC-165 is asked for");
        assertEq(IForwarder.ReportProcessed.selector, KeystoneForwarder.ReportProcessed.selector, "ReportProcessed");
    }
}
