// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Cut} from "../types/Stages.sol";

/// @title IStyle
/// @notice A version of the stage that gives a picture its colours and its surface (docs/protocol.md, section 2).
/// Batches are packed as in types/Stages.sol.
/// @dev A version is a contract that nobody can change, and gives the same bytes for the same arguments for ever.
interface IStyle {
    /// @notice The colours of fields.
    /// @param points where the pixels lie in the picture
    /// @param fields what the network gave, one a pixel
    /// @return colours one a pixel
    /// @return inks what marks and frames are drawn with: dark, light and accent, RGB each
    function paint(Cut calldata cut, bytes calldata points, bytes calldata fields)
        external
        view
        returns (bytes memory colours, bytes9 inks);
}
