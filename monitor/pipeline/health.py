"""Finds the incidents of the daemon itself that operators are notified of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from monitor import polling
from monitor.alert import incidents
from monitor.alert.incidents import OperatorNotice
from monitor.i18n import Phrases
from monitor.metrics import bugs
from monitor.model import (
    BARRED,
    HALTED,
    TOPIC,
    TRANSLATION,
    Channel,
    Config,
    Delivery,
    FaultedEntry,
    Incident,
    IncidentLog,
    MessageKind,
    Rhythm,
    SourceState,
)
from monitor.pipeline.live import Live
from monitor.pipeline.read import BY_SUMMARY
from monitor.store import Transaction

EVERY = 60.0
"""Seconds between two checks."""

_OF_SOURCES = ("source", "silence", incidents.MOVED)
_OF_CHANNELS = ("chat", TOPIC, incidents.MIGRATED)
_FORTNIGHT = timedelta(days=14)
_GIVEN_UP_LATELY = timedelta(days=7)  # older dead rows are history: `monitor alerts --dead` lists them
_FAULTED_LATELY = timedelta(days=1)  # one notice: over before a reminder would be due
_BUG_LATELY = timedelta(hours=1)
_TOLD_WITH_ROWS = ("read", "poll")  # stages whose internal errors are recorded at an entry or a source
STAGES = ("bot", "deliver", "tick", "housekeeping")  # stages with a name for people
_BEHIND = timedelta(minutes=10)  # two waits for a busy group are normal, ten minutes are not
_QUIET_ENOUGH = timedelta(hours=1)  # rhythms are not compared before that

_ASKED = 100  # sources whose rhythm is read at one check

_SHOWN = 5  # rows that were given up, the newest first

_GIGABYTE = 1_000_000_000
_MISDATED = 86400.0  # seconds
_FULL_SHARE = 0.05
_ROOM_AGAIN = 1.25  # times the limit: a disk at the limit must not ring with each file


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that holds the database, in bytes."""

    path: str
    total: int
    free: int


