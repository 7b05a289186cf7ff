"""Articles, verdicts, stories."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.store_samples import NOW, after, article
from sqlalchemy.exc import IntegrityError

from monitor.errors import StoreError
from monitor.model import (
    GroupedArticle,
    GroupingDecision,
    GroupingDeed,
    Hit,
    JoinReason,
    JoinRule,
    Member,
    Relation,
    Verdict,
    Zone,
    ZoneSpan,
)
from monitor.store import Database, Transaction

HIT = Hit("КНДР", "КНДР", 3, 7, Zone.TITLE, "exact", "КНДР", (0, 30))
MATCHED = Verdict("arms", matched=True, reason="1 of 3 terms", terms=("КНДР",), hits=(HIT,))
MISSED = Verdict("sport", matched=False, reason="vetoed by футбол", terms=("КНДР",), hits=(HIT, HIT))
SILENT = Verdict("weather", matched=False, reason="no term")


def stored(tx: Transaction, key: str, **changes: object) -> int:
    return tx.add_article(article(key, **changes))


def test_an_article_comes_back_as_it_was_stored(store: Database) -> None:
    zones = (ZoneSpan(Zone.TITLE, 0, 5), ZoneSpan(Zone.BODY, 5, 40))
    full = article("a1", zones=zones, author="А. Б.", published=after(-60), guid="g", from_summary="consent wall")
    bare = article("a2", url=None, title="", language="und")
    with store.begin() as tx:
        one, two = tx.add_article(full), tx.add_article(bare)
    with store.begin() as tx:
        assert tx.article_by_key("a1") == replace(full, id=one)
        assert tx.article_by_key("a2") == replace(bare, id=two)
        assert tx.article_by_key("a3") is None


def test_characters_that_no_database_takes_keep_the_offsets(store: Database) -> None:
    odd = article("a\x00", title="Про\x00зброю", text="\ud83d a \U0001f680", author="x\x00")
    with store.begin() as tx:
        tx.add_article(odd)
        found = tx.article_by_key("a\x00")
    assert found is not None
    assert found.document == "Про\ufffdзброю\n\n\ufffd a \U0001f680"
    assert len(found.document) == len(odd.document)


def test_a_known_article_gets_the_new_text(store: Database) -> None:
    first = article("a1", published=after(-60), guid="g1", from_summary="time-out")
    with store.begin() as tx:
        one = tx.add_article(first)
        later = article("a1", text="Новий текст.", source="Other", seen_at=after(90), published=None, guid="g2")
        assert tx.add_article(later) == one
        assert tx.article_by_key("a1") == replace(first, id=one, text="Новий текст.", from_summary=None)


@pytest.mark.parametrize("changes", [{"key": ""}, {"seen_at": None}])
def test_an_article_needs_key_and_time(store: Database, changes: dict[str, object]) -> None:
    with store.begin() as tx, pytest.raises(ValueError, match="needs key and seen_at"):
        tx.add_article(article(**{"key": "a1"} | changes))  # type: ignore[arg-type]


def test_a_time_without_an_offset_is_refused(store: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(Exception, match="without an offset"), store.begin() as tx:
        tx.add_article(article("a1", seen_at=naive))


def test_matched_verdicts_and_near_misses_are_kept(store: Database) -> None:
    with store.begin() as tx:
        story, one = tx.create_story(NOW), stored(tx, "a1")
        tx.join_story(story, one, Relation.FIRST, (), NOW)
        tx.add_verdicts(one, [MATCHED, MISSED, SILENT])
        assert tx.verdicts_of(story) == [(one, MATCHED)]
        tx.add_verdicts(one, iter([replace(MATCHED, watchlist="b"), replace(MATCHED, watchlist="a")]))
        assert [verdict.watchlist for _, verdict in tx.verdicts_of(story)] == ["a", "b"]
        tx.add_verdicts(one, [])
        assert tx.verdicts_of(story) == []


def test_verdicts_of_a_related_article_are_not_the_storys(store: Database) -> None:
    with store.begin() as tx:
        story, one, two = tx.create_story(NOW), stored(tx, "a1"), stored(tx, "a2")
        tx.join_story(story, one, Relation.RELATED, (), NOW)
        tx.join_story(story, two, Relation.FIRST, (), NOW)
        for article_id in (one, two):
            tx.add_verdicts(article_id, [MATCHED])
        assert [article_id for article_id, _ in tx.verdicts_of(story)] == [two]


def test_a_story_shows_its_members_oldest_first(store: Database) -> None:
    with store.begin() as tx:
        story = tx.create_story(NOW)
        late = stored(tx, "late", published=after(50), url=None)
        seen = stored(tx, "seen", seen_at=after(-5), language="en", source="Yonhap", title="N.K.")
        early = stored(tx, "early", published=after(-900))
        tx.join_story(story, late, Relation.FIRST, (), NOW)
        tx.join_story(story, seen, Relation.COPY, ["KCNA", "AP"], after(10))
        tx.join_story(story, early, Relation.SAME, (), after(5))
        found = tx.story(story)
        assert (found.created_at, found.updated_at, found.muted) == (NOW, after(10), False)
        assert [member.article_id for member in found.members] == [early, seen, late]
        assert found.members[1] == Member(
            article_id=seen,
            source="Yonhap",
            language="en",
            title="N.K.",
            url="https://site.example/seen",
            at=after(-5),
            relation=Relation.COPY,
            cites=("KCNA", "AP"),
        )


@pytest.mark.parametrize("relation", [Relation.FIRST, Relation.COPY, Relation.SAME, Relation.VERSION])
def test_joining_again_updates_citations_and_keeps_the_relation(store: Database, relation: Relation) -> None:
    with store.begin() as tx:
        story, one = tx.create_story(NOW), stored(tx, "a1")
        tx.join_story(story, one, relation, (), NOW)
        tx.join_story(story, one, Relation.VERSION, ("AP",), after(-5))
        found = tx.story(story)
        assert [(member.relation, member.cites) for member in found.members] == [(relation, ("AP",))]
        assert found.updated_at == NOW


def test_a_related_article_may_join(store: Database) -> None:
    with store.begin() as tx:
        story, one = tx.create_story(NOW), stored(tx, "a1")
        tx.join_story(story, one, Relation.RELATED, (), NOW)
        tx.join_story(story, one, Relation.SAME, (), NOW)
        assert [member.relation for member in tx.story(story).members] == [Relation.SAME]


def test_a_story_that_is_not_there_is_an_error(store: Database) -> None:
    with store.begin() as tx, pytest.raises(StoreError, match="no story 7"):
        tx.story(7)


def test_an_article_cannot_join_what_is_not_there(store: Database) -> None:
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.join_story(7, stored(tx, "a1"), Relation.FIRST, (), NOW)
    with store.begin() as tx:
        assert tx.article_by_key("a1") is None


def test_an_article_has_one_story_and_opens_one(store: Database) -> None:
    with store.begin() as tx:
        one, two = tx.add_article(article("a1")), tx.add_article(article("a2"))
        first = tx.create_story(NOW, one)
        assert tx.create_story(NOW, one) == first
        assert tx.join_story(first, one, Relation.FIRST, (), NOW) == first
        other = tx.create_story(NOW, two)
        assert other != first
        assert tx.join_story(other, one, Relation.SAME, (), NOW) == first
        assert [member.article_id for member in tx.story(other).members] == []
        assert tx.story(first).opened_by == one
        tx.join_story(other, one, Relation.RELATED, (), NOW)
        assert tx.join_story(other, one, Relation.SAME, (), NOW) == first
        assert tx.story_of(one) == first
        assert tx.story_of(two) is None
        assert [member.relation for member in tx.story(other).members] == [Relation.RELATED]


# --------------------------------------------------------------------------- by hand


def _told(tx: Transaction, *keys: str) -> tuple[int, list[int]]:
    """Write a story of articles, each of which joined by the one before."""
    ids = [stored(tx, key) for key in keys]
    story = tx.create_story(NOW, ids[0])
    for ident, of in zip(ids, [ids[0], *ids], strict=False):
        relation = Relation.FIRST if ident == of else Relation.SAME
        tx.join_story(story, ident, relation, (), NOW)
        tx.keep_reason(story, ident, JoinReason(JoinRule.OPENED if ident == of else JoinRule.WORDS, of))
    return story, ids


def test_articles_that_are_split_off_open_a_story_of_their_own(store: Database) -> None:
    with store.begin() as tx:
        story, ids = _told(tx, "a1", "a2", "a3")
        own = tx.split_story(story, ids[1:], after(60))
        assert own != story
        assert [member.article_id for member in tx.story(story).members] == ids[:1]
        first, second = tx.story(own).members
        assert (first.relation, first.reason) == (Relation.FIRST, JoinReason(JoinRule.SPLIT, ids[1]))
        assert (second.relation, second.reason) == (Relation.SAME, JoinReason(JoinRule.WORDS, ids[1]))
        assert tx.story(own).updated_at == tx.story(story).updated_at == after(60)


def test_a_story_that_was_merged_can_be_split_off_again(store: Database) -> None:
    with store.begin() as tx:
        kept, ours = _told(tx, "a1")
        gone, theirs = _told(tx, "b1", "b2")
        tx.join_story(kept, theirs[0], Relation.RELATED, (), NOW)
        tx.merge_stories(kept, gone, after(60))
        assert [member.article_id for member in tx.story(kept).members] == [*ours, *theirs]
        assert tx.story(gone).members == ()
        moved = tx.story(kept).members[1]
        assert (moved.relation, moved.reason) == (Relation.SAME, JoinReason(JoinRule.OPERATOR, ours[0]))
        assert tx.split_story(kept, theirs, after(90)) == gone
        assert [member.article_id for member in tx.story(gone).members] == theirs


def test_decisions_by_hand_outlive_their_articles(store: Database) -> None:
    one = GroupedArticle("Ukrinform", "uk", "Про зброю", "Перший абзац.", None, NOW)
    decision = GroupingDecision(GroupingDeed.SPLIT, 7, after(5), one, replace(one, url="https://x.example/2"))
    with store.begin() as tx:
        assert tx.grouping_decisions() == []
        tx.keep_grouping(decision)
    with store.begin() as tx:
        assert tx.grouping_decisions() == [decision]
