// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Traits} from "./Traits.sol";

/// @title TraitNames
/// @notice What traits and their values are called.
/// @dev Two attributes follow from the traits and stand behind them here: the rarity, and the epoch, a number without
/// names.
library TraitNames {
    uint256 internal constant RARITY = Traits.COUNT;
    uint256 internal constant EPOCH = Traits.COUNT + 1;
    /// @notice How many attributes there are.
    uint256 internal constant COUNT = Traits.COUNT + 2;

    /// @dev A name's cell in the tables below, padded with spaces.
    uint256 private constant CELL = 13;
    uint256 private constant RARITIES = 4;

    /// @notice What an attribute is called.
    function label(uint256 which) internal pure returns (string memory) {
        return _cell(
            "Palette      Family       Symmetry     Density      Texture      Frame        "
            "Marks        Rarity       Epoch        ",
            which
        );
    }

    /// @notice What a value of an attribute is called; epochs have no names.
    function nameOf(uint256 which, uint256 value) internal pure returns (string memory) {
        if (which == Traits.PALETTE) return _cell(_palettes(), value);
        if (which == Traits.FAMILY) return _cell(_families(), value);
        return _cell(_others(), _startOf(which) + value);
    }

    /// @notice How many names an attribute's values have.
    function countOf(uint256 which) internal pure returns (uint256) {
        if (which == EPOCH) return 0;
        return which == RARITY ? RARITIES : Traits.countOf(which);
    }

    /// @notice The value of an attribute of packed traits.
    function valueOf(bytes32 traits, uint256 which) internal pure returns (uint256) {
        if (which == EPOCH) return Traits.epochOf(traits);
        return which == RARITY ? Traits.rarity(traits) : Traits.valueOf(traits, which);
    }

    function _palettes() private pure returns (string memory) {
        return "Verdigris    Ember        Tidepool     Orchid       Saffron      Glacier      "
            "Moss         Rosewood     Nocturne     Coral        Lichen       Indigo       "
            "Clay         Aurora       Porcelain    Obsidian     Ultramarine  Sakura       "
            "Gilt         Solstice     ";
    }

    function _families() private pure returns (string memory) {
        return "Flow         Contours     Cells        Glass        Rings        Spiral       "
            "Moire        Marble       Aurora       Weave        Dunes        Rosette      ";
    }

    /// @dev Of symmetry, density, texture, frame, marks and rarity, one after another.
    function _others() private pure returns (string memory) {
        return "None         Mirror       Horizon      Diagonal     Quarter      Kaleidoscope "
            "Vast         Open         Woven        Dense        "
            "Smooth       Grain        Contour      Poster       Hatch        Stipple      "
            "None         Keyline      Mat          Tondo        "
            "None         Seal         Orbit        Constellation"
            "Common       Uncommon     Rare         Legendary    ";
    }

    /// @dev Where an attribute's names begin among those.
    function _startOf(uint256 which) private pure returns (uint256 start) {
        for (uint256 other = Traits.SYMMETRY; other < which; ++other) {
            start += countOf(other);
        }
    }

    function _cell(string memory table, uint256 index) private pure returns (string memory) {
        bytes memory cells = bytes(table);
        uint256 start = index * CELL;
        uint256 length = 0;
        while (length < CELL && cells[start + length] != " ") ++length;
        bytes memory name = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            name[i] = cells[start + i];
        }
        return string(name);
    }
}
