"""What reports are counted from: the alerts of the last days, and when their articles were seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.store_samples import NOW, add, after, alert, article

from monitor.model import MessageKind, NewDelivery, Relation
from monitor.store import Database, Transaction, reports


def alert_of(tx: Transaction, story: int, channel: str = "desk", *, at: float = 0.0) -> int:
    new = NewDelivery(channel, f"alert:{story}:Arms:{channel}", alert(f"{story}"), story_id=story)
    added = tx.add_delivery(new, after(at))
    assert added is not None
    return added


@pytest.mark.parametrize("page", [1, 2, 500])
def test_alerts_since_are_the_newest_first_and_nothing_else(
    store: Database, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(reports, "_PAGE", page)
    with store.begin() as tx:
        stories = [tx.create_story(NOW) for _ in range(6)]
        rows = [alert_of(tx, story, at=10.0 * story) for story in stories]
        add(tx, "notice:desk:1", alert=alert(kind=MessageKind.NOTICE))
        add(tx, "alert:not one by its name", alert=alert(kind=MessageKind.REPLY))
        aside = alert_of(tx, stories[0], "aside", at=100)
        assert [row.id for row in tx.alerts_since(after(30))] == [aside, *rows[:2:-1]]
        assert [row.id for row in tx.alerts_since(after(30), channels=["desk"])] == rows[:2:-1]
        assert [row.id for row in tx.alerts_since(after(-1), limit=2)] == [aside, rows[-1]]
        assert tx.alerts_since(after(100)) == []
        assert tx.alerts_since(after(-1), channels=[]) == []


@pytest.mark.parametrize("page", [1, 500])
def test_sightings_are_of_the_article_that_raised_the_alert(
    store: Database, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(reports, "_PAGE", page)
    with store.begin() as tx:
        one, two = tx.create_story(NOW), tx.create_story(NOW)
        for key, story, published, seen in (
            ("first", one, -600, 0),
            ("that raised it", one, -60, 20),
            ("later", one, -30, 90),
            ("undated", two, None, 5),
        ):
            moment = None if published is None else after(published)
            ident = tx.add_article(article(key, published=moment, seen_at=after(seen)))
            tx.join_story(story, ident, Relation.FIRST, (), after(seen))
        rows = [
            alert_of(tx, one, at=30),
            alert_of(tx, one, "aside", at=10),
            alert_of(tx, two, at=10),
            add(tx, "notice:1"),
        ]
        found = [row for row in (tx.delivery(ident) for ident in rows) if row is not None]
        assert tx.sightings(found) == {
            rows[0]: (after(-60), after(20)),
            rows[1]: (after(-600), NOW),
            rows[2]: (None, after(5)),
        }
        assert tx.sightings([]) == {}


def test_a_clock_that_was_set_back_hides_no_page(store: Database) -> None:
    """Only a whole page of older rows ends the search."""
    with store.begin() as tx:
        stories = [tx.create_story(NOW) for _ in range(3)]
        rows = [alert_of(tx, story, at=seconds) for story, seconds in zip(stories, (0, -9000, 10), strict=True)]
        assert [row.id for row in tx.alerts_since(NOW - timedelta(hours=1))] == [rows[2], rows[0]]


def test_feedback_of_alerts(store: Database) -> None:
    with store.begin() as tx:
        rows = [alert_of(tx, tx.create_story(NOW)) for _ in range(3)]
        for row in rows[:2]:
            story = tx.delivery(row)
            assert story is not None
            tx.amend_delivery(row, replace(story.alert, watchlist="Arms"), NOW)
        for row, user, useful in ((rows[0], 1, True), (rows[0], 2, True), (rows[0], 3, False), (rows[1], 1, False)):
            assert tx.save_feedback(row, user, useful=useful, now=NOW)
        assert tx.feedback_of(tx.deliveries()) == {rows[0]: (2, 1), rows[1]: (0, 1)}
        assert tx.feedback_of([]) == {}
