"""What the matcher matches is a candidate of the index: queries of every form, on hard texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache

import pytest
from doubles.postgres import Postgres
from doubles.random_queries import hard_articles, random_queries

from monitor.archive.search import ArchiveQuery, ArchiveSearch
from monitor.model import Article, Watchlist
from monitor.store import open_store
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher
from monitor.watch.plan import Anything
from monitor.watch.query.parse import QueryError

ARTICLES, QUERIES = 120, 40


@pytest.fixture(params=["sqlite", "postgres"])
def search(request: pytest.FixtureRequest) -> Iterator[ArchiveSearch]:
    if request.param == "sqlite":
        store = open_store("sqlite://")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        store = open_store(server.lend())
    with store.begin() as tx:
        tx.begin_index()
        for one in articles():
            tx.add_article(one)
    yield ArchiveSearch(store, _compile)
    store.close()


_FORMS: dict[str, bytes] = {}


def _compile(lists: Sequence[Watchlist]) -> Matcher:
    return compile_watchlists(lists, shipped(), _FORMS)


@cache
def articles() -> list[Article]:
    return list(hard_articles(1, ARTICLES))


@cache
def queries() -> list[tuple[ArchiveQuery, list[str]]]:
    """Return queries with the keys of the articles that they match, newest first."""
    store = open_store("sqlite://")
    search, found = ArchiveSearch(store, _compile), []
    for text in random_queries(1, QUERIES, [one.document for one in articles()]):
        with suppress(QueryError):
            query = search.compile(text)
            matched = [one.key for one in reversed(articles()) if query.matcher.match(one)[0].matched]
            found.append((query, matched))
    store.close()
    return found


def test_no_match_escapes_the_index(search: ArchiveSearch) -> None:
    for query, expected in queries():
        assert [one.article.key for one in search.found(query)] == expected, query.text
    assert len(queries()) > QUERIES * 0.7
    assert sum(len(expected) for _, expected in queries()) > QUERIES
    assert sum(not isinstance(query.plan, Anything) for query, _ in queries()) > QUERIES * 0.4
