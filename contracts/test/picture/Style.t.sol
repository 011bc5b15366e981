// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IStyle} from "../../src/interfaces/IStyle.sol";
import {Cut} from "../../src/types/Stages.sol";
import {Executors} from "../Stages.sol";
import {PlainComposition} from "./PlainComposition.sol";
import {PlainStyle} from "./PlainStyle.sol";
import {TraitsWords} from "./TraitsWords.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The style on chain does what the specification's text says, pixel by pixel.
contract StyleTest is Test {
    IStyle internal style;

    function setUp() public {
        style = IStyle(Executors.style()[0]);
    }

    function testFuzz_aColourIsTheTexts(uint256 noise, int256 p, int256 q, bytes3 fields) public view {
        _assertColour(TraitsWords.valid(noise), bound(p, -2048, 2047), bound(q, -2048, 2047), fields);
    }

    /// forge-config: default.fuzz.runs = 16
    /// forge-config: ci.fuzz.runs = 64
    function testFuzz_everyTextureIsTheTextsAtEveryTone(int256 p, int256 q, bytes2 others) public view {
        p = bound(p, -2048, 2047);
        q = bound(q, -2048, 2047);
        for (uint256 texture = 0; texture < 6; ++texture) {
            for (uint256 tone = 0; tone < 256; tone += 5) {
                bytes3 fields = bytes3(bytes.concat(bytes1(uint8(tone)), others));
                _assertColour(bytes32((texture << 32) | (uint8(others[0]) % 20)), p, q, fields);
            }
        }
    }

    function test_everyPaletteHasItsColoursAndInks() public view {
        for (uint256 palette = 0; palette < 20; ++palette) {
            Cut memory cut = Cut(0, bytes32(palette), 8, 0, 0, 5, 1);
            // The five stops, the last but for one part of 64, and neither accent nor gain.
            bytes memory fields = hex"000080" hex"400080" hex"800080" hex"c00080" hex"ff0080";
            (bytes memory colours, bytes9 inks) = style.paint(cut, new bytes(20), fields);
            for (uint256 i = 0; i < 4; ++i) {
                assertEq(_at(colours, i), PlainStyle.colourOf(palette, i), "stop");
            }
            assertEq(uint24(bytes3(inks)), PlainStyle.colourOf(palette, 0), "dark");
            assertEq(uint24(bytes3(inks << 24)), PlainStyle.colourOf(palette, 4), "light");
            assertEq(uint24(bytes3(inks << 48)), PlainStyle.colourOf(palette, 5), "accent");
            (colours,) = style.paint(cut, new bytes(4), hex"00ff80");
            assertEq(_at(colours, 0), PlainStyle.colourOf(palette, 5), "nothing but accent");
        }
    }

    function testFuzz_aBatchIsItsPixels(uint256 noise, bytes32 points, bytes24 fields) public view {
        bytes memory many =
            bytes.concat(points & bytes32(uint256(0x07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff07ff)));
        Cut memory cut = Cut(0, TraitsWords.valid(noise), 8, 0, 0, 8, 1);
        (bytes memory colours,) = style.paint(cut, many, bytes.concat(fields));
        assertEq(colours.length, 24, "length");
        for (uint256 i = 0; i < 8; ++i) {
            bytes memory one = abi.encodePacked(many[4 * i], many[4 * i + 1], many[4 * i + 2], many[4 * i + 3]);
            bytes memory field = abi.encodePacked(fields[3 * i], fields[3 * i + 1], fields[3 * i + 2]);
            (bytes memory alone,) = style.paint(cut, one, field);
            assertEq(_at(colours, i), _at(alone, 0), "pixel");
        }
    }

    function _assertColour(bytes32 traits, int256 p, int256 q, bytes3 fields) private view {
        bytes memory point = abi.encodePacked(int16(p), int16(q));
        (bytes memory colours,) = style.paint(Cut(0, traits, 8, 0, 0, 1, 1), point, bytes.concat(fields));
        PlainComposition.Pixel memory at = PlainComposition.Pixel(8, p, q);
        uint256 expected = PlainStyle.colour(traits, at, uint8(fields[0]), uint8(fields[1]), uint8(fields[2]));
        assertEq(_at(colours, 0), expected, "colour");
    }

    function _at(bytes memory colours, uint256 i) private pure returns (uint256) {
        return
            uint256(uint8(colours[3 * i])) << 16 | uint256(uint8(colours[3 * i + 1])) << 8 | uint8(colours[3 * i + 2]);
    }
}
