"""A weekly report's picture follows it into its chat, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from doubles.command_harness import CHAT, CONFIG, CommandHarness

from monitor.archive.charts import ChartError
from monitor.archive.trends import TrendReport
from monitor.bot.api import BotApi
from monitor.bot.weekly_pictures import WeeklyPictures
from monitor.errors import DeliveryError, Remedy, Sent
from monitor.model import Article, Fact, Receipt, Relation
from monitor.model.trends import Subject, SubjectKind, TrendTime
from monitor.pipeline.weekly import write_weekly_reports
from monitor.store import Database

MONDAY = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
WEEKLY = CONFIG.replace("timezone: Europe/Kyiv", "timezone: UTC\n    weekly: '09:00'\n    language: uk")
WEEKLY = WEEKLY.replace("telegram: {chat: 99}", "webhook: {url: 'https://hook.example/'}\n    weekly: '09:00'")


@dataclass
class Chats:
    """Takes pictures as Telegram does, or refuses them."""

    refusal: DeliveryError | None = None
    shown: list[tuple[object, ...]] = field(default_factory=list)

    async def show(self, *what: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.shown.append(what)


@dataclass
class Drawings:
    """Keeps what is drawn."""

    reports: list[tuple[TrendReport, str]] = field(default_factory=list)
    failure: ChartError | None = None

    def draw(self, found: TrendReport, axis: str) -> bytes:
        if self.failure is not None:
            raise self.failure
        self.reports.append((found, axis))
        return b"png"


@pytest.fixture
def weekly(store: Database, tmp_path: Path) -> CommandHarness:
    found = CommandHarness(store, tmp_path, WEEKLY)
    found.clock.wall = MONDAY
    return found


def pictures(desk: CommandHarness, chats: Chats, drawings: Drawings) -> WeeklyPictures:
    return WeeklyPictures(cast("BotApi", chats), desk.desk, asyncio.Lock(), drawings.draw)


def keep(desk: CommandHarness, name: str, days: Sequence[int]) -> None:
    """Store a story on each of so many days before."""
    for back in days:
        at = MONDAY - timedelta(days=back)
        key = f"{name}{back}"
        made = Article(f"https://news.example/{key}", key, "", "Ukrinform", "uk", key=key, seen_at=at)
        with desk.store.begin() as tx:
            ident = tx.add_article(made)
            story = tx.join_story(tx.create_story(at, ident), ident, Relation.FIRST, (), at)
            tx.keep_mentions(ident, story, TrendTime.of(made, "UTC"), {Subject(SubjectKind.WATCHLIST, name): 1})


def written(desk: CommandHarness, *, sent: bool = True) -> None:
    with desk.store.begin() as tx:
        write_weekly_reports(tx, desk.live.now.rules, desk.clock.now())
    while sent:
        with desk.store.begin() as tx:
            claimed = tx.claim_delivery(["desk", "aside"], "lane", desk.clock.now())
            if claimed is None:
                return
            tx.mark_sent(claimed.id, "lane", Receipt(41), desk.clock.now())


async def test_a_report_that_was_sent_is_drawn_once_with_the_busiest_watchlist_first(weekly: CommandHarness) -> None:
    keep(weekly, "DPRK arms", [2, 9, 16, 17, 18, 40])
    keep(weekly, "Aid", [0, 3, 4])  # today's is no part of the week
    written(weekly)
    chats, drawings = Chats(), Drawings()
    for _ in range(2):
        assert await pictures(weekly, chats, drawings).turn() == 60.0
    assert chats.shown == [(CHAT, None, 41, b"png")]
    ((found, axis),) = drawings.reports
    assert [(each.subject.name, each.stories) for each in found.trends] == [("Aid", 2), ("DPRK arms", 5)]
    assert len(found.trends[0].points) == 35
    assert f"{found.trends[0].points[-1].at:%d.%m}" == "29.11"
    assert axis == "Нові події за день, від 26 жовт."


async def test_next_week_another_one_comes_and_the_old_note_goes(weekly: CommandHarness) -> None:
    keep(weekly, "Aid", [2])
    written(weekly)
    chats = Chats()
    await pictures(weekly, chats, Drawings()).turn()
    weekly.clock.wall += timedelta(days=7)
    written(weekly)
    await pictures(weekly, chats, Drawings()).turn()
    assert len(chats.shown) == 2
    with weekly.store.begin() as tx:
        assert tx.get(Fact.WEEKLY_PICTURES) == '["weekly:desk:2026-12-07"]'


async def test_a_report_that_waits_is_drawn_when_it_is_there(weekly: CommandHarness) -> None:
    keep(weekly, "Aid", [2])
    written(weekly, sent=False)
    chats = Chats()
    await pictures(weekly, chats, Drawings()).turn()
    assert chats.shown == []
    written(weekly)
    await pictures(weekly, chats, Drawings()).turn()
    assert len(chats.shown) == 1


async def test_a_week_of_nothing_has_no_picture(weekly: CommandHarness) -> None:
    written(weekly)
    chats = Chats()
    await pictures(weekly, chats, Drawings()).turn()
    assert chats.shown == []


@pytest.mark.parametrize(
    ("refusal", "failure"),
    [
        (DeliveryError("no right to send pictures", sent=Sent.NO, remedy=Remedy.REPAIR), None),
        (None, ChartError("pictures need matplotlib", retryable=False)),
    ],
)
async def test_what_cannot_be_drawn_or_sent_is_not_tried_again(
    weekly: CommandHarness, refusal: Any, failure: Any
) -> None:
    keep(weekly, "Aid", [2])
    written(weekly)
    await pictures(weekly, Chats(refusal), Drawings(failure=failure)).turn()
    chats = Chats()
    await pictures(weekly, chats, Drawings()).turn()
    assert chats.shown == []
