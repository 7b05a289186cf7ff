"""A child for the tasks of one thread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
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
