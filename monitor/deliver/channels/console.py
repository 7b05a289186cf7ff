"""The console: alerts on standard output, as a phone would show them."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TextIO

from monitor import host
from monitor.deliver.channels.base import BlindNotifier
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.fields import StrictSettings
from monitor.i18n import alert_phrases
from monitor.model import Channel, Delivery, Lane, Receipt, Severity
from monitor.ports import ChannelKind

_WIDTH, _NARROWEST = 72, 20
_FRAMES = {
    Severity.CRITICAL: "\x1b[1;31m",
    Severity.HIGH: "\x1b[31m",
    Severity.NORMAL: "\x1b[33m",
    Severity.LOW: "\x1b[2m",
    "": "\x1b[2m",
}


@dataclass(frozen=True, slots=True)
class ConsoleTarget(StrictSettings):
    """Standard output."""


class ConsoleNotifier(BlindNotifier):
    """A `ports.Notifier` that prints: a box on a terminal, plain lines into a file or pipe.

    It prints to `out`, by default standard output as it is at each print.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    def lane(self, channel: Channel) -> str:  # noqa: ARG002 — the port's signature
        """Return one name for all console channels, so that their messages never mix."""
        return "console"

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:  # noqa: ARG002 — the port's signature
        """Print the alert; one that was shown before is marked as updated. Raises DeliveryError."""
        out = self._out or sys.stdout
        zone = channel.timezone or host.timezone()
        head = alert_phrases(delivery.alert.wording).text("updated") if delivery.sent_revision else ""
        if out.isatty():
            text = _boxed(delivery, head, channel.name, zone, width=_width(), colour=_colours())
        else:
            text = _plain(delivery, head, zone)
        await asyncio.to_thread(_print, out, text)
        return Receipt()

    async def check(self, channel: Channel) -> str:  # noqa: ARG002 — the port's signature
        """Return 'standard output', which needs no check."""
        return "standard output"

    async def close(self) -> None:
        """Nothing is open."""


def _print(out: TextIO, text: str) -> None:
    try:
        out.write(text)
        out.flush()
    except UnicodeEncodeError:
        # A terminal in an old locale: better a question mark than no alert.
        encoding = out.encoding or "ascii"
        out.write(text.encode(encoding, "replace").decode(encoding))
        out.flush()
    except BrokenPipeError as error:
        raise DeliveryError("nobody reads standard output any more", sent=Sent.NO, remedy=Remedy.RETRY) from error
    except (OSError, ValueError) as error:
        raise DeliveryError(f"standard output cannot be written: {error}", sent=Sent.NO, remedy=Remedy.RETRY) from error


# Rendering is imported where it is used: every command that reads a configuration imports this module.


def _plain(delivery: Delivery, head: str, zone: str) -> str:
    from monitor.alert.render import telegram

    text = telegram.console(delivery.alert, timezone=zone, width=_WIDTH, now=delivery.created_at)
    return "\n".join(part for part in (head, text) if part) + "\n\n"


def _boxed(delivery: Delivery, head: str, title: str, zone: str, *, width: int, colour: bool) -> str:
    """Draw a frame: open at the right, since no library knows how wide every terminal draws an emoji.

    Its colour is the severity's; what was shown before steps back.
    """
    from monitor.alert.render import telegram
    from monitor.alert.render.terminal import columns
    from monitor.alert.sanitize import clean, clip

    alert = delivery.alert
    on, off = (_FRAMES["" if head else alert.severity], "\x1b[0m") if colour else ("", "")
    label = clip(clean(" · ".join(part for part in (title, head) if part)), max(width - 6, 1))
    text = telegram.console(alert, timezone=zone, width=width - 2, colour=colour, now=delivery.created_at)
    rows = [f"{on}╭─ {label} {'─' * max(2, width - columns(label) - 4)}{off}"]
    rows += [f"{on}│{off} {line}".rstrip() for line in text.split("\n")]
    rows.append(f"{on}╰{'─' * (width - 1)}{off}")
    return "\n".join(rows) + "\n"


def _width() -> int:
    """Return the columns of a frame: the terminal's (or COLUMNS), but lines no longer than are read with ease."""
    return max(_NARROWEST, min(_WIDTH + 2, shutil.get_terminal_size().columns))


def _colours() -> bool:
    """Return whether escapes are wanted: https://no-color.org; a dumb terminal shows them as they are."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


KIND = ChannelKind(
    name="console",
    description="Standard output.",
    settings=ConsoleTarget,
    build=lambda _means: ConsoleNotifier(),
)
