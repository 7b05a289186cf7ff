"""`monitor alerts ID`: one alert, and why each article of its story joined it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from doubles.command_harness import CONFIG, CommandHarness

from monitor import host
from monitor.cli import cli
from monitor.model import (
    Alert,
    Article,
    ArticleChange,
    ChangeKind,
    FollowedStory,
    JoinReason,
    JoinRule,
    MessageKind,
    NewDelivery,
    Relation,
)
from monitor.store import open_store


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandHarness:
    """A story of three articles, the last joined before reasons were kept; its alert is row 1, a digest row 2."""
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url)
    desk = CommandHarness(store, tmp_path, CONFIG + f"storage: {{url: '{url}'}}\n")
    story = desk.story("Missile launch")
    now = desk.clock.now()
    with store.begin() as tx:
        tx.keep_reason(story, 1, JoinReason(JoinRule.OPENED, 1))
        tx.keep_reason(story, 1, JoinReason(JoinRule.WORDS, 9))  # the first stays
        for number, title in ((2, "Football \x1b[31m[red]"), (3, "Old")):
            seen = now + timedelta(minutes=number)
            ident = tx.add_article(
                Article(f"https://x.example/{number}", title, "Text.", "UNN", "uk", seen_at=seen, key=title)
            )
            tx.join_story(story, ident, Relation.SAME, (), now)
            if number == 2:
                tx.keep_reason(story, ident, JoinReason(JoinRule.WORDS, 1, 0.43, ("ракет", "сеул")))
        tx.add_delivery(NewDelivery("desk", "digest:1", Alert(MessageKind.DIGEST, "2 alerts gathered")), now)
        carried = Alert(MessageKind.ALERT, "Carried", watchlist="Aid")
        tx.add_delivery(NewDelivery("desk", "a", carried, story_id=story, carried_by="digest:1"), now)
        tx.add_delivery(NewDelivery("desk", "n", Alert(MessageKind.NOTICE, "Now watching")), now)
    store.close()
    return desk


def monitor(desk: CommandHarness, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(desk.path), *arguments], standalone_mode=False)


def test_every_member_is_listed_with_its_reason(desk: CommandHarness) -> None:
    shown = monitor(desk, "alerts", "1").stdout
    assert "alert 1: alert, sent, desk, DPRK arms, sent " in shown
    assert "story 1: 3 articles" in shown
    assert "    opened the story\n" in shown
    assert "    the same event in other words: score .43 with «Missile launch»; shared terms ракет, сеул\n" in shown
    assert "    the same event in other words: unknown (before the upgrade)\n" in shown
    assert "UNN (uk) Football [31m[red]" in shown
    assert "\x1b" not in shown


def test_as_json(desk: CommandHarness) -> None:
    found = json.loads(monitor(desk, "alerts", "1", "--json").stdout)
    assert (found["id"], found["state"], found["headline"]) == (1, "sent", "Missile launch")
    (story,) = found["stories"]
    assert (story["story"], story["alert"], story["muted"]) == (1, 1, False)
    assert [(each["rule"], each["of"], each["score"], each["terms"]) for each in story["members"]] == [
        ("opened", 1, 1.0, []),
        ("words", 1, 0.43, ["ракет", "сеул"]),
        (None, None, None, []),
    ]
    assert {"article", "relation", "at", "source", "language", "title", "url", "joined"} < set(story["members"][1])
    assert story["members"][1]["relation"] == "same"


def test_the_story_that_it_follows_is_named(desk: CommandHarness) -> None:
    assert "follows" not in monitor(desk, "alerts", "1").stdout
    store = open_store(f"sqlite:///{desk.path.parent}/monitor.db")
    with store.begin() as tx:
        row = tx.delivery(1)
        assert row is not None
        follows = FollowedStory(7, "Launch \x1b[31mprepared", "Yonhap")
        tx.amend_delivery(1, replace(row.alert, follows=follows), desk.clock.now())
    store.close()
    assert "story 1: 3 articles\n  follows story 7: Launch [31mprepared\n" in monitor(desk, "alerts", "1").stdout
    (story,) = json.loads(monitor(desk, "alerts", "1", "--json").stdout)["stories"]
    assert story["follows"] == {"story": 7, "title": "Launch \x1b[31mprepared", "source": "Yonhap"}


def test_a_digest_has_the_stories_that_it_tells(desk: CommandHarness) -> None:
    found = json.loads(monitor(desk, "alerts", "2", "--json").stdout)
    assert [(story["story"], story["headline"], len(story["members"])) for story in found["stories"]] == [
        (1, "Carried", 3)
    ]


def test_what_tells_no_story(desk: CommandHarness) -> None:
    result = monitor(desk, "alerts", "4")
    assert (result.return_value, "it belongs to no story that is kept" in result.stderr) == (0, True)


def test_an_alert_that_is_not_there(desk: CommandHarness) -> None:
    result = monitor(desk, "alerts", "99")
    assert (result.return_value, result.stdout) == (1, "")
    assert "there is no alert 99: `monitor alerts` lists them" in result.stderr


@pytest.mark.parametrize("more", [["--dead"], ["--replay", "1"]])
def test_an_id_stands_by_itself(desk: CommandHarness, more: list[str]) -> None:
    assert isinstance(monitor(desk, "alerts", "1", *more).exception, click.UsageError)


@pytest.mark.parametrize(
    ("host_zone", "shown"), [("Asia/Seoul", "2023-11-09 16:02"), (host.UNCHOSEN, "2023-11-09 07:02 UTC")]
)
def test_times_are_those_of_the_host(
    desk: CommandHarness, monkeypatch: pytest.MonkeyPatch, host_zone: str, shown: str
) -> None:
    monkeypatch.setattr(host, "timezone", lambda: host_zone)
    assert f"  {shown} UNN (uk) Football" in monitor(desk, "alerts", "1").stdout


def test_what_became_of_a_page_stands_below_its_article(desk: CommandHarness) -> None:
    store = open_store(f"sqlite:///{desk.path.parent}/monitor.db")
    at = datetime(2023, 11, 9, 14, 5, tzinfo=UTC)
    with store.begin() as tx:
        tx.add_changes(
            [
                ArticleChange(1, at, ChangeKind.HEADLINE, "Missile \x1blaunch", "Satellite launch"),
                ArticleChange(1, at, ChangeKind.GONE, after="404"),
            ]
        )
    store.close()
    shown = monitor(desk, "alerts", "1").stdout
    assert "    headline changed 2023-11-09 " in shown
    assert "launch» → «Satellite launch»\n" in shown
    assert "    gone (404) since 2023-11-09 " in shown
    assert "\x1b" not in shown
    (story,) = json.loads(monitor(desk, "alerts", "1", "--json").stdout)["stories"]
    assert [each["kind"] for each in story["members"][0]["changes"]] == ["headline", "gone"]
    assert story["members"][1]["changes"] == []
