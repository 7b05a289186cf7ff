"""docs/alerts.md shows what is really sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doubles.sample_alerts import NOW, SAMPLE_ALERTS

from monitor.alert.render.layout import MARKS
from monitor.alert.render.telegram import telegram

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


def shown(name: str) -> str:
    return telegram(SAMPLE_ALERTS[name], timezone="Europe/Kyiv", now=NOW).plain


def test_the_example_is_an_alert() -> None:
    example = re.search(r"```(?:text)?\n(.*?)\n```", PAGE, re.DOTALL)
    assert example is not None
    assert example[1] == shown("ukrainian, cites an agency, quote with speaker")


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("Yonhap (en) 09:30 (16:30 Seoul)", "english, a version, two clocks"),
        ("7 Nov 23:40", "yesterday's"),
        ("second independent source: Reuters", "reply: a second source"),
        ("severity is now critical", "reply: severity"),
        ("from the feed's summary: ", "from the feed's summary"),
        ("DPRK arms + Arms for Russia", "two watchlists, and what people did"),
        ("↪ follows: Росія погодилася передати технології (Ukrinform, 08:40)", "a follow-up"),
        ("↪ now part of: Росія погодилася передати технології (Ukrinform, 08:40)", "a pointer"),
        ("(not seen)", "russian, origin not seen"),
    ],
)
def test_what_is_named_is_what_is_shown(part: str, name: str) -> None:
    assert part in PAGE
    assert part in shown(name)


def test_every_severity_is_explained() -> None:
    assert all(f"{mark} {severity.value}" in PAGE for severity, mark in MARKS.items())
