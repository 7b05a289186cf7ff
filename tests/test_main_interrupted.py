"""Ctrl-C ends a command without a traceback, also while its libraries still load."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from doubles.patience import HANG

PRESSED_AT = """\
import os, signal, sys
signals, wanted = sys.argv[1:]
if signals == "ignored":
    signal.signal(signal.SIGINT, signal.SIG_IGN)

class Presses:
    def find_spec(self, name, path, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Presses())
sys.argv[1:] = ["forms", "@DPRK"]
from monitor.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("click", -signal.SIGINT),
        ("monitor.cli", -signal.SIGINT),
        ("monitor.errors", -signal.SIGINT),
        ("monitor.cli.match", 130),
        ("monitor.watch.explain", 130),
    ],
)
def test_while_libraries_load(module: str, code: int) -> None:
    """Before the command is there the signal itself ends it, which a shell shows as 130, too."""
    ended = press_at(module)
    assert ended.returncode == code
    assert ended.stderr.strip() == ""  # click ends the line that ^C stands on


def test_a_job_that_ignores_it_goes_on() -> None:
    ended = press_at("click", "ignored")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "КНДР" in ended.stdout


def press_at(module: str, signals: str = "usual") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PRESSED_AT, signals, module]
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=False)
