"""status and alerts, as a user runs them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from doubles.command_harness import CONFIG, CommandHarness
from doubles.store_samples import record

from monitor.cli import cli
from monitor.errors import StoreError
from monitor.model import Alert, Gap, Hub, MessageKind, NewDelivery, PollReason, RefillRecord, Relocation
from monitor.pipeline import report
from monitor.store import open_store


def monitor(path: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--config", str(path), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose database holds two alerts, opinions and mutes."""
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url)
    desk = CommandHarness(store, tmp_path, CONFIG + f"storage: {{url: '{url}'}}\n")
    now = desk.clock.wall = datetime.now(UTC) - timedelta(minutes=10)
    one = desk.story("Missile [launch]", published=60, sent=4)
    desk.story("A drill", sent=None)
    with store.begin() as tx:
        rows = {row.story_id: row for row in tx.deliveries()}
        tx.save_feedback(rows[one].id, 1, useful=True, now=now)
        tx.save_feedback(rows[one].id, 2, useful=False, now=now)
        tx.save_feedback(rows[one].id, 3, useful=True, now=now)
        tx.mute("watchlist", "Aid", now + timedelta(days=1), 7)
        tx.mute("story", str(one), None, 7)
        report.keep_judging(tx, "index loading 3000/7442", now)
        failing, _ = tx.source_states()
        tx.record_poll(
            record(
                failing.id,
                at=now,
                failures=2,
                error="the server answered 503",
                error_kind="status",
                reason=PollReason.FAILURES,
                reason_number=2.0,
            )
        )
    store.close()
    return desk.path


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


def test_status_on_a_terminal(path: Path) -> None:
    shown = monitor(path, "status")
    assert "the server answered 503" in shown
    assert "backs off after 2 failures" in shown
    assert "queue: 0 entries to read; outbox: 1 ready, 1 sent" in shown
    assert "seen to sent: p50 4.0 s, p95 4.0 s, p99 4.0 s, longest 4.0 s" in shown
    assert "2 of 3 (67%)" in shown
    assert "yes until " in shown
    assert "story 1 is muted" in shown
    assert "judging waits: index loading 3000/7442 (" in shown


def test_status_shows_the_last_gap_of_a_source(path: Path) -> None:
    now = datetime.now(UTC)
    gap = Gap(datetime(2026, 11, 29, 6, tzinfo=UTC), datetime(2026, 11, 29, 12, tzinfo=UTC))
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        one, other = tx.source_states()
        tx.open_gap(one.id, gap, 14, now)
        tx.open_gap(other.id, gap, 14, now)
        tx.record_refill(RefillRecord(other.id, now, gap, refill_at=now, reason="the server answered 503"))
    shown = " ".join(monitor(path, "status").split())
    line = "last gap from 2026-11-29T06:00 to 2026-11-29T12:00 UTC: 0 articles refilled"
    assert f"{one.source.name}: {line} so far, the site's sitemaps are asked again at" in shown
    assert "UTC (the server answered 503)" in shown
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
    assert f"{one.source.name}: {line}" in shown
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


def test_alerts_show_opinions_and_mutes(path: Path) -> None:
    rows = [json.loads(line) for line in monitor(path, "alerts", "--json").splitlines()]
    assert [(row["headline"], row["useful"], row["not_useful"], row["muted"]) for row in rows] == [
        ("A drill", 0, 0, False),
        ("Missile [launch]", 2, 1, True),
    ]
    shown = monitor(path, "alerts")
    assert "Missile [launch]" in shown
    assert "2 of 3" in shown
    assert "sent (muted)" in shown


