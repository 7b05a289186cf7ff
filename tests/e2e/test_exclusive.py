"""Two daemons on one database, and a database that is taken away: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.news_server import Item, NewsServer
from doubles.telegram import TelegramDouble
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from monitor.store import open_store

if TYPE_CHECKING:
    from doubles.postgres import Postgres

pytestmark = pytest.mark.network

EN = "/RSS/nk.xml"
PLACES = ("Pyongyang", "Nampo", "Wonsan", "Sinuiju", "Kaesong", "Hamhung", "Chongjin", "Rason", "Haeju", "Sariwon")
DEEDS = (
    "opens a harbour for grain ships after years of repair",
    "holds an opera festival with guests from abroad",
    "counts its forests from the air for the first time",
    "lets marathon runners in again after a long pause",
    "builds a glass works beside the old railway yard",
    "vaccinates its cattle against foot-and-mouth disease",
    "shows a mammoth's skeleton in a new museum hall",
    "moves its stock exchange into a former theatre",
    "teaches chess in all of its primary schools",
    "paints its trams green to mark an anniversary",
)


@pytest.fixture
def newsroom(newsroom: NewsServer) -> NewsServer:
    newsroom.feed(EN)
    newsroom.publish(EN, Item("Rain over the strait", "/view/0"), "Rain fell over the strait on Monday, ships waited.")
    return newsroom


class World:
    """A configuration, and the alerts that should come of what is published."""

    def __init__(self, folder: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
        lists = f"  - {{name: towns, keywords: [{', '.join(PLACES)}], notify: [desk]}}\n"
        self.config = write_config(folder, newsroom, api.url, {"Yonhap": EN}, watchlists=lists)
        self.newsroom, self.api = newsroom, api
        self.published: list[str] = []

    def publish(self, count: int) -> None:
        """Publish so many articles that are stories of their own."""
        for _ in range(count):
            number = len(self.published)
            place, deed = PLACES[number], DEEDS[number]
            item = Item(f"{place} {deed}", f"/view/{number + 1}")
            self.newsroom.publish(EN, item, f"{place} {deed}.", *_words(number))
            self.published.append(item.title)

    def asked(self) -> int:
        """Return how many of the articles' pages were fetched."""
        return sum(bool(self.newsroom.asked(f"/view/{number + 1}")) for number in range(len(self.published)))

    def alerts(self) -> list[str]:
        """Return the headlines of all alerts, in the order in which they came."""
        found = [message["text"] for message in self.api.sent(500)]
        titles = [title for words in found for title in self.published if title in words]
        return sorted(titles)

    async def announced(self) -> None:
        await until(lambda: any("Now watching" in one["text"] for one in self.api.sent(500)), "the baseline's message")

    async def delivered(self, log: object = "") -> None:
        await until(lambda: set(self.alerts()) == set(self.published), f"all alerts\n{log}")


def _words(number: int) -> Iterator[str]:
    """Yield paragraphs that share no word with those of another number: each article is a story of its own."""
    rng = random.Random(number)
    for _ in range(4):
        words = ["".join(rng.choices("bdfgklmnprstvz", k=3)) + rng.choice(("ing", "ed", "er", "al")) for _ in range(25)]
        yield " ".join(words).capitalize() + "."


