"""What people wrote to the bot, kept until it is handled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from doubles.store_samples import NOW, after

from monitor.store import Database


def test_updates_are_kept_once_and_given_in_order(store: Database) -> None:
    with store.begin() as tx:
        assert tx.store_updates([(8, "b"), (7, "a")], NOW) == 2
        assert tx.store_updates([(8, "another"), (9, "c")], after(5)) == 1
        assert tx.store_updates([], NOW) == 0
    with store.begin() as tx:
        assert tx.open_update_ids(10) == [7, 8, 9]
        assert tx.open_update_ids(2) == [7, 8]
        assert tx.update_bodies([7, 9, 1]) == {7: "a", 9: "c"}


def test_open_updates_are_read_page_by_page(store: Database) -> None:
    with store.begin() as tx:
        tx.store_updates([(9, "a"), (10, "b")], NOW)
        tx.store_updates([(1, "c"), (2, "d"), (3, "e")], after(1))
        assert tx.open_update_ids(2, 9) == [10, 1]
        assert tx.finish_update(1, after(2))
        assert tx.open_update_ids(2, 1) == [2, 3]
        assert tx.open_update_ids(2, 3) == []
        assert tx.update_bodies([1, 2]) == {2: "d"}, "what is handled has none"


def test_numbers_that_begin_anew_come_after_the_older_ones(store: Database) -> None:
    with store.begin() as tx:
        tx.store_updates([(900, "before")], NOW)
        tx.store_updates([(3, "after")], after(1))
        assert tx.open_update_ids(10) == [900, 3]


def test_an_update_is_handled_once(store: Database) -> None:
    with store.begin() as tx:
        tx.store_updates([(7, "a"), (8, "b")], NOW)
        assert tx.finish_update(7, after(1))
        assert not tx.finish_update(7, after(2))
        assert not tx.finish_update(99, after(2))
        assert tx.open_update_ids(10) == [8]
        assert tx.store_updates([(7, "a")], after(3)) == 0  # Telegram gives it again: it was not acknowledged
        assert tx.open_update_ids(10) == [8]


def test_tries_that_failed_are_counted(store: Database) -> None:
    with store.begin() as tx:
        tx.store_updates([(7, "a")], NOW)
        assert [tx.fail_update(7, "x" * 9000), tx.fail_update(7, "y")] == [1, 2]
        tx.finish_update(7, NOW, "given up")
        assert tx.fail_update(7, "z") == 0


def test_only_what_is_handled_is_forgotten(store: Database) -> None:
    old = NOW - timedelta(days=500)
    with store.begin() as tx:
        tx.store_updates([(1, "done long ago"), (2, "still open")], old)
        tx.store_updates([(3, "done today")], NOW)
        tx.finish_update(1, old)
        tx.finish_update(3, NOW)
        assert tx.clean_up(NOW - timedelta(days=400)) == 1
        assert tx.store_updates([(1, "again"), (3, "again")], NOW) == 1


@pytest.mark.parametrize("update_id", [0, 2**31, 2**53])
def test_any_number_that_the_api_gives_is_taken(store: Database, update_id: int) -> None:
    with store.begin() as tx:
        tx.store_updates([(update_id, "a")], NOW)
        assert tx.open_update_ids(1) == [update_id]
