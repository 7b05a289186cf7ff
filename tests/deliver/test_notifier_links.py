"""The line of an earlier story leads to the message that told it, where Telegram has links to messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from doubles.sample_alerts import FOLLOWED, UK

from monitor.deliver.channels.telegram.notifier import linked, target
from monitor.model import Channel, Delivery, FollowedStory, Lane, State

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)
ARTICLE = FOLLOWED.url


def link(chat: object, story: FollowedStory | None, lane: Lane) -> str | None:
    channel = Channel("desk", "telegram", {"chat": chat})
    alert = replace(UK, follows=story)
    row = Delivery(4, "desk", "alert:a1:Arms:desk", alert, State.SENDING, 5, None, 1, 0, 0, NOW, NOW)
    found = linked(row, target(channel, lane), lane).alert.follows
    return found.url if found else None


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        (-1001234567890, "https://t.me/c/1234567890/40"),
        ("-1001234567890", "https://t.me/c/1234567890/40"),
        ("@desk_news", "https://t.me/desk_news/40"),
        (-55, ARTICLE),
        (777, ARTICLE),
    ],
)
def test_the_link_leads_to_the_message_where_the_chat_has_links(chat: object, expected: str) -> None:
    assert link(chat, FOLLOWED, Lane(f"telegram:{chat}")) == expected


def test_where_the_message_is_not_known_the_article_is_linked() -> None:
    lane = Lane("telegram:-1001")
    assert link(-1001, replace(FOLLOWED, message=None), lane) == ARTICLE
    assert link(-1001, FOLLOWED, replace(lane, chat=-1002)) == ARTICLE
    assert link(-1001, None, lane) is None
