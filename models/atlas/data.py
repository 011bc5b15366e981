"""The data set: pictures of twelve families as scalar fields, the same bytes on every machine.

Picture i of a part belongs to family i mod 12. SHA-256("verdigris/atlas/4/<part>" ‖ i as big-endian u32) gives its 20
latents (bytes 0 to 19, as i8) and how far its 64 × 64 grid is shifted (bytes 20 and 21, mod 64), so that all pictures
together see every coordinate.

    python data.py --out atlas-data            # writes train.npy and held-out.npy, and prints their roots
    python data.py --check                     # compares the first twelve pictures with their known hashes
"""

import argparse
import hashlib
from multiprocessing import Pool
from pathlib import Path

import families
import numpy as np

Array = np.ndarray

SIDE = 64
PICTURES = {"train": 24_000, "held-out": 384}
# Root over pictures 0 to 11 of the training part: one of each family.
FIRST_TWELVE = "7c5ff5669ad6cbc2019851e929611886ac726b06e9e9f7d88b572aa395652b42"


def seed(part: str, index: int) -> bytes:
    """32 bytes that determine a picture."""
    return hashlib.sha256(f"verdigris/atlas/4/{part}".encode() + index.to_bytes(4, "big")).digest()


def latents(part: str, index: int) -> Array:
    """The picture's free latents, i8 [20]."""
    return np.frombuffer(seed(part, index)[: families.LATENTS], np.int8)


def coordinates(part: str, index: int) -> tuple[Array, Array]:
    """Integer coordinates u, v of the picture's pixels, i64 [64, 64] each, in [-2048, 2047]."""
    du, dv = (byte % SIDE for byte in seed(part, index)[20:22])
    at = np.arange(SIDE) * (4096 // SIDE) - 2048
    u, v = np.meshgrid(at + du, at + dv)
    return u, v


def picture(part: str, index: int) -> Array:
    """Fields tone, accent, edge: u8 [3, 64, 64]."""
    u, v = coordinates(part, index)
    return families.fields(index % len(families.FAMILIES), latents(part, index), u, v)


def leaf(index: int, fields: Array) -> bytes:
    """Hash of one picture."""
    return hashlib.sha256(b"\0" + index.to_bytes(4, "big") + fields.tobytes()).digest()


def root(leaves: list[bytes]) -> bytes:
    """RFC 9162's Merkle tree hash, over leaves that are hashes already."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:split]) + root(leaves[split:])).digest()


def _picture(task: tuple[str, int]) -> tuple[Array, bytes]:
    fields = picture(*task)
    return fields, leaf(task[1], fields)


def make(part: str, count: int, workers: int) -> tuple[Array, str]:
    """A part of the data, u8 [count, 3, 64, 64], and its root in hex."""
    tasks = [(part, index) for index in range(count)]
    with Pool(workers) as pool:
        made = pool.map(_picture, tasks, chunksize=48)
    return np.stack([fields for fields, _ in made]), root([digest for _, digest in made]).hex()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("atlas-data"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    first = root([leaf(index, picture("train", index)) for index in range(12)]).hex()
    if first != FIRST_TWELVE:
        raise SystemExit(f"this machine makes other pictures: {first}, not {FIRST_TWELVE}")
    if options.check:
        print("the first twelve pictures are as they should be")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for part, count in PICTURES.items():
        made, digest = make(part, count, options.workers)
        np.save(options.out / f"{part}.npy", made)
        print(f"{part}: {count} pictures, root {digest}", flush=True)


if __name__ == "__main__":
    main()
