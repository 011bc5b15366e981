// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title IERC7496
/// @notice NFT Dynamic Traits: a token's traits by keys, for contracts. Of its events those that a contract here emits;
/// its error for tokens that do not exist is the ERC-721's own, as it allows.
interface IERC7496 {
    /// @notice There is no such trait.
    error TraitKeyUnknown(bytes32 traitKey);

    /// @notice A token's trait changed.
    event TraitUpdated(bytes32 indexed traitKey, uint256 tokenId, bytes32 traitValue);

    /// @notice The value of a token's trait.
    function getTraitValue(uint256 tokenId, bytes32 traitKey) external view returns (bytes32 traitValue);

    /// @notice The values of some of a token's traits.
    function getTraitValues(uint256 tokenId, bytes32[] calldata traitKeys)
        external
        view
        returns (bytes32[] memory traitValues);

    /// @notice Where the traits' names, types and values are described.
    function getTraitMetadataURI() external view returns (string memory uri);

    /// @notice Sets a token's trait, where its owner may.
    function setTrait(uint256 tokenId, bytes32 traitKey, bytes32 newValue) external;
}
