"""Engines of one kind share what they compiled, those of another kind do not."""

from __future__ import annotations

from typing import Any, cast

import pytest
from doubles.statements_once import share
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, event, insert, select

from monitor.store import open_store, quick

NUMBERS = Table("numbers", MetaData(), Column("n", Integer))


def test_a_second_engine_compiles_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    share(monkeypatch)
    hits: list[str] = []
    for number in (1, 2):
        engine = create_engine("sqlite://")

        def note(context: object, *_: object) -> None:
            hits.append(context.cache_hit.name)  # type: ignore[attr-defined]

        event.listen(engine, "after_cursor_execute", lambda *args: note(args[4]))
        with engine.begin() as connection:
            NUMBERS.create(connection)
            hits.clear()
            connection.execute(insert(NUMBERS), {"n": number})
            assert connection.execute(select(NUMBERS.c.n)).scalars().all() == [number]
        assert hits == [["CACHE_MISS", "CACHE_HIT"][number - 1]] * 2
        engine.dispose()


def test_a_second_store_plans_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, planned = quick._plan, list[object]()

    def note(statement: Any, *rest: Any) -> Any:
        planned.append(statement)
        return plan(statement, *rest)

    monkeypatch.setattr(quick, "_plan", note)
    share(monkeypatch)
    counts = []
    for _ in range(2):
        store = open_store("sqlite://")
        for _ in range(20):
            with store.begin() as tx:
                assert tx.article_by_key("none") is None
        store.close()
        counts.append(len(planned))
    assert counts[0] == counts[1] > 0


def test_each_kind_of_database_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    share(monkeypatch)
    lite, server = create_engine("sqlite://"), create_engine("postgresql+psycopg://u@h/d")
    cache = cast("Any", lite._compiled_cache)
    assert cast("Any", server._compiled_cache) is cache
    key = ("statement", (), False, False)
    cache[(lite.dialect, *key)] = "in SQLite"
    assert cache.get((server.dialect, *key)) is None
    assert cache.get((create_engine("sqlite://").dialect, *key)) == "in SQLite"
    assert len(cache) == len(list(cache)) == 1
    del cache[(lite.dialect, *key)]
    assert not cache
