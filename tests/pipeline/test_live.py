"""What is looked up once of the configuration in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from doubles.inforce import configured, in_force

from monitor.model import Source

NOW = datetime(2023, 11, 9, 12, 0, tzinfo=UTC)


def test_entries_are_too_old_by_the_age_of_their_own_source() -> None:
    sources = (Source("A", "https://a.example/rss", max_age=3600.0), Source("B", "https://b.example/rss"))
    live = in_force(configured(sources=sources)).now
    assert live.old_before("A", NOW) == NOW - timedelta(hours=1)
    assert live.old_before("B", NOW) is None
    assert live.old_before("a source that is configured no more", NOW) is None