def test_alerts_show_the_hosts_clock_and_no_empty_column(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (row, *_) = [json.loads(line) for line in monitor(path, "alerts", "--json").splitlines()]
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        shown = monitor(path, "alerts")
    finally:
        monkeypatch.undo()
        time.tzset()
    seoul = datetime.fromisoformat(row["created"]).astimezone(ZoneInfo("Asia/Seoul"))
    assert f"{seoul:%Y-%m-%d %H:%M}" in shown
    assert "useful" in shown
    assert "error" not in shown


def test_alerts_cut_titles_and_reasons_between_words(path: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        ident = tx.add_delivery(NewDelivery("desk", "x", Alert(MessageKind.ALERT, "Headline " * 20)), datetime.now(UTC))
        assert ident is not None
        tx.mark_dead(ident, "unreachable " * 20)
    store.close()
    shown = " ".join(monitor(path, "alerts", "--dead").split())
    assert "Headline… unreachable unreachable" in shown
    assert "unreachable…" in shown


def test_alerts_say_what_is_held_and_what_carries_it(path: Path, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        held = NewDelivery("desk", "held", Alert(MessageKind.ALERT, "Held"), held_until=now + timedelta(days=1))
        carried = NewDelivery("desk", "carried", Alert(MessageKind.ALERT, "Carried"), carried_by="held")
        ids = [tx.add_delivery(new, now) for new in (held, carried)]
    store.close()
    rows = {row["headline"]: row for row in map(json.loads, monitor(path, "alerts", "--json").splitlines())}
    assert rows["Held"]["held_until"] == (now + timedelta(days=1)).isoformat()
    assert (rows["Carried"]["carried_by"], rows["Carried"]["held_until"]) == (ids[0], None)
    shown = " ".join(monitor(path, "alerts").split())
    assert "held until" in shown
    assert f"held in {ids[0]}" in shown


def test_dead_alerts_are_replayed(path: Path, tmp_path: Path) -> None:
    assert monitor(path, "alerts", "--dead") == ""
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        tx.mark_dead(1, "chat not found")
    store.close()
    assert "chat not found" in monitor(path, "alerts", "--dead")
    assert "will be sent again" in monitor(path, "alerts", "--replay", "1")
    assert monitor(path, "alerts", "--replay", "1") == ""


@pytest.mark.network  # it looks whether a daemon runs with this configuration
def test_only_run_and_once_make_a_database(path: Path, tmp_path: Path) -> None:
    away = tmp_path / "none" / "monitor.db"
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept.replace(f"sqlite:///{tmp_path}/monitor.db", f"sqlite:///{away}"), encoding="utf-8")
    for arguments in (["status"], ["alerts"], ["alerts", "1"], ["alerts", "--replay", "1"], ["compact"]):
        with pytest.raises(StoreError, match="there is no database at"):
            monitor(path, *arguments)
        assert not away.parent.exists(), arguments


def test_a_long_error_of_a_source_is_one_line_below_the_table(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        failing = next(state for state in tx.source_states() if state.failures)
        error = "the name feeds.example cannot be resolved: check its spelling, or this host's DNS"
        tx.record_poll(record(failing.id, at=datetime.now(UTC), failures=3, error=error, error_kind="dns"))
    store.close()
    assert f"{failing.source.name}: {error}\n" in monitor(path, "status")


@pytest.mark.network  # it looks whether a daemon runs with this configuration
def test_health_in_json_says_why_it_is_not_well(path: Path) -> None:
    found = CliRunner().invoke(cli, ["--config", str(path), "health", "--json"], standalone_mode=False)
    assert found.return_value == 1
    answer = json.loads(found.stdout)
    assert answer["ok"] is False
    assert "no daemon is running on it" in answer["reason"]


def test_the_help_cuts_no_command_short() -> None:
    shown = CliRunner().invoke(cli, ["--help"], terminal_width=80).output
    assert "..." not in shown.partition("Commands:")[2]
    assert "compact" in shown


def test_status_shows_what_was_repaired_in_a_feed_and_where_it_has_moved(path: Path) -> None:
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        first, _ = tx.source_states()
        notes = ("cut short, its complete items were read: [x]",)
        moved = Relocation("https://new.example/rss")
        tx.record_poll(record(first.id, at=datetime.now(UTC), body_hash="h", notes=notes, relocation=moved))
    store.close()
    shown = monitor(path, "status")
    assert f"{first.source.name}: cut short, its complete items were read: [x]" in shown
    assert f"{first.source.name}: has moved for good: write url: https://new.example/rss" in shown
    row = next(
        each for each in json.loads(monitor(path, "status", "--json"))["sources"] if each["name"] == first.source.name
    )
    assert (row["notes"], row["moved_to"]) == (list(notes), "https://new.example/rss")
