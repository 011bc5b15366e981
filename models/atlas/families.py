"""Twelve families of scalar pictures, each a function of twenty latents.

Every latent is an angle (256 to the turn), so a picture can be turned on for ever. A family gives three fields in
[0, 1]: tone, accent and edge (0.5 is neutral, less is shadow, more is light).

All families are made of *waves*: sines of the plane's coordinates and the distance from its middle, bent by other waves
and shifted by latents. Waves of the first order are bent by none, those of the second order by the first, and so on. A
periodic network of as many layers can begin with exactly these (`WAVES`) and is left to learn how a family shapes them.

Only + - * /, square roots, floor and comparisons of float64 are used, so every machine makes the same numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray
LATENTS = 20
# A quarter turn, and half a step of a sine table of 256: a wave and its twin together tell finer steps apart.
QUARTER = 0.25 + 1 / 512

# sin(2 pi t) / t as a polynomial in t^2 on [-1/4, 1/4]: Taylor, truncated below 1e-9.
TAU = 6.283185307179586
SINE = [TAU]
for _n in (1, 2, 3, 4, 5, 6):
    SINE.append(-SINE[-1] * TAU * TAU / ((2 * _n) * (2 * _n + 1)))


def sin(turns: Array) -> Array:
    """Sine of an angle in turns."""
    t = turns - np.floor(turns + 0.5)
    t = np.where(t > 0.25, 0.5 - t, np.where(t < -0.25, -0.5 - t, t))
    square = t * t
    value = SINE[-1]
    for coefficient in reversed(SINE[:-1]):
        value = value * square + coefficient
    return value * t


def cos(turns: Array) -> Array:
    """Cosine of an angle in turns."""
    return sin(turns + 0.25)


def unit(x: Array) -> Array:
    """Cuts to [0, 1]."""
    return np.minimum(np.maximum(x, 0.0), 1.0)


def step(x: Array, sharpness: float) -> Array:
    """0 below, 1 above zero, with a ramp of 1 / sharpness between."""
    return unit(0.5 + sharpness * x)


def line(x: Array, width: float) -> Array:
    """1 on the zeros of x, 0 from |x| = width on."""
    return unit(1.2 - 1.2 * np.abs(x) / width)


@dataclass(frozen=True)
class Wave:
    """sin(fx x + fy y + fr r + sum of bends * waves + sum of shifts * latents + start), in turns; latents in [-1/2, 1/2)."""

    order: int
    fx: float = 0
    fy: float = 0
    fr: float = 0
    bends: dict[str, float] = field(default_factory=dict)
    shifts: dict[int, int] = field(default_factory=dict)
    start: float = 0
    # Channels that carry it in a network's integer form: what bends others much must be told finely.
    copies: int = 1


def _first(fx: int, fy: int, fr: int, shifts: dict[int, int], start: float = 0, copies: int = 1) -> Wave:
    """A wave of the first order; frequencies in 32nds of a turn."""
    return Wave(1, fx / 32, fy / 32, fr / 32, shifts=shifts, start=start, copies=copies)


def _second(
    fx: float, fy: float, fr: float, bends: dict[str, float], latent: int | None = None, start: float = 0
) -> Wave:
    """A wave of the second order. Its numbers are rounded to what a layer's i8 weights can hold: frequencies to 64ths
    of a turn, bends to 255/16384."""
    frequencies = (np.floor(64 * f + 0.5) / 64 for f in (fx, fy, fr))
    held = {name: float(np.floor(by * 16384 / 255 + 0.5) * 255 / 16384) for name, by in bends.items()}
    return Wave(2, *map(float, frequencies), held, {} if latent is None else {latent: 1}, start)


def _bent(fx: float, fy: float, latent: int, bend: float, start: float = 0) -> Wave:
    """A wave on the plane that the swells bend: x by b and d, y by a and c."""
    bends = {"b": fx, "b2": fx, "d": 0.5 * fx, "a": fy, "a2": fy, "c": 0.5 * fy}
    return _second(fx, fy, 0, {name: bend * by for name, by in bends.items()}, latent, start)


WAVES: dict[str, Wave] = {
    # Swells: four long waves, two of them doubled with a phase of their own, so that they swell and fade.
    "a": _first(14, 12, 0, {0: 1}, copies=4),
    "a2": _first(14, 12, 0, {4: 1}, copies=4),
    "b": _first(-12, 17, 0, {1: 1}, copies=4),
    "b2": _first(-12, 17, 0, {5: 1}, copies=4),
    "c": _first(28, -14, 0, {2: 1}, copies=2),
    "d": _first(14, 30, 0, {3: 1}, copies=2),
    # Latents alone, for thresholds.
    "nine": _first(0, 0, 0, {9: 1}),
    "ten": _first(0, 0, 0, {10: 1}),
    # Spiral: sin(y / 4) cos(turn) + sin(x / 4) sin(turn), as sums.
    "s1": _first(0, 8, 68, {14: 1}, copies=2),
    "s2": _first(0, 8, -68, {14: -1}, copies=2),
    "s3": _first(8, 0, -68, {14: -1}, start=QUARTER, copies=2),
    "s4": _first(8, 0, 68, {14: 1}, start=QUARTER, copies=2),
    # Rosette: five directions a fifth of a turn apart.
    "r1": _first(80, 0, 0, {15: 1}),
    "r2": _first(25, 76, 0, {16: 1}),
    "r3": _first(-65, 47, 0, {17: 1}),
    "r4": _first(-65, -47, 0, {18: 1}),
    "r5": _first(25, -76, 0, {19: 1}),
    # Fine waves: rays, ripples and a ragged edge.
    "ray": _first(115, 10, 0, {16: 1}),
    "ripple": _first(-32, 123, 0, {17: 1}),
    "rag": _first(51, 7, 0, {15: 1}),
}
_LEVEL = {"a": 0.75, "a2": 0.75, "b": 0.75, "b2": 0.75, "c": 0.7, "d": 0.7}
_RING = {"a": 0.16, "a2": 0.16, "b": 0.16, "b2": 0.16, "c": 0.10}
_ARM = {"s1": 0.5, "s2": 0.5, "s3": 0.5, "s4": -0.5, "d": 0.06}
_GRATE1, _GRATE2 = {"a": 0.16, "a2": 0.16}, {"b": -0.16, "b2": -0.16}
_HEM = {"a": 0.17, "a2": 0.17, "rag": 0.11}
_DUNE = {"b": 0.17, "b2": 0.17, "d": 0.08, "rag": 0.08}
_BLOOM = {"r1": 0.24, "r2": 0.24, "r3": 0.24, "r4": 0.24, "r5": 0.24}
_SILK = {"fold": 0.38, "swell_b": 0.15}
# cos(2 pi 0.48 sin t) is nearly the cosine of 2t: a wave of the next order that doubles one.
_DOUBLE = 0.48
_INK = {"comb": 0.42, "swell_b": 0.25, "swell_c": 0.12}
WAVES |= {
    # Families' own waves; s and c stand a quarter turn apart.
    "fold": _bent(-0.60, 1.30, 8, 0.10),
    "level_s": _second(0, 0, 0, _LEVEL, 7),
    "level_c": _second(0, 0, 0, _LEVEL, 7, QUARTER),
    "cell1": _bent(1.80, 0.0, 7, 0.13, QUARTER),
    "cell2": _bent(-0.90, 1.56, 8, 0.13, QUARTER),
    "cell3": _bent(-0.90, -1.56, 12, 0.13, QUARTER),
    "cut1": _bent(1.72, 0.64, 7, 0.12),
    "cut2": _bent(-0.92, 1.90, 8, 0.12),
    "cut3": _bent(1.45, -1.54, 12, 0.12),
    "cut1_c": _bent(1.72, 0.64, 7, 0.12, QUARTER),
    "cut2_c": _bent(-0.92, 1.90, 8, 0.12, QUARTER),
    "cut3_c": _bent(1.45, -1.54, 12, 0.12, QUARTER),
    "ring_s": _second(0, 0, 1.90, _RING, 7),
    "ring_c": _second(0, 0, 1.90, _RING, 7, QUARTER),
    "broad": _second(0, 0, 1.30, {"a": 0.08, "b": 0.08}, 8),
    "arm_s": _second(0, 0, 0, _ARM),
    "arm_c": _second(0, 0, 0, _ARM, None, QUARTER),
    "grate1_s": _second(1.90, 0.35, 0, _GRATE1, 15),
    "grate1_c": _second(1.90, 0.35, 0, _GRATE1, 15, QUARTER),
    "grate2_s": _second(1.62, -0.35, 0, _GRATE2, 16),
    "grate2_c": _second(1.62, -0.35, 0, _GRATE2, 16, QUARTER),
    "comb": _bent(1.05, 1.10, 8, 0.24),
    "hem_s": _second(0, 1.45, 0, _HEM, 7),
    "hem_c": _second(0, 1.45, 0, _HEM, 7, QUARTER),
    "across": _bent(1.85, 0, 7, 0.13, QUARTER),
    "along": _bent(0, 1.85, 8, 0.13, QUARTER),
    "across_s": _bent(1.85, 0, 7, 0.13),
    "along_s": _bent(0, 1.85, 8, 0.13),
    "dune_s": _second(0.45, 1.70, 0, _DUNE, 7),
    "dune_c": _second(0.45, 1.70, 0, _DUNE, 7, QUARTER),
    "bloom_s": _second(0, 0, 0, _BLOOM, 7),
    "bloom_c": _second(0, 0, 0, _BLOOM, 7, QUARTER),
    # First waves that later layers need, handed on as they are: weak enough that the sine is almost straight.
    "swell_a": _second(0, 0, 0, {"a": 0.1, "a2": 0.1}),
    "swell_b": _second(0, 0, 0, {"b": 0.1, "b2": 0.1}),
    "swell_c": _second(0, 0, 0, {"c": 0.15}),
    "swell_d": _second(0, 0, 0, {"d": 0.15}),
    "petals": _second(0, 0, 0, {"r1": 0.045, "r2": 0.045, "r3": 0.045, "r4": 0.045, "r5": 0.045}),
    "rays": _second(0, 0, 0, {"ray": 0.15}),
    "ripples": _second(0, 0, 0, {"ripple": 0.15}),
    "mark": _second(0, 0, 0, {"nine": 0.15}),
    "brim": _second(0, 0, 0, {"ten": 0.15}),
    "silk_s": Wave(3, 0.95, 0.60, 0, _SILK, {7: 1}),
    "silk_c": Wave(3, 0.95, 0.60, 0, _SILK, {7: 1}, QUARTER),
    "ink_s": Wave(3, 0.95, -0.45, 0, _INK, {7: 1}),
    "ink_c": Wave(3, 0.95, -0.45, 0, _INK, {7: 1}, QUARTER),
    "ring_2": Wave(3, bends={"ring_s": _DOUBLE}, start=QUARTER),
    "grate1_2": Wave(3, bends={"grate1_s": _DOUBLE}, start=QUARTER),
    "grate2_2": Wave(3, bends={"grate2_s": _DOUBLE}, start=QUARTER),
    "ink_2": Wave(3, bends={"comb": _DOUBLE}, start=QUARTER),
    "lead1": Wave(3, bends={"cut1": 0.6}, start=QUARTER),
    "lead2": Wave(3, bends={"cut2": 0.6}, start=QUARTER),
    "lead3": Wave(3, bends={"cut3": 0.6}, start=QUARTER),
    "body": Wave(3, bends={"cell1": 0.083, "cell2": 0.083, "cell3": 0.083}),
    "pane1": Wave(3, bends={"cut1": 0.25}),
    "pane2": Wave(3, bends={"cut2": 0.25}),
    "pane3": Wave(3, bends={"cut3": 0.25}),
}


class Plane:
    """The plane of one picture: its waves, by name."""

    def __init__(self, x: Array, y: Array, z: Array) -> None:
        self.at = (x, y, np.sqrt(x * x + y * y))
        self.z = z
        self.known: dict[str, Array] = {}

    def __getattr__(self, name: str) -> Array:
        if name not in self.known:
            wave = WAVES[name]
            x, y, r = self.at
            turns = wave.fx * x + wave.fy * y + wave.fr * r + wave.start
            turns = turns + sum(weight * self.z[latent] for latent, weight in wave.shifts.items())
            for other, by in wave.bends.items():
                turns = turns + by * getattr(self, other)
            self.known[name] = sin(turns)
        return self.known[name]


Fields = tuple[Array, Array, Array]


def flow(p: Plane) -> Fields:
    """Silk: one wave bent by another."""
    tone = 0.5 + 0.36 * p.silk_s + 0.16 * p.silk_s * p.silk_c + 0.12 * p.fold
    accent = unit(5 * (p.silk_s + 0.5 * p.fold - 1.12 - 0.12 * p.ten))
    return tone, accent, 0.5 + 0.45 * p.silk_c


def contours(p: Plane) -> Fields:
    """A map: terraces with a line at each level."""
    height = 0.28 * (p.a + p.a2 + p.b + p.b2) + 0.25 * (p.c + p.d)
    tone = 0.5 + 0.40 * height - 0.05 * p.level_s
    accent = unit(6 * (height - 0.85 - 0.15 * p.ten))
    return tone, accent, 0.62 - 0.62 * unit(5 * (-p.level_c - 0.72))


def cells(p: Plane) -> Fields:
    """Tissue: soft cells with walls and nuclei."""
    body = (p.cell1 + p.cell2 + p.cell3) / 3
    tone = unit(0.10 + step(body + 0.18, 4.0) * (0.42 + 0.55 * body) + 0.13 * p.c)
    accent = step(body - 0.66 - 0.10 * p.ten, 6.0)
    return tone, accent, 0.62 - 0.55 * line(body + 0.22, 0.22) + 0.30 * line(body - 0.40, 0.26)


def glass(p: Plane) -> Fields:
    """Stained glass: flat panes between leads."""
    a, b, c = (step(cut, 6.0) for cut in (p.cut1, p.cut2, p.cut3))
    lead = np.minimum(np.minimum(np.abs(p.cut1), np.abs(p.cut2)), np.abs(p.cut3))
    tone = 0.10 + 0.38 * a + 0.26 * b + 0.20 * c
    accent = unit(a + c - b - 1)
    return tone, accent, 0.66 + 0.15 * p.c - 0.85 * line(lead, 0.26)


def rings(p: Plane) -> Fields:
    """Ripples around the middle, bent, each with a crest and a foot."""
    tone = unit(0.44 + 0.36 * p.ring_2 + 0.18 * p.broad)
    accent = unit(4 * (p.ring_2 + 0.9 * p.broad - 1.15 - 0.15 * p.ten))
    return tone, accent, 0.5 + 0.42 * p.ring_s


def spiral(p: Plane) -> Fields:
    """A wound-up wave: its phase is a radius plus an angle."""
    tone = 0.5 + 0.42 * p.arm_s + 0.10 * p.broad
    accent = step(p.arm_s - 0.88 - 0.06 * p.ten, 6.0)
    return tone, accent, 0.5 + 0.48 * p.arm_c


def moire(p: Plane) -> Fields:
    """Two gratings that beat."""
    first, second = p.grate1_2, p.grate2_2
    tone = unit(0.5 + 0.27 * (first + second) + 0.10 * p.a)
    accent = unit(5 * (first + second - 1.30))
    return tone, accent, 0.5 + 0.22 * (first - second)


def marble(p: Plane) -> Fields:
    """Ink drawn out by a comb."""
    bent = p.ink_s + 0.2 * p.nine
    tone = unit(0.08 + 0.52 * step(bent, 2.4) + 0.32 * step(p.ink_2 - 0.1, 2.4) + 0.06 * p.comb)
    accent = step(p.ink_s - 0.84 - 0.08 * p.ten, 6.0)
    return tone, accent, 0.60 - 0.60 * line(bent, 0.30)


def aurora(p: Plane) -> Fields:
    """Curtains of light: a sharp hem, rays that fade upwards."""
    rise = _saw(p.hem_s, p.hem_c)
    light = unit(1.12 - 1.35 * rise) * unit(9 * rise)
    tone = unit(0.06 + light * (0.72 + 0.24 * p.ray))
    accent = unit(9 * rise) * unit(2.0 - 9 * rise)
    return tone, accent, 0.42 + 0.30 * p.ray * light + 0.15 * light


def weave(p: Plane) -> Fields:
    """Cloth: strands that go over and under each other."""
    over = step(p.across * p.along, 8.0)
    top = over * np.abs(p.across) + (1 - over) * np.abs(p.along)
    dive = np.abs(p.across) + np.abs(p.along) - top
    body = unit(1.5 * top - 0.12) * (0.55 + 0.45 * dive)
    tone = 0.04 + (0.50 + 0.42 * over) * body
    accent = over * step(top - 0.30, 6.0) * step(p.c - 0.35 - 0.2 * p.ten, 5.0)
    return tone, accent, 0.12 + 0.52 * unit(2.2 * top) + 0.1 * dive


def dunes(p: Plane) -> Fields:
    """Ridges: a slow rise, a crest, a steep fall in shadow."""
    at = _saw(p.dune_s, p.dune_c)
    rise = unit(at / 0.80)
    fall = unit((1 - at) / 0.20)
    tone = unit(0.12 + 0.78 * np.minimum(rise, fall) + 0.07 * p.ripple * rise)
    accent = line(at - 0.79, 0.10) * step(p.c - 0.1 - 0.2 * p.ten, 5.0)
    return tone, accent, 0.60 + 0.25 * rise - 0.55 * step(at - 0.80, 9.0)


def rosette(p: Plane) -> Fields:
    """Five plane waves a fifth of a turn apart: flowers without a lattice."""
    bloom = p.r1 + p.r2 + p.r3 + p.r4 + p.r5
    accent = step(bloom - 2.8 - 0.4 * p.ten, 2.2)
    return unit(0.5 + 0.47 * p.bloom_s), accent, 0.95 - 0.9 * p.bloom_s * p.bloom_s


def _saw(s: Array, c: Array) -> Array:
    """The angle, in turns from 0 to 1, of a sine and cosine: a diamond's, which needs no arctangent."""
    quarter = np.abs(s) / (np.abs(s) + np.abs(c) + 1e-9) / 4
    quarter = np.where(c < 0, 0.5 - quarter, quarter)
    return np.where(s < 0, 1 - quarter, quarter)


FAMILIES: list[Callable[[Plane], Fields]] = [
    flow, contours, cells, glass, rings, spiral, moire, marble, aurora, weave, dunes, rosette,
]  # fmt: skip
NAMES = [family.__name__ for family in FAMILIES]


def fields(family: int, latents: Array, u: Array, v: Array) -> Array:
    """Fields of one picture, u8 [3, *u.shape].

    `latents`: i8 [20]; `u`, `v`: integer coordinates, -2048 to 2047 across the plane.
    """
    plane = Plane(u / 2048, v / 2048, latents / 256)
    values = np.stack(np.broadcast_arrays(*FAMILIES[family](plane)))
    return np.floor(unit(values) * 255 + 0.5).astype(np.uint8)
