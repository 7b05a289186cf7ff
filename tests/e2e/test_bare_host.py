"""The command where the host lacks what is usual, and what it leaves on stderr: real processes, small rounds."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from doubles.patience import HANG
from doubles.refused_source import ALL_FAILED, CONFIG

# Without a cache all entities are compiled anew, which takes fifteen seconds of a processor: one test does that.
FEW = """
from monitor.watch import catalogue
few = catalogue.Catalogue(list(catalogue.shipped().entities.values())[:20])
catalogue.shipped = lambda: few
from monitor.__main__ import main
main()
"""
NOBODY = f"import pwd\ndef no(uid): raise KeyError(uid)\npwd.getpwuid = no\n{FEW}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    usual = {key: value for key, value in os.environ.items() if not key.startswith(("HOME", "XDG_", "CACHE_DIR"))}
    return subprocess.run(
        command, cwd=folder, env=usual | environ, capture_output=True, text=True, timeout=HANG, check=False
    )


def assert_done(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == ALL_FAILED, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "bug of the monitor" not in ended.stderr


def test_a_user_without_a_passwd_entry_and_a_home(folder: Path) -> None:
    assert_done(run(folder, sys.executable, "-c", NOBODY, "once"))


@pytest.mark.parametrize("home", ["/proc", "."])
def test_a_home_that_is_not_there_or_read_only(folder: Path, home: str) -> None:
    if home == ".":  # the other limits of a bare host at once
        script = 'ulimit -n 64; exec "$@"'
        environ = {"HOME": home, "LC_ALL": "C", "TZ": "Nowhere/City", "TMPDIR": "/nonexistent"}
        assert_done(run(folder, "sh", "-c", script, "sh", sys.executable, "-m", "monitor", "once", **environ))
    else:
        assert_done(run(folder, sys.executable, "-c", FEW, "once", HOME=home))


def test_closed_streams_are_not_taken_by_other_files(folder: Path) -> None:
    script = 'exec "$@" <&- >&- 2>&-'
    ended = run(folder, "sh", "-c", script, "sh", sys.executable, "-m", "monitor", "once")
    assert ended.returncode == ALL_FAILED
    assert (folder / "monitor.db").read_bytes().startswith(b"SQLite format 3\0")


def test_a_directory_that_is_gone(folder: Path) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    ended = run(folder, "sh", "-c", script, "sh", sys.executable, "-m", "monitor", "status")
    assert ended.returncode == 1
    assert ended.stderr.startswith("monitor: the current directory cannot be used")


def test_a_terminal_without_cyrillic(folder: Path) -> None:
    ended = run(folder, sys.executable, "-m", "monitor", "forms", "ракета", PYTHONIOENCODING="ascii")
    assert ended.returncode == 0, ended.stderr
    assert "\\u0440\\u0430\\u043a\\u0435\\u0442\\u043e\\u044e" in ended.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(24, "Too many open files"), "LimitNOFILE"),
        (OSError(28, "No space left on device"), "make room"),
        (OSError(30, "Read-only file system", "/x"), "mount it writable"),
        (MemoryError(), "more memory"),
        (FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"), "set TMPDIR"),
    ],
)
def test_what_the_host_lacks_is_no_bug(
    error: BaseException, remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor import __main__, cli

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli.cli, "main", fail)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert remedy in said
    assert "bug" not in said


async def ready(folder: Path) -> tuple[asyncio.subprocess.Process, asyncio.Task[bytes]]:
    """Start the daemon; returns it when it has told systemd so, and what it writes to stderr to the last byte."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.setblocking(False)
        daemon = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "run"),
            cwd=folder,
            env=os.environ | {"NOTIFY_SOCKET": str(folder / "notify")},
            stderr=asyncio.subprocess.PIPE,
        )
        assert daemon.stderr is not None
        written = asyncio.create_task(daemon.stderr.read())
        said = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(manager, 1000), HANG)
        assert said.startswith(b"READY=1")
    return daemon, written


@pytest.mark.network
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_the_end_right_after_the_start_leaves_json_lines_alone(folder: Path, number: signal.Signals) -> None:
    """Until the pipe is closed: what outlives a killed daemon writes to it, too."""
    daemon, written = await ready(folder)
    daemon.send_signal(number)
    assert await asyncio.wait_for(daemon.wait(), HANG) == (0 if number is signal.SIGTERM else -number)
    lines = (await asyncio.wait_for(written, HANG)).decode().splitlines()
    events = [json.loads(line) for line in lines]
    assert events[0]["event"] == "starting"
    assert [event for event in events if event["level"] == "error" or "exception" in event] == []


@pytest.mark.parametrize(
    "command", [("schema",), ("entities",), ("check",), ("forms", "ракета"), ("sources",), ("--help",)]
)
def test_a_full_disk_on_standard_output_is_said_in_a_line(folder: Path, command: tuple[str, ...]) -> None:
    ended = run(folder, "sh", "-c", 'exec "$@" >/dev/full', "sh", sys.executable, "-m", "monitor", *command)
    assert ended.returncode == 1
    assert "make room on the disk" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}])
def test_what_an_ascii_terminal_lacks_is_printed_as_escapes(folder: Path, locale: dict[str, str]) -> None:
    ended = run(folder, sys.executable, "-m", "monitor", "entities", "DPRK", PYTHONUTF8="0", **locale)
    assert ended.returncode == 0, ended.stderr
    assert "\\u041a\\u041d\\u0414\\u0420" in ended.stdout
