"""Trains the network: in floats that stay in the grid's range, then on the grid itself.

    python train.py --data atlas-data --out .

Beside the model it trains its float twin: the same network, data, steps and rates with nothing rounded, which tells
what the grid costs.

The loss is the mean square error of the fields, plus that of the differences between neighbouring pixels, which keeps
edges crisp. A step sees pairs of neighbours from random places of random pictures.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import data
import exact
import families
import jax
import jax.numpy as jnp
import network
import numpy as np
import optax

Parameters = list[network.Parameters]
Source = dict[str, jax.Array]
Figures = dict[str, dict[str, float]]

# Steps that run without coming back to Python.
BLOCK = 250


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the result beside the data."""

    layers: str = "20p4 x48p5 x60p6 52c5 3c6"
    seed: int = 1
    first_steps: int = 6_000
    steps: int = 36_000
    grid_steps: int = 1_750
    rate: float = 2e-3
    grid_rate: float = 3e-4
    batch: int = 48
    pixels: int = 512
    crispness: float = 0.5
    # Batches are cut into parts that stay in a processor's cache.
    parts: int = 4


class Data:
    """A part of the data in memory, with what the network reads of it."""

    def __init__(self, part: str, folder: Path) -> None:
        self.fields = np.load(folder / f"{part}.npy").reshape(-1, 3, data.SIDE * data.SIDE)
        count = len(self.fields)
        free = np.stack([data.latents(part, index) for index in range(count)])
        family = np.arange(count) % exact.FAMILIES
        self.latents = np.stack([exact.latent(*pair) for pair in zip(free, family, strict=True)])
        corners = [data.coordinates(part, index) for index in range(count)]
        self.corner = np.array([[u[0, 0], v[0, 0]] for u, v in corners], np.float32)

    def on_device(self) -> Source:
        """Pixels as [pictures, pixels, 3], so that a pixel's fields lie side by side."""
        fields = np.ascontiguousarray(self.fields.transpose(0, 2, 1))
        return {
            "fields": jnp.asarray(fields),
            "z": jnp.asarray(self.latents, jnp.float32) / 128,
            "corner": jnp.asarray(self.corner),
        }


