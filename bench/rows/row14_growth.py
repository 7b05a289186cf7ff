"""Row 14: what grows with the number of sources: reading the configuration, and an unchanged poll."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.frame import usage
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import ROOT, Sites
from bench.rows.polling import Poller

SIZES = (1_000, 3_000, 10_000)
POLLED = (500, 5_000)
SIDE = ROOT / "bench" / "sides" / "load_config.py"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Read configurations of several sizes; poll a few sources, and many."""
    results = []
    for size in map(sitting.count, SIZES):
        path = sitting.folder / f"{size}.yaml"
        sources = "".join(
            f"  - {{name: Site {number}, url: 'https://site{number}.example/feed.xml'}}\n" for number in range(size)
        )
        path.write_text(
            f"sources:\n{sources}watchlists:\n  - {{name: Bench, keywords: [nothing], notify: [screen]}}\n"
            "channels:\n  screen: {console: {}}\n",
            encoding="utf-8",
        )
        found = alternated(sitting, {OURS: lambda at=path, n=size: _load(at) * 1_000 / n})
        results.append(Result(f"the configuration, {size} sources", "ms a source", found))
    for size in map(sitting.count, POLLED):
        with Sites(size, items=1) as sites:
            ours = Poller(sitting.folder / f"polled{size}", sites)
            with ours.started():
                ours.fill(size)
                found = alternated(sitting, {OURS: lambda p=ours, n=size: p.cycle()[0] * 1_000 / n})
        results.append(Result(f"an unchanged poll, {size} sources", "ms a poll", found))
    return results


def _load(path: object) -> float:
    return float(usage.run([sys.executable, SIDE, str(path)], {"PYTHONPATH": str(ROOT)}).output)


ROW = Row(14, "growth", "flat, or linear with a stated slope", measure)
