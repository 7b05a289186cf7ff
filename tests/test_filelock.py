"""One holder a file, also where the file is taken away."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor import filelock
from monitor.filelock import HeldError, LockFile, LockHolder, holder_of


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filelock, "_PAUSE", 0.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.lock"


@contextmanager
def held(path: Path, owner: str = "run", database: str = "") -> Iterator[LockFile]:
    lock = LockFile(path, owner=owner, database=database)
    try:
        yield lock
    finally:
        lock.release()


def test_one_at_a_time_and_the_other_learns_by_whom(path: Path) -> None:
    with held(path, database="sqlite:///x.db"):
        with pytest.raises(HeldError, match=rf"held by pid {os.getpid()}, run$") as refused, held(path):
            pass
        holder = refused.value.holder
        assert (holder.host, holder.database) == (socket.gethostname(), "sqlite:///x.db")
        assert holder.started_at is not None
        assert abs((datetime.now(UTC) - holder.started_at).total_seconds()) < 3600
    with held(path):
        pass
    assert path.exists()


def test_who_holds_it_can_be_asked_without_taking_it(path: Path) -> None:
    assert holder_of(path) is None
    with held(path, "once"):
        found = holder_of(path)
        assert found is not None
        assert (found.pid, found.owner) == (os.getpid(), "once")
    assert holder_of(path) is None


def test_asking_keeps_nobody_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks has a shared lock for an instant."""
    path.touch()
    descriptor = os.open(path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    sleep = SimpleNamespace(sleep=lambda _seconds: fcntl.flock(descriptor, fcntl.LOCK_UN))
    monkeypatch.setattr("monitor.filelock.time", sleep)
    with held(path):
        assert holder_of(path) is not None
    os.close(descriptor)


def test_it_goes_with_its_process(path: Path) -> None:
    program = (
        "import sys, pathlib; from monitor.filelock import LockFile; lock = LockFile(pathlib.Path(sys.argv[1])); "
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(HeldError, match=f"pid {child.pid}"), held(path):
            pass
        child.kill()
    with held(path):
        pass


@pytest.mark.parametrize("how", ["deleted", "replaced", "moved"])
def test_a_file_that_is_gone_is_made_anew(path: Path, how: str) -> None:
    with held(path) as mine:
        if how == "moved":
            path.rename(path.with_suffix(".old"))
        else:
            path.unlink()
        if how == "replaced":
            path.touch()
        mine.keep()
        with pytest.raises(HeldError), held(path):
            pass
        mine.keep()
    with held(path):
        pass


def test_whoever_takes_a_deleted_file_first_has_it(path: Path) -> None:
    with held(path) as mine:
        path.unlink()
        with held(path), pytest.raises(HeldError, match=f"pid {os.getpid()}"):
            mine.keep()
        mine.keep()  # that one has ended


def test_a_directory_that_is_gone_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with held(folder / "some.lock") as mine:
        shutil.rmtree(folder)
        with pytest.raises(FileNotFoundError):
            mine.keep()
        folder.touch()
        with pytest.raises(NotADirectoryError):
            mine.keep()


def test_a_lock_that_was_let_go_is_not_kept(path: Path) -> None:
    with held(path) as mine:
        mine.release(remove=True)
        mine.keep()
        assert not path.exists()


def test_another_ones_file_is_not_removed(path: Path) -> None:
    with held(path) as mine:
        path.unlink()
        with held(path):
            mine.release(remove=True)
            assert path.exists()


def test_the_file_is_its_owners_alone_whatever_it_was(path: Path) -> None:
    before = os.umask(0)
    try:
        with held(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o666)
        with held(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may give files away")
def test_a_file_that_root_makes_belongs_to_the_owner_of_what_it_locks(path: Path) -> None:
    other = path.with_suffix(".db")
    other.touch()
    os.chown(other, 12345, 12345)
    lock = LockFile(path, like=other)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
    lock.release()


def test_a_link_is_not_followed(path: Path) -> None:
    target = path.with_suffix(".target")
    path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        LockFile(path)
    assert not target.exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (b"", LockHolder()),
        (b"\xff\xfe", LockHolder()),
        (b"[1]", LockHolder()),
        (b"1234\n", LockHolder(1234)),  # of an earlier version
        (b'{"pid": 7, "owner": "pid 7"}', LockHolder(7, "pid 7")),  # likewise
        (b'{"pid": "7", "started_at": "yesterday"}', LockHolder()),
    ],
)
def test_what_another_version_wrote_is_read_as_far_as_it_goes(path: Path, words: bytes, expected: LockHolder) -> None:
    with held(path):
        path.write_bytes(words)
        assert holder_of(path) == expected


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (LockHolder(), "pid unknown"),
        (LockHolder(7, "pid 7", socket.gethostname()), "pid 7"),
        (LockHolder(7, "once", "elsewhere"), "pid 7, once on elsewhere"),
    ],
)
def test_a_holder_is_named_as_far_as_it_is_known(holder: LockHolder, words: str) -> None:
    assert str(holder) == words


def test_a_full_disk_does_not_keep_the_lock_from_being_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        lock = LockFile(path)
    with pytest.raises(HeldError, match="pid unknown"), held(path):
        pass
    lock.release()
