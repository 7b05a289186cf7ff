from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    FromClause,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, NoResultFound, OperationalError, StatementError

from monitor.store import Database, open_store
from monitor.store.quick import QuickConnection, WriteResult
from monitor.store.schema import channels, lanes, memory, outbox, stories, story_members

AT = datetime(2023, 11, 9, 7, 30, tzinfo=UTC)
ADD = insert(memory)
ALL = select(memory).order_by(memory.c.key)
ONE = select(memory.c.value).where(memory.c.key == bindparam("of"))


@pytest.fixture
def store() -> Iterator[Database]:
    made = open_store("sqlite:///:memory:")
    yield made
    made.close()


def fail(why: str) -> None:
    raise RuntimeError(why)


def both(connection: Connection, statement: Executable, parameters: Any = None) -> tuple[Any, Any]:
    """Return a statement's rows as SQLAlchemy alone gives them, and as they come once it ran often."""
    plain = Connection.execute(connection, statement, parameters).all()
    for _ in range(3):
        connection.execute(statement, parameters).all()
    seen = connection._plans._seen[statement]  # type: ignore[attr-defined]
    assert all(plan is not None for plan in seen.plans.values())
    return plain, connection.execute(statement, parameters).all()


def test_rows_are_the_same_as_sqlalchemys(store: Database) -> None:
    of_story = select(stories).where(stories.c.id == bindparam("story"), stories.c.created_at <= bindparam("at"))
    named = select(stories.c.id.label("number"), stories.c.updated_at.label("when")).order_by(stories.c.id)
    joined = union_all(select(stories.c.id), select(stories.c.opened_by))
    with store.begin() as tx:
        for number in range(3):
            tx.create_story(AT + timedelta(microseconds=number), number)
        for statement, parameters in (
            (of_story, {"story": 2, "at": AT + timedelta(days=1)}),
            (named, None),
            (joined, None),
        ):
            plain, quick = both(tx.connection, statement, parameters)
            assert plain == quick
            assert len(quick) in (1, 3, 6)
            assert [row._mapping for row in plain] == [dict(row._mapping) for row in quick]
        row = tx.connection.execute(named).first()
        assert row is not None
        assert (row.number, row.when, row[0]) == (1, AT, 1)
        row = tx.connection.execute(of_story, {"story": 2, "at": AT + timedelta(days=1)}).first()
        assert row is not None
        assert row._mapping[stories.c.id] == 2


def _in(table: FromClause, name: str, bind: str) -> ColumnElement[bool]:
    return table.c[name].in_(bindparam(bind, expanding=True))


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9, 100, 513])
def test_lists_of_values_find_the_same_as_sqlalchemys(store: Database, count: int) -> None:
    among = select(memory).where(_in(memory, "key", "keys"), memory.c.value != bindparam("not")).order_by(memory.c.key)
    beside = select(memory.c.key).where(~_in(memory, "key", "keys")).order_by(memory.c.key)
    times = select(stories).where(_in(stories, "created_at", "ats")).order_by(stories.c.id)
    two = union_all(
        select(memory.c.key).where(_in(memory, "key", "keys")),
        select(memory.c.value).where(_in(memory, "value", "two")),
    )
    keys = [f"k{number}" for number in range(0, 2 * count, 2)]
    with store.begin() as tx:
        for number in range(12):
            tx.connection.execute(ADD, {"key": f"k{number}", "value": f"v{number % 3}"})
            tx.create_story(AT + timedelta(seconds=number), number)
        for statement, parameters in (
            (among, {"keys": keys, "not": "v1"}),
            (beside, {"keys": keys}),
            (times, {"ats": [AT + timedelta(seconds=number) for number in range(count)]}),
            (two, {"keys": tuple(keys), "two": ["v1"] * count}),
        ):
            plain, quick = both(tx.connection, statement, parameters)
            assert plain == quick
            other = {name: value[1:] if isinstance(value, list) else value for name, value in parameters.items()}
            assert (
                tx.connection.execute(statement, other).all()
                == Connection.execute(tx.connection, statement, other).all()
            )


def test_what_is_written_by_a_list_of_values_is_the_same(store: Database) -> None:
    changing = update(memory).where(_in(memory, "key", "keys")).values(value=bindparam("to"))
    removing = delete(memory).where(_in(memory, "key", "keys"))
    with store.begin() as tx:
        connection = tx.connection
        for number in range(40):
            connection.execute(ADD, {"key": f"k{number}", "value": "a"})
        for size in (0, 1, 5, 6, 20):
            keys = [f"k{number}" for number in range(size)]
            assert connection.execute(changing, {"keys": keys, "to": f"v{size}"}).rowcount == size
            assert connection.scalar(select(func.count()).where(memory.c.value == f"v{size}")) == size
        gone = 0
        for size in (0, 1, 2, 3, 7):
            keys = [f"k{number}" for number in range(size)]
            gone += connection.execute(removing, {"keys": keys}).rowcount
            assert gone == size


