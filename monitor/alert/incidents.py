"""What operators are told of the daemon's own troubles: once, with reminders, and when it is over. Pure.

A trouble is a condition that holds at the moment, not an event: whoever looks finds the same ones. What was said of
each is kept in a ledger, which the caller stores in the transaction that also writes the notices.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

REMIND = timedelta(days=1)
"""How long after the last word a trouble that still holds is brought up again."""

SETTLED = timedelta(minutes=5)
"""How long a trouble must be gone before it is called over: what comes and goes rings once."""

PAUSE = timedelta(minutes=10)
"""At most one first word on each kind in this time: a network that is down fails all sources, one after another."""

CONDITIONS = "conditions"
"""Key of the store's memory: what delivery found that holds; `conditions` reads it."""

LEDGER = "troubles"
"""Key of the table `memory` under which the ledger stands."""

HALTED = "halted"
"""Nothing is sent to a kind of channels: its token is refused."""

CLOCK = "clock"
"""The host's clock shows a date that the daemon's running time does not explain."""

TOPIC = "topic"
"""A channel's topic takes no messages."""

_MOST = 12  # lines in one notice


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that holds now. `version` is another one where it is so different that it is told anew."""

    kind: str  # a key of HEADLINES
    subject: str  # the source's, channel's … name; "" where there is but one
    line: str  # what is wrong, and what helps; may be several lines
    version: str = ""
    urgent: bool = False  # told at once, whatever was said of its kind before


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger holds of a trouble."""

    trouble: Trouble
    since: datetime
    told: datetime | None = None  # the last word on it; None: nothing was said yet
    gone: datetime | None = None  # since when it is not there any more


@dataclass(frozen=True, slots=True)
class Ledger:
    """All troubles that are open, by kind and subject, and when each kind was last spoken of for the first time."""

    open: Mapping[tuple[str, str], Known] = field(default_factory=dict)
    spoke: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Word:
    """One notice to write."""

    headline: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headlines:
    """How a kind is spoken of; `{}` is the subject where there is one trouble, the number where there are several."""

    one: str
    many: str
    over: str
    all_over: str
    settled: timedelta = SETTLED  # how long one must be gone before it is called over


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


def conditions(kept: str | None) -> dict[str, dict[str, str]]:
    """Read what is kept under `CONDITIONS`: a line by subject by kind."""
    found: dict[str, dict[str, str]] = json.loads(kept or "{}")
    return found


def review(ledger: Ledger, current: Sequence[Trouble], now: datetime) -> tuple[Ledger, list[Word]]:
    """Compare what holds now with what was said: the new ledger, and the notices to write."""
    known = _updated(ledger, current, now)
    over = [each for each in known.values() if each.gone and now - each.gone >= HEADLINES[each.trouble.kind].settled]
    fresh = [each for each in known.values() if each.told is None and each.gone is None]
    fresh = [each for each in fresh if each.trouble.urgent or _may_speak(ledger, each.trouble.kind, now)]
    again = [each for each in known.values() if each.told and each.gone is None and now - each.told >= REMIND]
    words = [
        *_words(fresh, lambda kind: (kind.one, kind.many), lambda each: each.trouble.line),
        *_words(again, _still, lambda each: f"{each.trouble.line} (for {lasted(now - each.since)})"),
        *_words(
            [each for each in over if each.told],
            lambda kind: (kind.over, kind.all_over),
            lambda each: _over(each.trouble.subject, lasted((each.gone or now) - each.since)),
        ),
    ]
    for each in over:
        del known[_key(each.trouble)]
    for each in (*fresh, *again):
        known[_key(each.trouble)] = replace(each, told=now)
    spoke = dict(ledger.spoke) | {each.trouble.kind: now for each in fresh}
    return Ledger(known, {kind: at for kind, at in spoke.items() if timedelta() <= now - at < PAUSE}), words


