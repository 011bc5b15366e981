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
import {KIND_CLIP, KIND_COPY, KIND_PHASE, KIND_WIDE, Layer, LayerLibrary} from "./Layer.sol";
import {load as loadWord, reserve, store} from "./Memory.sol";
import {PhaseLayer} from "./PhaseLayer.sol";
import {Vector, VectorLibrary} from "./Vector.sol";
import {WideLayer} from "./WideLayer.sol";

/// @notice A network in memory, with its latents folded into its biases.
/// @param input what `run` reads
/// @param output what `run` makes; where that is raw, it is a vector of words
/// @param first the first step
/// @param isRaw whether the outputs are sums and not bytes
struct Network {
    Vector input;
    Vector output;
    Layer first;
    bool isRaw;
}

/// @title ExactNetwork
/// @notice Runs exact networks: integers only, the same numbers as every other executor gives.
/// @dev Takes certified forms alone (Certificate): nothing of what certifying proves is checked again. A network is loaded
/// once for a latent, which lays its weights into lanes, and then run for as many inputs as are wanted. Lanes.sol draws
/// how one multiplication adds up ten or eleven products.
library ExactNetwork {
    /// @notice Loads a certified form.
    /// @param input where `run` will find the input
    /// @param latent the latents; length 0 if the network has none
    /// @param once that it will be run for one input only, for which laying its weights into lanes doesn't pay
    function load(Header memory header, Vector input, Vector latent, bool once)
        internal
        pure
        returns (Network memory network)
    {
        unchecked {
            Layer layer = _link(network, header, input);
            uint256 latents = WideLayer.room(latent.length());
            WideLayer.fill(latents, latent);
            for (; Layer.unwrap(layer) != 0; layer = layer.next()) {
                if (layer.kind() != KIND_COPY) _layOut(layer, latents, latent.length(), once);
            }
        }
    }

    /// @notice Computes `network.output` from `network.input`.
    function run(Network memory network) internal pure {
        Layer layer = network.first;
        while (Layer.unwrap(layer) != 0) {
            uint256 kind = layer.kind();
            if (kind == KIND_PHASE) PhaseLayer.run(layer);
            else if (kind == KIND_CLIP) ClipLayer.run(layer);
            else if (kind == KIND_WIDE) WideLayer.run(layer);
            else layer.source().copyTo(layer.target(), layer.rows());
            layer = layer.next();
        }
    }

    /// @notice The output as bytes: one a value, or four (int32, big-endian) where it is raw.
    function outputOf(Network memory network) internal pure returns (bytes memory output) {
        unchecked {
            Vector vector = network.output;
            uint256 count = vector.length();
            output = new bytes((network.isRaw ? 4 : 1) * count);
            for (uint256 i = 0; i != count; ++i) {
                if (!network.isRaw) {
                    output[i] = bytes1(uint8(vector.valueAt(i)));
                    continue;
                }
                uint256 sum = loadWord(vector.first() + 32 * i);
                for (uint256 j = 0; j != 4; ++j) {
                    output[4 * i + j] = bytes1(uint8(sum >> (24 - 8 * j)));
                }
            }
        }
    }

    /* LOADING */

    /// @dev Reads the operations and makes the steps, whose weights still lie in the form.
    /// @return the first step
    function _link(Network memory network, Header memory header, Vector input) private pure returns (Layer) {
        unchecked {
            // The values so far, one word each.
            uint256 values = reserve(32 * (header.operationCount + 1));
            store(values, Vector.unwrap(input));
            Vector made;
            Layer start = LayerLibrary.make(KIND_COPY, input, input);
            Layer last = start;
            uint256 at = header.operations;
            for (uint256 i = 1; i <= header.operationCount; ++i) {
                uint256 code = CanonicalForm.u8(at);
                if (code == LINEAR) {
                    (last, at) = _dense(last, _value(values, at + 1), at, header);
                    made = last.target();
                } else if (code == CONCAT) {
                    (last, at) = _join(last, values, at);
                    made = last.target();
                } else {
                    // A reshape: the same elements in the same order.
                    made = _value(values, at + 1);
                    at += CanonicalForm.RESHAPE_SIZE;
                }
                store(values + 32 * i, Vector.unwrap(made));
            }
            network.input = input;
            network.output = made;
            network.first = start.next();
            network.isRaw = last.activation() == ACTIVATION_RAW && last.kind() != KIND_COPY;
            return network.first;
        }
    }

    /// @dev The value whose number stands at an address.
    function _value(uint256 values, uint256 at) private pure returns (Vector) {
        unchecked {
            return Vector.wrap(loadWord(values + 32 * CanonicalForm.u16(at)));
        }
    }

    /// @dev Puts a step for a linear operation behind `last`.
    /// @return layer the step
    /// @return next where the operation after it begins
    function _dense(Layer last, Vector source, uint256 at, Header memory header)
        private
        pure
        returns (Layer layer, uint256 next)
    {
        unchecked {
            Linear memory linear = CanonicalForm.linear(at);
            uint256 outputs = linear.outputs;
            Vector target = linear.activation == ACTIVATION_RAW
                ? VectorLibrary.ofWords(reserve(WideLayer.sizeOfSums(outputs)), outputs)
                : VectorLibrary.make(outputs, false);
            layer = LayerLibrary.make(KIND_WIDE, source, target);
            last.setNext(layer);
            layer.setActivation(linear.activation, linear.shift, header.tables + 256 * linear.table - 31);
            next = linear.weights + outputs * (source.length() + 4);
            layer.setWeights(linear.weights, linear.latent == 0 ? 0 : next);
            next += linear.latent * outputs * header.latent.length;
        }
    }

    /// @dev Folds the latents into a layer's biases, and lays its weights out in the way that suits it.
    function _layOut(Layer layer, uint256 latents, uint256 latentLength, bool once) private pure {
        unchecked {
            uint256 inputs = layer.source().length();
            uint256 outputs = layer.target().length();
            uint256 biases = reserve(WideLayer.sizeOfSums(outputs));
            layer.setBiases(biases);
            CanonicalForm.i32s(layer.rows() + inputs * outputs, outputs, biases);
            if (layer.latentRows() != 0) {
                WideLayer.addProducts(biases, outputs, layer.latentRows(), latentLength, latents);
            }
            uint256 activation = layer.activation();
            if (!once && activation == ACTIVATION_PHASE && PhaseLayer.fits(inputs, layer.shift())) {
                PhaseLayer.spread(layer);
            } else if (!once && activation == ACTIVATION_CLIP && ClipLayer.fits(inputs, layer.shift())) {
                ClipLayer.spread(layer);
            } else {
                WideLayer.prepare(layer, once);
            }
        }
    }

    /// @dev Puts a step for each joined value behind `last`.
    function _join(Layer last, uint256 values, uint256 at) private pure returns (Layer, uint256 next) {
        unchecked {
            uint256 first = at + 2;
            next = first + 2 * CanonicalForm.u8(at + 1);
            uint256 length = 0;
            for (at = first; at != next; at += 2) {
                length += _value(values, at).length();
            }
            Vector target = VectorLibrary.make(length, false);
            uint256 offset = 0;
            for (at = first; at != next; at += 2) {
                Vector source = _value(values, at);
                source.copyZerosTo(target, offset);
                Layer layer = LayerLibrary.make(KIND_COPY, source, target);
                layer.setWeights(offset, 0);
                last.setNext(layer);
                last = layer;
                offset += source.length();
            }
            return (last, next);
        }
    }
}
