// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice Bench, for tests that are compiled without it.
interface IBench {
    function run(bytes memory form, bytes memory input, bool once)
        external
        view
        returns (bytes memory output, uint256 loading, uint256 running);
}
