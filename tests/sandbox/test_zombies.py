"""Ended processes that nobody waits for, in a process of its own that adopts orphans as PID 1 does."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zombies are looked for in /proc")

SCRIPT = """
import ctypes, multiprocessing, os, signal, subprocess, sys, time
from multiprocessing import forkserver
from monitor.sandbox.zombies import Reaper, _zombies

assert ctypes.CDLL(None).prctl(36, 1) == 0  # PR_SET_CHILD_SUBREAPER: orphans below come to this process
context = multiprocessing.get_context("forkserver")
child = context.Process(target=time.sleep, args=(600,), daemon=True)
child.start()
server = forkserver._forkserver._forkserver_pid
orphan = int(subprocess.run(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], capture_output=True).stdout)
mine = subprocess.Popen(["true"])
reaper = Reaper()
assert reaper.look() == 0
for pid in (orphan, child.pid, server):
    os.kill(pid, signal.SIGKILL)
deadline = time.monotonic() + 60
while not {orphan, server} <= _zombies():
    assert time.monotonic() < deadline, _zombies()
assert mine.wait() == 0  # its owner was in time
assert reaper.look() == 0  # seen for the first time
seen = _zombies()
assert reaper.look() >= 2
assert not _zombies() & seen
assert forkserver._forkserver._forkserver_pid not in (None, server)  # the next child is no trouble
child = context.Process(target=time.sleep, args=(0,))
child.start()
child.join()
assert child.exitcode == 0
print("done")
"""


def test_zombies_are_reaped_once_their_owner_had_time() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=100, check=False)
    assert ended.stdout == "done\n", ended.stderr
