"""The messages that an operator gets of incidents, and of what happened once. Pure.

An incident has one message: it rings when the incident is new, is edited while that lasts, and shows its end. A
reminder, which must ring, is a reply to it. As long as a notice of the same operator waits to be sent (the network was
away, the chat refused), whatever is new is added to that one: after an outage one summary comes, not a row of notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.alert.incidents import (
    HARMLESS,
    NoticeStage,
    OperatorNotice,
    headline,
    lasting,
    over_line,
    removal,
    shortened,
    still,
)
from monitor.i18n import Phrases
from monitor.model import Alert, Delivery, IncidentLog, MessageKind, NotedIncident, OpenIncident, State

EDIT_PAUSE = timedelta(minutes=10)
"""At most one edit in this time of what merely lasts; later, in a quarter of the time that it has lasted."""

LONG = timedelta(minutes=15)
"""What has lasted for so long is shown with its duration."""

WAITED = timedelta(minutes=1)
"""What has not been sent for so long, or was tried, waits: it takes in what is new. Else it is about to be sent."""

_WAITS = (State.READY, State.SUSPENDED)
_SLOWER = 4

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to add to the outbox."""

    alert: Alert
    reply_to: int | None = None  # the row of the notice that it reminds of


@dataclass(slots=True)
class NoticeChanges:
    """Changes of one operator's notices."""

    new: list[NewNotice] = field(default_factory=list)
    amended: dict[int, Alert] = field(default_factory=dict)


def changes(
    rows: Sequence[Delivery], notices: Iterable[OperatorNotice], log: IncidentLog, now: datetime, phrases: Phrases
) -> NoticeChanges:
    """Return what changes in one operator's notices: `rows`, the newest first; `log`: the incidents that are open."""
    chat = _OperatorChat(rows, now, phrases)
    for notice in notices:
        if notice.stage is NoticeStage.OVER:
            chat.close(notice.incidents, removed=notice.removed)
        elif notice.stage is NoticeStage.AGAIN:
            chat.remind(notice.incidents)
        else:
            chat.add([_noted(each) for each in notice.incidents])
    chat.follow(log)
    return chat.changes()


def with_event(
    rows: Sequence[Delivery], key: str, said: str, lines: Sequence[str], now: datetime, phrases: Phrases
) -> tuple[Alert, Delivery | None]:
    """Return the notice of what happened once, and the row that waits to be sent and shows it, too, where there is one.

    The row is given with its new content.
    """
    event = NotedIncident("", key, "\n".join(lines), now, headline=said)
    alone, waiting = _told([event], now, phrases), _waiting(rows, now)
    if waiting is None:
        return alone, None
    alert = _told([*waiting.alert.incidents, event], now, phrases, reminds=waiting.reply_to is not None)
    return alone, replace(waiting, alert=alert)


def gathered_since(alert: Alert) -> datetime | None:
    """Return the time of the first event of a notice that tells several; None of any other."""
    if len(_sections(alert.incidents)) < 2:  # noqa: PLR2004 — several
        return None
    return min(each.since for each in alert.incidents)


@dataclass(slots=True)
class _Row:
    """A notice as it is, and the incidents that it is to show."""

    before: Delivery
    incidents: list[NotedIncident]
    changed: bool = False  # there is something new in it, not only what lasts

    def put(self, noted: NotedIncident) -> None:
        """Show an incident, in place of what was shown of it."""
        self.changed = True
        self.incidents = [each for each in self.incidents if _key(each) != _key(noted)] + [noted]

    def has_open(self, key: Key) -> bool:
        """Return whether an incident is shown as one that holds."""
        return any(_key(each) == key and each.over is None for each in self.incidents)


