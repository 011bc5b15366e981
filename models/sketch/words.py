"""The words that the model knows, as the byte-pair vocabulary of a CLIP tokenizer; each word is one token."""

import json
import pathlib

SHAPES = ["circle", "square", "triangle", "ring", "cross", "diamond"]
COLOURS = {
    "red": (214, 59, 48),
    "orange": (240, 140, 45),
    "yellow": (244, 208, 63),
    "green": (58, 150, 88),
    "teal": (38, 166, 154),
    "blue": (52, 104, 192),
    "purple": (126, 74, 170),
    "pink": (233, 130, 168),
    "black": (24, 26, 30),
    "white": (244, 243, 239),
}
SIZES = {"small": 0.2, "large": 0.36}
OTHERS = ["a", "and", "of", "on", "picture", "the"]
LENGTH = 16
START, END = "<|startoftext|>", "<|endoftext|>"


def words():
    return [*SHAPES, *COLOURS, *SIZES, *OTHERS]


def alphabet():
    """The printable stand-ins for all bytes, as GPT-2 and CLIP write them."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def vocabulary():
    """Tokens in their order, and the merges that make words of letters."""
    letters = alphabet()
    tokens = letters + [letter + "</w>" for letter in letters]
    merges = []
    for word in words():
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            pair = (parts[0], parts[1])
            parts = [parts[0] + parts[1], *parts[2:]]
            if pair not in merges:
                merges.append(pair)
                tokens.append(parts[0])
    return [*tokens, START, END], merges


def ids(text):
    """A text as the tokenizer would have it."""
    tokens = {token: place for place, token in enumerate(vocabulary()[0])}
    found = [tokens[START], *(tokens[word + "</w>"] for word in text.split()), tokens[END]]
    return found + [tokens[END]] * (LENGTH - len(found))


def write(folder):
    """The tokenizer's files."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokens, merges = vocabulary()
    vocab = {token: place for place, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2))
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2))