def test_a_list_whose_values_are_refused_is_an_error_of_sqlalchemys(store: Database) -> None:
    times = select(stories).where(_in(stories, "created_at", "ats"))
    with store.begin() as tx:
        for _ in range(4):
            tx.connection.execute(times, {"ats": [AT]}).all()
        with pytest.raises(StatementError):
            tx.connection.execute(times, {"ats": ["yesterday"]})
        with pytest.raises(StatementError):
            tx.connection.execute(times, {"other": 1})


def test_all_ways_to_ask_give_the_same(store: Database) -> None:
    with store.begin() as tx:
        connection = tx.connection
        for number in range(5):
            connection.execute(ADD, {"key": f"k{number}", "value": "a\0b"})
        for _ in range(4):
            assert connection.scalar(ONE, {"of": "k1"}) == "a\ufffdb"
            assert connection.scalar(ONE, {"of": "none"}) is None
            assert connection.execute(ONE, {"of": "none"}).one_or_none() is None
            assert connection.execute(ONE, {"of": "k1"}).scalar_one() == "a\ufffdb"
            assert [row.key for row in connection.execute(ALL)][-5:] == [f"k{number}" for number in range(5)]
            assert len(list(connection.scalars(ALL))) >= 5
            with pytest.raises(NoResultFound):
                connection.execute(ONE, {"of": "none"}).scalar_one()
        assert isinstance(connection.execute(ADD, {"key": "last", "value": "v"}), WriteResult)


def test_written_rows_are_counted(store: Database) -> None:
    change = update(memory).where(memory.c.value == bindparam("was")).values(value=bindparam("now"))
    drop = delete(memory).where(memory.c.value == bindparam("was"))
    with store.begin() as tx:
        for turn in range(5):
            rows = [{"key": f"{turn} {number}", "value": f"v{turn}"} for number in range(3)]
            tx.connection.execute(ADD, rows)
            assert tx.connection.execute(change, {"was": f"v{turn}", "now": f"w{turn}"}).rowcount == 3
            assert tx.connection.execute(drop, {"was": f"w{turn}"}).rowcount == 3
            assert tx.connection.execute(drop, {"was": f"w{turn}"}).rowcount == 0


def test_returned_columns_of_a_change(store: Database) -> None:
    adding = sqlite.insert(memory)
    replacing = adding.on_conflict_do_update(index_elements=["key"], set_={"value": adding.excluded.value})
    keep = replacing.returning(memory.c.key, memory.c.value)
    with store.begin() as tx:
        for turn in range(5):
            found = tx.connection.execute(keep, {"key": "one", "value": str(turn)}).one()
            assert tuple(found) == ("one", str(turn))
        assert tx.connection.scalar(ONE, {"of": "one"}) == "4"


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (select(memory).where(memory.c.key.in_(bindparam("keys", ["a"], expanding=True))), {}),
        (select(memory).where(tuple_(memory.c.key, memory.c.value).in_(bindparam("two", expanding=True))), {"two": []}),
        (select(stories, story_members.c.article_id.label("id")).join(story_members), None),
        (select(func.max(stories.c.id), stories.c.id + 1), None),
        (text("SELECT 1"), None),
    ],
)
def test_what_needs_sqlalchemy_is_left_to_it(store: Database, statement: Executable, parameters: Any) -> None:
    with store.begin() as tx:
        for _ in range(5):
            tx.connection.execute(statement, parameters).all()
        plans = tx.connection._plans._seen  # type: ignore[attr-defined]
        assert statement not in plans or list(plans[statement].plans.values()) == [None]


def test_values_that_python_makes_are_left_to_sqlalchemy(store: Database) -> None:
    adding, row = insert(outbox), {"channel": "a", "alert": "{}", "state": "ready", "due_at": AT, "created_at": AT}
    with store.begin() as tx:
        tx.connection.execute(insert(channels), {"name": "a", "used_at": AT})
        for number in range(5):
            tx.connection.execute(adding, row | {"dedupe": f"d{number}"})
        found = tx.connection.execute(select(outbox.c.revision)).scalars().all()
        assert found == [1] * 5


