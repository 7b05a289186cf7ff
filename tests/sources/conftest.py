"""Every feed of these tests that the fast parser reads is read by feedparser as well, and both must say the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.two_parsers import compared

from monitor.sources import fast_feed


@pytest.fixture(autouse=True, scope="session")
def both_parsers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_feed, "read", compared(fast_feed.read))
        yield
