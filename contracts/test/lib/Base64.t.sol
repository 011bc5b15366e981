// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Base64} from "../../src/lib/Base64.sol";
import {Test} from "forge-std/Test.sol";

contract Base64Test is Test {
    function _isRight(bytes memory input) internal pure {
        bytes32 before = keccak256(input);
        string memory output = Base64.encode(input);
        // Whatever is put into memory next must not touch it, nor its input.
        bytes memory next = new bytes(64);
        for (uint256 i = 0; i < 64; ++i) {
            next[i] = 0xff;
        }
        assertEq(output, vm.toBase64(input), "base64");
        assertEq(keccak256(input), before, "the input is as it was");
        uint256 behind;
        assembly {
            behind := mload(add(add(output, 0x20), mload(output)))
        }
        assertEq(behind & ~uint256(0) << (256 - 8 * (31 - (bytes(output).length + 31) % 32)), 0, "zeros behind it");
    }

    function testFuzz_anyBytesAreEncodedAsTheyShouldBe(bytes memory input) public pure {
        _isRight(input);
    }

    function testFuzz_aPrefixStandsBeforeIt(string memory prefix, bytes memory input) public pure {
        assertEq(Base64.encode(prefix, input), string.concat(prefix, vm.toBase64(input)), "prefix and base64");
    }

    function test_everyLengthUpToAHundredAndFifty() public pure {
        for (uint256 length = 0; length < 150; ++length) {
            bytes memory input = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                input[i] = bytes1(uint8(uint256(keccak256(abi.encode(length, i)))));
            }
            _isRight(input);
        }
    }

    function test_everyCharacterInEveryPlace() public pure {
        for (uint256 value = 0; value < 64; ++value) {
            bytes memory input = new bytes(24);
            for (uint256 i = 0; i < 192; i += 6) {
                for (uint256 bit = i; bit < i + 6; ++bit) {
                    if ((value >> (i + 5 - bit)) & 1 == 1) input[bit / 8] |= bytes1(0x80) >> (bit % 8);
                }
            }
            _isRight(input);
        }
    }

    /// What lies behind the input in memory may be anything.
    function testFuzz_bytesBehindTheInputDoNotCount(bytes memory whole, uint256 length) public pure {
        length = bound(length, 0, whole.length);
        bytes memory expected = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            expected[i] = whole[i];
        }
        bytes32 before = keccak256(whole);
        uint256 wholeLength = whole.length;
        assembly {
            mstore(whole, length)
        }
        assertEq(Base64.encode(whole), vm.toBase64(expected), "base64");
        assembly {
            mstore(whole, wholeLength)
        }
        assertEq(keccak256(whole), before, "what lies behind is as it was");
    }
}
