"""Ends a process that cannot stop by itself, as one of its threads waits for a server and cannot be interrupted.

PostgreSQL that stands still (its host is stopped, its disk hangs) answers nothing and closes nothing, and the network
of its host says that all is well. What is lost is what `kill -9` would lose: nothing.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

LATEST = 45.0
"""Seconds from a stop until the process ends in any case.

Longer than work under way and the message in flight may take together (20 s each), shorter than the time after which
the service manager kills it (`TimeoutStopSec` and `stop_grace_period` in the units and compose files).
"""

_TEMPORARY = 75  # exit code: start again


class LastResort:
    """Ends the process `seconds` after the first `arm`, unless it has ended by then."""

    def __init__(self, seconds: float = LATEST, end: Callable[[int], None] = os._exit) -> None:
        self._seconds = seconds
        self._end = end
        self._timer: threading.Timer | None = None

    def arm(self) -> None:
        """Let the time run, if it does not yet."""
        if self._timer is None:
            self._timer = threading.Timer(self._seconds, self._give_up)
            self._timer.daemon = True
            self._timer.start()

    def _give_up(self) -> None:
        log.critical("this process ends at once, as the database or a channel does not answer", seconds=self._seconds)
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        self._end(_TEMPORARY)


def arm_nothing() -> None:
    """Do nothing: the process of this daemon goes on after it, as in a test."""
