"""Which hub each source is subscribed at."""

from __future__ import annotations

from datetime import timedelta

from doubles.store_samples import NOW, after, record, source

from monitor.model import Hub, Source, Subscription
from monitor.store import Database

HUB = Hub("https://hub.example/", "https://paper.example/rss")
OTHER = Hub("https://other.example/", HUB.topic)


def add(store: Database, *sources: Source) -> list[int]:
    with store.begin() as tx:
        tx.sync_sources(sources, NOW)
        return [state.id for state in tx.source_states()]


def rows(store: Database) -> list[Subscription]:
    with store.begin() as tx:
        return tx.subscriptions()


def test_a_feed_that_names_a_hub_gets_a_row_of_its_own(store: Database) -> None:
    add(store, source("A"), source("B"))
    with store.begin() as tx:
        ids = [state.id for state in tx.source_states()]
        for ident in ids:
            tx.follow_hub(ident, HUB, NOW)
            tx.follow_hub(ident, HUB, after(60))
    found = rows(store)
    assert [row.source_id for row in found] == ids
    assert {(row.hub, row.topic, row.wanted, row.next_at) for row in found} == {(HUB.url, HUB.topic, True, NOW)}
    assert len({text for row in found for text in (row.path, row.secret)}) == 4
    assert min(len(row.path) for row in found) == 43
    with store.begin() as tx:
        assert tx.subscription(found[0].path) == found[0]
        assert tx.subscription("x") is None


def test_another_hub_or_none_ends_it(store: Database) -> None:
    (ident,) = add(store, source("A"))
    with store.begin() as tx:
        tx.follow_hub(ident, HUB, NOW)
        tx.follow_hub(ident, OTHER, after(60))
    assert [(row.hub, row.wanted, row.next_at) for row in rows(store)] == [
        (HUB.url, False, after(60)),
        (OTHER.url, True, after(60)),
    ]
    with store.begin() as tx:
        tx.follow_hub(ident, HUB, after(90))
    assert [(row.hub, row.wanted) for row in rows(store)] == [(HUB.url, True), (OTHER.url, False)]
    with store.begin() as tx:
        tx.follow_hub(ident, None, after(99))
    assert not any(row.wanted for row in rows(store))


def test_that_of_a_source_which_goes_is_not_wanted(store: Database) -> None:
    (ident,) = add(store, source("A"))
    with store.begin() as tx:
        tx.follow_hub(ident, HUB, NOW)
        tx.update_subscription(tx.subscriptions()[0].id, next_at=after(900), failures=2, error="x")
        assert tx.due_subscriptions(NOW, 9) == []
        tx.sync_sources([], NOW)
        tx.end_subscriptions(NOW)
        (row,) = tx.due_subscriptions(NOW, 9)
        assert (row.wanted, row.failures, row.error) == (False, 0, None)
        tx.delete_subscription(row.id)
        assert tx.subscriptions() == []


def test_a_source_is_woken_but_not_in_its_pause(store: Database) -> None:
    (ident,) = add(store, source("A"))
    with store.begin() as tx:
        assert not tx.wake_source(ident, NOW), "it is due already"
        tx.record_poll(record(ident, at=NOW, next_poll_at=after(180)))
        assert tx.wake_source(ident, after(3))
        assert tx.source_states()[0].next_poll_at == after(10)
        assert not tx.wake_source(ident, after(4)), "one poll for many reports"
        tx.record_poll(record(ident, at=after(10), next_poll_at=after(190), failures=1, error="it is closed"))
        assert not tx.wake_source(ident, after(60))
        tx.record_poll(record(ident, at=after(190), next_poll_at=after(370)))
        assert tx.wake_source(ident, after(300))
        assert tx.source_states()[0].next_poll_at == after(300)
        tx.sync_sources([], NOW)
        assert not tx.wake_source(ident, after(400))


def test_leases_move_with_the_clock(store: Database) -> None:
    (ident,) = add(store, source("A"))
    with store.begin() as tx:
        tx.follow_hub(ident, HUB, NOW)
        tx.update_subscription(tx.subscriptions()[0].id, expires_at=after(900))
        tx.shift_schedule(3600)
        (row,) = tx.subscriptions()
    assert (row.next_at, row.expires_at) == (after(3600), after(900) + timedelta(hours=1))
