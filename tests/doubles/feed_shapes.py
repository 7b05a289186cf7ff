"""Feeds of every shape: which fields tell items apart, which are alike, made anew at every build, or missing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

SITE = "https://press.example"
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TITLES = (
    "Council approves the harbour budget", "Ferry service resumes after storm", "Museum returns bronze statues",
    "Court halts sale of shipyard", "Parliament debates water tariffs", "Airport workers announce strike",
    "Regulator fines two lenders", "Glacier survey finds new lake", "Union signs pay agreement",
    "Inspectors close chemical plant", "Orchestra names first conductor", "Bridge reopens to lorries",
    "Vaccine campaign begins in schools", "Border crossing stays shut", "Minister visits flooded valley",
    "Tram line reaches the suburbs", "Archive publishes wartime letters", "Fishermen protest against quota",
)  # fmt: skip
SUMMARIES = tuple(f"{title} on Monday, officials said; details will follow in the evening." for title in TITLES)


@dataclass(frozen=True)
class Item:
    """What one item of a feed says; None: the field is missing."""

    guid: str | None = None
    link: str | None = None
    title: str | None = None
    summary: str | None = None
    published: datetime | None = None


Shape = Callable[[int, int], Item]
"""(number of the item, number of the build) → the item as that build shows it."""


def _noise(*seed: object) -> str:
    return f"{random.Random(repr(seed)).getrandbits(64):016x}"


def _when(n: int) -> datetime:
    return START + timedelta(minutes=7 * n)


def _shape(**fields: Callable[[int, int], object]) -> Shape:
    def make(n: int, build: int) -> Item:
        given: dict[str, object] = {"title": TITLES[n], "summary": SUMMARIES[n], "published": _when(n)}
        given |= {name: value(n, build) for name, value in fields.items()}
        return Item(**given)  # type: ignore[arg-type]

    return make


def own(text: str) -> Callable[[int, int], str]:
    return lambda n, _: text.format(n=n)


def one(value: str | None) -> Callable[[int, int], str | None]:
    return lambda _n, _build: value


def fresh(text: str) -> Callable[[int, int], str]:
    """Another value for each item at every build."""
    return lambda n, build: text.format(n=n, noise=_noise(text, n, build), build=1_770_000_000 + 60 * build)


LINK = SITE + "/news/{n}"

SHAPES: dict[str, Shape] = {
    "sane": _shape(guid=own("g-{n}"), link=own(LINK)),
    "links alone": _shape(link=own(LINK)),
    "guids alone": _shape(guid=own("tag:press.example,2026:{n}")),
    "guids, one link": _shape(guid=own("g-{n}"), link=one(SITE + "/press")),
    "guids, the home page": _shape(guid=own("g-{n}"), link=one(SITE + "/")),
    "guids, one link, one title": _shape(guid=own("g-{n}"), link=one(SITE + "/list"), title=one("List amended")),
    "guids, one link, one title, no text": _shape(
        guid=own("g-{n}"), link=one(SITE + "/list"), title=one("Air raid alert"), summary=one(None)
    ),
    "a live page": _shape(guid=own(SITE + "/live/1#post_{n}"), link=own(SITE + "/live/1#post_{n}")),
    "a live page without guids": _shape(link=own(SITE + "/live/1#post_{n}")),
    "hash-bang links": _shape(link=own(SITE + "/#!/news/{n}")),
    "hash-bang links with guids": _shape(guid=own(SITE + "/#!/news/{n}"), link=own(SITE + "/#!/news/{n}")),
    "descriptions alone": _shape(title=one(None), published=one(None)),
    "titles alone": _shape(summary=one(None), published=one(None)),
    "one title": _shape(title=one("News in brief")),
    "one title, one link": _shape(title=one("News in brief"), link=one(SITE + "/brief"), published=one(None)),
    "one title, links": _shape(title=one("Air raid alert"), summary=one(None), link=own(LINK), guid=own(LINK)),
    "one description": _shape(summary=one("Read more on our site."), link=one(SITE + "/all")),
    "N/A": _shape(guid=one("N/A"), link=one("N/A")),
    "null": _shape(guid=one("null"), link=one("#")),
    "dashes, no dates": _shape(guid=one("-"), link=one("-"), published=one(None)),
    "one guid": _shape(guid=one("feed-7")),
    "one guid, links": _shape(guid=one(SITE), link=own(LINK)),
    "one guid, one link": _shape(guid=one("feed-7"), link=one(SITE + "/all?feed=7")),
    "one stamp of the build": _shape(
        guid=lambda _n, build: f"{1_770_000_000 + build}", link=lambda _n, build: f"{SITE}/?t={1_770_000_000 + build}"
    ),
    "a stamp for each item": _shape(guid=fresh("{build}-{n}"), link=fresh(SITE + "/?t={build}&i={n}")),
    "random guids and links": _shape(guid=fresh("{noise}"), link=fresh(SITE + "/r/{noise}")),
    "random guids": _shape(guid=fresh("{noise}"), link=own(LINK)),
    "random guids, one link": _shape(guid=fresh("{noise}"), link=one(SITE + "/all")),
    "session in the link": _shape(guid=own("g-{n}"), link=fresh(LINK + "?sid={noise}")),
    "dates of the build": _shape(
        guid=fresh("{noise}"), link=one(SITE + "/all"), published=lambda _n, build: START + timedelta(hours=build)
    ),
    "pairs under one guid": _shape(guid=lambda n, _: f"g-{n // 2}", link=own(LINK)),
    "pairs under one link": _shape(guid=own("g-{n}"), link=lambda n, _: f"{SITE}/news/{n // 2}"),
    "some guids": _shape(guid=lambda n, _: f"g-{n}" if n % 3 else "none", link=lambda n, _: f"{SITE}/{n % 2}"),
    "some links": _shape(guid=own("g-{n}"), link=lambda n, _: f"{SITE}/{n}" if n % 2 else None),
    "cmp in the link": _shape(link=own(SITE + "/story?cmp={n}")),
    "trk in link and guid": _shape(link=own(SITE + "/s?id=1&trk=a{n}"), guid=own(SITE + "/s?id=1&trk=a{n}")),
    "cmp in the link, one title": _shape(link=own(SITE + "/story?cmp={n}"), title=one("Briefing")),
    "campaigns of the build": _shape(link=fresh(LINK + "?utm_content={noise}"), guid=fresh(LINK + "?utm_id={noise}")),
    "places for guids": _shape(guid=own("{n}"), link=own(LINK)),  # the renderer numbers them anew: see `numbered`
}
NUMBERED = frozenset({"places for guids"})

KINDS: dict[str, dict[str, Callable[[int, int], object]]] = {
    "guid": {
        "own": own("g-{n}"),
        "own address": own(LINK),
        "one": one("feed-7"),
        "none": one(None),
        "placeholder": one("N/A"),
        "random": fresh("{noise}"),
        "stamp": lambda _n, build: f"{1_770_000_000 + build}",
        "pairs": lambda n, _: f"g-{n // 2}",
    },
    "link": {
        "own": own(LINK),
        "one": one(SITE + "/all"),
        "none": one(None),
        "home": one(SITE),
        "placeholder": one("#"),
        "random": fresh(SITE + "/r/{noise}"),
        "stamp": lambda _n, build: f"{SITE}/all?t={build}",
        "fragment": own(SITE + "/live#p{n}"),
        "route": own(SITE + "/#!/p/{n}"),
        "parameter": own(SITE + "/s?cmp={n}"),
        "campaign": fresh(LINK + "?utm_id={noise}"),
        "pairs": lambda n, _: f"{SITE}/news/{n // 2}",
    },
    "title": {
        "own": lambda n, _: TITLES[n],
        "one": one("News in brief"),
        "none": one(None),
        "pairs": lambda n, _: TITLES[n // 2],
    },
    "summary": {
        "own": lambda n, _: SUMMARIES[n],
        "one": one("Read more on our site."),
        "none": one(None),
        "pairs": lambda n, _: SUMMARIES[(n + 1) // 2],
    },
    "published": {
        "own": lambda n, _: _when(n),
        "one": lambda _n, _build: START,
        "none": one(None),
        "build": lambda _n, build: START + timedelta(hours=build),
    },
}
"""What each field may be like, by name."""

_TELLING = {"own", "own address", "fragment", "route", "parameter", "campaign"}


def any_shape(kinds: dict[str, str]) -> Shape:
    """Return the shape with these kinds of fields."""
    return _shape(**{name: KINDS[name][kind] for name, kind in kinds.items()})


def is_told_apart(kinds: dict[str, str]) -> bool:
    """Return whether a person would call the items different, and could say so of a window with only some of them.

    That is by their texts, or by an address or guid that is kept and is not at odds with another field: two items with
    one text and one guid, or one link, are one.
    """
    guid, link, title, summary, published = (kinds[name] for name in KINDS)
    if "pairs" in (guid, link) or title == summary == "none":
        return False  # items that share a field with some others: tried one by one, in SHAPES
    if "own" in (title, summary):
        return "pairs" not in (title, summary) or published == "own" or guid in _TELLING or link in _TELLING
    return "pairs" not in (title, summary) and guid in _TELLING and link == "own"


def items(name: str, numbers: Iterable[int], build: int) -> list[Item]:
    """Return a build of a feed with these items, in this order."""
    made = [SHAPES[name](n, build) for n in numbers]
    if name in NUMBERED:
        made = [
            Item(str(place), each.link, each.title, each.summary, each.published) for place, each in enumerate(made)
        ]
    return made


# --------------------------------------------------------------------------- formats


_NO_LINK = ' isPermaLink="false"'


def _tag(name: str, value: str | None, attributes: str = "") -> str:
    return "" if value is None else f"<{name}{attributes}>{escape(value)}</{name}>"


def rss(rows: Sequence[Item]) -> str:
    inner = "".join(
        f"<item>{_tag('title', row.title)}{_tag('link', row.link)}{_tag('guid', row.guid, _NO_LINK)}"
        f"{_tag('description', row.summary)}{_tag('pubDate', format_datetime(row.published) if row.published else None)}</item>"
        for row in rows
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>{SITE}/</link>{inner}</channel></rss>'
    )


def atom(rows: Sequence[Item]) -> str:
    inner = "".join(
        f"<entry>{_tag('id', row.guid)}{_tag('title', row.title)}"
        + ("" if row.link is None else f'<link rel="alternate" href="{escape(row.link)}"/>')
        + f"{_tag('summary', row.summary)}{_tag('published', _iso(row.published))}</entry>"
        for row in rows
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link href="{SITE}/"/>{inner}</feed>'


def _about(guid: str | None) -> str:
    return "" if guid is None else f' rdf:about="{escape(guid)}"'


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def rdf(rows: Sequence[Item]) -> str:
    inner = "".join(
        f"<item{_about(row.guid)}>"
        f"{_tag('title', row.title)}{_tag('link', row.link)}{_tag('description', row.summary)}"
        f"{_tag('dc:date', _iso(row.published))}</item>"
        for row in rows
    )
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>t</title><link>{SITE}/</link></channel>{inner}</rdf:RDF>'
    )


def json_feed(rows: Sequence[Item]) -> str:
    made = [
        {
            "id": row.guid,
            "url": row.link,
            "title": row.title,
            "content_text": row.summary,
            "date_published": _iso(row.published),
        }
        for row in rows
    ]
    data = {"version": "https://jsonfeed.org/version/1.1", "title": "t", "home_page_url": f"{SITE}/"}
    return json.dumps(
        data | {"items": [{key: value for key, value in row.items() if value is not None} for row in made]}
    )


FORMATS: dict[str, Callable[[Sequence[Item]], str]] = {"rss": rss, "atom": atom, "rdf": rdf, "json": json_feed}
