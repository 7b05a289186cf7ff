"""Search in the archive: what a watchlist with this query would have matched, newest first.

The verdict is always that of the daemon's matcher on the stored text, whatever told that an article may match.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from monitor.model import Article, Hit, Verdict, Watchlist
from monitor.store import Database
from monitor.store.archive import ArchivedArticle, ArchiveScope
from monitor.watch.compile import CompileError
from monitor.watch.match import Matcher
from monitor.watch.query.nodes import leaves
from monitor.watch.query.parse import QueryError, parse_query

__all__ = ["ALL", "ArchiveQuery", "ArchiveScope", "ArchiveSearch", "FoundArticle", "JudgedArticle", "SearchProgress"]

QUERY = "search"
"""The name of the watchlist that a query is compiled as."""

ALL = ArchiveScope()
"""All of the archive."""

_FIRST, _MOST = 16, 64
"""Articles read in one transaction: few at first, as the newest are wanted at once."""
_TAKEN = 8
"""Articles that a thread finds before it hands them to the event loop."""

Compiler = Callable[[Sequence[Watchlist]], Matcher]
"""Compiles watchlists by the entities in force. Raises CompileError."""


@dataclass(frozen=True, slots=True)
class ArchiveQuery:
    """A query, compiled. Its matcher has one watchlist, `QUERY`, with the default zones (title, lead, body)."""

    text: str
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class JudgedArticle:
    """A stored article that a watchlist matches: its story, and the verdict of each watchlist in order."""

    article: Article
    story_id: int | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that a query matches.

    `hits` stand in the document (`Article.document`) and are those that count for the query. `sentence` is the one
    with most different terms, the first of such; `spans` are the places of hits in it.
    """

    article: Article
    story_id: int | None
    hits: tuple[Hit, ...]
    sentence: str
    spans: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class SearchProgress:
    """How far a search has come; the search itself brings it up to date."""

    read: int = 0  # articles judged
    reached: datetime | None = None  # when the last of them was first seen


class ArchiveSearch:
    """Searches in one database, with queries compiled by the rules in force.

    Synchronous: it may be called from any thread. Each transaction is short, so that the daemon's own hardly wait.
    """

    def __init__(self, store: Database, compiler: Compiler) -> None:
        self._store = store
        self._compiler = compiler

    def compile(self, text: str) -> ArchiveQuery:
        """Compile a query as that of a watchlist. Raises QueryError, with the place in the text."""
        node = parse_query(text)
        try:
            return ArchiveQuery(text, self._compiler([Watchlist(name=QUERY, query=text)]))
        except CompileError as error:
            places = [leaf.position for leaf in leaves(node) if error.term in (leaf.text, leaf.written)]
            named = f"{error.term!r} " if error.message.startswith("is ") else ""
            raise QueryError(f"{named}{error.message}", min(places, default=0)) from error

    def found(
        self, query: ArchiveQuery, scope: ArchiveScope = ALL, progress: SearchProgress | None = None
    ) -> Generator[FoundArticle, None, None]:
        """Yield the articles that the query matches, newest first, each as soon as it is found.

        The caller may stop at any time. Raises StoreError.
        """
        for judged in self.judged(query.matcher, scope, progress):
            yield found_article(judged)

    async def stream(
        self, query: ArchiveQuery, scope: ArchiveScope = ALL, progress: SearchProgress | None = None
    ) -> AsyncIterator[FoundArticle]:
        """Yield what `found` does without holding up the event loop."""
        found = self.found(query, scope, progress)
        while batch := await asyncio.to_thread(lambda: list(islice(found, _TAKEN))):
            for one in batch:
                yield one

    def judged(
        self, matcher: Matcher, scope: ArchiveScope = ALL, progress: SearchProgress | None = None
    ) -> Generator[JudgedArticle, None, None]:
        """Yield the articles that any watchlist of a matcher matches, newest first. Raises StoreError."""
        progress = SearchProgress() if progress is None else progress
        for stored in self._candidates(scope):
            article = stored.article
            progress.read += 1
            progress.reached = article.seen_at
            reading = matcher.read(article)
            if matcher.names(reading, matcher.touched(reading)):
                yield JudgedArticle(article, stored.story_id, tuple(matcher.decide(reading)))

    def _candidates(self, scope: ArchiveScope) -> Iterator[ArchivedArticle]:
        """Yield every article of the scope, newest first."""
        with self._store.begin() as tx:
            span = tx.archive_span(scope)
        if span is None:
            return
        low, high = span
        size = _FIRST
        while True:
            with self._store.begin() as tx:
                ids = tx.archive_ids(scope, low, high, size)
                batch = tx.archived(ids, scope) if ids else []
            yield from batch
            if len(ids) < size:
                return
            high, size = ids[-1] - 1, _MOST


def found_article(judged: JudgedArticle) -> FoundArticle:
    """Return a match with its sentence: by the first watchlist that matches, and the hits of its counted terms."""
    verdict = next(verdict for verdict in judged.verdicts if verdict.matched)
    counted = [hit for hit in verdict.hits if hit.term in verdict.terms]
    hits = tuple(counted or verdict.hits)
    if not hits:  # by its address or author alone
        return FoundArticle(judged.article, judged.story_id, (), "", ())
    terms: dict[tuple[int, int], set[str]] = {}
    for hit in hits:
        terms.setdefault(hit.sentence, set()).add(hit.term)
    start, end = max(terms, key=lambda sentence: (len(terms[sentence]), -sentence[0]))
    spans = sorted({(hit.start - start, hit.end - start) for hit in hits if hit.sentence == (start, end)})
    sentence = judged.article.document[start:end]
    return FoundArticle(judged.article, judged.story_id, hits, sentence, tuple(spans))
