"""Figures on the daemon's work: sources, queue, latencies, watchlists; for `monitor status` and the bot.

Everything is read in the caller's transaction and handed over as plain values; wording is the reader's business.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median, quantiles

from monitor.errors import StoreError
from monitor.i18n import DEFAULT
from monitor.model import (
    ArticleChange,
    Delivery,
    Fact,
    FollowedStory,
    GapState,
    Incident,
    Mute,
    MuteKind,
    Relation,
    SourceState,
    State,
    Story,
    Watchlist,
)
from monitor.pipeline.health import open_incidents
from monitor.store import Transaction

_TOLD_ANYWAY = ("source", "silence", "dead")  # kinds of incidents that sources and the queue show
_CALL = timedelta(minutes=3)  # a call is answered within one
_JUDGED_FOR = timedelta(days=90)
"""How far back presses of 👍 and 👎 count: older ones speak of terms that were changed since."""


# --------------------------------------------------------------------------- latencies


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Median, 95th and 99th percentile and maximum of `count` durations, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float


def points(values: Sequence[float]) -> Percentiles | None:
    """Return the percentiles of durations (interpolated, both ends included); None where there is none."""
    if not values:
        return None
    cuts = quantiles(values, n=100, method="inclusive") if len(values) > 1 else [values[0]] * 99
    return Percentiles(len(values), median(values), cuts[94], cuts[98], max(values))


@dataclass(frozen=True, slots=True)
class AlertLatency:
    """The times of one alert: when its article was published (if known), seen, and when it was sent first."""

    delivery: Delivery
    published: datetime | None
    seen: datetime
    sent: datetime

    @property
    def outside(self) -> float | None:
        """Return seconds from published to seen: the outlet's delay, and the wait for the next poll."""
        return None if self.published is None else max((self.seen - self.published).total_seconds(), 0.0)

    @property
    def inside(self) -> float:
        """Return seconds from seen to sent: what the daemon took, holds and waits included."""
        return max((self.sent - self.seen).total_seconds(), 0.0)

    @property
    def whole(self) -> float:
        """Return seconds from published (seen, where that is not known) to sent."""
        return self.inside + (self.outside or 0.0)


def messages(rows: Iterable[Delivery]) -> list[Delivery]:
    """Return the alerts without those that another watchlist's message in the same channel covers."""
    first: dict[tuple[int | None, str], Delivery] = {}
    for row in rows:
        known = first.get((row.story_id, row.channel))
        if known is None or (known.in_digest is not None and (row.in_digest is None or row.id < known.id)):
            first[row.story_id, row.channel] = row
    return list(first.values())


def passages(tx: Transaction, rows: Sequence[Delivery]) -> list[AlertLatency]:
    """Return the times of each alert that was sent, in the order of the rows."""
    seen = tx.sightings(rows)
    return [AlertLatency(row, *seen[row.id], row.sent_at) for row in rows if row.sent_at is not None and row.id in seen]


# --------------------------------------------------------------------------- sources


class SourceStatus(StrEnum):
    """The condition of a source."""

    OK = "ok"
    NEW = "new"
    FAILING = "failing"
    STOPPED = "stopped"


def word(state: SourceState) -> SourceStatus:
    """Return a source's condition: `new` before its first success, `failing` after a failed poll."""
    if state.stopped:
        return SourceStatus.STOPPED
    if state.failures:
        return SourceStatus.FAILING
    return SourceStatus.OK if state.baseline_at else SourceStatus.NEW


def silences(incidents: Iterable[Incident], states: Iterable[SourceState]) -> dict[str, float]:
    """Return by name, for how many seconds each source has been silent against its own rhythm.

    The rhythms were looked at by the daemon, which keeps what it found: reading them anew is dear.
    """
    names = {each.subject for each in incidents if each.kind == "silence"}
    return {
        state.source.name: (state.last_success_at - state.last_new_at).total_seconds()
        for state in states
        if state.source.name in names and state.last_success_at and state.last_new_at and not state.failures
    }


