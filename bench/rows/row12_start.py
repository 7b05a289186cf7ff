"""Row 12: what a start costs: `--help`, the imports of the daemon, and a warm start to the first poll."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.frame import usage
from bench.frame.daemon import MONITOR, Daemon, write_config
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import Sites

LIBRARIES = "libraries alone"
IMPORTS = {
    OURS: "import gc; gc.set_threshold(20_000, 20, 20); import monitor.app.daemon",
    LIBRARIES: (
        "import gc; gc.set_threshold(20_000, 20, 20); import asyncio, sqlite3, httpx, h11, pydantic, sqlalchemy,"
        " structlog, apscheduler.schedulers.asyncio, ruamel.yaml, lark, regex, prometheus_client, pebble"
    ),
}
RESIDENT = "; from pathlib import Path; print(int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 1e6)"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Run each side in a process of its own, alternated."""
    python, memory = Path(sys.executable), dict[str, list[float]]()

    def importing(side: str) -> float:
        done = usage.run([python, "-c", IMPORTS[side] + RESIDENT])
        memory.setdefault(side, []).append(float(done.output))
        return done.cpu

    helped = alternated(sitting, {OURS: lambda: usage.run([MONITOR, "--help"]).cpu})
    imported = alternated(sitting, {side: lambda side=side: importing(side) for side in IMPORTS})  # type: ignore[misc]
    resident = {side: figures[1:] for side, figures in memory.items()}
    with Sites(1, items=1) as sites:
        started = alternated(sitting, {OURS: lambda: _start(sitting.folder, sites)})
    return [
        Result("monitor --help", "CPU s", helped),
        Result("import of the daemon", "CPU s", imported),
        Result("import of the daemon, resident", "MB", resident),
        Result("a warm start to the first poll, parsers' children included", "CPU s", started),
    ]


def _start(folder: Path, sites: Sites) -> float:
    before = sites.asked
    with Daemon(write_config(folder, sites.urls, every="1s")) as daemon:
        daemon.wait(lambda: sites.asked > before, every=0.02)
        return daemon.cpu()


ROW = Row(12, "start", "≤ .12 s, ≤ .8 s and 80 MB, ≤ 1.4 s", measure)
