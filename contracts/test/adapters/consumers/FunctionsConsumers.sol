// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FunctionsClientV13, FunctionsRequest} from "../Chainlink.sol";

/// @notice A consumer on Chainlink's own `FunctionsClient` that keeps what it is told, whole.
contract KeepingClient is FunctionsClientV13 {
    using FunctionsRequest for FunctionsRequest.Request;

    uint256 public calls;
    bytes public response;
    bytes public err;

    constructor(address router) FunctionsClientV13(router) {}

    function ask(bytes[] calldata bytesArgs, uint64 subscriptionId, uint32 gasLimit, bytes32 donId)
        external
        returns (bytes32)
    {
        FunctionsRequest.Request memory request;
        request.initializeRequestForInlineJavaScript("return model(bytesArgs)");
        request.setBytesArgs(bytesArgs);
        return _sendRequest(request.encodeCBOR(), subscriptionId, gasLimit, donId);
    }

    function askRaw(bytes calldata data, uint64 subscriptionId, uint32 gasLimit, bytes32 donId)
        external
        returns (bytes32)
    {
        return _sendRequest(data, subscriptionId, gasLimit, donId);
    }

    function _fulfillRequest(bytes32, bytes memory response_, bytes memory err_) internal virtual override {
        ++calls;
        (response, err) = (response_, err_);
    }
}

/// @notice A client that fails, always or until it is mended.
contract MoodyClient is KeepingClient {
    bool public mended;

    error NotToday();

    constructor(address router) KeepingClient(router) {}

    function mend() external {
        mended = true;
    }

    function _fulfillRequest(bytes32 requestId, bytes memory response_, bytes memory err_) internal override {
        if (!mended) revert NotToday();
        super._fulfillRequest(requestId, response_, err_);
    }
}

/// @notice A client that burns all gas that it gets.
contract BurningClient is KeepingClient {
    constructor(address router) KeepingClient(router) {}

    function _fulfillRequest(bytes32, bytes memory, bytes memory) internal pure override {
        while (true) {}
    }
}

/// @notice A client that makes planned calls while it is answered.
contract ReentrantClient is KeepingClient {
    address[] public targets;
    bytes[] public calldatas;
    bool[] public succeeded;

    constructor(address router) KeepingClient(router) {}

    function plan(address target, bytes calldata data) external {
        targets.push(target);
        calldatas.push(data);
    }

    function _fulfillRequest(bytes32, bytes memory, bytes memory) internal override {
        ++calls;
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool ok,) = targets[i].call(calldatas[i]);
            succeeded.push(ok);
        }
    }
}
