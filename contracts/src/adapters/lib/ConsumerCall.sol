// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IHubAdapter} from "../interfaces/IHubAdapter.sol";

/// @title ConsumerCall
/// @notice Calls a contract that may be hostile: it gets the gas it was promised, and what it returns isn't read.
library ConsumerCall {
    /// @dev Gas used between the check of what is left and the consumer's first instruction: the call itself, to an
    /// account that the check of its code has made warm.
    uint256 private constant CALL_COST = 1_000;

    /// @dev Gives the consumer all gas that is there, at least `promised`; reverts if the consumer does.
    function callOrRevert(address consumer, uint256 promised, bytes memory data) internal {
        if (!_call(consumer, promised, type(uint256).max, data)) revert IHubAdapter.ConsumerFailed(consumer);
    }

    /// @dev Gives the consumer exactly `promised`; false if it reverts or has no code.
    function tryCall(address consumer, uint256 promised, bytes memory data) internal returns (bool success) {
        return _call(consumer, promised, promised, data);
    }

    function _call(address consumer, uint256 promised, uint256 limit, bytes memory data)
        private
        returns (bool success)
    {
        if (consumer.code.length == 0) return false;
        // EIP-150: a call gets at most 63/64 of what is left.
        uint256 needed = promised + promised / 63 + CALL_COST;
        if (gasleft() < needed) revert IHubAdapter.TooLittleGas(gasleft(), needed);
        assembly ("memory-safe") {
            success := call(limit, consumer, 0, add(data, 0x20), mload(data), 0x00, 0x00)
        }
    }
}
