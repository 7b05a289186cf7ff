"""`monitor test`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli

CONFIG = """
sources: [{name: A, url: "https://example.org/rss"}]
watchlists: [{name: w, keywords: [rocket]}]
"""
CHANNELS = "channels: {desk: {telegram: {chat: 1}}, screen: {console: {}}}\n"


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def run(folder: Path, channels: str, *arguments: str) -> Result:
    file = folder / "config.yaml"
    file.write_text(f"{CONFIG}{channels}storage: {{url: 'sqlite:///{folder}/monitor.db'}}\n", encoding="utf-8")
    return CliRunner().invoke(cli, ["--config", str(file), "test", *arguments])


def test_the_only_channel_needs_no_name(tmp_path: Path) -> None:
    result = run(tmp_path, "")
    assert "This is a test" in result.stdout
    assert result.stderr.startswith("console (console): a sample alert was sent in ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "say which channel: desk, screen"), (("scren",), "there is no channel 'scren'. Did you mean 'screen'?")],
)
def test_a_channel_that_is_not_there_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run(tmp_path, CHANNELS, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_sample_that_does_not_arrive_says_why(tmp_path: Path) -> None:
    result = run(tmp_path, CHANNELS, "desk", "--json")
    said = json.loads(result.stdout)
    assert said.keys() == {"channel", "kind", "error", "seconds", "daemon"}
    assert "TELEGRAM_BOT_TOKEN" in said["error"]
    assert "a sample alert did not arrive: there is no bot token" in run(tmp_path, CHANNELS, "desk").stderr
