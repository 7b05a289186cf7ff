"""What other processes signal through PostgreSQL (LISTEN/NOTIFY), as long as somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import structlog

from monitor.store.engine import NETWORK

log = structlog.get_logger(__name__)

_NETWORK: dict[str, Any] = dict(NETWORK)
_AGAIN = 1.0  # seconds until the next try to connect


async def listen(address: str, topics: Collection[str], heard: Callable[[str, str], None], instance: str) -> None:
    """Call `heard(topic, text)` for each signal until cancelled, and `heard(topic, "")` after each (re)connection.

    A signal of the time without a connection is lost: whoever hears of a connection looks whether there is work.
    """
    import psycopg

    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(
                address, autocommit=True, application_name=f"monitor {instance} listens", **_NETWORK
            )
            async with connection:
                for topic in topics:
                    await connection.execute(f'LISTEN "{topic}"')
                for topic in topics:
                    heard(topic, "")
                async for note in connection.notifies():
                    heard(note.channel, note.payload)
        except (psycopg.Error, OSError) as error:
            log.debug("nothing is heard from the database", error=str(error).strip())
        await asyncio.sleep(_AGAIN)
