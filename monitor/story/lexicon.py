"""The words of `data/facts.yaml` and the places of `data/places.yaml`, looked up in a title or a lead.

A word of the tables is a whole word, the beginning of one (`strike*`), or, in Hangul, any part of one; several joined
by `_` stand in a row. Of what fits at a place of the text the longest counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from monitor import data

# '1천200명' is four: what scales a number is no part of the word behind it.
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|(?<=\d)[백천만억조]+|[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*|[%$€]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_ENDING = 6  # letters that may follow `*`
_PREFIX_MIN = 2
# Endings of Cyrillic cases and of adjectives made of a place: Харкові, Харківська, Харківщина.
_CASE = re.compile(
    r"(?:о(?:го|му|ї|ю)|[аеєиіїоуюяйьыэ]{0,3}|[оеєаия]м|[иі]?в|[оеєії]ві|[оеєиіая]й|[аяиы]?ми|[аяи]х|[кцт][аеиіоуюя]|ц[яюеі]|(?:с|ець|ц)?[ьс]?к(?:[аиіоуе]|[оеє]ю|[оеє]ї|[оиыі]й|ого|о?му|[оиыі]м|ими|ыми|[иы]х|[иы]е|ая|ую|ою)|ськ.{0,4}|щин.{0,2})"
)
_REGION = re.compile(r"област|обл$|щин|кра(?:й|ю|я|е|ї|єм|ем)$|region|oblast|province|주$|주에|지역|도$")
_ADJECTIVE = re.compile(r"(?:ськ|ск|цк|цьк)(?:о|ого|ому|ою|ої|ий|ій|им|их|ие|ий|ой|ая|ую)$")
# 'Краматорська' is the town's genitive as well as an adjective: what follows tells, where no preposition does.
_EITHER = re.compile(r"(?:ськ|ск|цк|цьк)(а|у|ом)$")
_AGREES = {"а": re.compile(r"(?<!л)[ая]$"), "у": re.compile(r"[ую]$"), "ом": re.compile(r"е$")}
_BEFORE_TOWN = frozenset(data.load("story_words")["behind"]["happens"].split())
_ADJECTIVE_TOWN = re.compile(r"(?:skyi|ske)$")  # Хмельницький, Кам'янське: named by an adjective
_OF_TOWN = re.compile(r"(?:ий|ого|ому|им|ом|ое|е)$")
# Before a surname: a street, an order, a theatre.
_OPENS = re.compile(r"[.!?…:;—–«»“”\"(*•|]|\n\s*\n")  # between two words: the second may open a sentence
_WORDS = frozenset(data.load("story_words")["places"]["words"].split())
_BESIDE = dict(each.split(":") for each in data.load("story_words")["places"]["beside"].split())
_PERSON = re.compile(
    r"(?:богдан|гетьман|гетман|марк[оаи]|вул|улиц|провул|переул|просп|бульв|площ)|(?:ім(?:ені)?|им(?:ени)?)$"
)
_NOT_TOWN = re.compile(r"район|напрям|направлен|громад|шосе|шоссе|суд|завод")


class Piece(NamedTuple):
    """A word, number or sign of a text."""

    text: str  # as written
    low: str  # in lower case, with one kind of apostrophe
    start: int
    end: int
    opens: bool = False  # it may open a sentence, or is all in capitals: its capital is no evidence of a name


class FactWord(NamedTuple):
    """A word of the tables: what it says, and how many letters and words it took."""

    field: str
    value: str
    length: int
    words: int


class _Beside(NamedTuple):
    """The words before and after a name, in lower case; "" at an end."""

    before: str
    after: str


class _WordPattern(NamedTuple):
    rest: tuple[str, ...]  # words that must follow, by their beginnings
    field: str
    value: str
    length: int


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place of the tables: the region that it lies in, and whether officials speak there."""

    id: str
    parent: str
    level: str  # city | region | capital | sea


@dataclass(slots=True)
class _FactTable:
    exact: dict[str, list[_WordPattern]] = field(default_factory=dict)
    prefix: dict[str, list[_WordPattern]] = field(default_factory=dict)
    hangul: dict[str, list[_WordPattern]] = field(default_factory=dict)
    longest: int = 0

    def add(self, written: str, field_: str, value: str) -> None:
        first, *rest = written.casefold().split("_")
        open_ = first.endswith("*")
        first = first.removesuffix("*")
        pattern = _WordPattern(tuple(word.removesuffix("*") for word in rest), field_, value, len(written))
        table = self.hangul if hangul(first) else self.prefix if open_ else self.exact
        table.setdefault(first, []).append(pattern)
        if hangul(first):
            self.longest = max(self.longest, len(first))


def hangul(word: str) -> bool:
    """Return whether a word has a Hangul syllable."""
    return _HANGUL.search(word) is not None


def tokens(text: str) -> list[Piece]:
    """Return the words, numbers and signs of a text; a number with a unit glued to it is two."""
    found, end = list[Piece](), 0
    for match in _TOKEN.finditer(text):
        word, start = match[0], match.start()
        opens = word[0].isupper() and (not end or word.isupper() or _OPENS.search(text, end, start) is not None)
        found.append(Piece(word, word.casefold().replace("’", "'").replace("ʼ", "'"), start, end := match.end(), opens))
    return found


def entries(found: Sequence[Piece], at: int) -> list[FactWord]:
    """Return what the word at `at` says; of several readings the longest, and all of that length."""
    table, low = _words(), found[at].low
    hits: list[FactWord] = []
    if hangul(low):
        return list(_hangul(table, found, at))
    for pattern in table.exact.get(low, ()):
        hits += _fits(pattern, found, at)
    for length in range(len(low), max(_PREFIX_MIN, len(low) - _ENDING) - 1, -1):
        for pattern in table.prefix.get(low[:length], ()):
            hits += _fits(pattern, found, at)
    most = max((hit.length for hit in hits), default=0)
    return [hit for hit in hits if hit.length == most]


