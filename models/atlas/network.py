"""The float form of the network: the same layers as `exact`, in units that train well. JAX.

A value a in 0..255 is h = (a - 127.5) / 127.5. A phase layer's sum is counted in turns, a clip layer's in half ranges:

    phase(k): turns = acc / (256 * 2^k),            h = sin(2 pi turns)
    clip(k):  level = (acc / 2^k - 128) / 127.5,    h = min(max(level, -1), 1)

so each weight of the grid is a whole number of steps (`Shape.steps`), and -127..127 steps are the weights' range.
"""

from dataclasses import dataclass

import exact
import jax
import jax.numpy as jnp
import numpy as np
from families import Wave

Array = jax.Array
COORDINATES = 3
# Mean of 0 to 15: what a coordinate's sixteenths leave over.
MIDDLE = 7.5


@dataclass(frozen=True)
class Shape:
    """One layer: how many values it reads (those of the layer before, then the coordinates, if it sees them).

    In the integer form a channel may have copies, each a part of a phase step on, which share the weights of whoever
    reads it: together they tell finer steps. Here it is one channel, whose rounding is that finer one.
    """

    before: int
    sees: bool
    outputs: int
    activation: str
    shift: int
    copies: tuple[int, ...]

    def offsets(self) -> np.ndarray:
        """How far a channel's copies are from where it is, in turns; their mean is 0. [most copies, outputs]."""
        copies, number = np.array(self.copies), np.arange(max(self.copies))[:, None]
        return ((number % copies + 0.5) / copies - 0.5) / 256

    def unit(self) -> float:
        """A sum of 1, in the grid."""
        return (256 if self.activation == "phase" else 127.5) * 2.0**self.shift

    def steps(self) -> dict[str, float]:
        """Steps of the grid in one unit of weight. Coordinates and latents of 1 are 128 in the grid."""
        return {"weights": self.unit() / 127.5, "sight": self.unit() / 128, "latents": self.unit() / 128}


def shapes(text: str, waves: dict[str, Wave]) -> list[Shape]:
    """Layers from a text such as "48p4 x48p6 3c6": x sees the coordinates, outputs, p phase or c clip, the shift."""
    layers, before = [], 0
    for order, word in enumerate(text.split(), 1):
        kind = "p" if "p" in word else "c"
        outputs, shift = map(int, word.lstrip("x").split(kind))
        sees = word.startswith("x") or not layers
        copies = [wave.copies for wave in waves.values() if wave.order == order]
        copies = (*copies, *[1] * (outputs - len(copies)))
        layers.append(Shape(before, sees, outputs, "phase" if kind == "p" else "clip", shift, copies))
        before = outputs
    return layers


# One layer's parameters, all float32: weights [before, outputs], sight [3, outputs], latents [32, outputs],
# bias [outputs].
Parameters = dict[str, Array]


def draw_parameters(layers: list[Shape], waves: dict[str, Wave], seed: int) -> list[Parameters]:
    """Random parameters; but the first channels begin with the data's own waves, each in the layer of its order."""
    rng = np.random.default_rng(seed)
    drawn, places = [], {}
    for order, layer in enumerate(layers, 1):
        phase = layer.activation == "phase"
        gain = 0.06 if phase else 0.3
        held = {
            "weights": rng.uniform(-gain, gain, (layer.before, layer.outputs)),
            "sight": rng.uniform(-1, 1, (COORDINATES, layer.outputs)) * layer.sees * (1.5 if order == 1 else 0.3),
            "latents": rng.uniform(-gain, gain, (exact.LATENTS, layer.outputs)) * 0.5,
            "bias": rng.uniform(-0.5, 0.5, layer.outputs) if phase else np.zeros(layer.outputs),
        }
        begun = [(name, wave) for name, wave in waves.items() if wave.order == order]
        for at, (name, wave) in enumerate(begun):
            for value in held.values():
                value[..., at] = 0
            held["sight"][:, at] = wave.fx, wave.fy, wave.fr
            held["bias"][at] = wave.start
            for latent, by in wave.shifts.items():
                # Waves count latents in [-1/2, 1/2), the network in [-1, 1).
                held["latents"][latent, at] = by / 2
            for other, by in wave.bends.items():
                held["weights"][places[other], at] = by
            places[name] = at
        drawn.append({name: jnp.asarray(value, jnp.float32) for name, value in held.items()})
    return keep_in_range(layers, drawn)


def keep_in_range(layers: list[Shape], parameters: list[Parameters]) -> list[Parameters]:
    """Cuts weights to what the grid can hold."""

    def cut(name: str, value: Array, steps: dict[str, float], sees: bool) -> Array:
        if name == "bias":
            return value
        if name == "sight" and not sees:
            return jnp.zeros_like(value)
        return jnp.clip(value, -127 / steps[name], 127 / steps[name])

    return [
        {name: cut(name, value, layer.steps(), layer.sees) for name, value in held.items()}
        for layer, held in zip(layers, parameters, strict=True)
    ]


def round_part(
    layers: list[Shape], parameters: list[Parameters], at: int, part: float
) -> tuple[list[Parameters], Parameters]:
    """Rounds a part of one layer's weights to the grid: those that lie closest to it. Also gives 1 for what was rounded."""
    rounded, chosen = {}, {}
    for name, value in parameters[at].items():
        if name == "bias" or not value.size:
            rounded[name], chosen[name] = value, jnp.zeros_like(value)
            continue
        steps = layers[at].steps()[name]
        grid = jnp.rint(value * steps) / steps
        distance = jnp.abs(grid - value)
        chosen[name] = (distance <= jnp.quantile(distance, part)).astype(value.dtype)
        rounded[name] = jnp.where(chosen[name] > 0, grid, value)
    return [*parameters[:at], rounded, *parameters[at + 1 :]], chosen


