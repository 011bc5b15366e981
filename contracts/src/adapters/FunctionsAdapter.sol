// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../interfaces/IInferenceHub.sol";
import {IFunctionsClient} from "../interfaces/external/IFunctionsClient.sol";
import {IFunctionsRouter} from "../interfaces/external/IFunctionsRouter.sol";
import {HubAdapter} from "./HubAdapter.sol";
import {Subscriptions} from "./Subscriptions.sol";
import {ConsumerCall} from "./lib/ConsumerCall.sol";
import {FunctionsInput} from "./lib/FunctionsInput.sol";

/// @title FunctionsAdapter
/// @notice Stands where Chainlink Functions' router stood: contracts built on `FunctionsClient` ask here and are answered
/// from here.
/// @dev `donId` is the hub's model id; the input is taken from the request's data as `FunctionsInput` says. An answer
/// longer than 256 bytes is an error, as with Chainlink, and so is none in time: `expire` tells the client.
contract FunctionsAdapter is HubAdapter, Subscriptions {
    struct Question {
        address client;
        uint32 callbackGasLimit;
        uint64 subscriptionId;
    }

    /* CONSTANTS */

    /// @notice The longest response that a client is given, in bytes.
    uint256 public constant MAX_RESPONSE = 256;
    /// @notice Gas for the adapter's own work on an answer.
    uint256 public constant ANSWER_GAS = 80_000;

    /// @dev What a client is told instead of a response.
    bytes private constant TOO_LONG = "response >256 bytes";
    bytes private constant NO_ANSWER = "no answer in time";

    /* STORAGE */

    mapping(bytes32 requestId => Question) private _questions;

    /* CONSTRUCTOR */

    constructor(IInferenceHub hub_, IInferenceHub.Assurance level_, uint64 lifetime_)
        HubAdapter(hub_, level_, lifetime_)
    {}

    /* REQUEST */

    /// @inheritdoc IFunctionsRouter
    function sendRequest(
        uint64 subscriptionId,
        bytes calldata data,
        uint16 dataVersion,
        uint32 callbackGasLimit,
        bytes32 donId
    ) external returns (bytes32 requestId) {
        if (data.length == 0) revert EmptyRequestData();

        uint96 fee = _charge(subscriptionId, hub.feeOf(donId, level));
        requestId = _ask(donId, FunctionsInput.inputOf(data), _callbackGas(callbackGasLimit, ANSWER_GAS), fee);
        _questions[requestId] = Question(msg.sender, callbackGasLimit, subscriptionId);

        emit RequestStart({
            requestId: requestId,
            donId: donId,
            subscriptionId: subscriptionId,
            subscriptionOwner: subscriptionOf[subscriptionId].owner,
            requestingContract: msg.sender,
            requestInitiator: tx.origin,
            data: data,
            dataVersion: dataVersion,
            callbackGasLimit: callbackGasLimit,
            estimatedTotalCostJuels: fee
        });
    }

    /* HUB */

    function _answer(bytes32 requestId, bytes calldata output, uint256 fee) internal override {
        Question memory question = _questions[requestId];
        bool fits = output.length <= MAX_RESPONSE;
        bytes memory response = fits ? output : bytes("");
        bytes memory err = fits ? bytes("") : TOO_LONG;

        // Charged from a 96-bit balance.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint96 cost = uint96(fee);
        _processed(requestId, question.subscriptionId, cost, FulfillResult.FULFILLED, response, err);
        ConsumerCall.callOrRevert(
            question.client,
            question.callbackGasLimit,
            abi.encodeCall(IFunctionsClient.handleOracleFulfillment, (requestId, response, err))
        );
    }

    /// @dev A client that fails here is not told again, as with Chainlink: the fee goes back all the same.
    function _expired(bytes32 requestId, uint256 fee) internal override {
        Question memory question = _questions[requestId];
        _deposit(question.subscriptionId, fee);

        bool told = ConsumerCall.tryCall(
            question.client,
            question.callbackGasLimit,
            abi.encodeCall(IFunctionsClient.handleOracleFulfillment, (requestId, bytes(""), NO_ANSWER))
        );
        FulfillResult result = told ? FulfillResult.FULFILLED : FulfillResult.USER_CALLBACK_ERROR;
        _processed(requestId, question.subscriptionId, 0, result, "", NO_ANSWER);
    }

    function _processed(
        bytes32 requestId,
        uint64 subscriptionId,
        uint96 cost,
        FulfillResult result,
        bytes memory response,
        bytes memory err
    ) private {
        emit RequestProcessed(requestId, subscriptionId, cost, msg.sender, result, response, err, "");
    }
}
