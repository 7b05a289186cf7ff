"""Every reason why a database cannot be used has its error, with a remedy."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from doubles.patience import HANG
from doubles.store_samples import article
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool

from monitor.errors import StoreError
from monitor.model import Fact
from monitor.store import Database, errors, open_store, sqlite_file

Opened = Callable[..., Database]


class Lender(Protocol):
    """The server of conftest.py."""

    def lend(self, *, migrated: bool = True) -> str: ...


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "not a URL"),
        ("monitor.db", "not a URL"),
        ("mysql://u:secret@h/d", "mysql is not supported"),
        ("sqlite://var/monitor.db", "a slash is missing"),
        ("postgresql://u:secret@h:port/d", "not a URL"),
    ],
)
def test_urls_that_mean_nothing_are_refused(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_store(url)
    assert "sqlite:///var/monitor.db" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not caught.value.retryable


def test_a_server_that_is_away_can_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be reached") as caught:
        open_store(f"postgresql://user:secret@/monitor?host={tmp_path}")
    assert caught.value.retryable
    assert "secret" not in str(caught.value)


def test_a_database_that_the_server_has_not(empty_url: str) -> None:
    if empty_url.startswith("postgresql"):
        with pytest.raises(StoreError, match=r"does not exist.*createdb") as caught:
            open_store(empty_url.replace("/test_", "/nobody_"))
        assert not caught.value.retryable


def damage(path: Path) -> None:
    """Overwrite the middle of every page but the first."""
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)


def filled(path: Path) -> str:
    url = f"sqlite:///{path}"
    store = open_store(url)
    with store.begin() as tx:
        for number in range(50):
            tx.add_article(article(f"a{number}", text="слово " * 500))
    store.close()
    return url


@pytest.mark.parametrize("kind", ["page", "header", "text"])
def test_a_damaged_database_is_kept_and_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "monitor.db"
    url = filled(path)
    if kind == "page":
        damage(path)
    else:
        path.write_bytes(b"\x00" * 5000 if kind == "header" else b"sources:\n  - name: x\n")
    before = path.read_bytes()
    with pytest.raises(
        StoreError, match=r"is damaged \(.*\); a copy is kept as .*\.damaged-.*Move .*\.recover"
    ) as caught:
        open_store(url)
    assert not caught.value.retryable
    (copy,) = tmp_path.glob("monitor.db.damaged-*")
    assert copy.read_bytes() == before
    assert path.read_bytes() == before
    with pytest.raises(StoreError, match=r"is damaged"):
        open_store(url)
    assert list(tmp_path.glob("monitor.db.damaged-*")) == [copy]  # a restart does not fill the disk with copies


def test_damage_found_later_is_named_too(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "monitor.db"
    store = opened(filled(path))
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA shrink_memory")  # what was read at the start is read again
        connection.rollback()
    damage(path)
    with pytest.raises(StoreError, match=r"is damaged.*a copy is kept"), store.begin() as tx:
        tx.articles([1])
    assert list(tmp_path.glob("monitor.db.damaged-*"))


def test_a_full_disk_can_be_tried_again(tmp_path: Path, opened: Opened) -> None:
    store = opened(f"sqlite:///{tmp_path}/monitor.db")

    def pages(limit: str) -> None:
        with store._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")
            connection.rollback()

    def fill() -> None:
        with store.begin() as tx:
            tx.put(Fact.JUDGING, "1")
            for number in range(200):
                tx.add_article(article(f"a{number}", text="слово " * 500))

    pages("60")
    with pytest.raises(StoreError, match=r"has no room left on its disk") as caught:
        fill()
    assert caught.value.retryable
    with store.begin() as tx:
        assert (tx.get(Fact.JUDGING), tx.article_by_key("a0")) == (None, None)
    pages("1000000")
    fill()
    with store.begin() as tx:
        assert tx.article_by_key("a199") is not None


def test_a_database_that_another_program_locks(tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.engine.BUSY_SECONDS", 0.0)
    path = tmp_path / "monitor.db"
    store = opened(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"locked by another program") as caught, store.begin():
        pass
    assert caught.value.retryable
    other.execute("ROLLBACK")
    other.close()
    with store.begin() as tx:
        tx.put(Fact.JUDGING, "1")


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").mkdir()
    with pytest.raises(StoreError, match=r"is a directory"):
        open_store(f"sqlite:///{tmp_path}/monitor.db")


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot make the directory .*var.*make it yourself"):
        open_store(f"sqlite:///{tmp_path}/var/monitor.db")


def test_a_read_only_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.access
    monkeypatch.setattr("os.access", lambda path, mode: real(path, mode) and not (mode & os.W_OK and path == tmp_path))
    with pytest.raises(StoreError, match=r"is read-only.*make it writable"):
        open_store(f"sqlite:///{tmp_path}/monitor.db")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "monitor.db"
    url = filled(path)
    monkeypatch.setattr("os.access", lambda place, _mode: place != path)
    with pytest.raises(StoreError, match=r"no permission.*run as its owner"):
        open_store(url)


_AS_ANOTHER = """\
import os, sys
from monitor.store import open_store
import monitor.store.database
os.setgroups([])
os.setgid(12345)
os.setuid(12345)
try:
    open_store(sys.argv[1], read_only=len(sys.argv) > 2)
