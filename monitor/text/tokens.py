"""Tokenising, the same for terms and documents.

What a token is:
- a run of letters of one script (Latin, Cyrillic, Hangul, Han with Kana, other); a run of digits;
- an apostrophe stays inside a Cyrillic word ("об'єкт"), and parts Latin words (`O'Brien`, `l'armée`, `Türkiye'nin`);
  the Latin possessive `'s` belongs to the gap, so that `Biden's` is the token `Biden`;
- a hyphenated compound is several tokens, with the hyphen in the gap between them;
- capitals each followed by a full stop are ONE token: `U.S.` has the key `us`, `N.K.` the key `nk`, `С.Ш.А.` the key
  `сша`. Its span runs from the first letter to the last full stop. `N. Korea` is two tokens;
- so are countries that stand for themselves by one syllable, with middle dots between: `한·미의` has the key `한미의`.

A `TokenList` is a structure of arrays, because a document has thousands of tokens and the matcher looks at few. `keys`
is ready at once; the other arrays are made on first use. Offsets are always those of the text as it was given.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import accumulate, compress, islice
from operator import not_
from typing import Protocol

from monitor.text import bytewise
from monitor.text.normalise import (
    APOSTROPHES,
    MIDDLE_DOTS,
    QUOTE_APOSTROPHE,
    TWO_APOSTROPHES,
    Normalised,
    concatenated,
    key,
    normalise,
    unchanged,
)

GAP_LIMIT = 3  # separators between two words of a phrase; whitespace alone would lose 6 % of real mentions

_LATIN = "A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u1e00-\u1eff"
_CYRILLIC = "\u0400-\u0482\u048a-\u052f"
_HANGUL = "\uac00-\ud7a3"
_HAN = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc\u0900-\u0903"
    "\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
)
_TOKEN = re.compile(
    f"([{_CYRILLIC}{_MARKS}]+(?:'[{_CYRILLIC}]+)*|[{_LATIN}][{_LATIN}{_MARKS}]*|[{_HANGUL}]+|[0-9]+|[{_HAN}]+"
    f"|(?:(?![{_LATIN}{_CYRILLIC}{_HANGUL}{_HAN}0-9])[^\\W_\u318d][{_MARKS}]*)+)"
)
# Texts of these characters alone are lowered as one string: for them lower() is the key, ё aside, and keeps the length.
_PLAIN = re.compile(
    "[^\x00-\xa9\xab-\xac\xae-\xb1\xb4\xb6-\xb7\xbb\xbf-\xde\xe0-\u012f\u0134-\u0148\u014a-\u017e\u02bc\u0400-\u0482\u048a-\u04cc"
    "\u04cf-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20a7\u20a9-\u20bf\u2116\u2122\u2190-\u222b\u2500-\u27ff\u3001-\u3029\u3041-\u3096"
    "\u30a1-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U0001f300-\U0001faff]"
)
_IS_MIXED = re.compile(f"[{_CYRILLIC}][{_LATIN}]|[{_LATIN}][{_CYRILLIC}]")
_POSSESSIVE = re.compile(f"(?<=[{_LATIN}])'[sS](?![{_LATIN}{_CYRILLIC}0-9])")
_CUT = "\x00\x00"  # stands for a possessive in the text that is split
_HUMP = re.compile("[a-zа-яґєії](?=[A-ZА-ЯҐЄІЇ])")
_NEW_PARAGRAPH = re.compile(r"\n[^\S\n]*\n|[\u2029\f]")
_SPACES = re.compile(r"\s+")
_STOP = re.compile(r"\.\S*\s")
_JOINERS = frozenset(" -‐‑‒–—―−'\"«»„“”‚‘’‹›「」『』《》〈〉`´./&(),:" + MIDDLE_DOTS)
_MIDDLE_DOTS = frozenset(MIDDLE_DOTS)
_NATIONS = "남독러미북불영일중한"
"""Syllables that stand for countries side by side: 한·미, 북·중·러."""
# The last one may be written together with more, but not be the beginning of a country's or a region's whole name.
_WHOLE_NAMES = "미국|중국|한국|영국|일본|독일|북한|남한|러시아|불가리|미얀|중동|중앙|중남미|남미|북미|남아|북유럽"
_NATION = re.compile(f"(?!{_WHOLE_NAMES})[{_NATIONS}]")


Spans = tuple[list[int], list[int]]


class Layout(Protocol):
    """The positions of the tokens of a (normalised) text."""

    def spans(self) -> Spans:
        """Return where each token starts and ends."""
        ...


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
    separators before each token (the possessive `'s` among them). `joins`: whether the gap before each token may stand
    inside a phrase. `caps_line`: whether the token stands in a line that is all in capitals.

    Made by `tokenise`.
    """

    def __init__(
        self,
        source: str,
        keys: list[str],
        layout: Layout,
        normalised: Normalised | None = None,
        *,
        alphabetic: bool = False,
    ) -> None:
        self.source = source
        self.keys = keys
        self.alphabetic = alphabetic
        """True where it is sure that no token is Hangul, Han or Kana."""
        self.layout = layout
        self.normalised = normalised

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.keys)

    def __getitem__(self, index: int) -> Token:
        """Return one token as an object."""
        return Token(self.surfaces[index], self.keys[index], self.starts[index], self.ends[index], self.gaps[index])

    def __iter__(self) -> Iterator[Token]:
        """Return the tokens as objects."""
        return map(Token, self.surfaces, self.keys, self.starts, self.ends, self.gaps)

    @cached_property
    def _places(self) -> Spans:
        """Return where each token starts and ends in the normalised text."""
        return self.layout.spans()

    @cached_property
    def _offsets(self) -> Spans:
        """Return where each token starts and ends in the text as given."""
        return self._places if self.normalised is None else self.normalised.origins_of(*self._places)

    @property
    def as_given(self) -> bool:
        """Return whether normalising left every character where it was: surfaces are then slices of `source`."""
        return self.normalised is None

    @cached_property
    def starts(self) -> list[int]:
        """Return where each token starts in the text as given."""
        return self._offsets[0]

    @cached_property
    def ends(self) -> list[int]:
        """Return where each token ends in the text as given."""
        return self._offsets[1]

    @cached_property
    def _text(self) -> str:
        """Return the normalised text, apostrophes in their one spelling."""
        return _straighten(self.source if self.normalised is None else self.normalised.text)

    @cached_property
    def surfaces(self) -> list[str]:
        """Return each token as it is written, normalised."""
        text = self._text
        return [text[start:end] for start, end in zip(*self._places, strict=True)]

    @cached_property
    def gaps(self) -> list[str]:
        """Return the separators before each token."""
        text = self._text
        starts, ends = self._places
        return [text[end:start] for end, start in zip([0, *ends[:-1]], starts, strict=True)] if starts else []

    @cached_property
    def joins(self) -> list[bool]:
        """Return for each token whether the gap before it may stand between the words of a phrase (see `joins`)."""
        known = {gap: joins(gap) for gap in set(self.gaps)}
        return list(map(known.__getitem__, self.gaps))

    @cached_property
    def caps_line(self) -> bytearray:
        """Return 1 for each token in a line of two words or more that is all in capitals, else 0."""
        flags = bytearray(len(self))
        start = 0
        for line in self.source.split("\n"):
            end = start + len(line)
            if line.isupper() and len(line.split(None, 2)) > 1:
                first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
                flags[first:last] = b"\x01" * (last - first)
            start = end + 1
        return flags

    @cached_property
    def humps(self) -> list[int]:
        """Return where in the text as given a capital follows a small letter, the first of these places."""
        if isinstance(self.layout, bytewise.TokenisedText | _Joined):
            return self.layout.humps
        return [found.start() + 1 for found in islice(_HUMP.finditer(self.source), bytewise.MOST_HUMPS)]

    def cuts(self) -> dict[int, list[int]]:
        """Return for each token with capitals inside where its parts begin in the text as given."""
        found: dict[int, list[int]] = {}
        for place in self.humps:
            at = bisect_right(self.starts, place) - 1
            if at >= 0 and self.starts[at] < place < self.ends[at]:  # else a token of another script begins there
                found.setdefault(at, [self.starts[at]]).append(place)
        return found

    @cached_property
    def lower_line(self) -> bytearray:
        """Return 1 for each token in a line of letters without any capital, else 0."""
        flags = bytearray(len(self))
        start = 0
        for line in self.source.split("\n"):
            end = start + len(line)
            if line.islower():
                first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
                flags[first:last] = b"\x01" * (last - first)
            start = end + 1
        return flags


