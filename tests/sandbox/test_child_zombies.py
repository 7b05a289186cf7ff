"""Ended processes that nobody waits for, in a process of its own that adopts orphans as PID 1 does."""

from __future__ import annotations

import subprocess
import sys

import pytest
from doubles.patience import HANG

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zombies are looked for in /proc")

SCRIPT = """
import ctypes, multiprocessing, os, signal, subprocess, sys, time
from multiprocessing import forkserver
from monitor.sandbox.child import Reaper, _zombies

assert ctypes.CDLL(None).prctl(36, 1) == 0  # PR_SET_CHILD_SUBREAPER: orphans below come to this process
context = multiprocessing.get_context("forkserver")
child = context.Process(target=time.sleep, args=(600,), daemon=True)
child.start()
server = forkserver._forkserver._forkserver_pid
orphan = int(subprocess.run(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], capture_output=True).stdout)
mine = subprocess.Popen(["true"])
reaper = Reaper()
assert reaper.reap() == 0
for pid in (orphan, child.pid, server):
    os.kill(pid, signal.SIGKILL)
deadline = time.monotonic() + 60
while not {orphan, server} <= _zombies():
    assert time.monotonic() < deadline, _zombies()
assert mine.wait() == 0  # its owner was in time
assert reaper.reap() == 0  # seen for the first time
seen = _zombies()
assert reaper.reap() >= 2
assert not _zombies() & seen
assert forkserver._forkserver._forkserver_pid not in (None, server)  # the next child is no trouble
child = context.Process(target=time.sleep, args=(0,))
child.start()
child.join()
assert child.exitcode == 0
print("done")
"""


def test_zombies_are_reaped_once_their_owner_had_time() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=HANG, check=False)
    assert ended.stdout == "done\n", ended.stderr


DEAF = """
import signal
from multiprocessing import forkserver
from pathlib import Path
from monitor.sandbox.child import start_fork_server

start_fork_server()
lines = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text().splitlines()
blocked = int(next(line for line in lines if line.startswith("SigBlk:")).split()[1], 16)
assert blocked & 1 << (signal.SIGINT - 1), lines
assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])  # this process hears Ctrl-C
print("done")
"""


def test_the_fork_server_is_deaf_to_a_terminals_ctrl_c() -> None:
    ended = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, timeout=HANG, check=False)
    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr
