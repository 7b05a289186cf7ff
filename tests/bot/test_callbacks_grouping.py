"""Buttons under Why: an article is split off, a related story merged, by admins alone and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.bot_harness import BotHarness
from doubles.command_harness import ADMIN, MEMBER

from monitor.model import (
    Article,
    Delivery,
    FollowedStory,
    GroupingDeed,
    JoinReason,
    JoinRule,
    MessageKind,
    MuteKind,
    Relation,
    Verdict,
)
from monitor.pipeline.report import related_stories

pytestmark = pytest.mark.network


def added(harness: BotHarness, story: int | None, key: str, relation: Relation = Relation.SAME) -> tuple[int, int]:
    """Add an article to a story, or to a new one; return its id and its story's."""
    now = harness.clock.now()
    with harness.store.begin() as tx:
        made = Article(
            f"https://news.example/{key}", f"Title {key}", "DPRK and its ICBM.", "Yonhap", "en", key=key,
            published=now - timedelta(seconds=60), seen_at=now,
        )  # fmt: skip
        ident = tx.add_article(made)
        tx.add_verdicts(ident, [Verdict("DPRK arms", matched=True, reason="1 term", terms=("DPRK",))])
        home = tx.create_story(now, ident) if story is None else story
        tx.join_story(home, ident, Relation.FIRST if story is None else relation, (), now)
        if story is not None:
            opener = tx.story(home).members[0].article_id
            tx.keep_reason(home, ident, JoinReason(JoinRule.WORDS, opener))
    return ident, home


async def answered(harness: BotHarness, row: Delivery) -> Delivery:
    """Press Why below an alert; return the row of the answer."""
    assert await harness.popup(harness.press(row, "why", MEMBER)) == "See the answer below."
    with harness.store.begin() as tx:
        ident = next(each.id for each in tx.deliveries() if each.alert.kind is MessageKind.ANSWER)
    await harness.until(lambda: harness.row(ident).message_id, bool)
    return harness.row(ident)


async def test_an_admin_splits_off_an_article_once(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    assert row.story_id is not None
    article, _ = added(harness, row.story_id, "b1")
    for number in range(2, 5):
        added(harness, row.story_id, f"b{number}", Relation.COPY)
    added(harness, row.story_id, "b9", Relation.VERSION)
    answer = await answered(harness, row)
    assert [deed for deed, *_ in answer.alert.regroupings] == ["split"] * 3
    with harness.store.begin() as tx:
        before = tx.story(row.story_id)
    assert (await harness.popup(harness.press(answer, f"split-{article}", MEMBER))).startswith("Only admins may group")
    assert await harness.popup(harness.press(answer, f"split-{article}", ADMIN)) == (
        f"Article {article} is a story of its own now: {before.id + 1}."
    )
    again = await harness.popup(harness.press(answer, f"split-{article}", ADMIN))
    assert again == "That has changed in the meantime: Why shows how it is now."
    with harness.store.begin() as tx:
        assert tx.story_of(article) == before.id + 1
        (decision,) = tx.grouping_decisions()
        assert (decision.deed, decision.user) == (GroupingDeed.SPLIT, ADMIN)
        assert any(each.alert.headline == "Title b1" for each in tx.deliveries_of(before.id + 1))


async def test_an_admin_merges_a_related_story_once(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    assert row.story_id is not None
    article, other = added(harness, None, "c1")
    now = harness.clock.now()
    with harness.store.begin() as tx:
        tx.join_story(row.story_id, article, Relation.RELATED, (), now)
    answer = await answered(harness, row)
    assert answer.alert.regroupings == (("merge", other, ""),)
    assert (await harness.popup(harness.press(answer, f"merge-{other}", MEMBER))).startswith("Only admins may group")
    with harness.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(other), None, ADMIN)
    done = await harness.popup(harness.press(answer, f"merge-{other}", ADMIN))
    assert done == (
        f"Story {other} is in story {row.story_id} now. One of both was muted, so all of it is: it is recorded, not sent. "
        f"/unmute {row.story_id} ends that."
    )
    for action in (f"merge-{other}", "merge-999", f"merge-{row.story_id}"):
        again = await harness.popup(harness.press(answer, action, ADMIN))
        assert again == "That has changed in the meantime: Why shows how it is now."
    with harness.store.begin() as tx:
        assert tx.story_of(article) == row.story_id
        assert [each.deed for each in tx.grouping_decisions()] == [GroupingDeed.MERGE]


async def test_the_story_that_an_alert_follows_may_be_merged_with_it(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    _, other = added(harness, None, "d1")
    now = harness.clock.now()
    with harness.store.begin() as tx:
        tx.amend_delivery(row.id, replace(row.alert, follows=FollowedStory(other, "Title d1")), now)
    answer = await answered(harness, row)
    assert answer.alert.regroupings == (("merge", other, ""),)
    assert (await harness.popup(harness.press(answer, f"merge-{other}", ADMIN))).startswith("Story ")
    with harness.store.begin() as tx:
        gone = next(each for each in (other, row.story_id) if each and not tx.story(each).members)
        assert related_stories(tx, tx.story(row.story_id or 0), FollowedStory(gone, "")) == ()


async def test_an_action_that_is_none_does_nothing(harness: BotHarness) -> None:
    row = await harness.alert("Росія допомагає КНДР")
    for action in ("split-", "split-x", "join-1"):
        assert await harness.popup(harness.press(row, action, ADMIN)) == await stale(harness, row)
    # below an alert there is no such button: what it would act on is the story that an answer is about
    assert (await harness.popup(harness.press(row, "split-1", ADMIN))).startswith("That has changed")


async def stale(harness: BotHarness, row: Delivery) -> str:
    return await harness.popup(harness.press(row, "nothing", ADMIN))
