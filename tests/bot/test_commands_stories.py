"""/split and /merge: what they change, and what they leave."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from doubles.command_harness import ADMIN, CommandHarness

from monitor.bot.commands import answer
from monitor.model import Article, GroupingDeed, JoinReason, JoinRule, MessageKind, MuteKind, Relation, State, Verdict


def joined(desk: CommandHarness, story: int, key: str, of: int, source: str = "Yonhap", *, matched: bool = True) -> int:
    """Add an article to a story; return its id."""
    now = desk.clock.now()
    with desk.store.begin() as tx:
        made = Article(
            f"https://news.example/{key}", f"Title {key}", "DPRK and its ICBM.", source, "en", key=key,
            published=now - timedelta(seconds=60), seen_at=now,
        )  # fmt: skip
        ident = tx.add_article(made)
        verdict = Verdict("DPRK arms", matched=matched, reason="1 term", terms=("DPRK",))
        tx.add_verdicts(ident, [verdict] if matched else [])
        tx.join_story(story, ident, Relation.SAME, (), now)
        tx.keep_reason(story, ident, JoinReason(JoinRule.WORDS, of))
    return ident


def opener(desk: CommandHarness, story: int) -> int:
    with desk.store.begin() as tx:
        return tx.story(story).members[0].article_id


async def test_an_article_is_split_off_with_what_joined_by_it_and_raises_its_alert(desk: CommandHarness) -> None:
    story = desk.story("Перша подія")
    first = opener(desk, story)
    second = joined(desk, story, "b1", first)
    third = joined(desk, story, "b2", second)
    told = await desk.ask(f"/split #{second}")
    assert told == f"«Title b1» is a story of its own now, no longer in story {story}."
    with desk.store.begin() as tx:
        own = tx.story_of(second)
        assert own not in (None, story)
        assert own == tx.story_of(third)
        (old,) = tx.deliveries_of(story)
        assert old.alert.news == "Yonhap is a story of its own now"
        assert [member.article_id for member in old.alert.members] == [first]
        (new,) = tx.deliveries_of(own or 0)
        assert (new.alert.kind, new.alert.headline, new.state) == (MessageKind.ALERT, "Title b1", State.READY)
        (decision,) = tx.grouping_decisions()
        assert (decision.deed, decision.user) == (GroupingDeed.SPLIT, ADMIN)
        assert (decision.one.title, decision.other.title) == ("Title b1", "Перша подія")
    assert desk.live.regrouped == {story, own}


async def test_a_split_happens_whole_or_not_at_all(desk: CommandHarness) -> None:
    """A process that is killed before the commit leaves nothing; the command is answered again."""
    story = desk.story("Перша подія")
    second = joined(desk, story, "b1", opener(desk, story))
    found = await answer(desk.request(f"/split {second}"), desk.desk)
    assert found is not None
    assert found.effects is not None
    with contextlib.suppress(KeyboardInterrupt), desk.store.begin() as tx:
        found.effects(tx)
        raise KeyboardInterrupt
    with desk.store.begin() as tx:
        assert tx.story_of(second) == story
        assert tx.grouping_decisions() == []
        assert [row.alert.news for row in tx.deliveries_of(story)] == [None]
    await desk.ask(f"/split {second}")
    with desk.store.begin() as tx:
        assert len(tx.grouping_decisions()) == 1


async def run_late(desk: CommandHarness, *commands: str) -> list[str | None]:
    """Make the answers to commands before any of them takes effect, as two admins may have them made.

    Return what each says in place of that.
    """
    said: list[str | None] = []
    found = [await answer(desk.request(command), desk.desk) for command in commands]
    for each in found:
        assert each is not None
        assert each.effects is not None
        with desk.store.begin() as tx:
            instead = each.effects(tx)
        said.append(None if instead is None else "".join(run.text for line in instead for run in line))
    return said


async def test_of_two_splits_at_once_the_later_does_nothing(desk: CommandHarness) -> None:
    story = desk.story("Перша подія")
    second = joined(desk, story, "b1", opener(desk, story))
    said = await run_late(desk, f"/split {second}", f"/split {second}")
    assert said == [None, f"Somebody moved article {second} in the meantime: it is in story {story + 1} now."]
    with desk.store.begin() as tx:
        assert len(tx.grouping_decisions()) == 1
        assert len(tx.deliveries_of(tx.story_of(second) or 0)) == 1


async def test_of_two_merges_at_once_the_later_does_nothing(desk: CommandHarness) -> None:
    """The younger story's message goes on pointing to where its articles are."""
    one, other, gone = desk.story("Перша подія"), desk.story("Інша подія"), desk.story("Та сама подія")
    said = await run_late(desk, f"/merge {one} {gone}", f"/merge {other} {gone}")
    assert said == [None, f"Somebody merged story {gone} in the meantime: it has no articles any more."]
    with desk.store.begin() as tx:
        assert tx.deliveries_of(gone) == []
        (_, row) = tx.deliveries_of(one)
        assert row.alert.pointer
        assert row.alert.follows is not None
        assert (row.alert.follows.story, row.alert.follows.title) == (one, "Перша подія")
        assert len(tx.grouping_decisions()) == 1
        assert len(tx.story(other).members) == 1
    said = await run_late(desk, f"/merge {one} {other}", f"/merge {other} {one}")
    assert said[1] == f"Somebody merged story {other} in the meantime: it has no articles any more."
    with desk.store.begin() as tx:
        assert len(tx.grouping_decisions()) == 2


