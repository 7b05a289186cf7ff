"""Whether database and bot are still the daemon's alone, looked at while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app import ownership
from monitor.app.ownership import OwnershipWatch
from monitor.deliver.bot_lock import BotLock
from monitor.errors import DeliveryError, LostStoreError, Remedy, Sent
from monitor.store import Database, DatabaseLock, open_store
from monitor.store.lock import lock_path

TOKEN, API = "123456:AAonlyHereOnlyHereOnlyHereOnlyHere", "https://api.telegram.org"


class World:
    """A database and a bot that are held, and the watch over both."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "monitor.db"
        self.store: Database = open_store(f"sqlite:///{self.path}")
        self.lock: DatabaseLock = self.store.lock("run")
        self.bot_lock = BotLock()
        self.bot_lock.take(TOKEN, API)
        self.told: list[str] = []
        self.watch = OwnershipWatch(self.store, self.lock, self.bot_lock, self.tell)

    async def tell(self, text: str) -> None:
        self.told.append(text)

    @property
    def bot_file(self) -> Path:
        (found,) = Path(tempfile.gettempdir()).glob("monitor-bot-*.lock")
        return found

    def close(self) -> None:
        self.bot_lock.release()
        self.lock.release()
        self.store.close()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ownership, "EVERY", 0.0)
    made = World(tmp_path)
    yield made
    made.close()


async def test_a_database_that_is_gone_ends_the_daemon_and_the_admins_are_told(world: World) -> None:
    watching = asyncio.create_task(world.watch.watch())
    await asyncio.sleep(0)
    world.path.unlink()
    with capture_logs() as logs, pytest.raises(LostStoreError, match="is gone"):
        await watching
    assert world.told == [entry["reason"] for entry in logs if entry["log_level"] == "critical"]
    assert "is gone" in world.told[0]


@pytest.mark.parametrize("what", ["database", "bot"])
async def test_what_another_process_has_taken_ends_the_daemon(world: World, what: str) -> None:
    file = lock_path(world.path) if what == "database" else world.bot_file
    file.unlink()
    second = open_store(f"sqlite:///{world.path}")
    with BotLock() as bot_lock, contextlib.ExitStack() as stack:
        if what == "database":
            stack.enter_context(second.lock("run"))
        else:
            bot_lock.take(TOKEN, API)
        with pytest.raises((LostStoreError, DeliveryError), match="another daemon"):
            await world.watch.watch()
    assert len(world.told) == 1
    second.close()


def test_lock_files_that_were_deleted_are_made_anew(world: World) -> None:
    lock_path(world.path).unlink()
    world.bot_file.unlink()
    world.watch.check()
    assert lock_path(world.path).exists()
    assert world.bot_file.exists()
    with pytest.raises(DeliveryError, match="another daemon"):
        BotLock().take(TOKEN, API)


def test_a_lock_that_cannot_be_held_now_is_said_once_and_asked_for_again(world: World) -> None:
    lock_path(world.path).unlink()
    lock_path(world.path).mkdir()
    with capture_logs() as logs:
        world.watch.check()
        world.watch.check()
        lock_path(world.path).rmdir()
        world.watch.check()
        world.watch.check()
    assert [entry["event"] for entry in logs] == [
        "the database's lock cannot be held now",
        "the file of a lock was deleted and is made anew",
    ]


async def test_admins_that_cannot_be_told_keep_the_daemon_from_nothing(world: World) -> None:
    async def refuse(_text: str) -> None:
        raise DeliveryError("no network", sent=Sent.NO, remedy=Remedy.RETRY)

    watch = OwnershipWatch(world.store, world.lock, world.bot_lock, refuse)
    world.path.unlink()
    with pytest.raises(LostStoreError):
        await watch.watch()


def test_a_bot_without_room_for_its_lock_is_used_without(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bots"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    bot_lock = BotLock()
    bot_lock.take(TOKEN, API)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with capture_logs() as logs:
        bot_lock.keep()
        bot_lock.keep()
    assert len(logs) == 1
    bot_lock.release()
