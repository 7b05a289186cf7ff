"""Digests: which alerts go into one message, and its content and layout.

A digest never cuts what it gathers: what does not fit into one message goes into another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from monitor.alert.members import articles
from monitor.alert.render.layout import MARKS, Line, StyledRun, TimeDisplay, reader, title_of, web_url
from monitor.alert.sanitize import clip, direction, isolated, tame, units
from monitor.i18n import DEFAULT, Phrases, alert_phrases
from monitor.model import Alert, Delivery, Member, MessageKind, NewDelivery, Severity

T = TypeVar("T")

ROOM = 3400
"""UTF-16 units that a digest's items may take when it is made. A message has 4,096: what is left is for the longer
dates of another timezone or day, so that a digest that was made to fit always does."""

_MOST = 4000  # of a digest as it is shown
_HEADLINE, _NAME, _TITLE, _BELOW = 120, 60, 160, 160
_BRIEF = 90  # of the title of a brief alert, which has no second line
_OUTLETS = 3  # named in an item; the rest is counted
_SPARE = 24  # of an item: another timezone or day may write a longer date


@dataclass(frozen=True, slots=True)
class Batch:
    """A digest to be added, and the rows of the outbox that it carries."""

    new: NewDelivery
    members: tuple[int, ...]


def gathered(
    channel: str,
    rows: Sequence[Delivery],
    now: datetime,
    *,
    expire: float,
    reason: str = "gathered",
    phrases: Phrases = DEFAULT,
) -> list[Batch]:
    """Gather rows of one channel into as few messages as they fit in, the loudest watchlist first.

    `reason` is 'gathered', 'delayed' or 'in a flood'. `expire` is in seconds. No rows, no messages.
    """
    parts = _parts(_arranged(rows, lambda row: row.alert), phrases)
    return [
        _batch(
            channel,
            part,
            now + timedelta(seconds=expire),
            _headline(len(part), reason, (number, len(parts)), phrases),
            phrases,
        )
        for number, part in enumerate(parts, 1)
    ]


def joined(waiting: Delivery, rows: Sequence[Delivery]) -> Alert | None:
    """Return a digest that was not sent yet with the alerts of further rows; None where they do not fit."""
    items = _arranged([*waiting.alert.items, *(row.alert for row in rows)], lambda alert: alert)
    phrases = alert_phrases(waiting.alert.wording)
    if not fits(items, phrases):
        return None
    since = min([row.created_at for row in rows] + ([waiting.alert.at] if waiting.alert.at else []))
    return replace(
        _alert(items, since, _headline(len(items), "gathered", (1, 1), phrases), phrases), acts=waiting.alert.acts
    )


def rolling(
    channel: str, first: NewDelivery, now: datetime, expires_at: datetime, phrases: Phrases = DEFAULT
) -> NewDelivery:
    """Open the message of a burst, with the alert of `first`; more will follow."""
    alert = _alert([first.alert], now, phrases.count("burst", 1), phrases)
    return NewDelivery(channel, f"burst:{channel}:{first.dedupe}", alert, expires_at=expires_at)


def rolled(message: Alert, alert: Alert) -> Alert | None:
    """Return a burst's message with one more alert, the newest first.

    None where it is full, and where the alert is louder than all in it: an edit does not ring, a further message does.
    """
    items = [alert, *message.items]
    phrases = alert_phrases(message.wording)
    if not fits(items, phrases) or alert.severity.rank > message.severity.rank:
        return None
    return replace(_alert(items, message.at, phrases.count("burst", len(items)), phrases), acts=message.acts)


def item_on(message: Alert, watchlist: str | None, members: Iterable[Member]) -> Alert | None:
    """Return the digest's item on the story of these members for a watchlist; None where it has none."""
    ids = {member.article_id for member in members}
    for item in message.items:
        of_story = item.kind is MessageKind.ALERT and item.watchlist == watchlist
        if of_story and any(member.article_id in ids for member in item.members):
            return item
    return None


def replaced(message: Alert, known: Alert, item: Alert) -> Alert | None:
    """Return the digest with `item` in place of `known`; None where that shows nothing new, or there is no room."""
    items = tuple(item if each is known else each for each in message.items)
    changed = replace(message, items=items)
    phrases = alert_phrases(message.wording)
    who = reader("UTC", None, phrases)
    shows = digest_lines(changed, who, _MOST) != digest_lines(message, who, _MOST)
    return changed if shows and fits(items, phrases) else None


def fits(items: Sequence[Alert], phrases: Phrases) -> bool:
    """Return whether one message has room for all of these."""
    return sum(_cost(item, phrases) for item in items) <= ROOM


# --------------------------------------------------------------------------- what goes together


def _arranged(items: Iterable[T], alert_of: Callable[[T], Alert]) -> list[T]:
    """Put those of one watchlist together: the loudest watchlist first, in it the loudest alert, then the oldest."""
    groups: dict[str | None, list[T]] = {}
    for item in items:
        groups.setdefault(alert_of(item).watchlist, []).append(item)

    def loudness(item: T) -> tuple[int, float]:
        alert = alert_of(item)
        return -alert.severity.rank, alert.at.timestamp() if alert.at else 0.0

    ordered = [sorted(group, key=loudness) for group in groups.values()]
    return [item for group in sorted(ordered, key=lambda group: loudness(group[0])) for item in group]


def _parts(rows: Iterable[Delivery], phrases: Phrases) -> list[list[Delivery]]:
    parts: list[list[Delivery]] = []
    room = 0
    for row in rows:
        cost = _cost(row.alert, phrases)
        if cost > room:
            parts.append([])
            room = ROOM
        parts[-1].append(row)
        room -= cost
    return parts