def test_other_names_of_parameters_are_another_plan(store: Database) -> None:
    adding = insert(lanes)
    with store.begin() as tx:
        for number in range(4):
            tx.connection.execute(adding, {"name": f"a{number}"})
        tx.connection.execute(adding, {"name": "b", "chat": 7})
        tx.connection.execute(adding, {"name": "c", "paused_until": AT})
        rows = {row.name: (row.chat, row.paused_until) for row in tx.connection.execute(select(lanes))}
    assert (rows["a3"], rows["b"], rows["c"]) == ((None, None), (7, None), (None, AT))


def test_a_statement_derived_from_another_is_another(store: Database) -> None:
    with store.begin() as tx:
        for number in range(5):
            tx.connection.execute(ADD, {"key": f"k{number}", "value": "v"})
            tx.connection.execute(ALL).all()
        narrower = ALL.where(memory.c.key == "k2")
        assert [row.key for row in tx.connection.execute(narrower)] == ["k2"]


def test_a_parameter_that_is_missing_is_refused(store: Database) -> None:
    with store.begin() as tx:
        for _ in range(4):
            tx.connection.scalar(ONE, {"of": "k"})
        with pytest.raises(Exception, match="of"):
            tx.connection.scalar(ONE, {})


def test_errors_are_sqlalchemys(store: Database) -> None:
    with store.begin() as tx:
        for number in range(4):
            tx.connection.execute(ADD, {"key": f"k{number}", "value": "v"})
        with pytest.raises(IntegrityError) as found:
            tx.connection.execute(ADD, {"key": "k1", "value": "v"})
        assert isinstance(found.value.orig, sqlite3.IntegrityError)
        of_time = select(channels.c.name).where(channels.c.used_at < bindparam("at"))
        for _ in range(4):
            tx.connection.execute(of_time, {"at": AT}).all()
        with pytest.raises(StatementError, match="without an offset"):
            tx.connection.execute(of_time, {"at": datetime(2023, 1, 1)})  # noqa: DTZ001
        of_number = select(stories).where(stories.c.id == bindparam("id"))
        for _ in range(5):
            with pytest.raises(OverflowError, match="too large"):  # Python's own, as before
                tx.connection.execute(of_number, {"id": 2**70}).all()


def test_an_error_while_rows_are_read_is_sqlalchemys(store: Database) -> None:
    with store.begin() as tx:
        tx.connection.execute(ADD, [{"key": f"k{number}", "value": "v"} for number in range(2000)])
        for _ in range(3):
            tx.connection.execute(ALL).all()
        reading = tx.connection.execute(ALL)
        reading.fetchone()
        raw: Any = tx.connection.connection.dbapi_connection
        raw.interrupt()
        with pytest.raises(OperationalError, match="interrupted"):
            reading.all()


def test_the_fence_is_asked_before_a_plan_writes(store: Database) -> None:
    asked: list[object] = []
    with store.begin() as tx:
        assert isinstance(tx.connection, QuickConnection)
        tx.connection._before = lambda _, statement: asked.append(statement)
        for number in range(5):
            tx.connection.execute(ADD, {"key": f"k{number}", "value": "v"})
            tx.connection.execute(ALL).all()
    assert asked == [ADD] * 3


def test_listeners_see_every_statement(store: Database) -> None:
    heard: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *call: heard.append(call[2]))
    with store.begin() as tx:
        for _ in range(5):
            tx.connection.execute(ALL).all()
    assert sum("FROM memory" in each for each in heard) == 5


def test_a_savepoint_takes_back_its_block_alone(store: Database) -> None:
    failed: list[Exception] = []
    with store.begin() as tx:
        tx.connection.execute(ADD, {"key": "before", "value": "v"})
        with tx.apart(failed.append):
            tx.connection.execute(ADD, {"key": "inside", "value": "v"})
            with tx.apart(failed.append):
                tx.connection.execute(ADD, {"key": "deep", "value": "v"})
                fail("deep")
            tx.connection.execute(ADD, {"key": "still inside", "value": "v"})
        with tx.apart(failed.append):
            tx.connection.execute(ADD, {"key": "gone", "value": "v"})
            fail("gone")
    with store.begin() as tx:
        found = {row.key for row in tx.connection.execute(ALL)}
    assert {"before", "inside", "still inside"} <= found
    assert not {"deep", "gone"} & found
    assert [str(each) for each in failed] == ["deep", "gone"]


def test_a_rollback_takes_back_what_plans_wrote(store: Database) -> None:
    def write() -> NoReturn:
        with store.begin() as tx:
            for number in range(4):
                tx.connection.execute(ADD, {"key": f"k{number}", "value": "v"})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write()
    with store.begin() as tx:
        assert not [row for row in tx.connection.execute(ALL) if row.key.startswith("k")]
