"""Rows of the outbox that stem from no article: 'now watching', notices to operators, digests, expiries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from monitor.alert import policy
from monitor.errors import StoreError
from monitor.i18n import Phrases, alert_phrases
from monitor.metrics import BUGS
from monitor.model import Fact
from monitor.pipeline import escalation
from monitor.pipeline.acks import close_lapsed
from monitor.pipeline.health import EVERY, HealthWatch
from monitor.pipeline.holds import gather, review
from monitor.pipeline.live import Live
from monitor.pipeline.notices import write_event, write_incidents
from monitor.pipeline.shifts import write_hand_overs
from monitor.pipeline.term_watch import TermWatch
from monitor.pipeline.weekly import write_weekly_reports
from monitor.ports import Clock
from monitor.store import Database, Transaction

log = structlog.get_logger(__name__)

_UNASKED = 120.0  # seconds for which a source that was never asked holds back 'now watching' of the others
_LONGEST_REST = 600.0  # seconds
_REVIEW = 10.0  # seconds between two reviews of the held rows


@dataclass(slots=True)
class Housekeeping:
    """Turns events of the daemon into rows of the outbox, in the scheduler's housekeeping. Is the `ports.Operators`."""

    store: Database
    clock: Clock
    live: Live
    written: asyncio.Event
    health_watch: HealthWatch
    _describing: bool = True  # whether a notice may wait for what the first polls showed to be judged
    _announcing: bool = True  # whether a source may have something to announce: reading all of them is dear
    _held_back: float | None = None  # since when 'now watching' waits for a source, on the monotonic clock
    _failed: dict[str, tuple[int, float]] = field(default_factory=dict)  # bugs in a row, and when a part may run again
    _checked_at: float | None = None  # the clock's monotonic seconds; None: check at the next tick
    _reviewed: float = -_REVIEW  # likewise
    _escalated: float = -escalation.EVERY  # likewise
    _term_watch: TermWatch = field(init=False)

    def __post_init__(self) -> None:
        """Let the watch of terms write notices."""
        self._term_watch = TermWatch(self.write_notice)

    @property
    def phrases(self) -> Phrases:
        """Return the phrases of notices, in the language of the configuration in force."""
        return self.live.now.phrases

    def write_notice(self, tx: Transaction, key: str, headline: str, lines: Sequence[str]) -> int:
        """Write a notice to the admins in a transaction that is open, once for each key; return how many rows."""
        log.warning("operators are notified", key=key, headline=headline, lines=lines)
        admins = self.live.now.config.admin_channels
        return write_event(tx, admins, key, headline, lines, self.clock.now(), self.phrases)

    def wake(self) -> None:
        """Have the lanes look at the outbox."""
        self.written.set()

    def review(self, line: str) -> None:
        """Check for incidents at the next tick; `line`, which describes the new one, is in the log already."""
        del line
        self.check_soon()

    def check_soon(self) -> None:
        """Check for incidents at the next tick, not only when it is time again."""
        self._checked_at = None

    def bad_config(self, problem: str | None) -> None:
        """Note why the last edit of the configuration is not in force (None: it is)."""
        self.health_watch.bad_config = problem
        self.check_soon()

    def bad_web(self, problem: tuple[str, str] | None) -> None:
        """Note the address that the web server cannot listen on, and why (None: it can)."""
        self.health_watch.web = problem
        self.check_soon()

    def announce_soon(self) -> None:
        """Look for sources to announce at the next tick: one was polled first, or the configuration changed."""
        self._announcing = True

    async def has_announced(self) -> bool:
        """Return whether 'now watching' was written for any source."""
        states = await self.store.run(lambda tx: tx.source_states())
        return any(state.announced for state in states)

    async def tick(self) -> None:
        """Write what is due: notices, 'now watching', digests, expiries."""
        announcing, self._announcing = self._announcing or self._waited(), False
        try:
            await self._part("expiry", self._expire)
            await self._part("escalation", self._escalate)
            await self._part("shifts", lambda tx: write_hand_overs(tx, self.live.now.rules, self.clock.now()))
            await self._part(
                "weekly reports", lambda tx: write_weekly_reports(tx, self.live.now.rules, self.clock.now())
            )
            await self._part("mutes", lambda tx: close_lapsed(tx, self.clock.now()))
            await self._part("health_watch", self._notify_operators, self.check_soon)
            await self._part("terms", self._look_at_terms)
            if announcing:
                await self._part("now watching", self._announce, self.announce_soon)
            if self._describing:
                await self._part("first articles", self._describe)
            await self._part("digests", self._gather)
        except BaseException:
            self._announcing = self._announcing or announcing
            raise

    async def _part(
        self, name: str, write: Callable[[Transaction], int], undone: Callable[[], None] = lambda: None
    ) -> None:
        """Do one part in its own transaction: a bug in it is logged and counted, and does not stop the other parts.

        It is then left alone for twice as long each time, up to ten minutes. `undone` is called where it did not work.
        """
        tries, again_at = self._failed.get(name, (0, 0.0))
        if self.clock.monotonic() < again_at:
            undone()
            return
        try:
            count = await self.store.run(write)
        except BaseException as error:
            undone()
            if isinstance(error, StoreError) or not isinstance(error, Exception):
                raise
            log.exception("a part of housekeeping failed", part=name)
            BUGS.labels(stage="housekeeping").inc()
            self._failed[name] = (tries + 1, self.clock.monotonic() + min(2.0**tries, _LONGEST_REST))
            return
        self._failed.pop(name, None)
        if count:
            self.written.set()

    def _expire(self, tx: Transaction) -> int:
        for dead in tx.expire_deliveries(self.clock.now()):
            log.error("alert expired unsent", id=dead.id, channel=dead.channel, error=dead.error)
        return 0

    def _escalate(self, tx: Transaction) -> int:
        """Send critical alerts that nobody acknowledged to further channels."""
        if self.clock.monotonic() - self._escalated < escalation.EVERY:
            return 0
        self._escalated = self.clock.monotonic()
        return escalation.escalate(tx, self.live.now.rules, self.clock.now())

    def _gather(self, tx: Transaction) -> int:
        """Release rows whose hold is over, and hold rows that must not go now."""
        rules, now = self.live.now.rules, self.clock.now()
        stale: frozenset[int] = frozenset()
        if self.clock.monotonic() - self._reviewed >= _REVIEW:
            self._reviewed = self.clock.monotonic()
            stale = review(tx, rules, now)
        return gather(tx, rules, now, stale)

    def _notify_operators(self, tx: Transaction) -> int:
        """Write to the admins which incidents are new, last, or are over."""
        mono = self.clock.monotonic()
        if self._checked_at is not None and mono - self._checked_at < EVERY:
            return 0
        self._checked_at = mono
        now = self.clock.now()
        log_of_incidents, notices = self.health_watch.due_notices(tx, now)
        if not self.health_watch.complete:
            self._checked_at = None
        for notice in notices:
            log.warning("operators are notified", headline=notice.headline, lines=notice.lines)
        admins = self.live.now.config.admin_channels
        return write_incidents(tx, admins, notices, log_of_incidents, now, self.phrases)

    def _look_at_terms(self, tx: Transaction) -> int:
        return self._term_watch.look(tx, self.live.now.rules, self.phrases, self.clock.now(), self.clock.monotonic())

    def _waited(self) -> bool:
        """Return whether 'now watching' has waited long enough for sources that a host's Retry-After holds back."""
        return self._held_back is not None and self.clock.monotonic() - self._held_back >= _UNASKED

    def _announce(self, tx: Transaction) -> int:
        """Queue one notice a channel on which sources are watched, when each new one has been polled once."""
        states = [state for state in tx.source_states() if not state.stopped]
        fresh = [state for state in states if state.baseline_at is not None and not state.announced]
        unasked = any(state.baseline_at is None and state.failures == 0 for state in states)
        if not fresh or (unasked and not self._waited()):
            self._held_back = (self._held_back or self.clock.monotonic()) if fresh else None
            return 0
        self._held_back = None
        rules = self.live.now.rules
        now = self.clock.now()
        names = [state.source.name for state in fresh]
        count = 0
        for channel in rules.channels.values():
            lists = [watchlist for watchlist in rules.watchlists.values() if channel.name in watchlist.notify]
            if lists:
                phrases = alert_phrases(channel.language)
                new = policy.watching(names, [watchlist.name for watchlist in lists], channel.name, now, phrases)
                count += tx.add_delivery(new, now) is not None
        tx.announce_sources([state.id for state in fresh])
        groups = [*self._groups(tx), [state.id for state in fresh]]
        tx.put(Fact.BASELINES, json.dumps(groups))
        self._describing = True
        return count

    @staticmethod
    def _groups(tx: Transaction) -> list[list[int]]:
        groups: list[list[int]] = json.loads(tx.get(Fact.BASELINES) or "[]")
        return groups

    def _describe(self, tx: Transaction) -> int:
        """Add to 'now watching' what the first polls showed, once all of that is judged; return how many notices."""
        groups = self._groups(tx)
        counts = [tx.baseline_counts(ids) for ids in groups]
        waiting = [ids for ids, (_, pending) in zip(groups, counts, strict=True) if pending]
        done = [(ids, seen) for ids, (seen, pending) in zip(groups, counts, strict=True) if not pending]
        written = sum(self._describe_group(tx, ids, seen) for ids, seen in done)
        if done:
            tx.put(Fact.BASELINES, json.dumps(waiting))
        self._describing = bool(waiting)
        return written

    def _describe_group(self, tx: Transaction, ids: Sequence[int], seen: int) -> int:
        names = [state.source.name for state in tx.source_states() if state.id in ids]
        rules, now, count = self.live.now.rules, self.clock.now(), 0
        matches = tx.baseline_matches(ids) if seen else []
        for channel in rules.channels.values():
            notice = tx.delivery_named(policy.watching_name(names, channel.name))
            if notice is None or not seen:
                continue
            lists = {watchlist.name for watchlist in rules.watchlists.values() if channel.name in watchlist.notify}
            articles = {ident: (name, title) for name, title, ident in reversed(matches) if name in lists}
            told = policy.described(notice.alert, seen, list(articles.values())[::-1])
            tx.amend_delivery(notice.id, told, now)
            count += 1
        return count
