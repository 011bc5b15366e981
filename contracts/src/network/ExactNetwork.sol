// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {
    ACTIVATION_CLIP,
    ACTIVATION_PHASE,
    ACTIVATION_RAW,
    CONCAT,
    CanonicalForm,
    Header,
    LINEAR,
    Linear
} from "./CanonicalForm.sol";
import {ClipLayer} from "./ClipLayer.sol";
import {Kind, Layer, Vector, Wide} from "./Layer.sol";
import {load as loadWord, reserve} from "./Memory.sol";
import {PhaseLayer} from "./PhaseLayer.sol";
import {Vectors} from "./Vectors.sol";
import {WideLayer} from "./WideLayer.sol";

/// @notice A network in memory, with its latents folded into its biases.
/// @param input what `run` reads
/// @param layers its steps
/// @param output what `run` makes
/// @param isRaw whether the outputs are sums (one word each) and not bytes
struct Network {
    Vector input;
    Layer[] layers;
    Vector output;
    bool isRaw;
}

/// @title ExactNetwork
/// @notice Runs exact networks: integers only, the same numbers as every other executor gives.
/// @dev Takes certified forms alone (Certificate): nothing of what certifying proves is checked again. A network is loaded
/// once for a latent, which lays its weights into lanes, and then run for as many inputs as are wanted.
library ExactNetwork {
    using Vectors for Vector;

    /// @notice Loads a certified form.
    /// @param input where `run` will find the input
    /// @param latent the latents; length 0 if the network has none
    /// @param once that it will be run for one input only, for which laying its weights into lanes doesn't pay
    function load(Header memory header, Vector memory input, Vector memory latent, bool once)
        internal
        pure
        returns (Network memory network)
    {
        unchecked {
            Vector[] memory values = new Vector[](header.operationCount + 1);
            Layer[] memory layers = new Layer[](header.operationCount);
            uint256 latents = WideLayer.room(latent.length);
            WideLayer.fill(latents, latent);
            values[0] = input;
            uint256 at = header.operations;
            uint256 steps = 0;
            for (uint256 i = 0; i != header.operationCount; ++i) {
                uint256 code = CanonicalForm.u8(at);
                Layer memory layer;
                Vector memory made;
                if (code == LINEAR) {
                    Linear memory linear = CanonicalForm.linear(at);
                    network.isRaw = linear.activation == ACTIVATION_RAW;
                    layer.source = values[linear.source];
                    made = Vectors.make(linear.outputs, false);
                    _layOut(layer, header, linear, latents, once);
                    if (network.isRaw) made.first = layer.first;
                    else layer.first = made.first;
                    layers[steps++] = layer;
                    at = _after(linear, layer.source.length, header.latent.length);
                } else if (code == CONCAT) {
                    layer.kind = Kind.Join;
                    layer.parts = _parts(at, values);
                    made = _joined(layer.parts);
                    layer.first = made.first;
                    layers[steps++] = layer;
                    at += 2 + 2 * layer.parts.length;
                } else {
                    // A reshape: the same elements in the same order.
                    made = values[CanonicalForm.u16(at + 1)];
                    at += 9;
                }
                values[i + 1] = made;
            }
            assembly ("memory-safe") {
                mstore(layers, steps)
            }
            (network.input, network.layers, network.output) = (input, layers, values[header.operationCount]);
        }
    }

    /// @notice Computes `network.output` from `network.input`.
    function run(Network memory network) internal pure {
        unchecked {
            Layer[] memory layers = network.layers;
            uint256 count = layers.length;
            for (uint256 i = 0; i != count; ++i) {
                Layer memory layer = layers[i];
                Kind kind = layer.kind;
                if (kind == Kind.Phase) PhaseLayer.run(layer);
                else if (kind == Kind.Clip) ClipLayer.run(layer);
                else if (kind == Kind.Wide) WideLayer.run(layer);
                else _join(layer);
            }
        }
    }

    /// @notice The output as bytes: one a value, or four (int32, big-endian) where it is raw.
    function outputOf(Network memory network) internal pure returns (bytes memory output) {
        unchecked {
            Vector memory vector = network.output;
            uint256 size = network.isRaw ? 4 : 1;
            output = new bytes(size * vector.length);
            for (uint256 i = 0; i != vector.length; ++i) {
                if (network.isRaw) _putRaw(output, i, loadWord(vector.first + 32 * i));
                else output[i] = bytes1(uint8(vector.at(i)));
            }
        }
    }

    function _putRaw(bytes memory output, uint256 i, uint256 sum) private pure {
        unchecked {
            for (uint256 j = 0; j != 4; ++j) {
                output[4 * i + j] = bytes1(uint8(sum >> (24 - 8 * j)));
            }
        }
    }

    /* LOADING */

    /// @dev Folds the latents into the biases and lays the weights out in the way that suits the layer.
    function _layOut(Layer memory layer, Header memory header, Linear memory linear, uint256 latents, bool once)
        private
        pure
    {
        unchecked {
            (uint256 inputs, uint256 outputs, uint256 shift) = (layer.source.length, linear.outputs, linear.shift);
            // What writes here writes up to seven words more than there are outputs.
            uint256 room = 32 * ((outputs + 7) & ~uint256(7));
            uint256 biases = reserve(room);
            uint256 at = linear.weights + inputs * outputs;
            CanonicalForm.i32s(at, outputs, biases);
            if (linear.latent != 0) {
                WideLayer.addProducts(biases, outputs, at + 4 * outputs, latents, header.latent.length);
            }

            layer.outputs = outputs;
            layer.shift = shift;
            layer.table = header.tables + 256 * linear.table - 31;
            if (!once && linear.activation == ACTIVATION_PHASE && PhaseLayer.fits(inputs, shift)) {
                layer.kind = Kind.Phase;
                layer.rows = PhaseLayer.spread(linear.weights, inputs, biases, outputs);
            } else if (!once && linear.activation == ACTIVATION_CLIP && ClipLayer.fits(inputs, shift)) {
                layer.kind = Kind.Clip;
                layer.rows = ClipLayer.spread(linear.weights, inputs, biases, outputs);
            } else {
                layer.kind = Kind.Wide;
                layer.rows = linear.weights;
                layer.wide = Wide(linear.activation, biases, reserve(room), WideLayer.room(inputs));
                layer.first = layer.wide.sums;
            }
        }
    }

    /// @dev Where the operation after this one begins.
    function _after(Linear memory linear, uint256 inputs, uint256 latents) private pure returns (uint256) {
        unchecked {
            return linear.weights + linear.outputs * (inputs + 4 + linear.latent * latents);
        }
    }

    /// @dev What a concat joins.
    function _parts(uint256 at, Vector[] memory values) private pure returns (Vector[] memory parts) {
        unchecked {
            parts = new Vector[](CanonicalForm.u8(at + 1));
            for (uint256 i = 0; i != parts.length; ++i) {
                parts[i] = values[CanonicalForm.u16(at + 2 + 2 * i)];
            }
        }
    }

    /// @dev Room for vectors side by side, and what their bytes stand for.
    function _joined(Vector[] memory parts) private pure returns (Vector memory joined) {
        unchecked {
            uint256 length = 0;
            for (uint256 i = 0; i != parts.length; ++i) {
                length += parts[i].length;
            }
            joined = Vectors.make(length, false);
            uint256 offset = 0;
            for (uint256 i = 0; i != parts.length; ++i) {
                parts[i].copyZerosTo(joined, offset);
                offset += parts[i].length;
            }
        }
    }

    function _join(Layer memory layer) private pure {
        unchecked {
            uint256 offset = 0;
            for (uint256 i = 0; i != layer.parts.length; ++i) {
                layer.parts[i].copyTo(layer.first, offset);
                offset += layer.parts[i].length;
            }
        }
    }
}