def lasted(span: timedelta) -> str:
    """Write a duration for people: `40 s`, `12 min`, `3 h`, `5 d`."""
    seconds = max(span.total_seconds(), 0.0)
    for least, size, unit in ((1.5 * 86400, 86400, "d"), (1.5 * 3600, 3600, "h"), (60, 60, "min")):
        if seconds >= least:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def dump(ledger: Ledger) -> str:
    """Write a ledger as JSON."""
    rows = [asdict(each) for each in ledger.open.values()]
    return json.dumps({"open": rows, "spoke": ledger.spoke}, ensure_ascii=False, default=datetime.isoformat)


def read(text: str | None) -> Ledger:
    """Read what `dump` wrote; an empty ledger where there is nothing.

    Troubles of kinds that this version does not know are left out.
    """
    if not text:
        return Ledger()
    data = json.loads(text)
    rows = [
        Known(
            Trouble(**row["trouble"]), datetime.fromisoformat(row["since"]), _moment(row["told"]), _moment(row["gone"])
        )
        for row in data["open"]
        if row["trouble"]["kind"] in HEADLINES
    ]
    spoke = {kind: datetime.fromisoformat(at) for kind, at in data["spoke"].items()}
    return Ledger({_key(each.trouble): each for each in rows}, spoke)


def moved(ledger: Ledger, seconds: float) -> Ledger:
    """Return the ledger with its times moved by `seconds`, as the clock was: nothing is longer ago than before."""
    step = timedelta(seconds=seconds)
    known = {
        key: replace(
            each,
            since=each.since + step,
            told=each.told and each.told + step,
            gone=each.gone and each.gone + step,
        )
        for key, each in ledger.open.items()
    }
    return Ledger(known, {kind: at + step for kind, at in ledger.spoke.items()})


def _updated(ledger: Ledger, current: Iterable[Trouble], now: datetime) -> dict[tuple[str, str], Known]:
    found = {_key(each): each for each in current}
    known = {key: each if key in found else replace(each, gone=each.gone or now) for key, each in ledger.open.items()}
    for key, trouble in found.items():
        before = known.get(key)
        if before is None:
            known[key] = Known(trouble, now)
        else:
            told = before.told if before.trouble.version == trouble.version else None
            known[key] = replace(before, trouble=trouble, told=told, gone=None)
    return {key: each for key, each in known.items() if each.told or not each.gone}


def _may_speak(ledger: Ledger, kind: str, now: datetime) -> bool:
    spoke = ledger.spoke.get(kind)
    return spoke is None or not timedelta() <= now - spoke < PAUSE


def _words(
    troubles: Iterable[Known],
    headlines: Callable[[Headlines], tuple[str, str]],
    line: Callable[[Known], str],
) -> list[Word]:
    """Write one notice for each kind."""
    kinds: dict[str, list[Known]] = {}
    # A stable order: by age, then as the kinds stand in HEADLINES, then by name.
    for each in sorted(troubles, key=_order):
        kinds.setdefault(each.trouble.kind, []).append(each)
    words = []
    for kind, group in kinds.items():
        one, many = headlines(HEADLINES[kind])
        headline = one.format(group[0].trouble.subject) if len(group) == 1 else many.format(len(group))
        rest = len(group) - _MOST
        text = [line(each) for each in group[:_MOST]] + ([f"and {rest} more: monitor status"] if rest > 0 else [])
        words.append(Word(headline, tuple("\n".join(text).split("\n"))))
    return words


def _over(subject: str, long: str) -> str:
    return f"{subject}: over after {long}" if subject else f"Over after {long}"


def _still(kind: Headlines) -> tuple[str, str]:
    return f"Still: {kind.one}", f"Still: {kind.many}"


def _order(known: Known) -> tuple[datetime, int, str]:
    return known.since, list(HEADLINES).index(known.trouble.kind), known.trouble.subject


def _key(trouble: Trouble) -> tuple[str, str]:
    return trouble.kind, trouble.subject


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
