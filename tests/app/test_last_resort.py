"""A process whose threads wait for a server that stands still comes to its end all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from doubles.command_harness import CommandHarness
from doubles.patience import HANG
from structlog.testing import capture_logs

from monitor.app.daemon import Daemon
from monitor.app.last_resort import LATEST, LastResort
from monitor.store import open_store

ROOT = Path(__file__).parents[2]
HANGING = """
import asyncio, threading
from monitor.app.last_resort import LastResort

async def main():
    hanging = asyncio.to_thread(threading.Event().wait)
    LastResort(0.1).arm()
    await hanging

asyncio.run(main())
"""


def test_a_process_ends_though_one_of_its_threads_waits_for_ever() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, check=False, timeout=HANG, cwd=ROOT
    )
    assert ended.returncode == 75, ended.stderr
    assert "does not answer" in ended.stdout + ended.stderr


def test_the_time_runs_once() -> None:
    ended: list[int] = []
    over = threading.Event()

    def end(code: int) -> None:
        ended.append(code)
        over.set()

    last = LastResort(0.0, end)
    with capture_logs() as lines:
        last.arm()
        last.arm()
        assert over.wait(HANG)
    assert ended == [75]
    assert [line["log_level"] for line in lines] == ["critical"]


async def test_a_signal_lets_the_time_run(tmp_path: Path) -> None:
    store = open_store("sqlite://")
    began: list[bool] = []
    daemon = Daemon(CommandHarness(store, tmp_path).config, lambda: began.append(True))
    store.close()
    daemon._signals()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(HANG):
            await daemon._stop.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)
    assert began == [True]


@pytest.mark.parametrize(
    ("name", "setting"), [("compose.yaml", "stop_grace_period: "), ("monitor/data/monitor.service", "TimeoutStopSec=")]
)
def test_the_process_ends_by_itself_before_its_manager_kills_it(name: str, setting: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    seconds = float(text.partition(setting)[2].split()[0].rstrip("s"))
    assert seconds > LATEST
