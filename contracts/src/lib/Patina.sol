// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Sine} from "./Sine.sol";
import {Traits} from "./Traits.sol";
import {DynamicBufferLib} from "solady/utils/DynamicBufferLib.sol";
import {LibString} from "solady/utils/LibString.sol";

/// @title Patina
/// @notice What a token shows until its picture is there: bare copper while it waits for its seed, then the patina
/// that the seed lays on it, as contour lines in the token's family, symmetry and density.
library Patina {
    using DynamicBufferLib for DynamicBufferLib.DynamicBuffer;
    using LibString for int256;

    /// @dev A set of contours: lines from left to right, or rings around a centre. Lengths are in the drawing's units
    /// (1024 to a side), angles in 1024ths of a turn. Two waves bend each contour, and shift against each other from
    /// one contour to the next.
    struct Contours {
        bool rings;
        int256 count;
        int256 first; // the first line's height or ring's radius
        int256 step; // from one contour to the next
        int256 centreX; // rings only
        int256 centreY; // rings only
        int256 swing; // how far a wave bends a line; for rings, 512ths of the radius
        int256 waves; // waves in a contour
        int256 phase;
        int256 phase2;
        int256 drift; // by contour
        int256 drift2; // by contour, the other way
    }

    // Values of the trait.
    uint256 private constant NONE = 0;
    uint256 private constant MIRROR = 1;
    uint256 private constant HORIZON = 2;
    uint256 private constant DIAGONAL = 3;
    uint256 private constant KALEIDOSCOPE = 5;

    /// @dev Spans of a contour; they are joined smoothly (Catmull–Rom, written as Bézier curves).
    int256 private constant SPANS = 12;

    /// @dev One RGB colour a palette: the light that falls on the patina.
    bytes private constant GLOWS = hex"7fd1b9e8683f3fb6c6c98bd9f2b134b7e3f08aa84fb5655a"
        hex"5a62b0f58b76c9cf8a5663d6c98a5e6ef0b0f1ece24a4f58" hex"6f93e8f2bccbe0c070f0a05c";

    /// @dev What contours a family has, nine bytes each: kind (0 lines, 1 rings around a heart, 2 arcs around a place
    /// below the sheet); waves, and up to how many more; swing, likewise; the first contour's place (signed) and how
    /// far all of them reach, in eighths; drift, likewise.
    bytes private constant FAMILIES = hex"0001023c5aeaaf0614" // Flow
        hex"010204283803700614" // Contours
        hex"0105045a5003700c28" // Cells
        hex"000303141efb8a785a" // Glass
        hex"010102040803890210" // Rings
        hex"0101015a2803704614" // Spiral
        hex"0001021014fb8a0206" // Moire
        hex"0002035a50f2a01e3c" // Marble
        hex"0002027864e6af0e14" // Aurora
        hex"0006050c0efb8a8020" // Weave
        hex"0203030a1014bb0614" // Dunes
        hex"010606785003700410"; // Rosette
    uint256 private constant FAMILY_SIZE = 9;
    uint8 private constant LINES = 0;
    uint8 private constant ARCS = 2;

    /// @notice An SVG of brushed copper, for a token without a seed.
    function copper() internal pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory svg;
        _sheet(svg, "#2b140d", "#8f4a2a", "#d79a68", "#f3c79a", "#ffe3c2");
        _group(svg, Contours(false, 30, 16, 34, 0, 0, 6, 1, 90, 300, 23, 41));
        return svg.p("</svg>").data;
    }

    /// @notice An SVG of the patina that a seed and its traits lay on the copper.
    function patina(bytes32 seed, bytes32 traits) internal pure returns (bytes memory) {
        DynamicBufferLib.DynamicBuffer memory svg;
        _sheet(svg, "#08201f", "#1d5a54", "#7db8a0", _glow(Traits.valueOf(traits, Traits.PALETTE)), "#d8efe0");
        Contours memory contours = _contours(keccak256(abi.encodePacked("verdigris/patina/1", seed)), traits);
        uint256 symmetry = Traits.valueOf(traits, Traits.SYMMETRY);
        if (symmetry == NONE) _group(svg, contours);
        else _folded(svg, contours, symmetry);
        return svg.p("</svg>").data;
    }

    /* THE DRAWING */

    /// @dev The sheet of metal: a slanting gradient and one soft light; leaves the tag open that sets the line.
    function _sheet(
        DynamicBufferLib.DynamicBuffer memory svg,
        bytes memory dark,
        bytes memory middle,
        bytes memory pale,
        bytes memory glow,
        bytes memory line
    ) private pure {
        svg.p(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024"><defs>'
            '<linearGradient id="m" x2=".7" y2="1"><stop stop-color="',
            dark,
            '"/><stop offset=".55" stop-color="',
            middle,
            '"/><stop offset="1" stop-color="',
            pale
        );
        svg.p(
            '"/></linearGradient><radialGradient id="g" cx=".68" cy=".3" r=".75"><stop stop-color="',
            glow,
            '" stop-opacity=".42"/><stop offset="1" stop-color="',
            glow,
            '" stop-opacity="0"/></radialGradient></defs><path fill="url(#m)" d="M0 0h1024v1024H0z"/>'
            '<path fill="url(#g)" d="M0 0h1024v1024H0z"/><g fill="none" stroke-width="1.6" stroke="'
        );
        svg.p(line, '"');
    }

    /// @dev Ends the open tag, draws all contours and closes the group. Every fifth contour is heavier, as on a map;
    /// all fade towards the last.
    function _group(DynamicBufferLib.DynamicBuffer memory svg, Contours memory c) private pure {
        svg.p(">");
        for (int256 i = 0; i < c.count; ++i) {
            int256 opacity = i % 5 == 0 ? 82 - 34 * i / c.count : 48 - 24 * i / c.count;
            svg.p('<path opacity=".', bytes(opacity.toString()), '" d="');
            _curve(svg, c, i);
            svg.p('"/>');
        }
        svg.p("</g>");
    }

    /// @dev One sector's contours and its mirror images: the same sectors as the picture's own symmetry folds to.
    function _folded(DynamicBufferLib.DynamicBuffer memory svg, Contours memory c, uint256 symmetry) private pure {
        svg.p('><clipPath id="k"><path d="M', _sector(symmetry), 'z"/></clipPath><g id="a" clip-path="url(#k)"');
        _group(svg, c);
        if (symmetry != HORIZON && symmetry != DIAGONAL) _image(svg, "-1 0 0 1 1024 0");
        if (symmetry != MIRROR && symmetry != DIAGONAL) _image(svg, "1 0 0 -1 0 1024");
        if (symmetry > DIAGONAL) _image(svg, "-1 0 0 -1 1024 1024");
        if (symmetry == DIAGONAL || symmetry == KALEIDOSCOPE) _image(svg, "0 1 1 0 0 0");
        if (symmetry == KALEIDOSCOPE) {
            _image(svg, "0 -1 1 0 0 1024");
            _image(svg, "0 1 -1 0 1024 0");
            _image(svg, "0 -1 -1 0 1024 1024");
        }
        svg.p("</g>");
    }

    /// @dev The part of the sheet that its mirror images repeat.
    function _sector(uint256 symmetry) private pure returns (bytes memory) {
        if (symmetry == MIRROR) return "512 0h512v1024H512";
        if (symmetry == HORIZON) return "0 512h1024v512H0";
        if (symmetry == DIAGONAL) return "0 0h1024v1024";
        return symmetry == KALEIDOSCOPE ? bytes("512 512h512v512") : bytes("512 512h512v512H512");
    }

    function _image(DynamicBufferLib.DynamicBuffer memory svg, bytes memory matrix) private pure {
        svg.p('<use href="#a" transform="matrix(', matrix, ')"/>');
    }

    /// @dev Contour `i` as path commands: one `C`, then an `S` for each further span.
    function _curve(DynamicBufferLib.DynamicBuffer memory svg, Contours memory c, int256 i) private pure {
        (int256 x0, int256 y0) = _point(c, i, -1);
        (int256 x1, int256 y1) = _point(c, i, 0);
        (int256 x2, int256 y2) = _point(c, i, 1);
        _pair(svg, "M", x1, y1);
        _pair(svg, "C", x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6);
        for (int256 j = 0; j < SPANS; ++j) {
            (int256 x3, int256 y3) = _point(c, i, j + 2);
            _pair(svg, j == 0 ? bytes(" ") : bytes("S"), x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6);
            _pair(svg, " ", x2, y2);
            (x1, y1, x2, y2) = (x2, y2, x3, y3);
        }
    }

    function _pair(DynamicBufferLib.DynamicBuffer memory svg, bytes memory command, int256 x, int256 y) private pure {
        svg.p(command, bytes(x.toString()), " ", bytes(y.toString()));
    }

    /* SHAPES */

    /// @dev Point `j` of contour `i`.
    function _point(Contours memory c, int256 i, int256 j) private pure returns (int256 x, int256 y) {
        // Here and below: what a division loses is less than the width of a line.
        // slither-disable-start divide-before-multiply
        int256 along = j * Sine.TURN / SPANS;
        int256 bend = Sine.sin(c.waves * along + c.phase + i * c.drift)
            + Sine.sin(2 * c.waves * along + c.phase2 - i * c.drift2) / 2;
        int256 place = c.first + i * c.step;
        if (!c.rings) return (j * 1152 / SPANS - 64, place + bend * c.swing / Sine.ONE);
        place += bend * c.swing / Sine.ONE * place / 512;
        x = c.centreX + place * Sine.cos(along) / Sine.ONE;
        y = c.centreY + place * Sine.sin(along) / Sine.ONE;
        // slither-disable-end divide-before-multiply
    }

    /// @dev A family's contours, varied by the bytes of `h`.
    function _contours(bytes32 h, bytes32 traits) private pure returns (Contours memory c) {
        bytes memory all = FAMILIES;
        uint256 from = FAMILY_SIZE * Traits.valueOf(traits, Traits.FAMILY);
        c.count = 12 + 8 * int256(Traits.valueOf(traits, Traits.DENSITY));
        (c.phase, c.phase2) = (4 * _at(h, 1, 256), 4 * _at(h, 2, 256));
        (c.centreX, c.centreY) = (384 + _at(h, 5, 256), 384 + _at(h, 6, 256));
        if (uint8(all[from]) == ARCS) (c.centreX, c.centreY) = (256 + 2 * _at(h, 5, 256), 1180 + _at(h, 6, 256));
        c.rings = uint8(all[from]) != LINES;
        c.waves = _drawn(all, from + 1, h, 0);
        c.swing = _drawn(all, from + 3, h, 7);
        // A signed byte.
        // forge-lint: disable-next-line(unsafe-typecast)
        c.first = 8 * int256(int8(uint8(all[from + 5])));
        c.step = 8 * int256(uint256(uint8(all[from + 6]))) / c.count;
        c.drift = _drawn(all, from + 7, h, 3);
        c.drift2 = 2 * _drawn(all, from + 7, h, 4) / 3;
    }

    /// @dev The byte at `at` and, by byte `i` of `h`, up to as many as the one after it less one.
    function _drawn(bytes memory all, uint256 at, bytes32 h, uint256 i) private pure returns (int256) {
        return int256(uint256(uint8(all[at]))) + _at(h, i, uint8(all[at + 1]));
    }

    /// @dev Byte `i` of `h`, below `bound`.
    function _at(bytes32 h, uint256 i, uint256 bound) private pure returns (int256) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return int256(uint256(uint8(h[i])) % bound);
    }

    function _glow(uint256 palette) private pure returns (bytes memory) {
        bytes memory glows = GLOWS;
        bytes memory rgb = abi.encodePacked(glows[3 * palette], glows[3 * palette + 1], glows[3 * palette + 2]);
        return bytes(string.concat("#", LibString.toHexStringNoPrefix(rgb)));
    }
}
