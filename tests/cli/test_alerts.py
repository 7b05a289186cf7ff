"""`monitor alerts` and its kin, as a user runs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from doubles.command_line import monitor

from monitor.cli import cli
from monitor.errors import StoreError
from monitor.model import Alert, MessageKind, NewDelivery
from monitor.store import open_store


def test_alerts_show_opinions_and_mutes(path: Path) -> None:
    rows = [json.loads(line) for line in monitor(path, "alerts", "--json").splitlines()]
    assert [(row["headline"], row["useful"], row["not_useful"], row["muted"]) for row in rows] == [
        ("A drill", 0, 0, False),
        ("Missile [launch]", 2, 1, True),
    ]
    shown = monitor(path, "alerts")
    assert "Missile [launch]" in shown
    assert "2 of 3 useful" in shown
    assert "sent (muted)" in shown


@pytest.mark.parametrize("configured", [True, False])
def test_alerts_show_the_configured_clock_else_the_hosts(
    path: Path, monkeypatch: pytest.MonkeyPatch, configured: bool
) -> None:
    if configured:
        path.write_text("timezone: Asia/Seoul\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    else:
        monkeypatch.setattr("monitor.host.timezone", lambda: "Asia/Seoul")
    (row, *_) = [json.loads(line) for line in monitor(path, "alerts", "--json").splitlines()]
    seoul = datetime.fromisoformat(row["created"]).astimezone(ZoneInfo("Asia/Seoul"))
    assert f"{seoul:%Y-%m-%d %H:%M}" in monitor(path, "alerts")
    assert f"{seoul:%Y-%m-%d}" in monitor(path, "alerts", str(row["id"]))


@pytest.mark.parametrize("columns", [80, 40])
def test_alerts_fit_a_terminal_and_a_phone(path: Path, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = monitor(path, "alerts").splitlines()
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if "A drill" in line] == ["2  A drill"] or "   A drill" in [
        line.rstrip() for line in lines
    ]
    whole = " ".join(" ".join(lines).split())
    assert "sent (muted), desk, DPRK arms, 2 of 3 useful" in whole


def test_answers_and_notices_are_listed_where_all_is_asked_for(path: Path, tmp_path: Path) -> None:
    """With --json they always were."""
    now = datetime.now(UTC)
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        for kind in MessageKind:
            tx.add_delivery(NewDelivery("desk", kind.value, Alert(kind, f"A {kind.value}")), now)
        dead = tx.add_delivery(NewDelivery("desk", "dead", Alert(MessageKind.ANSWER, "/dead")), now)
        assert dead is not None
        tx.mark_dead(dead, "chat not found")
    store.close()
    listed = {
        what: [kind.value for kind in MessageKind if f"A {kind.value}" in monitor(path, "alerts", *what)]
        for what in ((), ("--all",), ("--json",))
    }
    news, everything = ["alert", "reply", "digest"], [kind.value for kind in MessageKind]
    assert listed == {(): news, ("--all",): everything, ("--json",): everything}
    assert "/dead" in monitor(path, "alerts", "--dead")


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


@pytest.mark.parametrize(
    ("arguments", "told"), [((), "why an article raised none"), (("--dead",), "nothing was given up")]
)
def test_an_empty_outbox_says_what_to_look_at(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    config = tmp_path / "config.yaml"
    lines = "sources: [{name: a, url: https://a.example/rss}]", "channels: {screen: {console: {}}}"
    lists = "watchlists: [{name: w, keywords: [rocket], notify: [screen]}]"
    config.write_text(
        "\n".join([*lines, lists, f"storage: {{url: 'sqlite:///{tmp_path}/empty.db'}}"]), encoding="utf-8"
    )
    open_store(f"sqlite:///{tmp_path}/empty.db").close()
    result = CliRunner().invoke(cli, ["--config", str(config), "alerts", *arguments], standalone_mode=False)
    assert told in result.stderr
    assert result.stdout == ""


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
    for arguments in (
        ["status"],
        ["alerts"],
        ["alerts", "1"],
        ["alerts", "--replay", "1"],
        ["compact"],
        ["backup", "x"],
    ):
        with pytest.raises(StoreError, match="there is no database at"):
            monitor(path, *arguments)
        assert not away.parent.exists(), arguments


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
