// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IInferenceHub
/// @notice Where contracts ask for an inference, pay for it, and get an answer whose assurance level they know.
interface IInferenceHub {
    /* TYPES */

    /// @notice What an answer rests on, from a single key to the contract's own computation.
    enum Assurance {
        Attested,
        Quorum,
        Optimistic,
        Proven,
        Executed
    }

    /// @notice Where a request is in its life.
    /// Unknown → Open → Answered, or Open → Expired; at level Optimistic Open → Proposed → Answered, or back to Open
    /// when a fraud proof strikes the proposal down. An answer that a higher level contradicts is Refuted for good.
    enum Status {
        Unknown,
        Open,
        Answered,
        Expired,
        Proposed,
        Refuted
    }

    /// @notice What a consumer asked for. While an answer is being raised, `level`, `deadline` and `fee` are the raise's.
    /// @param consumer the contract that asked and is called back
    /// @param callbackGas gas that the callback may use
    /// @param level the assurance level asked for
    /// @param modelId the model version that must answer
    /// @param inputHash keccak256 of the input
    /// @param deadline the last second (Unix time) at which an answer is taken
    /// @param fee what is escrowed for the answer, in wei
    struct Request {
        address consumer;
        uint32 callbackGas;
        Assurance level;
        bytes32 modelId;
        bytes32 inputHash;
        uint64 deadline;
        uint256 fee;
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

    /// @notice What a request will cost, known before it is made.
    /// @param fee the least value that `request` or `raise` takes, in wei
    /// @param bond what an operator puts at stake for the answer, in wei; zero but at level Optimistic
    /// @param settleGas the gas limit with which the settling transaction surely succeeds, the callback's gas included
    struct Quote {
        uint256 fee;
        uint256 bond;
        uint256 settleGas;
    }

    /// @notice How a model is answered by quorum.
    /// @param operators who may answer
    /// @param threshold how many equal answers settle a request
    /// @param commitTime seconds from the first commitment in which others are taken
    /// @param revealTime seconds after that in which answers are revealed
    struct QuorumTerms {
        address[] operators;
        uint32 threshold;
        uint32 commitTime;
        uint32 revealTime;
    }

    /// @notice How a model is answered optimistically.
    /// @param bond what an answer puts at stake, in wei; zero if the level isn't offered
    /// @param window seconds in which an answer can be challenged
    struct OptimisticTerms {
        uint128 bond;
        uint64 window;
    }

    /// @notice An answer that waits for challenges.
    /// @param proposer whose stake is locked for it; zero if there is none
    /// @param bond how much of it, in wei
    /// @param finalAfter the last second (Unix time) at which it can be challenged
    /// @param outputHash keccak256 of the answer
    struct Proposal {
        address proposer;
        uint128 bond;
        uint64 finalAfter;
        bytes32 outputHash;
    }

    /// @notice One tile of a picture, with its path to the pixel root.
    /// @param index the tile's number, row by row
    /// @param tile 64 pixels row by row, RGB each
    /// @param proof the tile's siblings, from the leaves up
    struct Opening {
        uint32 index;
        bytes32[6] tile;
        bytes32[] proof;
    }

    /// @notice Half of the leaves of a picture's tree. Both halves are needed, in any order.
    /// @param isUpper whether they are the larger ones
    /// @param leaves the half, in ascending order
    /// @param otherRoot the root of the tree over the other half
    /// @param otherEdge the other half's leaf next to this half: its last if it is the lower one, else its first
    struct Half {
        bool isUpper;
        bytes32[] leaves;
        bytes32 otherRoot;
        bytes32 otherEdge;
    }

    /* EVENTS */

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

    /// @notice An answer was accepted at the level that was asked for. `operator` is the key that signed it, or at level
    /// Quorum who completed the quorum, at level Executed who had it executed. `delivered` is false if the consumer's
    /// callback failed; see `deliver`.
    event InferenceAnswered(
        bytes32 indexed requestId, address indexed operator, bytes32 outputHash, bytes32 contentHash, bool delivered
    );

    /// @notice A kept answer has reached its consumer after all.
    event InferenceDelivered(bytes32 indexed requestId);

