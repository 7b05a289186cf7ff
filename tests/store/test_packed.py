"""Stored texts: compressed on SQLite, read as they were written, those of before in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from doubles.store_samples import NOW, article
from sqlalchemy import text

from monitor.errors import StoreError
from monitor.model import Fact
from monitor.store import Database, Transaction
from monitor.store.packed import CURRENT, SHORTEST, pack, unpack
from monitor.watch.plan import Word

LONG = "Міністр сказав, що перемовини триватимуть і наступного тижня. " * 40


def kinds(tx: Transaction) -> list[str]:
    return list(tx.connection.scalars(text("SELECT typeof(text) FROM articles ORDER BY id")))


def plain(store: Database, *texts: str) -> None:
    """Store articles as an older version did."""
    with store.begin() as tx:
        for at, each in enumerate(texts):
            tx.add_article(article(f"k{at}"))
            tx.connection.execute(text("UPDATE articles SET text = :t WHERE key = :k"), {"t": each, "k": f"k{at}"})


def texts(store: Database) -> list[str]:
    with store.begin() as tx:
        return [each.text for each in tx.articles(range(1, 50))]


@pytest.mark.parametrize(
    "given", ["", "short", LONG, "x" * SHORTEST, "북한 미사일 " * 99, "a\x00b\ud800" * 99, "😀" * 99]
)
def test_a_text_is_read_as_it_was_written(store: Database, given: str) -> None:
    with store.begin() as tx:
        tx.add_article(article("a", text=given))
        assert tx.article_by_key("a") == tx.articles([1])[0]
    assert texts(store) == [given.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")]


def test_long_texts_are_small(opened: Callable[..., Database]) -> None:
    with opened("sqlite://").begin() as tx:
        tx.add_article(article("a", text=LONG))
        tx.add_article(article("b", text="short"))
        assert kinds(tx) == ["blob", "text"]
        size = tx.connection.scalar(text("SELECT length(text) FROM articles WHERE key = 'a'"))
    assert size < len(LONG.encode()) / 5


def test_what_does_not_shrink_stays_as_it_is() -> None:
    noise = "".join(chr(0x4E00 + (at * at * 7919) % 20_000) for at in range(SHORTEST))
    assert pack(noise[:70]) == noise[:70]


def test_texts_of_before_are_compressed_newest_first(opened: Callable[..., Database]) -> None:
    store = opened("sqlite://")
    given = [LONG, "short", LONG + "2", LONG + "3"]
    plain(store, *given)
    with store.begin() as tx:
        assert kinds(tx) == ["text"] * 4
        assert tx.pack_texts(2) == 2
        assert kinds(tx) == ["text", "text", "blob", "blob"]
    with store.begin() as tx:  # as after a kill
        new = tx.add_article(article("new", text=LONG))
        assert [tx.pack_texts(2), tx.pack_texts(2), tx.pack_texts(2)] == [2, 0, 0]
        assert kinds(tx) == ["blob", "text", "blob", "blob", "blob"]
        assert tx.get(Fact.TEXTS_PACKED) == "0"
        assert new == 5
    assert texts(store) == [*given, LONG]


def test_postgres_compresses_by_itself(postgres_store: Database) -> None:
    with postgres_store.begin() as tx:
        tx.add_article(article("a", text=LONG))
        assert tx.pack_texts(9) == 0
    assert texts(postgres_store) == [LONG]


@pytest.fixture
def postgres_store(request: pytest.FixtureRequest, opened: Callable[..., Database]) -> Database:
    return opened(request.getfixturevalue("postgres").lend())


def test_a_database_gets_smaller(tmp_path: Path, opened: Callable[..., Database]) -> None:
    store = opened(f"sqlite:///{tmp_path}/monitor.db")
    plain(store, *(LONG + str(number) for number in range(600)))
    with store.begin() as tx:
        pages = tx.connection.scalar(text("PRAGMA page_count"))
        while tx.pack_texts(100):
            pass
        while spare := tx.spare_pages():
            tx.give_back(spare)
        assert tx.connection.scalar(text("PRAGMA page_count")) < pages * 0.6  # some free pages are kept for what comes
    assert texts(store)[7] == LONG + "7"


def test_a_damaged_text_and_an_unknown_dictionary_are_named() -> None:
    packed = pack(LONG)
    assert isinstance(packed, bytes)
    assert zstandard.get_frame_parameters(packed).dict_id == CURRENT
    with pytest.raises(StoreError, match="damaged"):
        unpack(packed[:40])
    with pytest.raises(StoreError, match="damaged"):
        unpack(b"no frame")
    other = zstandard.train_dictionary(1024, [LONG[at : at + 99].encode() for at in range(900)], dict_id=4_000_000)
    with pytest.raises(StoreError, match="needs dictionary 4000000"):
        unpack(zstandard.ZstdCompressor(dict_data=other).compress(LONG.encode()))


def test_a_text_that_cannot_be_read_leaves_its_article_in_use(opened: Callable[..., Database]) -> None:
    store = opened("sqlite://")
    old = article("a", title="T", text=LONG, seen_at=NOW - timedelta(days=30))
    with store.begin() as tx:
        tx.begin_index()
        tx.add_article(old)
        tx.add_article(replace(old, key="b"))
        tx.connection.execute(text("UPDATE articles SET text = substr(text, 1, 40)"))
    with store.begin() as tx:
        assert [each.text for each in tx.articles([1, 2])] == ["", ""]
        assert tx.add_article(replace(old, text="edited")) == 1
        assert tx.candidate_ids(Word("edited"), 0, 9, 9) == [1]
        tx.connection.execute(text("UPDATE index_state SET version = ''"))
        assert tx.begin_index()
        assert tx.extend_index(9) == 2
        assert tx.clean_up(NOW - timedelta(days=10)) == 2
