// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IComposition} from "../../src/interfaces/IComposition.sol";
import {Cut} from "../../src/types/Stages.sol";
import {Executors} from "../Stages.sol";
import {PlainComposition} from "./PlainComposition.sol";
import {TraitsWords} from "./TraitsWords.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The composition on chain does what the specification's text says, pixel by pixel.
contract CompositionTest is Test {
    bytes9 internal constant INKS = hex"0a1b2cf0e1d2c8703a";

    IComposition internal composition;

    function setUp() public {
        composition = IComposition(Executors.composition()[0]);
    }

    /* WHERE TO LOOK */

    function testFuzz_pointsAndPlacesAreTheTexts(bytes32 seed, uint256 noise, uint256 size, uint256 x, uint256 y)
        public
        view
    {
        Cut memory cut = _cut(seed, noise, size, x, y);
        (bytes memory points, bytes memory places) = composition.look(cut);
        assertEq(points.length, 4 * cut.width * cut.height, "points");
        assertEq(places.length, points.length, "places");
        for (uint256 i = 0; i < cut.width * cut.height; ++i) {
            PlainComposition.Pixel memory at = _pixel(cut, i);
            (int256 p, int256 q) = _pair(points, i);
            assertEq(p, at.p, "P");
            assertEq(q, at.q, "Q");
            (int256 u, int256 v) = _pair(places, i);
            if (u == -32_768) {
                assertEq(v, 0, "hidden");
                assertTrue(_isOpaque(cut, at), "only what nothing is seen of");
                continue;
            }
            assertFalse(_isOpaque(cut, at), "what is covered is hidden");
            (int256 expectedU, int256 expectedV) = PlainComposition.place(cut.seed, cut.traits, at);
            assertEq(u, expectedU, "u");
            assertEq(v, expectedV, "v");
            assertTrue(u >= -2048 && u < 2048 && v >= -2048 && v < 2048, "on the plane");
        }
    }

    function test_everySymmetryShowsWhatItMirrors() public view {
        uint256 size = 16;
        for (uint256 symmetry = 0; symmetry < 6; ++symmetry) {
            Cut memory cut = Cut("seed", bytes32((symmetry << 16) | (3 << 24)), size, 0, 0, size, size);
            (, bytes memory places) = composition.look(cut);
            assertEq(_isMirrored(places, size, 0), symmetry == 1 || symmetry >= 4, "left is right");
            assertEq(_isMirrored(places, size, 1), symmetry == 2 || symmetry >= 4, "up is down");
            assertEq(_isMirrored(places, size, 2), symmetry == 3 || symmetry == 5, "across the diagonal");
        }
    }

    /* WHAT IS LAID OVER IT */

    function testFuzz_marksAndFramesAreTheTexts(bytes32 seed, uint256 noise, uint256 size, uint256 x, uint256 y)
        public
        view
    {
        Cut memory cut = _cut(seed, noise, size, x, y);
        _assertFinished(cut);
        // Where something is drawn: at stars and centres of orbits, on orbits, and in the seal.
        bytes32 c = PlainComposition.choices(seed);
        uint256 marks = uint8(cut.traits[25]);
        int256 n = int256(noise >> 250) % 7;
        if (marks == 1) _assertFinishedAround(cut, 912 + 48 * n, 912 + 48 * (int256(noise >> 240) % 8));
        if (marks == 2) {
            int256 radius = int256(260 + uint256(uint8(c[7])));
            _assertFinishedAround(cut, PlainComposition.i8(c[5]) * 6 + radius, PlainComposition.i8(c[6]) * 6);
        }
        if (marks == 3) {
            (int256 starX, int256 starY) = PlainComposition.star(c, uint256(n));
            _assertFinishedAround(cut, starX, starY);
            (int256 nextX, int256 nextY) = PlainComposition.star(c, uint256((n + 1) % 7));
            _assertFinishedAround(cut, (starX + nextX) / 2, (starY + nextY) / 2);
        }
    }

    /// Edges of frames, at sizes where they are one pixel wide and where they are many.
    function testFuzz_framesAreTheTextsAtTheirEdges(bytes32 seed, uint256 size, uint256 frame, uint256 place)
        public
        view
    {
        Cut memory cut = _cut(seed, (frame % 4) << 40, size, 0, 0);
        int256 edge = [int256(1700), 1716, 1780, 1830, 1890][place % 5];
        _assertFinishedAround(cut, edge, int256(place >> 128) % 1200);
        _assertFinishedAround(cut, -edge, -edge);
    }

    /// Two stars in one place have no bar between them, and nothing is divided by its length.
    function test_starsInOnePlaceHaveNoBar() public view {
        for (uint256 i = 0; i < 300_000; ++i) {
            bytes32 c = PlainComposition.choices(bytes32(i));
            if (c[5] != c[7] || c[6] != c[8]) continue;
            Cut memory cut = Cut(bytes32(i), bytes32(uint256(3) << 48), 64, 0, 0, 64, 64);
            _assertFinishedAround(cut, PlainComposition.i8(c[5]) * 11, PlainComposition.i8(c[6]) * 11);
            return;
        }
        revert("no such seed");
    }

    function test_withoutMarksAndFrameColoursStayAsTheyAre() public view {
        Cut memory cut = Cut("seed", bytes32(uint256(0x0505030b13)), 8, 0, 0, 8, 8);
        (bytes memory points,) = composition.look(cut);
        bytes memory colours = _noise(3 * 64);
        assertEq(composition.finish(cut, points, colours, INKS), colours, "colours");
    }

    function test_anEmptyCutIsEmpty() public view {
        Cut memory cut = Cut("seed", bytes32(uint256(0x03030000000000)), 8, 0, 3, 8, 0);
        (bytes memory points, bytes memory places) = composition.look(cut);
        assertEq(points.length + places.length, 0, "nothing to look at");
        assertEq(composition.finish(cut, points, "", INKS), "", "nothing to finish");
    }

    /* INTERNAL */

    /// @dev A rectangle of at most 6 × 4 pixels of a picture of any size, often a small one.
    function _cut(bytes32 seed, uint256 noise, uint256 size, uint256 x, uint256 y) private pure returns (Cut memory) {
        size = size % 3 == 0 ? bound(size, 1, 4096) : bound(size, 1, 64);
        (x, y) = (x % size, y % size);
        uint256 width = size - x < 6 ? size - x : 6;
        uint256 height = size - y < 4 ? size - y : 4;
        return Cut(seed, TraitsWords.valid(noise), size, x, y, width, height);
    }

    function _assertFinishedAround(Cut memory cut, int256 p, int256 q) private view {
        (cut.x, cut.y) = (_column(cut.size, p), _column(cut.size, q));
        cut.width = cut.size - cut.x < 5 ? cut.size - cut.x : 5;
        cut.height = cut.size - cut.y < 5 ? cut.size - cut.y : 5;
        _assertFinished(cut);
    }

    /// @dev Two columns before the one that a coordinate lies in.
    function _column(uint256 size, int256 p) private pure returns (uint256) {
        int256 at = ((p + 2048) * int256(size)) / 4096 - 2;
        if (at < 0) return 0;
        return uint256(at) >= size ? size - 1 : uint256(at);
    }

    function _assertFinished(Cut memory cut) private view {
        (bytes memory points,) = composition.look(cut);
        bytes memory colours = _noise(3 * cut.width * cut.height);
        bytes memory finished = composition.finish(cut, points, colours, INKS);
        assertEq(finished.length, colours.length, "length");
        PlainComposition.Inks memory inks = PlainComposition.Inks(0x0a1b2c, 0xf0e1d2, 0xc8703a);
        for (uint256 i = 0; i < cut.width * cut.height; ++i) {
            uint256 expected = PlainComposition.finish(cut.seed, cut.traits, _pixel(cut, i), _colour(colours, i), inks);
            assertEq(_colour(finished, i), expected, "colour");
        }
    }

    function _isOpaque(Cut memory cut, PlainComposition.Pixel memory at) private pure returns (bool) {
        PlainComposition.Inks memory inks = PlainComposition.Inks(1, 2, 3);
        uint256 frame = uint8(cut.traits[26]);
        return
            frame > 1 && PlainComposition.frame(frame, at, 0, inks) == PlainComposition.frame(frame, at, 0xffffff, inks);
    }

    function _isMirrored(bytes memory places, uint256 size, uint256 how) private pure returns (bool) {
        for (uint256 i = 0; i < size * size; ++i) {
            (uint256 x, uint256 y) = (i % size, i / size);
            uint256 other = how == 0 ? y * size + size - 1 - x : how == 1 ? (size - 1 - y) * size + x : x * size + y;
            (int256 u, int256 v) = _pair(places, i);
            (int256 otherU, int256 otherV) = _pair(places, other);
            if (u != otherU || v != otherV) return false;
        }
        return true;
    }

    function _pixel(Cut memory cut, uint256 i) private pure returns (PlainComposition.Pixel memory) {
        return PlainComposition.pixelAt(cut.size, cut.x + i % cut.width, cut.y + i / cut.width);
    }

    function _pair(bytes memory items, uint256 i) private pure returns (int256, int256) {
        return (int16(uint16(_number(items, 4 * i, 2))), int16(uint16(_number(items, 4 * i + 2, 2))));
    }

    function _colour(bytes memory items, uint256 i) private pure returns (uint256) {
        return _number(items, 3 * i, 3);
    }

    function _number(bytes memory items, uint256 at, uint256 length) private pure returns (uint256 value) {
        for (uint256 i = at; i < at + length; ++i) {
            value = 256 * value + uint8(items[i]);
        }
    }

    function _noise(uint256 length) private pure returns (bytes memory noise) {
        noise = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            noise[i] = keccak256(abi.encode(i))[0];
        }
    }
}
