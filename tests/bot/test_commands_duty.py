"""Commands for whoever is on duty: /sources, /shift, /why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.bot_harness import matched
from doubles.command_harness import MEMBER, CommandHarness
from doubles.store_samples import record


async def test_sources_are_listed_with_their_state(desk: CommandHarness) -> None:
    told = await desk.ask("/sources", admin=False)
    assert told.startswith("Sources: 0 of 2 are well\nUkrinform: not asked yet")
    with desk.store.begin() as tx:
        tx.record_poll(record(2, at=desk.clock.now(), baseline=True))
    lines = (await desk.ask("/sources")).split("\n")
    assert lines[0] == "Sources: 1 of 2 are well"
    assert lines[1].startswith("Ukrinform: not asked yet")
    assert any(line.startswith("Yonhap: well, read at ") for line in lines)


async def test_where_there_is_no_source_that_is_said(desk: CommandHarness) -> None:
    with desk.store.begin() as tx:
        tx.sync_sources([], desk.clock.now())
    assert await desk.ask("/sources") == "Sources: none"


async def test_a_hand_over_begins_where_the_last_one_of_the_user_ended(desk: CommandHarness) -> None:
    desk.story("First rocket")
    first = await desk.ask("/shift", user_id=MEMBER, admin=False)
    assert "1 alert rang" in first
    assert "First rocket" in first
    desk.clock.pass_(3600)
    assert "0 alerts rang" in await desk.ask("/shift", user_id=MEMBER)
    assert "1 alert rang" in await desk.ask("/shift", user_id=99)
    assert "1 alert rang" in await desk.ask("/shift 8h", user_id=MEMBER)
    assert "1 alert rang" in await desk.ask("/shift 8h", private=True, channel=None)
    assert "1 alert rang" in await desk.ask("/shift 8h", private=True, channel="aside")
    assert "0 alerts rang" in await desk.ask("/shift 8h", private=True, channel="aside", admin=False)


@pytest.mark.parametrize("text", ["/shift soon", "/shift 1s", "/shift 90d"])
async def test_a_span_that_is_none_is_answered(desk: CommandHarness, text: str) -> None:
    assert (await desk.ask(text)).startswith("Write for how long back")


async def test_why_takes_an_alert_a_story_or_a_reply(desk: CommandHarness) -> None:
    story = desk.story("First rocket")
    with desk.store.begin() as tx:
        tx.add_verdicts(tx.story(story).members[0].article_id, [matched()])
        (row,) = tx.deliveries_of(story)
    told = await desk.ask(f"/why {row.id}")
    assert told.startswith("Why: First rocket")
    assert "DPRK" in told
    assert await desk.ask("/why", replied=row) == told
    assert (await desk.ask(f"/why #{story}", private=True, channel=None)).startswith("Why: First rocket")
    assert (await desk.ask(f"/why {story}", private=True, channel="aside")).startswith("Why: First rocket")
    assert await desk.ask("/why 999") == "There is no story and no alert 999 here. /last shows the numbers."
    elsewhere = await desk.ask("/why", replied=replace(row, channel="aside"), admin=False)
    assert elsewhere.startswith("There is no story and no alert")
    for text in ("/why", "/why rocket", f"/why {'9' * 30}"):
        assert (await desk.ask(text)).startswith("Write a story's number")
