"""The command as a service manager sees it: exit codes by which the unit restarts it, or does not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from doubles.warm_start import run

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "monitor.service").read_text(encoding="utf-8")

GOOD = """\
sources: [{name: a, url: "https://127.0.0.1:9/feed"}]
watchlists: [{name: v, keywords: [rocket]}]
channels: {screen: {console: {}}}
storage: {url: "sqlite:///x.db"}
web: {listen: ""}
"""
BAD_CONFIG = 78
USAGE = 2


def monitor(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return run(arguments, folder, os.environ | environ)


def put(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is a directory"),
        (os.mkfifo, "is not a regular file"),
        (put(b"sources: [\xe9]\n"), "is not UTF-8"),
        (put(b"#" * 1_000_001), "larger than 1 MB"),
        (put(b"storage: {url: 'postgresql://h:port/db'}\n"), "storage.url"),
    ],
)
def test_a_configuration_that_cannot_be_read_or_used_exits_78(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / "config.yaml")
    ended = monitor(tmp_path, "run")
    assert ended.returncode == BAD_CONFIG, ended.stderr
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read any file")
def test_a_configuration_that_this_user_may_not_read_exits_78(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD, encoding="utf-8")
    file.chmod(0)
    # Without the capabilities by which root reads any file.
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    ended = subprocess.run(
        [*bare, sys.executable, "-m", "monitor", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == BAD_CONFIG, ended.stderr
    assert "may not be read by this user" in ended.stderr


def test_the_unit_restarts_for_ever_but_not_after_a_bad_configuration_or_command_line(tmp_path: Path) -> None:
    (never,) = re.findall(r"^RestartPreventExitStatus=(.*)$", UNIT, re.MULTILINE)
    assert {int(code) for code in never.split()} == {USAGE, BAD_CONFIG}
    assert "Restart=always\n" in UNIT
    assert re.search(r"^\[Unit\][^\[]*^StartLimitIntervalSec=0$", UNIT, re.MULTILINE)
    assert monitor(tmp_path, "runn").returncode == USAGE


def test_the_units_token_may_be_missing(tmp_path: Path) -> None:
    """systemd puts the default into the credential where there is no file."""
    (name,) = re.findall(r"^LoadCredential=(\w+):", UNIT, re.MULTILINE)
    (default,) = re.findall(rf"^SetCredential={name}:(\S+)$", UNIT, re.MULTILINE)
    (tmp_path / name).write_text(default, encoding="utf-8")
    (tmp_path / "config.yaml").write_text(GOOD, encoding="utf-8")
    ended = monitor(tmp_path, "check", CREDENTIALS_DIRECTORY=str(tmp_path), TELEGRAM_BOT_TOKEN="")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "monitor.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT, flags=re.MULTILINE), encoding="utf-8")
    ended = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    complaints = [line for line in ended.stderr.splitlines() if "monitor.service" in line]
    # These two came with systemd 254; older ones ignore them, as the unit says.
    assert [line for line in complaints if not re.search("RestartSteps|RestartMaxDelaySec", line)] == []
