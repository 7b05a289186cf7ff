"""An article that belongs to two stories makes them one, in its own transaction: once, and whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from doubles.clock import FixedClock
from pipeline.test_judge_trace import Desk

from monitor.model import Delivery, JoinRule, MessageKind, MuteKind, State
from monitor.store import Transaction, open_store

TITLE = "North Korea shows hall of new rockets"
TEXT = (
    "North Korea opened the doors of a long hall where its newest rockets stand in rows, state media reported. "
    "Visitors walked along a red carpet between the launchers while a band played old songs of the guards. "
    "The leader stopped at the largest one, laid his hand on its wheel and spoke with the workers who had built it."
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = FixedClock()
    store = open_store("sqlite://", clock_now=clock.now)
    yield Desk(store, clock)
    store.close()


async def told_apart(desk: Desk) -> None:
    """Publish a flash of one outlet and a report of another: each opens a story, and rings."""
    await desk.publish(1, f"URGENT: {TITLE}", "", "Reuters")
    await desk.publish(2, "A band plays between launchers of the DPRK", TEXT, "Yonhap")
    desk.send()
    assert len({row.story_id for row in desk.rows()}) == 2


async def bridged(desk: Desk, number: int = 3) -> None:
    """Publish the flash's full report, which is the other outlet's text."""
    await desk.publish(number, TITLE, TEXT, "Reuters")


def pointers(desk: Desk) -> list[Delivery]:
    return [row for row in desk.rows() if row.alert.pointer]


async def test_two_stories_become_one_and_stay_one(desk: Desk) -> None:
    await told_apart(desk)
    await bridged(desk)
    first, second = desk.rows()
    assert (first.alert.pointer, second.alert.pointer) == (False, True)
    assert second.alert.follows is not None
    assert (second.alert.follows.title, second.alert.follows.message) == (f"URGENT: {TITLE}", first.message_id)
    assert first.alert.news is not None
    assert first.alert.news.endswith("same event: Yonhap")
    story = desk.story()
    assert [member.source for member in story.members] == ["Reuters", "Yonhap", "Reuters"]
    moved = story.members[1].reason
    assert moved is not None
    assert (moved.rule, moved.of) == (JoinRule.BRIDGE, story.members[2].article_id)
    desk.send()
    await desk.publish(4, "Band and rockets in the North's hall", TEXT + " More follows.", "Yonhap")
    assert len(desk.story().members) == 4, "the index knows where both stories' articles are now"
    assert [row.state for row in desk.rows()] == [State.READY, State.SENT], "the pointer stays as it is"
    assert desk.judge.live.regrouped == set()


async def test_where_the_transaction_fails_nothing_is_merged_and_the_next_try_does_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told_apart(desk)
    finish = Transaction.finish_entry

    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Transaction, "finish_entry", fail)
    with contextlib.suppress(OSError):
        await bridged(desk)
    assert pointers(desk) == []
    assert len(desk.story().members) == 1
    monkeypatch.setattr(Transaction, "finish_entry", finish)
    await bridged(desk, 5)
    assert len(pointers(desk)) == 1
    assert len(desk.story().members) == 3


@pytest.mark.parametrize("why", ["muted", "moved"])
async def test_what_an_operator_did_meanwhile_stays(desk: Desk, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await told_apart(desk)
    younger = desk.rows()[1].story_id
    assert younger is not None
    if why == "muted":
        with desk.store.begin() as tx:
            tx.mute(MuteKind.STORY, str(younger), None, 1)
    else:
        monkeypatch.setattr(Transaction, "story_of", lambda *_: None)
    await bridged(desk)
    assert pointers(desk) == []
    assert len(desk.story().members) == 2


async def test_a_channel_rings_no_more_than_before(desk: Desk) -> None:
    await told_apart(desk)
    await bridged(desk)
    desk.clock.pass_(timedelta(hours=1).total_seconds())
    await bridged(desk, 6)
    replies = desk.rows(MessageKind.REPLY)
    assert len(replies) <= 1, "the second independent outlet, once"


async def test_an_article_joins_where_the_one_is_by_which_it_joins(desk: Desk) -> None:
    """An operator merged the stories after the index was read: no article goes into the story that has none left."""
    await told_apart(desk)
    older, younger = (row.story_id for row in desk.rows())
    assert older is not None
    assert younger is not None
    with desk.store.begin() as tx:
        tx.merge_stories(older, younger, desk.clock.now())
    await desk.publish(4, "A band plays between launchers of the DPRK", TEXT + " More follows.", "Yonhap")
    with desk.store.begin() as tx:
        assert tx.story(younger).members == ()
        assert len(tx.story(older).members) == 3
