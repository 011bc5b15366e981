"""Makes the data and trains the network: in floats that stay in the grid's range, then on the grid itself.

    python train.py --out .                    # writes duel.onnx and metrics.json, in about two minutes

Every duel is also seen from the other side: characters and shares swapped, and the chance turned round.
"""

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import data
import export
import network
import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the result beside the data."""

    hidden: tuple[int, ...] = (64, 48)
    shifts: tuple[int, ...] = (5, 6, 6)
    seed: int = 1
    steps: int = 16_000
    grid_steps: int = 8_000
    rate: float = 3e-3
    grid_rate: float = 1e-4
    batch: int = 512


class Adam:
    """Adam, with a rate that warms up and then cools along a cosine."""

    def __init__(self, parameters: list[Array], rate: float, steps: int) -> None:
        self.parameters, self.rate, self.steps, self.done = parameters, rate, steps, 0
        self.mean = [np.zeros_like(one) for one in parameters]
        self.square = [np.zeros_like(one) for one in parameters]

    def step(self, gradients: list[Array]) -> None:
        self.done += 1
        rate = self.rate * min(1, self.done / 200) * (0.51 + 0.49 * np.cos(np.pi * self.done / self.steps))
        for held, slope, mean, square in zip(self.parameters, gradients, self.mean, self.square, strict=True):
            mean += 0.1 * (slope - mean)
            square += 0.01 * (slope * slope - square)
            unbiased = mean / (1 - 0.9**self.done), square / (1 - 0.99**self.done)
            held -= (rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)).astype(np.float32)


def both_sides(rows: Array) -> tuple[Array, Array]:
    """Stats and answers, f32 in 0..1, of every duel and of its mirror image."""
    stats, answers = rows[:, : data.INPUTS], rows[:, data.INPUTS :]
    half = len(data.STATS)
    mirrored = np.stack([255 - answers[:, 0], answers[:, 2], answers[:, 1]], axis=1)
    x = np.concatenate([stats, np.concatenate([stats[:, half:], stats[:, :half]], axis=1)])
    return x.astype(np.float32) / 255, np.concatenate([answers, mirrored]).astype(np.float32) / 255


def run(layers: list[network.Layer], x: Array, y: Array, recipe: Recipe, grid: bool) -> None:
    """Takes the steps of one stage."""
    steps, rate = (recipe.grid_steps, recipe.grid_rate) if grid else (recipe.steps, recipe.rate)
    adam = Adam([one for layer in layers for one in (layer.weights, layer.bias)], rate, steps)
    rng = np.random.default_rng([recipe.seed, int(grid)])
    for step in range(1, steps + 1):
        chosen = rng.integers(0, len(x), recipe.batch)
        values, sums = network.forward(layers, x[chosen], grid)
        error = values[-1] - y[chosen]
        adam.step(network.gradients(layers, values, sums, error / np.float32(recipe.batch), grid))
        for layer in layers:
            layer.keep_in_range()
        if step % 4_000 == 0:
            print(f"{'grid' if grid else 'float'}: {step}/{steps} loss {np.mean(error**2):.5f}", flush=True)


def measure(answers: Array, rows: Array) -> dict[str, float]:
    """R² of each answer, and how often the likelier winner is named where there is one (outside 120 to 135)."""
    wanted = rows[:, data.INPUTS :].astype(np.float64)
    unexplained = np.mean((answers - wanted) ** 2, axis=0) / wanted.var(axis=0)
    figures = {f"r2_{name}": round(1 - float(part), 4) for name, part in zip(data.ANSWERS, unexplained, strict=True)}
    clear = np.abs(wanted[:, 0] - 127.5) > 7.5
    right = (answers[clear, 0] > 127.5) == (wanted[clear, 0] > 127.5)
    return figures | {"accuracy": round(float(right.mean()), 4)}


def linear_baseline(x: Array, y: Array, stats: Array) -> Array:
    """Answers of the best linear function of the stats, cut to the range."""
    with_one = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
    best, *_ = np.linalg.lstsq(with_one, y, rcond=None)
    return np.clip(stats.astype(np.float64) / 255 @ best[:-1] + best[-1], 0, 1) * 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path())
    options = parser.parse_args()
    recipe, began = Recipe(), time.monotonic()
    data.check()
    made = {part: data.make(part) for part in data.PARTS}
    x, y = both_sides(made["train"])
    held_out = made["held-out"]
    stats = held_out[:, : data.INPUTS]

    layers = network.draw([data.INPUTS, *recipe.hidden, len(data.ANSWERS)], list(recipe.shifts), recipe.seed)
    figures = {"linear_baseline": measure(linear_baseline(x, y, stats), held_out)}
    run(layers, x, y, recipe, grid=False)
    floats, _ = network.forward(layers, stats.astype(np.float32) / 255, grid=False)
    figures["float"] = measure(floats[-1] * 255, held_out)
    figures["rounded"] = measure(export.to_exact(layers).run(stats), held_out)
    run(layers, x, y, recipe, grid=True)
    model = export.to_exact(layers)
    figures["fine_tuned"] = measure(model.run(stats), held_out)

    export.write(model, options.out / "duel.onnx")
    environment = {"python": sys.version.split()[0], "numpy": np.__version__, "machine": platform.machine()}
    metrics = {
        "recipe": asdict(recipe),
        "held_out": figures,
        "cost": model.cost(),
        "largest_sum": model.reach(),
        "environment": environment,
        "seconds": round(time.monotonic() - began),
    }
    (options.out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
