"""Row 15: an alert written and sent, rate limits off."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.frame import usage
from bench.frame.row import OURS, Result, Row, Sitting
from bench.frame.sites import ROOT

ALERTS = 500


def measure(sitting: Sitting) -> Sequence[Result]:
    """Write alerts and deliver them to a channel that accepts at once; peers have no outbox."""
    script, alerts, numbers = ROOT / "bench" / "sides" / "deliver.py", sitting.count(ALERTS), itertools.count()

    def run() -> dict[str, float]:
        folder = sitting.folder / str(next(numbers))
        folder.mkdir()
        done = usage.run([Path(sys.executable), script, str(alerts), folder], {"PYTHONPATH": str(ROOT)})
        found: dict[str, float] = json.loads(done.output)
        return found

    run()
    found = [run() for _ in range(sitting.runs)]
    return [
        Result("in all", "CPU ms", {OURS: [each["written"] + each["sent"] for each in found]}),
        Result("written", "CPU ms", {OURS: [each["written"] for each in found]}),
        Result("sent", "CPU ms", {OURS: [each["sent"] for each in found]}),
    ]


ROW = Row(15, "an alert written and sent", "≤ 3 ms", measure)