def joins(gap: str) -> bool:
    """Return whether a gap may stand between two words of a phrase.

    At most `GAP_LIMIT` separators of the kinds space, dash, quotation mark, and `. / & ( ) , :`; a run of white space
    and a possessive `'s` count once; a paragraph break never joins. What a gap may mean is decided by `joint`.
    """
    if gap in {" ", "-", ""}:
        return True
    if _NEW_PARAGRAPH.search(gap):
        return False
    if len(gap) > 1 and gap[1] in "sS":
        gap = gap[:1] + gap[2:]
    short = _SPACES.sub(" ", gap)
    return len(short) <= GAP_LIMIT and _JOINERS.issuperset(short)


class Joint(IntEnum):
    """What a gap between two words of a phrase is."""

    NONE = 0  # the words stand apart
    PLAIN = 1
    COMMA = 2  # parts, unless the phrase has a comma itself, or digits stand around it: '1,000'
    STOP = 3  # a full stop and a space: parts where a sentence ends there
    NUMBER = 4  # '№' or '#': joins where a number follows


@lru_cache(maxsize=4096)
def joint(gap: str) -> Joint:
    """Return what a gap, as given or normalised, is between two words of a phrase."""
    if not (joins(gap) or (not gap.isascii() and joins(normalise(gap).text))):
        bare = gap.replace("№", "", 1) if "№" in gap else gap.replace("#", "", 1)
        return Joint.NUMBER if bare != gap and not bare.strip() and joins(bare) else Joint.NONE
    if "," in gap:
        return Joint.COMMA
    return Joint.STOP if _STOP.search(gap) else Joint.PLAIN


