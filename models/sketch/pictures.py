"""What it learns from: pictures of one shape, and what they show in words."""

import numpy as np

from words import COLOURS, SHAPES, SIZES

SIDE = 64
GRID = np.stack(np.meshgrid(*[(np.arange(SIDE) + 0.5) / SIDE - 0.5] * 2, indexing="xy"))


def distance(shape, x, y, size):
    """How far a place is outside the shape, negative inside."""
    match shape:
        case "circle":
            return np.hypot(x, y) - size
        case "square":
            return np.maximum(abs(x), abs(y)) - 0.9 * size
        case "diamond":
            return (abs(x) + abs(y) - 1.25 * size) / np.sqrt(2)
        case "ring":
            return abs(np.hypot(x, y) - 0.8 * size) - 0.25 * size
        case "cross":
            arm = lambda a, b: np.maximum(abs(a) - size, abs(b) - 0.32 * size)
            return np.minimum(arm(x, y), arm(y, x))
        case "triangle":
            return np.maximum(y - 0.6 * size, 0.866 * abs(x) - 0.5 * y - 0.55 * size)


def draw(numbers):
    """A picture (3, SIDE, SIDE) between -1 and 1, and its caption."""
    shape = SHAPES[numbers.integers(len(SHAPES))]
    size = list(SIZES)[numbers.integers(len(SIZES))]
    colour, ground = numbers.choice(list(COLOURS), 2, replace=False)
    x, y = GRID - numbers.uniform(-0.06, 0.06, (2, 1, 1))
    inside = np.clip(0.5 - SIDE * distance(shape, x, y, SIZES[size] * numbers.uniform(0.92, 1.08)), 0, 1)
    front, back = (np.array(COLOURS[name], "f4")[:, None, None] for name in (colour, ground))
    picture = (back + (front - back) * inside) / 127.5 - 1
    return picture.astype("f4"), f"a {size} {colour} {shape} on {ground}"


def batch(numbers, count):
    pictures, captions = zip(*(draw(numbers) for _ in range(count)))
    return np.stack(pictures), list(captions)
