// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Attested} from "./hub/Attested.sol";
import {Demands} from "./hub/Demands.sol";
import {Executed} from "./hub/Executed.sol";
import {Optimistic} from "./hub/Optimistic.sol";
import {Quorum} from "./hub/Quorum.sol";
import {Quotes} from "./hub/Quotes.sol";
import {Requests} from "./hub/Requests.sol";
import {Terms} from "./hub/Terms.sol";
import {IInferenceHub} from "./interfaces/IInferenceHub.sol";
import {Ticket} from "./types/Ticket.sol";

/// @title InferenceHub
/// @notice Where contracts ask for an inference, pay for it, and get an answer whose assurance level they know.
/// @dev Each folder-mate in `hub/` is one idea; a level is the entry points that take its evidence. The hub has no owner.
/// It trusts the registry and the executor, which are named once and have no owner either, and each model's key and
/// publisher as far as the level says.
contract InferenceHub is Attested, Quorum, Demands, Executed, Quotes {
    constructor(address registry_, address executor_) Terms(registry_, executor_) {}

    /* INTERNAL */

    /// @inheritdoc Requests
    function _begin(bytes32 requestId, bytes32 modelId, Assurance level)
        internal
        override(Requests, Quorum, Optimistic)
    {
        Quorum._begin(requestId, modelId, level);
        Optimistic._begin(requestId, modelId, level);
    }

    /// @inheritdoc Requests
    function _isAtWork(bytes32 requestId, Ticket ticket) internal view override(Requests, Quorum) returns (bool) {
        return Quorum._isAtWork(requestId, ticket);
    }

    /// @inheritdoc Requests
    function _isOver(bytes32 requestId, Ticket ticket) internal view override(Requests, Quorum) returns (bool) {
        return Quorum._isOver(requestId, ticket);
    }
}