@lru_cache(maxsize=4096)
def joins_by(gap: str, own: str) -> bool:
    """Return whether a gap joins two words between which a term itself has `own`: 'noc@x.com', 'Указ № 64'."""
    text = gap if gap.isascii() else normalise(gap).text
    if _NEW_PARAGRAPH.search(text):
        return False
    rest = "".join(char for char in text if char not in own or char == " ")
    return joint(rest) is Joint.PLAIN and len(_SPACES.sub(" ", text)) <= GAP_LIMIT + len(own)


def tokenise(text: str) -> TokenList:
    """Cut `text` into tokens. Linear in its length; any string is accepted."""
    simple = _simply(text)
    if simple is not None:
        return simple
    runs = bytewise.stretches(text)
    return _generally(text) if runs is None else _apart(text, [text[start:end] for start, end in runs])


def _simply(text: str) -> TokenList | None:
    """Tokenise a text whose letters are all of the code page; None for any other."""
    cut = bytewise.cut(text)
    return None if cut is None else TokenList(text, cut.keys, cut, alphabetic=True)


def _apart(text: str, runs: Sequence[str]) -> TokenList:
    """Tokenise runs of lines, each by the method that its letters allow."""
    made = [(run, _simply(run)) for run in runs]
    parts = [_generally(run) if simple is None else simple for run, simple in made]
    normalised = None
    if not all(part.as_given for part in parts):
        normalised = concatenated(part.normalised or unchanged(part.source) for part in parts)
    keys = [key for part in parts for key in part.keys]
    return TokenList(text, keys, _Joined(parts), normalised, alphabetic=all(part.alphabetic for part in parts))


class _Joined:
    """The concatenated layouts of adjacent texts."""

    def __init__(self, parts: Sequence[TokenList]) -> None:
        self._parts = parts

    def spans(self) -> Spans:
        starts: list[int] = []
        ends: list[int] = []
        offset = 0
        for part in self._parts:
            spans = part.layout.spans()
            starts += [offset + start for start in spans[0]]
            ends += [offset + end for end in spans[1]]
            offset += len(part.source if part.normalised is None else part.normalised.text)
        return starts, ends

    @property
    def humps(self) -> list[int]:
        """Return the places of the parts' humps in the text as given."""
        offsets = accumulate((len(part.source) for part in self._parts), initial=0)
        places = (offset + place for part, offset in zip(self._parts, offsets, strict=False) for place in part.humps)
        return list(islice(places, bytewise.MOST_HUMPS))


def _generally(text: str) -> TokenList:
    """Tokenise any text."""
    if _PLAIN.search(text) is None and TWO_APOSTROPHES.search(text) is None:
        parts = _split(text.lower().replace("ё", "е"))
        if not _mixes_scripts(parts):
            return _token_list(text, None, parts, parts[1::2])
    normalised = normalise(text)
    parts = _split(normalised.text)
    known = {surface: key(surface) for surface in set(parts[1::2])}
    return _token_list(text, normalised, parts, list(map(known.__getitem__, parts[1::2])))


