"""Sources that no table lists: outlets after a verb of attribution, and people whose word a report is.

An outlet is kept by its name as written ('сообщает NEWSru.com'), a person by first name and surname. Both are known by
what stands around them alone, so the patterns (`data/attribution/<language>.yaml`) ask for more than those of outlets
that are known: a verb that only outlets have ('пише', 'передає'), or the word newspaper, agency, website.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from monitor import data
from monitor.model import Role

_MARK, _END = '[«"“„]', '[»"”]'
_LATIN = (
    r"[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.[A-Za-zА-Яа-я]{2,5}(?!\w)"
    r"|[A-Z][\w'’&-]*(?: (?:(?:of|the|and|der|di|de|della|la|le|du|des|el) )?[A-Z][\w'’&-]*){0,4}"
)
_QUOTED = rf"(?<={_MARK})[A-ZА-ЯЁІЇЄҐ0-9][^«»\"“”„\n]{{1,40}}(?={_END})"
_CAPITALS = r"[А-ЯЁІЇЄҐ][\w'’ʼ-]+(?: [А-ЯЁІЇЄҐ][\w'’ʼ-]+){0,2}"
_NAME = rf"{_MARK}?(?P<name>(?-i:{_QUOTED}|{_LATIN}))"
_ANY_NAME = rf"{_MARK}?(?P<name>(?-i:{_QUOTED}|{_LATIN}|{_CAPITALS}))"
_CAPITAL = r"[A-ZА-ЯІЇЄҐЁ][a-zа-яіїєґё'’ʼ]+(?:-[A-ZА-ЯІЇЄҐЁ][a-zа-яіїєґё'’ʼ]+)?"
_PERSON = rf"(?<!\w)(?P<name>(?-i:{_CAPITAL}(?:\s+{_CAPITAL}){{1,3}}))(?!\w)"
_LONGEST = 20  # letters of a word at which patterns are tried
_WORDS = 2  # of a person's name: first name and surname; what stands before them is an office or a place


_TITLE = re.compile(
    r"президент\w*|прем['’ʼ]єр\w*|премьер\w*|міністр\w*|министр\w*|губернатор\w*|мер|мэр|голова|глава|речни\w+|сенатор\w*"
    r"|генерал\w*|полковни\w+|канцлер\w*|посол|депутат\w*|president|minister|governor|mayor|senator|general|ambassador",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one language, each with the group `name`; see `data/attribution/uk.yaml` for what they are."""

    starts: tuple[str, ...]  # words in small letters, or their beginnings, at which the next two are tried
    outlets: tuple[re.Pattern[str], ...]
    people: tuple[re.Pattern[str], ...]
    named: re.Pattern[str]  # in a paragraph in which the next are tried anywhere
    outlets_anywhere: tuple[re.Pattern[str], ...]
    carriers: re.Pattern[str]  # the same, in lower case
    people_anywhere: tuple[re.Pattern[str], ...]


@cache
def patterns(language: str) -> Patterns:
    """Return the patterns of a language that has rules of attribution."""
    given = data.load(f"attribution/{language}")
    parts = {"{B}": given["between"], "{G}": given["kind"], "{N}": _NAME, "{C}": _ANY_NAME, "{P}": _PERSON}

    def compiled(key: str) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(rf"(?<!\w)(?:{_filled(pattern, parts)})", re.IGNORECASE) for pattern in given[key])

    return Patterns(
        starts=tuple(given["starts"]),
        outlets=compiled("unlisted"),
        people=compiled("people"),
        named=re.compile(given["named"]),
        outlets_anywhere=compiled("unlisted_anywhere"),
        carriers=re.compile(given["carriers"]),
        people_anywhere=compiled("people_anywhere"),
    )


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    for short, part in parts.items():
        pattern = pattern.replace(short, part)
    return pattern


@cache
def heads(languages: tuple[str, ...]) -> frozenset[str]:
    """Return the first three letters of the words at which patterns of these languages are tried."""
    return frozenset(start[:3] for language in languages for start in patterns(language).starts)


def named(document: str, span: tuple[int, int], words: Iterable[int], given: Patterns) -> list[tuple[int, int, Role]]:
    """Return where a paragraph, `document[start:end]`, names sources by what stands around them: (start, end, role).

    `words` are the places in it of words that begin as `heads` say. None overlaps another; outlets go before people.
    """
    start, end = span
    places = [at for at in words if document[at : at + _LONGEST].lower().startswith(given.starts)]
    lower = document[start:end].lower()
    outlets = [*_at(document, end, places, given.outlets)]
    if given.named.search(document, start, end):
        outlets += [match for each in given.outlets_anywhere for match in each.finditer(document, *span)]
    people = [*_at(document, end, places, given.people)]
    if given.carriers.search(lower):
        people += [match for each in given.people_anywhere for match in each.finditer(document, *span)]
    found: list[tuple[int, int, Role]] = []
    for role, match in [*((Role.CITE, each) for each in outlets), *((Role.OFFICIAL, each) for each in people)]:
        first, last = match.span("name")
        if role is Role.OFFICIAL:
            first = _surname(document, first, last)
        if not any(first < b and a < last for a, b, _ in found):
            found.append((first, last, role))
    return found


def _at(
    document: str, end: int, places: Iterable[int], expressions: Sequence[re.Pattern[str]]
) -> Iterator[re.Match[str]]:
    for place in places:
        for expression in expressions:
            match = expression.match(document, place, end)
            if match:
                yield match


def _surname(document: str, start: int, end: int) -> int:
    """Return where the last words of a run of names begin: 'Харкова Ігор Терехов' is Ігор Терехов."""
    words = list(re.finditer(r"\S+", document[start:end]))[-_WORDS:]
    if len(words) == _WORDS and _TITLE.fullmatch(words[0][0]):
        words = words[1:]
    return start + words[0].start()
