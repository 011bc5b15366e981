// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceConsumer} from "../../src/interfaces/IInferenceConsumer.sol";
import {IInferenceHub} from "../../src/interfaces/IInferenceHub.sol";

/// @notice A consumer that asks, and keeps what it is told.
contract Consumer is IInferenceConsumer {
    IInferenceHub internal immutable HUB;

    uint256 public calls;
    bytes32 public requestId;
    bytes public output;
    bytes32 public contentHash;
    IInferenceHub.Assurance public level;

    constructor(IInferenceHub hub) {
        HUB = hub;
    }

    function ask(bytes32 modelId, bytes calldata input, uint32 callbackGas, uint64 deadline)
        external
        returns (bytes32)
    {
        return HUB.request(modelId, input, IInferenceHub.Assurance.Attested, callbackGas, deadline);
    }

    function askAt(
        bytes32 modelId,
        bytes calldata input,
        IInferenceHub.Assurance level_,
        uint32 callbackGas,
        uint64 deadline
    ) external payable returns (bytes32) {
        return HUB.request{value: msg.value}(modelId, input, level_, callbackGas, deadline);
    }

    function onInference(
        bytes32 requestId_,
        bytes calldata output_,
        bytes32 contentHash_,
        IInferenceHub.Assurance level_
    ) external virtual {
        ++calls;
        requestId = requestId_;
        output = output_;
        contentHash = contentHash_;
        level = level_;
    }
}

/// @notice A consumer that reverts until it is mended.
contract MoodyConsumer is Consumer {
    bool public mended;

    error NotToday();

    constructor(IInferenceHub hub) Consumer(hub) {}

    function mend() external {
        mended = true;
    }

    function onInference(bytes32 a, bytes calldata b, bytes32 c, IInferenceHub.Assurance d) external override {
        if (!mended) revert NotToday();
        ++calls;
        (requestId, output, contentHash, level) = (a, b, c, d);
    }
}

/// @notice A consumer that burns all gas that it gets.
contract GasBurner is Consumer {
    constructor(IInferenceHub hub) Consumer(hub) {}

    function onInference(bytes32, bytes calldata, bytes32, IInferenceHub.Assurance) external pure override {
        while (true) {}
    }
}

/// @notice A consumer that returns, or reverts with, as many zeros as its gas allows.
contract ReturnBomb is Consumer {
    bool internal immutable REVERTING;

    constructor(IInferenceHub hub, bool reverting) Consumer(hub) {
        REVERTING = reverting;
    }

    function onInference(bytes32, bytes calldata, bytes32, IInferenceHub.Assurance) external view override {
        bool reverting = REVERTING;
        assembly {
            if reverting { revert(0, 500000) }
            return(0, 500000)
        }
    }
}

/// @notice A consumer that calls back into the hub while it is called back.
contract Reentrant is Consumer {
    bytes[] public calldatas;
    bool[] public succeeded;
    bytes[] public answers;

    constructor(IInferenceHub hub) Consumer(hub) {}

    function plan(bytes calldata data) external {
        calldatas.push(data);
    }

    function onInference(bytes32, bytes calldata, bytes32, IInferenceHub.Assurance) external override {
        ++calls;
        for (uint256 i = 0; i < calldatas.length; ++i) {
            (bool ok, bytes memory answer) = address(HUB).call(calldatas[i]);
            succeeded.push(ok);
            answers.push(answer);
        }
    }
}

/// @notice A consumer that swallows its own lack of gas: what a starved delivery could harm.
contract Swallower is Consumer {
    uint256 public heard;

    constructor(IInferenceHub hub) Consumer(hub) {}

    function work() external {
        require(msg.sender == address(this), "only itself");
        for (uint256 i = 0; i < 10; ++i) {
            assembly {
                sstore(add(1000, i), gas())
            }
        }
        ++heard;
    }

    function onInference(bytes32, bytes calldata, bytes32, IInferenceHub.Assurance) external override {
        try this.work() {} catch {}
    }
}
