"""Functions that the sandbox's children can import."""

from __future__ import annotations

import asyncio
import os
import re
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


_LAST: list[bytes] = []


def crowd(count: int) -> int:
    """Allocate KBs and free all but the last one, which keeps the heap from shrinking by itself; return their number."""
    many = [bytes(1024 + number % 8) for number in range(count)]
    _LAST[:] = many[-1:]
    return len(many)


def resident() -> int:
    """Return the process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def linger(seconds: float) -> None:
    time.sleep(seconds)  # in the child: what is killed


def write(path: str) -> int:
    return Path(path).write_bytes(bytes(3 * 1024 * 1024))


def open_many() -> int:
    return len([socket.socketpair() for _ in range(100)])


def limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]


# --------------------------------------------------------------------------- what a function loads and writes


def is_loaded(module: str, name: str) -> bool:
    """Return whether a module was imported and a value of it is set."""
    return getattr(sys.modules.get(module), name, None) is not None


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


class Panic(BaseException):
    """No Exception, as a library of another language raises it."""


class Stubborn(Exception):  # noqa: N818
    """Can be pickled, and not be made again."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("stubborn")


def end(how: str) -> None:
    raise {
        "exit": SystemExit(3),
        "interrupt": KeyboardInterrupt(),
        "cancelled": asyncio.CancelledError(),
        "panic": Panic("of Rust"),
        "stubborn": Stubborn(1, 2),
        "stop": StopIteration(),
        "deep": RecursionError("too deep"),
    }[how]


def burn() -> None:
    """Use CPU time in C code that does not return to the interpreter."""
    re.match("(a|a)*b", "a" * 99)


def first_time_linger(path: str) -> str:
    """Linger the first time, until killed; return an answer the second time."""
    mark = Path(path)
    if mark.exists():
        return "answered"
    temporary = mark.with_suffix(".new")
    temporary.write_text(str(os.getpid()), encoding="ascii")
    temporary.rename(mark)
    time.sleep(600)
    return "not killed"


def niceness() -> int:
    return os.nice(0)


_HELD: list[bytes] = []


def hold(size: int) -> int:
    """Keep so many bytes for good."""
    _HELD.append(b"x" * size)
    return os.getpid()


def hold_for_a_while(size: int) -> int:
    """Need so many bytes, and give them back."""
    return os.getpid() if len(b"x" * size) == size else 0
