// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title PlainNetwork
/// @notice What ExactNetwork computes, as one would write it in Solidity first: arrays and loops. The yardstick of its
/// gas, and of its answers in fuzz tests.
/// @dev Dense layers one after another only.
contract PlainNetwork {
    /// @dev A layer, read into arrays.
    struct Dense {
        uint8 activation;
        uint8 shift;
        int256[] biases;
        int8[] weights;
        bytes table;
    }

    /// @notice The outputs for an input, and the gas that it took without reading the form.
    function run(bytes calldata form, int256[] memory values, int256[] memory latents)
        external
        view
        returns (int256[] memory, uint256 gas_)
    {
        Dense[] memory layers = _read(form, values.length, latents);
        gas_ = gasleft();
        for (uint256 i = 0; i < layers.length; ++i) {
            values = _dense(layers[i], values);
        }
        return (values, gas_ - gasleft());
    }

    function _dense(Dense memory layer, int256[] memory inputs) private pure returns (int256[] memory outputs) {
        outputs = new int256[](layer.biases.length);
        for (uint256 o = 0; o < outputs.length; ++o) {
            int256 sum = layer.biases[o];
            for (uint256 i = 0; i < inputs.length; ++i) {
                sum += layer.weights[o * inputs.length + i] * inputs[i];
            }
            outputs[o] = _activate(layer, sum);
        }
    }

    function _activate(Dense memory layer, int256 sum) private pure returns (int256) {
        if (layer.activation == 0) return sum;
        sum >>= layer.shift;
        if (layer.activation == 2) return int256(uint256(uint8(layer.table[uint256(sum) & 255])));
        return sum < 0 ? int256(0) : sum > 255 ? int256(255) : sum;
    }

    /* READING */

    function _read(bytes calldata form, uint256 inputs, int256[] memory latents)
        private
        pure
        returns (Dense[] memory layers)
    {
        uint256 at = 22 + 256 * uint256(uint8(form[21]));
        layers = new Dense[](_u16(form, at));
        at += 2;
        for (uint256 i = 0; i < layers.length; ++i) {
            Dense memory layer = layers[i];
            uint256 outputs = _u16(form, at + 3);
            layer.activation = uint8(form[at + 7]);
            layer.shift = uint8(form[at + 8]);
            uint256 table = 22 + 256 * uint256(uint8(form[at + 9]));
            if (layer.activation == 2) layer.table = form[table:table + 256];
            bool hasLatents = form[at + 10] == 0x01;
            at += 11;
            layer.weights = new int8[](inputs * outputs);
            for (uint256 j = 0; j < layer.weights.length; ++j) {
                layer.weights[j] = int8(uint8(form[at++]));
            }
            layer.biases = new int256[](outputs);
            for (uint256 o = 0; o < outputs; ++o) {
                layer.biases[o] = int32(uint32(_u16(form, at) | (_u16(form, at + 2) << 16)));
                at += 4;
            }
            for (uint256 j = 0; hasLatents && j < outputs * latents.length; ++j) {
                layer.biases[j / latents.length] += int8(uint8(form[at++])) * latents[j % latents.length];
            }
            inputs = outputs;
        }
    }

    function _u16(bytes calldata form, uint256 at) private pure returns (uint256) {
        return uint256(uint8(form[at])) | (uint256(uint8(form[at + 1])) << 8);
    }
}
