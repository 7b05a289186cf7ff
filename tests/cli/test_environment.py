"""The environment file that the daemon's unit and operators' commands share."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli.environment import environment
from monitor.errors import ConfigError
from monitor.store import open_store

ROOT = Path(__file__).parents[2]
CONFIG = (
    "sources: [{name: a, url: 'https://a.example/'}]\nwatchlists: [{name: v, keywords: [rocket]}]\nweb: {listen: ''}\n"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "config.yaml"
    path.parent.mkdir()
    path.write_text(CONFIG, encoding="utf-8")
    return path


def write(config: Path, text: str) -> None:
    (config.parent / "monitor.env").write_text(text, encoding="utf-8")


def test_lines_are_read_as_systemd_reads_them(config: Path) -> None:
    write(
        config,
        "\ufeff# a comment\n; another\n\nA=1\n B = two words \nC='three=3 # \"quoted\" \\'\nD=\"four\"\nE=\nF=''\n"
        "URL=postgresql://u:p%40@h/db?a=b#c\nA=again\n",
    )
    assert environment(config, {"D": "mine"}) == {
        "A": "again",
        "B": "two words",
        "C": 'three=3 # "quoted" \\',
        "E": "",
        "F": "",
        "URL": "postgresql://u:p%40@h/db?a=b#c",
    }


@pytest.mark.parametrize(
    "line", ["no value", "=x", "export A=1", "A-B=1", "A='x", 'A="x$y"', "A=x\\", "A='x' y", "1A=2"]
)
def test_what_could_be_read_in_two_ways_is_refused_with_its_line(config: Path, line: str) -> None:
    write(config, f"A=1\n{line}\n")
    with pytest.raises(ConfigError, match=r"monitor\.env:2:1: write KEY=value"):
        environment(config, {})


def test_which_file_is_read(config: Path, tmp_path: Path) -> None:
    assert environment(config, {}) == {}
    write(config, "A=1")
    other = tmp_path / "other"
    other.write_text("A=2", encoding="utf-8")
    assert environment(config, {}) == {"A": "1"}
    assert environment(config, {"MONITOR_ENV_FILE": str(other)}) == {"A": "2"}
    assert environment(config, {"MONITOR_ENV_FILE": ""}) == {}
    with pytest.raises(ConfigError, match="does not exist, but MONITOR_ENV_FILE names it"):
        environment(config, {"MONITOR_ENV_FILE": str(tmp_path / "missing")})


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), IsADirectoryError(21, "Is a directory")])
def test_a_file_that_cannot_be_read_is_not_passed_over(
    config: Path, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(Path, "read_text", fail)
    with pytest.raises(ConfigError, match=r"with sudo|cannot be read: Is a directory"):
        environment(config, {})


def test_an_operators_command_sees_the_daemons_database(config: Path, tmp_path: Path) -> None:
    """By the wrapper of the documentation, from any directory."""
    open_store(f"sqlite:///{tmp_path}/monitor.db").close()
    write(config, f"MONITOR_STORAGE__URL=sqlite:///{tmp_path}/monitor.db\n")
    page = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"<<'END'\n(.*?)^  END$", page, re.MULTILINE | re.DOTALL)
    command = tmp_path / "monitor"
    program = f'"{sys.executable}" -m monitor'
    command.write_text(re.sub("^  ", "", script, flags=re.MULTILINE).replace("/opt/monitor/.venv/bin/monitor", program))
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MONITOR_")}
    ended = subprocess.run(
        ["sh", command, "status", "--json"],
        cwd="/",
        env=environ | {"MONITOR_CONFIG": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["database"] == f"{tmp_path}/monitor.db"
    assert found["daemon"] == {"ok": False, "state": "no daemon is running on it"}


def test_the_unit_reads_the_file_beside_its_configuration() -> None:
    unit = (ROOT / "monitor.service").read_text(encoding="utf-8")
    (config,) = re.findall(r"^ExecStart=.* --config (\S+) run$", unit, re.MULTILINE)
    assert f"EnvironmentFile=-{Path(config).parent / 'monitor.env'}\n" in unit
    assert "Environment=MONITOR_ENV_FILE=\n" in unit
