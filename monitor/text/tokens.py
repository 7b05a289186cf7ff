"""Cuts text into tokens: the one view of a text that terms and documents share.

What a token is:
- a run of letters of one script (Latin, Cyrillic, Hangul, Han with Kana, other); a run of digits;
- an apostrophe stays inside a Cyrillic word ("об'єкт"), and parts Latin words (`O'Brien`, `l'armée`, `Türkiye'nin`);
  the Latin possessive `'s` belongs to the gap, so that `Biden's` is the token `Biden`;
- a hyphenated compound is several tokens, with the hyphen in the gap between them;
- capitals each followed by a full stop are ONE token: `U.S.` has the key `us`, `N.K.` the key `nk`, `С.Ш.А.` the key
  `сша`. Its span runs from the first letter to the last full stop. `N. Korea` is two tokens.

A `TokenList` is a structure of arrays, because a document has thousands of tokens and the matcher looks at few. `keys`
is ready at once; the other arrays are made on first use. Offsets are always those of the text as it was given.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from monitor.text.normalise import APOSTROPHES, Normalised, key, normalise

GAP_LIMIT = 3  # separators between two words of a phrase; whitespace alone would lose 6 % of real mentions

_LATIN = "A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u1e00-\u1eff"
_CYRILLIC = "\u0400-\u0482\u048a-\u052f"
_HANGUL = "\uac00-\ud7a3"
_HAN = "\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e"
_TOKEN = re.compile(
    f"([{_CYRILLIC}{_MARKS}]+(?:'[{_CYRILLIC}]+)*|[{_LATIN}][{_LATIN}{_MARKS}]*|[{_HANGUL}]+|[0-9]+|[{_HAN}]+"
    f"|(?:(?![{_LATIN}{_CYRILLIC}{_HANGUL}{_HAN}0-9])[^\\W_][{_MARKS}]*)+)"
)
# Texts of these characters alone are lowered as one string: for them lower() is the key, ё aside, and keeps the length.
_PLAIN = re.compile(
    "[^\x00-\xa9\xab-\xac\xae-\xb1\xb4\xb6-\xb7\xbb\xbf-\xde\xe0-\u012f\u0134-\u0148\u014a-\u017e\u02bc\u0400-\u0482\u048a-\u04cc"
    "\u04cf-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20a7\u20a9-\u20bf\u2116\u2122\u2190-\u222b\u2500-\u27ff\u3001-\u3029\u3041-\u3096"
    "\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U0001f300-\U0001faff]"
)
_IS_CYRILLIC = re.compile(f"[{_CYRILLIC}]")
_IS_LATIN = re.compile(f"[{_LATIN}]")
_POSSESSIVE = re.compile(f"(?<=[{_LATIN}])'[sS](?![{_LATIN}{_CYRILLIC}0-9])")
_CUT = "\x00\x00"  # stands for a possessive in the text that is split: as long, and not counted as a separator
_NEW_PARAGRAPH = re.compile(r"\n[^\S\n]*\n|[\u2029\f]")
_SPACES = re.compile(r"\s+")
_JOINERS = frozenset(" -‐‑‒–—―−'\"«»„“”‚‘’‹›「」『』《》〈〉`´./&(),:·・")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its surface, its lookup key, its span in the text as given, and the separators before it."""

    text: str
    key: str
    start: int
    end: int
    gap: str = ""


class TokenList:
    """The tokens of one text, as arrays of one length.

    `keys`: lookup keys. `surfaces`: as written, normalised. `starts`, `ends`: offsets in the text as given. `gaps`: the
    separators before each token. `joins`: whether the gap before each token may stand inside a phrase. `caps_line`:
    whether the token stands in a line that is all in capitals.
    """

    def __init__(self, source: str, normalised: Normalised | None, parts: list[str], keys: list[str]) -> None:
        """Keep `parts` (gap, token, gap, …, gap) of the text; use `tokenise` instead."""
        self.source = source
        self._normalised = normalised
        self._text = source if normalised is None else normalised.text
        self._parts = parts
        self.keys = keys

    def __len__(self) -> int:
        """Give the number of tokens."""
        return len(self.keys)

    def __getitem__(self, index: int) -> Token:
        """Give one token as an object."""
        return Token(
            self.surfaces[index], self.keys[index], self.starts[index], self.ends[index], self.gaps[index]
        )

    def __iter__(self) -> Iterator[Token]:
        """Give the tokens as objects."""
        return map(Token, self.surfaces, self.keys, self.starts, self.ends, self.gaps)

    @cached_property
    def _bounds(self) -> list[int]:
        """Give where each part ends in the normalised text."""
        return list(accumulate(map(len, self._parts)))

    @cached_property
    def starts(self) -> list[int]:
        """Give where each token starts in the text as given."""
        return self._offsets[0]

    @cached_property
    def ends(self) -> list[int]:
        """Give where each token ends in the text as given."""
        return self._offsets[1]

    @cached_property
    def _offsets(self) -> tuple[list[int], list[int]]:
        starts, ends = self._bounds[0:-1:2], self._bounds[1::2]
        if self._normalised is None:
            return starts, ends
        spans = [self._normalised.origin(start, end) for start, end in zip(starts, ends, strict=True)]
        return [start for start, _ in spans], [end for _, end in spans]

    @cached_property
    def surfaces(self) -> list[str]:
        """Give each token as it is written, normalised."""
        text, bounds = self._text, self._bounds
        return [text[start:end] for start, end in zip(bounds[0:-1:2], bounds[1::2], strict=True)]

    @cached_property
    def gaps(self) -> list[str]:
        """Give the separators before each token; the possessive `'s` is not one."""
        return self._parts[0:-1:2]

    @cached_property
    def joins(self) -> list[bool]:
        """Tell for each token whether the gap before it may stand between the words of a phrase (see `joins`)."""
        known = {gap: joins(gap) for gap in set(self.gaps)}
        return list(map(known.__getitem__, self.gaps))

    @cached_property
    def caps_line(self) -> bytearray:
        """Give 1 for each token in a line of two words or more that is all in capitals, else 0."""
        flags = bytearray(len(self))
        start = 0
        for line in self.source.split("\n"):
            end = start + len(line)
            if line.isupper() and len(line.split(None, 2)) > 1:
                first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
                flags[first:last] = b"\x01" * (last - first)
            start = end + 1
        return flags


