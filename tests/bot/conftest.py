"""A whole bot, or commands alone, where a test asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from doubles.bot_harness import BotHarness
from doubles.bot_harness import opened as open_harness
from doubles.command_harness import CommandHarness
from doubles.telegram import TelegramDouble

from monitor.store import Database, open_store


@pytest.fixture
def store() -> Iterator[Database]:
    made = open_store("sqlite://")
    yield made
    made.close()


@pytest.fixture
async def harness(api: TelegramDouble, store: Database, tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with open_harness(api, store, tmp_path) as made:
        yield made


@pytest.fixture
def desk(store: Database, tmp_path: Path) -> CommandHarness:
    return CommandHarness(store, tmp_path)
