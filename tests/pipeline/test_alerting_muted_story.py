"""A story that somebody muted is recorded, and heard of no more: no edit, no reply, until the mute ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from doubles.policy_harness import PolicyHarness

from monitor.model import Channel, MuteKind, Relation, Watchlist

ANN = 7


@pytest.fixture
def desk() -> Iterator[PolicyHarness]:
    made = PolicyHarness([Watchlist("arms", notify=("desk",))], [Channel("desk", "telegram", {"chat": -1})])
    yield made
    made.store.close()


@pytest.mark.parametrize("hours", [None, 2])
def test_a_muted_story_is_neither_edited_nor_rung_again(desk: PolicyHarness, hours: int | None) -> None:
    story = desk.story("first", "arms")
    desk.tick()
    until = None if hours is None else desk.clock.now().replace(hour=desk.clock.now().hour + hours)
    with desk.store.begin() as tx:
        assert tx.mute(MuteKind.STORY, str(story), until, ANN)
    desk.join(story, "second source", "arms", source="Reuters", relation=Relation.SAME)
    desk.tick()
    assert desk.said() == ["first"]
    assert [shown.edits for shown in desk.messages.values()] == [0]
    with desk.store.begin() as tx:
        assert len(tx.story(story).members) == 2  # recorded all the same
    if hours is None:
        with desk.store.begin() as tx:
            assert tx.unmute(MuteKind.STORY, str(story))
    else:
        desk.pass_(hours * 3600)
    desk.join(story, "third source", "arms", source="AFP", relation=Relation.SAME)
    desk.tick()
    assert desk.messages[101].edits == 1
