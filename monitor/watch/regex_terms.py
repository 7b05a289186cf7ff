"""Regular expressions that a user may write: checked when loaded, bounded in time when run.

A backtracking engine needs exponential time where one repetition holds another, or where a repeated group can read the
same text in two ways; see Weideman et al., "Analyzing matching time behavior of backtracking regular expression
matchers by using ambiguity of NFA" (CIAA 2016). Those shapes are refused by reading the expression, so that a bad one
fails when the configuration is loaded and not at night. What is left is polynomial at worst, and `finditer` stops it
by the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import regex

MAX_LENGTH = 300
MAX_REPEAT = 1000
"""The largest bound in `{n,m}`."""
_MAX_SIZE = 2_500
"""Characters of an expression whose least repetitions are written out: the engine does so when it compiles one (250
bytes each), and `(?:(?:a{1000}){1000}){10}` takes 3 GB of memory."""
_SMALL_REPEAT = 3
"""A repetition up to this often counts as a fixed one: nesting it stays harmless."""
_MAX_OPEN_ENDS = 4
"""Open-ended repetitions side by side: each adds a power to the worst time."""
_SECONDS_BASE = 0.05
_SECONDS_PER_CHARACTER = 1e-6

_PATIENCE = 3

_PIECE = re.compile(
    r"\\.|\((?:\?(?:[:>=!]|<[=!]|P?<\w+>))?|\[\^?\]?(?:\\.|[^\]\\])*\]?|\{(\d*)(?:,\d*)?\}|.", re.DOTALL
)
_OTHER_GROUP = re.compile(r"\(\?(?![:>=!]|<[=!]|P?<\w+>)")
_SPECIAL_GROUPS = ("?:", "?>", "?=", "?!", "?<=", "?<!")


@dataclass(slots=True)
class _RegexPart:
    """Properties of a part of an expression."""

    width: int = 0  # the least number of characters it matches
    open_ends: int = 0  # repetitions without a small bound, anywhere in it
    ambiguous: bool = False  # alternatives that may begin alike
    heads: frozenset[str] | None = frozenset()  # characters it may begin with; None = unknown


def compile_expression(pattern: str) -> regex.Pattern[str]:
    """Compile a user's expression; case is folded unless all its letters are capitals.

    Raises ValueError, with what is wrong and what would be right, where it is invalid, matches nothing at all
    (the empty text), or may need exponential time.
    """
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"the regular expression is longer than {MAX_LENGTH} characters: split it with OR")
    if _size(pattern) > _MAX_SIZE:
        raise ValueError("the regular expression is too long with its repetitions written out: lower their bounds")
    flags = regex.UNICODE if _in_capitals(pattern) else regex.UNICODE | regex.IGNORECASE
    try:
        compiled = regex.compile(pattern, flags)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"the regular expression is not valid ({error}): check brackets and backslashes") from error
    piece = _RegexReader(pattern).read()
    if piece.width == 0:
        raise ValueError("the regular expression matches empty text: use + where there is *, or add a letter")
    if piece.open_ends > _MAX_OPEN_ENDS:
        raise ValueError(
            f"the regular expression has more than {_MAX_OPEN_ENDS} open-ended repetitions and may take too long: "
            "give them bounds, such as {0,3}, or use NEAR"
        )
    return compiled


def find(pattern: regex.Pattern[str], text: str, *, slow: int = 0) -> list[tuple[int, int]]:
    """Return the start and end of each match that is not empty, in order.

    Raises TimeoutError where it takes more than 50 ms plus one second a million characters; a tenth of that where
    `_PATIENCE` expressions have been too `slow` for this text already, so that many bad ones stall it no longer.
    """
    seconds = (_SECONDS_BASE + _SECONDS_PER_CHARACTER * len(text)) / (1 if slow < _PATIENCE else 10)
    return [found.span() for found in pattern.finditer(text, timeout=seconds) if found.end() > found.start()]


def _size(pattern: str) -> int:
    """Return at least how many characters an expression has with its least repetitions written out, if it is valid."""
    sizes, last, product = [0], 0, 1
    for found in _PIECE.finditer(pattern):
        piece, bound = found[0], max(int(found[1] or 0), 1)
        if bound > MAX_REPEAT:
            raise _repeats_too_often()
        if piece.startswith("("):
            sizes.append(0)
        elif piece == ")":
            last = max(sizes.pop(), 1) if len(sizes) > 1 else 0
            sizes[-1] += last
        elif found[1] is not None:
            sizes[-1] += last * (bound - 1)
            last, product = last * bound, product * bound
        elif piece not in ("?", "*", "+"):
            sizes[-1] += 1
            last = 1
    # Under other flags spaces and comments may stand before a repetition: what it repeats is not known here.
    return len(pattern) * product if _OTHER_GROUP.search(pattern) else sum(sizes)


def _repeats_too_often() -> ValueError:
    return ValueError(f"the regular expression repeats more than {MAX_REPEAT} times: lower the bound")


def _in_capitals(pattern: str) -> bool:
    letters = [char for char in regex.sub(r"\\p\{\w+\}|\\.|\(\?P?<\w+>", "", pattern) if char.isalpha()]
    return bool(letters) and all(char.isupper() for char in letters)


def _dangerous(what: str) -> ValueError:
    return ValueError(
        f"the regular expression may take exponential time ({what}): "
        "give the inner repetition a small bound, such as {1,3}, or write the alternatives apart with OR"
    )


class _RegexReader:
    """Walk over an expression that the engine has accepted; refuses catastrophic backtracking."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def read(self) -> _RegexPart:
        piece = self._alternatives()
        if self.at < len(self.pattern):
            raise ValueError("the regular expression has a bracket too many: write \\) for the character")
        return piece

    def _peek(self, size: int = 1) -> str:
        return self.pattern[self.at : self.at + size]

    def _alternatives(self) -> _RegexPart:
        parts = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        heads, ambiguous = _join_heads(part.heads for part in parts)
        return _RegexPart(
            width=min(part.width for part in parts),
            open_ends=max(part.open_ends for part in parts),
            ambiguous=ambiguous or any(part.ambiguous for part in parts),
            heads=heads,
        )

    def _sequence(self) -> _RegexPart:
        whole = _RegexPart()
        started = False
        while self._peek() not in ("", "|", ")"):
            part = self._repeated(self._atom())
            if not started:
                # An optional beginning is not a sure one: what follows may begin the text too.
                whole.heads = part.heads if part.width else None
                started = True
            whole.width += part.width
            whole.open_ends += part.open_ends
            whole.ambiguous = whole.ambiguous or part.ambiguous
        return whole

    def _repeated(self, part: _RegexPart) -> _RegexPart:
        least, most = self._quantifier()
        possessive = False
        if (least, most) != (1, 1) and self._peek() in ("?", "+"):
            possessive = self._peek() == "+"
            self.at += 1
        if self._peek() and self._peek() in "*+?":
            raise ValueError("the regular expression repeats a repetition: put the inner one in brackets")
        if most > _SMALL_REPEAT:
            if part.open_ends and not possessive:
                raise _dangerous("one repetition inside another")
            if part.width == 0 and not possessive:
                raise _dangerous("a repeated part that may be empty")
            if part.ambiguous and not possessive:
                raise _dangerous("repeated alternatives that may begin alike")
        open_ends = 0 if possessive else part.open_ends * max(1, min(most, _SMALL_REPEAT)) + (most > _SMALL_REPEAT)
        return _RegexPart(part.width * least, open_ends, part.ambiguous and not possessive, part.heads)

    def _quantifier(self) -> tuple[int, int]:
        char = self._peek()
        if char and char in "*+?":
            self.at += 1
            return {"*": (0, MAX_REPEAT + 1), "+": (1, MAX_REPEAT + 1), "?": (0, 1)}[char]
        bounds = regex.compile(r"\{(\d*)(,?)(\d*)\}").match(self.pattern, self.at)
        if not bounds or bounds.group(0) in ("{}", "{,}"):
            return (1, 1)
        self.at = bounds.end()
        low = int(bounds.group(1) or 0)
        high = int(bounds.group(3) or MAX_REPEAT + 1) if bounds.group(2) else low
        if low > MAX_REPEAT or (bounds.group(3) and high > MAX_REPEAT):
            raise _repeats_too_often()
        return low, high

    def _atom(self) -> _RegexPart:
        char = self._peek()
        self.at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._set()
        if char == "\\":
            return self._escape()
        if char in "^$":
            return _RegexPart(heads=None)
        if char == ".":
            return _RegexPart(width=1, heads=None)
        return _RegexPart(width=1, heads=frozenset({char.casefold()[:1]}))

    def _group(self) -> _RegexPart:
        opening = next(
            (mark for mark in sorted(_SPECIAL_GROUPS, key=len, reverse=True) if self._peek(4).startswith(mark)), None
        )
        if opening is None and self._peek() == "?":
            named = regex.compile(r"\?P?<\w+>").match(self.pattern, self.at)
            if not named:
                raise ValueError(
                    "the regular expression has a kind of group that is not taken (recursion, conditions, flags): "
                    "use (?: … )"
                )
            self.at = named.end()
        self.at += len(opening or "")
        inside = self._alternatives()
        self.at += 1  # the closing bracket: the engine has checked that it is there
        if opening in ("?=", "?!", "?<=", "?<!"):
            return _RegexPart(open_ends=inside.open_ends, heads=None)
        if opening == "?>":
            return _RegexPart(inside.width, 0, ambiguous=False, heads=inside.heads)
        return inside

    def _set(self) -> _RegexPart:
        self.at += 1 if self._peek() == "^" else 0
        self.at += 1  # a first ] stands for itself
        while self._peek() not in ("]", ""):
            if self._peek() == "[":
                raise ValueError("the regular expression has a [ inside brackets: write \\[")
            self.at += 2 if self._peek() == "\\" else 1
        self.at += 1
        return _RegexPart(width=1, heads=None)

    def _escape(self) -> _RegexPart:
        char = self._peek()
        self.at += 1
        if char.isdigit() or char in "gkKGRX":
            raise ValueError(
                f"the regular expression uses \\{char}, which is not taken: references make it slow; repeat the text"
            )
        if char in "bBAZmM":
            return _RegexPart(heads=None)
        if char in "pPN" and self._peek() == "{":
            self.at = self.pattern.index("}", self.at) + 1
            return _RegexPart(width=1, heads=None)
        if char in "xuU":
            self.at += {"x": 2, "u": 4, "U": 8}[char]
            return _RegexPart(width=1, heads=None)
        if char.isalpha():
            return _RegexPart(width=1, heads=None)
        return _RegexPart(width=1, heads=frozenset({char}))


def _join_heads(all_heads: Iterator[frozenset[str] | None]) -> tuple[frozenset[str] | None, bool]:
    """Return the union, and whether two of them may share a character."""
    union: set[str] = set()
    unknown = False
    shared = False
    for heads in all_heads:
        if not heads:
            unknown = True
            continue
        shared = shared or bool(union & heads)
        union |= heads
    return (None if unknown else frozenset(union)), shared or unknown
