// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IComposition} from "../../src/interfaces/IComposition.sol";
import {IStyle} from "../../src/interfaces/IStyle.sol";
import {Cut} from "../../src/types/Stages.sol";

/// @notice A style that shows the fields as they are, and has grey inks.
contract BareStyle is IStyle {
    function paint(Cut calldata, bytes calldata, bytes calldata fields)
        external
        pure
        returns (bytes memory colours, bytes9 inks)
    {
        return (fields, hex"101010202020303030");
    }
}

/// @notice A composition that looks at the middle of the plane only, and lays its light ink over the first pixel.
contract StillComposition is IComposition {
    function look(Cut calldata cut) external pure returns (bytes memory points, bytes memory places) {
        uint256 count = cut.width * cut.height;
        return (new bytes(4 * count), new bytes(4 * count));
    }

    function finish(Cut calldata cut, bytes calldata, bytes calldata colours, bytes9 inks)
        external
        pure
        returns (bytes memory finished)
    {
        finished = colours;
        if (cut.x != 0 || cut.y != 0 || finished.length == 0) return finished;
        for (uint256 i = 0; i < 3; ++i) {
            finished[i] = inks[3 + i];
        }
    }
}
