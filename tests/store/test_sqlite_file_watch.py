"""One name for a SQLite file, which is still at its place, and nobody else's to read."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doubles.store_samples import read, write

from monitor.errors import LostStoreError, StoreError
from monitor.store import Database, holder_of, lock, open_store, sqlite_file

Opened = Callable[..., Database]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "monitor.db"


def of(path: Path) -> str:
    return f"sqlite:///{path}"


# --------------------------------------------------------------------------- names of a file


@pytest.mark.parametrize("how", ["file", "directory", "relative", "chain", "dots"])
def test_another_name_of_the_file_is_no_other_database(
    path: Path, opened: Opened, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(of(path))
    monkeypatch.chdir(path.parent)
    link = path.parent.parent / "link"
    if how == "file":
        link.symlink_to(path)
        other = of(link)
    elif how == "directory":
        link.symlink_to(path.parent)
        other = of(link / "monitor.db")
    elif how == "chain":
        (path.parent / "a").symlink_to("monitor.db")
        link.symlink_to("var/a")
        other = of(link)
    elif how == "dots":
        other = of(path.parent / ".." / "var" / "monitor.db")
    else:
        other = "sqlite:///monitor.db"
    with first.lock("run"):
        with pytest.raises(StoreError, match=rf"another daemon \(pid {os.getpid()}, run\)"):
            opened(other).lock("run")
        found = holder_of(other)
        assert found is not None
        assert found.database == of(path)


def test_a_circle_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(StoreError, match=r"storage\.url: .* cannot be followed"):
        open_store(of(tmp_path / "a"))


def test_a_file_with_two_names_is_refused(path: Path, opened: Opened) -> None:
    opened(of(path)).close()
    other = path.parent / "other.db"
    os.link(path, other)
    for name in (path, other):
        with pytest.raises(StoreError, match=r"more than one name \(hard links\).*cp ") as caught:
            opened(of(name))
        assert not caught.value.retryable
    opened(of(path), read_only=True)
    other.unlink()
    opened(of(path))


def test_a_database_that_is_mounted_as_a_file_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    path.touch()
    monkeypatch.setattr(sqlite_file, "_mounts", lambda: f"/dev/sda1 / ext4 rw 0 0\n/dev/sda1 {path} ext4 rw 0 0\n")
    with pytest.raises(StoreError, match=r"mounted as a file.*mount its directory"):
        open_store(of(path))


@pytest.mark.parametrize("by", ["deleted", "replaced"])
def test_a_lock_whose_file_is_taken_away_is_taken_again(path: Path, opened: Opened, by: str) -> None:
    store = opened(of(path))
    with store.lock("run") as held:
        lock.lock_path(path).unlink()
        if by == "replaced":
            lock.lock_path(path).touch()
        held.keep()
        with pytest.raises(StoreError, match="another daemon"):
            opened(of(path)).lock("run")
        write(store)


def test_a_lock_whose_file_another_daemon_made_anew_is_lost(path: Path, opened: Opened) -> None:
    first, second = opened(of(path)), opened(of(path))
    mine = first.lock("run")
    lock.lock_path(path).unlink()
    with second.lock("once"):
        with pytest.raises(LostStoreError, match=r"another daemon \(pid \d+, once\)"):
            mine.keep()
        with pytest.raises(LostStoreError):
            write(first)
    mine.release()


def test_a_lock_that_cannot_be_made_anew_now_is_asked_for_again(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    with store.lock("run") as held:
        lock.lock_path(path).unlink()
        lock.lock_path(path).mkdir()
        with pytest.raises(StoreError, match="cannot open the lock") as caught:
            held.keep()
        assert caught.value.retryable
        lock.lock_path(path).rmdir()
        held.keep()


def test_a_lock_that_cannot_be_opened_is_an_error(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    lock.lock_path(path).unlink()
    lock.lock_path(path).mkdir()
    with pytest.raises(StoreError, match="cannot open the lock") as caught:
        store.lock("run")
    assert not caught.value.retryable
    with pytest.raises(StoreError, match="cannot look at the lock"):
        holder_of(f"sqlite:///{path}/x")


def test_nobody_holds_what_is_not_there(path: Path) -> None:
    assert holder_of(of(path)) is None
    assert holder_of("sqlite://") is None
    memory = open_store("sqlite://")
    assert memory.holder() is None
    memory.close()
    assert not path.parent.exists()


# --------------------------------------------------------------------------- a file that is gone


def overwritten(path: Path) -> None:
    path.write_bytes(path.with_suffix(".backup").read_bytes())


def replaced(path: Path) -> None:
    path.with_suffix(".backup").rename(path)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def unmounted(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


LOSSES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "deleted": (Path.unlink, "is gone"),
    "moved": (lambda path: path.rename(path.with_suffix(".old")), "is gone"),
    "replaced": (replaced, "is another file now"),
    "overwritten": (overwritten, "overwritten by a copy"),
    "emptied": (emptied, "was emptied"),
    "directory moved": (unmounted, "is gone"),
    "journal deleted": (lambda path: Path(f"{path}-wal").unlink(), "-wal is gone"),
    "shared memory deleted": (lambda path: Path(f"{path}-shm").unlink(), "-shm is gone"),
}


@pytest.mark.parametrize("how", LOSSES)
async def test_a_file_that_is_not_at_its_place_is_noticed(path: Path, opened: Opened, how: str) -> None:
    store = opened(of(path))
    write(store)
    with sqlite3.connect(path) as copied, sqlite3.connect(path.with_suffix(".backup")) as backup:
        copied.backup(backup)
    copied.close()
    backup.close()
    with store.lock("run"):
        write(store, "2")
        store.check_file()
        await store.verify()
        loss, words = LOSSES[how]
        loss(path)
        with pytest.raises(LostStoreError, match=words) as caught:
            store.check_file()
        assert str(path.parent) in str(caught.value)
        assert "start again" in str(caught.value)
        with pytest.raises(LostStoreError):
            await store.verify()


def test_a_file_that_lost_its_end_is_noticed(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    with store.lock("run"):
        write(store, "x" * 100_000)
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA wal_checkpoint(PASSIVE)")
        other.close()
        store.check_file()
        os.truncate(path, path.stat().st_size - 4096)
        store.check_file()  # a checkpoint looks like this for a moment
        with pytest.raises(LostStoreError, match=r"was cut short \([\d,]+ bytes are left of [\d,]+\)"):
            store.check_file()


def test_a_file_that_grows_meanwhile_is_whole(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    with store.lock("run"):
        write(store, "x" * 100_000)
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA wal_checkpoint(PASSIVE)")
        other.close()
        size = path.stat().st_size
        content = path.read_bytes()
        os.truncate(path, size - 4096)
        store.check_file()
        path.write_bytes(content)
        store.check_file()
        os.truncate(path, size - 8192)
        store.check_file()


def test_what_was_moved_away_and_back_is_whole(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    with store.lock("run"):
        write(store)
        path.rename(path.with_suffix(".old"))
        with pytest.raises(LostStoreError):
            store.check_file()
        write(store, "known after the loss")  # how a call under way ended
    store.close()
    path.with_suffix(".old").rename(path)
    assert read(opened(of(path))) == "known after the loss"


def test_a_link_that_leads_elsewhere_now_is_noticed(path: Path, opened: Opened) -> None:
    opened(of(path)).close()
    link = path.parent / "link.db"
    link.symlink_to(path)
    store = opened(of(link))
    with store.lock("run"):
        store.check_file()
        link.unlink()
        link.symlink_to("other.db")
        (path.parent / "other.db").touch()
        with pytest.raises(LostStoreError, match=r"link\.db is another file now"):
            store.check_file()


def test_clean_up_beside_commands_is_no_loss(path: Path, opened: Opened) -> None:
    """Neither checkpoints, nor a vacuum, nor readers that come and go change what is looked at."""
    store = opened(of(path))
    with store.lock("run"):
        for number in range(3):
            write(store, "x" * 100_000 * number)
            opened(of(path), read_only=True).close()
            opened(of(path)).close()
            with sqlite3.connect(path, isolation_level=None) as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                other.execute("VACUUM")
            other.close()
            store.check_file()
            write(store, "small")
            store.check_file()
            assert read(store) == "small"


# --------------------------------------------------------------------------- modes


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_nobody_else_may_read_a_database(path: Path, opened: Opened, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = opened(of(path))
        with store.lock("run"):
            write(store)
            found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
            kept = sqlite_file.keep_copy(path)
            assert kept is not None
            copies = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.glob("*damaged*")}
    finally:
        os.umask(before)
    assert set(found) == {"monitor.db", "monitor.db-wal", "monitor.db-shm", "monitor.db.lock"}
    assert set(found.values()) == copies == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_database_that_everybody_could_read_is_tightened(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    write(store)
    files = [path, Path(f"{path}-wal"), Path(f"{path}-shm")]
    for file in files:
        file.chmod(0o644)
    path.parent.chmod(0o755)
    opened(of(path))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755  # not ours: others may have their files there


# --------------------------------------------------------------------------- opened once more


def test_a_second_look_by_this_process_leaves_the_journal_to_it(path: Path, opened: Opened) -> None:
    store = opened(of(path))
    write(store)
    opened(of(path), read_only=True).close()  # as the daemon's page does
    ends = "import sqlite3, sys; one = sqlite3.connect(sys.argv[1]); one.execute('SELECT * FROM sqlite_master'); one.close()"
    subprocess.run([sys.executable, "-c", ends, str(path)], check=True)
    assert path.with_name("monitor.db-wal").exists()  # else the daemon would end: its journal is gone
    store.check_file()
