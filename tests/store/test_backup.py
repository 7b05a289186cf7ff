"""Copies of a SQLite file: whole, checked, private, made beside a daemon that writes."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from doubles.store_samples import NOW, article, read, write

from monitor.errors import StoreError
from monitor.store import back_up, open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/it's here.db"
    store = open_store(url)
    write(store, "kept")
    store.close()
    return url


def test_a_copy_holds_what_was_committed_and_opens_as_a_database(tmp_path: Path, url: str) -> None:
    target = tmp_path / "copy.db"
    size = back_up(url, target)
    assert target.stat().st_size == size
    assert target.stat().st_mode & 0o777 == 0o600
    copy = open_store(f"sqlite:///{target}")
    assert read(copy) == "kept"
    copy.close()
    assert sorted(file.name for file in tmp_path.glob("*copy.db*") if not file.name.endswith(("-wal", "-shm"))) == [
        "copy.db"
    ]


def test_a_copy_is_made_while_another_connection_writes(tmp_path: Path, url: str) -> None:
    """What is in the journal alone is copied, too; a writer that goes on is not waited for, and does not wait."""
    store = open_store(url)
    ended = threading.Event()

    def go_on() -> None:
        number = 0
        while not ended.is_set():
            with store.begin() as tx:
                tx.add_article(article(f"a{number}", text="x" * 2000, seen_at=NOW))
            number += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for number in range(5):
            back_up(url, tmp_path / f"copy{number}.db")
    finally:
        ended.set()
        writer.join()
        store.close()
    for number in range(5):
        with sqlite3.connect(tmp_path / f"copy{number}.db") as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        copy.close()


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, url: str) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(StoreError, match="is there already: name another file"):
        back_up(url, target)
    assert target.read_text(encoding="utf-8") == "precious"


def test_a_disk_without_room_is_said_before_anything_is_written(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5))
    with pytest.raises(StoreError, match="make room, or write it to another disk"):
        back_up(url, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []


def test_a_copy_that_fails_leaves_nothing_under_its_name(tmp_path: Path, url: str) -> None:
    path = tmp_path / "it's here.db"
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"could not be written: .*(damaged|malformed)"):
        back_up(url, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []
    with pytest.raises(StoreError, match="could not be written"):
        back_up(url, tmp_path / "nowhere" / "copy.db")


def test_a_part_that_a_kill_left_is_written_anew(tmp_path: Path, url: str) -> None:
    (tmp_path / ".copy.db.part").write_text("half", encoding="utf-8")
    back_up(url, tmp_path / "copy.db")
    assert not (tmp_path / ".copy.db.part").exists()


@pytest.mark.parametrize("url", ["postgresql://monitor@db/monitor", "sqlite://"])
def test_other_databases_are_copied_by_their_own_tools(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        back_up(url, tmp_path / "copy.db")


def test_a_name_without_a_folder_is_in_the_working_directory(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    back_up(url, Path("copy.db"))
    assert [file.name for file in folder.iterdir()] == ["copy.db"]