def _straighten(text: str) -> str:
    """Return the text with all apostrophes in one spelling. The length is kept."""
    if not text.isascii() or "`" in text:
        for apostrophe in APOSTROPHES:
            text = text.replace(apostrophe, "'")
        if '"' in text or "”" in text:
            text = QUOTE_APOSTROPHE.sub("'", text)
    return text


def _split(text: str) -> list[str]:
    """Split into gap, token, gap, …, gap, with possessives taken out of the tokens. The length is kept."""
    text = _straighten(text)
    if "'s" in text or "'S" in text:
        text = _POSSESSIVE.sub(_CUT, text)
    return _TOKEN.split(text)


def _mixes_scripts(parts: list[str]) -> bool:
    """Return whether Latin and Cyrillic letters stand side by side: such words may hold look-alikes."""
    gaps = parts[2:-1:2]
    if "" not in gaps:
        return False
    glued = set(compress(zip(parts[1::2], parts[3::2], strict=False), map(not_, gaps)))
    return any(_IS_MIXED.match(one[-1:] + two[:1]) for one, two in glued)


def _token_list(text: str, normalised: Normalised | None, parts: list[str], keys: list[str]) -> TokenList:
    """Make one token of each run of single capitals, and of countries of one syllable; keep the parts."""
    whole = text if normalised is None else normalised.text
    parts, keys = _merged(parts, keys, _initials(whole, parts))
    parts, keys = _merged(parts, keys, _nations(parts))
    return TokenList(text, keys, _Parts(parts), normalised)


class _Parts:
    """Gap, token, gap, …, gap: together they are the whole text."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts

    def spans(self) -> Spans:
        bounds = list(accumulate(map(len, self._parts)))
        return bounds[0:-1:2], bounds[1::2]


def _initials(whole: str, parts: list[str]) -> list[list[int]]:
    """Return [first, last] of each run of tokens that are single capitals with nothing but a full stop between."""
    gaps = parts[2:-1:2]
    if "." not in gaps:
        return []
    bounds = list(accumulate(map(len, parts)))

    def is_capital(part: int) -> bool:
        return len(parts[part]) == 1 and whole[bounds[part] - 1].isupper()

    return _runs(at for at, gap in enumerate(gaps) if gap == "." and is_capital(2 * at + 1) and is_capital(2 * at + 3))


def _nations(parts: list[str]) -> list[list[int]]:
    """Return [first, last] of each run of tokens that are countries of one syllable with a middle dot between."""
    gaps = parts[2:-1:2]
    if _MIDDLE_DOTS.isdisjoint(gaps):
        return []
    words = parts[1::2]
    return _runs(
        at
        for at, gap in enumerate(gaps)
        if gap in _MIDDLE_DOTS and len(words[at]) == 1 and words[at] in _NATIONS and _NATION.match(words[at + 1])
    )


def _runs(places: Iterable[int]) -> list[list[int]]:
    """Return [first, last] of each run of tokens, of the tokens, in order, that belong to the one after them."""
    runs: list[list[int]] = []
    for at in places:
        if runs and runs[-1][1] == at:
            runs[-1][1] = at + 1
        else:
            runs.append([at, at + 1])
    return runs


def _merged(parts: list[str], keys: list[str], runs: list[list[int]]) -> tuple[list[str], list[str]]:
    """Make one token of each run of tokens, with the full stop after it where nothing is joined to that.

    In one pass: to cut the lists at each run would take a time that grows with the square of the text.
    """
    if not runs:
        return parts, keys
    merged: list[str] = []
    named: list[str] = []
    done = 0  # tokens
    for first, last in runs:
        left, right = 2 * first + 1, 2 * last + 2
        word, after = "".join(parts[left:right]), parts[right]
        if after.startswith(".") and (len(after) > 1 or right + 1 == len(parts)):
            word, after = word + ".", after[1:]
        merged += parts[2 * done : left]
        merged.append(word)
        parts[right] = after
        named += keys[done:first]
        named.append("".join(keys[first : last + 1]))
        done = last + 1
    return merged + parts[2 * done :], named + keys[done:]
