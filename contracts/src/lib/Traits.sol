// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Traits
/// @notice A picture's traits: how they follow from a seed, how they are packed, how rare they are. Their names are in
/// TraitNames.
/// @dev Trait `i` is the byte 31 - i of the word; the epoch is the u16 in bytes 22 and 23; the other bytes are zero.
/// Rule: let `t = keccak256("verdigris/traits/1" ‖ seed)`; trait `i` is the smallest value whose share and those before
/// it add up to more than byte `i` of `t`.
library Traits {
    uint256 internal constant PALETTE = 0;
    uint256 internal constant FAMILY = 1;
    uint256 internal constant SYMMETRY = 2;
    uint256 internal constant DENSITY = 3;
    uint256 internal constant TEXTURE = 4;
    uint256 internal constant FRAME = 5;
    uint256 internal constant MARKS = 6;
    /// @notice How many traits a seed gives.
    uint256 internal constant COUNT = 7;

    /// @notice Rarities, by the rarest trait's share.
    uint256 internal constant COMMON = 0;
    uint256 internal constant UNCOMMON = 1;
    uint256 internal constant RARE = 2;
    uint256 internal constant LEGENDARY = 3;
    uint256 private constant MOST_UNCOMMON = 14;
    uint256 private constant MOST_RARE = 10;
    uint256 private constant MOST_LEGENDARY = 7;

    /// @dev Shares out of 256, one byte a value: all values of trait 0, then those of trait 1, and so on.
    bytes private constant SHARES = hex"1612121010100f0e0e0e0d0c0c0b0a0908070605" // palette
        hex"1c1a1816161014181216180a" // family
        hex"84281c18140c" // symmetry
        hex"28505830" // density
        hex"5c40241c180c" // texture
        hex"78403414" // frame
        hex"80402818"; // marks
    /// @dev Where each trait's shares begin in them, one byte each, trait 0 in the lowest.
    uint256 private constant STARTS = 0x34302a26201400;

    /// @dev 127 less the highest value of each trait, in the trait's byte: what a value can be added to without its
    /// highest bit being set.
    uint256 private constant ROOM = 0x7c7c7a7c7a746c;
    /// @dev The highest bit of each trait's byte.
    uint256 private constant HIGHEST = 0x80808080808080;
    uint256 private constant EPOCH_SHIFT = 64;
    uint256 private constant EPOCH_MASK = 0xffff << EPOCH_SHIFT;
    /// @dev Traits and epoch.
    uint256 private constant USED = 0xffffffffffffff | EPOCH_MASK;

    /// @notice The packed traits that a seed gives, at epoch 0.
    function fromSeed(bytes32 seed) internal pure returns (bytes32) {
        bytes32 t = keccak256(abi.encodePacked("verdigris/traits/1", seed));
        bytes memory shares = SHARES;
        uint256 traits = 0;
        for (uint256 which = 0; which < COUNT; ++which) {
            traits |= _pick(shares, _start(which), uint8(t[which])) << (8 * which);
        }
        return bytes32(traits);
    }

    /// @notice Trait `which` of packed traits.
    function valueOf(bytes32 traits, uint256 which) internal pure returns (uint256) {
        return (uint256(traits) >> (8 * which)) & 0xff;
    }

    /// @notice How often the token has evolved.
    function epochOf(bytes32 traits) internal pure returns (uint16) {
        // Cut down to its sixteen bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint16(uint256(traits) >> EPOCH_SHIFT);
    }

    /// @notice The same traits at another epoch.
    function withEpoch(bytes32 traits, uint16 epoch) internal pure returns (bytes32) {
        return bytes32((uint256(traits) & ~EPOCH_MASK) | (uint256(epoch) << EPOCH_SHIFT));
    }

    /// @notice Whether every byte of a word holds what it may hold.
    function areValid(bytes32 traits) internal pure returns (bool) {
        unchecked {
            uint256 word = uint256(traits);
            return word & ~USED == 0 && (word | (word + ROOM)) & HIGHEST == 0;
        }
    }

    /// @notice How rare valid traits are: as rare as the rarest of them.
    function rarity(bytes32 traits) internal pure returns (uint256) {
        bytes memory shares = SHARES;
        uint256 least = 256;
        for (uint256 which = 0; which < COUNT; ++which) {
            uint256 share = uint8(shares[_start(which) + valueOf(traits, which)]);
            if (share < least) least = share;
        }
        if (least > MOST_UNCOMMON) return COMMON;
        if (least > MOST_RARE) return UNCOMMON;
        return least > MOST_LEGENDARY ? RARE : LEGENDARY;
    }

    /// @notice How many values a trait has.
    function countOf(uint256 which) internal pure returns (uint256) {
        return 128 - ((ROOM >> (8 * which)) & 0xff);
    }

    function _start(uint256 which) private pure returns (uint256) {
        return (STARTS >> (8 * which)) & 0xff;
    }

    function _pick(bytes memory shares, uint256 start, uint256 draw) private pure returns (uint256 value) {
        for (uint256 share = uint8(shares[start]); draw >= share; share = uint8(shares[start + value])) {
            draw -= share;
            ++value;
        }
    }
}
