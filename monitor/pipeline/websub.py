"""Subscriptions of feeds at their hubs (W3C WebSub), which report news at once; polling goes on as the net.

What a hub delivers is only a reason to poll: identity, validators and the order of items have one path, and nobody who
learns a callback's address and secret can put articles in.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from monitor.errors import FetchError, StoreError
from monitor.metrics import BUGS, PUSHES
from monitor.model import Subscription
from monitor.pipeline.live import Live
from monitor.ports import Clock, Request
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

PREFIX = "/websub/"
"""Where callbacks are, below `web.public_url`."""

MAX_BODY = 10_000_000
"""Bytes of a delivery: what a feed may have."""

_EVERY = 5.0  # seconds between two looks
_BATCH = 20  # hubs asked at one look
_LEASE = 10 * 86_400  # seconds that a hub is asked for; it may give another lease
_SHORTEST, _LONGEST = 300, 90 * 86_400  # seconds: what is taken for a lease
_RENEWED = 0.7  # of a lease, after which it is renewed
_AGAIN, _MOST = timedelta(minutes=5), timedelta(hours=12)  # waits for a hub that does not confirm, doubled each time
_DENIED = timedelta(days=1)
_ENDED = 4  # tries to unsubscribe; then the lease is left to run out
# WebSub, 8, has these methods alone.
_SIGNATURE = re.compile(r"\s*(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})\s*")
_PATH = re.compile(r"[\w-]{43}", re.ASCII)
_CHALLENGE = 2_000  # characters
_TAKEN = range(200, 300)


@dataclass(slots=True)
class Subscriber:
    """Asks hubs, confirms what it asked for, and polls what they report."""

    store: Database
    live: Live
    clock: Clock
    _base: str | None = ""  # of the callbacks; "": not known yet
    _quota: _MinuteQuota = field(default_factory=lambda: _MinuteQuota(1_200))
    _quotas: dict[str, _MinuteQuota] = field(default_factory=dict)
    _logged: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Ask hubs whenever one is due, until cancelled."""
        while True:
            try:
                await self.turn()
            except StoreError as error:
                log.warning("subscriptions wait for the database", error=str(error))
            except Exception:  # the stage's outermost loop
                BUGS.labels(stage="websub").inc()
                log.exception("internal error", stage="websub")
            await asyncio.sleep(_EVERY)

    # ------------------------------------------------------------------ asking

    async def turn(self) -> None:
        """Ask the hubs that are due."""
        web = self.live.now.config.web
        base = web.public_url.rstrip("/") if web.public_url and web.listen else None
        if base != self._base:
            await self.store.run(lambda tx: _moved(tx, base, self.clock.now()))
            self._base = base
        if base is None:
            return
        asked = await self.store.run(lambda tx: _claim(tx, base, self.clock.now()))
        await asyncio.gather(*(self._ask(row) for row in asked))

    async def _ask(self, row: Subscription) -> None:
        """Send one request: the hub confirms it at the callback, maybe before it answers here."""
        form = (
            ("hub.callback", row.callback or ""),
            ("hub.mode", "subscribe" if row.wanted else "unsubscribe"),
            ("hub.topic", row.topic),
            *((("hub.secret", row.secret), ("hub.lease_seconds", str(_LEASE))) if row.wanted else ()),
        )
        try:
            response = await self.live.now.fetcher.fetch(
                Request(row.hub, form=form, max_bytes=100_000, referrer=row.source_url)
            )
            error = None if response.status in _TAKEN else f"the hub answered {response.status}"
        except FetchError as problem:
            error = str(problem)
        if error:
            log.info("a hub does not take a subscription, polling goes on", hub=row.hub, topic=row.topic, error=error)
            await self.store.run(lambda tx: tx.update_subscription(row.id, error=error))

    # ------------------------------------------------------------------ the callback

    async def verify(self, path: str, query: Mapping[str, str]) -> str | None:
        """Answer a hub's question whether a request was meant (WebSub, 5.3): the challenge, or None for no."""
        if not _PATH.fullmatch(path) or not self._quota.take(self.clock.monotonic()):
            return None
        return await self.store.run(lambda tx: self._verified(tx, path, query))

    def _verified(self, tx: Transaction, path: str, query: Mapping[str, str]) -> str | None:
        row = tx.subscription(path)
        mode, challenge = query.get("hub.mode", ""), query.get("hub.challenge", "")
        if row is None or row.callback is None or query.get("hub.topic") != row.topic:
            return None
        now = self.clock.now()
        if mode == "denied" and row.wanted:
            reason = f"the hub refuses the subscription: {query.get('hub.reason', '')[:200]}".removesuffix(": ")
            tx.update_subscription(row.id, next_at=now + _DENIED, expires_at=None, error=reason)
            return ""
        if not 0 < len(challenge) <= _CHALLENGE or mode != ("subscribe" if row.wanted else "unsubscribe"):
            return None
        if row.wanted:
            seconds = _lease(query.get("hub.lease_seconds"))
            renewal = now + timedelta(seconds=seconds * _RENEWED)
            ends = now + timedelta(seconds=seconds)
            tx.update_subscription(row.id, expires_at=ends, next_at=renewal, failures=0, error=None)
        else:
            tx.delete_subscription(row.id)
        return challenge

    async def receive(self, path: str, signature: str, chunks: AsyncIterator[bytes]) -> int:
        """Take a delivery (WebSub, 7); return the HTTP status.

        One that is not signed as agreed is ignored and counted, and the hub gets no hint (WebSub, 8).
        """
        now = self.clock.monotonic()
        if not _PATH.fullmatch(path):
            return 404
        if not self._quota.take(now):
            return 429
        row = await self.store.run(lambda tx: tx.subscription(path))
        if row is None or not row.wanted or row.callback is None:
            return 410  # the hub may forget it
        if not self._quotas.setdefault(path, _MinuteQuota(60)).take(now):
            return 429
        found = _SIGNATURE.fullmatch(signature)
        mac = hmac.new(row.secret.encode(), digestmod=found[1] if found else "sha256")
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_BODY:
                return 413
            mac.update(chunk)
        if found is None or not hmac.compare_digest(mac.hexdigest(), found[2].lower()):
            self._ignored(row)
        else:
            woken = await self.store.run(lambda tx: tx.wake_source(row.source_id, self.clock.now()))
            PUSHES.labels(outcome="woke" if woken else "known").inc()
        return 202

    def _ignored(self, row: Subscription) -> None:
        PUSHES.labels(outcome="ignored").inc()
        if row.path not in self._logged:  # once: whoever sends them can send any number
            self._logged.add(row.path)
            log.warning("a delivery without the agreed signature is ignored", hub=row.hub, topic=row.topic)


