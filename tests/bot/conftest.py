"""A whole bot, or commands alone, where a test asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from doubles.botdesk import BotDesk
from doubles.botoffice import BotOffice
from doubles.botoffice import opened as open_office
from doubles.telegram import TelegramDouble

from monitor.store import Database, open_store


@pytest.fixture
def store() -> Iterator[Database]:
    made = open_store("sqlite://")
    yield made
    made.close()


@pytest.fixture
async def api() -> AsyncIterator[TelegramDouble]:
    async with TelegramDouble() as running:
        yield running


@pytest.fixture
async def office(api: TelegramDouble, store: Database, tmp_path: Path) -> AsyncIterator[BotOffice]:
    async with open_office(api, store, tmp_path) as made:
        yield made


@pytest.fixture
def desk(store: Database, tmp_path: Path) -> BotDesk:
    return BotDesk(store, tmp_path)