async def test_an_article_that_is_alone_by_now_is_split_no_further(desk: CommandHarness) -> None:
    story = desk.story("Перша подія")
    first, second = opener(desk, story), joined(desk, story, "b1", 999)
    said = await run_late(desk, f"/split {first}", f"/split {second}")
    assert said == [None, f"Article {second} opened story {story}: take the others out of it."]


async def test_what_cannot_be_split(desk: CommandHarness) -> None:
    story = desk.story("Перша подія")
    first = opener(desk, story)
    assert (await desk.ask("/split")).startswith("Write the number of the article")
    assert (await desk.ask("/split 1 2")).startswith("Write the number of the article")
    assert (await desk.ask("/split one")).startswith("Write the number of the article")
    assert await desk.ask("/split 999") == "I have no article 999 in a story."
    assert (await desk.ask(f"/split {first}")).startswith(f"Article {first} opened story {story}")
    assert desk.live.regrouped == set()


async def test_two_stories_become_the_older_one_and_the_younger_points_to_it(desk: CommandHarness) -> None:
    kept, gone = desk.story("Перша подія"), desk.story("Та сама подія")
    theirs = opener(desk, gone)
    assert await desk.ask(f"/merge {gone} {kept}") == f"Story {gone} is in story {kept} now: «Перша подія»."
    with desk.store.begin() as tx:
        assert tx.story_of(theirs) == kept
        older, younger = tx.deliveries_of(kept)
        assert older.alert.news == "joined by hand: Ukrinform"
        assert len(older.alert.members) == 2
        assert (younger.alert.headline, younger.alert.pointer) == ("Та сама подія", True)
        assert younger.alert.follows is not None
        assert (younger.alert.follows.title, younger.alert.follows.message) == ("Перша подія", older.message_id)
        (decision,) = tx.grouping_decisions()
        assert decision.deed is GroupingDeed.MERGE
    assert desk.live.regrouped == {kept, gone}
    assert await desk.ask(f"/merge {gone} {kept}") == f"There is no story {gone}."


@pytest.mark.parametrize("muted", [0, 1])
async def test_who_merges_is_told_that_one_was_muted(desk: CommandHarness, muted: int) -> None:
    pair = desk.story("Перша подія"), desk.story("Та сама подія")
    with desk.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(pair[muted]), None, 7)
    kept, gone = pair
    (said,) = await run_late(desk, f"/merge {gone} {kept}")
    assert said is not None
    assert said.startswith(f"Story {gone} is in story {kept} now: «Перша подія».")
    assert said.endswith(f"One of both was muted, so all of it is: it is recorded, not sent. /unmute {kept} ends that.")
    assert await desk.ask(f"/unmute {kept}") != f"Story {kept} is not muted."


async def test_in_reply_to_an_alert_one_number_is_enough(desk: CommandHarness) -> None:
    kept, gone = desk.story("Перша подія"), desk.story("Та сама подія")
    with desk.store.begin() as tx:
        (row,) = tx.deliveries_of(kept)
    assert (await desk.ask(f"/merge {gone}", replied=row)).startswith(f"Story {gone} is in story {kept}")


@pytest.mark.parametrize("text", ["/merge", "/merge 1", "/merge 1 1", "/merge 1 2 3", "/merge a b"])
async def test_what_cannot_be_merged(desk: CommandHarness, text: str) -> None:
    assert (await desk.ask(text)).startswith("Write the numbers of two stories")
    assert await desk.ask("/merge 998 999") == "There is no story 998."
