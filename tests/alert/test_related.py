"""The earlier story that an alert's story is related to: which row told it, and what of it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doubles.sample_alerts import FOLLOWED, UK

from monitor.alert.related import followed, was_told
from monitor.alert.render.telegram import payload, telegram
from monitor.model import Alert, ChannelAddress, Delivery, FollowedStory, MessageKind, State

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)
ALERT = Alert(MessageKind.ALERT, "EU adopts", source="Yonhap", at=NOW, url="https://news.example/1")
ROW = Delivery(
    4, "desk", "alert:a1:Arms:desk", ALERT, State.SENT, 5, None, 1, 1, 0, NOW, NOW, message_id=7, message_sent_at=NOW
)
SOON = NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"state": State.READY}, True),
        ({"state": State.HELD}, True),
        ({"state": State.DEAD}, False),
        ({"state": State.MUTED}, False),
        ({"alert": replace(ALERT, kind=MessageKind.REPLY)}, False),
    ],
)
def test_which_rows_told_a_story(changes: dict[str, Any], told: bool) -> None:
    assert was_told(replace(ROW, **changes)) is told


@pytest.mark.parametrize(
    ("changes", "moved_at", "message"),
    [
        ({}, None, 7),
        ({"message_id": 9}, NOW, 9),
        ({}, SOON, None),
        ({"message_id": None, "message_sent_at": None}, SOON, None),
    ],
)
def test_its_message_is_named_where_the_channel_has_it(
    changes: dict[str, Any], moved_at: datetime | None, message: int | None
) -> None:
    found = followed(ROW, 5, replace(ROW, **changes), ChannelAddress("telegram:-1001", moved_at))
    assert found == FollowedStory(5, "EU adopts", "Yonhap", NOW, "https://news.example/1", message)


def test_a_title_is_kept_as_far_as_it_is_shown() -> None:
    long = replace(ROW, alert=replace(ALERT, headline="x" * 5000))
    assert len(followed(long, 5, long, ChannelAddress()).title) == 300


def test_the_line_gives_way_to_the_sentence() -> None:
    alert = replace(UK, follows=FOLLOWED)
    shown = telegram(alert, timezone="UTC", limit=480).plain
    assert "↪" not in shown
    assert "військове обладнання" in shown


@pytest.mark.parametrize("wording", ["de", "en", "ko", "pl", "ru", "uk"])
def test_the_line_fits_a_phone_in_every_language(wording: str) -> None:
    story = replace(FOLLOWED, title="дуже довгий заголовок " * 20, source="Bulletin of the Ministry of Defence")
    shown = telegram(replace(UK, follows=story, wording=wording), timezone="UTC").plain
    (line,) = (line for line in shown.splitlines() if line.startswith("↪"))
    assert len(line) <= 120


def test_a_webhook_is_told_which_story_it_follows() -> None:
    assert payload(replace(UK, follows=FOLLOWED))["follows"] == {
        "story": 3,
        "title": FOLLOWED.title,
        "source": "Ukrinform",
        "at": "2023-11-09T06:40:00+00:00",
        "url": "https://www.ukrinform.ua/1",
    }
    assert payload(replace(UK, follows=replace(FOLLOWED, at=None)))["follows"]["at"] is None
    assert payload(UK)["follows"] is None
