"""An article: its text with hits marked and zones shaded, and beside it what each watchlist decided and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from monitor.alert.sanitize import clean_piece
from monitor.i18n import Phrases
from monitor.model import Article, Hit, Verdict, Zone
from monitor.store import Transaction
from monitor.watch.decided import reason_in
from monitor.watch.wording import rule_in
from monitor.web.site import Refusal, Site
from monitor.web.visit import Visit

_SHOWN = 100_000  # characters of an article
_HITS = 40  # different mentions listed of a watchlist
_PIECE = 4_000  # characters that are cleaned at once


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """A piece of text; `term` names the term that it mentions, '' for none."""

    text: str
    term: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ShownParagraph:
    """A paragraph of an article, in one zone."""

    zone: Zone
    pieces: tuple[ShownPiece, ...]


def routes(site: Site) -> list[Route]:
    """Return the routes of an article."""

    def show(visit: Visit, tx: Transaction) -> Response:
        number = visit.params["article"]
        found = tx.articles([number])
        if not found:
            raise Refusal(site.refused(visit, 404, "not found"))
        article, verdicts = found[0], tx.verdicts_on(number)
        return visit.html("article.html", story=tx.story_of(number), **article_values(visit, article, verdicts))

    return [Route("/article/{article:int}", site.screen(show), methods=["GET"])]


def article_values(visit: Visit, article: Article, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what the template `_article.html` shows."""
    every = [hit for verdict in verdicts for hit in verdict.hits]
    return {
        "article": article,
        "paragraphs": list(paragraphs(article, every, visit.language)),
        "cut": len(article.document) > _SHOWN,
        "verdicts": [(verdict, distinct(verdict.hits)[:_HITS]) for verdict in verdicts],
        "decided": lambda verdict: reason_in(verdict.reason, Phrases("bot", visit.language)),
        "rule": lambda hit: rule_in(hit.rule, visit.language),
    }


def distinct(hits: Sequence[Hit]) -> list[Hit]:
    """Return the mentions without those that differ only in their position."""
    kinds = {(hit.term, hit.surface.casefold(), hit.zone, hit.rule): hit for hit in reversed(hits)}
    return sorted(kinds.values(), key=lambda hit: (hit.start, hit.end))


def paragraphs(article: Article, hits: Sequence[Hit], language: str = "en") -> Iterator[ShownParagraph]:
    """Yield an article's paragraphs, the title first, parted where the zone changes."""
    document = article.document[:_SHOWN]
    marks = _marks(hits, len(document))
    at = 0
    for block in document.split("\n\n"):
        end = at + len(block)
        if block.strip():
            for zone, start, stop in _zones(article, at, end):
                yield ShownParagraph(zone, tuple(_pieces(document, start, stop, marks, language)))
        at = end + 2


def _marks(hits: Sequence[Hit], end: int) -> list[Hit]:
    """Return mentions that do not overlap, the longer one where two begin alike."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if 0 <= hit.start < hit.end <= end and (not kept or hit.start >= kept[-1].end):
            kept.append(hit)
    return kept


def _zones(article: Article, start: int, end: int) -> Iterator[tuple[Zone, int, int]]:
    if not article.zones:
        yield Zone.TITLE if article.title and start == 0 else Zone.BODY, start, end
        return
    for span in article.zones:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            yield span.zone, first, last


def _pieces(document: str, start: int, end: int, marks: Sequence[Hit], language: str) -> Iterator[ShownPiece]:
    at = start
    for hit in marks:
        if hit.end <= start or hit.start >= end:
            continue
        first, last = max(hit.start, at), min(hit.end, end)
        yield from _plain(document[at:first])
        yield ShownPiece(clean_piece(document[first:last]), hit.term, rule_in(hit.rule, language))
        at = last
    yield from _plain(document[at:end])


def _plain(text: str) -> Iterator[ShownPiece]:
    """Yield harmless text; a long one in pieces, as no more is looked at once."""
    for at in range(0, len(text), _PIECE):
        yield ShownPiece(clean_piece(text[at : at + _PIECE]))
