"""Functions that the sandbox's children can import."""

from __future__ import annotations

import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from monitor.errors import MonitorError, ParseError


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


# --------------------------------------------------------------------------- what a function loads and writes


@dataclass(frozen=True, slots=True)
class Observed:
    """What a call gave (a raised error's text where it raised), imported and opened for writing."""

    result: Any
    imported: tuple[str, ...]
    written: tuple[str, ...]


_written: list[str] = []


def _note_writing(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _written.append(str(args[0]))


@cache
def _watch() -> None:
    sys.addaudithook(_note_writing)  # for good: only ever in a child


def observed(function: Callable[..., Any], *args: Any) -> Observed:
    _watch()
    before = set(sys.modules)
    _written.clear()
    try:
        result = function(*args)
    except MonitorError as error:
        result = str(error)
    return Observed(result, tuple(sorted(set(sys.modules) - before)), tuple(_written))
