"""Searches find what a watchlist with the same query would have matched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.store_samples import NOW, after, article

from monitor.archive.search import ArchiveScope, ArchiveSearch, FoundArticle, SearchProgress
from monitor.model import Article, Relation, Verdict, Watchlist
from monitor.store import Database, open_store
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.query.parse import QueryError


@pytest.fixture
def store() -> Iterator[Database]:
    made = open_store("sqlite://", clock_now=lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def search(store: Database) -> ArchiveSearch:
    return ArchiveSearch(store, lambda lists: compile_watchlists(lists, shipped()))


def keep(store: Database, *articles: Article) -> list[int]:
    """Store articles, each in a story of its own."""
    ids = []
    with store.begin() as tx:
        for one in articles:
            ids.append(tx.add_article(one))
            tx.join_story(tx.create_story(NOW, ids[-1]), ids[-1], Relation.FIRST, (), NOW)
    return ids


def titles(found: Iterator[FoundArticle]) -> list[str]:
    return [one.article.title for one in found]


def test_any_form_is_found_newest_first_with_sentence_and_story(store: Database, search: ArchiveSearch) -> None:
    text = "Перше речення про погоду. Удар балістичної ракети по місту, кажуть у Сеулі. Інше."
    ids = keep(
        store,
        article("a", title="Старе", text=text),
        article("b", title="Погода", text="Дощ."),
        article("c", title="Нове", text="Запустили балістичні ракети."),
    )
    found = list(search.found(search.compile('"балістична ракета"')))
    assert [one.article.id for one in found] == [ids[2], ids[0]]
    assert found[1].sentence == "Удар балістичної ракети по місту, кажуть у Сеулі."
    (start, end), *_ = found[1].spans
    assert found[1].sentence[start:end] == "балістичної ракети"
    assert [(hit.term, hit.surface, hit.zone.value) for hit in found[1].hits] == [
        ('"балістична ракета"', "балістичної ракети", "body")
    ]
    assert found[1].story_id is not None


def test_the_sentence_with_most_terms_is_shown(store: Database, search: ArchiveSearch) -> None:
    keep(store, article("a", title="T", text="Missiles fly. Missiles of Iran and missiles. Iran."))
    (found,) = search.found(search.compile("missile AND @Iran"))
    assert found.sentence == "Missiles of Iran and missiles."
    assert [found.sentence[start:end] for start, end in found.spans] == ["Missiles", "Iran", "missiles"]


def test_an_article_without_hits_in_its_text_has_no_sentence(store: Database, search: ArchiveSearch) -> None:
    keep(store, article("a", title="T", text="Nothing.", url="https://x.example/missile-test"))
    (found,) = search.found(search.compile("url:missile"))
    assert (found.hits, found.sentence, found.spans) == ((), "", ())


def test_the_scope_leaves_out_other_times_sources_languages_and_watchlists(
    store: Database, search: ArchiveSearch
) -> None:
    plain = article("a", title="A", text="Missile.", language="en")
    ids = keep(
        store,
        plain,
        replace(plain, key="b", title="B", source="Yonhap", seen_at=after(60)),
        replace(plain, key="c", title="C", language="de", seen_at=after(120)),
    )
    with store.begin() as tx:
        tx.add_verdicts(ids[0], [Verdict("arms", matched=True, reason="")])
        tx.add_verdicts(ids[1], [Verdict("aid", matched=True, reason="")])
    query = search.compile("missile")

    def found(scope: ArchiveScope) -> list[str]:
        return titles(search.found(query, scope))

    assert found(ArchiveScope()) == ["C", "B", "A"]
    assert found(ArchiveScope(since=after(60))) == ["C", "B"]
    assert found(ArchiveScope(until=after(60))) == ["A"]
    assert found(ArchiveScope(since=after(60), until=after(61))) == ["B"]
    assert found(ArchiveScope(since=NOW + timedelta(days=1))) == []
    assert found(ArchiveScope(sources=frozenset({"Yonhap"}))) == ["B"]
    assert found(ArchiveScope(languages=frozenset({"de", "uk"}))) == ["C"]
    assert found(ArchiveScope(watchlist="arms")) == ["A"]


def test_a_search_ends_where_its_reader_stops(store: Database, search: ArchiveSearch) -> None:
    keep(store, *(article(f"k{n}", title=f"T{n}", text="Missile.", language="en") for n in range(200)))
    progress = SearchProgress()
    found = search.found(search.compile("missile"), progress=progress)
    assert next(found).article.title == "T199"
    found.close()
    assert progress.read == 1
    assert len(list(search.found(search.compile("missile")))) == 200


def test_a_search_of_which_nothing_is_in_the_scope_can_be_stopped(store: Database, search: ArchiveSearch) -> None:
    """Candidates of other sources are read in batches, none of which yields an article."""
    with store.begin() as tx:
        tx.begin_index()
    ids = keep(store, *(article(str(number), title="Missile") for number in range(40)))
    progress, looks = SearchProgress(), list[int | None]()
    progress.moved = lambda: looks.append(progress.below)
    scope = ArchiveScope(sources=frozenset({"Nobody"}))
    assert list(search.found(search.compile("missile"), scope, progress)) == []
    assert (progress.read, looks[-1], len(looks) > 1) == (0, ids[0], True)


def test_the_scope_ends_below_an_id(store: Database, search: ArchiveSearch) -> None:
    ids = keep(store, *(article(str(number), title="Missile") for number in range(5)))
    found = search.found(search.compile("missile"), ArchiveScope(below=ids[2]))
    assert [one.article.id for one in found] == [ids[1], ids[0]]
    assert list(search.found(search.compile("missile"), ArchiveScope(below=ids[0]))) == []


async def test_a_stream_brings_the_same(store: Database, search: ArchiveSearch) -> None:
    keep(store, *(article(f"k{n}", title=f"T{n}", text="Missile.", language="en") for n in range(30)))
    query = search.compile("missile")
    assert [one async for one in search.stream(query)] == list(search.found(query))


def test_several_watchlists_are_judged_at_once(store: Database, search: ArchiveSearch) -> None:
    keep(store, article("a", title="A", text="Missile."), article("b", title="B", text="Football."))
    lists = [Watchlist("one", query="missile"), Watchlist("two", query="missile OR football")]
    found = search.judged(compile_watchlists(lists, shipped()))
    assert [[verdict.matched for verdict in one.verdicts] for one in found] == [[False, True], [True, True]]


@pytest.mark.parametrize(
    ("query", "position", "said"),
    [
        ("", 0, "empty"),
        ("a AND (b", 6, "not closed"),
        ("missile AND @Nowhere", 12, "'Nowhere' is no known entity"),
        ("missile AND mi*", 12, "3 letters"),
    ],
)
def test_an_error_names_its_place(search: ArchiveSearch, query: str, position: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        search.compile(query)
    assert caught.value.position == position
    assert said in str(caught.value)
