"""Contact sheets of the network, coloured by palettes of its own, and a floor on how much a picture shows.

    python preview.py --out sheets                # families.png (a row each), seeds.png (64 seeds), floor.json
    python preview.py --out sheets --targets      # the same families as the data has them, for comparison
"""

import argparse
import hashlib
import json
from pathlib import Path

import exact
import families
import numpy as np
from PIL import Image

Array = np.ndarray

# Five stops from dark to light, then the accent.
PALETTES = [
    [0x0B1F24, 0x155E5B, 0x3FA796, 0xA8DCC4, 0xF4EFE0, 0xC8703A],
    [0x160B14, 0x5A1226, 0xC0361F, 0xF29345, 0xFFE9B8, 0x2F8F9D],
    [0x05060F, 0x141C44, 0x36408F, 0x8A8FD0, 0xE9E6F7, 0xF7C85C],
    [0x22140F, 0x6B3B2A, 0xB87350, 0xE2B594, 0xFAF0E4, 0x3A6B7E],
    [0x1D2B4F, 0x4568A8, 0xA3BEDD, 0xE3EAF0, 0xFDFBF7, 0xC9A24B],
    [0x2A0E1B, 0x8C2F45, 0xF0655A, 0xFFB199, 0xFFF1E6, 0x2A9D8F],
]


def colour(fields: Array, palette: int) -> Array:
    """RGB u8 [size, size, 3] of fields [3, size, size]: tone chooses, accent covers, edge darkens or lightens."""
    colours = np.array([[c >> 16, c >> 8 & 255, c & 255] for c in PALETTES[palette % len(PALETTES)]], float)
    tone, accent, edge = fields.astype(float)
    stop = np.minimum(tone // 64, 3).astype(int)
    part = ((tone - 64 * stop) / 64)[..., None]
    base = colours[stop] * (1 - part) + colours[stop + 1] * part
    cover = (np.clip(accent - 128, 0, 127) / 127)[..., None]
    mixed = base * (1 - cover) + colours[5] * cover
    return np.clip(mixed * (0.5 + edge / 255)[..., None], 0, 255).astype(np.uint8)


def free_latents(text: str) -> Array:
    """Twenty uniform latents from a text."""
    return np.frombuffer(hashlib.sha256(text.encode()).digest()[: exact.FREE], np.int8)


def draw(model: exact.Exact | None, family: int, free: Array, size: int) -> Array:
    """Fields u8 [3, size, size]; without a model, those of the data."""
    u, v = exact.grid(size)
    # What is seen of the plane at the greatest density.
    u, v = u * 11 >> 4, v * 11 >> 4
    if model is None:
        return families.fields(family, free, u, v)
    drawn = model.draw(exact.features(u, v).reshape(-1, 6), exact.latent(free, family))
    return drawn.reshape(3, size, size)


def sheet(pictures: list[Array], columns: int) -> Image.Image:
    """Pictures in rows, with white between."""
    framed = [np.pad(picture, ((3, 3), (3, 3), (0, 0)), constant_values=255) for picture in pictures]
    rows = [np.hstack(framed[at : at + columns]) for at in range(0, len(framed), columns)]
    return Image.fromarray(np.vstack(rows))


def floor(model: exact.Exact, count: int) -> dict[str, object]:
    """The least spread of tone (standard deviation, u8) and of neighbours' differences, among `count` seeds."""
    spread, detail = {}, {}
    for seed in range(count):
        tone = draw(model, seed % exact.FAMILIES, free_latents(f"floor {seed}"), 48)[0].astype(float)
        spread[seed] = float(tone.std())
        detail[seed] = float(np.abs(np.diff(tone)).mean())
    result = {}
    for name, figures in (("spread", spread), ("detail", detail)):
        worst = min(figures, key=figures.get)
        family = families.NAMES[worst % exact.FAMILIES]
        result[name] = {"least": round(figures[worst], 2), "seed": worst, "family": family}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("weights.json"))
    parser.add_argument("--out", type=Path, default=Path("sheets"))
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--targets", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    model = None if options.targets else exact.Exact.load(options.weights)

    def picture(family: int, text: str, palette: int) -> Array:
        return colour(draw(model, family, free_latents(text), options.size), palette)

    by_family = [picture(f, f"{families.NAMES[f]} {k}", f + k) for f in range(exact.FAMILIES) for k in range(8)]
    sheet(by_family, 8).save(options.out / "families.png")
    seeds = [hashlib.sha256(f"seed {k}".encode()).digest() for k in range(64)]
    drawn = [picture(seed[0] % exact.FAMILIES, f"seed {k}", seed[1]) for k, seed in enumerate(seeds)]
    sheet(drawn, 8).save(options.out / "seeds.png")
    if model is not None:
        figures = floor(model, 256)
        (options.out / "floor.json").write_text(json.dumps(figures, indent=2) + "\n")
        print(figures)


if __name__ == "__main__":
    main()
