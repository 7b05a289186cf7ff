"""`monitor status`, as a user runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from doubles.command_line import monitor
from doubles.store_samples import record

from monitor.cli import status
from monitor.model import Article, Gap, Hub, RefillRecord, Relocation
from monitor.pipeline import report
from monitor.store import open_store


def test_status_shows_precision_and_mutes(path: Path) -> None:
    found: dict[str, Any] = json.loads(monitor(path, "status", "--json"))
    assert [source["state"] for source in found["sources"]] == ["failing", "new"]
    why = [[source[f"next_poll_{key}"] for key in ("reason", "number", "why")] for source in found["sources"]]
    assert why[0][:2] == ["failures", 2.0]
    assert why[0][2].endswith(": backs off after 2 failures")
    assert why[1] == [None, None, "now"]
    assert found["queue"] == {"entries": 0, "outbox": found["queue"]["outbox"]}
    assert found["queue"]["outbox"]["ready"] == 1
    assert found["judging"]["state"] == "index loading 3000/7442"
    assert found["latency"]["alerts"] == 2
    assert found["latency"]["seen_to_sent"] == {"p50": 4.0, "p95": 4.0, "p99": 4.0, "longest": 4.0}
    assert found["latency"]["published_to_sent"]["p50"] == 64.0
    arms, aid = found["watchlists"]
    assert {key: arms[key] for key in ("terms", "alerts_24h", "alerts_7d", "useful", "not_useful", "precision", "mute")} == {
        "terms": 4, "alerts_24h": 2, "alerts_7d": 2, "useful": 2, "not_useful": 1, "precision": 0.667, "mute": None,
    }  # fmt: skip
    assert aid["mute"]["key"] == "Aid"
    assert aid["terms"] is None
    assert [(mute["kind"], mute["key"]) for mute in found["mutes"]] == [("story", "1"), ("watchlist", "Aid")]


def test_waits_of_hours_are_shown_without_hundredths() -> None:
    assert [status._seconds(each) for each in (1.53, 99.99, 4257.93)] == ["1.53 s", "99.99 s", "4258 s"]


def test_status_on_a_terminal(path: Path) -> None:
    shown = monitor(path, "status")
    assert "the server answered 503" in shown
    assert "backs off after 2 failures" in shown
    assert "queue: 0 entries to read; outbox: 1 ready, 1 sent" in shown
    assert "seen to sent: p50 4.0 s, p95 4.0 s, p99 4.0 s, longest 4.0 s" in shown
    assert "2 of 3 useful (67%)" in shown
    assert "muted until " in shown
    assert "story 1 is muted" in shown
    assert "judging waits: index loading 3000/7442 (" in shown


def test_status_shows_the_last_gap_of_a_source(path: Path) -> None:
    path.write_text("timezone: Asia/Seoul\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    now = datetime.now(UTC)
    gap = Gap(datetime(2026, 11, 29, 6, tzinfo=UTC), datetime(2026, 11, 29, 12, tzinfo=UTC))
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        one, other = tx.source_states()
        tx.open_gap(one.id, gap, 14, now)
        tx.open_gap(other.id, gap, 14, now)
        tx.record_refill(RefillRecord(other.id, now, gap, refill_at=now, reason="the server answered 503"))
    shown = " ".join(monitor(path, "status").split())
    line = "last gap from 2026-11-29 15:00 to 2026-11-29 21:00: 0 articles refilled"
    assert f"{line} so far, the site's sitemaps are asked again at" in shown
    assert "(the server answered 503)" in shown
    with store.begin() as tx:
        tx.record_refill(RefillRecord(one.id, now, gap, unaccounted=0))
        tx.record_refill(RefillRecord(other.id, now, gap, unaccounted=14, reason="robots.txt names none"))
    store.close()
    shown = " ".join(monitor(path, "status").split())
    assert f"{line}, 0 unaccounted" in shown
    assert f"{line}, about 14 unaccounted (robots.txt names none)" in shown
    found = json.loads(monitor(path, "status", "--json"))["sources"][1]["gap"]
    assert found == {
        "since": "2026-11-29T06:00:00+00:00",
        "until": "2026-11-29T12:00:00+00:00",
        "found": now.isoformat(),
        "expected": 14,
        "refilled": 0,
        "unaccounted": 14,
        "reason": "robots.txt names none",
        "next_try": None,
    }


def test_status_shows_the_hub_of_a_source(path: Path) -> None:
    at = datetime(2026, 11, 29, 6, tzinfo=UTC)
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        one, other = tx.source_states()
        tx.follow_hub(one.id, Hub("https://before.example/", "t"), at)
        tx.follow_hub(one.id, Hub("https://hub.example/", "t"), at)
        tx.follow_hub(other.id, Hub("https://hub.example/", "t"), at)
        for row in tx.subscriptions():
            tx.update_subscription(
                row.id, expires_at=at, error="the hub answered 503" if row.source_id == one.id else None
            )
    store.close()
    shown = " ".join(monitor(path, "status").split())
    line = "no subscription at its hub https://hub.example/, polling goes on: the hub answered 503"
    assert line in shown
    assert shown.count("https://hub.example/") == 1
    found = [row["hub"] for row in json.loads(monitor(path, "status", "--json"))["sources"]]
    known = {"url": "https://hub.example/", "subscribed_until": "2026-11-29T06:00:00+00:00"}
    assert found == [known | {"error": "the hub answered 503"}, known | {"error": None}]


def test_status_says_nothing_of_judging_that_goes_on_or_never_began(path: Path) -> None:
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        report.keep_judging(tx, "ready", datetime.now(UTC))
    store.close()
    assert json.loads(monitor(path, "status", "--json"))["judging"]["state"] == "ready"
    assert "judging" not in monitor(path, "status")
    empty = open_store("sqlite://")
    with empty.begin() as tx:
        assert report.judging(tx) is None
    empty.close()


@pytest.mark.parametrize("columns", [80, 40])
def test_status_fits_a_terminal_and_a_phone(path: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """But for the database's address, which must stay whole."""
    monkeypatch.setenv("COLUMNS", str(columns))
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    error = "the name feeds.example cannot be resolved: check its spelling, or this host's DNS"
    with store.begin() as tx:
        failing = next(state for state in tx.source_states() if state.failures)
        tx.record_poll(record(failing.id, at=datetime.now(UTC), failures=3, error=error, error_kind="dns"))
    store.close()
    lines = monitor(path, "status").splitlines()
    assert max(len(line) for line in lines if not line.startswith("database ")) <= columns
    assert f"3 failures: {error}" in " ".join(" ".join(lines).split())


