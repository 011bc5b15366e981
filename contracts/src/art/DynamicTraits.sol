// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC7496} from "../interfaces/IERC7496.sol";
import {SeedTokens} from "./SeedTokens.sol";

/// @title DynamicTraits
/// @notice A token's traits as other contracts read them (ERC-7496): a value is its number, and the trait metadata says
/// what numbers are called. They follow from the seed and the epoch; nobody sets one.
abstract contract DynamicTraits is SeedTokens, IERC7496 {
    /// @notice Traits can't be set.
    error TraitNotSettable(bytes32 traitKey);

    /* VIEWS */

    /// @inheritdoc IERC7496
    /// @dev A token without a seed has no traits yet: `WrongStage`.
    function getTraitValue(uint256 tokenId, bytes32 traitKey) external view returns (bytes32 traitValue) {
        return metadata.traitValue(_presentTraits(tokenId), traitKey);
    }

    /// @inheritdoc IERC7496
    function getTraitValues(uint256 tokenId, bytes32[] calldata traitKeys)
        external
        view
        returns (bytes32[] memory traitValues)
    {
        bytes32 traits = _presentTraits(tokenId);
        traitValues = new bytes32[](traitKeys.length);
        for (uint256 i = 0; i < traitKeys.length; ++i) {
            traitValues[i] = metadata.traitValue(traits, traitKeys[i]);
        }
    }

    /// @inheritdoc IERC7496
    function getTraitMetadataURI() external view returns (string memory uri) {
        return metadata.traitMetadataURI();
    }

    /// @inheritdoc IERC7496
    /// @dev Always reverts.
    function setTrait(uint256 tokenId, bytes32 traitKey, bytes32) external view {
        _stateOf(tokenId);
        metadata.traitValue(0, traitKey);
        revert TraitNotSettable(traitKey);
    }

    /* INTERNAL */

    function _presentTraits(uint256 tokenId) private view returns (bytes32) {
        return _traitsOf(_seeds[tokenId], _drawnState(tokenId).epoch());
    }
}
