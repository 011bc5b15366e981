// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IForwarder} from "../interfaces/external/IForwarder.sol";
import {IReceiver} from "../interfaces/external/IReceiver.sol";
import {Credits} from "./Credits.sol";
import {HubAdapter} from "./HubAdapter.sol";
import {ICreAdapter} from "./interfaces/ICreAdapter.sol";
import {ConsumerCall} from "./lib/ConsumerCall.sol";
import {ReportHeader, ReportHeaderLibrary} from "./lib/ReportHeader.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";

/// @title CreAdapter
/// @notice Stands where CRE's forwarder stood: receivers that trust its address take the hub's answers as reports.
contract CreAdapter is ICreAdapter, IForwarder, HubAdapter, Credits {
    /// @dev Where a report goes, with how much gas, and as whose.
    struct Route {
        address receiver;
        uint32 gasLimit;
        address owner;
        bytes10 workflowName;
        bytes32 workflowId;
    }

    /* CONSTANTS */

    /// @notice The report id in the metadata: one question has one report.
    bytes2 public constant REPORT_ID = 0x0001;
    /// @notice Gas for the adapter's own work on an answer: 90,000 for the three ERC-165 questions (at most 30,000 each),
    /// the rest for copies of 16,384 bytes and storage.
    uint256 public constant ANSWER_GAS = 160_000;

    /* STORAGE */

    mapping(bytes32 requestId => Route) private _routes;

    /* CONSTRUCTOR */

    constructor(IInferenceHub hub_, IInferenceHub.Assurance level_, uint64 lifetime_)
        HubAdapter(hub_, level_, lifetime_)
    {}

    /* REQUEST */

    /// @inheritdoc ICreAdapter
    function requestReport(
        address receiver,
        bytes32 modelId,
        bytes calldata input,
        bytes10 workflowName,
        uint32 gasLimit
    ) external payable returns (bytes32 requestId) {
        _requireReceiver(receiver);

        bytes32 workflowId = workflowIdOf(modelId, msg.sender, workflowName);
        uint256 fee = _payment(msg.value, hub.feeOf(modelId, level));
        requestId = _ask(modelId, input, _callbackGas(gasLimit, ANSWER_GAS), fee);
        _routes[requestId] = Route(receiver, gasLimit, msg.sender, workflowName, workflowId);

        emit ReportRequested(requestId, receiver, msg.sender, workflowId);
    }

    /* VIEWS */

    /// @inheritdoc ICreAdapter
    function workflowIdOf(bytes32 modelId, address owner, bytes10 workflowName) public pure returns (bytes32) {
        return keccak256(abi.encode(modelId, owner, workflowName));
    }

    /// @inheritdoc ICreAdapter
    function parseReport(bytes calldata rawReport)
        external
        pure
        returns (ReportHeader memory header, bytes memory report)
    {
        return ReportHeaderLibrary.parse(rawReport);
    }

    /* HUB */

    function _answer(bytes32 requestId, bytes calldata output, uint256) internal override {
        Route memory route = _routes[requestId];
        // A receiver behind a proxy may have become something else.
        _requireReceiver(route.receiver);
        ReportHeader memory header;
        header.workflowId = route.workflowId;
        header.workflowName = route.workflowName;
        header.workflowOwner = route.owner;
        header.reportId = REPORT_ID;

        emit ReportProcessed(route.receiver, requestId, REPORT_ID, true);
        ConsumerCall.callOrRevert(
            route.receiver, route.gasLimit, abi.encodeCall(IReceiver.onReport, (header.metadata(), output))
        );
    }

    function _expired(bytes32 requestId, uint256 fee) internal override {
        _credit(_routes[requestId].owner, fee);
    }

    /* PRIVATE */

    function _requireReceiver(address receiver) private view {
        if (!ERC165Checker.supportsInterface(receiver, type(IReceiver).interfaceId)) revert NotAReceiver(receiver);
    }
}
