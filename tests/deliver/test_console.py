"""The console: plain into a pipe, boxed on a terminal, marked when updated."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doubles.delivery_harness import alert
from doubles.sample_alerts import SAMPLE_ALERTS

from monitor.alert.render.terminal import columns
from monitor.deliver.channels.console import ConsoleNotifier
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.model import Channel, Delivery, Lane, Severity, State

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
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    await shown(out)
    assert out.getvalue().startswith("\x1b[33m╭─ screen ")
    assert "\x1b[1m" in out.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    await shown(plain)
    assert "\x1b" not in plain.getvalue()
    assert plain.getvalue().startswith("╭─ screen ─")
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "dumb")
    dumb = Terminal()
    await shown(dumb)
    assert "\x1b" not in dumb.getvalue()


@pytest.mark.parametrize(("severity", "colour"), [("low", "2"), ("normal", "33"), ("high", "31"), ("critical", "1;31")])
async def test_the_frame_has_the_severitys_colour(severity: str, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    await shown(out, replace(ROW, alert=replace(ROW.alert, severity=Severity(severity))))
    assert out.getvalue().startswith(f"\x1b[{colour}m╭")
    again = Terminal()
    await shown(again, replace(ROW, sent_revision=1, revision=2))
    assert again.getvalue().startswith("\x1b[2m╭─ screen · ✎ updated ")


@pytest.mark.parametrize(("terminal", "width"), [("200", 74), ("80", 74), ("40", 40), ("3", 20)])
async def test_it_is_as_wide_as_the_terminal_allows(terminal: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    await shown(out, replace(ROW, alert=replace(SAMPLE_ALERTS["many outlets, since yesterday"], url=None)))
    rows = out.getvalue().splitlines()
    assert columns(rows[0]) == columns(rows[-1]) == width
    assert max(map(columns, rows)) <= width
    assert all(row[0] in "╭│╰" for row in rows)


async def test_a_channels_name_cannot_break_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = Terminal()
    await ConsoleNotifier(out).send(Channel("x\x1b[2J" * 30, "console"), ROW, Lane("console"), None)
    assert "\x1b[2J" not in out.getvalue()


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
