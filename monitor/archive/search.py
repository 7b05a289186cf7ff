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
from monitor.store.archive import ArchivedArticle, ArchiveScope, IndexedUntil
from monitor.watch.candidates import plan_of
from monitor.watch.compile import CompileError
from monitor.watch.match import Matcher
from monitor.watch.plan import Anything, Plan
from monitor.watch.query.nodes import leaves
from monitor.watch.query.parse import QueryError, parse_query

__all__ = ["ALL", "ArchiveQuery", "ArchiveScope", "ArchiveSearch", "FoundArticle", "JudgedArticle", "SearchProgress"]

QUERY = "search"
"""The name of the watchlist that a query is compiled as."""

ALL = ArchiveScope()
"""All of the archive."""

_FIRST, _MOST = 16, 64
"""Articles read in one transaction: few at first, as the newest are wanted at once."""
_LOOKED_UP, _MOST_LOOKED_UP = 64, 4096
"""Ids of candidates that the index is asked for at once: few at first, as above."""
_TAKEN = 8
"""Articles that a thread finds before it hands them to the event loop."""

Compiler = Callable[[Sequence[Watchlist]], Matcher]
"""Compiles watchlists by the entities in force. Raises CompileError."""


@dataclass(frozen=True, slots=True)
class ArchiveQuery:
    """A query, compiled. Its matcher has one watchlist, `QUERY`, with the default zones (title, lead, body)."""

    text: str
    matcher: Matcher
    plan: Plan  # which articles may match


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
    """How far a search has come; the search itself brings it up to date.

    It calls `moved` at each article, and where candidates are read of which few or none are in the scope.
    """

    read: int = 0  # articles judged
    reached: datetime | None = None  # when the last of them was first seen
    below: int | None = None  # articles from this id on need no further look
    moved: Callable[[], object] = lambda: None


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
            matcher = self._compiler([Watchlist(name=QUERY, query=text)])
        except CompileError as error:
            places = [leaf.position for leaf in leaves(node) if error.term in (leaf.text, leaf.written)]
            named = f"{error.term!r} " if error.message.startswith("is ") else ""
            raise QueryError(f"{named}{error.message}", min(places, default=0)) from error
        return ArchiveQuery(text, matcher, plan_of(matcher))

    def found(
        self, query: ArchiveQuery, scope: ArchiveScope = ALL, progress: SearchProgress | None = None
    ) -> Generator[FoundArticle, None, None]:
        """Yield the articles that the query matches, newest first, each as soon as it is found.

        The caller may stop at any time. Raises StoreError.
        """
        for judged in self._judged(query.matcher, query.plan, scope, progress):
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
        yield from self._judged(matcher, plan_of(matcher), scope, progress)

    def candidates(self, query: ArchiveQuery, scope: ArchiveScope = ALL) -> int | None:
        """Return how many articles the index finds for a query, of which the matcher may refuse some.

        At once, however many there are; of the scope its times count alone. None where the index does not hold all of
        them, or cannot tell.
        """
        with self._store.begin() as tx:
            span, index = tx.archive_span(scope), tx.index_state()
            if span is None:
                return 0
            if not index.usable or index.low > span[0]:
                return None
            return tx.candidate_count(tx.pruned_plan(query.plan), *span)

    def indexed_until(self) -> IndexedUntil:
        """Return how far back the index reaches."""
        with self._store.begin() as tx:
            return tx.indexed_until()

    def _judged(
        self, matcher: Matcher, plan: Plan, scope: ArchiveScope, progress: SearchProgress | None
    ) -> Generator[JudgedArticle, None, None]:
        progress = SearchProgress() if progress is None else progress
        for stored in self._candidates(plan, scope, progress):
            article = stored.article
            progress.read += 1
            progress.reached = article.seen_at
            progress.moved()
            reading = matcher.read(article)
            if matcher.names(reading, matcher.touched(reading)):
                yield JudgedArticle(article, stored.story_id, tuple(matcher.decide(reading)))
            progress.below = article.id

    def _candidates(self, plan: Plan, scope: ArchiveScope, progress: SearchProgress) -> Iterator[ArchivedArticle]:
        """Yield the articles of the scope that a plan finds, newest first; all that are older than the index."""
        with self._store.begin() as tx:
            span, index = tx.archive_span(scope), tx.index_state()
            if index.usable and span is not None:
                plan = tx.pruned_plan(plan)
        if span is None:
            return
        low, high = span
        if index.usable and not isinstance(plan, Anything):
            first = max(low, index.low)
            found = self._indexed(plan, scope, (first, high), progress)
            if (batch := next(found)) is not None:
                yield from batch
                for batch in found:
                    yield from batch or ()
                high = first - 1
        yield from self._all(scope, low, high)

    def _indexed(
        self, plan: Plan, scope: ArchiveScope, span: tuple[int, int], progress: SearchProgress
    ) -> Iterator[list[ArchivedArticle] | None]:
        """Yield the candidates of these ids in batches; first of all None where the index cannot tell."""
        (low, high), most, size = span, _LOOKED_UP, _FIRST
        while True:
            with self._store.begin() as tx:
                ids = tx.candidate_ids(plan, low, high, most)
            if ids is None:
                yield None
                return
            yield []
            for start in range(0, len(ids), size):
                with self._store.begin() as tx:
                    batch = tx.archived(ids[start : start + size], scope)
                yield batch
                progress.below = ids[start : start + size][-1]
                progress.moved()
            if len(ids) < most:
                return
            high, most, size = ids[-1] - 1, min(most * 4, _MOST_LOOKED_UP), _MOST

    def _all(self, scope: ArchiveScope, low: int, high: int) -> Iterator[ArchivedArticle]:
        """Yield all articles of these ids."""
        size = _FIRST
        while low <= high:
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
