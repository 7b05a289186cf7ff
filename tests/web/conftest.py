from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from doubles.page_harness import PageHarness


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[PageHarness]:
    async with PageHarness(tmp_path) as served:
        yield served
