"""The hand-over between shifts: what rang, what is open, what is muted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alert.render.layout import MARKS, TimeDisplay
from monitor.alert.sanitize import clean, clip
from monitor.model import ActKind, Delivery, Line, Severity, State, TextRun

_MOST = 10  # lines of one part; the rest is counted
_TITLE = 90  # UTF-16 units


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """What a desk hands over. `muted` are names with the end of each mute, None: for good."""

    since: datetime
    rang: Sequence[Delivery]  # newest first
    unanswered: Sequence[Delivery]
    incidents: Sequence[str] = ()
    muted: Sequence[tuple[str, datetime | None]] = ()


def rang(row: Delivery) -> bool:
    """Return whether an alert was sent and made a sound."""
    return row.sent_at is not None and not row.alert.silent and row.state is not State.MUTED


def is_open(row: Delivery) -> bool:
    """Return whether an alert of severity high or critical was sent, and nobody acknowledged or muted it."""
    urgent = row.alert.severity.rank >= Severity.HIGH.rank
    return rang(row) and urgent and not any(act.deed is not ActKind.UNMUTE for act in row.alert.acts)


def handed_over(report: ShiftReport, who: TimeDisplay) -> tuple[Line, ...]:
    """Return the lines of a hand-over."""
    phrases = who.phrases
    lines: list[Line] = [(TextRun(phrases.text("shift", since=who.shown(report.since)), bold=True),)]
    lines.append((TextRun(phrases.count("shift rang", len(report.rang))),))
    lines += _rows(report.rang, who)
    lines += _part(
        phrases.text("shift open", n=len(report.unanswered)), [_row(row, who) for row in report.unanswered], who
    )
    troubles = [(TextRun(_short(each, 200)),) for each in report.incidents]
    lines += _part(phrases.text("shift incidents", n=len(troubles)), troubles, who)
    muted = [_mute(name, until, who) for name, until in report.muted]
    lines += _part(phrases.text("shift muted", n=len(muted)), muted, who)
    if len(lines) == 2 and not report.rang:  # noqa: PLR2004 - the head, and that nothing rang
        lines.append((TextRun(phrases.text("shift quiet")),))
    return tuple(lines)


def _rows(rows: Sequence[Delivery], who: TimeDisplay) -> Iterator[Line]:
    yield from (_row(row, who) for row in rows[:_MOST])
    if len(rows) > _MOST:
        yield (TextRun(who.phrases.text("more", n=len(rows) - _MOST)),)


def _row(row: Delivery, who: TimeDisplay) -> Line:
    at = who.shown(row.sent_at or row.created_at)
    return TextRun(f"{MARKS[row.alert.severity]} {at} "), TextRun(_short(row.alert.headline), url=row.alert.url)


def _part(head: str, found: Sequence[Line], who: TimeDisplay) -> Iterator[Line]:
    if found:
        yield ()
        yield (TextRun(head, bold=True),)
        yield from found[:_MOST]
        if len(found) > _MOST:
            yield (TextRun(who.phrases.text("more", n=len(found) - _MOST)),)


def _mute(name: str, until: datetime | None, who: TimeDisplay) -> Line:
    if until is None:
        return (TextRun(_short(name)),)
    return (TextRun(who.phrases.text("shift muted until", name=_short(name), until=who.shown(until))),)


def _short(text: str, most: int = _TITLE) -> str:
    return clip(clean(text), most)
