// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {TraitNames} from "../../src/lib/TraitNames.sol";
import {Traits} from "../../src/lib/Traits.sol";
import {TraitsWords} from "../picture/TraitsWords.sol";
import {Test} from "forge-std/Test.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @notice Traits are those of the specification's table, which stands here as text.
contract TraitsTest is Test {
    using LibString for string;

    string[7] internal _labels = ["Palette", "Family", "Symmetry", "Density", "Texture", "Frame", "Marks"];
    string[] internal _tables;
    string[][7] internal _names;
    uint256[][7] internal _shares;

    function setUp() public {
        _tables.push(
            "Verdigris 22 Ember 18 Tidepool 18 Orchid 16 Saffron 16 Glacier 16 Moss 15 Rosewood 14 "
            "Nocturne 14 Coral 14 Lichen 13 Indigo 12 Clay 12 Aurora 11 Porcelain 10 Obsidian 9 "
            "Ultramarine 8 Sakura 7 Gilt 6 Solstice 5"
        );
        _tables.push(
            "Flow 28 Contours 26 Cells 24 Glass 22 Rings 22 Spiral 16 Moire 20 Marble 24 Aurora 18 "
            "Weave 22 Dunes 24 Rosette 10"
        );
        _tables.push("None 132 Mirror 40 Horizon 28 Diagonal 24 Quarter 20 Kaleidoscope 12");
        _tables.push("Vast 40 Open 80 Woven 88 Dense 48");
        _tables.push("Smooth 92 Grain 64 Contour 36 Poster 28 Hatch 24 Stipple 12");
        _tables.push("None 120 Keyline 64 Mat 52 Tondo 20");
        _tables.push("None 128 Seal 64 Orbit 40 Constellation 24");
        for (uint256 i = 0; i < 7; ++i) {
            string[] memory words = _tables[i].split(" ");
            for (uint256 j = 0; j < words.length; j += 2) {
                _names[i].push(words[j]);
                _shares[i].push(vm.parseUint(words[j + 1]));
            }
        }
    }

    function test_namesSharesAndCountsAreTheTables() public view {
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(TraitNames.label(i), _labels[i], "label");
            assertEq(Traits.countOf(i), _names[i].length, "number of values");
            uint256 sum;
            for (uint256 j = 0; j < _names[i].length; ++j) {
                assertEq(TraitNames.nameOf(i, j), _names[i][j], "name");
                sum += _shares[i][j];
            }
            assertEq(sum, 256, "shares");
        }
        string[4] memory rarities = ["Common", "Uncommon", "Rare", "Legendary"];
        for (uint256 j = 0; j < 4; ++j) {
            assertEq(TraitNames.nameOf(TraitNames.RARITY, j), rarities[j], "rarity");
        }
        assertEq(TraitNames.label(TraitNames.RARITY), "Rarity", "label");
        assertEq(TraitNames.label(TraitNames.EPOCH), "Epoch", "label");
    }

    /// The rule of the specification, computed the long way.
    function testFuzz_traitsFollowTheTables(bytes32 seed) public view {
        bytes32 t = keccak256(abi.encodePacked("verdigris/traits/1", seed));
        uint256 word;
        uint256 least = 256;
        for (uint256 i = 0; i < 7; ++i) {
            uint256 value;
            uint256 sum = _shares[i][0];
            while (sum <= uint8(t[i])) {
                ++value;
                sum += _shares[i][value];
            }
            word |= value << (8 * i);
            if (_shares[i][value] < least) least = _shares[i][value];
        }
        assertEq(uint256(Traits.fromSeed(seed)), word, "traits");
        assertTrue(Traits.areValid(bytes32(word)), "in range");
        uint256 rarity = least <= 7 ? 3 : least <= 10 ? 2 : least <= 14 ? 1 : 0;
        assertEq(Traits.rarity(bytes32(word)), rarity, "rarity");
    }

    function testFuzz_anEpochIsKeptBesideTheTraits(uint256 noise, uint16 epoch) public pure {
        bytes32 traits = TraitsWords.valid(noise);
        bytes32 other = Traits.withEpoch(traits, epoch);
        assertTrue(Traits.areValid(traits) && Traits.areValid(other), "in range");
        assertEq(Traits.epochOf(other), epoch, "epoch");
        assertEq(abi.encodePacked(other[22], other[23]), abi.encodePacked(epoch), "its bytes");
        assertEq(Traits.withEpoch(other, 0), Traits.withEpoch(traits, 0), "the rest stays");
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(Traits.valueOf(other, i), uint8(traits[31 - i]), "trait");
        }
        assertEq(Traits.rarity(other), Traits.rarity(traits), "no epoch is rarer");
    }

    function testFuzz_onlyWordsInRangeAreTraits(bytes32 word, uint256 mask) public pure {
        // Noise is never in range; most of its bytes masked away it may be.
        word &= bytes32(mask % (1 << 80));
        bool expected = true;
        for (uint256 i = 0; i < 32; ++i) {
            uint256 most = i < 7 ? TraitsWords.most(i) : i == 8 || i == 9 ? 255 : 0;
            if (uint8(word[31 - i]) > most) expected = false;
        }
        assertEq(Traits.areValid(word), expected, "in range");
    }

    function test_theRarestAndTheCommonest() public pure {
        assertEq(Traits.rarity(0), Traits.COMMON, "Verdigris has a share of 22");
        assertEq(Traits.rarity(bytes32(uint256(19))), Traits.LEGENDARY, "Solstice");
        assertEq(Traits.rarity(bytes32(uint256(17))), Traits.LEGENDARY, "Sakura, a share of 7");
        assertEq(Traits.rarity(bytes32(uint256(16))), Traits.RARE, "Ultramarine, a share of 8");
        assertEq(Traits.rarity(bytes32(uint256(14))), Traits.RARE, "Porcelain, a share of 10");
        assertEq(Traits.rarity(bytes32(uint256(13))), Traits.UNCOMMON, "Aurora, a share of 11");
        assertEq(Traits.rarity(bytes32(uint256(7))), Traits.UNCOMMON, "Rosewood, a share of 14");
        assertEq(Traits.rarity(bytes32(uint256(6))), Traits.COMMON, "Moss, a share of 15");
    }
}