def _batch(channel: str, rows: Sequence[Delivery], expires_at: datetime, headline: str, phrases: Phrases) -> Batch:
    alert = _alert([row.alert for row in rows], min(row.created_at for row in rows), headline, phrases)
    names = ",".join(str(row.id) for row in sorted(rows, key=lambda row: row.id))
    dedupe = f"digest:{channel}:{sha256(names.encode()).hexdigest()[:16]}"
    new = NewDelivery(channel, dedupe, alert, expires_at=expires_at)
    return Batch(new, tuple(row.id for row in rows))


def _alert(items: Sequence[Alert], since: datetime | None, headline: str, phrases: Phrases) -> Alert:
    return Alert(
        MessageKind.DIGEST,
        headline,
        severity=max((item.severity for item in items), key=lambda severity: severity.rank),
        items=tuple(items),
        at=since,
        silent=all(map(_is_silent, items)),
        wording=phrases.language,
    )


def _is_silent(alert: Alert) -> bool:
    return alert.silent or alert.severity is Severity.LOW


def _headline(count: int, reason: str, part: tuple[int, int], phrases: Phrases) -> str:
    number, parts = part
    headline = phrases.count(f"digest {reason}", count)
    return phrases.text("headline part", headline=headline, number=number, parts=parts) if parts > 1 else headline


# --------------------------------------------------------------------------- what it looks like


def digest_lines(alert: Alert, who: TimeDisplay, limit: int) -> list[Line]:
    """Lay out a digest: a heading, then two lines a story, below its watchlist's name where those stand together.

    At most `limit` UTF-16 units: items of a digest that `fits` says is too long are counted, not shown.
    """
    headline = isolated(clip(title_of(alert.headline, who.phrases), _HEADLINE))
    if alert.at and len(alert.items) > 1:
        headline = who.phrases.text("headline since", headline=headline, time=who.shown(alert.at))
    lines: list[Line] = [(StyledRun(headline, bold=True),)]
    together = _stand_together(alert.items)
    for number, item in enumerate(alert.items):
        opens = together and (number == 0 or item.watchlist != alert.items[number - 1].watchlist)
        more = [*(_group(item) if opens else [()] if not together else []), *_item(item, who, named=not together)]
        left = len(alert.items) - number
        if _length(lines) + _length(more) > limit - 24:
            return [*lines, (), (StyledRun(who.phrases.text("more", n=left)),)]
        lines += more
    return lines


def _stand_together(items: Sequence[Alert]) -> bool:
    runs = [
        item.watchlist
        for number, item in enumerate(items)
        if not number or items[number - 1].watchlist != item.watchlist
    ]
    return len(runs) == len(set(runs))


def _group(item: Alert) -> list[Line]:
    name = clip(tame(item.watchlist or ""), _NAME)
    return [(), (StyledRun(f"{MARKS[item.severity]} "), StyledRun(isolated(name), bold=True))] if name else [()]


def _item(item: Alert, who: TimeDisplay, *, named: bool) -> list[Line]:
    title = title_of(item.headline, who.phrases)
    mark = MARKS[item.severity] if named else "•"
    shown = StyledRun(direction(title) + clip(title, _BRIEF if item.brief else _TITLE), link=web_url(item.url))
    if item.brief:
        names = "".join(f" · {name}" for name in _lists(item, named=named))
        return (
            [(StyledRun(f"{mark} "), shown, StyledRun(isolated(clip(names, _NAME))))]
            if names
            else [(StyledRun(f"{mark} "), shown)]
        )
    return [(StyledRun(f"{mark} "), shown), (StyledRun(isolated(clip(_below(item, who, named=named), _BELOW))),)]


def _below(item: Alert, who: TimeDisplay, *, named: bool) -> str:
    names = " + ".join(_lists(item, named=named))
    reason = item.note if item.kind is MessageKind.REPLY else None
    parts = (
        clip(tame(reason or ""), _NAME),
        " ".join(filter(None, (_outlets(item), who.shown(item.at) if item.at else ""))),
        _count(item, who.phrases),
        names if named or not names else who.phrases.text("also watchlists", names=names),
    )
    return " · ".join(filter(None, parts))


def _count(item: Alert, phrases: Phrases) -> str:
    """Return '3 articles' where a story has more articles than outlets, else nothing."""
    several = articles(item)
    return phrases.count("articles", several) if several > len({member.source for member in item.members}) else ""


def _lists(item: Alert, *, named: bool) -> list[str]:
    lists = [*((item.watchlist,) if named and item.watchlist else ()), *item.also]
    return [clip(tame(name), _NAME) for name in lists]


def _outlets(item: Alert) -> str:
    names = list(dict.fromkeys([*(member.source for member in item.members), *([item.source] if item.source else [])]))
    rest = len(names) - _OUTLETS
    return ", ".join(clip(tame(name), 30) for name in names[:_OUTLETS]) + (f" +{rest}" if rest > 0 else "")


def _cost(item: Alert, phrases: Phrases) -> int:
    """Return the units that an item takes at most, its watchlist's name and what parts it from others included."""
    who = reader("UTC", None, phrases)
    longest = max(_length(_item(item, who, named=named)) for named in (True, False))
    return longest + _length(_group(item)) + (0 if item.brief else _SPARE)  # a brief item shows no dates


def _length(lines: Sequence[Line]) -> int:
    return sum(units(run.text) for line in lines for run in line) + len(lines)
