// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Adler32} from "../../src/lib/Adler32.sol";
import {Crc32} from "../../src/lib/Crc32.sol";
import {Png} from "../../src/lib/Png.sol";
import {PngReader} from "./PngReader.sol";
import {Test} from "forge-std/Test.sol";

contract PngTest is Test {
    struct Vector {
        uint16 height;
        uint256 length;
        bytes32 sha256;
        uint16 width;
    }

    function encode(bytes memory rgb, uint16 width, uint16 height) external pure returns (bytes memory) {
        return Png.encode(rgb, width, height);
    }

    /// @dev The picture of tools/png-vector.mjs.
    function _pattern(uint256 width, uint256 height) internal pure returns (bytes memory rgb) {
        rgb = new bytes(3 * width * height);
        for (uint256 i = 0; i < width * height; ++i) {
            (uint256 x, uint256 y) = (i % width, i / width);
            rgb[3 * i] = _low(7 * x + 13 * y);
            rgb[3 * i + 1] = _low(x * y + 3);
            unchecked {
                rgb[3 * i + 2] = _low(29 * x - 5 * y);
            }
        }
    }

    function _low(uint256 number) internal pure returns (bytes1) {
        return bytes32(number)[31];
    }

    function test_filesAreThoseThatNodesZlibMakes() public {
        Vector[] memory vectors = abi.decode(vm.parseJson(vm.readFile("test/vectors/png.json")), (Vector[]));
        assertGt(vectors.length, 5, "vectors");
        for (uint256 i = 0; i < vectors.length; ++i) {
            (uint16 width, uint16 height) = (vectors[i].width, vectors[i].height);
            bytes memory png = this.encode(_pattern(width, height), width, height);
            assertEq(png.length, vectors[i].length, "length");
            assertEq(sha256(png), vectors[i].sha256, "file");
        }
    }

    /// forge-config: default.fuzz.runs = 64
    /// forge-config: ci.fuzz.runs = 128
    function testFuzz_aReaderFindsThePixelsAgain(uint16 width, uint16 height, bytes32 seed) public {
        width = uint16(bound(width, 1, 40));
        height = uint16(bound(height, 1, 40));
        bytes memory rgb = new bytes(3 * uint256(width) * height);
        for (uint256 i = 0; i < rgb.length; ++i) {
            rgb[i] = keccak256(abi.encode(seed, i / 32))[i % 32];
        }
        PngReader.Picture memory picture = new PngReader().read(this.encode(rgb, width, height));
        assertEq(picture.width, width, "width");
        assertEq(picture.height, height, "height");
        assertEq(picture.rgb, rgb, "pixels");
    }

    function test_wellKnownChecksums() public pure {
        uint256[256] memory table = Crc32.table();
        assertEq(Crc32.checksum("123456789", 0, 9, table), 0xcbf43926, "CRC-32's check value");
        assertEq(Crc32.checksum("IEND", 0, 4, table), 0xae426082, "the end of every PNG file");
        assertEq(Crc32.checksum("", 0, 0, table), 0, "CRC-32 of nothing");
        assertEq(Adler32.checksum("Wikipedia", 0, 9), 0x11e60398, "Adler-32's well-known example");
        assertEq(Adler32.checksum("", 0, 0), 1, "Adler-32 of nothing");
    }

    function testFuzz_partsOfBytesAreSummedAlone(bytes memory data, uint256 start, uint256 end) public {
        end = bound(end, 0, data.length);
        start = bound(start, 0, end);
        bytes memory part = new bytes(end - start);
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = data[start + i];
        }
        PngReader reader = new PngReader();
        assertEq(Crc32.checksum(data, start, end, Crc32.table()), reader.crc32(part), "CRC-32");
        assertEq(Adler32.checksum(data, start, end), reader.adler32(part), "Adler-32");
    }

    /// Sums as large as they get: all bytes 255.
    function test_largeSumsAreReducedRightly() public {
        bytes memory data = new bytes(65_535);
        for (uint256 i = 0; i < data.length; ++i) {
            data[i] = 0xff;
        }
        assertEq(Adler32.checksum(data, 0, data.length), new PngReader().adler32(data), "Adler-32");
    }

    function testFuzz_theFileLeavesOtherMemoryAlone(bytes memory before) public pure {
        bytes32 hash = keccak256(before);
        bytes memory rgb = hex"010203040506";
        bytes memory png = Png.encode(rgb, 2, 1);
        bytes memory next = "what comes after it";
        assertEq(png.length, 33 + 12 + 18 + 12, "length");
        assertEq(keccak256(before), hash, "memory before it");
        assertEq(rgb, hex"010203040506", "the pixels");
        assertEq(next, "what comes after it", "memory after it");
    }

    /* REFUSALS */

    function testFuzz_aWrongNumberOfPixelBytesIsRefused(uint16 width, uint16 height, uint256 length) public {
        width = uint16(bound(width, 1, 20));
        height = uint16(bound(height, 1, 20));
        length = bound(length, 0, 2_000);
        vm.assume(length != 3 * uint256(width) * height);
        vm.expectRevert(abi.encodeWithSelector(Png.WrongPixelCount.selector, length, width, height));
        this.encode(new bytes(length), width, height);
    }

    function testFuzz_sizesBeyondOneBlockAreRefused(uint16 width, uint16 height) public {
        vm.assume((3 * uint256(width) + 1) * height > 65_535 || width == 0 || height == 0);
        vm.expectRevert(abi.encodeWithSelector(Png.BadPngSize.selector, width, height));
        this.encode("", width, height);
    }

    /* GAS */

    function test_aThumbnailCostsLittle() public {
        bytes memory rgb = _pattern(32, 32);
        this.encode(rgb, 32, 32);
        vm.snapshotGasLastCall("Art", "PNG of 32x32 pixels");
        this.encode{gas: 400_000}(rgb, 32, 32);
    }
}
