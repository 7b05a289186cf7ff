"""Simpler texts of a message that Telegram refused: fewer lines, its link in the text, or no markup at all.

Each step gives up as little as it can: the order is that of `deliver/on_failure.py`.
"""

from __future__ import annotations

from html import escape

from monitor import urls
from monitor.alert.render.telegram import Rendered
from monitor.alert.sanitize import clip, units
from monitor.model import Delivery

SHORTENED_UNITS = 2000
"""UTF-16 units of a message that was refused as too long: half of what is allowed, whatever counted them."""

REPAIRED_UNITS = 3500
"""UTF-16 units of a message without markup: well under the 4096 that are allowed."""

_LINK_MAX = 500  # characters of a link that is written out


def html(shown: Rendered, delivery: Delivery) -> str:
    """Return the message with its markup."""
    text = _fewer_lines(shown) if delivery.shortened else shown.html
    link = _link(shown) if delivery.unlinked else None
    return f'{text}\n\n<a href="{escape(link)}">{escape(_host(link))}</a>' if link else text


def plain(shown: Rendered, delivery: Delivery) -> str:
    """Return the message without markup; where it has no buttons, its link is written out."""
    text = clip(shown.plain, SHORTENED_UNITS if delivery.shortened else REPAIRED_UNITS)
    link = _link(shown)
    if link is None or not (delivery.unlinked or delivery.repaired):
        return text
    if delivery.repaired:
        return f"{text}\n\n{link}" if len(link) <= _LINK_MAX else text
    return f"{text}\n\n{_host(link)}"


def _fewer_lines(shown: Rendered) -> str:
    """Leave out the last lines: markup never spans two, so what stays is whole."""
    room, kept = SHORTENED_UNITS, list[str]()
    for line, words in zip(shown.html.split("\n"), shown.plain.split("\n"), strict=True):
        room -= units(words) + 1
        if room < 0:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def _link(shown: Rendered) -> str | None:
    return next((button.url for row in shown.buttons for button in row if button.url), None)


def _host(link: str) -> str:
    return urls.host(link) or link
