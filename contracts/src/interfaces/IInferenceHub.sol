// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IInferenceHub
/// @notice Where contracts ask for an inference and get an answer whose assurance level they know.
interface IInferenceHub {
    /// @notice What an answer rests on, from a single key to the contract's own computation.
    enum Assurance {
        Attested,
        Quorum,
        Optimistic,
        Proven,
        Executed
    }

    /// @notice Where a request is in its life. Unknown → Open → Answered, or Open → Expired.
    enum Status {
        Unknown,
        Open,
        Answered,
        Expired
    }

    /// @notice What a consumer asked for.
    /// @param consumer the contract that asked and is called back
    /// @param callbackGas gas that the callback may use
    /// @param level the assurance level asked for
    /// @param modelId the model version that must answer
    /// @param inputHash keccak256 of the input
    /// @param deadline the last second (Unix time) at which an answer is taken
    struct Request {
        address consumer;
        uint32 callbackGas;
        Assurance level;
        bytes32 modelId;
        bytes32 inputHash;
        uint64 deadline;
    }

    /// @notice What the model's key signs (EIP-712, domain "Verdigris", version "1", chain id, this contract).
    /// @param requestId the request answered
    /// @param modelId the model version that answered
    /// @param inputHash keccak256 of the input
    /// @param outputHash keccak256 of the output
    /// @param contentHash SHA-256 of the pinned document that describes the answer: the digest of its raw-leaf CID
    /// @param issuedAt when the receipt was signed, Unix seconds by the signer's clock; informative only
    struct Receipt {
        bytes32 requestId;
        bytes32 modelId;
        bytes32 inputHash;
        bytes32 outputHash;
        bytes32 contentHash;
        uint64 issuedAt;
    }

    /// @notice An inference is asked for. Carries all that an operator needs to answer.
    event InferenceRequested(
        bytes32 indexed requestId,
        bytes32 indexed modelId,
        address indexed consumer,
        bytes input,
        Assurance level,
        uint32 callbackGas,
        uint64 deadline
    );

    /// @notice An answer was accepted. `delivered` is false if the consumer's callback failed; see `deliver`.
    event InferenceAnswered(
        bytes32 indexed requestId, address indexed attester, bytes32 outputHash, bytes32 contentHash, bool delivered
    );

    /// @notice A kept answer has reached its consumer after all.
    event InferenceDelivered(bytes32 indexed requestId);

    /// @notice A request's deadline passed without an answer.
    event InferenceExpired(bytes32 indexed requestId);

    /// @notice No such request.
    error UnknownRequest(bytes32 requestId);
    /// @notice The request is no longer open for this: it has expired.
    error RequestExpired(bytes32 requestId, uint64 deadline);
    /// @notice The request's deadline has not passed yet.
    error NotYetExpired(bytes32 requestId, uint64 deadline);
    /// @notice Another answer was accepted for this request.
    error AlreadyAnswered(bytes32 requestId);
    /// @notice The hub does not offer this level (yet), or the model can't reach it.
    error UnsupportedLevel(Assurance level);
    /// @notice The deadline lies in the past, or further ahead than `MAX_LIFETIME`.
    error BadDeadline(uint64 deadline);
    /// @notice The input is longer than `MAX_INPUT` bytes.
    error InputTooLong(uint256 length);
    /// @notice The output is longer than `MAX_OUTPUT` bytes.
    error OutputTooLong(uint256 length);
    /// @notice The callback may not use more than `MAX_CALLBACK_GAS`.
    error CallbackGasTooHigh(uint32 callbackGas);
    /// @notice The receipt is about another model or another input than the request.
    error ReceiptMismatch(bytes32 requestId);
    /// @notice The output does not hash to what the receipt says.
    error OutputMismatch(bytes32 expected, bytes32 actual);
    /// @notice The receipt was not signed by the model's registered key.
    error NotAttester(address signer, address attestationKey);
    /// @notice The answer has reached its consumer before.
    error AlreadyDelivered(bytes32 requestId);
    /// @notice The consumer's callback failed again; the answer stays kept.
    error DeliveryFailed(bytes32 requestId);
    /// @notice The transaction carries too little gas to give the callback what it was promised.
    error TooLittleGas(uint256 available, uint256 needed);

    /// @notice Asks for an inference. The sender must implement `IInferenceConsumer`.
    /// @param modelId a version registered in the model registry
    /// @param input what the model is asked; its form depends on the model's task
    /// @param level the assurance level that the answer must have
    /// @param callbackGas gas that the sender's callback may use
    /// @param deadline the last second (Unix time) at which an answer is taken
    /// @return requestId unique over chains and hubs
    function request(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas, uint64 deadline)
        external
        returns (bytes32 requestId);

    /// @notice Answers a request. Anyone may send it; the receipt must be signed by the model's registered key.
    /// Sending the accepted answer again changes nothing and does not revert; another answer reverts.
    /// @param receipt what was signed
    /// @param output the answer, as the consumer gets it
    /// @param signature 65-byte secp256k1 signature (r, s, v) over the EIP-712 digest of `receipt`
    function fulfil(Receipt calldata receipt, bytes calldata output, bytes calldata signature) external;

    /// @notice Tries again to hand a kept answer to its consumer, with all gas that the caller gives.
    function deliver(bytes32 requestId, bytes calldata output) external;

    /// @notice Closes a request whose deadline has passed.
    function expire(bytes32 requestId) external;

    /// @notice A request and where it is in its life.
    function requestOf(bytes32 requestId) external view returns (Request memory request, Status status);

    /// @notice The receipt that was accepted for a request, with its signature and whether the consumer has the answer.
    /// Reverts with `UnknownRequest` unless the request is answered.
    function receiptOf(bytes32 requestId)
        external
        view
        returns (Receipt memory receipt, bytes memory signature, bool delivered);

    /// @notice The EIP-712 digest that the model's key signs.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32);
}
