"""The names of outlets and offices in a text, whatever they are named for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from monitor.story.outlets import Outlet, offices, outlets

_WORD = re.compile(r"\w+")
_LONG = 3  # letters
_HANGUL = re.compile(r"[가-힣]")
# What may follow a Korean name without a space: particles, and the words that make a longer name of it.
_PARTICLES = (
    r"(?=(?:은|는|이|가|을|를|의|와|과|도|만|에|으로|로|까지|부터|등|측|통신|신문|방송|뉴스|보도|인용|제공|기자|캡처|자료)"
    r"|[^가-힣]|$)"
)


@dataclass(frozen=True, slots=True)
class OutletMention:
    """An outlet or an office where a document names it."""

    outlet: Outlet
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Alias:
    text: str
    outlet: Outlet
    capitals: bool  # counts only in capitals
    capital: bool  # counts only with a capital first letter
    length: int


def mentions(document: str, starts: Collection[str] = ()) -> tuple[list[OutletMention], list[int]]:
    """Return the outlets and offices that a document names, in order; of names that overlap, the longest.

    In the same pass, return where words begin whose first three letters, in small letters, are among `starts`.
    """
    short, long = _aliases()
    folded = document.lower()
    if len(folded) != len(document):  # a letter that is two in lower case: places would not fit
        folded = document
    found: list[OutletMention] = []
    places: list[int] = []
    end = 0
    for match in _WORD.finditer(document):
        at = match.start()
        key = folded[at : at + _LONG]
        if key in starts:
            places.append(at)
        if at < end or (key not in long and key[:2] not in short):
            continue
        for alias in (*long.get(key, ()), *short.get(key[:2], ())):
            name = _alias_pattern(alias.text).match(document, at)
            if name and _cased(alias, name[0]):
                end = name.end()
                found.append(OutletMention(alias.outlet, at, end))
                break
    return found, places


def _cased(alias: _Alias, surface: str) -> bool:
    if alias.capitals:
        return surface.isupper()
    return not alias.capital or surface[0].isupper()


@cache
def _aliases() -> tuple[dict[str, list[_Alias]], dict[str, list[_Alias]]]:
    """Return aliases by their first two letters, and those whose first three are surely letters by these.

    Case aside, the longest first. A word that has no alias is nearly always ruled out by three letters.
    """
    short: dict[str, list[_Alias]] = {}
    long: dict[str, list[_Alias]] = {}
    for found in (*outlets().values(), *offices().values()):
        for alias in found.aliases:
            bare = alias.replace("*", "")
            capitals = bare.isupper() and not _HANGUL.search(bare)
            entry = _Alias(alias, found, capitals, bare[0].isupper(), len(bare))
            head = alias.partition("*")[0][:_LONG]
            table, key = (long, head) if len(head) == _LONG and head.isalnum() else (short, bare[:2])
            table.setdefault(key.lower(), []).append(entry)
    for entries in (*short.values(), *long.values()):
        entries.sort(key=lambda entry: -entry.length)
    return short, long


@cache
def _alias_pattern(alias: str) -> re.Pattern[str]:
    """Compile an alias when its first two letters are first met: all of them at once would cost half a second."""
    text = re.escape(alias).replace(r"\*", r"\w{0,5}").replace(r"\ ", r"[\s«»\"“”]+").replace(r"\-", "[-–‑]")
    edge = _PARTICLES if _HANGUL.match(alias[-1]) else r"(?![^\W가-힣])"
    return re.compile(text + edge, re.IGNORECASE)
