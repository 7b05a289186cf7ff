"""Tracing is on for what counts, and for nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from doubles.counted_lines import CountedLines


class Tracer:
    """A controller that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")


def run(made: CountedLines, *, counts: bool) -> None:
    part = cast("Any", SimpleNamespace(counts=counts))
    for hook in (made.pytest_make_collect_report(part), made.pytest_runtest_protocol(part)):
        next(hook)


def test_tracing_follows_what_counts_and_nobody_else_switches_it() -> None:
    tracer = cast("Any", Tracer())
    made = CountedLines(tracer, [], lambda part: bool(cast("Any", part).counts))
    for counts in (True, False, False, True, True, False):
        run(made, counts=counts)
        tracer.pause()  # as pytest-cov does around a call
        tracer.resume()
    assert Tracer.pause is not tracer.pause
    assert tracer.told == ["pause", "resume", "pause"]


def test_rooms_are_loaded_with_all_their_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("toyroom/__init__.py", "toyroom/deep/__init__.py", "toyroom/deep/module.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.syspath_prepend(tmp_path)
    tracer = cast("Any", Tracer())
    CountedLines(tracer, ["toyroom"], lambda _: False)
    assert sys.modules.pop("toyroom.deep.module").__file__ == str(tmp_path / "toyroom/deep/module.py")
    del sys.modules["toyroom"], sys.modules["toyroom.deep"]
