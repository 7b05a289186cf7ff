"""A power cut after any write: what was acknowledged is there, the rest is there as a whole or not at all."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest
from doubles.powerloss import Operation, cuts, library, summary
from doubles.store_samples import NOW

from monitor.store import open_store

DOUBLES = Path(__file__).parents[1] / "doubles"
ALL = bool(os.environ.get("MONITOR_POWER_CUTS"))
"""Every cut; else one in SOME, and one in FEW while the database is made (that takes long)."""

SOME, FEW = 7, 40


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> list[Operation]:
    try:
        library()
    except OSError as error:
        pytest.skip(f"SQLite cannot be watched here: {error}")
    folder = tmp_path_factory.mktemp("powerloss")
    subprocess.run([sys.executable, str(DOUBLES / "powerloss.py"), str(folder)], check=True)
    found: list[Operation] = pickle.loads((folder / "trace").read_bytes())  # noqa: S301 — written above
    return found


def test_the_workload_flushes_each_commit_and_empties_its_journal(trace: list[Operation]) -> None:
    acks = [number for number, operation in enumerate(trace) if operation[0] == "ack"]
    assert len(acks) == 27
    for start, end in itertools.pairwise(acks):
        assert ("sync", "monitor.db-wal") in trace[start:end]
    assert trace.count(("sync", "monitor.db")) > 3


def found_after(files: dict[str, bytes], folder: Path) -> str:
    """Start on what a cut left; return what is there."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    store = open_store(f"sqlite:///{folder}/monitor.db", clock_now=lambda: NOW)
    found = summary(store)
    store.close()
    return found


def polled(found: str) -> tuple[int | None, int | None]:
    """Return the last poll of which entries are there, and that of which the validators are."""
    *_, sources, pending = json.loads(found)
    entries = max((int(key.partition(".")[0]) for key in pending), default=None)
    etag = sources[0][0] if sources else None
    return entries, None if etag is None else int(etag)


def test_no_power_cut_loses_what_was_acknowledged(trace: list[Operation], tmp_path: Path) -> None:
    rng, opened = random.Random(0), 0
    polls: set[int | None] = set()
    first = next(number for number, operation in enumerate(trace) if operation[0] == "ack")
    for cut in cuts(trace):
        if not ALL and cut.number % (FEW if cut.number < first else SOME):
            continue
        for files in cut.left(rng):
            opened += 1
            found = found_after(files, tmp_path / str(opened))
            if cut.number > first:
                assert found in cut.allowed, f"after operation {cut.number}"
                entries, validators = polled(found)
                assert entries == validators, f"after operation {cut.number}"
                polls.add(entries)
    assert opened > 100
    assert polls == {None, 0, 1, 2, 3, 4}


def test_without_flushes_the_same_cuts_lose_rows(trace: list[Operation], tmp_path: Path) -> None:
    """The proof can fail: a journal that is never flushed loses what was acknowledged."""
    unflushed = [operation for operation in trace if operation[:2] != ("sync", "monitor.db-wal")]
    lost = [
        cut.number
        for cut in cuts(unflushed)
        if unflushed[cut.number][0] == "ack" and cut.number % 3 == 0
        if found_after(cut.left(random.Random(0))[0], tmp_path / str(cut.number)) not in cut.allowed
    ]
    assert lost
