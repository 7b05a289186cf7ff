"""Translation of alerts whose articles the readers of a channel do not read.

An alert never waits for it: it is sent, and the translation comes as an edit. What was translated is kept, so that no
text is sent to a service twice. A service that fails is asked again later, and operators are notified once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.alert.translation import translated, untranslated
from monitor.errors import MonitorError, StoreError, TranslationError
from monitor.metrics import BUGS
from monitor.model import TRANSLATION, Channel, Delivery, Incident, Translation
from monitor.pipeline.live import Live
from monitor.ports import Clock, Translator
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

EVERY = 0.5
"""Seconds between two looks for alerts to translate."""

_YOUNG = timedelta(hours=6)  # what is older was read, or not, as it is
_ROWS = 20  # of a channel, the newest
_FIRST_REST, _LONGEST_REST = 30.0, 1800.0  # seconds for which a service that failed is left alone


@dataclass(slots=True)
class TranslationStage:
    """Translates what is written to the outbox, one service call at a time."""

    store: Database
    clock: Clock
    live: Live
    translator: Translator
    written: asyncio.Event
    # By service or pair of languages: until when it rests, and for how long that was.
    _rests: dict[str, tuple[float, float]] = field(default_factory=dict)

    async def run(self) -> None:
        """Translate until cancelled."""
        try:
            while True:
                await self._work()
                await asyncio.sleep(EVERY)
        finally:
            await self.translator.close()

    async def _work(self) -> None:
        try:
            await self.step()
        except StoreError as error:
            log.warning("translations wait for the database", error=str(error))
        except Exception:  # the outermost loop of translation: a bug is logged and counted, and the next look is made
            log.exception("a translation failed")
            BUGS.labels(stage="housekeeping").inc()
            await asyncio.sleep(_FIRST_REST)

    async def step(self) -> int:
        """Translate what the channels' newest alerts lack; return how many alerts were amended."""
        count = 0
        for channel in self.live.now.config.channels.values():
            if channel.translate is not None and not self._rests_now(channel.translate.by):
                count += await self._channel(channel, channel.translate)
        if count:
            self.written.set()
        return count

    async def finish(self, seconds: float) -> None:
        """Translate what is written now, for a round that ends: within so many seconds, one call at a time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                try:
                    await self.step()
                except StoreError as error:
                    log.warning("translations wait for the database", error=str(error))
        await self.translator.close()

    def _rests_now(self, key: str) -> bool:
        until, _ = self._rests.get(key, (0.0, 0.0))
        return self.clock.monotonic() < until

    async def _channel(self, channel: Channel, wanted: Translation) -> int:
        now = self.clock.now()
        rows = await self.store.run(lambda tx: _waiting(tx, channel.name, wanted.to, now - _YOUNG))
        texts = {text: of for row in rows for text, of in untranslated(row.alert, wanted.to).items()}
        if not texts:
            return 0
        known = await self.store.run(lambda tx: tx.translations(wanted.by, wanted.to, list(texts)))
        missing = {text: of for text, of in texts.items() if text not in known}
        for language in dict.fromkeys(missing.values()):
            if self._rests_now(wanted.by):
                break
            if not self._rests_now(_pair(wanted, language)):
                batch = [text for text, of in missing.items() if of == language]
                known = {**known, **await self._ask(batch, language, wanted)}
        return await self.store.run(lambda tx: self._amend(tx, rows, wanted, known)) if known else 0

    async def _ask(self, texts: Sequence[str], language: str | None, wanted: Translation) -> dict[str, str]:
        """Return translations, kept; none where the service gives none now, which then rests.

        Where it only refuses what it was asked, such as a language that it does not know, that pair of languages rests.
        """
        now, pair = self.clock.now(), _pair(wanted, language)
        try:
            found = dict(zip(texts, await self.translator.translate(texts, language, wanted), strict=True))
        except MonitorError as error:
            what = pair if isinstance(error, TranslationError) and error.refused else wanted.by
            _, last = self._rests.get(what, (0.0, _FIRST_REST / 2))
            rest = min(last * 2, _LONGEST_REST)
            self._rests[what] = self.clock.monotonic() + rest, rest
            phrases = self.live.now.phrases
            line = phrases.text("translation line", service=what, reason=phrases.error(str(error)))
            log.warning("a translation service fails", service=what, error=str(error))
            await self.store.run(lambda tx: tx.open_incident(Incident(TRANSLATION, what, line), now))
            return {}

        def keep(tx: Transaction) -> None:
            tx.keep_translations(wanted.by, wanted.to, found, now)
            tx.close_incident(TRANSLATION, wanted.by, now)
            tx.close_incident(TRANSLATION, pair, now)

        self._rests.pop(wanted.by, None)
        self._rests.pop(pair, None)
        await self.store.run(keep)
        return found

    def _amend(self, tx: Transaction, rows: Sequence[Delivery], wanted: Translation, known: Mapping[str, str]) -> int:
        count = 0
        for each in rows:
            row = tx.delivery(each.id)  # as it is now
            if row is None or not row.lives or row.in_digest is not None:
                continue
            alert = translated(row.alert, wanted.to, known)
            if alert.translations != row.alert.translations:
                tx.amend_delivery(row.id, alert, self.clock.now())
                count += 1
        return count


def _pair(wanted: Translation, language: str | None) -> str:
    """Return what operators read of a pair of languages of a service: 'deepl (ko → uk)'."""
    return f"{wanted.by} ({language or '?'} → {wanted.to})"


def _waiting(tx: Transaction, channel: str, language: str, since: datetime) -> list[Delivery]:
    """Return the channel's newest rows that show a text without its translation."""
    found = []
    for row in tx.deliveries(channel=channel, kinds=("alert", "reply"), limit=_ROWS):
        young = row.created_at > since and row.lives and row.in_digest is None
        if young and untranslated(row.alert, language):
            found.append(row)
    return found
