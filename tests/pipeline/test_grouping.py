"""Two stories that become one: which message goes on, what points to it, what is superseded, and how a split undoes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doubles.inforce import in_force
from doubles.policy_harness import NIGHT, PolicyHarness, lists

from monitor.alert.render.telegram import telegram
from monitor.bot.i18n import bot_phrases
from monitor.i18n import alert_phrases
from monitor.model import (
    Act,
    ActKind,
    Channel,
    Delivery,
    JoinReason,
    JoinRule,
    MessageKind,
    MuteKind,
    MuteMenu,
    Relation,
    State,
    Watchlist,
)
from monitor.pipeline.acks import end_mute, mark_story
from monitor.pipeline.grouping import are_free, joins, merge, split, tell_united, unite


def united(desk: PolicyHarness, older: int, younger: int) -> None:
    """Make two stories one, as the judge does by an article that belongs to both."""
    with desk.store.begin() as tx:
        of = tx.story(older).members[0].article_id
        reason = JoinReason(JoinRule.BRIDGE, of, 0.8, ("launch",))
        kept, gone = unite(tx, (tx.story(younger), tx.story(older)), reason, desk.clock.now())
        assert (kept.id, gone.id) == (older, younger)
        before = {row.id: row for row in tx.deliveries_of(kept.id)}
        tell_united(tx, kept.id, gone, before, desk.clock.now())


def pair(desk: PolicyHarness, first: str = "arms", second: str = "arms") -> tuple[int, int]:
    """Return the ids of two stories whose alerts were sent a minute apart."""
    older = desk.story("The launch", first, named=True)
    desk.pass_(60)
    younger = desk.story("A test of a rocket", second, source="Reuters", named=True)
    desk.pass_(60)
    return older, younger


def united_unsent(desk: PolicyHarness, *lists: str) -> tuple[int, int]:
    """Make two stories one while the younger one's alert waits for the network; return their ids."""
    older = desk.story("The launch", "arms", named=True)
    desk.pass_(60)
    desk.away = True
    younger = desk.story("A test of a rocket", *lists, source="Reuters", named=True)
    united(desk, older, younger)
    desk.away = False
    desk.pass_(60)
    return older, younger


def by_title(desk: PolicyHarness) -> dict[str, Delivery]:
    return {row.alert.headline: row for row in desk.rows() if row.alert.kind is MessageKind.ALERT}


def text(row: Delivery) -> str:
    return telegram(row.alert, timezone="UTC").plain