class _OperatorChat:
    """One operator's notices while a review is worked in."""

    def __init__(self, rows: Sequence[Delivery], now: datetime, phrases: Phrases) -> None:
        self.now = now
        self.phrases = phrases
        self.rows = [_Row(row, list(row.alert.incidents)) for row in rows]
        self.new: list[NewNotice] = []
        waiting = _waiting(rows, now)
        self.waiting = next((row for row in self.rows if row.before is waiting), None)

    def add(self, incidents: Sequence[NotedIncident]) -> None:
        """Add incidents that no message shows yet: to the notice that waits, else as a new one."""
        if self.waiting is None:
            self.new.append(NewNotice(_told(incidents, self.now, self.phrases)))
            return
        for each in incidents:
            self.waiting.put(each)

    def remind(self, incidents: Sequence[OpenIncident]) -> None:
        """Ring again for incidents that last, in reply to the newest message on the first of them."""
        rows = [self._newest(each.key) for each in incidents]
        if all(row is not None and row is self.waiting for row in rows):
            return  # it has not rung yet
        noted = [_noted(each) for each in incidents]
        if self.waiting is not None:
            self.add(noted)
            return
        answered = next((row.before.id for row in rows if row is not None), None)
        self.new.append(NewNotice(_told(noted, self.now, self.phrases, reminds=True), answered))

    def close(self, incidents: Sequence[OpenIncident], *, removed: bool) -> None:
        """Show the end of incidents in all messages on them; in a new one where there is none (any more)."""
        lost = []
        for each in incidents:
            rows = [row for row in self.rows if row.has_open(each.key)]
            for row in rows:
                row.changed = True
                row.incidents = [
                    replace(noted, over=each.gone or self.now, removed=removed)
                    if _key(noted) == each.key and not noted.over
                    else noted
                    for noted in row.incidents
                ]
            if not rows and each.incident.kind not in HARMLESS:
                lost.append(replace(_noted(each), over=each.gone or self.now, removed=removed))
        if lost:
            self.add(lost)

    def follow(self, log: IncidentLog) -> None:
        """Take the newest lines of incidents that last into the newest message on each."""
        for key, each in log.open.items():
            row = self._newest(key)
            if row is not None:
                row.incidents = [
                    replace(noted, line=each.incident.line) if _key(noted) == key and not noted.over else noted
                    for noted in row.incidents
                ]

    def changes(self) -> NoticeChanges:
        """Return the new notices and the amended ones."""
        found = NoticeChanges(self.new)
        shown = {_key(noted) for each in self.new for noted in each.alert.incidents}  # by a newer message
        for row in self.rows:
            lasts = {_key(each) for each in row.incidents if each.over is None and each.kind} - shown
            if row.changed or (lasts and self._is_due(row.before.alert, row.incidents)):
                alert = _told(row.incidents, self.now, self.phrases, reminds=row.before.reply_to is not None)
                before = row.before.alert
                if row.changed or (alert.headline, alert.lines) != (before.headline, before.lines):
                    found.amended[row.before.id] = alert
            shown |= lasts
        return found

    def _newest(self, key: Key) -> _Row | None:
        return next((row for row in self.rows if row.has_open(key)), None)

    def _is_due(self, alert: Alert, incidents: Sequence[NotedIncident]) -> bool:
        age = self.now - min(each.since for each in incidents if each.over is None)
        return alert.at is None or not timedelta() <= self.now - alert.at < max(EDIT_PAUSE, age / _SLOWER)


def _waiting(rows: Sequence[Delivery], now: datetime) -> Delivery | None:
    """Return the newest notice that waits to be sent: nobody has seen it, and no call for it is under way."""
    for row in rows:
        unsent = row.state in _WAITS and not row.sent_revision and row.message_id is None
        if unsent and row.alert.incidents and (row.attempts or now - row.created_at >= WAITED):
            return row
    return None


def _noted(each: OpenIncident) -> NotedIncident:
    incident = each.incident
    return NotedIncident(incident.kind, incident.subject, incident.line, each.since)


def _key(each: NotedIncident) -> Key:
    return each.kind, each.subject


def _told(incidents: Sequence[NotedIncident], now: datetime, phrases: Phrases, *, reminds: bool = False) -> Alert:
    """Return the notice on some incidents in words; `reminds`: it is a reminder of them."""
    sections = [
        _section(kind, group, now, phrases, reminds=reminds) for (kind, _), group in _sections(incidents).items()
    ]
    if len(sections) == 1:
        said, lines = sections[0]
    else:
        said = phrases.count("notices", len(sections))
        lines = tuple(line for title, below in sections for line in (f"• {title}", *below))
    return Alert(MessageKind.NOTICE, said, lines=lines, at=now, incidents=tuple(incidents), wording=phrases.language)


def _sections(incidents: Iterable[NotedIncident]) -> Mapping[Key, list[NotedIncident]]:
    """Return incidents by kind, and what happened once by its headline, in the order in which they came."""
    sections: dict[Key, list[NotedIncident]] = {}
    for each in incidents:
        sections.setdefault((each.kind, each.headline), []).append(each)
    return sections


def _section(
    kind: str, group: Sequence[NotedIncident], now: datetime, phrases: Phrases, *, reminds: bool
) -> tuple[str, tuple[str, ...]]:
    if not kind:
        return group[0].headline, tuple(line for each in group for line in each.line.splitlines())
    open_ones = [each for each in group if each.over is None]
    ended = [each for each in group if not each.removed]
    if open_ones or ended:
        said = headline(kind, [each.subject for each in open_ones or ended], phrases, over=not open_ones)
    else:
        said = removal([each.subject for each in group], phrases)
        if len(group) == 1:
            return said, ()
    lines = [_line(each, now, phrases) for each in sorted(group, key=lambda each: each.over is not None)]
    return still(said, phrases) if reminds and open_ones else said, shortened(lines, phrases)


def _line(each: NotedIncident, now: datetime, phrases: Phrases) -> str:
    if each.removed:
        return removal([each.subject], phrases)
    if each.over is not None:
        return over_line(each.subject, each.over - each.since, phrases)
    long = now - each.since >= LONG and "\n" not in each.line
    return lasting(each.line, now - each.since, phrases) if long else each.line
