"""The outlets that news cites: names, spellings and time zones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from monitor import data, urls
from monitor.i18n import ENGLISH
from monitor.story.terms import skeletons
from monitor.watch.catalogue import shipped
from monitor.watch.entity_names import entity_name

OFFICE = "office"  # the kind of what `data/offices.yaml` lists
_EDGE = re.compile(r"[\s\-–—/|:,()\[\]«»\"“”]+")
_THE = ("the",)
_SURE = 2  # words: without its article 'The Sun' begins other names
_ENDING = 5  # letters that a * stands for at most
_PERSON_WORD = re.compile(r"[A-ZА-ЯІЇЄҐЁ][a-zа-яіїєґё'’ʼ]+(?:-[A-ZА-ЯІЇЄҐЁ][a-zа-яіїєґё'’ʼ]+)?|[가-힣]{2,5}")
_NAME_MAX = 3  # words
_FOREIGN = re.compile("[\u0370-\u1fff\u2e80-\ud7ff]")  # letters of other scripts than Latin
# Words in capitals that make a name an outlet's: 'Boston Herald'.
_MEDIA = re.compile(
    r"\b(?:The|Times|Post|Herald|News|Tribune|Journal|Gazette|TV|Radio|Press|Media|Weekly|Observer|Chronicle|Globe|Mail"
    r"|Telegraph|Independent|Magazine|Review|Broadcasting|Wire|Network|Courier|Examiner|Sentinel|Inquirer|Bulletin"
    r"|Dispatch|Monitor|Ilbo|Shimbun|Sinmun|Zeitung|Pravda|Daily|Agency|Online|Info|Channel|Standard|Today)\b"
    r"|Новини|Новости|Вісті|Вести|Газета|Правда|Канал|Радіо|Радио|일보|신문|통신|방송|뉴스"
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet of `data/outlets.yaml` that news cites, or an office of `data/offices.yaml`."""

    id: str
    name: str  # as alerts show it
    kind: str  # agency | state | media | tv | social | office
    aliases: tuple[str, ...]  # a trailing * on a word stands for any ending
    sites: tuple[str, ...] = ()
    timezone: str | None = None  # IANA
    names: Mapping[str, str] = field(default_factory=dict, compare=False)  # by language


@cache
def outlets() -> Mapping[str, Outlet]:
    """Return all outlets by id."""
    return {
        ident: Outlet(
            id=ident,
            name=row["name"],
            kind=row["kind"],
            aliases=tuple(dict.fromkeys(alias.strip("«»") for alias in row["aliases"])),
            sites=tuple(row.get("sites", ())),
            timezone=row.get("timezone"),
            names={language: _plain(names[0]) for language, names in row.get("names", {}).items()},
        )
        for ident, row in data.load("outlets").items()
        if "aliases" in row
    }


def _plain(name: Any) -> str:
    """Return a name as the catalogue has it, which may be a mapping with guards."""
    return str(name["text"] if isinstance(name, Mapping) else name)


@cache
def offices() -> Mapping[str, Outlet]:
    """Return the offices that news names as its source, by id: 'office:police'."""
    return {
        f"{OFFICE}:{ident}": Outlet(
            f"{OFFICE}:{ident}", row["name"], OFFICE, tuple(row["aliases"]), names=row.get("names", {})
        )
        for ident, row in data.load("offices").items()
    }


@lru_cache(maxsize=4096)
def outlet(name_or_source: str) -> Outlet | None:
    """Return the outlet that a name, a source ('Yonhap', 'Ukrinform (en)', '연합뉴스 북한') or an address means."""
    text = name_or_source.strip()
    if "://" in text:
        return _by_site(text)
    known = outlets().get(text.casefold())  # an id is no beginning of other names: 'Time Out' is not Time
    if known is not None:
        return known
    words = _words(text)
    return _by_name(words) or (_by_name(words[1:]) if words[:1] == _THE else None)


def _by_name(words: tuple[str, ...]) -> Outlet | None:
    # The longest run of words from the start decides: 'Interfax-Ukraine news' is not Interfax.
    for end in range(len(words), 0, -1):
        found = _by_alias().get(words[:end]) or _inflected(words[:end])
        if found:
            return found
    return None


