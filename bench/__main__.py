"""Measures the rows of docs/performance.md beside their peers: `make bench`, or `make bench ROW=3`.

    python -m bench [ROW ...] [--runs 5] [--scale 1.0]

Each row sets up its peers in environments of their own (bench/requirements), makes its sites on loopback, and runs the
sides in turn in one sitting. Ratios count: the machine's speed drifts, and both sides with it. `--scale .1` is a quick
look at a tenth of the size.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import signal
import sys
import tempfile
from pathlib import Path

from bench import rows
from bench.frame import table
from bench.frame.row import Row, Sitting


def found() -> dict[int, Row]:
    """Return all rows by number."""
    names = sorted(each.name for each in pkgutil.iter_modules(rows.__path__) if each.name.startswith("row"))
    made = [importlib.import_module(f"bench.rows.{name}").ROW for name in names]
    return {row.number: row for row in made}


def main() -> int:
    """Measure what is asked for; print the table."""
    parser = argparse.ArgumentParser(description="Measure the rows of docs/performance.md beside their peers.")
    parser.add_argument("rows", nargs="*", type=int, help="numbers of rows (default: all)")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each side (default 5)")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1)")
    asked = parser.parse_args()
    known = found()
    if unknown := set(asked.rows) - set(known):
        parser.error(f"no such row: {sorted(unknown)}; there are {sorted(known)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    print(table.HEAD, flush=True)
    failed = False
    for number in asked.rows or sorted(known):
        with tempfile.TemporaryDirectory(prefix=f"monitor-bench-{number}-") as folder:
            try:
                results = list(known[number].measure(Sitting(asked.runs, asked.scale, Path(folder))))
            except Exception as error:  # noqa: BLE001 — the other rows are measured all the same
                print(f"row {number}: {error!r}", file=sys.stderr)
                failed = True
                continue
        for line in table.lines(known[number], results):
            print(line, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
