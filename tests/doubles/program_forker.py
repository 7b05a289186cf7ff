"""Loads the program once and forks it as often as it is told to: a daemon's start costs milliseconds, not seconds.

    python tests/doubles/program_forker.py SOCKET

SOCKET is the number of an inherited socket. Each line on it is `{"arguments": [...], "folder": "...", "environ": {...}}`
with four descriptors: standard input, output and error of the program, and a pipe. The answer is the PID; the pipe says
the exit code when the program has ended. At the end of the socket this process ends.

What is loaded here is what each daemon loads by itself, and what its fork server loads: Python, libraries, dictionaries,
the language model and the encoder of stories. Everything else is the daemon's own: descriptors, environment,
configuration, database, threads and children; only its command line, as the system shows it, stays this program's.
Where it wants a fork server for the first time, a process that was forked before its first thread began becomes one.
An empty SQLite database gets its tables at once, as in all tests (`schema_once.py`).
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
from multiprocessing import util
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles import schema_once

from monitor.extract import encoder
from monitor.sandbox import PARSERS
from monitor.store import migrate
from monitor.watch.catalogue import shipped

COMMANDS = (
    *("monitor.cli.environment", "monitor.cli.service", "monitor.cli.dry_run"),
    *("monitor.app.daemon", "monitor.app.once", "monitor.app.worker", "monitor.bot.service", "monitor.web"),
    *("monitor.deliver.channels.telegram.notifier", "monitor.deliver.channels.telegram.probe"),
    *("monitor.text.forms.arabic", "monitor.text.forms.cyrillic", "monitor.text.forms.english"),
)
_LARGEST = 1024 * 1024  # bytes of a line
_HIGH = 200  # descriptors of this module's own stand above those that a fork server is given


def load() -> dict[str, str]:
    """Load what daemons and their fork servers load; return what that adds to the environment."""
    before = set(os.environ)
    for name in (*PARSERS, *COMMANDS):
        importlib.import_module(name)
    if encoder.available():
        encoder._encoder()
    shipped()
    schema_once.statements()
    migrate.upgrade = schema_once.upgrade
    gc.collect()
    gc.freeze()
    return {name: value for name, value in os.environ.items() if name not in before}


def serve(control: socket.socket, loaded: dict[str, str]) -> bool:
    """Fork programs. Returns True in each of them, made ready to run, and False where the socket has ended."""
    woken, wakes = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    running: dict[int, int] = {}  # PID → pipe
    while True:
        ready, *_ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 1000)
            _tell_ended(running)
        if control.fileno() not in ready:
            continue
        line, descriptors, *_ = socket.recv_fds(control, _LARGEST, 4)
        if not line:
            return False
        *streams, ended = descriptors
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            for one in (woken, wakes, ended, *running.values()):
                os.close(one)
            become(json.loads(line), streams, loaded)
            return True
        running[pid] = ended
        for one in streams:
            os.close(one)
        control.send(str(pid).encode())


def _tell_ended(running: dict[int, int]) -> None:
    for pid in list(running):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            ended = running.pop(pid)
            os.write(ended, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(ended)


def become(program: dict[str, Any], streams: list[int], loaded: dict[str, str]) -> None:
    """Make this process what a fresh one of that command would be."""
    for number, one in enumerate(streams):
        os.dup2(one, number)
        os.close(one)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    os.environ.clear()
    os.environ.update(loaded | program["environ"])
    time.tzset()
    tempfile.tempdir = None
    os.chdir(program["folder"])
    sys.argv = ["monitor", *program["arguments"]]
    # Children of the sandbox load the main module by its name.
    sys.modules["__main__"] = sys.modules["monitor.__main__"]
    _wait_as_fork_server()


def _wait_as_fork_server() -> None:
    """Fork what becomes the program's fork server, as soon as it asks for one: forking is safe before threads begin."""
    asks, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    pid = os.fork()
    if not pid:
        asks.close()
        _become_fork_server(asked)
    asked.close()
    start: Any = util.spawnv_passfds

    def spawn(path: bytes, arguments: Any, descriptors: Any) -> int:
        if "forkserver" not in arguments[-1] or asks.fileno() < 0:
            started: int = start(path, arguments, descriptors)
            return started
        with asks:
            socket.send_fds(asks, [json.dumps((arguments[-1], descriptors)).encode()], descriptors)
        return pid

    vars(util)["spawnv_passfds"] = spawn


def _become_fork_server(asked: socket.socket) -> None:
    """Wait for the descriptors of a fork server, run it, and end; do nothing where the program ends before."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # as in a fork server that loads
    high = fcntl.fcntl(asked.fileno(), fcntl.F_DUPFD_CLOEXEC, _HIGH)
    asked.close()
    with socket.socket(fileno=high) as waiting:
        line, given, *_ = socket.recv_fds(waiting, _LARGEST, 2)
    if line:
        code, wanted = json.loads(line)
        moved = [fcntl.fcntl(one, fcntl.F_DUPFD, _HIGH) for one in given]
        os.closerange(3, _HIGH)
        for one, number in zip(moved, wanted, strict=True):
            os.dup2(one, number)
            os.close(one)
        exec(code, {})  # noqa: S102 — what multiprocessing would run by `python -c`
    os._exit(0)


if __name__ == "__main__":
    added = load()
    with socket.socket(fileno=int(sys.argv[1])) as given:
        runs = serve(given, added)
    if runs:
        from monitor.__main__ import main

        main()
