"""Gaps of sources, and what refills them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from doubles.store_samples import NOW, after, article, entry, record, source

from monitor.model import Gap, GapState, RefillRecord, RobotsSitemaps, SourceState
from monitor.store import Database, Transaction

GAP = Gap(after(-3600), after(-60))


def watched(tx: Transaction, *names: str) -> list[SourceState]:
    tx.sync_sources([source(name, url=f"https://press.example/{name}") for name in names], NOW)
    return tx.source_states()


def page(number: int, **changes: object) -> object:
    link = f"https://press.example/world/{number}"
    values: dict[str, object] = {"guid": None, "link": link, "published": after(-number), "refilled": True}
    return entry(f"url:press.example/world/{number}", **(values | changes))


def test_a_gap_is_kept_and_due_until_it_is_refilled(store: Database) -> None:
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        assert tx.gap_state(state.id) is None
        tx.open_gap(state.id, GAP, 12, NOW)
        assert tx.gap_state(state.id) == GapState(GAP, NOW, 12, refill_at=NOW)
        assert tx.gap_states() == {state.id: GapState(GAP, NOW, 12, refill_at=NOW)}
        assert tx.due_refills(NOW, 9) == [(state.id, "A")]
        assert tx.due_refills(after(-1), 9) == []
        closed = tx.record_refill(
            RefillRecord(state.id, after(5), GAP, (page(3), page(2)), after(-2.5), unaccounted=1, reason="why")  # type: ignore[arg-type]
        )
        assert closed == GapState(GAP, NOW, 12, None, 1, 2, 1, "why")
        assert tx.gap_state(state.id) == closed
        assert tx.due_refills(after(99), 9) == []
        assert [(each.entry.published, each.late) for each in tx.due_entries(after(9), 9)] == [
            (after(-3), True),
            (after(-2), False),
        ]
        assert tx.record_refill(RefillRecord(state.id, after(9), GAP, (page(4),))) is None  # type: ignore[arg-type]
        assert tx.pending_count() == 2


def test_a_second_gap_joins_one_that_is_open_and_follows_one_that_is_closed(store: Database) -> None:
    second = Gap(after(300), after(600))
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        tx.open_gap(state.id, GAP, 12, NOW)
        tx.open_gap(state.id, second, 5, after(700))
        both = Gap(GAP.since, second.until)
        assert tx.gap_state(state.id) == GapState(both, NOW, 17, refill_at=after(700))
        kept = tx.record_refill(RefillRecord(state.id, after(701), GAP, (page(1),), unaccounted=0))  # type: ignore[arg-type]
        assert kept == GapState(both, NOW, 17, refill_at=after(701), refilled=1)  # it grew while it was refilled
        tx.record_refill(RefillRecord(state.id, after(702), both, unaccounted=0))
        tx.open_gap(state.id, second, 5, after(800))
        assert tx.gap_state(state.id) == GapState(second, after(800), 5, refill_at=after(800))


def test_a_source_that_is_configured_no_more_is_not_refilled(store: Database) -> None:
    with store.begin() as tx:
        state, _ = watched(tx, "A", "B")
        tx.open_gap(state.id, GAP, 12, NOW)
        watched(tx, "B")
        assert tx.due_refills(NOW, 9) == []
        assert tx.gap_states() == {}


def test_other_sitemaps_are_asked_at_once(store: Database) -> None:
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        tx.open_gap(state.id, GAP, 12, NOW)
        tx.record_refill(RefillRecord(state.id, NOW, GAP, refill_at=after(999), reason="down"))
        there = replace(state.source, sitemap=("https://press.example/{year}.xml", "https://press.example/last.xml"))
        tx.sync_sources([there], after(5))
        assert tx.due_refills(after(5), 9) == [(state.id, "A")]
        assert tx.source_states()[0].source == there
        tx.sync_sources([there], after(6))
        assert tx.due_refills(after(5), 9) == [(state.id, "A")]


def test_pages_of_any_source_of_the_site_are_known(store: Database) -> None:
    with store.begin() as tx:
        one, two = watched(tx, "A", "B")
        tx.sync_sources([one.source, two.source, source("Far", url="https://other.example/rss")], NOW)
        far = next(each for each in tx.source_states() if each.source.name == "Far")
        tx.record_poll(record(one.id, entry("g1", link="https://www.press.example/world/1/?utm_source=rss")))
        tx.record_poll(record(two.id, entry("g2", link="http://press.example/world/2")))
        tx.record_poll(record(far.id, entry("g3", link="https://press.example/world/3")))
        tx.add_article(article("url:press.example/world/4"))
        found = tx.unknown_pages(one, [page(number) for number in (1, 2, 3, 4, 5, 5, 6)])  # type: ignore[misc]
        assert [each.link for each in found] == [f"https://press.example/world/{number}" for number in (6, 5, 3)]
        undated = tx.unknown_pages(one, [page(7, published=None), page(8)])  # type: ignore[list-item]
        assert [each.link for each in undated] == [f"https://press.example/world/{number}" for number in (8, 7)]


def test_many_pages_are_looked_up(store: Database) -> None:
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        tx.record_poll(record(state.id, *(page(number) for number in range(600))))  # type: ignore[arg-type]
        found = tx.unknown_pages(state, [page(number) for number in range(1_100)])  # type: ignore[misc]
        assert len(found) == 500


def test_what_is_known_of_a_source(store: Database) -> None:
    with store.begin() as tx:
        state, other = watched(tx, "A", "B")
        assert tx.newest_published(state.id, NOW) is None
        dated = [entry(f"k{n}", link=f"https://press.example/{n}", published=after(n)) for n in (-9, -5, 400)]
        tx.record_poll(record(state.id, *dated, entry("k", link=None)))
        assert tx.newest_published(state.id, NOW) == after(-5)
        assert tx.entry_count(state.id, 9) == 4
        assert tx.entry_count(state.id, 2) == 2
        assert tx.recent_links(state.id, 2) == [
            ("https://press.example/400", after(400)),
            ("https://press.example/-5", after(-5)),
        ]
        assert tx.recent_links(other.id, 2) == []


def test_what_robots_txt_names_is_kept(store: Database) -> None:
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        assert tx.robots_sitemaps(state.id) == RobotsSitemaps()
        found = RobotsSitemaps(("https://press.example/news.xml",), NOW)
        tx.save_robots_sitemaps(state.id, found)
        assert tx.robots_sitemaps(state.id) == found


def test_known_entries_of_a_body_are_counted(store: Database) -> None:
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        tx.record_poll(record(state.id, entry("k1"), entry("k2")))
        assert tx.recognise(state.id, [entry("k1"), entry("k2", digest="d2", title="other"), entry("k3")]).known == 2
        assert tx.recognise(state.id, [entry("k8"), entry("k9")]).known == 0


def test_a_refill_moves_with_the_clock_and_never_waits_for_long(store: Database) -> None:
    with store.begin() as tx:
        (state,) = watched(tx, "A")
        tx.open_gap(state.id, GAP, 12, NOW)
        tx.save_robots_sitemaps(state.id, RobotsSitemaps((), NOW))
        tx.shift_schedule(500.0)
        kept = tx.gap_state(state.id)
        assert kept is not None
        assert (kept.gap, kept.found_at, kept.refill_at) == (GAP, after(500), after(500))
        assert tx.robots_sitemaps(state.id).at == after(500)
        tx.record_refill(RefillRecord(state.id, NOW, GAP, refill_at=NOW + timedelta(days=400)))
        tx.pull_in(NOW)
        assert tx.due_refills(NOW, 9) == [(state.id, "A")]
