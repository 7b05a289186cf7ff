"""Whatever is done to a good file, the answer is a configuration or problems that all have a place: never a traceback."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from monitor.app.configuration import load
from monitor.cli.init import starter
from monitor.errors import ConfigError

GOOD = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
TEXT = starter() + "".join(
    block
    for block in re.findall(r"^```yaml\n(.*?)^```", GOOD, re.MULTILINE | re.DOTALL)
    if block.startswith("entities")
)
MARKS = [
    *"{}[]:,-#&*!|>'\"%@`=?~\n\t \\/0aє한😀\u202e\x85\u2028",
    "- ",
    ": ",
    "\n  ",
    "<<",
    "---\n",
    "\\x",
    "null",
    "!!int ",
]
VALUES = [
    "null",
    "true",
    "[]",
    "{}",
    "[1]",
    "{a: 1}",
    "''",
    "0",
    "-1",
    "1.5",
    ".nan",
    "9" * 30,
    "'@x'",
    "[[[]]]",
    '"\\uD800"',
]


def mutated(rng: random.Random) -> str:
    text = TEXT
    kind = rng.randrange(3)
    if kind == 0:  # characters
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(MARKS) + text[at + rng.choice((0, 0, 1, 5)) :]
    elif kind == 1:  # values
        found = rng.choice(list(re.finditer(r": ([^\n#]+)|(\[[^\n\]]+\])", text)))
        group = 1 if found[1] else 2
        text = text[: found.start(group)] + rng.choice(VALUES) + text[found.end(group) :]
    else:  # lines
        lines = text.split("\n")
        one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        text = "\n".join(lines)
    return text


@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_file_is_read_or_refused_with_places(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    file = tmp_path / "config.yaml"
    refused = 0
    for _ in range(25):
        text = mutated(rng)
        file.write_text(text, encoding="utf-8")
        try:
            load(file, {}, entity_names=lambda: ("DPRK", "Blinken", "ICBM"))
        except ConfigError as error:
            refused += 1
            last = text.count("\n") + 1
            for problem in error.problems:
                assert 1 <= problem.line <= last, f"{problem}\n{text}"
                assert problem.column >= 1, f"{problem}\n{text}"
                assert len(problem.message) > 10, f"{problem}\n{text}"
    assert refused