# --------------------------------------------------------------------------- all at once


@dataclass(frozen=True, slots=True)
class Overview:
    """State of the sources, queue and mutes; latencies are those of the alerts that were written since `since`."""

    states: tuple[SourceState, ...]  # by name
    gaps: Mapping[int, GapState]  # the latest of each source that had one, by the source's id
    silent: Mapping[str, float]  # seconds by source
    troubles: tuple[str, ...]  # what else is wrong: chats that refuse, the disk, a bad edit, delivery behind
    pending: int  # entries to read
    outbox: Mapping[str, int]  # rows by state
    mutes: tuple[Mute, ...]
    since: datetime
    alerts: int
    whole: Percentiles | None
    inside: Percentiles | None


def overview(tx: Transaction, now: datetime, span: timedelta = timedelta(days=1)) -> Overview:
    """Return the overview, with the latencies of the last `span`."""
    states = tx.source_states()
    incidents = open_incidents(tx)
    rows = [row for row in messages(tx.alerts_since(now - span)) if row.state is not State.MUTED]
    ways = passages(tx, rows)
    return Overview(
        states=tuple(states),
        gaps=tx.gap_states(),
        silent=silences(incidents, states),
        troubles=(*(each.line for each in incidents if each.kind not in _TOLD_ANYWAY), *_unwritten(tx, now)),
        pending=tx.pending_count(),
        outbox=tx.delivery_counts(),
        mutes=tuple(tx.mutes(now)),
        since=now - span,
        alerts=len(rows),
        whole=points([way.whole for way in ways]),
        inside=points([way.inside for way in ways]),
    )


def _unwritten(tx: Transaction, now: datetime) -> list[str]:
    """Return a line for each row that is on its way for longer than any call takes."""
    rows = [row for row in tx.deliveries(state=State.SENDING) if row.claimed_at and now - row.claimed_at > _CALL]
    return [
        DEFAULT.text(
            "on its way", channel=row.channel, message=row.id, span=DEFAULT.duration(now - (row.claimed_at or now))
        )
        for row in reversed(rows)
    ]


def story_of(tx: Transaction, row: Delivery) -> Story | None:
    """Return a row's story; None where it has none, or the story was cleaned up."""
    return None if row.story_id is None else story_named(tx, row.story_id)


def story_named(tx: Transaction, number: int) -> Story | None:
    """Return the story of a number; None where there is none, or it was cleaned up."""
    try:
        return tx.story(number)
    except StoreError:
        return None


def related_stories(tx: Transaction, story: Story | None, follows: FollowedStory | None = None) -> tuple[int, ...]:
    """Return the stories that an operator may merge with a story, the one that it follows first.

    The others are those of its related articles, the newest first.
    """
    related = [each for each in story.members if each.relation is Relation.RELATED] if story else []
    homes = dict.fromkeys(tx.story_of(member.article_id) for member in reversed(related))
    earlier = story_named(tx, follows.story) if story and follows else None
    first = [earlier.id] if earlier is not None and earlier.members else []
    return tuple(dict.fromkeys(home for home in (*first, *homes) if home is not None))


