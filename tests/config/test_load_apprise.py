"""Channels of kind apprise: the name of their variable, and what is said where the address or the package is missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from monitor.app.configuration import load
from monitor.config.load import Config
from monitor.deliver.channels.apprise import variable_of
from monitor.errors import ConfigError

SOURCES = 'sources: [{name: a, url: "https://example.org/rss"}]\nwatchlists: [{name: w, keywords: [rocket]}]\n'


NIGHT = "MONITOR_APPRISE_NIGHT_DESK"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        f"{SOURCES}channels:\n  Night desk: {{apprise: {{}}}}\n  штаб:\n    apprise: {{url_env: HQ}}\n",
        encoding="utf-8",
    )
    return path


def read(file: Path, **environ: str) -> Config:
    return load(file, environ, entity_names=list)


def test_settings_name_a_variable_and_hold_no_address(file: Path) -> None:
    channels = read(file, HQ="ntfy://secret-topic-1").channels
    assert (channels["Night desk"].kind, channels["Night desk"].settings) == ("apprise", {"url_env": NIGHT})
    assert channels["штаб"].settings == {"url_env": "HQ"}
    assert "secret-topic" not in repr(channels)


def test_an_empty_value_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SOURCES}channels:\n  office:\n    apprise:\n", encoding="utf-8")
    assert read(path).channels["office"].settings == {"url_env": "MONITOR_APPRISE_OFFICE"}


def test_a_missing_address_is_warned_of_and_no_mistake(file: Path, tmp_path: Path) -> None:
    told = [warning for warning in read(file).warnings if "address" in warning]
    assert told == [
        f"channels.Night desk: its alerts wait for an address: set {NIGHT}, or {NIGHT}_FILE",
        "channels.штаб: its alerts wait for an address: set HQ, or HQ_FILE",
    ]
    (tmp_path / "hq").write_text("ntfy://x", encoding="utf-8")
    good = read(file, MONITOR_APPRISE_NIGHT_DESK_FILE="/somewhere", CREDENTIALS_DIRECTORY=str(tmp_path))
    assert not any("address" in warning for warning in good.warnings)


def test_without_the_package_the_line_and_the_remedy_are_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError) as caught:
        read(file)
    lines = [str(problem) for problem in caught.value.problems]
    assert len(lines) == 2
    assert lines[0].startswith(f"{file}:4:16: channels.Night desk.apprise: needs the package apprise")
    assert "pip install 'apprise" in lines[0]


@pytest.mark.parametrize(
    ("channel", "variable"),
    [("office", "OFFICE"), ("Night desk", "NIGHT_DESK"), ("desk-2 (ночь)", "DESK_2"), ("  a..b", "A_B")],
)
def test_the_variable_is_the_channels_name(channel: str, variable: str) -> None:
    assert variable_of(channel) == f"MONITOR_APPRISE_{variable}"
