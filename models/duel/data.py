"""The data set: duels between two characters, fought many times; the same bytes on every machine.

Everything is integer arithmetic on numbers from SHA-256 and SplitMix64, so no platform's floats have a say.

    python data.py --out duel-data             # writes train.npy and held-out.npy, and prints their roots
    python data.py --check                     # compares the first hundred duels with their known root
"""

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Array = np.ndarray

# What a character is: seven numbers from 0 to 255.
STATS = ("strength", "speed", "guard", "skill", "vigour", "luck", "level")
INPUTS = 2 * len(STATS)
# What is learnt of a duel, in 255ths: the first one's chance to win (a draw counts half), and the mean share of
# health that it takes from the other and loses itself.
ANSWERS = ("chance", "dealt", "taken")
ROUNDS = 16
# Duels fought at the same time: what fits a processor's cache.
CHUNK = 512
# Root over duels 0 to 99 of the training part.
FIRST_HUNDRED = "d8b31de097bcdc46e541f61b9010d7c13f2b7995df7091137c1dbcd3daf28843"


@dataclass(frozen=True)
class Part:
    """A part of the data: how many duels, and how often each is fought."""

    duels: int
    fights: int


PARTS = {"train": Part(60_000, 64), "held-out": Part(4_000, 1_024)}


def seed(part: str, index: int) -> bytes:
    """32 bytes that determine a duel: bytes 0 to 13 make its stats, 24 to 31 seed its dice."""
    return hashlib.sha256(f"verdigris/duel/1/{part}".encode() + index.to_bytes(4, "big")).digest()


def characters(seeds: Array, begin: int) -> Array:
    """Stats u8 [duels, 14]. In a duel of odd number, the second character is drawn half way towards the first."""
    stats = seeds[:, :INPUTS].astype(np.int32)
    first, second = stats[:, : len(STATS)], stats[:, len(STATS) :]
    odd = ((begin + np.arange(len(seeds))) % 2 == 1)[:, None]
    return np.concatenate([first, np.where(odd, (first + second) >> 1, second)], axis=1).astype(np.uint8)


def dice(seeds: Array, fights: int, turn: int) -> Array:
    """SplitMix64's word number fight * 2 * ROUNDS + turn of each seed, u64 [duels, fights]."""
    counter = np.arange(fights, dtype=np.uint64) * np.uint64(2 * ROUNDS) + np.uint64(turn + 1)
    word = seeds[:, None] + counter * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def health(one: dict[str, Array]) -> Array:
    """Points of health at the start, 64 to 446."""
    return 64 + one["vigour"] + (one["level"] >> 1)


def strike(one: dict[str, Array], other: dict[str, Array], words: Array) -> Array:
    """Damage of a strike, in points: does it hit, how hard, is it critical."""
    roll = [((words >> np.uint64(shift)) & np.uint64(255)).astype(np.int32) for shift in (0, 8, 16)]
    hits = roll[0] < np.clip(144 + ((one["skill"] - other["speed"]) >> 1), 32, 240)
    force = np.maximum(24 + ((2 * one["strength"] + one["level"]) >> 3) - (other["guard"] >> 2), 6)
    damage = force * (192 + (roll[1] >> 1)) >> 8
    return np.where(hits, damage << (roll[2] < 8 + (one["luck"] >> 2)), 0)


def fight(stats: Array, seeds: Array, fights: int) -> Array:
    """Answers u8 [duels, 3] of duels with these stats u8 [duels, 14] and dice u64 [duels]."""
    columns = stats.astype(np.int32)[:, :, None]
    first = {name: columns[:, i] for i, name in enumerate(STATS)}
    second = {name: columns[:, len(STATS) + i] for i, name in enumerate(STATS)}
    full = [health(first), health(second)]
    left = [np.broadcast_to(most, (len(stats), fights)) for most in full]
    for turn in range(ROUNDS):
        words = dice(seeds, fights, 2 * turn)
        blows = [strike(first, second, words), strike(second, first, dice(seeds, fights, 2 * turn + 1))]
        # The faster one strikes first, and who has fallen strikes no more.
        begins = first["speed"] + ((words >> np.uint64(24)) & np.uint64(63)).astype(np.int32) >= second["speed"] + 32
        second_left = np.where(left[0] > 0, np.maximum(left[1] - blows[0], 0), left[1])
        first_left = np.where(left[1] > 0, np.maximum(left[0] - blows[1], 0), left[0])
        left = [
            np.where(begins & (second_left == 0), left[0], first_left),
            np.where(~begins & (first_left == 0), left[1], second_left),
        ]
    # Who has the larger share of health left wins; the shares are compared crosswise.
    shares = left[0] * full[1], left[1] * full[0]
    points = (2 * (shares[0] > shares[1]) + (shares[0] == shares[1])).sum(axis=1)
    lost = [
        (fights * most[:, 0] - rest.sum(axis=1), fights * most[:, 0]) for most, rest in zip(full, left, strict=True)
    ]
    answers = [(points, 2 * fights), lost[1], lost[0]]
    return np.stack([(2 * 255 * part + whole) // (2 * whole) for part, whole in answers], axis=1).astype(np.uint8)


def rows(part: str, begin: int, end: int) -> Array:
    """Duels `begin` to `end` of a part, u8 [duels, 17]: the stats of both, then the answers."""
    seeds = np.frombuffer(b"".join(seed(part, index) for index in range(begin, end)), np.uint8).reshape(-1, 32)
    stats = characters(seeds, begin)
    return np.concatenate([stats, fight(stats, seeds[:, 24:].copy().view("<u8")[:, 0], PARTS[part].fights)], axis=1)


def make(part: str) -> Array:
    """A part of the data, u8 [duels, 17]."""
    duels = PARTS[part].duels
    return np.concatenate([rows(part, begin, min(begin + CHUNK, duels)) for begin in range(0, duels, CHUNK)])


def root(made: Array) -> str:
    """RFC 9162's Merkle tree hash; entry i is i as big-endian u32, then the row's bytes."""
    leaves = [hashlib.sha256(b"\0" + i.to_bytes(4, "big") + row.tobytes()).digest() for i, row in enumerate(made)]

    def over(nodes: list[bytes]) -> bytes:
        if len(nodes) == 1:
            return nodes[0]
        split = 1 << (len(nodes) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + over(nodes[:split]) + over(nodes[split:])).digest()

    return over(leaves).hex()


def check() -> None:
    """Ends the program if this machine makes other duels than the known ones."""
    first = root(rows("train", 0, 100))
    if first != FIRST_HUNDRED:
        raise SystemExit(f"this machine makes other duels: {first}, not {FIRST_HUNDRED}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("duel-data"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    check()
    if options.check:
        print("the first hundred duels are as they should be")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        made = make(part)
        np.save(options.out / f"{part}.npy", made)
        print(f"{part}: {len(made)} duels, root {root(made)}", flush=True)


if __name__ == "__main__":
    main()
