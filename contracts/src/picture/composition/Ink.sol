// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {load, store} from "../../network/Memory.sol";

/// @title Ink
/// @notice Lays ink over colours, RGB in the lowest 24 bits of a word.
library Ink {
    uint256 internal constant DARK = 48;
    uint256 internal constant LIGHT = 24;
    uint256 internal constant ACCENT = 0;

    /// @notice How far a shade of dark ink reaches beyond a mark, so that it stands out from whatever is below it.
    int256 internal constant SHADE = 8;

    /// @dev Red and blue; green lies between them, and has room to grow where it is alone.
    uint256 private constant OUTER = 0xff00ff;
    uint256 private constant INNER = 0x00ff00;
    uint256 private constant HALVES = 0x800080;
    uint256 private constant HALF = 0x008000;

    /// @notice One of the three inks.
    function pick(bytes9 inks, uint256 which) internal pure returns (uint256) {
        return (uint256(uint72(inks)) >> which) & 0xffffff;
    }

    /// @notice How much a shape covers, 0 to 256, whose edge is `inside` units away: from none to all over one pixel.
    function coverage(int256 size, int256 inside) internal pure returns (uint256) {
        unchecked {
            int256 covered = 128 + ((inside * size) >> 4);
            return covered < 0 ? 0 : covered > 256 ? 256 : uint256(covered);
        }
    }

    /// @notice The least distance outside of a shape, a positive number of units, from which on it covers nothing.
    function margin(int256 size) internal pure returns (int256) {
        unchecked {
            // -1 to -2032 sixteenths of a unit leave something of 128.
            return 2032 / size + 1;
        }
    }

    /// @notice Lays a mark whose edge is `inside` units away, and its shade, over the colour that begins at an address.
    function markAt(uint256 at, uint256 ink, uint256 dark, int256 size, int256 inside) internal pure {
        unchecked {
            layAt(at, dark, coverage(size, inside + SHADE) >> 1);
            layAt(at, ink, coverage(size, inside));
        }
    }

    /// @notice Lays ink over the colour that begins at an address.
    function layAt(uint256 at, uint256 ink, uint256 k) internal pure {
        if (k == 0) return;
        uint256 word = load(at);
        uint256 colour = word >> 232;
        store(at, word ^ ((colour ^ lay(colour, ink, k)) << 232));
    }

    /// @notice `(c·(256 - k) + ink·k + 128) >> 8` of each channel.
    function lay(uint256 colour, uint256 ink, uint256 k) internal pure returns (uint256) {
        unchecked {
            uint256 outer = ((colour & OUTER) * (256 - k) + (ink & OUTER) * k + HALVES) >> 8;
            uint256 inner = ((colour & INNER) * (256 - k) + (ink & INNER) * k + HALF) >> 8;
            return (outer & OUTER) | (inner & INNER);
        }
    }
}
