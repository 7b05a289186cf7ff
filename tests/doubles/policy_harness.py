"""The policy over a real store: stories come, time passes, messages go out; no feed, no matcher, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from doubles.clock import FixedClock
from doubles.inforce import configured

from monitor.model import (
    Alert,
    Article,
    Channel,
    Delivery,
    MessageKind,
    QuietHours,
    Receipt,
    Relation,
    Severity,
    State,
    Term,
    Verdict,
    Watchlist,
)
from monitor.pipeline.alerting import JoinedArticle, write_alerts
from monitor.pipeline.holds import gather, review
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database, Transaction, open_store
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

NIGHT = QuietHours("23:00", "07:00", "Europe/Kyiv")  # 21:00 to 05:00 UTC in November
EVENING, MORNING = datetime(2023, 11, 9, 20, 30, tzinfo=UTC), datetime(2023, 11, 10, 5, 0, tzinfo=UTC)


def lists(**more: Any) -> list[Watchlist]:
    """Return a watchlist of each severity from normal on."""
    return [
        Watchlist("arms", severity=Severity.NORMAL, notify=("desk",), **more),
        Watchlist("loud", severity=Severity.HIGH, notify=("desk",), **more),
        Watchlist("alarm", severity=Severity.CRITICAL, notify=("desk",), **more),
    ]


@cache
def any_matcher() -> Matcher:
    """Return a matcher for rules that are never asked to match."""
    return compile_watchlists([Watchlist("any", keywords=(Term("rocket"),))], shipped())


@dataclass
class Shown:
    """A message as the channel shows it."""

    channel: str
    row: int
    alert: Alert
    at: datetime
    silent: bool
    edits: int = 0


@dataclass
class PolicyHarness:
    """Writes alerts as the judge does, lets go what is held as housekeeping does, and sends as a lane does."""

    watchlists: Sequence[Watchlist]
    channels: Sequence[Channel]
    clock: FixedClock = field(default_factory=FixedClock)
    settings: Mapping[str, Any] = field(default_factory=dict)
    url: str = "sqlite://"
    messages: dict[int, Shown] = field(default_factory=dict)  # by message id, in the order in which they came
    away: bool = False  # nothing can be sent
    _store: Database | None = None
    _articles: int = 0
    _ids: int = 100

    @property
    def store(self) -> Database:
        if self._store is None:
            self._store = open_store(self.url, clock_now=self.clock.now)
        return self._store

    @property
    def rules(self) -> Rules:
        config = configured(self.channels, self.watchlists)
        return Rules(any_matcher(), CompiledCatalogue(any_matcher()), config)

    def story(
        self,
        title: str,
        *lists: str,
        source: str = "Yonhap",
        late: bool = False,
        related: tuple[int, ...] = (),
        named: bool = False,
    ) -> int:
        """Open a story with one article, which `lists` match; return its id. `named`: by its article, as the judge does."""
        with self.store.begin() as tx:
            story = tx.create_story(self.clock.now(), self._articles + 1 if named else None)
            self._join(tx, story, title, lists, source, Relation.FIRST, late=late, related=related)
        return story

    def join(
        self,
        story: int,
        title: str,
        *lists: str,
        source: str = "Reuters",
        relation: Relation = Relation.SAME,
        related: tuple[int, ...] = (),
    ) -> None:
        """Add an article to a story."""
        with self.store.begin() as tx:
            self._join(tx, story, title, lists, source, relation, related=related)

    def _join(
        self,
        tx: Transaction,
        story: int,
        title: str,
        lists: Sequence[str],
        source: str,
        relation: Relation,
        *,
        late: bool = False,
        related: tuple[int, ...] = (),
    ) -> None:
        self._articles += 1
        now = self.clock.now()
        url = f"https://x.org/{self._articles}"
        article = Article(url, title, f"{title}. Text.", source, "en", published=now, seen_at=now, key=url)
        ident = tx.add_article(article)
        tx.add_verdicts(ident, [Verdict(name, matched=True, reason="1 term", terms=("x",)) for name in lists])
        tx.join_story(story, ident, relation, (), now)
        stored = Article(**{name: getattr(article, name) for name in article.__slots__} | {"id": ident})
        write_alerts(tx, JoinedArticle(stored, story, late=late, related=related), self.rules, now)

    def tick(self) -> None:
        """Do housekeeping's part, and send all that is free to go."""
        now = self.clock.now()
        with self.store.begin() as tx:
            tx.expire_deliveries(now)
            stale = review(tx, self.rules, now)
            gather(tx, self.rules, now, stale)
        if not self.away:
            self.send()

    def send(self) -> None:
        """Send, as one lane a channel."""
        for channel in self.channels:
            while self._send_one(channel.name):
                pass

    def _send_one(self, channel: str) -> bool:
        now = self.clock.now()
        with self.store.begin() as tx:
            row = tx.claim_delivery([channel], f"lane:{channel}", now)
            if row is None:
                return False
            self._ids += row.message_id is None
            ident = row.message_id or self._ids
            before = self.messages.get(ident)
            silent = row.alert.silent or before is not None
            edits = 0 if before is None else before.edits + 1
            self.messages[ident] = Shown(
                channel, row.id, row.alert, now if before is None else before.at, silent, edits
            )
            tx.mark_sent(row.id, f"lane:{channel}", Receipt(ident), now)
        return True

    def fail(self, channel: str) -> None:
        """Try once, in vain, to send."""
        with self.store.begin() as tx:
            row = tx.claim_delivery([channel], f"lane:{channel}", self.clock.now())
            if row is not None:
                tx.mark_ready(row.id, self.clock.now() + timedelta(seconds=60), "no answer")

    def pass_(self, seconds: float, step: float = 600.0) -> None:
        """Let time pass, looking every `step` seconds."""
        while seconds > 0:
            self.clock.pass_(min(step, seconds))
            seconds -= step
            self.tick()

    def until(self, moment: datetime, step: float = 600.0) -> None:
        """Let time pass until a moment."""
        self.pass_((moment - self.clock.now()).total_seconds(), step)

    def rows(self) -> list[Delivery]:
        with self.store.begin() as tx:
            return tx.deliveries(limit=10_000)[::-1]

    def states(self) -> dict[str, State]:
        return {row.dedupe: row.state for row in self.rows()}

    def said(self, channel: str = "desk") -> list[str]:
        """Return what the channel shows now, a line a message: a title, or a digest's head and its titles."""
        return [_line(shown.alert) for shown in self.messages.values() if shown.channel == channel]

    def rung(self, channel: str = "desk") -> int:
        """Count the messages that rang."""
        return sum(shown.channel == channel and not shown.alert.silent for shown in self.messages.values())


def _line(alert: Alert) -> str:
    if alert.kind is MessageKind.DIGEST:
        return f"{alert.headline}: {', '.join(item.headline for item in alert.items)}"
    if alert.kind is MessageKind.REPLY:
        return f"↩ {alert.headline} ({alert.note})"
    return alert.headline
