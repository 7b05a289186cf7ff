"""Row 8: how late the event loop is while articles are read, extracted, judged and written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.frame.daemon import make_due, write_config
from bench.frame.row import OURS, Result, Row, Sitting
from bench.frame.sites import ROOT, Sites

ARTICLES = 400
AT_REST = "the same loop at rest"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Publish an article at each site, and let the daemon read them; the machine's own noise is the loop at rest."""
    count = sitting.count(ARTICLES)
    found: dict[str, dict[str, list[float]]] = {"p50": {}, "p99": {}}
    for turn in range(sitting.runs):
        with Sites(count, items=1) as sites:
            folder = sitting.folder / str(turn)
            folder.mkdir()
            for side, lags in _lags(folder, sites).items():
                for name, share in (("p50", 0.5), ("p99", 0.99)):
                    found[name].setdefault(side, []).append(sorted(lags)[int(len(lags) * share)] * 1000)
    return [Result(f"{count} articles, {name}", "ms", figures) for name, figures in found.items()]


def _lags(folder: Path, sites: Sites) -> dict[str, list[float]]:
    config = write_config(folder, sites.urls, watch="ministry")
    command = [sys.executable, str(ROOT / "bench" / "sides" / "lag.py"), str(config), str(sites.count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None  # noqa: S101 — pipes, as asked for
        assert process.stdout is not None  # noqa: S101
        while (line := process.stdout.readline()) and line.strip() != "ready":
            pass  # the console's alerts
        sites.publish(range(sites.count))
        make_due(folder)
        process.stdin.write("go\n")
        process.stdin.flush()
        lines = process.stdout.read().splitlines()
    if process.returncode:
        raise RuntimeError(f"the daemon's process has ended with {process.returncode}")
    lags = json.loads(lines[-1])
    return {OURS: lags["busy"], AT_REST: lags["rest"]}


ROW = Row(8, "event-loop lag while pages are read and judged", "p99 ≤ 8 ms", measure)
