// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IInferenceHub} from "../src/interfaces/IInferenceHub.sol";

/// @notice The hub as the tests see it: its interface and its constants. Tests deploy the hub by its artifact and don't
/// import it, so that only the hub itself goes through the slow compilation that makes it small.
interface Hub is IInferenceHub {
    function MAX_INPUT() external view returns (uint256);
    function MAX_OUTPUT() external view returns (uint256);
    function MAX_CALLBACK_GAS() external view returns (uint32);
    function MAX_LIFETIME() external view returns (uint64);
    function MAX_OPERATORS() external view returns (uint256);
    function MAX_ROUND_TIME() external view returns (uint32);
    function MAX_WINDOW() external view returns (uint64);
    function LEAVES() external view returns (uint32);
    function BURN() external view returns (address);
    function requestCount() external view returns (uint256);
}
