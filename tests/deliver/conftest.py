"""The double of the Bot API, and a delivery worker with one channel in a supergroup of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from doubles.delivery_harness import CHAT, DeliveryHarness, opened, telegram
from doubles.telegram import TOKEN, TelegramDouble

from monitor.model import Channel


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Keep log lines from being drawn: a traceback with colours takes longer than a whole test."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def harness(api: TelegramDouble) -> AsyncIterator[DeliveryHarness]:
    """A delivery worker with one channel, `desk`, in a supergroup."""
    channels = {"desk": Channel("desk", "telegram", {"chat": CHAT}, timezone="Europe/Kyiv")}
    async with opened(channels, {"telegram": telegram(api)}) as made:
        yield made


@pytest.fixture
def api_token() -> str:
    return TOKEN
