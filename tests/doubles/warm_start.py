"""Daemons that tests start by the dozen, forked from a process that has loaded the program (`program_forker.py`).

A fresh interpreter takes three seconds of a processor until it has loaded what a daemon needs, and its fork server
three more; all that can differ from daemon to daemon comes after that. Tests that are about a start itself, and one or
two of each command, start the program as its users do.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from doubles.patience import HANG

PROGRAM = Path(__file__).with_name("program_forker.py")
_LARGEST = 100  # bytes of an answer
_OF_A_START = ("PYTHON", "LD_", "LANG", "LC_", "MALLOC_")  # what an interpreter reads once, when it starts


class WarmProcess:
    """A daemon as a process; what tests use of `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environ: Mapping[str, str], output: int, errors: int
    ) -> None:
        """Start `monitor ARGUMENTS` in a folder; `output` and `errors` are descriptors for what it prints."""
        self.returncode: int | None = None
        self._ended, ends = os.pipe()
        line = json.dumps({"arguments": list(arguments), "folder": str(folder), "environ": dict(environ)})
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            control, _ = _forker()
            socket.send_fds(control, [line.encode()], [nothing, output, errors, ends])
            self.pid = int(control.recv(_LARGEST))
        finally:
            os.close(nothing)
            os.close(ends)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code at the end. Raises TimeoutExpired as `Popen.wait`."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("monitor", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal. Raises ProcessLookupError where the process has ended."""
        if self.poll() is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process, where it runs."""
        with contextlib.suppress(ProcessLookupError):
            self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            code = os.read(self._ended, _LARGEST)
            os.close(self._ended)
            self.returncode = int(code)
        return self.returncode


def start(
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    output: int,
    errors: int | None = None,
    *,
    cold: bool = False,
) -> WarmProcess | subprocess.Popen[bytes]:
    """Start `monitor ARGUMENTS` in a folder; `output` is the descriptor for what it prints, and for its `errors`, too.

    A `cold` process loads everything by itself, and so does one whose interpreter would begin in another way.
    """
    errors = output if errors is None else errors
    if not cold and _begins_alike(environ):
        return WarmProcess(arguments, folder, environ, output, errors)
    command = (sys.executable, "-m", "monitor", *arguments)
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environ, cwd=folder)


def run(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `monitor ARGUMENTS` in a folder to its end."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = start(arguments, folder, environ, output.fileno(), errors.fileno()).wait(HANG)
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess(arguments, code, *said)


def _begins_alike(environ: Mapping[str, str]) -> bool:
    _, loaded = _forker()
    names = (name for name in {*environ, *loaded} if name.startswith(_OF_A_START))
    return all(environ.get(name) == loaded.get(name) for name in names)


@cache
def _forker() -> tuple[socket.socket, Mapping[str, str]]:
    """Start the process that forks, once for all tests of this worker; it ends with the worker.

    Returns the socket that commands it, and the environment in which it has loaded.
    """
    environ = dict(os.environ)
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        number = there.fileno()
        process = subprocess.Popen([sys.executable, str(PROGRAM), str(number)], pass_fds=[number], env=environ)

    def end() -> None:
        here.close()
        process.wait()

    atexit.register(end)
    return here, environ
