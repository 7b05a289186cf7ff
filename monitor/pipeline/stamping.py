"""Time stamps: an authority is asked to stamp the chain's end, after there are new entries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from monitor.errors import FetchError, StoreError
from monitor.evidence import timestamp
from monitor.metrics import BUGS
from monitor.pipeline.live import Live
from monitor.ports import Clock, Request
from monitor.store import Database
from monitor.store.evidence import TimeStamp

log = structlog.get_logger(__name__)

_EVERY = 30.0  # seconds between two looks
_APART = timedelta(minutes=10)  # between two stamps: authorities are a favour, and one stamp covers all before it
_MOST = 200_000  # bytes of an answer
_LONGEST = 6 * 3600.0  # seconds that an authority which fails is left alone at most


@dataclass(slots=True)
class Stamper:
    """Asks the configured authority."""

    store: Database
    live: Live
    clock: Clock
    _failures: int = 0
    _again_at: float = float("-inf")

    async def run(self) -> None:
        """Ask whenever there is something new, until cancelled."""
        while True:
            try:
                await self.turn()
            except StoreError as error:
                log.warning("time stamps wait for the database", error=str(error))
            except Exception:  # the stage's outermost loop
                BUGS.labels(stage="timestamp").inc()
                log.exception("internal error", stage="timestamp")
                self._again_at = self.clock.monotonic() + _LONGEST
            await asyncio.sleep(_EVERY)

    async def turn(self) -> bool:
        """Have the chain's end stamped, where it is new; return whether it was."""
        authority = self.live.now.config.evidence.timestamp
        if authority is None or self.clock.monotonic() < self._again_at:
            return False
        (seq, entry_hash), last = await self.store.run(lambda tx: (tx.evidence_end(), tx.last_stamp()))
        if seq == 0 or (last is not None and (last.seq >= seq or self.clock.now() - last.at < _APART)):
            return False
        try:
            token = await self._ask(authority, entry_hash)
        except (FetchError, timestamp.StampError) as error:
            self._failures += 1
            wait = min(600.0 * 2.0 ** (self._failures - 1), _LONGEST)
            self._again_at = self.clock.monotonic() + wait
            log.warning("no time stamp", authority=authority, error=str(error), again_in=wait)
            return False
        self._failures = 0
        await self.store.run(lambda tx: tx.add_stamp(TimeStamp(seq, self.clock.now(), authority, token)))
        return True

    async def _ask(self, authority: str, entry_hash: str) -> bytes:
        query, nonce = timestamp.query(entry_hash)
        accept = (("Accept", timestamp.REPLY),)
        response = await self.live.now.fetcher.fetch(
            Request(authority, headers=accept, max_bytes=_MOST, content=(timestamp.QUERY, query))
        )
        if not response.is_usable:
            raise response.refusal("the authority")
        timestamp.granted(response.body, entry_hash, nonce)
        return response.body
