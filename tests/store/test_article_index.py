"""The index for searches: written with the article, made anew by another version, whole in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.store_samples import NOW, after, article
from sqlalchemy import event, text
from sqlalchemy.exc import DatabaseError

from monitor.model import Relation
from monitor.store import Database, Transaction
from monitor.store import article_index as module
from monitor.store.archive import ArchiveScope, IndexedUntil
from monitor.watch import index_words
from monitor.watch.plan import ANY, NONE, Plan, Word, all_of, any_of

ALL = 1_000_000


def found(tx: Transaction, *words: str) -> list[int] | None:
    return tx.candidate_ids(any_of(map(Word, words)), 0, ALL, 100)


def test_articles_are_found_by_their_words_highest_id_first(store: Database) -> None:
    with store.begin() as tx:
        assert tx.begin_index()
        ids = [
            tx.add_article(article(f"k{n}", title="T", text=words)) for n, words in enumerate(["one two", "two", "x"])
        ]
        assert found(tx, "two") == [ids[1], ids[0]]
        assert found(tx, "one", "x") == [ids[2], ids[0]]
        assert tx.candidate_ids(all_of(map(Word, ("one", "two"))), 0, ALL, 9) == [ids[0]]
        assert tx.candidate_ids(Word("tw", begins=True), ids[0], ids[1], 1) == [ids[1]]
        assert tx.candidate_ids(NONE, 0, ALL, 9) == []
        assert tx.candidate_ids(ANY, 0, ALL, 9) is None
        assert tx.candidate_count(Word("two"), 0, ALL) == 2
        assert tx.candidate_count(ANY, 0, ALL) is None


def test_letters_inside_words_are_found_unless_too_many_words_have_them(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: Plan = all_of([Word("t", begins=True), Word("iss", holds=True)])
    with store.begin() as tx:
        tx.begin_index()
        ident = tx.add_article(article("a", title="T", text="missile"))
        tx.add_article(article("b", title="T", text="mist"))
        assert tx.candidate_ids(Word("iss", holds=True), 0, ALL, 9) == [ident]
        assert tx.candidate_ids(plan, 0, ALL, 9) == [ident]
        monkeypatch.setattr(module, "_MOST_HOLDING", 0)
        assert tx.candidate_ids(Word("iss", holds=True), 0, ALL, 9) is None


def test_a_plan_of_many_words_is_left_with_those_that_the_index_has(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = any_of(Word(f"rare{chr(97 + n)}") for n in range(60))
    plan = any_of([all_of([rare, Word("one")]), all_of([Word("missi", begins=True), Word("tw", holds=True)])])
    with store.begin() as tx:
        tx.begin_index()
        one = tx.add_article(article("a", title="T", text="rareh one missiles rarehh"))
        two = tx.add_article(article("b", title="T", text="two missile mission misty"))
        left = tx.pruned_plan(plan)
        assert tx.candidate_ids(left, 0, ALL, 9) == tx.candidate_ids(plan, 0, ALL, 9) == [two, one]
        if tx.dialect == "sqlite":
            either = any_of(map(Word, ("missile", "missiles", "mission")))
            assert left == any_of([all_of([Word("rareh"), Word("one")]), all_of([either, Word("tw", holds=True)])])
            assert tx.pruned_plan(any_of(Word(f"absent{n}") for n in range(50))) == NONE
            assert tx.pruned_plan(all_of([rare, Word("two"), ANY])) == all_of([Word("rareh"), Word("two")])
        assert tx.pruned_plan(Word("absent")) == Word("absent"), "that few are looked for as they are"
        monkeypatch.setattr(module, "_MOST_NEAR", 1)
        assert tx.pruned_plan(plan) is plan


def test_an_edit_takes_the_old_words_out(store: Database) -> None:
    with store.begin() as tx:
        tx.begin_index()
        ident = tx.add_article(article("a", title="T", text="old same", url="https://first.example/"))
        assert tx.add_article(article("a", title="T", text="new same", url="https://second.example/")) == ident
        tx.add_article(article("a", title="T", text="new same", url="https://second.example/"))
        assert [found(tx, word) for word in ("old", "new", "same", "first", "second")] == [
            [], [ident], [ident], [ident], [],
        ]  # fmt: skip


def test_an_unstorable_text_is_indexed_as_it_is_stored(store: Database) -> None:
    with store.begin() as tx:
        tx.begin_index()
        ident = tx.add_article(article("a", title="T\x00x", text="on\ud800e", author="Q\x00"))
        tx.add_article(article("a", title="T", text="two"))
        assert [found(tx, word) for word in ("on", "e", "x", "two")] == [[], [], [], [ident]]


def test_retention_takes_words_out(store: Database) -> None:
    with store.begin() as tx:
        old, new = article("a", text="gone", seen_at=NOW - timedelta(days=30)), article("b", text="kept")
        tx.begin_index()
        tx.add_article(old)
        kept = tx.add_article(new)
        tx.clean_up(NOW - timedelta(days=10))
        assert (found(tx, "gone"), found(tx, "kept")) == ([], [kept])
        assert not words_left(tx, "gone")


def words_left(tx: Transaction, word: str) -> bool:
    if tx.dialect != "sqlite":
        return bool(
            tx.connection.scalar(
                text("SELECT count(*) FROM article_index WHERE words @@ CAST(:w AS tsquery)"), {"w": word}
            )
        )
    return bool(tx.connection.scalar(text("SELECT count(*) FROM article_words WHERE term = :w"), {"w": word}))


# --------------------------------------------------------------------------- backfill


def test_older_articles_follow_newest_first_and_it_can_stop_anywhere(store: Database) -> None:
    with store.begin() as tx:
        ids = [tx.add_article(article(f"k{n}", text="word", seen_at=after(n))) for n in range(5)]
        assert tx.extend_index(2) == 0  # there is none yet
        assert tx.indexed_until() == IndexedUntil(whole=False, since=None, left=5)
        assert tx.begin_index()
        assert not tx.begin_index()
        assert found(tx, "word") == []
        assert tx.indexed_until() == IndexedUntil(whole=False, since=None, left=5)
    with store.begin() as tx:
        assert tx.extend_index(2) == 2
        assert found(tx, "word") == ids[:2:-1]
        assert tx.indexed_until() == IndexedUntil(whole=False, since=after(3), left=3)
        new = tx.add_article(article("new", text="word"))
        tx.add_article(article("k0", text="edited"))  # not indexed yet: it will be as it is then
        assert found(tx, "word") == [new, *ids[:2:-1]]
        assert found(tx, "edited") == []
    with store.begin() as tx:
        assert [tx.extend_index(2), tx.extend_index(2), tx.extend_index(2)] == [2, 1, 0]
        assert found(tx, "word") == [new, *ids[:0:-1]]
        assert found(tx, "edited") == [ids[0]]
        assert tx.indexed_until() == IndexedUntil(whole=True)


def test_what_is_deleted_before_it_is_indexed_needs_nothing(store: Database) -> None:
    with store.begin() as tx:
        tx.add_article(article("a", text="gone", seen_at=NOW - timedelta(days=30)))
        tx.begin_index()
        tx.clean_up(NOW - timedelta(days=10))
        assert tx.extend_index(9) == 0
        assert tx.indexed_until() == IndexedUntil(whole=True)


def test_an_index_of_another_version_is_left_alone_and_made_anew(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.begin() as tx:
        tx.begin_index()
        ident = tx.add_article(article("a", text="word"))
    monkeypatch.setattr(module, "_version", lambda: "other")
    with store.begin() as tx:
        assert not tx.index_state().usable
        tx.add_article(article("a", text="edited"))
        new = tx.add_article(article("b", text="new"))
        tx.clean_up(NOW)
        assert tx.begin_index()
        assert tx.extend_index(9) == 2
        assert [found(tx, word) for word in ("word", "edited", "new")] == [[], [ident], [new]]


def test_a_damaged_index_costs_no_article(opened: Callable[..., Database]) -> None:
    store = opened("sqlite://")
    with store.begin() as tx:
        tx.begin_index()
        tx.add_article(article("a", text="word"))

    def refuse(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO article_index"):
            raise DatabaseError(statement, None, Exception("database disk image is malformed"))

    event.listen(store._engine, "before_cursor_execute", refuse)
    with store.begin() as tx:
        ident = tx.add_article(article("b", text="other"))
    event.remove(store._engine, "before_cursor_execute", refuse)
    with store.begin() as tx:
        assert tx.article_by_key("b") is not None
        assert not tx.index_state().usable
        assert tx.begin_index()
        assert tx.extend_index(9) == 2
        assert found(tx, "other") == [ident]


def test_a_read_only_store_finds_as_well(shared_url: str, opened: Callable[..., Database]) -> None:
    with opened(shared_url).begin() as tx:
        tx.begin_index()
        ident = tx.add_article(article("a", text="missile"))
    with opened(shared_url, read_only=True).begin() as tx:
        assert found(tx, "missile") == [ident]
        tx.candidate_ids(Word("iss", holds=True), 0, ALL, 9)


@pytest.fixture
def many(store: Database) -> Database:
    with store.begin() as tx:
        tx.begin_index()
        base = article("a", text="common rare")
        for n in range(300):
            tx.add_article(replace(base, key=f"k{n}", text="common" + " rare" * (n == 7)))
    return store


def test_common_and_rare_words_are_found_alike(many: Database) -> None:
    with many.begin() as tx:
        if tx.dialect == "postgresql":
            tx.connection.execute(text("ANALYZE article_index"))
        span = tx.archive_span(ArchiveScope())
        assert span is not None
        assert tx.candidate_ids(Word("common"), *span, 20) == list(range(span[1], span[1] - 20, -1))
        assert tx.candidate_ids(Word("rare"), *span, 20) == [span[0] + 7]
        assert tx.candidate_count(Word("common"), *span) == 300


def test_members_are_found_with_their_story(store: Database) -> None:
    with store.begin() as tx:
        one, two = tx.add_article(article("a")), tx.add_article(article("b"))
        story = tx.join_story(tx.create_story(NOW, one), one, Relation.FIRST, (), NOW)
        assert [(each.article.id, each.story_id) for each in tx.archived([one, two], ArchiveScope())] == [
            (two, None),
            (one, story),
        ]


@pytest.mark.parametrize("broken", ["DROP TABLE article_index", "DELETE FROM article_index_data"])
def test_an_index_that_is_not_there_costs_no_article(opened: Callable[..., Database], broken: str) -> None:
    store = opened("sqlite://")
    with store.begin() as tx:
        tx.begin_index()
        tx.add_article(article("a", text="word", seen_at=NOW - timedelta(days=30)))
        tx.connection.execute(text(broken))
    with store.begin() as tx:
        tx.add_article(article("a", text="edited"))
        ident = tx.add_article(article("b", text="other"))
        tx.clean_up(NOW - timedelta(days=10))
    with store.begin() as tx:
        assert tx.begin_index()
        tx.extend_index(9)
        assert found(tx, "other") == [ident]


def test_a_bug_in_cutting_words_costs_no_article(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> list[str]:
        raise RecursionError

    monkeypatch.setattr(index_words, "words_of", fail)
    with store.begin() as tx:
        tx.begin_index()
        ident = tx.add_article(article("a", text="word"))
        tx.add_article(article("a", text="edited"))
        assert found(tx, index_words.ANYTHING) == [ident]
        assert tx.index_state().usable


def test_more_words_than_a_tsvector_takes_cost_no_article(store: Database) -> None:
    with store.begin() as tx:
        tx.begin_index()
        words = " ".join("".join(chr(0x10D0 + (n >> 3 * k & 7)) for k in range(26)) for n in range(18_000))
        ident = tx.add_article(article("a", title="T", text=words))
        tx.add_article(article("b", title="T", text="word"))
        assert ident in (found(tx, "ა" * 26, index_words.ANYTHING) or [])
        assert ident not in (found(tx, "word") or [])