def test_what_rang_stays_as_a_pointer_and_the_older_message_goes_on(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    rang = desk.rung()
    united(desk, older, younger)
    desk.pass_(60)
    rows = by_title(desk)
    assert (rows["A test of a rocket"].alert.pointer, rows["The launch"].alert.pointer) == (True, False)
    assert "↪ now part of: The launch (Yonhap, 20:30)" in text(rows["A test of a rocket"])
    assert "A test of a rocket" in text(rows["A test of a rocket"]), "what rang stays to be read"
    assert rows["The launch"].alert.news == "same event: Reuters"
    assert len(rows["The launch"].alert.members) == 2
    follows = rows["A test of a rocket"].alert.follows
    assert follows is not None
    assert follows.message == rows["The launch"].message_id
    assert (desk.rung(), len(desk.messages)) == (rang, 2), "edits are silent, and nothing is deleted"
    pointer = rows["A test of a rocket"]
    desk.join(older, "More on the launch", "arms", source="AP")
    desk.pass_(60)
    rows = by_title(desk)
    assert rows["A test of a rocket"].revision == pointer.revision, "the pointer grows no more"
    assert len(rows["The launch"].alert.members) == 3
    assert len(rows) == 2, "the watchlist was told"


def test_the_reason_is_kept_and_said(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    united(desk, older, younger)
    with desk.store.begin() as tx:
        story = tx.story(older)
        assert tx.story(younger).members == ()
    moved = story.members[1]
    assert moved.reason == JoinReason(JoinRule.BRIDGE, story.members[0].article_id, 0.8, ("launch",))
    assert moved.relation is Relation.SAME
    said = joins(moved, story, bot_phrases("en"))
    assert said.endswith("its story became part of this one, as «The launch» belongs to both: .80; shared facts launch")


@pytest.mark.parametrize("language", ["en", "uk", "ru", "ko", "pl", "de"])
def test_the_names_of_a_reason_are_said_after_the_facts(make: Any, language: str) -> None:
    desk = make()
    older, _ = pair(desk)
    with desk.store.begin() as tx:
        story = tx.story(older)
        names = JoinReason(JoinRule.MEANING, 0, 0.61, ("launch", "Sunan"), ("Kim Jong Un", f"Choe {'x' * 200}"))
        first = replace(story.members[0], reason=names, relation=Relation.SAME)
        tx.keep_reason(older, 99, names)
    said = joins(first, story, bot_phrases(language))
    facts = bot_phrases(language).text("rule shared names", names="Kim Jong Un, Choe ")
    assert f"launch, Sunan, {facts}" in said
    assert len(said) < 250
    assert facts not in joins(replace(first, reason=replace(names, names=())), story, bot_phrases(language))


def test_what_waits_is_superseded_where_the_older_message_tells_it(make: Any) -> None:
    desk = make()
    united_unsent(desk, "arms", "loud")
    # 'loud' is told by no other message: nothing unsent is dropped
    assert desk.said() == ["The launch", "A test of a rocket"]
    assert [row.alert.pointer for row in desk.rows() if row.in_digest is None] == [False, True]

    desk = make()
    older, _ = united_unsent(desk, "arms")
    assert desk.said() == ["The launch"]
    gone, kept = by_title(desk)["A test of a rocket"], by_title(desk)["The launch"]
    assert (gone.state, gone.in_digest, gone.alert.pointer) == (State.SENT, kept.id, False)
    desk.join(older, "Later", "arms", source="AP")
    desk.pass_(60)
    assert len(by_title(desk)) == 2, "it counts as told"


def test_both_that_wait_go_as_one(make: Any) -> None:
    desk = make()
    desk.away = True
    older = desk.story("The launch", "arms", named=True)
    younger = desk.story("A test of a rocket", "arms", source="Reuters", named=True)
    united(desk, older, younger)
    assert by_title(desk)["A test of a rocket"].state is State.HELD
    desk.away = False
    desk.pass_(60)
    assert desk.said() == ["The launch"]
    assert {row.state for row in desk.rows()} == {State.SENT}


def test_what_rings_sooner_is_not_superseded(make: Any) -> None:
    """The older message waits for the morning; the younger one's is free to go."""
    desk = make(quiet_hours=NIGHT)
    desk.clock.pass_(3600)
    older = desk.story("The launch", "arms", named=True)
    desk.away = True
    younger = desk.story("A test of a rocket", "alarm", source="Reuters", named=True)
    assert by_title(desk)["The launch"].state is State.HELD
    united(desk, older, younger)
    desk.away = False
    desk.pass_(60)
    assert desk.said() == ["A test of a rocket"]


def test_a_story_that_rang_does_not_wait_with_an_older_one_that_is_held(make: Any) -> None:
    """A critical alert went out at night; the older story's message waits for the morning, and leads to that one."""
    desk = make(quiet_hours=NIGHT)
    desk.clock.pass_(3600)
    older, younger = pair(desk, "arms", "alarm")
    united(desk, older, younger)
    desk.pass_(60)
    rows = by_title(desk)
    assert (rows["The launch"].alert.pointer, rows["A test of a rocket"].alert.pointer) == (True, False)
    assert rows["A test of a rocket"].alert.also == ("arms",)
    desk.join(older, "URGENT: it is confirmed", "alarm", source="AP")
    desk.pass_(60)
    assert [line for line in desk.said() if line.startswith("↩")] == ["↩ URGENT: it is confirmed (now marked urgent)"]
    desk.pass_(9 * 3600)
    assert desk.said()[-1] == "The launch", "in the morning"
    undone(desk, younger)
    desk.pass_(60)
    rows = by_title(desk)
    assert not any(row.alert.pointer for row in rows.values())
    assert (rows["The launch"].story_id, rows["A test of a rocket"].story_id) == (older, younger)


def test_what_another_row_carries_that_is_free_tells_as_soon(make: Any) -> None:
    """Rows that one message carries are HELD with it, and no later than that."""
    desk = make()
    desk.away = True
    older = desk.story("The launch", "arms", "loud", named=True)
    younger = desk.story("A test of a rocket", "arms", source="Reuters", named=True)
    united(desk, older, younger)
    desk.away = False
    desk.pass_(60)
    assert desk.said() == ["The launch"]
    assert {row.state for row in desk.rows()} == {State.SENT}


def test_the_message_of_a_channel_that_was_told_of_the_younger_alone_goes_on(make: Any) -> None:
    desk = make()
    older = desk.story("What nobody watches", named=True)
    desk.pass_(60)
    younger = desk.story("A test of a rocket", "arms", source="Reuters", named=True)
    desk.pass_(60)
    united(desk, older, younger)
    desk.join(older, "More", "arms", source="AP")
    desk.pass_(3600)
    (row,) = by_title(desk).values()
    assert (row.alert.pointer, row.story_id, len(row.alert.members)) == (False, older, 3)


def test_a_watchlist_that_only_the_younger_told_does_not_ring_again(make: Any) -> None:
    desk = make()
    older, younger = pair(desk, "arms", "loud")
    rang = desk.rung()
    united(desk, older, younger)
    desk.join(older, "More", "loud", source="Yonhap")
    desk.pass_(3600)
    rows = by_title(desk)
    assert rows["The launch"].alert.also == ("loud",)
    assert rows["The launch"].alert.severity.value == "high"
    assert (desk.rung(), len(rows)) == (rang, 2)


def test_replies_are_numbered_by_their_own_story(make: Any) -> None:
    """A reply of the younger must not take the key of the older one's next."""
    desk = make(watchlists=lists(updates="reply"))
    older, younger = pair(desk)
    desk.join(younger, "Reported too", "arms", source="AP")
    desk.pass_(3600)
    united(desk, older, younger)
    desk.join(older, "Reported again", "arms", source="AFP")
    desk.pass_(3600)
    keys = [row.dedupe for row in desk.rows() if row.alert.kind is MessageKind.REPLY]
    assert len(keys) == 2
    assert all(key.endswith(":1") for key in keys)


def undone(desk: PolicyHarness, younger: int) -> int:
    """Take the younger story's articles out again by hand; return its id."""
    with desk.store.begin() as tx:
        opener = tx.story(younger).opened_by
        assert opener is not None
        home = tx.story_of(opener)
        assert home is not None
        return split(tx, in_force(desk.rules), tx.story(home), opener, user=1, now=desk.clock.now())


def test_a_split_gives_back_what_pointed_and_sends_what_was_superseded(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    united(desk, older, younger)
    desk.pass_(60)
    assert undone(desk, younger) == younger
    desk.pass_(60)
    row = by_title(desk)["A test of a rocket"]
    assert (row.alert.pointer, row.alert.follows, row.story_id) == (False, None, younger)
    assert [member.title for member in row.alert.members] == ["A test of a rocket"]
    assert len(desk.messages) == 2

    desk = make()
    older, younger = united_unsent(desk, "arms")
    undone(desk, younger)
    desk.pass_(60)
    assert desk.said() == ["The launch", "A test of a rocket"]


def test_an_operator_has_the_last_word(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    with desk.store.begin() as tx:
        assert are_free((tx.story(older), tx.story(younger)), desk.clock.now())
    united(desk, older, younger)
    undone(desk, younger)
    with desk.store.begin() as tx:
        own = tx.story(younger)
        assert not are_free((tx.story(older), own), desk.clock.now())
        assert own.members[0].reason is not None
        assert own.members[0].reason.rule is JoinRule.SPLIT
        assert joins(own.members[0], own, bot_phrases("en")) == "taken out of another story by hand"
        live = in_force(desk.rules)
        assert merge(tx, live, (own, tx.story(older)), user=1, now=desk.clock.now()) == older


def test_no_muted_and_no_frozen_story_is_merged(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    with desk.store.begin() as tx:
        late = desk.clock.now() + timedelta(hours=73)
        assert not are_free((tx.story(older), tx.story(younger)), late)
        tx.mute(MuteKind.STORY, str(younger), None, 1)
        assert not are_free((tx.story(older), tx.story(younger)), desk.clock.now())


def test_an_alert_in_a_digest_is_left_as_it_was_told(make: Any) -> None:
    desk = make(digest=3600)
    older, younger = pair(desk)
    desk.pass_(2 * 3600)
    said = desk.said()
    united(desk, older, younger)
    desk.pass_(3600)
    assert desk.said() == said
    assert not any(row.alert.pointer for row in desk.rows())


def test_each_channel_is_decided_for_itself(make: Any) -> None:
    other = Channel("me", "telegram", {"chat": -2})
    desk = PolicyHarness(
        [Watchlist("arms", notify=("desk",)), Watchlist("mine", notify=("me",))],
        [Channel("desk", "telegram", {"chat": -1}), other],
    )
    older, younger = pair(desk, "arms", "mine")
    united(desk, older, younger)
    desk.pass_(60)
    assert not any(row.alert.pointer for row in desk.rows())
    desk.store.close()


def test_a_pointer_whose_older_message_died_goes_on_itself(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    united(desk, older, younger)
    desk.pass_(60)
    row = by_title(desk)["The launch"]
    with desk.store.begin() as tx:
        tx.mark_dead(row.id, "gone")
    desk.join(older, "More", "arms", source="AP")
    alert = by_title(desk)["A test of a rocket"].alert
    assert (len(alert.members), alert.pointer, alert.follows) == (3, False, None), "it shows what joins"


def test_a_split_sends_nothing_that_was_muted(make: Any) -> None:
    desk = make()
    desk.away = True
    older = desk.story("The launch", "arms", named=True)
    younger = desk.story("A test of a rocket", "arms", source="Reuters", named=True)
    united(desk, older, younger)
    with desk.store.begin() as tx:
        tx.mute(MuteKind.WATCHLIST, "arms", desk.clock.now() + timedelta(minutes=30), 7)
    desk.pass_(3600)
    undone(desk, younger)
    desk.away = False
    desk.pass_(60)
    assert {row.state for row in desk.rows()} == {State.MUTED}
    assert desk.said() == []


@pytest.mark.parametrize("wording", ["en", "uk", "ru", "pl", "de", "ko"])
def test_a_pointer_is_said_in_each_language(make: Any, wording: str) -> None:
    desk = make()
    older, younger = pair(desk)
    united(desk, older, younger)
    alert = replace(by_title(desk)["A test of a rocket"].alert, wording=wording)
    shown = telegram(alert, timezone="UTC").plain
    assert alert_phrases(wording).text("part of", story="The launch (Yonhap, 20:30)") in shown


def merged(desk: PolicyHarness, *pair: int) -> int:
    with desk.store.begin() as tx:
        stories = [tx.story(ident) for ident in pair]
        return merge(tx, in_force(desk.rules), stories, user=1, now=desk.clock.now())


def hush(desk: PolicyHarness, story: int, hours: float | None = None, *, shown: bool = True) -> None:
    """Mute a story for some hours, or for good."""
    now = desk.clock.now()
    until = None if hours is None else now + timedelta(hours=hours)
    with desk.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(story), until, 7)
        if shown:
            mark_story(tx, story, Act(ActKind.MUTE, 7, "Ann", now, until), now, None)


@pytest.mark.parametrize("younger_too", [False, True])
@pytest.mark.parametrize("shown", [False, True])
def test_a_mute_of_either_story_goes_on_for_both_and_is_shown(make: Any, younger_too: bool, shown: bool) -> None:
    desk = make()
    older, younger = pair(desk)
    hush(desk, younger if younger_too else older, shown=shown)
    desk.pass_(60)
    assert merged(desk, younger, older) == older
    desk.pass_(60)
    with desk.store.begin() as tx:
        assert tx.story(older).muted
    row = by_title(desk)["The launch"]
    assert row.alert.mute_menu is MuteMenu.MUTED, "the message has the button Unmute"
    assert [act.name for act in row.alert.acts] == ["Ann"] * shown
    rang = desk.rung()
    desk.join(older, "More on the launch", "loud", source="AP")
    desk.pass_(60)
    assert desk.rung() == rang


@pytest.mark.parametrize("muted", [0, 1])
def test_what_an_unmuted_story_had_not_sent_waits_for_the_end_of_the_mute(make: Any, muted: int) -> None:
    desk = make()
    desk.away = True
    both = desk.story("The launch", "arms", named=True), desk.story("A rocket", "loud", source="Reuters", named=True)
    hush(desk, both[muted])
    merged(desk, *both)
    desk.away = False
    desk.pass_(60)
    assert desk.said() == []
    assert {row.state for row in desk.rows()} == {State.MUTED}
    with desk.store.begin() as tx:
        assert end_mute(tx, both[0], Act(ActKind.UNMUTE, 7, "Ann", desk.clock.now()))
    desk.pass_(60)
    assert set(desk.said()) == {"The launch", "A rocket"}


def test_the_longer_of_two_mutes_goes_on(make: Any) -> None:
    for first, second in ((1, 3), (3, 1), (None, 1), (1, None)):
        desk = make()
        older, younger = pair(desk)
        hush(desk, older, first)
        hush(desk, younger, second)
        merged(desk, older, younger)
        desk.pass_(2 * 3600)
        with desk.store.begin() as tx:
            assert tx.story(older).muted
        desk.pass_(2 * 3600)
        with desk.store.begin() as tx:
            assert tx.story(older).muted is (None in {first, second})


@pytest.mark.parametrize("muted", [0, 1])
def test_a_split_sends_what_the_mute_of_the_other_story_kept_back(make: Any, muted: int) -> None:
    desk = make()
    desk.away = True
    both = desk.story("The launch", "arms", named=True), desk.story("A rocket", "loud", source="Reuters", named=True)
    hush(desk, both[muted])
    merged(desk, *both)
    assert undone(desk, both[1]) == both[1]
    desk.away = False
    desk.pass_(60)
    assert desk.said() == ([] if muted else ["A rocket"]), "a story that was muted itself is so again"


def test_a_mute_of_a_watchlist_is_none_of_a_story(make: Any) -> None:
    desk = make()
    older, younger = pair(desk)
    with desk.store.begin() as tx:
        tx.mute(MuteKind.WATCHLIST, "loud", None, 7)
    merged(desk, older, younger)
    with desk.store.begin() as tx:
        assert not tx.story(older).muted