def test_status_shows_what_was_repaired_in_a_feed_and_where_it_has_moved(path: Path) -> None:
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        first, _ = tx.source_states()
        notes = ("cut short, its complete items were read: [x]",)
        moved = Relocation("https://new.example/rss")
        tx.record_poll(record(first.id, at=datetime.now(UTC), body_hash="h", notes=notes, relocation=moved))
    store.close()
    shown = monitor(path, "status")
    assert "cut short, its complete items were read: [x]" in shown
    assert "has moved for good: write url: https://new.example/rss" in shown
    row = next(
        each for each in json.loads(monitor(path, "status", "--json"))["sources"] if each["name"] == first.source.name
    )
    assert (row["notes"], row["moved_to"]) == (list(notes), "https://new.example/rss")


def test_check_names_terms_that_match_nothing_for_long(path: Path) -> None:
    since = datetime.now(UTC) - timedelta(days=100)
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        terms = [("DPRK arms", term) for term in ("DPRK", "gone")]
        tx.sync_terms(terms, since)
    store.close()
    assert "warning: watchlist DPRK arms: DPRK: has matched nothing for 90 days" in monitor(path, "check")
    assert "gone" not in monitor(path, "check"), "it is no term any more"


def test_check_names_the_spelling_that_the_archive_has(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("[sanctions,", "[nоtify, sanctions,"), "utf-8")
    now = datetime.now(UTC)
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        tx.sync_terms([("DPRK arms", "nоtify")], now - timedelta(days=100))
        tx.begin_index()
        tx.add_article(Article("https://n.example/1", "T", "They notify Seoul.", "Y", "en", key="1", seen_at=now))
    store.close()
    expected = "warning: watchlist DPRK arms: nоtify: has matched nothing for 90 days; the archive has: notify"
    assert expected in monitor(path, "check")
