// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {PictureCodec} from "../../src/lib/PictureCodec.sol";
import {PictureInput, PictureOutput} from "../../src/types/Picture.sol";
import {STAGES} from "../Stages.sol";
import {Test} from "forge-std/Test.sol";

/// @notice What is read is what `abi.encode` wrote, and nothing else is read.
contract PictureCodecTest is Test {
    function decodeInput(bytes calldata input) external pure returns (bool, uint32, uint16, bytes32, bytes32) {
        return PictureCodec.decodeInput(input);
    }

    function decodeOutput(bytes calldata output) external pure returns (bool, bytes32, bytes1, bytes32) {
        return PictureCodec.decodeOutput(output);
    }

    function testFuzz_aQuestionIsReadBack(uint32 stages, uint16 size, bytes32 seed, bytes32 traits, uint256 titleLength)
        public
        view
    {
        size = uint16(bound(size, 1, 4_096));
        bytes memory title = new bytes(bound(titleLength, 0, 64));
        for (uint256 i = 0; i < title.length; ++i) {
            title[i] = "t";
        }
        (bool ok, uint32 stages_, uint16 size_, bytes32 seed_, bytes32 traits_) =
            this.decodeInput(abi.encode(PictureInput(stages, size, seed, traits, string(title))));
        assertTrue(ok, "well-formed");
        assertEq(stages_, stages, "stages");
        assertEq(size_, size, "size");
        assertEq(seed_, seed, "seed");
        assertEq(traits_, traits, "traits");
    }

    function testFuzz_whatIsOutOfBoundsIsNoQuestion(uint32 stages, uint16 size, uint256 titleLength) public view {
        bytes memory title = new bytes(bound(titleLength, 0, 200));
        bool expected = size != 0 && size <= 4_096 && title.length <= 64;
        (bool ok,,,,) = this.decodeInput(abi.encode(PictureInput(stages, size, 0, 0, string(title))));
        assertEq(ok, expected, "only what is in bounds");
    }

    /// Of the bytes that are read as a question, only those that say stages, seed, traits or title can change.
    function testFuzz_aQuestionHasOneForm(uint256 at, bytes1 flip) public view {
        vm.assume(flip != 0);
        bytes memory good = abi.encode(PictureInput(STAGES, 512, keccak256("seed"), bytes32(uint256(7)), "a title"));
        at = bound(at, 0, good.length - 1);
        bytes memory bad = bytes.concat(good);
        bad[at] ^= flip;
        (bool ok,,,,) = this.decodeInput(bad);
        bool free = (at >= 60 && at < 64) || (at >= 96 && at < 160) || (at >= 224 && at < 231);
        if (free) assertTrue(ok, "stages, seed, traits or title");
        else if (at < 94 || at >= 96) assertFalse(ok, "form, places, length or padding");
    }

    function testFuzz_noiseIsNoQuestion(bytes calldata noise) public view {
        (bool ok,,,,) = this.decodeInput(noise);
        if (ok) {
            PictureInput memory question = abi.decode(noise, (PictureInput));
            assertEq(abi.encode(question), noise, "only what abi.encode writes");
        }
    }

    function testFuzz_noiseIsNoAnswer(bytes calldata noise) public view {
        (bool ok,,,) = this.decodeOutput(noise);
        if (ok) assertEq(abi.encode(abi.decode(noise, (PictureOutput))), noise, "only what abi.encode writes");
    }
}
