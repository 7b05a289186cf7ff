from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor import relocation
from monitor.errors import FetchError, FetchKind, ParseError, SandboxUnavailableError
from monitor.model import Relocation

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOTHING = Relocation()
NEW, OTHER = "https://new.example/rss", "https://other.example/rss"


def after(*polls: tuple[float, str | None], before: Relocation = NOTHING) -> Relocation:
    """Return what is known after polls, each at so many hours, redirected to an address."""
    for hours, target in polls:
        before = relocation.seen(before, target, NOW + timedelta(hours=hours))
    return before


def test_three_sightings_over_a_day_are_learnt() -> None:
    assert after((0, NEW), (12, NEW)) == Relocation(None, NEW, NOW, 2)
    assert after((0, NEW), (12, NEW), (23.9, NEW)).address is None
    assert after((0, NEW), (24, NEW)).address is None
    assert after((0, NEW), (12, NEW), (24, NEW)) == Relocation(NEW)
    assert after((0, NEW), *((hour, NEW) for hour in range(1, 24)), (24, NEW)) == Relocation(NEW)


def test_a_redirect_that_ends_or_changes_is_counted_anew() -> None:
    assert after((0, NEW), (12, NEW), (13, None)) == Relocation()
    assert after((0, NEW), (12, NEW), (30, OTHER)) == Relocation(None, OTHER, NOW + timedelta(hours=30), 1)


def test_a_learnt_address_stays_and_may_move_on() -> None:
    assert after((50, None), before=Relocation(NEW)) == Relocation(NEW)
    assert after((0, OTHER), (12, OTHER), before=Relocation(NEW)) == Relocation(NEW, OTHER, NOW, 2)
    assert after((0, OTHER), (12, OTHER), (24, OTHER), before=Relocation(NEW)) == Relocation(OTHER)


@pytest.mark.parametrize(
    ("error", "failures", "kept"),
    [
        (FetchError("404", FetchKind.STATUS, status=404), 1, False),
        (FetchError("410", FetchKind.STATUS, status=410), 1, False),
        (FetchError("503", FetchKind.STATUS, status=503), 2, True),
        (FetchError("503", FetchKind.STATUS, status=503), 3, False),
        (ParseError("a page"), 3, False),
        (SandboxUnavailableError(), 9, True),
        (None, 9, True),
    ],
)
def test_a_learnt_address_that_fails_is_forgotten(error: Exception | None, failures: int, kept: bool) -> None:
    assert relocation.failed(Relocation(NEW), error, failures) == (Relocation(NEW) if kept else Relocation())


def test_a_failure_at_the_configured_address_changes_nothing() -> None:
    before = Relocation(None, NEW, NOW, 2)
    assert relocation.failed(before, FetchError("404", FetchKind.STATUS, status=404), 9) is before