    /// @notice A request's deadline passed without an answer, or a raise's without evidence; the fee was refunded.
    event InferenceExpired(bytes32 indexed requestId);

    /// @notice Somebody pays for evidence of a higher level for an accepted answer.
    event RaiseRequested(
        bytes32 indexed requestId, bytes32 indexed modelId, Assurance level, uint256 fee, uint64 deadline
    );
    /// @notice An accepted answer has reached a higher level.
    event InferenceRaised(bytes32 indexed requestId, Assurance level);
    /// @notice A higher level contradicts the accepted answer. `outputHash` is what the answer should have been; zero if
    /// that isn't known.
    event InferenceRefuted(bytes32 indexed requestId, bytes32 outputHash);

    /// @notice An operator has committed to an answer that it does not show yet.
    event AnswerCommitted(bytes32 indexed requestId, address indexed operator, bytes32 commitment);
    /// @notice An operator has shown the answer that it committed to.
    event AnswerRevealed(bytes32 indexed requestId, address indexed operator, bytes32 outputHash, bytes32 contentHash);

    /// @notice An answer is bonded, with all that a watcher needs to check it.
    event AnswerProposed(
        bytes32 indexed requestId, address indexed proposer, Receipt receipt, bytes output, uint64 finalAfter
    );
    /// @notice A fraud proof has struck a proposal down: half of the bond is the challenger's, half is burnt (`burn`).
    event FraudProved(bytes32 indexed requestId, address indexed challenger, address indexed proposer, uint256 bond);
    /// @notice Somebody wants to see a tile of a bonded picture, or (`index` 2^32 - 2) all leaves of its tree, until `answerBy`.
    event TileDemanded(bytes32 indexed requestId, address indexed watcher, uint32 index, uint64 answerBy);
    /// @notice The tile was shown, with its path.
    event TileShown(bytes32 indexed requestId, Opening opening);
    /// @notice Half of the leaves of a demanded tree were shown, in ascending order; `complete` if the other half was, too.
    event LeavesShown(bytes32 indexed requestId, bytes32[] leaves, bool complete);
    /// @notice What was demanded was not shown in time, or the question has no answer at this level (`index` is then 2^32 - 1):
    /// the proposal is void. In the first case half of the bond is burnt; the rest is returned.
    event ProposalVoided(bytes32 indexed requestId, address indexed proposer, uint32 index);

    /// @notice An account's stake grew or shrank; `free` is what no bond locks.
    event StakeChanged(address indexed operator, uint256 free, uint256 locked);
    /// @notice An account's claimable payments were paid out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice A model's publisher has set what a level costs.
    event FeeSet(bytes32 indexed modelId, Assurance level, uint256 fee);
    /// @notice A model's publisher has set its quorum.
    event QuorumSet(bytes32 indexed modelId, QuorumTerms terms);
    /// @notice A model's publisher has set bond and window.
    event OptimisticSet(bytes32 indexed modelId, OptimisticTerms terms);

    /* ERRORS */

