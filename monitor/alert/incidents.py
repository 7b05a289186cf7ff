"""Notices to operators on incidents: a first one, reminders, and one when the incident is over. Pure.

An incident is a condition that holds at the moment, not an event: every check finds the same ones. The caller stores
the log in the transaction that also writes the notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.i18n import DEFAULT, Phrases
from monitor.model import HALTED, TOPIC, TRANSLATION, Incident, IncidentLog, OpenIncident

REMIND = timedelta(days=1)
"""How long after the last notice an incident that is still open is brought up again."""

SETTLED = timedelta(minutes=5)
"""How long a condition must be gone before its incident is over: what comes and goes rings once."""

PAUSE = timedelta(minutes=10)
"""At most one first notice of each kind in this time: a network that is down fails all sources, one after another."""

CLOCK = "clock"
"""The host's clock shows a date that the daemon's running time does not explain."""

MOVED = "moved"
"""A source is polled at another address than the configured one: said once, as nothing is wrong."""

_MOST = 12  # lines in one notice


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """A notice to write to the operators."""

    headline: str
    lines: tuple[str, ...]


KINDS: Mapping[str, timedelta] = {
    "source": SETTLED,
    "silence": SETTLED,
    MOVED: SETTLED,
    "chat": SETTLED,
    HALTED: timedelta(),  # its first notice comes with the end, by the very bot: neither may stand alone
    TOPIC: SETTLED,
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

NUMBERED = frozenset({"source", "silence", MOVED, "chat", HALTED, TOPIC, TRANSLATION, "bug"})
"""Kinds whose headline has their number where there are several."""


def review(
    before: IncidentLog, current: Iterable[Incident], now: datetime, phrases: Phrases = DEFAULT
) -> tuple[IncidentLog, list[OperatorNotice]]:
    """Return the new log of incidents, and the notices to write, from those that hold now and those open before."""
    known = _updated(before, current, now)
    over = [each for each in known.values() if each.gone and now - each.gone >= KINDS[each.incident.kind]]
    fresh = [each for each in known.values() if each.told is None and each.gone is None]
    fresh = [each for each in fresh if each.incident.urgent or _may_announce(before, each.incident.kind, now)]
    again = [each for each in known.values() if each.told and each.gone is None and now - each.told >= REMIND]
    again = [each for each in again if each.incident.kind != MOVED]
    notices = [
        *_notices(fresh, phrases, lambda group: _headline(group, phrases), lambda each: each.incident.line),
        *_notices(
            again,
            phrases,
            lambda group: phrases.text("still", headline=_headline(group, phrases)),
            lambda each: phrases.text("still line", line=each.incident.line, span=phrases.duration(now - each.since)),
        ),
        *_notices(
            [each for each in over if each.told and each.incident.kind != MOVED],
            phrases,
            lambda group: _headline(group, phrases, over=True),
            lambda each: _over(each.incident.subject, (each.gone or now) - each.since, phrases),
        ),
    ]
    for each in over:
        del known[each.key]
    for each in (*fresh, *again):
        known[each.key] = replace(each, told=now)
    announced = dict(before.announced) | {each.incident.kind: now for each in fresh}
    return IncidentLog(known, {kind: at for kind, at in announced.items() if timedelta() <= now - at < PAUSE}), notices


def _updated(before: IncidentLog, current: Iterable[Incident], now: datetime) -> dict[tuple[str, str], OpenIncident]:
    """Return the incidents that are open now; those of kinds unknown to this version are left out."""
    found = {(each.kind, each.subject): each for each in current}
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
            told = old.told if old.incident.version == incident.version else None
            known[key] = replace(old, incident=incident, told=told, gone=None)
    return {key: each for key, each in known.items() if each.told or not each.gone}


def _may_announce(before: IncidentLog, kind: str, now: datetime) -> bool:
    announced = before.announced.get(kind)
    return announced is None or not timedelta() <= now - announced < PAUSE


def _notices(
    incidents: Iterable[OpenIncident],
    phrases: Phrases,
    headline: Callable[[Sequence[OpenIncident]], str],
    line: Callable[[OpenIncident], str],
) -> list[OperatorNotice]:
    """Return one notice for each kind."""
    kinds: dict[str, list[OpenIncident]] = {}
    # A stable order: by age, then as the kinds stand in KINDS, then by name.
    for each in sorted(incidents, key=_order):
        kinds.setdefault(each.incident.kind, []).append(each)
    notices = []
    for group in kinds.values():
        rest = len(group) - _MOST
        text = [line(each) for each in group[:_MOST]] + ([phrases.text("and more", n=rest)] if rest > 0 else [])
        notices.append(OperatorNotice(headline(group), tuple("\n".join(text).split("\n"))))
    return notices


def _headline(group: Sequence[OpenIncident], phrases: Phrases, *, over: bool = False) -> str:
    kind, subject = group[0].incident.kind, group[0].incident.subject
    if len(group) > 1 and kind in NUMBERED:
        return phrases.count(f"incidents over {kind}" if over else f"incidents {kind}", len(group))
    return phrases.text(f"incident over {kind}" if over else f"incident {kind}", subject=subject)


def _over(subject: str, span: timedelta, phrases: Phrases) -> str:
    long = phrases.duration(span)
    return phrases.text("over line", subject=subject, span=long) if subject else phrases.text("over", span=long)


def _order(each: OpenIncident) -> tuple[datetime, int, str]:
    return each.since, list(KINDS).index(each.incident.kind), each.incident.subject
