"""A newsroom on loopback, for tests that start daemons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.news_server import NewsServer


@pytest.fixture
def newsroom() -> Iterator[NewsServer]:
    """Return a newsroom without feeds; most files open theirs on it."""
    with NewsServer() as running:
        yield running
