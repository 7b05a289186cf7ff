"""`monitor web`: a link into the running daemon's page."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from doubles.command_line import monitor

from monitor.cli import cli
from monitor.errors import MonitorError
from monitor.model import SignOfLife, WebKeyKind
from monitor.pipeline.web_access import digest
from monitor.store import open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(
        f"sources: [{{name: A, url: 'https://a.example/rss'}}]\nstorage: {{url: 'sqlite:///{tmp_path}/m.db'}}\n",
        "utf-8",
    )
    return file


def test_a_link_is_printed_for_the_daemon_that_runs(path: Path) -> None:
    store = open_store(f"sqlite:///{path.parent}/m.db")
    with pytest.raises(MonitorError, match="monitor run"):
        monitor(path, "web")
    with store.begin() as tx:
        tx.save_sign_of_life(SignOfLife("x", 1, "host", "boot", 1.0, ok=True, web="0.0.0.0:8123"))
    base, _, secret = monitor(path, "web").strip().rpartition("/login/")
    assert base == "http://127.0.0.1:8123"
    with store.begin() as tx:
        (key,) = tx.web_keys(store._now())
        assert (key.kind, key.admin) == (WebKeyKind.LINK, True)
        assert tx.web_key(digest(secret), WebKeyKind.LINK, store._now()) is not None
        tx.save_sign_of_life(SignOfLife("x", 1, "host", "boot", 1.0, ok=True, web=""))
    with pytest.raises(MonitorError, match=r"web\.listen"):
        monitor(path, "web")
    store.close()


def test_a_password_becomes_its_hash(path: Path) -> None:
    short = CliRunner().invoke(cli, ["-c", str(path), "web", "--password"], input="x\nx\n")
    assert "12 characters" in short.stderr
    long = CliRunner().invoke(cli, ["-c", str(path), "web", "--password"], input="correct horse\ncorrect horse\n")
    assert PasswordHasher().verify(long.stdout.strip(), "correct horse")


@pytest.mark.parametrize(("word", "remedy"), [("list", "lists them"), ("LS", "lists them"), ("revoke", "--revoke ID")])
def test_a_verb_makes_no_token_of_that_name(path: Path, word: str, remedy: str) -> None:
    refused = CliRunner().invoke(cli, ["-c", str(path), "token", word])
    assert refused.exit_code == 2
    assert remedy in refused.stderr
