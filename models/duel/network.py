"""The float form of the network: the same layers as `exact`, in units that train well. NumPy, with its own gradients.

A value a in 0..255 is h = a / 255, and a layer is h = clip(x W + b, 0, 1). A whole weight w of a layer with shift k is
W = w / 2^k, so a float weight has 2^k steps in one unit, and lies within 127 steps of zero.
"""

from dataclasses import dataclass

import exact
import numpy as np

Array = np.ndarray

# Slope outside of 0..1, so that what is shut can open again.
LEAK = 0.05


@dataclass
class Layer:
    """Float weights [inputs, outputs] and bias [outputs] of a layer with this shift."""

    shift: int
    weights: Array
    bias: Array

    def keep_in_range(self) -> None:
        """Cuts weights to what the grid can hold."""
        most = 127 / 2.0**self.shift
        np.clip(self.weights, -most, most, out=self.weights)

    def on_grid(self) -> Array:
        """The weights rounded to whole steps."""
        steps = np.float32(2.0**self.shift)
        return np.rint(self.weights * steps) / steps

    def to_exact(self) -> exact.Linear:
        """Rounds to the integer form; rounding down is made up for by half a step of the output."""
        one = 255 * 2.0**self.shift
        biases = np.rint(self.bias.astype(np.float64) * one + 2.0**self.shift / 2)
        weights = np.rint(self.weights.T.astype(np.float64) * 2.0**self.shift)
        return exact.Linear(self.shift, weights.astype(np.int8), biases.astype(np.int32))


def draw(sizes: list[int], shifts: list[int], seed: int) -> list[Layer]:
    """Random layers from `sizes[0]` inputs to `sizes[-1]` outputs."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs, shift in zip(sizes, sizes[1:], shifts, strict=False):
        gain = np.sqrt(3 / inputs)
        weights = rng.uniform(-gain, gain, (inputs, outputs)).astype(np.float32)
        # In the middle of the range, where the layer has a slope.
        bias = (rng.uniform(0.2, 0.8, outputs) - weights.sum(axis=0) / 2).astype(np.float32)
        layers.append(Layer(shift, weights, bias))
    return layers


def forward(layers: list[Layer], x: Array, grid: bool) -> tuple[list[Array], list[Array]]:
    """Values of each layer, the input first, and the sums before they are cut; with `grid` both as integers have it."""
    values, sums = [x], []
    for layer in layers:
        sums.append(values[-1] @ (layer.on_grid() if grid else layer.weights) + layer.bias)
        cut = np.clip(sums[-1], 0, 1)
        values.append(np.rint(cut * np.float32(255)) / np.float32(255) if grid else cut)
    return values, sums


def gradients(layers: list[Layer], values: list[Array], sums: list[Array], slope: Array, grid: bool) -> list[Array]:
    """Gradients of weights and biases, layer by layer, from the gradient of the output (straight through rounding)."""
    found = []
    for layer, before, total in zip(layers[::-1], values[-2::-1], sums[::-1], strict=True):
        slope = slope * np.where((total > 0) & (total < 1), np.float32(1), np.float32(LEAK))
        found += [slope.sum(axis=0), before.T @ slope]
        slope = slope @ (layer.on_grid() if grid else layer.weights).T
    return found[::-1]
