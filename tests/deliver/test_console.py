"""The console: plain into a pipe, boxed on a terminal, marked when updated."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doubles.delivering import alert

from monitor.deliver.console import ConsoleNotifier
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.model import Channel, Delivery, Lane, State

CHANNEL = Channel("screen", "console", timezone="Europe/Kyiv")
NOW = datetime(2024, 1, 2, tzinfo=UTC)
ROW = Delivery(1, "screen", "d", alert("КНДР запустила ракету"), State.SENDING, None, None, 1, 0, 1, NOW, NOW)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def shown(out: io.TextIOBase, row: Delivery = ROW) -> None:
    await ConsoleNotifier(out).send(CHANNEL, row, Lane("console"), None)  # type: ignore[arg-type]


async def test_a_pipe_gets_plain_lines() -> None:
    out = io.StringIO()
    await shown(out)
    assert "КНДР запустила ракету" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "╭" not in out.getvalue()


async def test_an_update_says_so() -> None:
    out = io.StringIO()
    await shown(out, replace(ROW, sent_revision=1, revision=2))
    assert out.getvalue().startswith("✎ updated\n")


async def test_a_terminal_gets_a_box_and_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    await shown(out)
    assert out.getvalue().startswith("╭─ screen ")
    assert "\x1b[1m" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    await shown(plain)
    assert "\x1b" not in plain.getvalue()


async def test_a_terminal_in_an_old_locale_still_shows_it() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    await shown(out)
    assert b"????" in raw.getvalue()


async def test_nobody_reading_is_tried_again() -> None:
    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(DeliveryError) as caught:
        await shown(Broken())
    assert (caught.value.sent, caught.value.remedy) == (Sent.NO, Remedy.RETRY)
