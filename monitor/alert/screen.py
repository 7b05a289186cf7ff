"""A message's lines on a terminal: folded by columns, whole characters kept, bold as ANSI escapes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import regex

from monitor.alert.layout import Line, Run
from monitor.alert.plain import bare

_CLUSTER = regex.compile(r"\X")
_BOLD, _BOLD_OFF, _DIM, _DIM_OFF = "\x1b[1m", "\x1b[22m", "\x1b[2m", "\x1b[22m"


def wrapped(line: Line, width: int, *, colour: bool) -> list[str]:
    """Fold a line to rows of at most `width` columns; the address of a link stands below it, never folded.

    A terminal has no mentions to break, and most show the signs of direction as boxes: they are left out.
    """
    line = tuple(Run(bare(run.text), run.bold, run.link) for run in line)
    text = "".join(run.text for run in line)
    if not text:
        return [""]
    bold = [run.bold for run in line for _ in run.text]
    rows = [_marked(text, bold, start, end) if colour else text[start:end] for start, end in _fold(text, width)]
    return rows + [faint(run.link, colour=colour) for run in line if run.link]


def faint(text: str, *, colour: bool) -> str:
    """Give text that steps back."""
    return f"{_DIM}{text}{_DIM_OFF}" if colour else text


def columns(text: str) -> int:
    """Count the columns that text takes: Hangul, Han and emoji take two, accents none (UAX #11)."""
    return sum(map(_columns, (found.group() for found in _CLUSTER.finditer(text))))


def _fold(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Give (start, end) of each row: broken at a space where there is one, else between two characters."""
    start, space, used, after = 0, -1, 0, 0  # `after`: the columns used since the last space
    for cluster in _CLUSTER.finditer(text):
        at, wide = cluster.start(), _columns(cluster.group())
        if used + wide > width and at > start:
            if text[at] == " ":
                yield start, at
                start, space, used, after = at + 1, at, 0, 0
                continue
            end = space if space > start else at
            yield start, end
            used = after if end == space else 0
            start = end + (end == space)
        used, after = used + wide, after + wide
        if text[at] == " ":
            space, after = at, 0
    yield start, len(text)


def _columns(cluster: str) -> int:
    first = cluster[0]
    if "\ufe0f" in cluster or unicodedata.east_asian_width(first) in "WF" or "\U0001f1e6" <= first <= "\U0001f1ff":
        return 2
    return 0 if unicodedata.combining(first) else 1


def _marked(text: str, bold: Sequence[bool], start: int, end: int) -> str:
    parts: list[str] = []
    on = False
    for index in range(start, end):
        if bold[index] != on:
            on = bold[index]
            parts.append(_BOLD if on else _BOLD_OFF)
        parts.append(text[index])
    return "".join(parts) + (_BOLD_OFF if on else "")