@pytest.fixture
def world(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> World:
    return World(tmp_path, newsroom, api)


class Server:
    """A database of a PostgreSQL server, and what happens to servers."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self._engine = create_engine(
            self.url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )

    def do(self, statement: str, **values: object) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement), values)

    def end_lock(self) -> None:
        """End the session that holds the daemon's lock, and no other."""
        self.do(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = :name)",
            name=self.url.database,
        )

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse everybody, as a server that restarts."""
        self.do(f"ALTER DATABASE {self.url.database} ALLOW_CONNECTIONS false")
        try:
            self.do(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name",
                name=self.url.database,
            )
            yield
        finally:
            self.do(f"ALTER DATABASE {self.url.database} ALLOW_CONNECTIONS true")


@pytest.fixture
def server(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Server:
    url = postgres.lend()
    monkeypatch.setenv("MONITOR_STORAGE__URL", url)
    return Server(url)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Path]]:
    """A call after which daemons start as if on another host, as far as the bot's lock goes; it returns their folder.

    The folder's path is short: the fork server's socket stands below it, and a socket's path has 107 bytes at most.
    """
    with tempfile.TemporaryDirectory(prefix="host-") as folder:

        def move() -> Path:
            monkeypatch.setenv("TMPDIR", folder)
            return Path(folder)

        yield move


# --------------------------------------------------------------------------- PostgreSQL


@pytest.mark.parametrize("moment", ["reading", "sending"])
async def test_a_daemon_that_was_stopped_and_replaced_sends_nothing_more(
    world: World, server: Server, elsewhere: Callable[[], Path], moment: str
) -> None:
    async with DaemonProcess(world.config) as first:
        await world.announced()
        world.publish(5)
        await until(lambda: world.asked() >= 2, f"pages\n{first.log}")
        if moment == "sending":
            await until(lambda: bool(world.alerts()), f"an alert\n{first.log}")
        first.signal(signal.SIGSTOP)
        server.end_lock()
        elsewhere()
        async with DaemonProcess(world.config) as second:
            await second.started()
            world.publish(3)
            await world.delivered(second.log)
            first.signal(signal.SIGCONT)
            assert await first.wait() == 1, first.log
            world.publish(2)
            await world.delivered(second.log)
        assert second.code == 0
    assert world.alerts() == sorted(world.published)  # none is missing, none came twice
    assert "has taken over the database" in first.log
    assert "Traceback" not in first.log + second.log
    assert any("has taken over" in message["text"] for message in world.api.sent(77))


async def test_a_daemon_whose_lock_is_lost_takes_it_again_and_keeps_others_out(
    world: World, server: Server, elsewhere: Callable[[], Path]
) -> None:
    async with DaemonProcess(world.config) as first:
        await world.announced()
        for number in (1, 2):
            world.publish(2)
            server.end_lock()
            while first.log.count("the lock is held again") < number:  # noqa: ASYNC110 — the daemon has no event
                await asyncio.sleep(0.05)
        elsewhere()
        async with DaemonProcess(world.config) as second:
            assert await second.wait() == 1
        assert re.search(r"another daemon \(pid \d+\) uses this database", second.log)
        await world.delivered(first.log)
    assert first.code == 0
    assert world.alerts() == sorted(world.published)


async def test_an_outage_of_the_server_is_waited_for(world: World, server: Server) -> None:
    async with DaemonProcess(world.config) as daemon:
        await world.announced()
        world.publish(3)
        await until(lambda: world.asked() >= 1, f"a page\n{daemon.log}")
        with server.down():
            world.publish(2)
            await until(lambda: "the database's lock cannot be held now" in daemon.log, f"the outage\n{daemon.log}")
        await until(lambda: "the lock is held again" in daemon.log, f"the lock\n{daemon.log}")
        world.publish(2)
        await world.delivered(daemon.log)
    assert daemon.code == 0
    assert world.alerts() == sorted(world.published)


# --------------------------------------------------------------------------- SQLite


async def test_neither_a_link_nor_a_deleted_lock_lets_a_second_daemon_in(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, elsewhere: Callable[[], Path]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.db").symlink_to("monitor.db")
    async with DaemonProcess(world.config) as first:
        await world.announced()
        elsewhere()
        for url in ("link.db", "link/monitor.db"):
            (tmp_path / "monitor.db.lock").unlink()
            await until((tmp_path / "monitor.db.lock").exists, first.log)
            monkeypatch.setenv("MONITOR_STORAGE__URL", f"sqlite:///{tmp_path}/{url}")
            async with DaemonProcess(world.config) as second:
                assert await second.wait() == 1
            assert re.search(r"another daemon \(pid \d+\) uses this database: \S+/monitor\.db;", second.log)
        world.publish(2)
        await world.delivered(first.log)
    assert first.code == 0


async def test_the_bot_is_kept_though_its_lock_is_deleted(
    tmp_path: Path, world: World, api: TelegramDouble, elsewhere: Callable[[], Path]
) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    other = write_config(folder, world.newsroom, api.url, {"Yonhap": EN})
    host = elsewhere()
    async with DaemonProcess(world.config) as first:
        await world.announced()
        (lock,) = host.glob("monitor-bot-*.lock")
        lock.unlink()
        await until(lock.exists, first.log)
        async with DaemonProcess(other) as second:
            assert await second.wait() == 1
        assert "sends with this bot's token" in second.log
    assert first.code == 0


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
async def test_a_database_that_is_taken_away_ends_the_daemon(tmp_path: Path, world: World, how: str) -> None:
    database = tmp_path / "monitor.db"
    async with DaemonProcess(world.config) as daemon:
        await world.announced()
        world.publish(1)
        await world.delivered(daemon.log)
        if how == "deleted":
            database.unlink()
        else:
            database.rename(tmp_path / "moved.db")
        if how == "replaced":
            open_store(f"sqlite:///{tmp_path}/new.db").close()
            (tmp_path / "new.db").rename(database)
        assert await daemon.wait() == 1
    assert "this daemon stops" in daemon.log
    assert "monitor: the database file" in daemon.log
    assert "Traceback" not in daemon.log
    (told,) = [message["text"] for message in world.api.sent(77) if "The monitor stops" in message["text"]]
    assert str(database) in told
    if how == "moved":  # and back again: it knows all that was sent
        (tmp_path / "moved.db").rename(database)
        async with DaemonProcess(world.config) as again:
            world.publish(1)
            await world.delivered(again.log)
        assert again.code == 0
        assert world.alerts() == sorted(world.published)


async def test_a_database_of_another_version_has_an_exit_code_of_its_own(tmp_path: Path, world: World) -> None:
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    for version, held, code, words in (
        ("0001", True, 75, "a daemon of that version uses it"),
        ("9999", False, 78, "made by a newer version"),
    ):
        with store._engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        hold = store._take("run") if held else None
        for command in ("run", "once"):
            async with DaemonProcess(world.config, command) as process:
                assert await process.wait() == code
            assert words in process.log
        if hold is not None:
            hold.release()
    store.close()
    await asyncio.sleep(0)