def _inflected(words: tuple[str, ...]) -> Outlet | None:
    """Return the outlet of an alias that stands for more than one ending: 'Української правди'."""
    for stems, found in _by_stems().get(len(words), ()):
        if all(
            word.startswith(stem) and len(word) - len(stem) <= most
            for word, (stem, most) in zip(words, stems, strict=True)
        ):
            return found
    return None


def outlet_id(source: str) -> str:
    """Return what two feeds of one outlet share: the outlet's id, or the source's own name where none is known."""
    return origin_id(source)


@lru_cache(maxsize=4096)
def origin_id(name: str) -> str:
    """Return what two names of one origin share: an outlet's or office's id, a person's surname as a skeleton.

    'Сергій Лисак', 'Сергея Лысака' and 'Serhii Lysak' give 'person:lsk'. Any other name is its own id.
    """
    known = outlet(name)
    if known is not None:
        return known.id
    office = _by_office().get(_words(name))
    if office is not None:
        return office
    if is_person(name):
        surname = name.rsplit(maxsplit=1)[-1]
        # The shortest skeleton is the one without the ending that only a case has.
        return f"person:{min(skeletons(surname), key=len, default=surname.casefold())}"
    return name.strip().casefold()


@lru_cache(maxsize=4096)
def origin_name(name: str, language: str) -> str:
    """Return what a language calls an outlet, office or person that a text names.

    In English what stands in Latin letters stays as it is, whatever other spelling the tables have.
    """
    if language == ENGLISH and not _FOREIGN.search(name):
        return name
    known = outlet(name) or offices().get(origin_id(name))
    if known is not None:
        return known.name if language == ENGLISH else known.names.get(language, name)
    return entity_name(shipped(), name, language) or name


def is_person(name: str) -> bool:
    """Return whether a name that no table lists looks like a person's: two or three words, each with a capital."""
    words = name.split()
    few = 1 < len(words) <= _NAME_MAX
    return few and not _MEDIA.search(name) and all(_PERSON_WORD.fullmatch(word) for word in words)


def can_publish(name: str) -> bool:
    """Return whether an origin may be seen itself: an outlet, other than an office or a person."""
    return outlet(name) is not None or not (is_person(name) or _words(name) in _by_office())


@cache
def _by_office() -> dict[tuple[str, ...], str]:
    return {_words(alias.replace("*", "")): found.id for found in offices().values() for alias in _names(found)}


@cache
def _by_alias() -> dict[tuple[str, ...], Outlet]:
    table: dict[tuple[str, ...], Outlet] = {}
    for found in outlets().values():
        for alias in _names(found):
            words = _words(alias.replace("*", ""))
            table.setdefault(words, found)
            if words[:1] == _THE and len(words) > _SURE:
                table.setdefault(words[1:], found)
    return table


@cache
def _by_stems() -> dict[int, list[tuple[tuple[tuple[str, int], ...], Outlet]]]:
    """Return, by how many words they have, the aliases with a *: stem and most letters of the ending, word by word."""
    table: dict[int, list[tuple[tuple[tuple[str, int], ...], Outlet]]] = {}
    for found in outlets().values():
        for alias in found.aliases:
            if "*" in alias:
                words = tuple((word.rstrip("*"), _ENDING if "*" in word else 0) for word in _words(alias))
                table.setdefault(len(words), []).append((words, found))
    return table


def _names(found: Outlet) -> tuple[str, ...]:
    return (found.name, *found.aliases)


def _words(name: str) -> tuple[str, ...]:
    return tuple(word for word in _EDGE.split(name.casefold()) if word)


def _by_site(url: str) -> Outlet | None:
    parts = urls.host(url).split(".")
    for start in range(len(parts)):
        found = _sites().get(".".join(parts[start:]))
        if found:
            return found
    return None


@cache
def _sites() -> dict[str, Outlet]:
    return {site: found for found in outlets().values() for site in found.sites}
