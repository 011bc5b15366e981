// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Form
/// @notice Writes canonical forms of networks, for tests.
library Form {
    uint8 internal constant RAW = 0;
    uint8 internal constant CLIP = 1;
    uint8 internal constant PHASE = 2;

    /// @dev A dense layer that reads the value before it; its numbers come from a seed.
    struct Dense {
        uint16 source;
        uint16 inputs;
        uint16 outputs;
        uint8 activation;
        uint8 shift;
        uint8 table;
        uint16 latents;
        uint32 biasRange;
    }

    /// @notice What stands before the operations. Tables are noise.
    function header(uint16 inputs, int16 lo, int16 hi, uint16 latents, uint8 tables, uint16 operations)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory domain = latents == 0 ? bytes(hex"000000000000") : abi.encodePacked(_u16(latents), hex"80ff7f00");
        bytes memory shape = abi.encodePacked(_u16(inputs), _u16(1), _u16(1), _u16(uint16(lo)), _u16(uint16(hi)));
        bytes memory noise_ = noise("tables", 256 * uint256(tables));
        return abi.encodePacked("VDGN", uint8(1), shape, domain, tables, noise_, _u16(operations));
    }

    /// @notice A linear operation with a kernel of 1.
    function dense(Dense memory layer, bytes32 seed) internal pure returns (bytes memory) {
        bytes memory biases;
        for (uint256 i = 0; i < layer.outputs; ++i) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "bias", i))) % (2 * uint256(layer.biasRange) + 1);
            biases = bytes.concat(biases, _i32(int256(drawn) - int256(uint256(layer.biasRange))));
        }
        return abi.encodePacked(
            uint8(0),
            _u16(layer.source),
            _u16(layer.outputs),
            uint8(1),
            uint8(1),
            abi.encodePacked(layer.activation, layer.shift, layer.table, layer.latents == 0 ? uint8(0) : uint8(1)),
            noise(seed, uint256(layer.inputs) * layer.outputs),
            biases,
            noise(keccak256(abi.encode(seed)), uint256(layer.latents) * layer.outputs)
        );
    }

    /// @notice Layers of these widths one after another, all with shift 7; `activations` has one byte a layer.
    function chain(uint16[] memory widths, bytes memory activations, int16 lo, uint16 latents)
        internal
        pure
        returns (bytes memory form)
    {
        uint256 count = activations.length;
        form = header(widths[0], lo, lo + 255, latents, 1, uint16(count));
        for (uint16 i = 0; i < count; ++i) {
            uint8 activation = uint8(activations[i]);
            uint8 shift = activation == RAW ? 0 : 7;
            Dense memory layer = Dense(i, widths[i], widths[i + 1], activation, shift, 0, latents, 20_000);
            form = bytes.concat(form, dense(layer, bytes32(uint256(i))));
        }
    }

    /// @notice A small picture model.
    function picture() internal pure returns (bytes memory) {
        uint16[] memory widths = new uint16[](3);
        (widths[0], widths[1], widths[2]) = (6, 12, 3);
        return chain(widths, hex"0202", -128, 32);
    }

    /// @notice As many bytes that look random.
    function noise(bytes32 seed, uint256 length) internal pure returns (bytes memory bytes_) {
        bytes_ = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            bytes32 word = keccak256(abi.encode(seed, i));
            for (uint256 j = i; j < length && j < i + 32; ++j) {
                bytes_[j] = word[j - i];
            }
        }
    }

    function _u16(uint16 value) private pure returns (bytes2) {
        return bytes2((value << 8) | (value >> 8));
    }

    function _i32(int256 value) private pure returns (bytes4) {
        uint32 v = uint32(int32(value));
        return bytes4((v << 24) | ((v & 0xff00) << 8) | ((v >> 8) & 0xff00) | (v >> 24));
    }
}
