"""When operators are notified of incidents: once, with reminders, and when they are over. Pure.

An incident is a condition that holds at the moment, not an event: whoever looks finds the same ones. The caller stores
the log in the transaction that also writes the notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import HALTED, TOPIC, Incident, IncidentLog, OpenIncident

REMIND = timedelta(days=1)
"""How long after the last notice an incident that is still open is brought up again."""

SETTLED = timedelta(minutes=5)
"""How long a condition must be gone before its incident is over: what comes and goes rings once."""

PAUSE = timedelta(minutes=10)
"""At most one first notice of each kind in this time: a network that is down fails all sources, one after another."""

CLOCK = "clock"
"""The host's clock shows a date that the daemon's running time does not explain."""

_MOST = 12  # lines in one notice


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """A notice to write to the operators."""

    headline: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headlines:
    """The headlines of a kind; `{}` is the subject where there is one incident, the number where there are several."""

    one: str
    many: str
    over: str
    all_over: str
    settled: timedelta = SETTLED  # how long one must be gone before it is over


HEADLINES: Mapping[str, Headlines] = {
    "source": Headlines("{} fails", "{} sources fail", "{} answers again", "{} sources answer again"),
    "silence": Headlines(
        "{} is silent against its rhythm",
        "{} sources are silent against their rhythm",
        "{} has news again",
        "{} sources have news again",
    ),
    "chat": Headlines("{} refuses messages", "{} chats refuse messages", "{} takes messages", "{} chats take messages"),
    HALTED: Headlines(
        "Delivery to {} has stopped",
        "Delivery to {} kinds of channels has stopped",
        "Delivery to {} goes on",
        "Delivery to {} kinds of channels goes on",
        settled=timedelta(),  # its first word comes with the end, by the very bot: neither may stand alone
    ),
    TOPIC: Headlines(
        "{}: the topic takes no messages",
        "{} topics take no messages",
        "{}: the topic takes messages",
        "{} topics take messages",
    ),
    "dead": Headlines(
        "Alerts could not be delivered", "Alerts could not be delivered", "No undelivered alert", "No undelivered alert"
    ),
    "children": Headlines(
        "Nothing can be read", "Nothing can be read", "Feeds and pages are read again", "Feeds and pages are read again"
    ),
    "unjudged": Headlines(
        "Articles could not be judged", "Articles could not be judged", "No unjudged article", "No unjudged article"
    ),
    "bug": Headlines(
        "An internal error: {}", "Internal errors in {} places", "No internal error: {}", "No internal errors"
    ),
    "fault": Headlines(
        "Articles were judged without their page",
        "Articles were judged without their page",
        "Articles are read again",
        "Articles are read again",
    ),
    "config": Headlines(
        "The edited configuration is not valid: the last good one stays",
        "The edited configuration is not valid: the last good one stays",
        "The configuration is valid again",
        "The configuration is valid again",
        settled=timedelta(),  # whoever mended it waits for the word, and no weather breaks it again
    ),
    "disk": Headlines("The disk is nearly full", "{} disks are nearly full", "The disk has room", "{} disks have room"),
    CLOCK: Headlines("The clock was set", "The clock was set", "The clock agrees again", "The clock agrees again"),
    "behind": Headlines("Delivery is behind", "Delivery is behind", "Delivery has caught up", "Delivery has caught up"),
}


def review(before: IncidentLog, current: Iterable[Incident], now: datetime) -> tuple[IncidentLog, list[OperatorNotice]]:
    """Compare what holds now with what was open before: return the new log, and the notices to write."""
    known = _updated(before, current, now)
    over = [each for each in known.values() if each.gone and now - each.gone >= HEADLINES[each.incident.kind].settled]
    fresh = [each for each in known.values() if each.told is None and each.gone is None]
    fresh = [each for each in fresh if each.incident.urgent or _may_announce(before, each.incident.kind, now)]
    again = [each for each in known.values() if each.told and each.gone is None and now - each.told >= REMIND]
    notices = [
        *_notices(fresh, lambda kind: (kind.one, kind.many), lambda each: each.incident.line),
        *_notices(again, _still, lambda each: f"{each.incident.line} (for {lasted(now - each.since)})"),
        *_notices(
            [each for each in over if each.told],
            lambda kind: (kind.over, kind.all_over),
            lambda each: _over(each.incident.subject, lasted((each.gone or now) - each.since)),
        ),
    ]
    for each in over:
        del known[each.key]
    for each in (*fresh, *again):
        known[each.key] = replace(each, told=now)
    announced = dict(before.announced) | {each.incident.kind: now for each in fresh}
    return IncidentLog(known, {kind: at for kind, at in announced.items() if timedelta() <= now - at < PAUSE}), notices


def lasted(span: timedelta) -> str:
    """Write a duration for people: `40 s`, `12 min`, `3 h`, `5 d`."""
    seconds = max(span.total_seconds(), 0.0)
    for least, size, unit in ((1.5 * 86400, 86400, "d"), (1.5 * 3600, 3600, "h"), (60, 60, "min")):
        if seconds >= least:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _updated(before: IncidentLog, current: Iterable[Incident], now: datetime) -> dict[tuple[str, str], OpenIncident]:
    """Return the incidents that are open now; what a newer version opened of kinds unknown here is left out."""
    found = {(each.kind, each.subject): each for each in current}
    known = {
        key: each if key in found else replace(each, gone=each.gone or now)
        for key, each in before.open.items()
        if each.incident.kind in HEADLINES
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
    headlines: Callable[[Headlines], tuple[str, str]],
    line: Callable[[OpenIncident], str],
) -> list[OperatorNotice]:
    """Write one notice for each kind."""
    kinds: dict[str, list[OpenIncident]] = {}
    # A stable order: by age, then as the kinds stand in HEADLINES, then by name.
    for each in sorted(incidents, key=_order):
        kinds.setdefault(each.incident.kind, []).append(each)
    notices = []
    for kind, group in kinds.items():
        one, many = headlines(HEADLINES[kind])
        headline = one.format(group[0].incident.subject) if len(group) == 1 else many.format(len(group))
        rest = len(group) - _MOST
        text = [line(each) for each in group[:_MOST]] + ([f"and {rest} more: monitor status"] if rest > 0 else [])
        notices.append(OperatorNotice(headline, tuple("\n".join(text).split("\n"))))
    return notices


def _over(subject: str, long: str) -> str:
    return f"{subject}: over after {long}" if subject else f"Over after {long}"


def _still(kind: Headlines) -> tuple[str, str]:
    return f"Still: {kind.one}", f"Still: {kind.many}"


def _order(each: OpenIncident) -> tuple[datetime, int, str]:
    return each.since, list(HEADLINES).index(each.incident.kind), each.incident.subject
