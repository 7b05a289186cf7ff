"""A child for the tasks of one thread."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from doubles.patience import HANG
from doubles.sandbox_tasks import add, burn, fail, hog

from monitor.errors import ParseError, SandboxError, SandboxUnavailableError
from monitor.sandbox import LoneChild
from monitor.sandbox.child import Child

MEMORY = 256 * 1024 * 1024


def test_results_and_errors_come_back_and_the_child_ends() -> None:
    with LoneChild(MEMORY, ()) as child:
        assert child.run(add, 2, 3, cpu=60.0) == 5
        pid = child.run(os.getpid, cpu=60.0)
        with pytest.raises(ParseError, match="no feed"):
            child.run(fail, cpu=60.0)
    assert pid != os.getpid()
    assert not Path(f"/proc/{pid}").exists()


def test_a_task_that_needs_too_much_is_an_error_of_the_sandbox() -> None:
    with LoneChild(MEMORY, ()) as child, pytest.raises(SandboxError, match="MemoryError"):
        child.run(hog, cpu=60.0)
    with LoneChild(MEMORY, ()) as child, pytest.raises(SandboxError, match="the child died"):
        child.run(burn, cpu=1.0)


def test_a_child_that_is_gone_takes_no_task() -> None:
    with LoneChild(MEMORY, ()) as child:
        child._child.stop()
        with pytest.raises(SandboxError, match="while it was idle"):
            child.run(add, 2, 3, cpu=60.0)


def test_where_no_child_starts_none_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(Child, "start", refuse)
    with pytest.raises(SandboxUnavailableError, match="Cannot allocate memory"):
        LoneChild(MEMORY, ())


def test_a_task_whose_child_is_killed_meanwhile_ends_for_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pebble leaves a task without a result that is handed over while its pool stops: the daemon never ended."""
    begun = threading.Event()

    def lost(*_: object) -> Future[object]:
        begun.set()
        return Future()

    with LoneChild(MEMORY, ()) as child, ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr(Child, "schedule", lost)
        waiting = threads.submit(child.run, abs, -1, cpu=1)
        assert begun.wait(HANG)
        child.__exit__()
        with pytest.raises(SandboxError, match="killed"):
            waiting.result(30)


def test_killing_a_child_ends_the_task_that_runs_in_it() -> None:
    with LoneChild(MEMORY, ()) as child, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(child.run, time.sleep, 600, cpu=1)
        while not child._child.tasks:
            time.sleep(0.01)
        child.__exit__()
        with pytest.raises(SandboxError):
            waiting.result(30)