@dataclass(slots=True)
class _MinuteQuota:
    """Requests that may come in a minute, spread or at once."""

    a_minute: int
    _left: float = -1.0
    _at: float = 0.0

    def take(self, now: float) -> bool:
        """Return whether another one may come."""
        left = self.a_minute if self._left < 0 else self._left + (now - self._at) * self.a_minute / 60
        self._left, self._at = min(float(self.a_minute), left), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _lease(text: str | None) -> int:
    seconds = int(text) if text and text.isascii() and text.isdecimal() and len(text) < 12 else _LEASE  # noqa: PLR2004 — a number
    return max(_SHORTEST, min(seconds, _LONGEST))


def _moved(tx: Transaction, base: str | None, now: datetime) -> None:
    """Begin anew with callbacks below another address; what hubs know of the old one runs out with its lease."""
    for row in tx.subscriptions():
        if row.callback is not None and (base is None or row.callback != f"{base}{PREFIX}{row.path}"):
            if row.wanted:
                tx.update_subscription(row.id, callback=None, expires_at=None, next_at=now, failures=0, error=None)
            else:
                tx.delete_subscription(row.id)


def _claim(tx: Transaction, base: str, now: datetime) -> list[Subscription]:
    """Return the subscriptions to ask for now, and note it before: the hub may confirm within the request."""
    found = []
    tx.end_subscriptions(now)
    for row in tx.due_subscriptions(now, _BATCH):
        over = row.callback is None or row.failures >= _ENDED or (row.expires_at is not None and row.expires_at <= now)
        if not row.wanted and over:
            tx.delete_subscription(row.id)
            continue
        callback = f"{base}{PREFIX}{row.path}"
        wait = min(_AGAIN * 2 ** min(row.failures, 10), _MOST)
        tx.update_subscription(row.id, callback=callback, failures=row.failures + 1, next_at=now + wait)
        found.append(replace(row, callback=callback))
    return found