except monitor.errors.StoreError as error:
    print(error)
"""


@pytest.fixture
def outside() -> Iterator[Path]:
    """A directory that other users may enter, too: those of pytest are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may become another user")
@pytest.mark.parametrize(
    ("place", "options", "told"),
    [
        ("closed/monitor.db", [], "no permission to look for the database {place} (this is uid 12345, and {there} "),
        (
            "closed/monitor.db",
            ["ro"],
            "no permission to look for the database {place} (this is uid 12345, and {there} ",
        ),
        ("closed/var/monitor.db", [], "change storage.url (this is uid 12345, and {there} "),
        ("open/monitor.db", [], "change storage.url (this is uid 12345, and {there} "),
        ("open/var/monitor.db", [], "change storage.url (this is uid 12345, and {there} "),
        ("open/mine.db", ["ro"], "or change its mode (this is uid 12345, and {place} "),
    ],
)
def test_who_may_not_write_is_told_whom_the_place_should_belong_to(
    outside: Path, place: str, options: list[str], told: str
) -> None:
    """As a container sees it that runs under a uid of its own: users have no names there."""
    (outside / "closed").mkdir(mode=0o700)
    (outside / "open").mkdir(mode=0o755)
    filled(outside / "open/mine.db")
    url = f"sqlite:///{outside / place}"
    ended = subprocess.run(
        [sys.executable, "-c", _AS_ANOTHER, url, *options], capture_output=True, text=True, check=True, timeout=HANG
    )
    wanted = told.format(place=outside / place, there=outside / place.split("/", maxsplit=1)[0])
    assert wanted + "belongs to uid 0: chown " in ended.stdout
    assert "to 12345:12345, or run as its owner)" in ended.stdout


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv nfs4 rw 0 0
/dev/sdb1 /srv/local\\040disk xfs rw 0 0
//nas/share /mnt/nas cifs rw 0 0
me@host: /mnt/remote fuse.sshfs rw 0 0
/dev/sdc1 /mnt/nas ext4 rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/monitor.db", None),
        ("/srv/monitor.db", "nfs4"),
        ("/srv/deep/monitor.db", "nfs4"),
        ("/srv/local disk/monitor.db", None),
        ("/srvx/monitor.db", None),
        ("/mnt/remote/x.db", "fuse.sshfs"),
        ("/mnt/nas/x.db", None),
    ],
)
def test_network_file_systems_are_known(path: str, kind: str | None) -> None:
    assert sqlite_file.network_kind(Path(path), MOUNTS) == kind


def test_network_file_systems_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "_mounts", lambda: f"server:/x {tmp_path} nfs rw 0 0\n")
    with pytest.raises(StoreError, match=r"network file system \(nfs\).*local disk, or use postgresql") as caught:
        open_store(f"sqlite:///{tmp_path}/monitor.db")
    assert not caught.value.retryable
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_the_program_stays_what_it_is() -> None:
    bug = IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE"))
    assert errors.translate(bug, "x", None) is bug
    unknown = OperationalError("SELECT", {}, sqlite3.OperationalError("no such column"))
    assert errors.translate(unknown, "x", None) is unknown


class ServerError(Exception):
    sqlstate = "53100"


def test_a_full_server_can_be_tried_again() -> None:
    error: DBAPIError = OperationalError("INSERT", {}, ServerError("could not extend file\nHINT: free some"))
    found = errors.translate(error, "monitor", None)
    assert isinstance(found, StoreError)
    assert found.retryable
    assert str(found) == "the database monitor is out of room, memory or connections: could not extend file"


@pytest.mark.parametrize(
    ("words", "said", "retryable"),
    [
        ('connection failed: FATAL:  password authentication failed for user "x"', "refuses the user", False),
        ('connection failed: FATAL:  role "x" does not exist', "refuses the user", False),
        ('connection failed: FATAL:  database "x" does not exist', "make it with createdb", False),
        ("connection failed: Connection refused", "cannot be reached", True),
        ("connection failed: FATAL:  the database system is starting up", "cannot be reached", True),
    ],
)
def test_a_server_that_refuses_a_connection(words: str, said: str, retryable: bool) -> None:
    found = errors.translate(OperationalError("", {}, Exception(words)), "monitor", None)
    assert isinstance(found, StoreError)
    assert said in str(found)
    assert found.retryable == retryable


def end_sessions(url: str) -> None:
    """End all other sessions on a PostgreSQL database."""
    engine = create_engine(sqlite_file.parse_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_a_server_that_restarts_is_waited_for(postgres: Lender, opened: Opened) -> None:
    url = postgres.lend()
    store = opened(url)

    def interrupted() -> None:
        with store.begin() as tx:
            tx.put(Fact.JUDGING, "1")
            end_sessions(url)
            tx.put(Fact.CLEANED_ON, "1")

    with pytest.raises(StoreError, match=r"cannot be reached") as caught:
        interrupted()
    assert caught.value.retryable
    end_sessions(url)  # while nothing is under way: not noticed at all
    with store.begin() as tx:
        assert (tx.get(Fact.JUDGING), tx.get(Fact.CLEANED_ON)) == (None, None)
        tx.put(Fact.JUDGING, "2")