    /// @notice No such model: the registry's error, passed on.
    error UnknownModel(bytes32 modelId);
    /// @notice No such request.
    error UnknownRequest(bytes32 requestId);
    /// @notice The request is no longer open for this: its deadline has passed.
    error RequestExpired(bytes32 requestId, uint64 deadline);
    /// @notice The request's deadline has not passed yet, or its quorum is still at work.
    error NotYetExpired(bytes32 requestId, uint64 deadline);
    /// @notice Another answer was accepted for this request.
    error AlreadyAnswered(bytes32 requestId);
    /// @notice Only an accepted answer can be raised, and not while another raise is at work: a bonded answer waits for
    /// challenges, or operators have committed.
    error NotRaisable(bytes32 requestId, Status status);
    /// @notice The answer has this level or a higher one already, or waits for it.
    error LevelNotHigher(bytes32 requestId, Assurance level);
    /// @notice The model can't reach this level: it isn't certified on chain, has no such terms, or its task doesn't allow it.
    error UnreachableLevel(bytes32 modelId, Assurance level);
    /// @notice The request asks for another level than this evidence gives.
    error WrongLevel(bytes32 requestId, Assurance level);
    /// @notice Less was sent than the model's fee for this level.
    error FeeTooLow(uint256 sent, uint256 fee);
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
    /// @notice The input does not hash to what was asked.
    error InputMismatch(bytes32 expected, bytes32 actual);
    /// @notice The output does not hash to what the receipt or the accepted answer says.
    error OutputMismatch(bytes32 expected, bytes32 actual);
    /// @notice The receipt's `issuedAt` lies beyond the year 2242: the signer's clock does not run in seconds.
    error IssuedAtTooLate(uint64 issuedAt);
    /// @notice The receipt was not signed by the model's registered key.
    error NotAttester(address signer, address attestationKey);
    /// @notice The answer has reached its consumer before.
    error AlreadyDelivered(bytes32 requestId);
    /// @notice The consumer's callback failed again; the answer stays kept.
    error DeliveryFailed(bytes32 requestId);
    /// @notice The transaction carries too little gas to give the callback what it was promised.
    error TooLittleGas(uint256 available, uint256 needed);

    /// @notice The sender is not among the model's quorum.
    error NotOperator(bytes32 requestId, address sender);
    /// @notice The operator has committed before.
    error AlreadyCommitted(bytes32 requestId, address operator);
    /// @notice Commitments are no longer taken: answers are being revealed.
    error CommitClosed(bytes32 requestId, uint64 closedAt);
    /// @notice Answers can be revealed once all operators have committed, or after `opensAt`, and until `closesAt`.
    error RevealClosed(bytes32 requestId, uint64 opensAt, uint64 closesAt);
    /// @notice The answer is not what the operator committed to, or it committed to none, or has revealed it before.
    error BadReveal(bytes32 requestId, address operator);
    /// @notice A quorum needs 1 to 32 different operators, a threshold of more than half of them, and times of 1 second to 1 day.
    error BadQuorum();

    /// @notice No proposal waits for challenges.
    error NoProposal(bytes32 requestId);
    /// @notice Another proposal waits for challenges.
    error AlreadyProposed(bytes32 requestId, address proposer);
    /// @notice The challenge window has closed.
    error WindowClosed(bytes32 requestId, uint64 finalAfter);
    /// @notice The challenge window is still open, or a demanded tile still to be shown.
    error WindowOpen(bytes32 requestId, uint64 finalAfter);
    /// @notice A bond is 1 wei to 2^88 - 1 wei, a window 1 second to 30 days.
    error BadOptimisticTerms();
    /// @notice A picture whose tree has not 4, 16, 64, … or 4096 tiles can't be bonded: sizes 9 to 16, 25 to 32, 57 to 64, 121
    /// to 128, 249 to 256 and 505 to 512 can.
    error UnbondableSize(uint16 size);
    /// @notice The tile does not belong to the picture, or the leaves (2^32 - 2) are not those of its tree.
    error BadTile(bytes32 requestId, uint32 index);
    /// @notice The pixel does not lie in the tile.
    error BadPixel(uint32 index, uint8 column, uint8 row);
    /// @notice The proposal is right in what was challenged.
    error NoFraud(bytes32 requestId);
    /// @notice This kind of challenge does not fit the model's task.
    error WrongTask(bytes32 modelId);
    /// @notice The deposit for a demand is exactly `demandDepositOf`.
    error WrongDeposit(uint256 sent, uint256 deposit);
    /// @notice The tile is not demanded, or has been shown, or its proposal is over (for `reclaimDeposit`: or has not failed).
    error NotDemanded(bytes32 requestId, uint32 index);
    /// @notice The tile was demanded of this proposal before.
    error AlreadyDemanded(bytes32 requestId, uint32 index);

    /// @notice The account's free stake does not cover this.
    error StakeTooLow(address operator, uint256 free, uint256 needed);
    /// @notice Nothing is claimable.
    error NothingToWithdraw(address account);
    /// @notice The receiver refused the payment.
    error PaymentFailed(address to, uint256 amount);
    /// @notice The executor runs the models of another registry.
    error WrongExecutor(address executor);
    /// @notice The sender did not publish this version.
    error NotPublisher(bytes32 modelId);

