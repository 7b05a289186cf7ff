"""The difference of two texts by words: paragraphs are compared first, then the words of those that changed."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

_EACH = "\u3400-\u9fff\u3040-\u30ff"  # scripts without spaces: each character is a word
_WORDS = re.compile(rf"\s+|[{_EACH}]|[^\W{_EACH}]+(?:['’ʼ-][^\W{_EACH}]+)*|[^\w\s]")
_MOST = 1_500  # words, spaces and paragraphs taken out or put in: beyond it a text counts as replaced
_BEGINNING = array("i", [0])
_CONTEXT = 40  # characters of what stayed, on each side of a change, in a brief difference


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A piece of text that stayed ('='), was taken out ('-') or put in ('+')."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class WordCount:
    """How many words were put in and taken out."""

    added: int
    removed: int


def word_diff(old: str, new: str) -> list[DiffPiece]:
    """Return the pieces that make `old` of '=' and '-', and `new` of '=' and '+', in order."""
    ours, theirs = _paragraphs(old), _paragraphs(new)
    pieces: list[DiffPiece] = []
    for tag, one, other in _blocks(ours, theirs):
        if tag == "equal":
            pieces.append(DiffPiece("=", "".join(one)))
        else:
            pieces += _by_words(_WORDS.findall("".join(one)), _WORDS.findall("".join(other)))
    return _merged(pieces)


def counted(pieces: Sequence[DiffPiece]) -> WordCount:
    """Return how many words changed."""
    count = {
        sign: sum(
            any(map(str.isalnum, word)) for each in pieces if each.sign == sign for word in _WORDS.findall(each.text)
        )
        for sign in "+-"
    }
    return WordCount(count["+"], count["-"])


def written(pieces: Sequence[DiffPiece]) -> str:
    """Return a difference as a text: [-taken out-] {+put in+}, as `wdiff` and `git diff --word-diff` write it."""
    marks = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    return "".join(marks[each.sign].format(each.text) for each in pieces)


def brief(pieces: Sequence[DiffPiece], most: int = 240) -> str:
    """Return the first changes of a difference on one line, with some words around them."""
    shown: list[DiffPiece] = []
    for place, each in enumerate(pieces):
        text = each.text
        if each.sign == "=":
            head = "" if place == 0 else text[:_CONTEXT]
            tail = "" if place == len(pieces) - 1 else text[-_CONTEXT:]
            text = text if len(text) <= 2 * _CONTEXT and head and tail else f"{head} … {tail}"
        shown.append(DiffPiece(each.sign, text))
    line = " ".join(written(shown).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _paragraphs(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n+|[^\n]+\Z", text)


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """Yield runs that are equal, and between them what replaces what."""
    place = other = 0
    for start, begin, length in [*_common_runs(old, new), (len(old), len(new), 0)]:
        if start > place or begin > other:
            yield "replace", old[place:start], new[other:begin]
        if length:
            yield "equal", old[start : start + length], new[begin : begin + length]
        place, other = start + length, begin + length


def _common_runs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the runs that a shortest edit keeps, in order: their place in `old`, in `new`, and their length.

    Where more than `_MOST` are taken out and put in, only what both begin and end with counts as kept. Time grows with
    the length times the changes, at worst: difflib's grows with the cube where words repeat (1,000 spaces: 42 s).
    Source: E. Myers, An O(ND) difference algorithm and its variations, Algorithmica 1986.
    """
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    inner, outer = old[head : len(old) - tail], new[head : len(new) - tail]
    kept = [(0, 0, head)] if head else []
    kept += [(x + head, y + head, length) for x, y, length in _snakes(inner, outer)]
    return [*kept, (len(old) - tail, len(new) - tail, tail)] if tail else kept


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many pieces both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _snakes(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the runs in common of a shortest edit; none where it takes more than `_MOST` changes."""
    reached: list[array[int]] = []  # after each number of changes, the furthest place in `old` on each diagonal
    last = _BEGINNING
    for changes in range(min(_MOST, len(old) + len(new)) + 1):
        now = array("i")
        for step in range(0, 2 * changes + 1, 2):  # the diagonal x - y is step - changes
            x, _ = _next_x(last, step, changes)
            y = x - (step - changes)
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            now.append(x)
            if x >= len(old) and y >= len(new):
                return _traced(reached, len(old), len(new))
        reached.append(now)
        last = now
    return []


def _next_x(last: array[int], step: int, changes: int) -> tuple[int, bool]:
    """Return where one more change leads on a diagonal, and whether it is an insertion, from the diagonal above.

    Else it is a deletion, from the one below. Without changes it leads from the beginning to there.
    """
    place = step // 2
    if place == 0 or (place < changes and last[place - 1] < last[place]):
        return last[place], True
    return last[place - 1] + 1, False


def _traced(reached: Sequence[array[int]], x: int, y: int) -> list[tuple[int, int, int]]:
    """Walk back from the end of both texts; returns the runs in common, in order."""
    runs = []
    for changes in range(len(reached), -1, -1):
        step = x - y + changes
        start, inserted = _next_x(reached[changes - 1] if changes else _BEGINNING, step, changes)
        if x > start:
            runs.append((start, start - (x - y), x - start))
        y = start - (x - y)
        x, y = (start, y - 1) if inserted else (start - 1, y)
    return runs[::-1]


def _by_words(old: Sequence[str], new: Sequence[str]) -> list[DiffPiece]:
    pieces = []
    for tag, one, other in _blocks(old, new):
        if tag == "equal":
            pieces.append(DiffPiece("=", "".join(one)))
            continue
        pieces += [DiffPiece(sign, "".join(words)) for sign, words in (("-", one), ("+", other)) if words]
    return pieces


def _merged(pieces: Sequence[DiffPiece]) -> list[DiffPiece]:
    """Join neighbours of one sign, and changes with nothing but a space between them."""
    merged: list[DiffPiece] = []
    gap = ""
    for each in pieces:
        if each.sign == "=" and not each.text.strip() and "\n" not in each.text and merged and merged[-1].sign != "=":
            gap = each.text
            continue
        if gap:  # another change follows: a paragraph's last space has a line feed
            merged = _extended(_extended(merged, DiffPiece("-", gap)), DiffPiece("+", gap))
        gap = ""
        merged = _extended(merged, each)
    return [*merged, DiffPiece("=", gap)] if gap else merged


def _extended(pieces: list[DiffPiece], piece: DiffPiece) -> list[DiffPiece]:
    """Add a piece; within one change what was taken out comes before what was put in."""
    for place in range(len(pieces) - 1, -1, -1):
        if pieces[place].sign == piece.sign:
            pieces[place] = DiffPiece(piece.sign, pieces[place].text + piece.text)
            return pieces
        if "=" in (pieces[place].sign, piece.sign):
            break
    if piece.sign == "-" and pieces and pieces[-1].sign == "+":
        pieces.insert(len(pieces) - 1, piece)
    else:
        pieces.append(piece)
    return pieces
