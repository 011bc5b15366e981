// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Traits
/// @notice A picture's four traits: how they follow from a seed, how they are packed, what they are called.
/// @dev Trait `i` is the byte 31 - i of the word: 0 palette (0..15), 1 family (0..3), 2 symmetry (0..3), 3 density
/// (0..3); the other bytes are zero. Rule: let `t = keccak256("verdigris/traits/1" ‖ seed)`; trait `i` is the smallest
/// value whose share and those before it add up to more than byte `i` of `t`. Shares are out of 256:
///
/// | trait    | shares                                                                                       |
/// |----------|----------------------------------------------------------------------------------------------|
/// | palette  | Verdigris 28, Ember 22, Tidepool 22, Orchid 20, Saffron 18, Glacier 18, Moss 18, Rosewood 16, |
/// |          | Nocturne 16, Coral 16, Lichen 14, Indigo 14, Clay 12, Aurora 9, Porcelain 8, Obsidian 5        |
/// | family   | Drift 88, Bloom 72, Strata 56, Tide 40                                                       |
/// | symmetry | None 128, Mirror 72, Quarter 36, Kaleidoscope 20                                             |
/// | density  | Vast 56, Open 88, Woven 72, Dense 40                                                         |
library Traits {
    uint256 internal constant PALETTE = 0;
    uint256 internal constant FAMILY = 1;
    uint256 internal constant SYMMETRY = 2;
    uint256 internal constant DENSITY = 3;

    // One byte a value, from the left.
    bytes32 private constant PALETTE_SHARES = hex"1c1616141212121010100e0e0c090805";
    bytes32 private constant FAMILY_SHARES = hex"58483828";
    bytes32 private constant SYMMETRY_SHARES = hex"80482414";
    bytes32 private constant DENSITY_SHARES = hex"38584828";

    /// @dev A name's cell in the tables below, padded with spaces.
    uint256 private constant CELL = 12;

    /// @notice The packed traits that a seed gives.
    function fromSeed(bytes32 seed) internal pure returns (bytes32) {
        bytes32 t = keccak256(abi.encodePacked("verdigris/traits/1", seed));
        return bytes32(
            _pick(PALETTE_SHARES, uint8(t[PALETTE])) | (_pick(FAMILY_SHARES, uint8(t[FAMILY])) << 8)
                | (_pick(SYMMETRY_SHARES, uint8(t[SYMMETRY])) << 16) | (_pick(DENSITY_SHARES, uint8(t[DENSITY])) << 24)
        );
    }

    /// @notice Trait `which` of packed traits.
    function valueOf(bytes32 traits, uint256 which) internal pure returns (uint256) {
        return uint8(traits[31 - which]);
    }

    /// @notice What a palette is called.
    function paletteName(bytes32 traits) internal pure returns (string memory) {
        return _cell(
            "Verdigris   Ember       Tidepool    Orchid      Saffron     Glacier     Moss        Rosewood    "
            "Nocturne    Coral       Lichen      Indigo      Clay        Aurora      Porcelain   Obsidian    ",
            valueOf(traits, PALETTE)
        );
    }

    /// @notice What a family is called.
    function familyName(bytes32 traits) internal pure returns (string memory) {
        return _cell("Drift       Bloom       Strata      Tide        ", valueOf(traits, FAMILY));
    }

    /// @notice What a symmetry is called.
    function symmetryName(bytes32 traits) internal pure returns (string memory) {
        return _cell("None        Mirror      Quarter     Kaleidoscope", valueOf(traits, SYMMETRY));
    }

    /// @notice What a density is called.
    function densityName(bytes32 traits) internal pure returns (string memory) {
        return _cell("Vast        Open        Woven       Dense       ", valueOf(traits, DENSITY));
    }

    function _pick(bytes32 shares, uint256 draw) private pure returns (uint256 value) {
        for (uint256 share = uint8(shares[0]); draw >= share; share = uint8(shares[value])) {
            draw -= share;
            ++value;
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
