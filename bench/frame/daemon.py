"""The product as people run it: `monitor run` in a process of its own, with a folder for its files."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from bench.frame import usage

MONITOR = Path(sys.executable).with_name("monitor")


def write_config(
    folder: Path, urls: Iterable[str], *, every: str = "1h", watch: str = "nothingofthekind", more: str = ""
) -> Path:
    """Write a configuration with a source for each address, one watchlist, and the console as its channel.

    `more` is YAML that is added at the end.
    """
    urls = list(urls)
    where = [urlsplit(url) for url in urls]
    sources = "".join(
        f"  - {{name: Site {number}, url: '{url}', every: {every}, timezone: UTC}}\n" for number, url in enumerate(urls)
    )
    hosts = {(each.hostname, each.port): None for each in where}
    allow = "".join(f"    - {{host: {host}, cidr: 127.0.0.0/8, ports: [{port}]}}\n" for host, port in hosts)
    text = (
        f"sources:\n{sources}watchlists:\n  - {{name: Bench, keywords: [{watch}], notify: [screen]}}\n"
        f"channels:\n  screen: {{console: {{}}}}\nstorage: {{url: 'sqlite:///{folder}/monitor.db'}}\n"
        f"network:\n  allow:\n{allow}web: {{listen: ''}}\nlog: {{level: warning, format: json}}\n{more}"
    )
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class Daemon:
    """A running daemon, or another `command` of the same kind; ended at the end of the block."""

    def __init__(self, config: Path, env: dict[str, str] | None = None, command: Sequence[str] | None = None) -> None:
        self._out = (config.parent / "daemon.log").open("ab")
        self.process = subprocess.Popen(
            command or [str(MONITOR), "--config", str(config), "run"],
            stdout=self._out,
            stderr=self._out,
            env={**os.environ, "XDG_CACHE_HOME": str(config.parent / "cache"), **(env or {})},
        )

    @property
    def pid(self) -> int:
        """The process."""
        return self.process.pid

    def __enter__(self) -> Self:
        """Return the daemon, which is still starting."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it as the service manager does."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._out.close()

    def cpu(self) -> float:
        """Return the CPU seconds of its whole tree so far."""
        return usage.cpu(self.pid)

    def wait(self, what: Callable[[], bool], seconds: float = 600.0, every: float = 0.1) -> None:
        """Wait until `what()` is true. Raises RuntimeError where the daemon has ended, TimeoutError."""
        end = time.monotonic() + seconds
        while not what():
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon has ended with {self.process.returncode}: see its log")
            if time.monotonic() > end:
                raise TimeoutError(f"not done in {seconds:g} s")
            time.sleep(every)


@contextlib.contextmanager
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the database of a folder beside the daemon, for a look."""
    connection = sqlite3.connect(f"file:{folder}/monitor.db?mode=ro", uri=True, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def count(folder: Path, query: str) -> int:
    """Return the one number that a query gives; 0 while there is no such table."""
    try:
        with database(folder) as connection:
            return int(connection.execute(query).fetchone()[0] or 0)
    except sqlite3.OperationalError:
        return 0


def make_due(folder: Path) -> None:
    """Make all sources due now, beside the running daemon or without one."""
    connection = sqlite3.connect(folder / "monitor.db", timeout=30)
    with connection:
        connection.execute("UPDATE sources SET next_poll_at = ?", (time.time_ns() // 1_000,))
    connection.close()


def leave_out(folder: Path) -> None:
    """Have the daemon leave unread what it has stored so far, which takes minutes where many sources are new."""
    connection = sqlite3.connect(folder / "monitor.db", timeout=30)
    with connection:
        connection.execute("UPDATE entries SET due_at = NULL")
    connection.close()
