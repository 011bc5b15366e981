// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Form} from "./Form.sol";
import {IBench} from "./IBench.sol";
import {PlainNetwork} from "./PlainNetwork.sol";
import {Test} from "forge-std/Test.sol";

interface ICertifier {
    function check(bytes calldata form) external pure returns (bool fitsPictures);
}

/// @notice Layers of all widths, activations and shifts give what plain loops give, and keep to their own memory.
contract LayersTest is Test {
    IBench internal bench;
    ICertifier internal certifier;
    PlainNetwork internal plain;

    function setUp() public {
        bench = IBench(vm.deployCode("Bench.sol:Bench"));
        certifier = ICertifier(vm.deployCode("Certifier.sol:Certifier"));
        plain = new PlainNetwork();
    }

    function testFuzz_oneLayer(bytes32 seed, uint8 inputs, uint8 outputs, uint8 shift, uint8 kind, bool signed) public {
        _compare(seed, bound(inputs, 1, 130), bound(outputs, 1, 70), kind % 3, shift % 24, signed, 0, 40_000);
    }

    function testFuzz_narrowLayersWithLatents(bytes32 seed, uint8 inputs, uint8 outputs, uint8 kind, uint8 latents)
        public
    {
        _compare(seed, bound(inputs, 1, 66), bound(outputs, 1, 40), 1 + kind % 2, 3 + kind % 12, true, latents, 40_000);
    }

    function testFuzz_sumsNearTheBound(bytes32 seed, uint8 inputs, uint8 shift, uint8 kind) public {
        uint256 width = bound(inputs, 1, 66);
        uint256 biasRange = (1 << 23) - 1 - width * 255 * 128;
        _compare(seed, width, 11, kind % 3, shift % 24, false, 0, biasRange);
    }

    /// @dev Both at the edges of what the fast ways take: 8, 32 and 64 inputs, whole eights of outputs and one more.
    function test_widthsAtTheEdges() public {
        uint8[9] memory widths = [1, 8, 9, 30, 32, 34, 35, 64, 65];
        for (uint256 i = 0; i < widths.length; ++i) {
            for (uint256 kind = 1; kind < 3; ++kind) {
                for (uint256 outputs = 7; outputs < 10; ++outputs) {
                    _compare(bytes32(i), widths[i], outputs, kind, 8, false, 0, 40_000);
                    _compare(bytes32(i), widths[i], outputs, kind, 8, true, 24, 40_000);
                }
            }
        }
    }

    function test_anUnusuallyWideLayer() public {
        _compare("wide", 250, 300, Form.CLIP, 12, false, 3, 40_000);
    }

    function _compare(
        bytes32 seed,
        uint256 inputs,
        uint256 outputs,
        uint256 activation,
        uint256 shift,
        bool signed,
        uint256 latents,
        uint256 biasRange
    ) private {
        if (activation == Form.RAW) shift = 0;
        bytes memory form = bytes.concat(
            Form.header(
                uint16(inputs), signed ? -128 : int16(0), signed ? int16(127) : int16(255), uint16(latents), 1, 1
            ),
            Form.dense(
                Form.Dense(
                    0,
                    uint16(inputs),
                    uint16(outputs),
                    uint8(activation),
                    uint8(shift),
                    0,
                    uint16(latents),
                    uint32(biasRange)
                ),
                seed
            )
        );
        certifier.check(form);
        bytes memory input = Form.noise(keccak256(abi.encode("input", seed)), inputs + latents);
        (int256[] memory expected,) =
            plain.run(form, _values(input, 0, inputs, signed), _values(input, inputs, latents, true));
        (bytes memory laidOut,,) = bench.run(form, input, false);
        (bytes memory straight,,) = bench.run(form, input, true);
        bytes memory bytes_ = _bytes(expected, activation == Form.RAW);
        assertEq(laidOut, bytes_, "laid into lanes");
        assertEq(straight, bytes_, "run once");
    }

    function _values(bytes memory bytes_, uint256 from, uint256 count, bool signed)
        private
        pure
        returns (int256[] memory values)
    {
        values = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint8 raw = uint8(bytes_[from + i]);
            values[i] = signed ? int256(int8(raw)) : int256(uint256(raw));
        }
    }

    function _bytes(int256[] memory values, bool raw) private pure returns (bytes memory bytes_) {
        for (uint256 i = 0; i < values.length; ++i) {
            bytes_ = raw
                ? bytes.concat(bytes_, bytes4(uint32(int32(values[i]))))
                : bytes.concat(bytes_, bytes1(uint8(uint256(values[i]))));
        }
    }
}
