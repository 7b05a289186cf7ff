"""The outlets that news cites: names, spellings and time zones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from monitor import data, urls

_EDGE = re.compile(r"[\s\-–—/|:,()\[\]]+")


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet of `data/outlets.yaml` that news cites."""

    id: str
    name: str  # as alerts show it
    kind: str  # agency | state | media | tv | social
    aliases: tuple[str, ...]  # a trailing * on a word stands for any ending
    sites: tuple[str, ...] = ()
    timezone: str | None = None  # IANA


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
        )
        for ident, row in data.load("outlets").items()
        if "aliases" in row
    }


@lru_cache(maxsize=4096)
def outlet(name_or_source: str) -> Outlet | None:
    """Return the outlet that a name, a source ('Yonhap', 'Ukrinform (en)', '연합뉴스 북한') or an address means."""
    text = name_or_source.strip()
    if "://" in text:
        return _by_site(text)
    words = [word for word in _EDGE.split(text.casefold()) if word]
    table = _by_alias()
    # The longest run of words from the start decides: 'Interfax-Ukraine news' is not Interfax.
    for end in range(len(words), 0, -1):
        found = table.get(" ".join(words[:end]))
        if found:
            return found
    return None


def outlet_id(source: str) -> str:
    """Return what two feeds of one outlet share: the outlet's id, or the source's own name where none is known."""
    found = outlet(source)
    return found.id if found else source.strip().casefold()


@cache
def _by_alias() -> dict[str, Outlet]:
    table: dict[str, Outlet] = {}
    for found in outlets().values():
        for alias in (found.id, found.name, *found.aliases):
            key = " ".join(word for word in _EDGE.split(alias.replace("*", "").casefold()) if word)
            table.setdefault(key, found)
    return table


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
