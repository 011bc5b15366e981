// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IAIOracle} from "../../../src/interfaces/external/IAIOracle.sol";

/// @notice A consumer in the form that ORA's documentation gives it (github.com/ora-io/OAO, AIOracleCallbackReceiver.sol and
/// Prompt.sol): it is told the oracle once, hands its users' ether on, and takes answers from the oracle alone.
contract PromptConsumer {
    struct Question {
        address sender;
        uint256 modelId;
        bytes input;
        bytes output;
    }

    IAIOracle public immutable aiOracle;

    mapping(uint256 requestId => Question) public requests;
    mapping(uint256 modelId => uint64) public callbackGasLimit;
    bytes public lastCallbackData;

    event PromptsUpdated(uint256 requestId, uint256 modelId, string input, string output, bytes callbackData);
    event PromptRequest(uint256 requestId, address sender, uint256 modelId, string prompt);

    error UnauthorizedCallbackSource(IAIOracle expected, IAIOracle found);

    modifier onlyAIOracleCallback() {
        IAIOracle found = IAIOracle(msg.sender);
        if (found != aiOracle) revert UnauthorizedCallbackSource(aiOracle, found);
        _;
    }

    constructor(IAIOracle aiOracle_) {
        aiOracle = aiOracle_;
    }

    function setCallbackGasLimit(uint256 modelId, uint64 gasLimit) external {
        callbackGasLimit[modelId] = gasLimit;
    }

    function estimateFee(uint256 modelId) external view returns (uint256) {
        return aiOracle.estimateFee(modelId, callbackGasLimit[modelId]);
    }

    function isFinalized(uint256 requestId) external view returns (bool) {
        return aiOracle.isFinalized(requestId);
    }

    function calculateAIResult(uint256 modelId, string calldata prompt, bytes calldata callbackData)
        external
        payable
        returns (uint256 requestId)
    {
        requestId = aiOracle.requestCallback{value: msg.value}(
            modelId, bytes(prompt), address(this), callbackGasLimit[modelId], callbackData
        );
        Question storage question = requests[requestId];
        question.input = bytes(prompt);
        question.sender = msg.sender;
        question.modelId = modelId;
        emit PromptRequest(requestId, msg.sender, modelId, prompt);
    }

    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData)
        external
        virtual
        onlyAIOracleCallback
    {
        Question storage question = requests[requestId];
        require(question.sender != address(0), "request not exists");
        question.output = output;
        lastCallbackData = callbackData;
        emit PromptsUpdated(requestId, question.modelId, string(question.input), string(output), callbackData);
    }

    function outputOf(uint256 requestId) external view returns (bytes memory) {
        return requests[requestId].output;
    }
}

/// @notice An ORA consumer that fails until it is mended.
contract MoodyPrompt is PromptConsumer {
    bool public mended;

    error NotToday();

    constructor(IAIOracle aiOracle_) PromptConsumer(aiOracle_) {}

    function mend() external {
        mended = true;
    }

    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata)
        external
        override
        onlyAIOracleCallback
    {
        if (!mended) revert NotToday();
        requests[requestId].output = output;
    }
}

/// @notice An ORA consumer that notes how much gas it finds at its first instruction.
contract GasGauge {
    uint256 public seen;
    uint256 public calls;

    function aiOracleCallback(uint256, bytes calldata, bytes calldata) external {
        uint256 left = gasleft();
        seen = left;
        ++calls;
    }
}

/// @notice An ORA consumer that makes planned calls while it is called back.
contract ReentrantPrompt {
    address[] public targets;
    bytes[] public calldatas;
    bool[] public succeeded;
    bytes[] public answers;
    uint256 public calls;

    function plan(address target, bytes calldata data) external {
        targets.push(target);
        calldatas.push(data);
    }

    function aiOracleCallback(uint256, bytes calldata, bytes calldata) external {
        ++calls;
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool ok, bytes memory answer) = targets[i].call(calldatas[i]);
            succeeded.push(ok);
            answers.push(answer);
        }
    }
}

/// @notice An ORA consumer that reverts with as many zeros as its gas allows.
contract RevertBomb {
    function aiOracleCallback(uint256, bytes calldata, bytes calldata) external pure {
        assembly {
            revert(0, 500000)
        }
    }
}
