"""Rendering of an alert for Telegram, the console and webhooks.

A message is laid out as lines of runs of plain text (`layout.py`); only then is markup put around the runs. So text
is cut before markup and no tag or entity is ever cut in half.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.alert.render.answer import act_lines, answer_lines
from monitor.alert.render.digest import digest_lines
from monitor.alert.render.layout import Line, StyledRun, TimeDisplay, lines_of, reader, web_url
from monitor.alert.render.terminal import faint, wrapped
from monitor.alert.sanitize import clip, units, unturned
from monitor.i18n import Phrases, alert_phrases
from monitor.model import Alert, FollowedStory, Member, MessageKind, MuteMenu, Severity

MORNING = 8
"""The hour, on a chat's clock, until which a story may be muted by a button."""

TELEGRAM_UNITS = 4096  # of a message, counted after its markup is parsed
_MOST = 4096  # characters of each text that a payload has: a title may have 5 MB
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message: it opens `url`, or has an action.

    That is `mute` (with `mute-hour` …, `unmute`), `up`, `down`, `why` or `ack` (below an alert), or `close`,
    `split-ARTICLE` and `merge-STORY` (below an answer).
    """

    text: str
    url: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message for Telegram: HTML parse mode, the same without markup, and what goes with it."""

    html: str
    plain: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    preview_url: str | None = None
    silent: bool = False


def telegram(alert: Alert, *, timezone: str, limit: int = 900, now: datetime | None = None) -> Rendered:
    """Return the message for Telegram, in at most about `limit` visible UTF-16 units and never more than 4096.

    `timezone` is an IANA name; times are shown in it (in UTC where it is not known), with their day where that is not
    the day of `now`, when the message was written. A digest may take the whole 4096.
    """
    who = _reader(alert, timezone, now)
    lines = _within(alert, who, min(limit, TELEGRAM_UNITS))
    return Rendered(
        html="\n".join(html_of(line) for line in lines),
        plain="\n".join(_plain(line) for line in lines),
        buttons=_buttons(alert, who.phrases),
        preview_url=web_url(alert.url) if alert.kind is MessageKind.ALERT else None,
        silent=alert.silent or (alert.severity is Severity.LOW and alert.kind is not MessageKind.NOTICE),
    )


def console(alert: Alert, *, timezone: str, width: int = 72, colour: bool = False, now: datetime | None = None) -> str:
    """Return the message as a phone would show it, as lines of at most `width` columns; `colour` uses ANSI escapes.

    Buttons, which nobody can press there, are left out.

    Addresses are on lines of their own, however long: a terminal makes them links, and folded ones cannot be copied.
    `timezone` and `now` are those of `telegram`.
    """
    shown: list[str] = []
    who = _reader(alert, timezone, now)
    for line in _within(alert, who, TELEGRAM_UNITS if alert.items else 900):
        shown += wrapped(line, width, colour=colour)
    url = web_url(alert.url)
    if url:
        shown.append(faint(url, colour=colour))
    return "\n".join(shown)


def laid_out(alert: Alert, *, timezone: str, now: datetime | None = None, limit: int = 900) -> list[Line]:
    """Return the message's lines before markup, for channels with forms of their own; arguments as of `telegram`."""
    return _within(alert, _reader(alert, timezone, now), limit)


def payload(alert: Alert) -> dict[str, Any]:
    """Return the alert as values that JSON can hold: times in ISO 8601 UTC, text as it came (markup is the reader's).

    Only of each text's first 4,096 characters, and without halves of surrogate pairs, which no UTF-8 can hold.
    """
    bounded: dict[str, Any] = _bounded(_told(alert))
    return bounded


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value[:_MOST])
    if isinstance(value, list):
        return [_bounded(each) for each in value]
    return {key: _bounded(each) for key, each in value.items()} if isinstance(value, dict) else value


def _told(alert: Alert) -> dict[str, Any]:
    return {
        "kind": alert.kind.value,
        "headline": alert.headline,
        "watchlist": alert.watchlist,
        "also": list(alert.also),
        "severity": alert.severity.value,
        "terms": list(alert.terms),
        "source": alert.source,
        "language": alert.language,
        "at": alert.at.isoformat() if alert.at else None,
        "url": web_url(alert.url),
        "citing": list(alert.citing),
        "quotes": [
            {
                "text": quote.text,
                "marks": [list(mark) for mark in quote.marks if mark[1] <= _MOST],
                "speaker": quote.speaker,
            }
            for quote in alert.quotes
        ],
        "members": [_member(member) for member in alert.members],
        "outlets": alert.outlets,
        "independent": alert.independent,
        "follows": _follows(alert.follows),
        "pointer": alert.pointer,
        "note": alert.note,
        "lines": list(alert.lines),
        "items": [_told(item) for item in alert.items],
        "silent": alert.silent,
        "acts": [{"deed": act.deed.value, "by": act.name, "at": act.at.isoformat()} for act in alert.acts],
    }


