"""An alert as a title and a body, for services without buttons: mail, chat rooms, push messages, SMS."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor.alert.render.layout import MARKS, Line, StyledRun, web_url
from monitor.alert.render.telegram import html_of, laid_out
from monitor.alert.sanitize import clip, units
from monitor.model import Alert, MessageKind

_WHOLE = 1_000_000
_ROOM = 60  # units that an address must leave for words; a longer one is left out
# What chat services read as a mention (<@U1>, <!here>, <#C1>) or as a link under other words ([safe](https://evil)).
_CHAT = re.compile(r"<(?=[@!#&:a-z])|\](?=\()")
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True)
class PlainMessage:
    """A message without buttons. `title` is one line of plain text, empty where the service has none."""

    title: str
    body: str


def letter(
    alert: Alert,
    *,
    timezone: str,
    now: datetime | None = None,
    form: Literal["text", "html"] = "text",
    title_units: int = 250,
    body_units: int = 4096,
) -> PlainMessage:
    """Return the alert within the service's limits, in UTF-16 units; the body is never empty.

    The headline is the title, or opens the body where `title_units` is 0 or it is all there is. Then comes what fits of
    the rest, line by line; the article's address stands last and is never cut: where it leaves no room for words, it is
    left out. A digest may be longer than `body_units`. `html` has <b>, <a>, <code> and <br/>; where its markup is too
    long for the service, the body is text all the same. `timezone` and `now` are those of `render.telegram`.
    """
    headline, rest = _divided(alert, laid_out(alert, timezone=timezone, now=now))
    url = web_url(alert.url)
    if url and body_units - units(url) < _ROOM:
        url = None
    if title_units > 0 and (_trimmed(rest) or url):
        title = clip(_safe(headline), title_units)
    else:
        title, rest = "", [(StyledRun(headline, bold=True),), *rest]
    # What has items is never cut: the service's own overflow splits it.
    text = _text(rest, url, max(body_units, _WHOLE) if alert.items else body_units)
    if form == "text":
        return PlainMessage(title, text)
    marked = "<br/>".join(
        [*map(_marked, _trimmed(rest)), *(("", f'<a href="{html.escape(url)}">{html.escape(url)}</a>') if url else ())]
    )
    return PlainMessage(
        title, marked if units(marked) <= body_units else html.escape(text, quote=False).replace("\n", "<br/>")
    )


def _divided(alert: Alert, whole: Sequence[Line]) -> tuple[str, list[Line]]:
    """Return the title, and the lines that are left for the body."""
    if alert.kind not in (MessageKind.ALERT, MessageKind.REPLY):
        return _plain(whole[0]), list(whole[1:])
    mark = MARKS[alert.severity]
    named = _plain(whole[0]).removeprefix(mark).strip()
    first: list[Line] = [(StyledRun(named),)] if named else []
    return f"{mark} {_plain(whole[1])}", [*first, *whole[2:]]


def _trimmed(rest: Sequence[Line]) -> list[Line]:
    """Leave out empty lines at both ends."""
    full = [number for number, line in enumerate(rest) if line]
    return list(rest[full[0] : full[-1] + 1]) if full else []


def _text(rest: Sequence[Line], url: str | None, limit: int) -> str:
    """Return as many lines as fit before the address; the first is cut where it alone is too long."""
    room = limit - (units(url) + 2 if url else 0)
    shown: list[str] = []
    for line in _trimmed(rest):
        said = _safe(_plain(line))
        link = next((run.link for run in line if run.link), None)
        piece = f"{said}\n{link}" if link else said
        if units(piece) + 1 > room:
            shown += [] if shown else [clip(said, room)]
            break
        shown.append(piece)
        room -= units(piece) + 1
    return "\n".join(shown).rstrip() + (f"\n\n{url}" if url else "")


def _marked(line: Line) -> str:
    return html_of(tuple(StyledRun(_safe(run.text), run.bold, run.link, run.code) for run in line))


def _safe(text: str) -> str:
    return _CHAT.sub(lambda match: match[0] + _WORD_JOINER, text)


def _plain(line: Line) -> str:
    return "".join(run.text for run in line)
