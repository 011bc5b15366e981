"""The integer form of the network: what is stored, proved and run. See docs/protocol.md, section 1."""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray

BOUND = 1 << 23


@dataclass(frozen=True)
class Linear:
    """clip((biases + weights @ values) >> shift, 0, 255).

    weights i8 [outputs, inputs], biases i32 [outputs].
    """

    shift: int
    weights: Array
    biases: Array

    def apply(self, values: Array) -> Array:
        """u8 [rows, outputs] from u8 [rows, inputs].

        The product runs in float64, where sums below 2^53 are exact; it is many times faster than in int64.
        """
        acc = (values.astype(np.float64) @ self.weights.T.astype(np.float64)).astype(np.int64) + self.biases
        return np.clip(acc >> self.shift, 0, 255).astype(np.uint8)

    def reach(self) -> int:
        """The largest magnitude of any partial sum."""
        weights, biases = self.weights.astype(np.int64), self.biases.astype(np.int64)
        most = np.maximum(biases, 0) + 255 * np.maximum(weights, 0).sum(axis=1)
        least = np.minimum(biases, 0) + 255 * np.minimum(weights, 0).sum(axis=1)
        return int(max(most.max(), -least.min()))


@dataclass(frozen=True)
class Exact:
    """A chain of linear layers from the stats of two characters to the answers."""

    layers: list[Linear]

    def run(self, values: Array) -> Array:
        """Answers u8 [duels, 3] from stats u8 [duels, 14]."""
        for layer in self.layers:
            values = layer.apply(values)
        return values

    def reach(self) -> int:
        """The largest magnitude of a sum in the whole network; it must stay below 2^23."""
        return max(layer.reach() for layer in self.layers)

    def cost(self) -> dict[str, int]:
        """Multiply-adds of one run and bytes of the canonical form."""
        # A header of 24 bytes, and 11 for each layer beside its weights and biases.
        size = 24 + sum(11 + layer.weights.size + 4 * layer.biases.size for layer in self.layers)
        return {"multiply_adds": sum(layer.weights.size for layer in self.layers), "canonical_bytes": size}