def _follows(story: FollowedStory | None) -> dict[str, Any] | None:
    if story is None:
        return None
    at = story.at.isoformat() if story.at else None
    return {"story": story.story, "title": story.title, "source": story.source, "at": at, "url": web_url(story.url)}


def _member(member: Member) -> dict[str, Any]:
    reason = member.reason
    return {
        "article": member.article_id,
        "source": member.source,
        "language": member.language,
        "title": member.title,
        "url": web_url(member.url),
        "at": member.at.isoformat(),
        "relation": member.relation.value,
        "cites": list(member.cites),
        "reason": None
        if reason is None
        else {"rule": reason.rule.value, "of": reason.of, "score": reason.score, "terms": list(reason.terms)},
    }


def _reader(alert: Alert, timezone: str, now: datetime | None) -> TimeDisplay:
    """Return the reader of an alert: with the language that it was written in, whatever its channel's is now."""
    return reader(timezone, now, alert_phrases(alert.wording))


def _within(alert: Alert, who: TimeDisplay, limit: int) -> list[Line]:
    acts = act_lines(alert, who)
    spent = sum(units(_plain(line)) + 1 for line in acts)
    if alert.kind is MessageKind.DIGEST:
        return [*digest_lines(alert, who, TELEGRAM_UNITS - 96 - spent), *acts]
    if alert.kind is MessageKind.ANSWER:
        return [*answer_lines(alert, who.phrases, TELEGRAM_UNITS - 96 - spent), *acts]
    return [*_main(alert, who, limit - spent), *acts]


def _main(alert: Alert, who: TimeDisplay, limit: int) -> list[Line]:
    lines = lines_of(alert, who, limit)
    # The layout keeps to the limit by its own shares; this is the last word where a caller's limit is very small.
    room = max(limit, 1)
    kept: list[Line] = []
    for line in lines:
        cost = sum(units(run.text) for run in line) + 1
        if cost > room:
            if line and not kept:
                kept.append((StyledRun(clip(unturned(_plain(line)), room)),))
            break
        kept.append(line)
        room -= cost
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _buttons(alert: Alert, phrases: Phrases) -> tuple[tuple[Button, ...], ...]:
    url = web_url(alert.url)
    opening = (Button(phrases.text("button open"), url=url),) if url else ()
    # Every message needs one button of ours: an unknown outcome is looked up by it.
    if alert.kind is MessageKind.ANSWER and alert.proposal is not None:
        label = phrases.text("button remove" if alert.proposal.startswith("/remove") else "button add")
        return ((Button(label, action="apply"), Button(phrases.text("button cancel"), action="close")),)
    if alert.kind is MessageKind.ANSWER:
        return (*_regrouping(alert, phrases), (Button(phrases.text("button close"), action="close"),))
    if alert.kind not in (MessageKind.ALERT, MessageKind.REPLY):
        return ((*opening, Button(phrases.text("button got it"), action="ack")),)
    choices, mute = _muting(alert.mute_menu, phrases)
    if alert.kind is MessageKind.REPLY:
        return (*choices, (*opening, *mute))
    return (
        *choices,
        (*opening, *mute, Button("👍", action="up"), Button("👎", action="down")),
        (Button(phrases.text("button why"), action="why"), Button(phrases.text("button ack"), action="ack")),
    )


def _regrouping(alert: Alert, phrases: Phrases) -> Iterator[tuple[Button, ...]]:
    """Yield a row for each article that may be split off, and for each story that may be merged."""
    for deed, number, outlet in alert.regroupings:
        if deed == "split":
            label = phrases.text("button split", source=outlet, article=number)
        else:
            label = phrases.text("button merge", story=number)
        yield (Button(label, action=f"{deed}-{number}"),)


def _muting(menu: MuteMenu | None, phrases: Phrases) -> tuple[tuple[tuple[Button, ...], ...], tuple[Button, ...]]:
    """Return the row of durations where it is open, and the button in its place else."""
    if menu is None:
        return (), (Button(phrases.text("button mute"), action="mute"),)
    if menu is MuteMenu.MUTED:
        return (), (Button(phrases.text("button unmute"), action="unmute"),)
    hour = Button(phrases.text("button mute hour"), action="mute-hour")
    morning = Button(phrases.text("button mute until", time=f"{MORNING:02}:00"), action="mute-morning")
    ever = Button(phrases.text("button mute for good"), action="mute-ever")
    return ((hour, morning, ever, Button("↩", action="mute-not")),), ()


def html_of(line: Line) -> str:
    """Return a line with its markup: <b>, <a> and <code>, everything else escaped."""
    return "".join(_tagged(run) for run in line)


def _tagged(run: StyledRun) -> str:
    text = html.escape(run.text, quote=False)
    if run.code and text.strip():
        return f"<code>{text}</code>"  # which takes no other markup inside
    if run.bold and text.strip():
        text = f"<b>{text}</b>"
    return f'<a href="{html.escape(run.link)}">{text}</a>' if run.link and text.strip() else text


def _plain(line: Line) -> str:
    return "".join(run.text for run in line)
