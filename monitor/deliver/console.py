"""The console: alerts on standard output, as a phone would show them."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TextIO

from monitor.alert import render
from monitor.deliver import host
from monitor.deliver.blind import BlindNotifier
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.model import Channel, Delivery, Lane, Receipt

_WIDTH = 72


class ConsoleNotifier(BlindNotifier):
    """A `ports.Notifier` that prints: a box on a terminal, plain lines into a file or pipe."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Print to `out`, standard output by default (looked up at every print, so that it may be replaced)."""
        self._out = out

    def lane(self, channel: Channel) -> str:  # noqa: ARG002 — the port's signature
        """Name the console: all its channels share it, so that messages never mix."""
        return "console"

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:  # noqa: ARG002 — the port's signature
        """Print the alert; one that was shown before is marked as updated. Raises DeliveryError."""
        out = self._out or sys.stdout
        terminal = out.isatty()
        text = render.console(
            delivery.alert,
            timezone=channel.timezone or host.timezone(),
            width=_WIDTH,
            colour=terminal and "NO_COLOR" not in os.environ,
            now=delivery.created_at,
        )
        head = "✎ updated" if delivery.sent_revision else ""
        await asyncio.to_thread(_print, out, _boxed(text, head, channel.name) if terminal else _plain(text, head))
        return Receipt()

    async def check(self, channel: Channel) -> str:  # noqa: ARG002 — the port's signature
        """Say what it is."""
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


def _plain(text: str, head: str) -> str:
    return "\n".join(part for part in (head, text) if part) + "\n\n"


def _boxed(text: str, head: str, title: str) -> str:
    """Draw a frame: open at the right, since no library knows how wide every terminal draws an emoji."""
    label = " · ".join(part for part in (title, head) if part)
    lines = [f"╭─ {label} " + "─" * max(4, _WIDTH - len(label) - 2)]
    lines += [f"│ {line}" for line in text.split("\n")]
    lines.append("╰" + "─" * (_WIDTH + 2))
    return "\n".join(lines) + "\n"
