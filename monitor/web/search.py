"""Search in the query language: results, a histogram by day, facets; completion, errors at their place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor.alert.sanitize import clean, clip_around
from monitor.archive.search import ArchiveScope, ArchiveSearch, FoundArticle
from monitor.i18n import problem_text
from monitor.store import Database
from monitor.store.transaction import Transaction
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.query.grammar import QueryError
from monitor.web import tally
from monitor.web.article import ShownPiece
from monitor.web.site import Site
from monitor.web.visit import Visit, whole_number

SECONDS = 8.0
"""How long a search may take."""

_SHOWN = 50
_SPAN = 30  # days, where nothing else is asked for
_SENTENCE = 320  # UTF-16 units
_OPTIONS = 8
_YEARS = range(1900, 9000)  # a month before and after them are days, in every zone
_OPERATORS = (
    "AND",
    "OR",
    "NOT",
    "NEAR/5",
    "ONEAR/5",
    "SENTENCE",
    "PARAGRAPH",
    "atleast/2(",
    "title:",
    "lead:",
    "body:",
)


def routes(site: Site) -> list[Route]:
    """Return the routes of the search."""

    def show(visit: Visit, store: Database) -> Response:
        return _show(site, visit, store)

    def complete(visit: Visit, _: Transaction) -> Response:
        return _complete(visit)

    return [
        Route("/search", site.deep(show), methods=["GET"]),
        Route("/search/complete", site.screen(complete), methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What is asked for."""

    text: str
    since: date | None
    until: date | None  # the last day
    source: str
    language: str

    @classmethod
    def of(cls, query: Mapping[str, str], zone: object) -> SearchForm:
        """Read an address's query."""
        since, until = _date(query.get("since")), _date(query.get("until"))
        if "day" in query and (moment := _moment(query["day"])):
            since = until = moment.astimezone(zone).date()  # type: ignore[arg-type]  # a tzinfo
        return cls(query.get("q", "")[:10_000], since, until, query.get("source", ""), query.get("language", ""))

    @property
    def narrowed(self) -> bool:
        """Whether less than everything of the usual time is asked for."""
        return bool(self.since or self.until or self.source or self.language)

    def address(self, **changes: object) -> str:
        """Return the address of this search with other days, another outlet or language; '' for all of them."""
        values: dict[str, object] = {"q": self.text, "since": self.since, "until": self.until, "source": self.source}
        values |= {"language": self.language, **changes}
        return "/search?" + urlencode({name: str(value) for name, value in values.items() if value})

    def scope(self, visit: Visit) -> tuple[ArchiveScope, datetime]:
        """Return what is searched, and when it begins."""
        today = visit.now.astimezone(visit.zone).date()
        first = self.since or (self.until or today) - timedelta(days=_SPAN)
        since = datetime.combine(first, time(), visit.zone)
        until = datetime.combine(self.until + timedelta(days=1), time(), visit.zone) if self.until else None
        sources = frozenset((self.source,)) if self.source else frozenset[str]()
        languages = frozenset((self.language,)) if self.language else frozenset[str]()
        return ArchiveScope(since, until, sources, languages), since


def _date(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year in _YEARS else None


def _show(site: Site, visit: Visit, store: Database) -> Response:
    form = SearchForm.of(visit.query, visit.zone)
    values: dict[str, object] = {
        "form": form,
        "address": form.address,
        "found": None,
        "error": None,
        "days": [],
        "plot": "",
    }
    if form.text.strip():
        scope, since = form.scope(visit)
        archive = ArchiveSearch(store, site.parts.compiler(visit.config))
        end = site.parts.clock.monotonic() + SECONDS
        try:
            found = tally.search(archive, form.text, scope, visit.zone, lambda: site.parts.clock.monotonic() > end)
        except QueryError as error:
            values["error"] = mistake(form.text, error, visit.language)
        else:
            days = found.plot(since, scope.until - timedelta(seconds=1) if scope.until else visit.now)
            values |= {"found": found, "days": days, "plot": plot(visit, days)}
            values["shown"] = [(each, sentence(each)) for each in found.newest(_SHOWN)]
            values["covers"] = archive.indexed_until()
    return visit.html("search.html", **values)  # type: ignore[arg-type]  # none of them is named `status`


def mistake(text: str, error: QueryError, language: str) -> dict[str, str]:
    """Return a mistake of a query, in the reader's language, with the place that it is at."""
    at = min(max(error.position, 0), len(text))
    message = problem_text(error.message, language)
    return {"message": message, "before": text[:at], "at": text[at : at + 1] or " ", "after": text[at + 1 :]}


def sentence(found: FoundArticle) -> list[ShownPiece]:
    """Return the sentence of a result with its hits marked, short and harmless."""
    text, marks = clip_around(found.sentence.replace("\n", " "), found.spans, _SENTENCE)
    pieces, at = [], 0
    for start, end in marks:
        if start >= at:
            pieces += [ShownPiece(text[at:start]), ShownPiece(text[start:end], "hit")]
            at = end
    return [ShownPiece(_harmless(each.text), each.term) for each in (*pieces, ShownPiece(text[at:]))]


def _harmless(text: str) -> str:
    kept = clean(text)
    return (" " if text[:1].isspace() else "") + kept + (" " if kept and text[-1:].isspace() else "")


def plot(visit: Visit, days: list[tuple[date, int]], *, zoom: bool = True) -> str:
    """Return what the page's script draws: stories a day."""
    xs = [int(datetime.combine(day, time(12), visit.zone).timestamp()) for day, _ in days]
    series = [{"label": visit.words.text("stories a day"), "y": [count for _, count in days], "kind": "now"}]
    return json.dumps({"x": xs, "series": series, "zoom": zoom, "at": visit.words.text("time")})


def _complete(visit: Visit) -> Response:
    """Answer with what the word before the cursor may become: an entity, an operator, a field."""
    text = visit.query.get("q", "")
    before = text[: whole_number(visit.query.get("at", ""))]
    start = max((before.rfind(sign) for sign in ' ()"'), default=-1) + 1
    word = before[start:]
    options: list[str] = []
    if word.startswith("@") and len(word) > 1:
        options = entities(shipped().merged(visit.config.entities), word[1:])
    elif word and word.isascii():
        options = [each for each in _OPERATORS if each.casefold().startswith(word.casefold()) and each != word]
    return JSONResponse({"start": start, "options": options[:_OPTIONS]})


def entities(catalogue: Catalogue, begin: str) -> list[str]:
    """Return the entities whose names begin as `begin` does, as a query writes them."""
    folded = begin.casefold()
    exact = catalogue.find(begin)
    found = [exact.id] if exact else []
    ids = catalogue.ids()
    found += [each for each in ids if each.casefold().startswith(folded)]
    found += [each for each in ids if any(part.startswith(folded) for part in each.casefold().split()[1:])]
    if not found:
        found = catalogue.suggest(begin)
    return [f'@"{each}"' if " " in each else f"@{each}" for each in dict.fromkeys(found)]