def sample(key: jax.Array, source: Source, pictures: int, pixels: int) -> tuple[jax.Array, ...]:
    """Coordinates [pictures, pixels, 3] twice, z [pictures, 32] and target fields in [-1, 1], [pictures, pixels, 3].

    The second half of the pixels are neighbours, to the right or below, of the first half.
    """
    keys = jax.random.split(key, 4)
    side = data.SIDE
    chosen = jax.random.randint(keys[0], (pictures,), 0, source["fields"].shape[0])
    half = (pictures, pixels // 2)
    column, row = (jax.random.randint(key, half, 0, side - 1) for key in keys[1:3])
    below = jax.random.randint(keys[3], half, 0, 2)
    column = jnp.concatenate([column, column + 1 - below], axis=1)
    row = jnp.concatenate([row, row + below], axis=1)
    corner = source["corner"][chosen]
    u = column * (4096 // side) + corner[:, :1]
    v = row * (4096 // side) + corner[:, 1:]
    target = source["fields"][chosen[:, None], row * side + column]
    return *network.coordinates(u, v), source["z"][chosen], (target.astype(jnp.float32) - 127.5) / 127.5


def loss_of(
    layers: list[network.Shape],
    recipe: Recipe,
    grid: bool,
    parameters: Parameters,
    coarse: jax.Array,
    fine: jax.Array,
    z: jax.Array,
    target: jax.Array,
) -> jax.Array:
    """Mean over pixels and fields."""
    fields = network.forward(layers, parameters, (coarse, fine), z, grid).reshape(target.shape)
    # How much an error counts in tone, accent and edge.
    weight = jnp.array([1.0, 0.7, 0.7])
    error = fields - target
    half = error.shape[1] // 2
    difference = error[:, half:] - error[:, :half]
    return jnp.mean(weight * error**2) + recipe.crispness / 2 * jnp.mean(weight * difference**2)


def stepper(
    recipe: Recipe, layers: list[network.Shape], steps: int, rate: float, grid: bool, given: int
) -> tuple[Callable, optax.GradientTransformation]:
    """A function that takes `BLOCK` steps; and the optimiser: Adam that warms up and then cools along a cosine.

    The first `given` layers stay as they are.
    """
    schedule = optax.warmup_cosine_decay_schedule(0, rate, min(500, steps // 4), steps, rate / 50)
    adam = optax.adam(schedule, b2=0.99)

    def loss(tail: Parameters, head: Parameters, *batch: jax.Array) -> jax.Array:
        return loss_of(layers, recipe, grid, head + tail, *batch)

    gradient = jax.value_and_grad(loss)

    def step(source: Source, free: Parameters, state: tuple, key: jax.Array) -> tuple[tuple, jax.Array]:
        parameters, moments = state
        batch = sample(key, source, recipe.batch, recipe.pixels)
        parts = [part.reshape(recipe.parts, -1, *part.shape[1:]) for part in batch]

        def add(total: tuple, part: list[jax.Array]) -> tuple[tuple, None]:
            return jax.tree.map(jnp.add, total, gradient(tail, head, *part)), None

        head, tail = parameters[:given], parameters[given:]
        nothing = (jnp.float32(0), jax.tree.map(jnp.zeros_like, tail))
        (loss, slope), _ = jax.lax.scan(add, nothing, parts)
        slope = jax.tree.map(lambda g: g / recipe.parts, slope)
        update, moments = adam.update(slope, moments)
        update = jax.tree.map(jnp.multiply, update, free[given:])
        parameters = network.keep_in_range(layers, head + optax.apply_updates(tail, update))
        return (parameters, moments), loss / recipe.parts

    @jax.jit
    def block(source: Source, free: Parameters, state: tuple, key: jax.Array) -> tuple[tuple, jax.Array]:
        return jax.lax.scan(partial(step, source, free), state, jax.random.split(key, BLOCK))

    return block, adam


class Trainer:
    """Parameters, which of them are free to move, and the steps that move them.

    With `rounds` false, all is as it would be, but that nothing is ever rounded.
    """

    def __init__(self, recipe: Recipe, source: Source, watch: Callable[[Parameters], None], rounds: bool) -> None:
        self.recipe, self.source, self.watch, self.rounds = recipe, source, watch, rounds
        self.layers = network.shapes(recipe.layers, families.WAVES)
        self.parameters = network.draw_parameters(self.layers, families.WAVES, recipe.seed)
        self.free = jax.tree.map(jnp.ones_like, self.parameters)
        self.stages = 0
        # Layers from the first on that are wholly fixed.
        self.given = 0
        self.steppers: dict[tuple, tuple[Callable, optax.GradientTransformation]] = {}

    def fix(self, at: int, part: float) -> None:
        """Rounds a part of a layer's weights and keeps them."""
        self.parameters, chosen = network.round_part(self.layers, self.parameters, at, part)
        self.free[at] = jax.tree.map(lambda free, fixed: free * (1 - fixed), self.free[at], chosen)
        self.given = at + (part == 1)

    def put_on_grid(self, at: int) -> None:
        """Rounds a layer part by part: what is not rounded yet makes up for what is."""
        for part in (0.5, 0.75, 0.9, 1.0):
            if self.rounds:
                self.fix(at, part)
            self.run(self.recipe.grid_steps, self.recipe.grid_rate, grid=True)

    def run(self, steps: int, rate: float, grid: bool) -> None:
        """Takes steps; with `grid`, activations are rounded."""
        how = (steps, rate, grid and self.rounds, self.given)
        if how not in self.steppers:
            self.steppers[how] = stepper(self.recipe, self.layers, *how)
        block, adam = self.steppers[how]
        state, began = (self.parameters, adam.init(self.parameters[self.given :])), time.monotonic()
        self.stages += 1
        key = jax.random.fold_in(jax.random.key(self.recipe.seed), self.stages)
        for done in range(BLOCK, steps + BLOCK, BLOCK):
            state, losses = block(self.source, self.free, state, jax.random.fold_in(key, done))
            if done % (8 * BLOCK) == 0 or done >= steps:
                loss, pace = float(losses.mean()), done / (time.monotonic() - began)
                print(f"stage {self.stages}: {done}/{steps} loss {loss:.5f}, {pace:.0f} steps/s", flush=True)
                self.watch(state[0])
        self.parameters = state[0]


def psnr(error: np.ndarray) -> float:
    """Decibels, for errors in units of u8."""
    return round(float(10 * np.log10(255**2 / np.mean(np.square(error)))), 3)


def measure(held_out: Data, draw: Callable[[int, np.ndarray, np.ndarray], np.ndarray]) -> Figures:
    """PSNR by family and field; `draw(index, u, v)` gives the fields [3, pixels] of held-out picture `index`."""
    errors = {name: [] for name in families.NAMES}
    for index, fields in enumerate(held_out.fields):
        u, v = data.coordinates("held-out", index)
        drawn = draw(index, u.ravel(), v.ravel()).astype(np.float32)
        errors[families.NAMES[index % exact.FAMILIES]].append(drawn - fields)
    whole = {name: np.stack(parts) for name, parts in errors.items()}
    figures = {name: {"all": psnr(error)} for name, error in whole.items()}
    for name, error in whole.items():
        figures[name] |= {field: psnr(error[:, i]) for i, field in enumerate(("tone", "accent", "edge"))}
    figures["together"] = {"all": psnr(np.stack(list(whole.values())))}
    return figures


def measure_float(layers: list[network.Shape], parameters: Parameters, held_out: Data) -> Figures:
    """Figures of the float form."""
    forward = jax.jit(lambda x, z: network.forward(layers, parameters, x, z, grid=False))

    def draw(index: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        at = network.coordinates(*(jnp.asarray(part, jnp.float32)[None] for part in (u, v)))
        z = held_out.latents[index, None].astype(np.float32) / np.float32(128)
        return np.asarray(forward(at, z)).T * 127.5 + 127.5

    return measure(held_out, draw)


def measure_exact(model: exact.Exact, held_out: Data) -> Figures:
    """Figures of the integer form."""
    return measure(held_out, lambda index, u, v: model.draw(exact.features(u, v), held_out.latents[index]))


def train(
    recipe: Recipe, source: Source, rounds: bool, watch: Callable[[Parameters], None]
) -> tuple[Parameters, Parameters]:
    """Parameters after the first steps, and at the end: of the model, which lie on the grid, or of its float twin."""
    trained = Trainer(recipe, source, watch, rounds)
    # In floats; the first layer is the data's own waves, which lie on the grid.
    trained.fix(0, 1.0)
    trained.run(recipe.first_steps, recipe.rate, grid=False)
    first = trained.parameters
    # On the grid: activations are rounded from now on, weights layer by layer.
    trained.put_on_grid(1)
    trained.run(recipe.steps, recipe.rate, grid=True)
    for at in range(2, len(trained.layers)):
        trained.put_on_grid(at)
    return first, trained.parameters


def main() -> None:
    """Trains, and writes weights and figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("atlas-data"))
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--no-twin", action="store_true", help="leave out the float twin, which takes half of the time")
    for name, value in asdict(Recipe()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    options = vars(parser.parse_args())
    recipe = Recipe(**{name: options[name] for name in asdict(Recipe())})
    folder = options["out"]
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    source, held_out = Data("train", options["data"]).on_device(), Data("held-out", options["data"])
    layers = network.shapes(recipe.layers, families.WAVES)

    def keep(parameters: Parameters) -> exact.Exact:
        model = network.to_exact(layers, parameters)
        model.save(folder / "weights.json")
        return model

    first, last = train(recipe, source, True, keep)
    model = keep(last)
    figures = {
        "first floats": measure_float(layers, first, held_out),
        "first floats, rounded": measure_exact(network.to_exact(layers, first), held_out),
        "model": measure_exact(model, held_out),
    }
    seconds = round(time.monotonic() - began)
    if not options["no_twin"]:
        _, twin = train(recipe, source, False, lambda _: None)
        figures["float twin"] = measure_float(layers, twin, held_out)
        figures["float twin, rounded"] = measure_exact(network.to_exact(layers, twin), held_out)
    metrics = {
        "recipe": asdict(recipe),
        "psnr": figures,
        "cost": model.cost(),
        "largest_sum": model.reach(),
        "environment": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("jax", "jaxlib", "numpy", "optax")},
            "machine": platform.machine(),
        },
        "seconds": seconds,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps({stage: values["together"] for stage, values in figures.items()}))


if __name__ == "__main__":
    main()