def _fits(pattern: _WordPattern, found: Sequence[Piece], at: int) -> Iterator[FactWord]:
    rest = [token.low for token in found[at + 1 : at + 1 + len(pattern.rest)]]
    if len(rest) == len(pattern.rest) and all(map(str.startswith, rest, pattern.rest)):
        yield FactWord(pattern.field, pattern.value, pattern.length, 1 + len(rest))


def _hangul(table: _FactTable, found: Sequence[Piece], at: int) -> Iterator[FactWord]:
    """Yield what the parts of a Hangul word say; a single syllable counts where the word begins with it."""
    low, start = found[at].low, 0
    while start < len(low):
        for length in range(min(table.longest, len(low) - start), 0, -1):
            if length == 1 and (start or len(low) > 3):  # noqa: PLR2004 - a syllable and a particle
                continue
            patterns = table.hangul.get(low[start : start + length], ())
            hits = [hit for pattern in patterns for hit in _fits(pattern, found, at)]
            if hits:
                yield from hits
                start += length - 1
                break
        start += 1


def place_at(found: Sequence[Piece], at: int) -> tuple[KnownPlace, int] | None:
    """Return the place that is named at `at`, and in how many words; adjectives are places only before 'region'.

    A word that is far more often no place ('Досі', 'Ровно') is none where nothing but a sentence gives it a capital.
    """
    token = found[at]
    korean = hangul(token.low)
    if not korean and (not token.text[0].isupper() or (token.opens and token.low in _WORDS)):
        return None
    beside = _Beside(found[at - 1].low if at else "", found[at + 1].low if at + 1 < len(found) else "")
    for length in range(len(token.low), _PREFIX_MIN - 1, -1):
        ending = token.low[length:]
        for rest, place in _places().get(token.low[:length], ()):
            if not _may_end(ending, token.low, korean=korean):
                continue
            follow = [other.low for other in found[at + 1 : at + 1 + len(rest)]]
            if len(follow) < len(rest) or not all(map(str.startswith, follow, rest)):
                continue
            asked = _BESIDE.get(token.low[:length])
            if asked is None or any(word.startswith(asked) for word in beside):
                return _region(place, token.low, ending, beside, 1 + len(rest))
    return None


def _may_end(ending: str, word: str, *, korean: bool) -> bool:
    if korean or not ending:
        return True
    if word.isascii():
        return ending == "'s"
    return _CASE.fullmatch(ending) is not None


def _region(place: KnownPlace, word: str, ending: str, beside: _Beside, words: int) -> tuple[KnownPlace, int] | None:
    """Return the region that is named after the place where the words say so; None for other adjectives."""
    named = _REGION.match(beside.after) or "щин" in ending or (ending and _REGION.search(ending))
    if named and place.level != "region":
        return _region_of(f"{place.id} Oblast", place), words
    if not named and words == 1 and (ending or place.level == "region") and _is_adjective(place, word, beside):
        return None
    return place, words


def _is_adjective(place: KnownPlace, word: str, beside: _Beside) -> bool:
    """Return whether a word with the ending of an adjective is one: 'Донецький вокзал', not 'у Донецьку'.

    A surname is none of a town, either: 'вулиця Богдана Хмельницького'.
    """
    if _ADJECTIVE_TOWN.search(place.id):
        return bool(_ADJECTIVE.search(word) or _EITHER.search(word)) and (
            not _OF_TOWN.search(word) or bool(_NOT_TOWN.match(beside.after) or _PERSON.match(beside.before))
        )
    either = _EITHER.search(word)
    if either is None or place.level == "region":
        return either is not None or _ADJECTIVE.search(word) is not None
    return beside.before not in _BEFORE_TOWN and _AGREES[either[1]].search(beside.after) is not None


def _region_of(region: str, place: KnownPlace) -> KnownPlace:
    return parents().get(region) or KnownPlace(region, place.parent if place.level == "region" else "", "region")


def contains(outer: str, inner: str) -> bool:
    """Return whether one place is or contains another."""
    while inner:
        if inner == outer or inner + " Oblast" == outer:
            return True
        known = parents().get(inner)
        region = f"{inner} Oblast"
        inner = (known.parent if known else "") or (region if region in parents() else "")
    return False


@cache
def _words() -> _FactTable:
    table = _FactTable()
    for field_, rows in data.load("facts").items():
        for value, words in rows.items():
            for word in words.split():
                table.add(word, field_, value)
    return table


@cache
def parents() -> Mapping[str, KnownPlace]:
    """Return the places by id."""
    return {place.id: place for rows in _places().values() for _, place in rows}


@cache
def _places() -> Mapping[str, list[tuple[tuple[str, ...], KnownPlace]]]:
    table: dict[str, list[tuple[tuple[str, ...], KnownPlace]]] = {}
    for groups in data.load("places").values():
        for group, rows in groups.items():
            for row in rows.split():
                latin, *others = row.split(":")
                names = latin.split(",")
                place = KnownPlace(names[0].replace("_", " "), *_standing(group))
                for name in [*names, *(other for part in others for other in part.split(","))]:
                    first, *rest = name.casefold().split("_")
                    table.setdefault(first, []).append((tuple(rest), place))
    return table


def _standing(group: str) -> tuple[str, str]:
    """Return the parent and the level of the places of a group."""
    if group in {"capital", "sea", "region"}:
        return "", group
    if group == "Donbas":
        return group, "region"
    return (group, "city") if group.endswith(" Oblast") or group == "Crimea" else ("", "city")
