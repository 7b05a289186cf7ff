"""A database of their own for tests with many processes: procrastinate's tables must not be in the others'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from doubles.postgres import Postgres


@pytest.fixture
def server(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty, migrated database of this test alone."""
    with postgres.own() as url:
        yield url
