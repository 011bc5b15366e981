"""The integer form of the network: what is stored, proved and run. See docs/protocol.md, section 1."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Array = np.ndarray

FEATURES = 6
FAMILIES = 12
FREE = 20
LATENTS = FREE + FAMILIES
BOUND = 1 << 23
# 127.5 + 127.5 sin, sampled between the grid points; the second half is 255 minus the first, so that it is exact.
_HALF = np.floor(127.5 + 127.5 * np.sin(2 * np.pi * (np.arange(128) + 0.5) / 256) + 0.5)
TABLE = np.concatenate([_HALF, 255 - _HALF]).astype(np.uint8)


@dataclass(frozen=True)
class Linear:
    """acc = biases + weights @ values + latents @ latent, then phase(shift) or clip(shift).

    A layer that `sees` reads the picture's features, too, after the values of the layer before.
    weights i8 [outputs, inputs], latents i8 [outputs, 32], biases i32 [outputs].
    """

    activation: str
    shift: int
    sees: bool
    weights: Array
    latents: Array
    biases: Array

    def folded(self, latent: Array) -> Array:
        """Biases of one picture, i64 [outputs]; latent i8 [32]."""
        return self.biases.astype(np.int64) + self.latents.astype(np.int64) @ latent.astype(np.int64)

    def apply(self, values: Array, biases: Array) -> Array:
        """u8-ranged values [pixels, outputs] from values [pixels, inputs].

        The product runs in float64, where sums below 2^53 are exact; it is many times faster than in int64.
        """
        acc = (values.astype(np.float64) @ self.weights.T.astype(np.float64)).astype(np.int64) + biases
        scaled = acc >> self.shift
        return TABLE[scaled & 255] if self.activation == "phase" else np.clip(scaled, 0, 255).astype(np.uint8)

    def reach(self) -> int:
        """The largest magnitude of any partial sum; a concat of values and features has the range of both."""
        before = self.weights.shape[1] - (FEATURES if self.sees else 0)
        ends = (-128 if self.sees else 0, 255 if before else 127)
        terms = [(self.weights.astype(np.int64), *ends), (self.latents.astype(np.int64), -128, 127)]
        bias = self.biases.astype(np.int64)
        most, least = np.maximum(bias, 0), np.minimum(bias, 0)
        for weights, low, high in terms:
            ends = np.stack([weights * low, weights * high, np.zeros_like(weights)])
            most, least = most + ends.max(axis=0).sum(axis=1), least + ends.min(axis=0).sum(axis=1)
        return int(max(most.max(), -least.min()))


@dataclass(frozen=True)
class Exact:
    """A chain of linear layers from 6 features to 3 fields."""

    layers: list[Linear]

    def draw(self, features: Array, latent: Array) -> Array:
        """Fields u8 [3, pixels]; features i16 [pixels, 6], latent i8 [32]."""
        values = np.zeros((len(features), 0), np.int16)
        for layer in self.layers:
            read = np.concatenate([values, features], axis=1) if layer.sees else values
            values = layer.apply(read, layer.folded(latent))
        return values.T

    def reach(self) -> int:
        """The largest magnitude of a sum in the whole network; it must stay below 2^23."""
        return max(layer.reach() for layer in self.layers)

    def cost(self) -> dict[str, int]:
        """Multiply-adds a pixel and bytes of the canonical form."""
        macs = sum(layer.weights.size for layer in self.layers)
        # Header, one table, and for each layer its header, weights, biases and latent weights, and that of a concat.
        size = (
            24
            + 256
            + sum(
                11 + 6 * (l.sees and i > 0) + l.weights.size + 4 * l.biases.size + l.latents.size
                for i, l in enumerate(self.layers)
            )
        )
        return {"multiply_adds": macs, "canonical_bytes": size}

    def save(self, path: Path) -> None:
        """Writes JSON that diffs well: one row of numbers a line."""
        layers = [
            {
                "activation": layer.activation,
                "shift": layer.shift,
                "sees": layer.sees,
                "biases": layer.biases.tolist(),
                "weights": layer.weights.tolist(),
                "latents": layer.latents.tolist(),
            }
            for layer in self.layers
        ]
        text = json.dumps({"layers": layers}, separators=(",", ":")).replace("],[", "],\n[").replace("},{", "},\n{")
        path.write_text(text + "\n")

    @classmethod
    def load(cls, path: Path) -> "Exact":
        """Reads what `save` wrote."""
        layers = json.loads(path.read_text())["layers"]
        return cls(
            [
                Linear(
                    layer["activation"],
                    layer["shift"],
                    layer["sees"],
                    np.array(layer["weights"], np.int8),
                    np.array(layer["latents"], np.int8),
                    np.array(layer["biases"], np.int32),
                )
                for layer in layers
            ]
        )


def features(u: Array, v: Array) -> Array:
    """What the network reads of a pixel, i16 [..., 6]; u, v: integer coordinates in [-2048, 2047]."""
    u, v = np.asarray(u, np.int64), np.asarray(v, np.int64)
    # The float64 square root of an integer below 2^24 rounds down to the integer one.
    r = np.floor(np.sqrt(u * u + v * v)).astype(np.int64) - 1024
    return np.stack([u >> 4, u & 15, v >> 4, v & 15, r >> 4, r & 15], axis=-1).astype(np.int16)


def latent(free: Array, family: int) -> Array:
    """All 32 latents, i8: the 20 free ones, then 127 at the family's switch."""
    switches = np.zeros(FAMILIES, np.int8)
    switches[family] = 127
    return np.concatenate([free.astype(np.int8), switches])


def grid(size: int) -> tuple[Array, Array]:
    """Coordinates u, v [size, size] of a square picture, as docs/protocol.md gives them."""
    at = (2 * np.arange(size) + 1) * 2048 // size - 2048
    return np.meshgrid(at, at)
