"""Makes the dictionary that stored texts are compressed with: `python bench/learn_texts.py OUT.zdict`.

It is trained on the project's own texts (tests/quality, seeds, the sentences of tests/text) in the languages that the
product is for. A dictionary that texts were stored with must be shipped for ever: make a new file, keep the old ones.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import zstandard

ROOT = Path(__file__).parents[1]
PLACES = ("tests/quality", "seeds", "tests/extract", "tests/text", "tests/watch", "monitor/data/catalogue")
ENDINGS = {".txt", ".yaml", ".toml", ".html"}
_SHORTEST = 40  # characters of a line
_LINES = 6  # of a sample
_TIMES = 4  # that the lines are shuffled to samples
_BYTES = 64 * 1024


def samples() -> list[bytes]:
    """Return samples of text, in a fixed order."""
    files = sorted(file for place in PLACES for file in (ROOT / place).rglob("*") if file.suffix in ENDINGS)
    lines = [line.strip() for file in files for line in file.read_text(encoding="utf-8", errors="ignore").split("\n")]
    lines = [line for line in lines if len(line) >= _SHORTEST and "<" not in line]
    found, rng = list[bytes](), random.Random(1)
    for _ in range(_TIMES):
        rng.shuffle(lines)
        found += ["\n".join(lines[at : at + _LINES]).encode() for at in range(0, len(lines), _LINES)]
    return found


def main() -> None:
    """Train, and write the file."""
    dictionary = zstandard.train_dictionary(_BYTES, samples(), dict_id=int(sys.argv[2]) if sys.argv[2:] else 1_000_001)
    Path(sys.argv[1]).write_bytes(dictionary.as_bytes())


if __name__ == "__main__":
    main()
