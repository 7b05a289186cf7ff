"""The difference of two texts by words: paragraphs are compared first, then the words of those that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_EACH = "\u3400-\u9fff\u3040-\u30ff"  # scripts without spaces: each character is a word
_WORDS = re.compile(rf"\s+|[{_EACH}]|[^\W{_EACH}]+(?:['’ʼ-][^\W{_EACH}]+)*|[^\w\s]")
_MOST = 4_000_000  # pairs of words that are compared one by one: more is a text replaced
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
    if len(old) * len(new) > _MOST:
        yield "replace", old, new
        return
    for tag, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield tag, old[start:end], new[begin:stop]


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
