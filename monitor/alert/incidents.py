"""Which incidents operators are notified of now: new ones, those that last, and those that are over. Pure.

An incident is a condition that holds at the moment, not an event: every check finds the same ones. The caller stores
the log in the transaction that also writes the notices; `operator_notices.py` says which messages these become.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.i18n import DEFAULT, Phrases
from monitor.model import BARRED, HALTED, TOPIC, TRANSLATION, Incident, IncidentLog, OpenIncident

REMIND = timedelta(days=1)
"""How long after the last notice an incident that is still open is brought up again."""

SETTLED = timedelta(minutes=5)
"""How long a condition must be gone before its incident is over: what comes and goes rings once."""

PAUSE = timedelta(minutes=10)
"""At most one first notice of each kind in this time: a network that is down fails all sources, one after another."""

CLOCK = "clock"
"""The host's clock shows a date that the daemon's running time does not explain."""

MOVED = "moved"
"""A source is polled at another address than the configured one."""

MIGRATED = "migrated"
"""A chat has another id than the configured one; messages go there."""

WEB = "web"
"""The web server could not bind its address."""

HARMLESS = frozenset({MOVED, MIGRATED})
"""Kinds that operators are not reminded of, as nothing is wrong while they last."""

MOST = 12
"""Incidents that one notice has lines for."""


class NoticeStage(StrEnum):
    """Why operators are notified of an incident."""

    FRESH = "fresh"  # it is new, or another version of what was known
    AGAIN = "again"  # it lasts
    OVER = "over"


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """A change that operators are notified of: incidents of one kind, in words."""

    headline: str
    lines: tuple[str, ...]
    stage: NoticeStage = field(default=NoticeStage.FRESH, compare=False)
    incidents: tuple[OpenIncident, ...] = field(default=(), compare=False)
    removed: bool = field(default=False, compare=False)  # their subjects are not in the configuration any more


KINDS: Mapping[str, timedelta] = {
    "source": SETTLED,
    "silence": SETTLED,
    MOVED: SETTLED,
    MIGRATED: timedelta(),  # as of 'config'
    "chat": SETTLED,
    HALTED: timedelta(),  # its first notice comes with the end, by the very bot: neither may stand alone
    TOPIC: SETTLED,
    BARRED: SETTLED,
    WEB: SETTLED,
    TRANSLATION: SETTLED,
    "dead": SETTLED,
    "children": SETTLED,
    "unjudged": SETTLED,
    "bug": SETTLED,
    "fault": SETTLED,
    "config": timedelta(),  # whoever mended it waits for the notice, and no weather breaks it again
    "disk": SETTLED,
    CLOCK: SETTLED,
    "behind": SETTLED,
}
"""The kinds in the order of their notices, and how long an incident of each must be gone before it is over."""

NUMBERED = frozenset({"source", "silence", MOVED, MIGRATED, "chat", HALTED, TOPIC, TRANSLATION, "bug"})
"""Kinds whose headline has their number where there are several."""


def review(
    before: IncidentLog,
    current: Iterable[Incident],
    now: datetime,
    phrases: Phrases = DEFAULT,
    is_configured: Callable[[Incident], bool] = lambda _: True,
) -> tuple[IncidentLog, list[OperatorNotice]]:
    """Return the new log of incidents, and the notices to write, from those that hold now and those open before.

    `is_configured`: whether the source or channel that an incident is on is in the configuration still. A source that
    was taken out of it does not answer again.
    """
    found = {(each.kind, each.subject): each for each in current}
    known = _updated(before, found, now)
    over = [each for each in known.values() if each.gone and now - each.gone >= KINDS[each.incident.kind]]
    holding = [each for each in known.values() if each.gone is None]
    fresh = [each for each in holding if each.told is None or each.incident.version != found[each.key].version]
    fresh = [each for each in fresh if each.incident.urgent or _may_announce(before, each.incident.kind, now)]
    again = [each for each in holding if each.told and now - each.told >= REMIND and each not in fresh]
    again = [each for each in again if each.incident.kind not in HARMLESS]
    ended = [each for each in over if each.told]
    notices = [
        *_notices(NoticeStage.FRESH, fresh, now, phrases),
        *_notices(NoticeStage.AGAIN, again, now, phrases),
        *_notices(NoticeStage.OVER, [each for each in ended if is_configured(each.incident)], now, phrases),
        *_notices(
            NoticeStage.OVER, [each for each in ended if not is_configured(each.incident)], now, phrases, removed=True
        ),
    ]
    for each in over:
        del known[each.key]
    for each in (*fresh, *again):
        known[each.key] = replace(each, incident=found[each.key], told=now)
    announced = dict(before.announced) | {each.incident.kind: now for each in fresh}
    return IncidentLog(known, {kind: at for kind, at in announced.items() if timedelta() <= now - at < PAUSE}), notices


def _updated(
    before: IncidentLog, found: Mapping[tuple[str, str], Incident], now: datetime
) -> dict[tuple[str, str], OpenIncident]:
    """Return the incidents that are open now; those of kinds unknown to this version are left out.

    One that operators know keeps the version that they know until they are notified of another: it may be over first,
    and its end is theirs to know.
    """
    known = {
        key: each if key in found else replace(each, gone=each.gone or now)
        for key, each in before.open.items()
        if each.incident.kind in KINDS
    }
    for key, incident in found.items():
        old = known.get(key)
        if old is None:
            known[key] = OpenIncident(incident, now)
        else:
            version = old.incident.version if old.told else incident.version
            known[key] = replace(old, incident=replace(incident, version=version), gone=None)
    return {key: each for key, each in known.items() if each.told or not each.gone}


def _may_announce(before: IncidentLog, kind: str, now: datetime) -> bool:
    announced = before.announced.get(kind)
    return announced is None or not timedelta() <= now - announced < PAUSE


def _notices(
    stage: NoticeStage, incidents: Iterable[OpenIncident], now: datetime, phrases: Phrases, *, removed: bool = False
) -> Iterator[OperatorNotice]:
    """Return one notice for each kind."""
    kinds: dict[str, list[OpenIncident]] = {}
    # A stable order: by age, then as the kinds stand in KINDS, then by name.
    for each in sorted(incidents, key=_order):
        kinds.setdefault(each.incident.kind, []).append(each)
    for kind, group in kinds.items():
        subjects = [each.incident.subject for each in group]
        said = (
            removal(subjects, phrases) if removed else headline(kind, subjects, phrases, over=stage is NoticeStage.OVER)
        )
        ends = [removal([subject], phrases) for subject in subjects] if removed else None
        lines = shortened(ends or [_line(stage, each, now, phrases) for each in group], phrases)
        said = still(said, phrases) if stage is NoticeStage.AGAIN else said
        yield OperatorNotice(said, lines, stage, tuple(group), removed)


def _line(stage: NoticeStage, each: OpenIncident, now: datetime, phrases: Phrases) -> str:
    if stage is NoticeStage.OVER:
        return over_line(each.incident.subject, (each.gone or now) - each.since, phrases)
    return each.incident.line if stage is NoticeStage.FRESH else lasting(each.incident.line, now - each.since, phrases)


def headline(kind: str, subjects: Sequence[str], phrases: Phrases, *, over: bool = False) -> str:
    """Return the headline of a kind's incidents: 'Yonhap fails', '2 sources answer again'."""
    if len(subjects) > 1 and kind in NUMBERED:
        return phrases.count(f"incidents over {kind}" if over else f"incidents {kind}", len(subjects))
    return phrases.text(f"incident over {kind}" if over else f"incident {kind}", subject=subjects[0])


