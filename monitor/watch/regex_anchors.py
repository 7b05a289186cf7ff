"""Letters that every match of a regular expression holds, so that an index of words can find its candidates.

The expression is read by the parser of Python's own `re`; where that does not take it (it is written for `regex`),
there are no anchors. What is found is only ever too little: an anchor that a match may lack would hide articles.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from re import _constants as op
from re import _parser
from typing import Any, NamedTuple

from monitor.text.normalise import key as key_of

SHORTEST = 3
"""Letters of an anchor, but for Hangul and Han, of which two say as much."""
_MOST_WAYS = 64
"""Ways through an expression with alternatives that are followed."""
_MOST_TIMES = 3  # of a repetition that are written out
_MOST_ITEMS = 500  # of an expression, with its repetitions written out
_FUZZY = re.compile(r"(?<!\\)\{(?!\d*,?\d*\})")
"""A brace that is no count: `(?:foo){e<=1}` matches what is merely like it, which only `regex` knows."""
_PIECE = re.compile("([a-z]+|[а-яіїєґѐ-џ]+|[0-9]+)|[가-힣]+|[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]+")
_EDGES = frozenset(' -.,:;!?()[]{}/\\"#%&*+=<>@|~$^\n\t')
"""Characters after which a token begins."""


class Anchor(NamedTuple):
    """Letters in a token's key: at its beginning, or (`inside`) anywhere in it."""

    text: str
    inside: bool


Way = tuple[Anchor, ...]


def anchors(pattern: str) -> tuple[Way, ...]:
    """Return the ways to match an expression, each as anchors that stand in the text together; () where one has none.

    They count for texts that normalising leaves alone.
    """
    if _FUZZY.search(pattern):
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = list(_parser.parse(pattern))
        found = list(islice(_ways(parsed), _MOST_WAYS + 1))
    except (re.error, OverflowError, RecursionError):
        return ()
    ways = []
    for runs in found:
        way = tuple(dict.fromkeys(anchor for run in runs for anchor in _of_run(run)))
        if not way:
            return ()
        ways.append(way)
    return tuple(dict.fromkeys(ways)) if len(ways) <= _MOST_WAYS else ()


def _ways(items: Sequence[Any]) -> Iterator[list[str]]:
    """Yield the runs of characters on each way through an expression; a run that begins with a space has an edge.

    Raises OverflowError where it is too long, written out.
    """
    if len(items) > _MOST_ITEMS:
        raise OverflowError
    for at, (code, value) in enumerate(items):
        rest = list(items[at + 1 :])
        if code is op.BRANCH:
            for branch in value[1]:
                yield from _ways([*items[:at], *branch, *rest])
            return
        if code is op.SUBPATTERN:
            yield from _ways([*items[:at], *value[3], *rest])
            return
        if code is op.ATOMIC_GROUP:
            yield from _ways([*items[:at], *value, *rest])
            return
        if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            least, most, body = value
            times = min(least, _MOST_TIMES)
            end = [] if least == most == times else [(op.ANY, None)]
            yield from _ways([*items[:at], *(list(body) * times), *end, *rest])
            return
    yield _runs(items)


def _runs(items: Sequence[Any]) -> list[str]:
    runs = [""]
    for code, value in items:
        if code is op.LITERAL:
            runs[-1] += chr(value)
        elif code is op.AT and value is op.AT_BOUNDARY:
            runs.append(" ")
        else:
            runs.append("")
    return runs


def _of_run(run: str) -> Iterator[Anchor]:
    """Yield the anchors in consecutive characters."""
    lowered = key_of(run) if run.strip() else ""
    run = f" {lowered}" if run[:1] == " " and lowered[:1] != " " else lowered
    for found in _PIECE.finditer(run):
        letters = found.group()
        if found.lastindex:
            if len(letters) >= SHORTEST:
                yield Anchor(letters, inside=run[max(found.start() - 1, 0) : found.start()] not in _EDGES)
        elif len(letters) > 1:
            yield Anchor(letters, inside=True)
