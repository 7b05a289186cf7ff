"""Counts lines only where they count: tracing makes whatever Python runs meanwhile take twice as long.

pytest-cov traces from the start of a process to its end, but for the calls of tests marked `no_cover`: importing all the
other rooms, collecting their tests and setting these up would be traced as well.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest


class Controller(Protocol):
    """What pytest-cov stops and starts tracing with."""

    pause: Callable[[], None]
    resume: Callable[[], None]


class CountedLines:
    """Traces while `rooms` load, and while those tests are collected, set up and run that `counts` tells.

    It takes pytest-cov's own switching in hand, as that would go on tracing after each test that does not count.
    """

    def __init__(
        self, controller: Controller, rooms: list[str], counts: Callable[[pytest.Item | pytest.Collector], bool]
    ) -> None:
        self._pause, self._resume = controller.pause, controller.resume
        controller.pause = controller.resume = lambda: None
        self._counts = counts
        self._tracing = True
        for room in rooms:
            load(room)

    def _trace(self, wanted: bool) -> None:
        if wanted != self._tracing:
            (self._resume if wanted else self._pause)()
            self._tracing = wanted

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        """Collect a module of tests, whose import runs what its parameters are made of."""
        self._trace(self._counts(collector))
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Run a test with its fixtures."""
        self._trace(self._counts(item))
        return (yield)


def load(room: str) -> None:
    """Import a module, and all modules of a package: the lines of a module count where it is loaded."""
    module = importlib.import_module(room)
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        load(f"{room}.{found.name}")