def removal(subjects: Sequence[str], phrases: Phrases) -> str:
    """Return the headline of incidents whose subjects were taken out of the configuration."""
    if len(subjects) > 1:
        return phrases.count("removed together", len(subjects))
    return phrases.text("removed", subject=subjects[0])


def still(headline: str, phrases: Phrases) -> str:
    """Return the headline of a reminder."""
    return phrases.text("still", headline=headline)


def lasting(line: str, span: timedelta, phrases: Phrases) -> str:
    """Return an incident's line with how long it has lasted."""
    return phrases.text("still line", line=line, span=phrases.duration(span))


def over_line(subject: str, span: timedelta, phrases: Phrases) -> str:
    """Return the line of an incident that is over: 'Yonhap: over after 3 h'."""
    long = phrases.duration(span)
    return phrases.text("over line", subject=subject, span=long) if subject else phrases.text("over", span=long)


def shortened(lines: Sequence[str], phrases: Phrases) -> tuple[str, ...]:
    """Return the lines of the first incidents, one text each, and how many incidents have none."""
    rest = len(lines) - MOST
    shown = [*lines[:MOST], *([phrases.text("and more", n=rest)] if rest > 0 else [])]
    return tuple("\n".join(shown).split("\n"))


def _order(each: OpenIncident) -> tuple[datetime, int, str]:
    return each.since, list(KINDS).index(each.incident.kind), each.incident.subject
