"""`monitor compact`: a file as small as what it holds, and nothing lost on the way."""

from __future__ import annotations

import random
import shutil
import sqlite3
import string
from collections import namedtuple
from pathlib import Path

import pytest
from click.testing import CliRunner
from doubles.store_samples import NOW, article

from monitor.cli import cli
from monitor.errors import StoreError
from monitor.store import Database, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of an older version, most of which is empty."""
    path = tmp_path / "it's here" / "monitor.db"
    path.parent.mkdir()
    sqlite3.connect(path).execute("CREATE TABLE old (x)").connection.close()  # made without auto_vacuum
    store = open_store(f"sqlite:///{path}")
    with store.begin() as tx:
        for number in range(300):  # letters by chance: compressing makes little of them smaller
            letters = "".join(random.Random(number).choices(string.ascii_letters + string.digits, k=30_000))
            tx.add_article(article(f"a{number}", text=letters, seen_at=NOW))
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM articles WHERE id > 3")
        assert connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == 0
    store.close()
    return path


def monitor(path: Path) -> tuple[int, str]:
    config = path.parent / "config.yaml"
    config.write_text(
        f"sources: [{{name: A, url: 'https://a.example/rss'}}]\n"
        f"watchlists: [{{name: W, keywords: [word], notify: [screen]}}]\n"
        f"channels: {{screen: {{console: {{}}}}}}\n"
        f'storage: {{url: "sqlite:///{path}"}}\n',
        encoding="utf-8",
    )
    result = CliRunner().invoke(cli, ["--config", str(config), "compact"], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.return_value, result.output


def kept(path: Path) -> list[str]:
    store = open_store(f"sqlite:///{path}")
    with store.begin() as tx:
        found = [each.key for each in tx.articles(range(1, 400))]
    store.close()
    return found


def test_the_file_shrinks_and_does_so_by_itself_from_then_on(path: Path) -> None:
    before = path.stat().st_size
    code, said = monitor(path)
    assert code == 0
    assert "MB before" in said
    assert before > 5_000_000
    assert path.stat().st_size < 1_000_000
    assert kept(path) == ["a0", "a1", "a2"]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_beside_a_daemon_it_does_nothing(path: Path) -> None:
    before = path.stat().st_size
    store = open_store(f"sqlite:///{path}")
    with store.lock("pid 77"), pytest.raises(StoreError, match="another daemon"):
        monitor(path)
    store.close()
    assert path.stat().st_size == before


def test_a_disk_without_room_is_named_before_anything_is_begun(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", ("total", "used", "free"))  # noqa: PYI024
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 10**6))
    before = path.stat().st_size
    with pytest.raises(StoreError, match=r"has 1 MB free, and rewriting monitor\.db takes \d+ MB") as caught:
        monitor(path)
    assert not caught.value.retryable
    assert path.stat().st_size == before


def test_a_failure_on_the_way_leaves_the_file_as_it_was(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    reader = sqlite3.connect(path)
    reader.execute("BEGIN IMMEDIATE")  # another program writes, for longer than anybody waits
    store._engine.raw_connection().execute("PRAGMA busy_timeout = 0")
    with pytest.raises(StoreError, match=r"could not be rewritten .*locked.*; it is as it was") as caught:
        store.compact()
    assert caught.value.retryable
    reader.close()
    store.close()
    assert kept(path) == ["a0", "a1", "a2"]


@pytest.mark.network  # it looks whether a daemon runs with this configuration
def test_where_there_is_no_file_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        monitor(tmp_path / "monitor.db")
    assert not (tmp_path / "monitor.db").exists()


def test_other_databases_do_it_themselves() -> None:
    store: Database = open_store("sqlite://")
    with pytest.raises(StoreError, match="is no SQLite file: PostgreSQL's autovacuum"):
        store.compact()
    store.close()
