// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Cut} from "../types/Stages.sol";

/// @title IComposition
/// @notice A version of the stage that arranges a picture: which part of the plane its pixels show, and what is laid
/// over the finished motif (docs/protocol.md, section 2). Batches are packed as in types/Stages.sol.
/// @dev A version is a contract that nobody can change, and gives the same bytes for the same arguments for ever.
interface IComposition {
    /// @notice Where pixels lie in the picture, and where their motif lies on the plane.
    /// @return points one a pixel
    /// @return places one a pixel; `HIDDEN` where nothing of the motif will be seen
    function look(Cut calldata cut) external view returns (bytes memory points, bytes memory places);

    /// @notice Lays marks and a frame over the motif.
    /// @param points what `look` gave
    /// @param colours one a pixel
    /// @param inks dark, light and accent, RGB each
    /// @return finished the picture's own colours, one a pixel
    function finish(Cut calldata cut, bytes calldata points, bytes calldata colours, bytes9 inks)
        external
        view
        returns (bytes memory finished);
}