    /* REQUEST */

    /// @notice Asks for an inference. The sender must implement `IInferenceConsumer`. What is sent is escrowed: it is paid
    /// for the answer, or refunded to the sender's claimable payments.
    /// @param modelId a version registered in the model registry
    /// @param input what the model is asked; its form depends on the model's task
    /// @param level the assurance level that the answer must have
    /// @param callbackGas gas that the sender's callback may use
    /// @param deadline the last second (Unix time) at which an answer is taken
    /// @return requestId unique over chains and hubs
    function request(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas, uint64 deadline)
        external
        payable
        returns (bytes32 requestId);

    /// @notice Asks for evidence of a higher level for an accepted answer. The fee is refunded to the sender if none comes
    /// by the deadline, or if somebody raises to another level before an operator is at work. The consumer is not called again: it reads `levelOf`.
    function raise(bytes32 requestId, Assurance level, uint64 deadline) external payable;

    /// @notice What a request or raise costs. Reverts as `request` would for a level that the model can't reach.
    function quote(bytes32 modelId, bytes calldata input, Assurance level, uint32 callbackGas)
        external
        view
        returns (Quote memory);

    /// @notice Closes a request or raise whose deadline has passed, or whose quorum came to nothing, and refunds the fee.
    function expire(bytes32 requestId) external;

    /// @notice Tries again to hand a kept answer to its consumer, with all gas that the caller gives.
    function deliver(bytes32 requestId, bytes calldata output) external;

    /* ATTESTED */

    /// @notice Answers a request of level Attested. Anyone may send it; the receipt must be signed by the model's
    /// registered key, which earns the fee. Sending the accepted answer again changes nothing and does not revert;
    /// another answer reverts.
    /// @param receipt what was signed
    /// @param output the answer, as the consumer gets it
    /// @param signature 65-byte secp256k1 signature (r, s, v) over the EIP-712 digest of `receipt`
    function fulfil(Receipt calldata receipt, bytes calldata output, bytes calldata signature) external;

    /* QUORUM */

    /// @notice Commits to an answer: keccak256(abi.encode(requestId, operator, outputHash, contentHash, salt)).
    function commit(bytes32 requestId, bytes32 commitment) external;

    /// @notice Shows the answer that the sender committed to. The one that completes the quorum settles the request; the
    /// fee is shared by those who revealed that answer until then.
    function reveal(bytes32 requestId, bytes calldata output, bytes32 contentHash, bytes32 salt) external;

    /* OPTIMISTIC */

    /// @notice Bonds an answer of level Optimistic. The receipt must be signed by the model's registered key, which earns the
    /// fee; the bond is locked from the sender's stake. Sending the pending or accepted answer again changes nothing.
    function propose(Receipt calldata receipt, bytes calldata output, bytes calldata signature) external;

    /// @notice Settles a proposal whose window has passed: frees the bond and hands the answer to the consumer.
    function finalise(bytes32 requestId, bytes calldata output) external;

    /// @notice Fraud proof for a picture: the contract draws pixel (`column`, `row`) of one tile itself. A pixel of the tile
    /// that lies outside the picture must be zero.
    /// @param input the request's input
    /// @param output the proposed output
    /// @param opening the tile, with its path
    /// @param column the pixel's place in the tile, 0 to 7
    /// @param row the pixel's place in the tile, 0 to 7
    function challengePixel(
        bytes32 requestId,
        bytes calldata input,
        bytes calldata output,
        Opening calldata opening,
        uint8 column,
        uint8 row
    ) external;

    /// @notice Fraud proof for any other answer: the contract runs a tensor model itself; a picture's output that is not
    /// well-formed is wrong, too. If the input is none that the model takes, there is no right answer: then the proposal
    /// is void and nobody is slashed.
    function challengeOutput(bytes32 requestId, bytes calldata input, bytes calldata output) external;