def joins(gap: str) -> bool:
    """Tell whether a gap may stand between two words of a phrase.

    At most `GAP_LIMIT` separators of the kinds space, dash, quotation mark, and `. / & ( ) , :`; a run of whitespace
    counts once; a paragraph break never joins.
    """
    if gap in {" ", "-", ""}:
        return True
    if _NEW_PARAGRAPH.search(gap):
        return False
    short = _SPACES.sub(" ", gap.replace("\x00", ""))
    return len(short) <= GAP_LIMIT and _JOINERS.issuperset(short)


def tokenise(text: str) -> TokenList:
    """Cut `text` into tokens. Linear in its length; any string is accepted."""
    if _PLAIN.search(text) is None:
        lowered = text.lower()
        parts = _split(lowered if lowered.isascii() else lowered.replace("ё", "е"))
        if not _mixes_scripts(parts):
            return _merge_initials(text, None, parts, parts[1::2])
    normalised = normalise(text)
    parts = _split(normalised.text)
    known = {surface: key(surface) for surface in set(parts[1::2])}
    return _merge_initials(text, normalised, parts, list(map(known.__getitem__, parts[1::2])))


def _split(text: str) -> list[str]:
    """Split into gap, token, gap, …, gap, with possessives taken out of the tokens. The length is kept."""
    if not text.isascii():
        for apostrophe in APOSTROPHES:
            text = text.replace(apostrophe, "'")
    if "'s" in text or "'S" in text:
        text = _POSSESSIVE.sub(_CUT, text)
    return _TOKEN.split(text)


def _mixes_scripts(parts: list[str]) -> bool:
    """Tell whether Latin and Cyrillic letters stand side by side: such words may hold look-alikes."""
    gaps = parts[2:-1:2]
    if "" not in gaps:
        return False
    return any(
        _IS_CYRILLIC.match(parts[2 * at + 1]) is not None and _IS_LATIN.match(parts[2 * at + 3]) is not None
        or _IS_LATIN.match(parts[2 * at + 1]) is not None and _IS_CYRILLIC.match(parts[2 * at + 3]) is not None
        for at, gap in enumerate(gaps)
        if not gap
    )


def _merge_initials(text: str, normalised: Normalised | None, parts: list[str], keys: list[str]) -> TokenList:
    """Make one token of each run of single capitals with a full stop after each."""
    gaps = parts[2:-1:2]
    whole = text if normalised is None else normalised.text
    if "." not in gaps:
        return TokenList(text, normalised, parts, keys)
    bounds = list(accumulate(map(len, parts)))
    runs: list[list[int]] = []
    for at, gap in enumerate(gaps):
        first, second = 2 * at + 1, 2 * at + 3
        if gap != "." or len(parts[first]) != 1 or len(parts[second]) != 1:
            continue
        if not (whole[bounds[first] - 1].isupper() and whole[bounds[second] - 1].isupper()):
            continue
        if runs and runs[-1][1] == at:
            runs[-1][1] = at + 1
        else:
            runs.append([at, at + 1])
    for first, last in reversed(runs):
        _merge(parts, keys, first, last)
    return TokenList(text, normalised, parts, keys)


def _merge(parts: list[str], keys: list[str], first: int, last: int) -> None:
    """Make one token of the tokens `first` to `last`, with the full stop after them where there is one."""
    left, right = 2 * first + 1, 2 * last + 2
    word, after = "".join(parts[left:right]), parts[right]
    if after.startswith("."):
        word, after = word + ".", after[1:]
    parts[left : right + 1] = [word, after]
    keys[first : last + 1] = ["".join(keys[first : last + 1])]
