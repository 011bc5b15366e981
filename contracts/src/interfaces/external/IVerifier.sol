// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IVerifier
/// @notice What an ERC-7007 collection consults before it believes a token's content.
/// @dev Source: ERC-7007's reference implementation, assets/erc-7007/contracts/IVerifier.sol in github.com/ethereum/ERCs.
/// Selector 0xb8e72af6.
interface IVerifier {
    /// @notice Whether a proof holds for a collection's content.
    /// @param proof what came with the content
    /// @param public_inputs the prompt, and the content straight after it
    // forge-lint: disable-next-line(mixed-case-variable)
    function verifyProof(bytes calldata proof, bytes calldata public_inputs) external view returns (bool valid);
}