def straight(value: Array, rounded: Array) -> Array:
    """`rounded`, with the gradient of `value` (straight-through estimator)."""
    return value + jax.lax.stop_gradient(rounded - value)


def sine(turns: Array) -> Array:
    """sin(2 pi turns) within 0.000013, in a few multiplications."""
    t = turns - jnp.round(turns)
    wave = t * (8 - 16 * jnp.abs(t))
    size = jnp.abs(wave)
    return wave * (0.785608 + size * (0.19524 + size * 0.019152))


def sine_of_grid(turns: Array, guard: float) -> Array:
    """The sine with its argument and value rounded as the grid's table has them."""
    h = sine(straight(turns, (jnp.floor(turns * 256 + guard) + 0.5) / 256))
    return straight(h, (jnp.floor(h * 127.5) + 0.5) / 127.5)


def coordinates(u: Array, v: Array) -> tuple[Array, Array]:
    """u, v, r as a layer sees them, [..., 3] each: sixteenths, and what is left over, without its mean.

    u, v: whole numbers in [-2048, 2047], as float32.
    """
    whole = jnp.stack([u, v, jnp.floor(jnp.sqrt(u * u + v * v))], axis=-1)
    coarse = jnp.floor(whole / 16)
    return coarse / 128, (whole - 16 * coarse - MIDDLE) / 2048


def seen(layer: Shape, sight: Array, coarse: Array, fine: Array, grid: bool) -> Array:
    """What a layer makes of the coordinates. With `grid`, the weights of what is left over are rounded."""
    left_over = sight
    if grid:
        step = 16 / layer.steps()["sight"]
        left_over = straight(sight, jnp.floor(sight / step + 0.5) * step)
    return coarse @ sight + fine @ left_over + MIDDLE / 2048 * sight.sum(axis=0)


def forward(layers: list[Shape], parameters: list[Parameters], x: tuple[Array, Array], z: Array, grid: bool) -> Array:
    """Fields in [-1, 1], [pictures * pixels, 3].

    x: what `coordinates` gives, [pictures, pixels, 3] each; z: latents of 1, [pictures, 32]. With `grid`, activations
    are rounded as the integer form rounds them.
    """
    pictures, pixels, _ = x[0].shape
    coarse, fine = (part.reshape(-1, COORDINATES) for part in x)
    h = coarse
    for layer, held in zip(layers, parameters, strict=True):
        t = 0
        if layer.before:
            t = h @ held["weights"]
        if layer.sees:
            t = t + seen(layer, held["sight"], coarse, fine, grid)
        t = t.reshape(pictures, pixels, -1) + (z @ held["latents"] + held["bias"])[:, None, :]
        t = t.reshape(pictures * pixels, -1)
        # Half a unit of the sum, away from where a float might fall on the wrong side.
        guard = 0.5**layer.shift / 2
        if layer.activation == "phase":
            h = (
                sum(sine_of_grid(t + offset, guard) for offset in layer.offsets()) / max(layer.copies)
                if grid
                else sine(t)
            )
        else:
            # A leak, so that what is shut can open again.
            h = jnp.clip(t, -1, 1)
            h = h + 0.05 * (t - jax.lax.stop_gradient(t)) * (jnp.abs(t) > 1)
            if grid:
                h = straight(h, (jnp.floor(h * 127.5 + guard) + 0.5) / 127.5)
    return h


def shared(weights: np.ndarray, copies: tuple[int, ...]) -> np.ndarray:
    """Whole weights [outputs, channels] shared among the channels' copies, as evenly as whole numbers can be."""
    parts = []
    for weight, count in zip(weights.T, copies, strict=True):
        edges = weight[:, None] * np.arange(count + 1) // count
        parts.append(np.diff(edges, axis=1))
    return np.concatenate(parts, axis=1)


def to_exact(layers: list[Shape], parameters: list[Parameters]) -> exact.Exact:
    """Rounds to the integer form."""
    made, before = [], ()
    for layer, held in zip(layers, parameters, strict=True):
        values = {name: np.asarray(value, np.float64).T for name, value in held.items()}
        whole = {name: np.rint(values[name] * steps).astype(np.int64) for name, steps in layer.steps().items()}
        bias = values["bias"] * layer.unit()
        if layer.activation == "clip":
            bias = bias + 128 * 2.0**layer.shift
        bias = bias - 127.5 * whole["weights"].sum(axis=1)
        columns = [shared(whole["weights"], before)] if before else []
        if layer.sees:
            sight = whole["sight"]
            left_over = (sight + 8) >> 4
            # The radius comes without its middle, 1024; and what rounding takes from a slope is made good on the mean.
            bias = bias + sight[:, 2] * 64 + MIDDLE * (sight / 16 - left_over).sum(axis=1)
            columns.append(np.stack([sight, left_over], axis=2).reshape(layer.outputs, 2 * COORDINATES))
        offsets = [
            offset for channel, count in zip(layer.offsets().T, layer.copies, strict=True) for offset in channel[:count]
        ]
        bias = np.repeat(bias, layer.copies) + np.array(offsets) * layer.unit()
        weights = np.repeat(np.concatenate(columns, axis=1), layer.copies, axis=0)
        latents = np.repeat(whole["latents"], layer.copies, axis=0)
        for name, value in (("weights", weights), ("latents", latents)):
            if np.abs(value).max() > 127:
                raise ValueError(f"{name} of a layer do not fit 8 bits")
        linear = exact.Linear(
            layer.activation,
            layer.shift,
            layer.sees,
            weights.astype(np.int8),
            latents.astype(np.int8),
            np.floor(bias + 0.5).astype(np.int32),
        )
        made.append(linear)
        before = layer.copies
    return exact.Exact(made)