def changes_of(tx: Transaction, story: Story | None) -> list[ArticleChange]:
    """Return what became of the pages of a story's articles since they were read."""
    return [] if story is None else tx.changes_of([member.article_id for member in story.members])


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging waits for, as the daemon last noted it; 'ready': the daemon judges."""

    state: str
    at: datetime


def keep_judging(tx: Transaction, state: str, now: datetime) -> None:
    """Store what judging waits for, for commands that run beside the daemon."""
    tx.put(Fact.JUDGING, json.dumps([state, now.isoformat()]))


def judging(tx: Transaction) -> Judging | None:
    """Return the state of judging that the daemon noted last; None where none has run."""
    kept = tx.get(Fact.JUDGING)
    if kept is None:
        return None
    state, at = json.loads(kept)
    return Judging(state, datetime.fromisoformat(at))


# --------------------------------------------------------------------------- watchlists


@dataclass(frozen=True, slots=True)
class WatchlistReport:
    """Figures of one watchlist: alerts of the last 24 hours and 7 days, feedback on them, and its mute."""

    name: str
    query: bool
    terms: int  # 1 for a query
    severity: str
    channels: tuple[str, ...]
    day: int
    week: int
    useful: int
    useless: int
    mute: Mute | None

    @property
    def precision(self) -> float | None:
        """Return the share of useful alerts among those with feedback; None where there is none."""
        judged = self.useful + self.useless
        return self.useful / judged if judged else None


def standings(tx: Transaction, watchlists: Iterable[Watchlist], now: datetime) -> list[WatchlistReport]:
    """Return each watchlist's figures. A story that went to several channels counts once."""
    rows = tx.alerts_since(now - timedelta(days=7))
    week, day = _stories(rows), _stories([row for row in rows if row.created_at > now - timedelta(days=1)])
    judged = tx.feedback_counts(now - _JUDGED_FOR)
    mutes = {mute.key.casefold(): mute for mute in tx.mutes(now) if mute.kind is MuteKind.WATCHLIST}
    return [
        WatchlistReport(
            name=each.name,
            query=each.query is not None,
            terms=1 if each.query else len(each.entities) + len(each.keywords),
            severity=each.severity.value,
            channels=each.notify,
            day=len(day.get(each.name, ())),
            week=len(week.get(each.name, ())),
            useful=judged.get(each.name, (0, 0))[0],
            useless=judged.get(each.name, (0, 0))[1],
            mute=mutes.get(each.name.casefold()),
        )
        for each in watchlists
    ]


def _stories(rows: Iterable[Delivery]) -> Mapping[str, set[int | None]]:
    found: dict[str, set[int | None]] = defaultdict(set)
    for row in rows:
        if row.alert.watchlist is not None and row.state is not State.MUTED:
            found[row.alert.watchlist].add(row.story_id)
    return found


# --------------------------------------------------------------------------- what was missed


@dataclass(frozen=True, slots=True)
class Missed:
    """Alerts that came late, or not at all, since a moment."""

    since: datetime
    passages: tuple[AlertLatency, ...]  # slowest first
    outside: Percentiles | None
    inside: Percentiles | None
    whole: Percentiles | None
    dead: tuple[Delivery, ...]  # newest first
    held: tuple[Delivery, ...]  # what goes out first comes first
    unknown: int
    waiting: int  # ready, being sent, or kept while the chat refuses
    silent: Mapping[str, float]  # seconds by source
    failing: Mapping[str, str]  # reason by source


def missed(tx: Transaction, since: datetime) -> Missed:
    """Return the alerts that came late or not at all since `since`."""
    ways = passages(tx, messages(tx.alerts_since(since)))
    states = tx.source_states()
    counts = tx.delivery_counts()
    # Members of a digest that is on its way wait for nothing more.
    held = [row for row in tx.deliveries(state=State.HELD, limit=1000) if row.in_digest is None]
    return Missed(
        since=since,
        passages=tuple(sorted(ways, key=lambda way: -way.whole)),
        outside=points([way.outside for way in ways if way.outside is not None]),
        inside=points([way.inside for way in ways]),
        whole=points([way.whole for way in ways]),
        dead=tuple(reversed(tx.given_up(since))),
        held=tuple(sorted(held, key=lambda row: (row.due_at, row.id))),
        unknown=counts[State.UNKNOWN],
        waiting=sum(counts[state] for state in (State.READY, State.SENDING, State.SUSPENDED)),
        silent=silences(open_incidents(tx), states),
        failing={state.source.name: reason for state in states if (reason := trouble(state))},
    )


def trouble(state: SourceState) -> str | None:
    """Return a short reason why a source is not well; None where it is."""
    if state.stopped:
        return DEFAULT.text("error gone")
    return (state.error or DEFAULT.text("error reasonless")) if state.failures else None
