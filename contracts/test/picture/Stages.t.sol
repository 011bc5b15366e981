// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IExecutor} from "../../src/interfaces/IExecutor.sol";
import {Executors, STAGES} from "../Stages.sol";
import {ExecutorTest} from "../network/ExecutorTest.sol";
import {Form} from "../network/Form.sol";
import {PlainNetwork} from "../network/PlainNetwork.sol";
import {BareStyle, StillComposition} from "./OtherStages.sol";
import {PlainComposition} from "./PlainComposition.sol";
import {PlainConcept} from "./PlainConcept.sol";
import {PlainStyle} from "./PlainStyle.sol";
import {TraitsWords} from "./TraitsWords.sol";

/// @notice A picture is what its three stages make of it, and each may have further versions.
contract StagesTest is ExecutorTest {
    uint32 internal constant OTHER_STYLE = 0x010201;
    uint32 internal constant OTHER_COMPOSITION = 0x010102;
    uint32 internal constant BOTH_OTHER = 0x010202;

    bytes internal form;
    bytes32 internal model;
    PlainNetwork internal plain;

    function setUp() public override {
        super.setUp();
        address[] memory styles = new address[](2);
        (styles[0], styles[1]) = (Executors.style()[0], address(new BareStyle()));
        address[] memory compositions = new address[](2);
        (compositions[0], compositions[1]) = (Executors.composition()[0], address(new StillComposition()));
        executor = Executors.deploy(address(registry), styles, compositions);
        form = Form.picture();
        model = _certifiedPicture(form);
        plain = new PlainNetwork();
    }

    /* VERSION 1 */

    function testFuzz_aPixelIsWhatTheTextMakesOfIt(bytes32 seed, uint256 noise, uint16 size, uint16 x, uint16 y)
        public
        view
    {
        bytes32 traits = TraitsWords.valid(noise);
        size = uint16(bound(size, 1, 4096));
        (x, y) = (x % size, y % size);
        uint256 expected = _expected(seed, traits, PlainComposition.pixelAt(size, x, y));
        assertEq(uint24(executor.pixel(model, STAGES, seed, traits, size, x, y)), expected, "pixel");
    }

    /// An epoch turns every angle by whole 256ths, so that all are back after 256 of them.
    function test_epochsAreOtherPicturesUntilTheyComeRound() public view {
        uint16[5] memory epochs = [uint16(1), 2, 255, 256, 65_535];
        bytes memory first = executor.rows(model, STAGES, "seed", 0, 16, 0, 16);
        for (uint256 i = 0; i < 5; ++i) {
            bytes32 traits = bytes32(uint256(epochs[i]) << 64);
            bytes memory turned = executor.rows(model, STAGES, "seed", traits, 16, 0, 16);
            assertEq(keccak256(turned) == keccak256(first), epochs[i] == 256, "the picture of the epoch");
        }
    }

    /* OTHER VERSIONS */

    function test_anotherStyleChangesTheColoursOnly() public view {
        bytes32 traits = bytes32(uint256(0x0b05));
        bytes memory rgb = executor.rows(model, OTHER_STYLE, "seed", traits, 6, 0, 6);
        for (uint256 i = 0; i < 36; ++i) {
            PlainComposition.Pixel memory at = PlainComposition.pixelAt(6, i % 6, i / 6);
            (int256 u, int256 v) = PlainComposition.place("seed", traits, at);
            _assertBare(rgb, i, _fields("seed", traits, u, v));
        }
    }

    function test_anothersInksDrawTheFirstsFrame() public view {
        // A mat, whose corner is all light ink.
        bytes3 corner = executor.pixel(model, OTHER_STYLE, "seed", bytes32(uint256(2) << 40), 64, 0, 0);
        assertEq(corner, bytes3(0x202020), "the other style's ink");
    }

    function test_anotherCompositionChangesTheArrangementOnly() public view {
        bytes32 traits = bytes32(uint256(7));
        bytes memory rgb = executor.rows(model, OTHER_COMPOSITION, "seed", traits, 4, 0, 4);
        int256[] memory fields = _fields("seed", traits, 0, 0);
        PlainComposition.Pixel memory at = PlainComposition.Pixel(4, 0, 0);
        uint256 colour = PlainStyle.colour(traits, at, uint256(fields[0]), uint256(fields[1]), uint256(fields[2]));
        for (uint256 i = 0; i < 16; ++i) {
            uint256 shown =
                uint256(uint8(rgb[3 * i])) << 16 | uint256(uint8(rgb[3 * i + 1])) << 8 | uint8(rgb[3 * i + 2]);
            assertEq(shown, i == 0 ? PlainStyle.colourOf(7, 4) : colour, "pixel");
        }
    }

    function test_bothMayBeOthers() public view {
        bytes memory rgb = executor.rows(model, BOTH_OTHER, "seed", 0, 3, 0, 3);
        assertEq(abi.encodePacked(rgb[0], rgb[1], rgb[2]), hex"202020", "the first pixel");
        int256[] memory fields = _fields("seed", 0, 0, 0);
        for (uint256 i = 1; i < 9; ++i) {
            _assertBare(rgb, i, fields);
        }
    }

    /* WHAT IS NOT KNOWN */

    function testFuzz_onlyStagesThatThereAreAreKnown(uint32 stages, uint8 choice) public {
        if (choice % 2 == 0) stages &= 0x01030303;
        uint256 style = (stages >> 8) & 0xff;
        uint256 composition = stages & 0xff;
        bool expected = stages >> 16 == 1 && (style == 1 || style == 2) && (composition == 1 || composition == 2);
        assertEq(executor.knows(stages), expected, "known");
        if (expected) {
            executor.pixel(model, stages, "seed", 0, 8, 1, 1);
            return;
        }
        vm.expectRevert(abi.encodeWithSelector(IExecutor.UnknownStages.selector, stages));
        executor.pixel(model, stages, "seed", 0, 8, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IExecutor.UnknownStages.selector, stages));
        executor.rows(model, stages, "seed", 0, 8, 1, 2);
    }

    function test_anExecutorKnowsWhatItWasDeployedWith() public {
        executor = Executors.deploy(address(registry));
        assertTrue(executor.knows(STAGES), "version 1");
        assertFalse(executor.knows(OTHER_STYLE) || executor.knows(OTHER_COMPOSITION), "no others");
        assertFalse(executor.knows(0) || executor.knows(1) || executor.knows(0x01010101), "nor nothing at all");
    }

    function test_everyStageFitsItsChain() public {
        assertLe(Executors.style()[0].code.length, 24_576, "style");
        assertLe(Executors.composition()[0].code.length, 24_576, "composition");
        assertLe(address(executor).code.length, 24_576, "executor");
    }

    /* INTERNAL */

    /// @dev What version 1 of all stages makes of a point.
    function _expected(bytes32 seed, bytes32 traits, PlainComposition.Pixel memory at) private view returns (uint256) {
        (int256 u, int256 v) = PlainComposition.place(seed, traits, at);
        int256[] memory fields = _fields(seed, traits, u, v);
        uint256 colour = PlainStyle.colour(traits, at, uint256(fields[0]), uint256(fields[1]), uint256(fields[2]));
        return PlainComposition.finish(seed, traits, at, colour, PlainStyle.inks(traits));
    }

    function _fields(bytes32 seed, bytes32 traits, int256 u, int256 v) private view returns (int256[] memory fields) {
        (fields,) = plain.run(form, PlainConcept.features(u, v), PlainConcept.latents(seed, traits));
    }

    function _assertBare(bytes memory rgb, uint256 i, int256[] memory fields) private pure {
        for (uint256 j = 0; j < 3; ++j) {
            assertEq(uint8(rgb[3 * i + j]), uint256(fields[j]), "field");
        }
    }
}
