"""What rows 1, 2, 3 and 13 share: the daemon's polling and lemon24/reader over the same sites."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.frame import peers, usage
from bench.frame.daemon import Daemon, count, make_due, write_config
from bench.frame.sites import ROOT, Sites

DUE = "SELECT count(*) FROM sources WHERE next_poll_at <= {now}"
ENTRIES = "SELECT count(*) FROM entries"
SIDE = ROOT / "bench" / "sides" / "polling.py"


class Poller:
    """The daemon's polling, which runs as long as the block of `started` does."""

    def __init__(self, folder: Path, sites: Sites, more: str = "") -> None:
        self.folder, self.sites = folder, sites
        folder.mkdir(exist_ok=True)
        self.config = write_config(folder, sites.urls, every="1d", more=more)
        self.daemon: Daemon | None = None

    @contextmanager
    def started(self) -> Iterator[None]:
        """Run it; the parsers are loaded when the block begins, and nothing is asked yet."""
        with Daemon(self.config, command=[sys.executable, str(SIDE), str(self.config)]) as self.daemon:
            log = self.folder / "daemon.log"
            self._daemon.wait(lambda: log.exists() and "ready" in log.read_text(encoding="utf-8"))
            yield

    def fill(self, items: int) -> float:
        """Poll all sources for the first time; return the CPU seconds until each feed's entries are stored."""
        cpu = self._daemon.cpu()
        self._daemon.process.send_signal(signal.SIGUSR1)
        self._daemon.wait(lambda: count(self.folder, ENTRIES) >= items)
        self._settle()
        return self._daemon.cpu() - cpu

    def cycle(self) -> tuple[float, float]:
        """Poll all sources once; return the CPU seconds of the tree, and the seconds that it took."""
        cpu, begun, asked = self._daemon.cpu(), time.monotonic(), self.sites.asked
        make_due(self.folder)
        self._daemon.wait(lambda: self.sites.asked - asked >= self.sites.count, every=0.02)
        took = time.monotonic() - begun
        self._settle()
        return self._daemon.cpu() - cpu, took

    def _settle(self) -> None:
        """Wait until every poll is written."""
        self._daemon.wait(lambda: not count(self.folder, DUE.format(now=time.time_ns() // 1_000)), every=0.05)

    @property
    def _daemon(self) -> Daemon:
        if self.daemon is None:
            raise RuntimeError("it is not started")
        return self.daemon


class Reader:
    """lemon24/reader with a database of its own."""

    def __init__(self, path: Path, urls: Sequence[str]) -> None:
        self._path = path
        self._urls = path.with_suffix(".urls")
        self._urls.write_text("\n".join(urls), encoding="utf-8")

    def update(self) -> float:
        """Update all feeds; return the CPU seconds, without those of its start."""
        script = ROOT / "bench" / "sides" / "reader_update.py"
        return float(usage.run([peers.python("reader"), script, self._path, self._urls]).output)