@dataclass(slots=True)
class HealthWatch:
    """Finds the incidents of the moment, and compares them with those that were open."""

    live: Live
    disk: Callable[[], Disk | None] = lambda: None
    children: Callable[[], str | None] = lambda: None  # why none can be started
    web: tuple[str, str] | None = None  # the address that the web server cannot listen on, and why
    complete: bool = True  # False: check again soon, not all sources' rhythms are known yet
    bad_config: str | None = None  # why the last edit is not in force
    _rhythms: dict[int, tuple[datetime, Rhythm | None]] = field(default_factory=dict)
    _was_full: bool = False
    _bugs: dict[str, int] = field(default_factory=bugs)  # by stage, as counted at the last look
    _bug_at: dict[str, datetime] = field(default_factory=dict)  # when a look last found more of them

    @property
    def phrases(self) -> Phrases:
        """Return the phrases of notices, in the language of the configuration in force."""
        return self.live.now.phrases

    def due_notices(self, tx: Transaction, now: datetime) -> tuple[IncidentLog, list[OperatorNotice]]:
        """Return the incidents that are open, and the notices that are due now, noted as given in this transaction."""
        before = tx.incident_log()
        states = tx.source_states()
        found, sources = self._incidents(tx, states, now, before), {state.source.name for state in states}
        is_configured = partial(self._is_configured, sources)
        after, notices = incidents.review(before, found, now, self.phrases, is_configured)
        tx.save_incident_log(before, after)
        return after, notices

    def _is_configured(self, sources: Collection[str], incident: Incident) -> bool:
        """Return whether the source or one of the channels that an incident is on is in the configuration."""
        config, subject = self.live.now.config, incident.subject
        if incident.kind in _OF_SOURCES:
            return subject in sources
        if incident.kind in _OF_CHANNELS:
            return any(name in config.all_channels for name in (subject, *subject.split(", ")))
        if incident.kind == TRANSLATION:
            return subject.partition(" ")[0] in _services(config)
        return True

    def _incidents(
        self, tx: Transaction, states: Sequence[SourceState], now: datetime, before: IncidentLog
    ) -> list[Incident]:
        return [
            *_failing(states, now, self.phrases),
            *self._silent(tx, states, now, {subject for kind, subject in before.open if kind == "silence"}),
            *_moved(states, self.phrases),
            *_migrated(tx, self.live.now.config.all_channels, self.phrases),
            *_refusing(tx, self.phrases),
            *self._opened(before),
            *_given_up(tx, now, self.phrases),
            *_faulted(tx, now, self.phrases),
            *self._behind(tx, now),
            *self._full(),
            *self._no_children(),
            *self._internal_errors(now),
            *self._config(),
            *self._web(),
            *_clock(tx, self.phrases),
        ]

    def _silent(
        self, tx: Transaction, states: Iterable[SourceState], now: datetime, known: Collection[str]
    ) -> list[Incident]:
        """Return incidents of sources that are silent against their rhythm; `known`: names of such sources so far."""
        quiet = [state for state in states if state.last_new_at and now - state.last_new_at > _QUIET_ENOUGH]
        quiet.sort(key=lambda state: state.source.name not in known)
        rhythms = self._rhythms_of(tx, quiet, now)
        found = []
        for state in quiet:
            rhythm = rhythms.get(state.id)
            seconds = polling.silent(state, rhythm) if rhythm else None
            if seconds is not None and rhythm is not None:
                line = self.phrases.text(
                    "silence line",
                    source=state.source.name,
                    span=self.phrases.duration(timedelta(seconds=seconds)),
                    longest=self.phrases.duration(timedelta(seconds=rhythm.longest)),
                )
                found.append(Incident("silence", state.source.name, line))
        return found

    def _rhythms_of(self, tx: Transaction, states: Iterable[SourceState], now: datetime) -> dict[int, Rhythm]:
        """Read rhythms, once for each pause: while nothing is new they stay as they are.

        At the start all are unknown, and a fortnight of a large archive takes seconds to read: some are read at each
        check, those of sources that are known to be silent first, or it would pass for the end of the silence.
        """
        pauses = {state.id: state.last_new_at for state in states if state.last_new_at}
        kept = {ident: known for ident, known in self._rhythms.items() if pauses.get(ident) == known[0]}
        unknown = [ident for ident in pauses if ident not in kept]
        self.complete = len(unknown) <= _ASKED
        unknown = unknown[:_ASKED]
        fresh = tx.rhythms(unknown, now - _FORTNIGHT) if unknown else {}
        self._rhythms = kept | {ident: (pauses[ident], fresh.get(ident)) for ident in unknown}
        return {ident: rhythm for ident, (_, rhythm) in self._rhythms.items() if rhythm}

    def _behind(self, tx: Transaction, now: datetime) -> list[Incident]:
        since = tx.waiting_since(self.live.now.config.channels, now, _BEHIND)
        if since is None or now - since < _BEHIND:
            return []
        return [Incident("behind", "", self.phrases.text("behind line", span=self.phrases.duration(now - since)))]

    def _opened(self, before: IncidentLog) -> list[Incident]:
        """Return the incidents that delivery, translation and the bot opened and have not closed.

        Those of removed channels, services and bots are over.
        """
        found = [each.incident for each in before.open.values() if each.gone is None]
        config = self.live.now.config
        known = set(config.channels) if any(each.kind == TOPIC for each in found) else set()
        services = _services(config)
        return [
            each
            for each in found
            if each.kind == HALTED
            or (each.kind == BARRED and config.token is not None)
            or (each.kind == TOPIC and each.subject in known)
            or (each.kind == TRANSLATION and each.subject.partition(" ")[0] in services)
        ]

    def _full(self) -> list[Incident]:
        disk = self.disk()
        if disk is None:
            return []
        limit = min(_GIGABYTE, disk.total * _FULL_SHARE) * (_ROOM_AGAIN if self._was_full else 1.0)
        self._was_full = disk.free < limit
        if not self._was_full:
            return []
        line = self.phrases.text(
            "disk line",
            path=disk.path,
            free=self.phrases.number(disk.free / 1e6),
            total=self.phrases.number(disk.total / 1e9, digits=1),
        )
        return [Incident("disk", "", line)]

    def _internal_errors(self, now: datetime) -> list[Incident]:
        """Return incidents of stages with internal errors in the last hour; entries and sources have their own."""
        counted = bugs()
        self._bug_at |= {stage: now for stage, count in counted.items() if count > self._bugs.get(stage, 0)}
        self._bugs = counted
        found = []
        for stage, at in self._bug_at.items():
            if stage not in _TOLD_WITH_ROWS and now - at < _BUG_LATELY:
                name = self.phrases.text(f"stage {stage}") if stage in STAGES else stage
                line = self.phrases.text("bug line", stage=name, number=counted[stage])
                found.append(Incident("bug", name, line))
        return found

    def _no_children(self) -> list[Incident]:
        reason = self.children()
        if reason is None:
            return []
        return [Incident("children", "", self.phrases.text("children line", reason=reason), urgent=True)]

    def _config(self) -> list[Incident]:
        # An edit that is wrong in another way is another mistake: it is known at once.
        bad = self.bad_config
        return [Incident("config", "", bad, version=bad, urgent=True)] if bad else []

    def _web(self) -> list[Incident]:
        if self.web is None:
            return []
        address, reason = self.web
        return [Incident(incidents.WEB, "", self.phrases.text("web line", address=address, reason=reason))]


