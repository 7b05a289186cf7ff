"""Row 10: memory of the daemon with 5,000 sources, its children aside, and of the whole tree."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.frame import usage
from bench.frame.daemon import Daemon, count, write_config
from bench.frame.row import OURS, Result, Row, Sitting
from bench.frame.sites import Sites

SOURCES, REST = 5_000, 75.0  # seconds after the last poll: idle children have ended


def measure(sitting: Sitting) -> Sequence[Result]:
    """Start a daemon, let it poll each source once, and read its memory a minute later; no peer has such a tree."""
    sources = sitting.count(SOURCES)
    alone: list[float] = []
    tree: list[float] = []
    polled = "SELECT count(*) FROM sources WHERE last_poll_at IS NOT NULL"
    with Sites(sources, items=1) as sites:
        for turn in range(min(sitting.runs, 3)):
            folder = sitting.folder / str(turn)
            folder.mkdir()
            with Daemon(write_config(folder, sites.urls)) as daemon:
                daemon.wait(lambda folder=folder: count(folder, polled) >= sources, every=1.0)  # type: ignore[misc]
                time.sleep(REST)
                alone.append(usage.pss(daemon.pid, alone=True) / 1e6)
                tree.append(usage.pss(daemon.pid) / 1e6)
    return [
        Result(f"{sources:,} sources, daemon alone", "MB PSS", {OURS: alone}),
        Result(f"{sources:,} sources, with its children", "MB PSS", {OURS: tree}),
    ]


ROW = Row(10, "memory", "≤ 110 MB alone, ≤ 240 MB in all", measure)
