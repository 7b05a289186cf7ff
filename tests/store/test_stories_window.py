"""What is kept of live articles."""

from __future__ import annotations

from datetime import datetime, timedelta

from doubles.store_samples import NOW, after, article

from monitor.model import KeptFeatures, LiveArticle, Relation
from monitor.store import Database, Transaction

KEPT = KeptFeatures(1, "catalogue", b"\x00features\xff")


def stored(tx: Transaction, key: str, at: datetime, *stories: int, relation: Relation = Relation.SAME) -> int:
    article_id = tx.add_article(article(key, seen_at=at))
    for story in stories:
        tx.join_story(story, article_id, relation, (), at)
    return article_id


def test_live_articles_come_with_their_story_and_with_what_is_kept(store: Database) -> None:
    with store.begin() as tx:
        first, second = tx.create_story(NOW), tx.create_story(NOW)
        old, one = stored(tx, "o", after(-9), first), stored(tx, "a", NOW, first)
        two, alone = stored(tx, "b", after(5), second), stored(tx, "c", after(6))
        tx.join_story(first, two, Relation.RELATED, (), NOW)
        tx.join_story(first, alone, Relation.RELATED, (), NOW)
        tx.keep_features([(one, NOW, KEPT)])
        assert tx.live_ids(NOW) == [one, two, alone]
        assert tx.live_ids(after(-99)) == [old, one, two, alone]
        assert tx.live_ids(after(99)) == []
        assert tx.live_articles([two, one, alone]) == [LiveArticle(one, first, KEPT), LiveArticle(two, second, None)]
        assert tx.live_articles([]) == []
        assert [found.key for found in tx.articles([two, old, 999])] == ["o", "b"]


def test_an_edited_article_lives_on_and_what_is_kept_of_it_is_replaced(store: Database) -> None:
    newer = KeptFeatures(2, "another", b"")
    with store.begin() as tx:
        one = stored(tx, "a", after(-9), tx.create_story(NOW))
        tx.keep_features([(one, after(-9), KEPT)])
        assert tx.live_ids(NOW) == []
        tx.keep_features([(one, after(1), newer)])
        tx.keep_features([])
        assert tx.live_ids(NOW) == [one]
        assert tx.live_articles([one])[0].kept == newer


def test_articles_that_another_catalogue_read_are_found(store: Database) -> None:
    with store.begin() as tx:
        ids = [stored(tx, key, after(at), tx.create_story(NOW)) for key, at in (("a", 0), ("b", 1), ("c", -9))]
        tx.keep_features((ident, after(at), KEPT) for ident, at in zip(ids, (0, 1, -9), strict=True))
        assert tx.outdated_ids(NOW, "catalogue") == []
        assert tx.outdated_ids(NOW, "other") == ids[:2]
        tx.keep_features([(ids[0], NOW, KeptFeatures(1, "other", b""))])
        assert tx.outdated_ids(NOW, "other") == [ids[1]]


def test_what_is_kept_goes_a_day_after_the_window_and_with_its_article(store: Database) -> None:
    with store.begin() as tx:
        ids = [stored(tx, key, NOW, tx.create_story(NOW)) for key in ("a", "b")]
        left = NOW - timedelta(hours=97)
        tx.keep_features(zip(ids, (left, NOW - timedelta(hours=95)), (KEPT, KEPT), strict=True))
        tx.clean_up(NOW - timedelta(days=400))
        assert [live.kept for live in tx.live_articles(ids)] == [None, KEPT]
        assert [found.id for found in tx.articles(ids)] == ids
