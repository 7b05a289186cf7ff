"""`monitor explain --against STORY`: whether an article would join a story, by which rule or against which fact."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from doubles import stories as news
from doubles.command_harness import CONFIG, CommandHarness

from monitor.cli import cli
from monitor.model import Article, Relation
from monitor.pipeline.loading import features_row
from monitor.store import Database, open_store
from monitor.story.features import features
from monitor.story.index import StoryIndex

TITLE = "N. Korea fires two ballistic missiles toward East Sea"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandHarness:
    """A story of one article on a launch (2), and one of an article on trade (3), with their features."""
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    url = f"sqlite:///{tmp_path}/monitor.db"
    store = open_store(url)
    desk = CommandHarness(store, tmp_path, CONFIG + f"storage: {{url: '{url}'}}\n")
    now, index = desk.clock.now(), StoryIndex()
    for title, text in ((TITLE, news.LAUNCH_EAST), ("Exports rise 3.2 pct", news.TRADE)):
        add(store, now, index, title, text)
    store.close()
    return desk


def add(store: Database, now: datetime, index: StoryIndex, title: str, text: str) -> None:
    """Add a story of one article, with its features."""
    with store.begin() as tx:
        made = Article(f"https://x.example/{len(title)}", title, text, "Yonhap", "en", seen_at=now, key=title)
        ident = tx.add_article(made)
        story = tx.create_story(now, ident)
        tx.join_story(story, ident, Relation.FIRST, (), now)
        placed = index.place_features(features(replace(made, id=ident)))
        tx.keep_features([features_row(ident, placed, "x")])


def asked(desk: CommandHarness, title: str, text: str, story: int) -> dict[str, Any]:
    arguments = ["--config", str(desk.path), "explain", "-", "--json", "--against", str(story)]
    done = CliRunner().invoke(cli, arguments, input=f"{title}\n\n{text}", standalone_mode=False)
    assert done.exception is None, done.exception
    found: dict[str, Any] = json.loads(done.stdout)["against"]
    return found


def test_it_joins_and_says_by_which_rule(desk: CommandHarness) -> None:
    found = asked(desk, TITLE, news.LAUNCH_EAST, 1)
    assert (found["joins"], found["with"], found["fact"]) == (True, TITLE, None)
    assert found["answer"].startswith("phrases 1.00")
    assert found["answer"].endswith(f", with «{TITLE}»")
    assert (found["relation"], found["rule"], found["score"], found["terms"]) == ("copy", "phrases", 1.0, [])
    assert found["names"] == []


def test_a_fact_keeps_it_apart(desk: CommandHarness) -> None:
    found = asked(desk, "N. Korea fires cruise missiles into Yellow Sea", news.LAUNCH_WEST, 1)
    assert (found["joins"], found["fact"], found["with"]) == (False, "place", TITLE)
    assert found["answer"] == f"kept apart by place, with «{TITLE}»"


def test_it_joins_another_story_or_none(desk: CommandHarness) -> None:
    other = asked(desk, TITLE, news.LAUNCH_EAST, 2)
    assert other["answer"].startswith("it joins story 1 instead: phrases 1.00")
    assert (other["joins"], other["rule"], other["with"]) == (False, "phrases", None)
    none = asked(desk, "A choir sings in Jeju", "It sang for pensioners on Sunday, and for nobody else.", 2)
    assert (none["answer"], none["relation"], none["rule"], none["score"]) == ("not alike", None, None, None)


def test_it_shows_two_stories_to_be_one(desk: CommandHarness) -> None:
    store = open_store(f"sqlite:///{desk.path.parent}/monitor.db")
    add(store, desk.clock.now(), StoryIndex(), "Missiles fall into the East Sea", news.LAUNCH_EAST)
    store.close()
    answers = [asked(desk, "The launch of Sunan", news.LAUNCH_EAST, story)["answer"] for story in (1, 3)]
    (joins,) = (answer for answer in answers if answer.startswith("phrases 1.00"))
    (bridges,) = (answer for answer in answers if answer != joins)
    assert bridges.startswith("it joins story ")
    assert ", and makes this one part of the older of both: 1.00, launch, Sunan" in bridges


def test_the_answer_is_printed(desk: CommandHarness) -> None:
    arguments = ["--config", str(desk.path), "explain", "-", "--against", "1"]
    done = CliRunner().invoke(cli, arguments, input=f"{TITLE}\n\n{news.LAUNCH_EAST}", standalone_mode=False)
    assert "Facts: event launch; place Sunan" in done.stdout
    assert "Against story 1: phrases 1.00" in done.stdout


def test_an_unknown_story(desk: CommandHarness) -> None:
    arguments = ["--config", str(desk.path), "explain", "-", "--against", "99"]
    done = CliRunner().invoke(cli, arguments, input="Title\n\nText.")
    assert "there is no story 99" in done.output