def _services(config: Config) -> set[str]:
    """Return the translation services that channels name."""
    return {each.translate.by for each in config.channels.values() if each.translate}


def _clock(tx: Transaction, phrases: Phrases) -> list[Incident]:
    beat = tx.clock_state()
    if beat is None or abs(beat.ahead) < _MISDATED:
        return []
    span = phrases.duration(timedelta(seconds=abs(beat.ahead)))
    line = phrases.text("clock ahead line" if beat.ahead > 0 else "clock behind line", span=span)
    return [Incident(incidents.CLOCK, "", line)]


def open_incidents(tx: Transaction) -> list[Incident]:
    """Return the incidents open at the last check, by kind and subject."""
    known = tx.incident_log().open
    return [known[key].incident for key in sorted(known) if known[key].gone is None]


def _failing(states: Iterable[SourceState], now: datetime, phrases: Phrases) -> list[Incident]:
    found = []
    for state in states:
        reason = polling.failing(state, now, phrases)
        if reason:
            line = phrases.text("source line", source=state.source.name, reason=reason)
            found.append(Incident("source", state.source.name, line, version="stopped" if state.stopped else ""))
    return found


def _moved(states: Iterable[SourceState], phrases: Phrases) -> list[Incident]:
    found = []
    for state in states:
        address = state.relocation.address
        if address:
            line = phrases.text("moved line", source=state.source.name, address=address)
            found.append(Incident(incidents.MOVED, state.source.name, line, version=address))
    return found


def _migrated(tx: Transaction, channels: Mapping[str, Channel], phrases: Phrases) -> list[Incident]:
    """Return an incident for each chat with a new id that the configuration does not name yet."""
    found = []
    for lane in tx.migrated_lanes():
        names = [name for name, one in channels.items() if f"{one.kind}:{one.settings.get('chat')}" == lane.name]
        if names:
            name = ", ".join(sorted(names))
            line = phrases.text("delivery chat moved", channel=name, chat=lane.chat)
            found.append(Incident(incidents.MIGRATED, name, line, version=str(lane.chat)))
    return found


def _refusing(tx: Transaction, phrases: Phrases) -> list[Incident]:
    found = []
    for lane, channels in tx.suspended_lanes():
        name = ", ".join(channels) or lane.name
        reason = phrases.error(lane.reason) if lane.reason else phrases.text("no reason given")
        line = phrases.text("chat line", chat=name, reason=reason)
        found.append(Incident("chat", name, line))
    return found


def _given_up(tx: Transaction, now: datetime, phrases: Phrases) -> list[Incident]:
    rows = [row for row in tx.given_up(now - _GIVEN_UP_LATELY) if row.alert.kind in _ALERTS]
    if not rows:
        return []
    lines = [_described(row, phrases) for row in rows[: -_SHOWN - 1 : -1]]
    if len(rows) > _SHOWN:
        lines.append(phrases.text("and older", n=len(rows) - _SHOWN))
    lines.append(phrases.text("replay"))
    return [Incident("dead", "", "\n".join(lines), version=str(rows[-1].id), urgent=True)]


def _faulted(tx: Transaction, now: datetime, phrases: Phrases) -> list[Incident]:
    """Return incidents of entries with internal errors: those given up, and the others, one for each bug."""
    rows = tx.faulted_entries(now - _GIVEN_UP_LATELY, BY_SUMMARY)
    lost = [row for row in rows if row.given_up]
    found = []
    if lost:
        lines = [f"{_named(row)} {row.link or ''} ({row.fault})" for row in lost[:_SHOWN]]
        if len(lost) > _SHOWN:
            lines.append(phrases.text("and older", n=len(lost) - _SHOWN))
        lines.append(phrases.text("unjudged line"))
        found.append(Incident("unjudged", "", "\n".join(lines), version=str(max(row.id for row in lost)), urgent=True))
    faults = {row.fault: row for row in reversed(rows) if not row.given_up and now - row.at < _FAULTED_LATELY}
    for fault, row in faults.items():
        line = phrases.text("fault line", fault=fault, article=_named(row))
        found.append(Incident("fault", fault, line))
    return found


def _named(row: FaultedEntry) -> str:
    return f"{row.source}: {row.title[:80]}"


_ALERTS = (MessageKind.ALERT, MessageKind.REPLY, MessageKind.DIGEST)


def _described(row: Delivery, phrases: Phrases) -> str:
    reason = phrases.error(row.error) if row.error else phrases.text("no try succeeded")
    return f"{row.id} → {row.channel}: {row.alert.headline[:80]} ({reason})"
