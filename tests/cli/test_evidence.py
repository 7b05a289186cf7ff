"""`monitor evidence`: written from a database, checked without one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from doubles.command_harness import CONFIG, CommandHarness
from doubles.patience import HANG

from monitor.cli import cli
from monitor.errors import StoreError
from monitor.evidence.capture import ServerAnswer, capture
from monitor.evidence.versions import TextVersion
from monitor.model import Alert, MessageKind, NewDelivery, Relation
from monitor.pipeline.evidence import keep_version
from monitor.store import open_store


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandHarness:
    """A story with an alert and two versions of its article; a notice is row 2; another article's entry between."""
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url)
    desk = CommandHarness(store, tmp_path, CONFIG + f"storage: {{url: '{url}'}}\n")
    desk.story("Missile launch")
    now = desk.clock.now()
    answer = ServerAnswer("https://a.example/1", "https://a.example/1", now, 200, (("etag", "1"),), b"<p>page")
    with store.begin() as tx:
        found = capture("reading", "Yonhap", answer, raw=True)
        tx.append_evidence(99, {"kind": "reading"}, now)
        keep_version(tx, 1, None, TextVersion("Missile launch", "Three."), found, now)
        tx.append_evidence(99, {"kind": "reading"}, now)
        keep_version(tx, 1, tx.latest_version(1), TextVersion("Missile launch", "Two."), found, now)
        tx.add_delivery(NewDelivery("desk", "n", Alert(MessageKind.NOTICE, "Now watching")), now)
    store.close()
    return desk


def monitor(desk: CommandHarness, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(desk.path), *arguments], standalone_mode=False)


def test_a_package_of_an_alert_is_written_and_holds_anywhere(
    desk: CommandHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "package.zip"
    shown = monitor(desk, "evidence", "1", "-o", str(target))
    assert shown.return_value == 0, shown.output
    assert "story 1: Missile launch" in shown.stdout
    assert "articles: 1, versions of their texts: 2, alerts: 1" in shown.stdout
    with zipfile.ZipFile(target) as archive:
        names = set(archive.namelist())
        assert {"texts/1-1.txt", "texts/1-2.txt", "diffs/1-1-2.txt", "evidence.warc.gz"} <= names
        (alert,) = json.loads(archive.read("alerts.json"))
        assert alert["watchlist"] == "DPRK arms"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    checked = CliRunner().invoke(cli, ["evidence", "verify", str(target)], standalone_mode=False)
    assert checked.return_value == 0, checked.output
    assert "3 entries of the chain follow each other, 2 of them on this story" in checked.stdout
    as_json = CliRunner().invoke(cli, ["evidence", "verify", str(target), "--json"], standalone_mode=False)
    assert json.loads(as_json.stdout)["ok"] is True


def test_the_examples_of_the_page_on_evidence_run(desk: CommandHarness, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0].splitlines()
    programs = {
        "monitor": [sys.executable, "-m", "monitor", "--config", str(desk.path)],
        "python": [sys.executable],
        "warcio": [sys.executable, "-c", "from warcio.cli import main; main()"],
        "sha256sum": ["sha256sum"],
    }
    assert len(examples) == 7
    for example in examples:
        name, *arguments = example.split()
        ended = subprocess.run(
            [*programs[name], *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=HANG, check=False,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        assert ended.returncode == 0, (example, ended.stdout, ended.stderr)


def test_no_secret_of_an_address_goes_to_others(desk: CommandHarness, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        (article,) = tx.articles([1])
        (row,) = tx.deliveries_of(1)
        address = "https://a.example/1?api_key=s3cret"
        moved = tx.add_article(replace(article, url=address, key="k2"))
        tx.join_story(1, moved, Relation.SAME, (), desk.clock.now())
        tx.amend_delivery(row.id, replace(row.alert, url=address), desk.clock.now())
    store.close()
    monitor(desk, "evidence", "1", "-o", str(tmp_path / "x.zip"))
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert b"api_key=hidden" in files["story.json"]
    assert b"api_key=hidden" in files["alerts.json"]
    assert [name for name, data in files.items() if b"s3cret" in data] == []


def test_a_changed_byte_is_named_and_the_exit_is_1(desk: CommandHarness, tmp_path: Path) -> None:
    target = tmp_path / "package.zip"
    monitor(desk, "evidence", "story:1", "-o", str(target))
    with zipfile.ZipFile(target) as archive:
        start = archive.getinfo("evidence.warc.gz").header_offset + 60
    data = bytearray(target.read_bytes())
    data[start + 40] ^= 1
    target.write_bytes(data)
    checked = monitor(desk, "evidence", "verify", str(target))
    assert checked.return_value == 1
    assert f"{target}: evidence.warc.gz: it was changed" in checked.stderr
    assert json.loads(monitor(desk, "evidence", "verify", "--json", str(target)).stdout)["ok"] is False


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_package_is_said_so(desk: CommandHarness, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    checked = monitor(desk, "evidence", "verify", str(tmp_path / "x.zip"))
    assert checked.return_value == 1
    assert "it is no whole zip file" in checked.stderr
    assert "cannot be read" in monitor(desk, "evidence", "verify", str(tmp_path / "none.zip")).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x1"], "is no number"),
        (["77"], "there is no alert and no story 77"),
        (["alert:77"], "there is no alert 77"),
        (["story:77"], "there is no story 77"),
        (["alert:2"], "alert 2 belongs to no story"),
        (["2"], "alert 2 belongs to no story that is kept; where story 2 is meant, write story:2"),
    ],
)
def test_what_is_not_there_is_named(desk: CommandHarness, tmp_path: Path, arguments: list[str], words: str) -> None:
    target = tmp_path / "package.zip"
    found = monitor(desk, "evidence", "-o", str(target), *arguments).exception
    assert isinstance(found, click.UsageError | StoreError)
    assert words in str(found)
    assert not target.exists()


def test_nothing_is_overwritten_unasked(desk: CommandHarness, tmp_path: Path) -> None:
    target = tmp_path / "package.zip"
    target.write_bytes(b"mine")
    assert "--force replaces it" in str(monitor(desk, "evidence", "1", "-o", str(target)).exception)
    assert target.read_bytes() == b"mine"
    written = monitor(desk, "evidence", "1", "-o", str(target), "--force", "--json")
    row = json.loads(written.stdout)
    assert (row["story"], row["alert"], row["entries"], row["bytes"]) == (1, 1, 2, target.stat().st_size)
    assert list(tmp_path.glob(".evidence-*")) == []


def test_a_place_that_cannot_be_written_is_named(desk: CommandHarness, tmp_path: Path) -> None:
    found = monitor(desk, "evidence", "1", "-o", str(tmp_path / "none" / "x.zip")).exception
    assert isinstance(found, click.ClickException)
    assert "cannot be written" in found.message


def test_a_package_is_not_printed(desk: CommandHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    refused = monitor(desk, "evidence", "1", "-o", "-")
    assert "name one" in str(refused.exception)
    assert set(tmp_path.iterdir()) == before
