"""Row 1: an unchanged poll (304) in the running daemon, beside lemon24/reader's update of as many feeds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.frame import peers, usage
from bench.frame.daemon import Daemon, count, write_config
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import ROOT, Sites

SOURCES = 5_000
EVERY = 40  # seconds: a poll of each source in one window
FULL = "SELECT count(*) FROM sources WHERE baseline_at IS NOT NULL"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Fill both once; then let the daemon poll for a while, and reader update all, in turn."""
    sources = sitting.count(SOURCES)
    with Sites(sources, items=1) as sites:
        config = write_config(sitting.folder, sites.urls, every=f"{EVERY}s")
        with Daemon(config) as daemon:
            daemon.wait(lambda: count(sitting.folder, FULL) >= sources)
            daemon.wait(lambda: not count(sitting.folder, "SELECT count(*) FROM entries WHERE due_at IS NOT NULL"))
            theirs = Reader(sitting.folder / "reader.db", sites.urls)
            sides = {OURS: partial(_window, daemon, sites), "reader": partial(theirs.update, sources)}
            found = alternated(sitting, sides)
    return [Result(f"{sources} sources", "ms a poll", found, note="the daemon's idle work included")]


def _window(daemon: Daemon, sites: Sites) -> float:
    """Return the milliseconds of CPU a poll, over as many seconds as each source is polled once in."""
    cpu, asked = daemon.cpu(), sites.asked
    time.sleep(EVERY)
    return (daemon.cpu() - cpu) * 1_000 / max(sites.asked - asked, 1)


class Reader:
    """lemon24/reader with a database of its own, filled once; feeds are updated by 50 threads (`reader` uses many)."""

    def __init__(self, path: Path, urls: Sequence[str]) -> None:
        self._path = path
        self._urls = path.with_suffix(".urls")
        self._urls.write_text("\n".join(urls), encoding="utf-8")
        self.run()

    def run(self) -> float:
        """Update all feeds; return the CPU seconds, without those of its start."""
        script = ROOT / "bench" / "sides" / "reader_update.py"
        return float(usage.run([peers.python("reader"), script, self._path, self._urls]).output)

    def update(self, polls: int) -> float:
        """Update all feeds; return the milliseconds of CPU a poll."""
        return self.run() * 1_000 / polls


ROW = Row(1, "an unchanged poll (304), daemon running", "≤ .40 × reader", measure, ("reader",))
