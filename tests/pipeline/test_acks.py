"""Mutes of stories as their messages show them: taken back in time, and over by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from doubles.policy_harness import PolicyHarness

from monitor.model import Act, ActKind, Channel, MuteKind, MuteMenu, NewDelivery, State, Watchlist
from monitor.pipeline.acks import ACTS, close_lapsed, end_mute, mark, mark_story, next_morning, show_menu


def desk() -> tuple[PolicyHarness, int]:
    """Return a desk that shows a story's alert, with a reply that waits, and the story's id."""
    harness = PolicyHarness([Watchlist("arms", notify=("desk",))], [Channel("desk", "telegram")])
    story = harness.story("Rockets", "arms")
    harness.tick()
    with harness.store.begin() as tx:
        (row,) = tx.deliveries_of(story)
        waits = NewDelivery("desk", "waits", row.alert, story_id=story, due_at=harness.clock.now() + timedelta(days=1))
        assert tx.add_delivery(waits, harness.clock.now()) is not None
    return harness, story


def act(harness: PolicyHarness, deed: ActKind, **more: datetime) -> Act:
    return Act(deed, 7, "Ann", harness.clock.now(), **more)


def muted(harness: PolicyHarness, story: int, until: datetime | None) -> None:
    with harness.store.begin() as tx:
        assert tx.mute("story", str(story), until, 7)
        mark_story(tx, story, act(harness, ActKind.MUTE), harness.clock.now(), None)


def test_a_mute_that_ends_at_once_gives_back_what_waited() -> None:
    harness, story = desk()
    muted(harness, story, None)
    assert [(row.state, row.alert.mute_menu) for row in harness.rows()] == [
        (State.READY, MuteMenu.MUTED),
        (State.MUTED, None),
    ]
    harness.clock.pass_(60)
    with harness.store.begin() as tx:
        assert end_mute(tx, story, act(harness, ActKind.UNMUTE))
        assert not end_mute(tx, story, act(harness, ActKind.UNMUTE))
    assert [(row.state, row.alert.mute_menu, [each.deed for each in row.alert.acts]) for row in harness.rows()] == [
        (State.READY, None, [ActKind.UNMUTE]),
        (State.READY, None, []),
    ]


def test_what_another_row_carries_is_muted_and_given_back_with_it() -> None:
    """A story that two watchlists want has a row for each, of which one message tells."""
    lists = [Watchlist(name, notify=("desk",)) for name in ("arms", "loud")]
    harness = PolicyHarness(lists, [Channel("desk", "telegram")])
    older = harness.story("Rockets", "arms")
    younger = harness.story("A launch", "loud")
    with harness.store.begin() as tx:
        carried, carrier = tx.deliveries_of(older)[0], tx.deliveries_of(younger)[0]
        tx.give_deliveries([carried.id], younger)
        tx.supersede_delivery(carried.id, carrier, harness.clock.now())
    muted(harness, younger, None)
    assert [row.state for row in harness.rows()] == [State.MUTED, State.MUTED]
    with harness.store.begin() as tx:
        assert end_mute(tx, younger, act(harness, ActKind.UNMUTE))
    assert [row.state for row in harness.rows()] == [State.HELD, State.READY]
    harness.tick()
    assert [row.state for row in harness.rows()] == [State.SENT, State.SENT]


def test_what_waited_long_ago_is_not_sent_any_more() -> None:
    harness, story = desk()
    muted(harness, story, None)
    harness.clock.pass_(3600)
    with harness.store.begin() as tx:
        assert end_mute(tx, story, act(harness, ActKind.UNMUTE))
    assert harness.rows()[1].state is State.MUTED


def test_a_mute_that_is_over_gives_the_button_back() -> None:
    harness, story = desk()
    muted(harness, story, harness.clock.now() + timedelta(hours=1))
    with harness.store.begin() as tx:
        tx.mute(MuteKind.WATCHLIST, "arms", harness.clock.now() + timedelta(hours=1), 7)
        assert close_lapsed(tx, harness.clock.now()) == 0
    harness.clock.pass_(3600)
    with harness.store.begin() as tx:
        assert close_lapsed(tx, harness.clock.now()) == 1
        assert tx.lapsed_mutes(harness.clock.now()) == []
    assert harness.rows()[0].alert.mute_menu is None


def test_what_cannot_be_changed_stays() -> None:
    harness, story = desk()
    with harness.store.begin() as tx:
        sent, waits = tx.deliveries_of(story)
        assert not show_menu(tx, waits, MuteMenu.OPEN, harness.clock.now())
        assert not show_menu(tx, sent, None, harness.clock.now())
        results = [
            mark(tx, tx.deliveries_of(story)[0], act(harness, ActKind.ACK), harness.clock.now())
            for _ in range(ACTS + 1)
        ]
        assert results == [*[True] * ACTS, False]


def test_the_morning_is_on_the_chats_clock() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    evening, dawn = datetime(2023, 11, 9, 20, 0, tzinfo=UTC), datetime(2023, 11, 10, 5, 59, tzinfo=UTC)
    assert next_morning(evening, kyiv) == next_morning(dawn, kyiv) == datetime(2023, 11, 10, 8, tzinfo=kyiv)
    assert next_morning(dawn + timedelta(minutes=1), kyiv) == datetime(2023, 11, 11, 8, tzinfo=kyiv)
