// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IOpmlLib
/// @notice What an ERC-7007 collection of the optimistic kind asks for its tokens' content.
/// @dev Source: ERC-7007's reference implementation, assets/erc-7007/contracts/IOpmlLib.sol in github.com/ethereum/ERCs;
/// only the functions that collections call.
interface IOpmlLib {
    /// @notice Asks for an inference.
    function initOpmlRequest(bytes calldata input) external returns (uint256 requestId);

    /// @notice Claims what its answer will be.
    function uploadResult(uint256 requestId, bytes calldata output) external;

    /// @notice Whether the answer is known and can no longer change.
    function isFinalized(uint256 requestId) external view returns (bool);

    /// @notice The answer; empty until it is known.
    function getOutput(uint256 requestId) external view returns (bytes memory output);
}
