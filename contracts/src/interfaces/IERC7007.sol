// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IERC7007
/// @notice Verifiable AI-generated content of a token (ERC-7007). Interface id 0x702c55a6.
interface IERC7007 {
    /// @notice Content was added to a token. Indexed bytes are hashed; the contents are in `AigcDataContents`.
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData, bytes proof);

    /// @notice Adds content to a token.
    /// @param tokenId the token
    /// @param prompt what the model was asked
    /// @param aigcData what the model answered
    /// @param proof why it should be believed
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external;

    /// @notice Whether this is a token's accepted and current content.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
        view
        returns (bool success);
}
