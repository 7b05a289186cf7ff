"""Writes the nouns that Korean compounds are cut into, `monitor/data/forms/ko.yaml` (then: `make data`).

    pip install --no-deps --target DIR python-mecab-ko-dic
    python bench/learn_korean.py DIR/mecab_ko_dic/dictionary/sys.dic

The dictionary is mecab-ko-dic (Apache License 2.0), 816,000 rows, compiled; most are hardly ever written, and a
compound that is cut into rare words is cut wrongly. Kept are the nouns that Korean is full of: those with a semantic
class (from the Sejong electronic dictionary) and those that its training corpus had (they are cheaper than the default
of their kind), and the places of which the same holds. A noun that is cut into two shorter ones of two syllables and
more is left out, as the pieces say it all. Names of countries are CLDR's.

The file is a double array (Darts) of UTF-8 bytes, with tokens and features behind it: `dictionary.h` of MeCab.
"""

from __future__ import annotations

import argparse
import struct
from array import array
from collections import defaultdict
from collections.abc import Container, Iterator
from itertools import groupby
from pathlib import Path

from babel import Locale

TARGET = Path(__file__).parent.parent / "monitor" / "data" / "forms" / "ko.yaml"
HEADER = 72  # bytes: ten numbers and the name of the character set
ROW = "<HHHhII"  # left and right context, part of speech, cost, offset of the features, compound
SHORTEST, LONGEST = 2, 5  # syllables
COMMON = 2_600  # cost of a noun below the default of nouns that the training corpus had not (2,639 and more)
PLACE = 5_000  # the same, of places (5,497)


def rows(path: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Return (word, cost, features) of every row of a compiled dictionary."""
    content = path.read_bytes()
    _, _, _, _, _, _, units, tokens, _, _ = struct.unpack("<10I", content[: HEADER - 32])
    double = array("i")
    double.frombytes(content[HEADER : HEADER + units])
    first, second = HEADER + units, HEADER + units + tokens
    children = defaultdict(list)
    bases, checks = double[::2], double[1::2]
    for place, check in enumerate(checks):
        children[check].append(place)
    size = struct.calcsize(ROW)
    stack = [(bases[0], b"")]
    while stack:
        base, word = stack.pop()
        for place in children[base]:
            letter = place - base - 1
            if letter == -1 and bases[place] < 0:
                value = -bases[place] - 1
                for number in range(value >> 8, (value >> 8) + (value & 255)):
                    *_, cost, offset, _ = struct.unpack_from(ROW, content, first + number * size)
                    end = content.index(b"\0", second + offset)
                    yield word.decode(), cost, content[second + offset : end].decode().split(",")
            elif 0 <= letter < 256 and bases[place] >= 0 and place:
                stack.append((bases[place], word + bytes([letter])))


def is_common(cost: int, features: list[str]) -> bool:
    """Return whether a row is of a noun that Korean texts are full of."""
    return features[0] == "NNG" and (features[1] != "*" or cost < COMMON)


def is_place(cost: int, features: list[str]) -> bool:
    """Return whether a row is of a well-known place."""
    return features[:2] == ["NNP", "지명"] and cost < PLACE


def read(path: Path) -> tuple[set[str], set[str]]:
    """Return the nouns and the names to keep; a word that is both counts as what is cheaper."""
    nouns: dict[str, int] = {}
    names = {name: 0 for code, name in Locale("ko").territories.items() if len(code) == 2 and is_hangul(name)}
    proper: dict[str, int] = {}
    for word, cost, features in rows(path):
        if SHORTEST <= len(word) <= LONGEST and is_hangul(word):
            if is_common(cost, features):
                pieces = [piece.split("/")[0] for piece in features[-1].split("+")]
                for piece in pieces if min(map(len, pieces)) >= SHORTEST else (word,):
                    nouns[piece] = min(cost, nouns.get(piece, cost))
            elif is_place(cost, features):
                names[word] = cost
            if features[0] == "NNP":
                proper[word] = min(cost, proper.get(word, cost))
    common = {word for word, cost in nouns.items() if cost <= proper.get(word, cost) and word not in names}
    known = nouns.keys() | names.keys()
    kept = {word for word in known if not is_compound(word, known)}
    return kept & common, kept - common


def is_compound(word: str, known: Container[str]) -> bool:
    return any(word[:cut] in known and word[cut:] in known for cut in range(SHORTEST, len(word) - SHORTEST + 1))


def is_hangul(text: str) -> bool:
    return all("가" <= character <= "힣" for character in text)


def write(nouns: set[str], names: set[str]) -> None:
    """Write both, a line for each first syllable."""
    lines = ["# Words that Korean compounds are cut into, by their first syllable: the rest of each."]
    lines.append("# From mecab-ko-dic (Apache License 2.0) and CLDR by bench/learn_korean.py: change that, not this.")
    for name, found in (("nouns", nouns), ("names", names)):
        lines.append(f"{name}:")
        for first, group in groupby(sorted(found), key=lambda word: word[0]):
            lines.append(f'  "{first}": "{" ".join(word[1:] for word in group)}"')
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dictionary", type=Path, help="sys.dic of mecab-ko-dic")
    nouns, names = read(parser.parse_args().dictionary)
    write(nouns, names)
    print(f"{len(nouns)} nouns, {len(names)} names")


if __name__ == "__main__":
    main()
