"""Terms in force, since when, and which of them match nothing."""

from __future__ import annotations

from datetime import timedelta

from doubles.store_samples import NOW

from monitor.model import Hit, Verdict, Zone
from monitor.store import Database
from monitor.store.watched_terms import UnmatchedTerm

DAY = timedelta(days=1)
TERMS = [("Arms", "missile"), ("Arms", "x" * 900), ("Зброя", "ракета")]


def verdict(watchlist: str, *terms: str) -> Verdict:
    return Verdict(watchlist, matched=False, reason="", hits=tuple(Hit(term, term, 0, 1, Zone.TITLE) for term in terms))


def test_a_term_is_in_force_since_it_was_first_seen(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_terms(TERMS, NOW)
        tx.sync_terms([*TERMS, ("Arms", "bomb")], NOW + DAY)
        assert [(one.watchlist, one.term[:7]) for one in tx.unmatched_terms(NOW + DAY)] == [
            ("Arms", "missile"),
            ("Arms", "xxxxxxx"),
            ("Зброя", "ракета"),
        ]
        tx.sync_terms(TERMS[:1], NOW + DAY)
        assert tx.unmatched_terms(NOW + 2 * DAY) == [UnmatchedTerm("Arms", "missile", NOW)]
        tx.sync_terms(TERMS, NOW + 3 * DAY)  # what was away begins anew
        assert [one.since for one in tx.unmatched_terms(NOW + 9 * DAY)] == [NOW, NOW + 3 * DAY, NOW + 3 * DAY]


def test_a_match_is_noted_once_a_day(store: Database) -> None:
    with store.begin() as tx:
        tx.sync_terms(TERMS, NOW)
        tx.note_terms([], NOW)
        tx.note_terms([verdict("Arms"), verdict("Gone", "missile")], NOW)
        assert len(tx.unmatched_terms(NOW + DAY)) == 3
        for hours in (48, 60, 73):
            tx.note_terms([verdict("Arms", "missile", "x" * 900)], NOW + timedelta(hours=hours))
        since = {one.term[:7]: one.since for one in tx.unmatched_terms(NOW + 9 * DAY)}
        assert since == {"ракета": NOW, "missile": NOW + timedelta(hours=73), "xxxxxxx": NOW + timedelta(hours=73)}


def test_what_operators_know_is_not_said_again_until_the_term_matches(store: Database) -> None:
    with store.begin() as tx:
        tx.tell_terms([], NOW)
        tx.sync_terms(TERMS[:1], NOW)
        (term,) = tx.untold_terms(NOW + DAY)
        tx.tell_terms([term], NOW + DAY)
        assert tx.untold_terms(NOW + DAY) == []
        assert tx.unmatched_terms(NOW + DAY) == [term]
        tx.note_terms([verdict("Arms", "missile")], NOW + 2 * DAY)
        assert tx.untold_terms(NOW + 3 * DAY) == [UnmatchedTerm("Arms", "missile", NOW + 2 * DAY)]
