"""What watchlists decided, in the reader's language: nothing of it stays English."""

from __future__ import annotations

import re

import pytest

from monitor.i18n import Phrases
from monitor.model import Zone
from monitor.watch.decided import reason_in, zone_in


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("4 of 5 terms", "слів знайдено: 4 з 5"),
        ("1 of 1 term", "слів знайдено: 1 з 1"),
        ("1 of 3 terms, 2 needed", "слів знайдено: 1 з 3, потрібно 2"),
        ("no term", "жодного слова"),
        ("background and credit only", "лише передісторія, підпис"),
        ("ракета: background only", "ракета: лише передісторія"),
        ("vetoed by футбол in the title", "виключає футбол (заголовок)"),
        ("no ракета in the lead; no КНДР", "немає ракета (вступ); немає КНДР"),
        ("the query holds by КНДР, Росія", "запит виконано: КНДР, Росія"),
        ("none of КНДР, Росія and 3 more", "немає нічого з: КНДР, Росія і ще 3"),
        ("other language", "інша мова"),
    ],
)
def test_a_reason_is_told_in_ukrainian(reason: str, told: str) -> None:
    assert reason_in(reason, Phrases("bot", "uk")) == told
    assert reason_in(reason, Phrases("bot", "en")) == reason


def test_so_are_the_parts_of_an_article() -> None:
    assert not any(re.search("[a-z]", zone_in(zone, Phrases("bot", "uk"))) for zone in Zone)
    assert [zone_in(zone, Phrases("bot", "en")) for zone in Zone] == [zone.value for zone in Zone]