    /// @notice Demands to see a tile of a proposed picture, or (`index` 2^32 - 2) all leaves of its tree, for a watcher to whom
    /// the picture was not shown. The deposit is the proposer's if it shows that and its answer becomes final.
    function demandTile(bytes32 requestId, uint32 index) external payable;

    /// @notice Shows half of the leaves that were demanded. Once both halves are shown, tiles can be demanded for one more
    /// window.
    function showLeaves(bytes32 requestId, bytes calldata input, bytes calldata output, Half calldata half) external;

    /// @notice Shows a tile that was demanded.
    function showTile(bytes32 requestId, bytes calldata input, bytes calldata output, Opening calldata opening) external;

    /// @notice Voids a proposal of which a demanded tile, or the leaves, were not shown in time. Half of the bond is burnt. The
    /// request is open again.
    function voidProposal(bytes32 requestId, uint32 index) external;

    /// @notice Gives back the deposit of a demand whose proposal has failed, by way of claimable payments.
    function reclaimDeposit(bytes32 requestId, uint32 index) external;

    /// @notice What demanding takes as a deposit, in wei: a 64th of the bond for a tile, a quarter for the leaves, 1 at least.
    function demandDepositOf(bytes32 requestId, uint32 index) external view returns (uint256);

    /* EXECUTED */

    /// @notice Answers a request of level Executed by running the model in the contract. The sender earns the fee.
    function execute(bytes32 requestId, bytes calldata input) external;

    /* STAKES AND PAYMENTS */

    /// @notice Adds to the sender's stake.
    function stake() external payable;

    /// @notice Takes free stake back, by way of claimable payments.
    function unstake(uint256 amount) external;

    /// @notice Pays what is claimable by the sender.
    function withdraw(address to) external;

    /// @notice Sends what an operator has lost to nobody to `BURN`, whose key nobody has. Anyone may call.
    function burn(address operator) external;

    /// @notice An account's stake in wei: free, locked by bonds, and lost to nobody (`burn` sends that away).
    function stakeOf(address operator) external view returns (uint256 free, uint256 locked, uint256 burnt);

    /// @notice What an account can withdraw, in wei.
    function claimableBy(address account) external view returns (uint256);

    /* TERMS */

    /// @notice Sets what a level costs from now on. Only the version's publisher.
    function setFee(bytes32 modelId, Assurance level, uint256 fee) external;

    /// @notice Sets a version's quorum for requests from now on. Only the version's publisher.
    function setQuorum(bytes32 modelId, QuorumTerms calldata terms) external;

    /// @notice Sets a version's bond and window for requests and raises from now on. Only the version's publisher.
    function setOptimistic(bytes32 modelId, OptimisticTerms calldata terms) external;

    /// @notice What a level costs, in wei.
    function feeOf(bytes32 modelId, Assurance level) external view returns (uint256);

    /// @notice A version's quorum; no operators if it has none.
    function quorumOf(bytes32 modelId) external view returns (QuorumTerms memory);

    /// @notice A version's bond and window; zero if it has none.
    function optimisticOf(bytes32 modelId) external view returns (OptimisticTerms memory);

    /* VIEWS */

    /// @notice A request and where it is in its life.
    function requestOf(bytes32 requestId) external view returns (Request memory request, Status status);

    /// @notice The level of the accepted answer: the one that was asked for, or a higher one. Reverts with `UnknownRequest`
    /// unless an answer is accepted.
    function levelOf(bytes32 requestId) external view returns (Assurance);

    /// @notice The answer that was accepted for a request, as a receipt, with the key's signature (empty at levels Quorum
    /// and Executed, whose evidence is no key's) and whether the consumer has the answer. Reverts with `UnknownRequest`
    /// unless the request is answered.
    function receiptOf(bytes32 requestId)
        external
        view
        returns (Receipt memory receipt, bytes memory signature, bool delivered);

    /// @notice The proposal that waits for challenges.
    function proposalOf(bytes32 requestId) external view returns (Proposal memory);

    /// @notice The EIP-712 digest that the model's key signs.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32);

    /// @notice Where the models and their keys are registered.
    function registry() external view returns (address);

    /// @notice What runs certified models inside the chain.
    function executor() external view returns (address);
}
