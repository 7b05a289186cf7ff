"""A real server that refuses during a call: how the call ended is written once it takes it again, in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import pytest
from doubles.delivery_harness import CHAT, DeliveryHarness, alert, telegram
from doubles.fake_notifiers import FakeNotifier
from doubles.patience import HANG
from doubles.telegram import TelegramDouble
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.deliver.timing import DeliveryTiming
from monitor.errors import StoreError
from monitor.model import Channel, NewDelivery
from monitor.ports import Notifier
from monitor.store import Database, Transaction, open_store

T = TypeVar("T")
ROLE = "monitor_refused"


class Lender(Protocol):
    """The server of conftest.py."""

    def lend(self, *, migrated: bool = True) -> str: ...


@pytest.fixture
def borrowed(postgres: Lender) -> Iterator[tuple[str, Connection]]:
    """A database as a role of its own sees it, and the server's master."""
    url = make_url(postgres.lend())
    engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as master:
        master.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
        for kind in ("TABLES", "SEQUENCES"):
            master.execute(text(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO {ROLE}"))
        try:
            yield url.set(username=ROLE, password=None).render_as_string(hide_password=False), master
        finally:
            for statement in ENDS:
                with contextlib.suppress(Exception):
                    master.execute(text(statement))
            _cut(master)
            master.execute(text(f"DROP OWNED BY {ROLE}"))
            master.execute(text(f"DROP ROLE {ROLE}"))


def _cut(master: Connection) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN (:role, :moved)"
    master.execute(text(cut), {"role": ROLE, "moved": f"{ROLE}_moved"})


REFUSALS = {
    "no login": (f"ALTER ROLE {ROLE} NOLOGIN", f"ALTER ROLE {ROLE} LOGIN"),
    "no such user": (f"ALTER ROLE {ROLE} RENAME TO {ROLE}_moved", f"ALTER ROLE {ROLE}_moved RENAME TO {ROLE}"),
    "read-only": (
        f"ALTER ROLE {ROLE} SET default_transaction_read_only = on",
        f"ALTER ROLE {ROLE} RESET default_transaction_read_only",
    ),
    "no right": (f"REVOKE UPDATE ON outbox FROM {ROLE}", f"GRANT UPDATE ON outbox TO {ROLE}"),
    "too slow": (
        f"""ALTER ROLE {ROLE} SET statement_timeout = '50ms';
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION slow()""",
        f"DROP FUNCTION IF EXISTS slow CASCADE; ALTER ROLE {ROLE} RESET statement_timeout",
    ),
    "at commit": (
        """CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION USING ERRCODE = ''40001'', MESSAGE = ''could not serialize access''; END';
        CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON outbox DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION late()""",
        "DROP FUNCTION IF EXISTS late CASCADE",
    ),
}
ENDS = [end for _, end in REFUSALS.values()]


@contextlib.asynccontextmanager
async def desk(store: Database, channel: Channel, notifier: Notifier) -> AsyncIterator[DeliveryHarness]:
    timing = DeliveryTiming(store_again=0.01)
    harness = DeliveryHarness(store, {"desk": channel}, {channel.kind: notifier}, quiet_time=0.02, timing=timing)
    try:
        yield harness
    finally:
        await harness.end()


def add(store: Database, headline: str) -> int:
    with store.begin() as tx:
        ident = tx.add_delivery(NewDelivery("desk", headline, alert(headline)), datetime.now(UTC))
    assert ident is not None
    return ident


async def until(true: Callable[[], bool]) -> None:
    async def look() -> None:
        while not true():  # noqa: ASYNC110 — what is waited for rings no bell
            await asyncio.sleep(0.01)

    await asyncio.wait_for(look(), HANG)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_server_that_refuses_during_a_call_doubles_nothing(
    borrowed: tuple[str, Connection], refusal: str
) -> None:
    """The channel has no probe: what is forgotten would be sent again."""
    url, master = borrowed
    begins, ends = REFUSALS[refusal]
    notifier = FakeNotifier()
    notifier.gate.clear()
    store = open_store(url)
    try:
        async with desk(store, Channel("desk", "obedient", {"to": "a"}), notifier) as harness:
            one, two = add(store, "One"), add(store, "Two")
            harness.start()
            await notifier.calling.wait()
            master.execute(text(begins))
            _cut(master)
            notifier.gate.set()
            await until(lambda: harness.delivery_worker.stalled(0.1) != {})  # a call has its time: this one has ended
            state = master.scalar(text("SELECT state FROM outbox WHERE id = :id"), {"id": one})
            master.execute(text(ends))
            _cut(master)
            await harness.until(two, "sent")
            assert (await harness.row(one)).message_id == 1
        assert state == "sending"
    finally:
        store.close()
    assert notifier.headlines == ["One", "Two"]


@pytest.mark.network
async def test_a_chat_shows_each_message_once_and_is_not_searched(
    borrowed: tuple[str, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, master = borrowed
    store = open_store(url)
    async with TelegramDouble() as api:
        try:
            async with desk(store, Channel("desk", "telegram", {"chat": CHAT}), telegram(api)) as harness:
                one, two = add(store, "One"), add(store, "Two")
                known, refused = store.run, list[bool]()

                async def cut_after_the_call(function: Callable[[Transaction], T]) -> T:
                    if len(api.sent(CHAT)) == 1 and not refused:
                        refused.append(True)
                        master.execute(text(REFUSALS["no login"][0]))
                        _cut(master)
                    return await known(function)

                monkeypatch.setattr(store, "run", cut_after_the_call)
                harness.start()
                await until(lambda: bool(refused) and harness.delivery_worker.stalled(0.1) != {})
                master.execute(text(REFUSALS["no login"][1]))
                for ident in (one, two):
                    await until(lambda ident=ident: _state(master, ident) == "sent")  # type: ignore[misc]
        finally:
            store.close()
        assert [line["text"].splitlines()[1] for line in api.sent(CHAT)] == ["One", "Two"]
        assert api.called("editMessageReplyMarkup") == []


def _state(master: Connection, ident: int) -> str:
    found: str = master.execute(text("SELECT state FROM outbox WHERE id = :id"), {"id": ident}).scalar_one()
    return found


def test_a_right_that_was_taken_away_is_an_error_of_the_database(borrowed: tuple[str, Connection]) -> None:
    url, master = borrowed
    store = open_store(url)
    master.execute(text(REFUSALS["no right"][0]))
    with pytest.raises(StoreError, match="permission denied") as caught, store.begin() as tx:
        tx.recover_deliveries()
    store.close()
    assert not caught.value.retryable
