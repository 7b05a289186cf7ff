"""When a permanent redirect becomes the address that a source is polled at. Pure.

One redirect may be a mistake, or a captive portal's: three polls have to see the same one, over a day at least.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import FetchError, SourceError
from monitor.model import Relocation

_SIGHTINGS = 3
_SPAN = timedelta(days=1)
_FAILURES = 3  # in a row at a learnt address, after which the configured one is asked again
_GONE = {404, 410}


def seen(before: Relocation, target: str | None, now: datetime) -> Relocation:
    """Return what is known after a poll that went well; `target` is where it was redirected to for good."""
    if target is None:
        return Relocation(before.address)
    if target != before.target or before.since is None:
        return Relocation(before.address, target, now, 1)
    after = replace(before, sightings=before.sightings + 1)
    if after.sightings >= _SIGHTINGS and now - before.since >= _SPAN:
        return Relocation(target)
    return after


def failed(before: Relocation, error: Exception | None, failures: int) -> Relocation:
    """Return what is known after `failures` failed polls in a row: a learnt address that fails is forgotten."""
    gone = isinstance(error, FetchError) and error.status in _GONE
    often = isinstance(error, SourceError) and failures >= _FAILURES
    return Relocation() if before.address and (gone or often) else before
