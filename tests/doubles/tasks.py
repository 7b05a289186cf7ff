"""Functions that the sandbox's children can import."""

from __future__ import annotations

import resource
import socket
import time
from pathlib import Path

from monitor.errors import ParseError


def add(a: int, b: int) -> int:
    return a + b


def fail() -> None:
    raise ParseError("no feed")


def hog() -> int:
    return len(bytearray(400 * 1024 * 1024))


def linger(seconds: float) -> None:
    time.sleep(seconds)  # in the child: what is killed


def write(path: str) -> int:
    return Path(path).write_bytes(bytes(3 * 1024 * 1024))


def open_many() -> int:
    return len([socket.socketpair() for _ in range(100)])


def limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]
