// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IComposition} from "../interfaces/IComposition.sol";
import {Traits} from "../lib/Traits.sol";
import {load, store} from "../network/Memory.sol";
import {Cut, HIDDEN, POINT_SIZE, batch, pack, start, unpack} from "../types/Stages.sol";
import {Choices} from "./composition/Choices.sol";
import {Frame} from "./composition/Frame.sol";
import {Marks} from "./composition/Marks.sol";
import {Sight} from "./composition/Sight.sol";

/// @title Composition
/// @notice Version 1 of the composition: which part of the plane is seen, mirrored how and turned which way; marks over
/// it, a frame around.
contract Composition is IComposition {
    using Sight for Sight.Bearing;

    /* LOOK */

    /// @inheritdoc IComposition
    function look(Cut calldata cut) external pure returns (bytes memory points, bytes memory places) {
        points = _points(cut);
        places = batch(points.length);
        _see(cut, start(points), points.length, start(places));
    }

    function _points(Cut calldata cut) private pure returns (bytes memory points) {
        unchecked {
            points = batch(POINT_SIZE * cut.width * cut.height);
            int256 size = int256(cut.size);
            uint256 to = start(points);
            for (uint256 y = cut.y; y != cut.y + cut.height; ++y) {
                int256 q = _coordinate(y, size);
                for (uint256 x = cut.x; x != cut.x + cut.width; ++x) {
                    store(to, pack(_coordinate(x, size), q) << 224);
                    to += POINT_SIZE;
                }
            }
        }
    }

    /// @dev Writes the places of `length` bytes of points.
    function _see(Cut calldata cut, uint256 from, uint256 length, uint256 to) private pure {
        unchecked {
            Sight.Bearing memory bearing = Sight.bearingOf(Choices.ofSeed(cut.seed), cut.traits);
            uint256 frame = Traits.valueOf(cut.traits, Traits.FRAME);
            int256 beyond = Frame.opaqueFrom(int256(cut.size));
            for (uint256 end = from + length; from != end; from += POINT_SIZE) {
                (int256 p, int256 q) = unpack(load(from) >> 224);
                uint256 place = HIDDEN;
                if (!Frame.hides(frame, beyond, p, q)) {
                    (p, q) = bearing.place(p, q);
                    place = pack(p, q);
                }
                store(to, place << 224);
                to += POINT_SIZE;
            }
        }
    }

    /// @dev A column's or row's coordinate, -2048 to 2047.
    function _coordinate(uint256 at, int256 size) private pure returns (int256) {
        unchecked {
            return (2 * int256(at) + 1) * 2048 / size - 2048;
        }
    }

    /* FINISH */

    /// @inheritdoc IComposition
    function finish(Cut calldata cut, bytes calldata points, bytes calldata colours, bytes9 inks)
        external
        pure
        returns (bytes memory finished)
    {
        uint256 marks = Traits.valueOf(cut.traits, Traits.MARKS);
        uint256 frame = Traits.valueOf(cut.traits, Traits.FRAME);
        finished = batch(colours.length);
        assembly ("memory-safe") {
            calldatacopy(add(finished, 0x20), colours.offset, colours.length)
        }
        int256 size = int256(cut.size);
        if (marks != Marks.NONE) Marks.lay(marks, Choices.ofSeed(cut.seed), finished, points, inks, size);
        if (frame != Frame.NONE) Frame.lay(frame, finished, points, inks, size);
    }
}
