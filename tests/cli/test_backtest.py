"""`monitor backtest`, as a user runs it."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from doubles.command_line import monitor
from doubles.store_samples import alert, article

from monitor.model import NewDelivery, Relation
from monitor.store import open_store

PAGE = Path(__file__).parents[2] / "docs" / "backtest.md"
CONFIG = """
sources: [{{name: Yonhap, url: "https://a.example/rss"}}]
watchlists:
  - {{name: DPRK arms, keywords: [missile, зброя, howitzer], notify: [screen]}}
  - {{name: Aid, keywords: [ambulance], exclude: [football], notify: [screen]}}
channels: {{screen: {{console: {{}}}}}}
timezone: Asia/Seoul
storage: {{url: "sqlite:///{path}/monitor.db"}}
"""
TEXTS = {
    1: "A [missile] was launched at dawn, officials said.",
    2: "Колона зі зброєю вийшла з порту.",
    3: "Nothing of note happened in the valley.",
    4: "Three ambulances left for the north.",
    5: "Ambulances waited at the football match.",
    6: "Another missile was shown in a parade.",
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose database holds six stories of the last days, one of them alerted and rated; and a copy."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(path=tmp_path), encoding="utf-8")
    other = config.read_text(encoding="utf-8").replace("missile, зброя, howitzer", "missile, valley")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    now = datetime.now(UTC)
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        for number, text in TEXTS.items():
            at = now - timedelta(days=8 - number)
            language = "uk" if number == 2 else "en"
            made = article(f"a{number}", seen_at=at, title=f"Title {number}", text=text, language=language)
            ident = tx.add_article(made)
            tx.join_story(tx.create_story(at, ident), ident, Relation.FIRST, (), at)
        new = NewDelivery("screen", "alert:a2:DPRK arms:screen", alert(), story_id=2)
        row = tx.add_delivery(new, now)
        assert row is not None
    store.close()
    return config


def rate(path: Path, *, useful: bool) -> None:
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        (row,) = tx.deliveries()
        tx.amend_delivery(row.id, replace(row.alert, watchlist="DPRK arms"), datetime.now(UTC))
        assert tx.save_feedback(row.id, 7, useful=useful, now=datetime.now(UTC))
    store.close()


def test_what_the_watchlists_would_have_alerted(path: Path) -> None:
    shown = monitor(path, "backtest")
    assert max(map(len, shown.splitlines())) <= 80
    assert ": 4 alerts on 4 stories" in shown
    assert "DPRK arms: 3 alerts" in shown
    assert "terms: missile 2, зброя 1" in shown
    assert "never: howitzer" in shown
    assert "A [missile] was launched at dawn" in shown
    assert "Aid: 1 alert" in shown
    assert "football" not in shown


def test_a_long_title_goes_on_below_itself_and_no_line_has_blanks_at_its_end(path: Path) -> None:
    title = "Officials say that a ship with a cargo of grain has left the harbour at last, and that others wait"
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        at = datetime.now(UTC)
        ident = tx.add_article(
            article("a9", seen_at=at, title=title, text="A missile was seen near it.", language="en")
        )
        tx.join_story(tx.create_story(at, ident), ident, Relation.FIRST, (), at)
    store.close()
    lines = monitor(path, "backtest").splitlines()
    (first,) = (number for number, line in enumerate(lines) if "Officials say" in line)
    assert lines[first].startswith("    ")  # '  ', the sign's place, a blank
    assert lines[first + 1].startswith("    ")
    assert title.endswith(lines[first + 1].strip())
    assert all(line == line.rstrip() for line in lines)


def test_json_names_story_sentence_and_channels(path: Path) -> None:
    found: dict[str, Any] = json.loads(monitor(path, "backtest", "--watchlist", "dprk ARMS", "--json"))
    assert [each["name"] for each in found["watchlists"]] == ["DPRK arms"]
    assert [(one["story"], one["terms"], one["rings"]) for one in found["alerts"]] == [
        (1, ["missile"], ["screen"]),
        (2, ["зброя"], ["screen"]),
        (6, ["missile"], ["screen"]),
    ]
    alert = found["alerts"][1]
    assert [alert["sentence"][start:end] for start, end in alert["hits"]] == ["зброєю"]


def test_since_leaves_out_what_is_older(path: Path) -> None:
    found = json.loads(monitor(path, "backtest", "--since", "3d", "--json"))
    assert [each["story"] for each in found["alerts"]] == [6]


def test_what_another_configuration_adds_and_removes(path: Path) -> None:
    rate(path, useful=False)
    shown = monitor(path, "backtest", "--against", str(path.parent / "other.yaml"))
    assert "+ 1 story, − 1 story" in shown
    assert "DPRK arms: 3 → 3 alerts" in shown
    assert re.search(r"\+ .* Title 3\n +Nothing of note happened in the valley\.", shown)
    assert re.search(r"− .* Title 2\n +Колона зі зброєю", shown)
    assert "Aid" not in shown, "it is the same in both"
    assert "Of 1 rated alerts it keeps 0 of 0 👍 and drops 1 of 1 👎." in shown
    found = json.loads(monitor(path, "backtest", "--against", str(path.parent / "other.yaml"), "--json"))
    assert (found["stories_added"], found["stories_removed"]) == (1, 1)
    assert found["rated"] == {"useful": 0, "useful_kept": 0, "not_useful": 1, "not_useful_kept": 0}


def test_the_same_configuration_changes_nothing(path: Path) -> None:
    assert "no watchlist differs" in monitor(path, "backtest", "--against", str(path))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-w", "DPRK arm"], "there is no watchlist 'DPRK arm'. Did you mean 'DPRK arms'?"),
        (["--since", "month"], "'month' is no duration"),
        (["--against", "nosuch.yaml"], "nosuch.yaml"),
    ],
)
def test_what_is_written_wrongly_is_named(path: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(click.UsageError, match=re.escape(told)):
        monitor(path, "backtest", *arguments)


@pytest.mark.parametrize("line", re.findall(r"^\$ monitor (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
def test_every_example_of_the_page_runs(path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(path.parent)
    assert monitor(path, *shlex.split(line)).strip()


def test_check_says_of_each_watchlist_what_it_would_have_rung(path: Path) -> None:
    shown = monitor(path, "check")
    assert re.search(r"  the last \d d, as `monitor backtest` judges them:", shown)
    assert "    DPRK arms: would have rung 3 times; never by howitzer\n" in shown
    assert "    Aid: would have rung 1 time\n" in shown
    found = json.loads(monitor(path, "check", "--json"))["backtest"]
    assert found["complete"]
    assert {each["name"]: each["unused"] for each in found["watchlists"]} == {"DPRK arms": ["howitzer"], "Aid": []}


def test_a_term_that_a_later_article_brings_is_not_called_unused(path: Path) -> None:
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    at = datetime.now(UTC) - timedelta(minutes=9)
    with store.begin() as tx:
        more = tx.add_article(article("late", seen_at=at, title="Title 7", text="A howitzer stood near the missile."))
        tx.join_story(1, more, Relation.SAME, (), at)
    store.close()
    shown = monitor(path, "backtest")
    assert "  in edits only: howitzer 1\n" in shown
    assert "never" not in shown
    assert "    DPRK arms: would have rung 3 times\n" in monitor(path, "check")
    terms = json.loads(monitor(path, "backtest", "--json"))["watchlists"][0]["terms"]
    assert [(each["term"], each["stories"], each["edits"]) for each in terms if each["edits"]] == [("howitzer", 0, 1)]


def test_terms_that_never_rang_are_named_with_what_the_archive_has_instead(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("howitzer", "Zelenskyy, defence"), encoding="utf-8")
    assert "the archive has" not in monitor(path, "backtest"), "there is no index yet"
    store = open_store(f"sqlite:///{path.parent}/monitor.db")
    with store.begin() as tx:
        tx.begin_index()
        tx.extend_index(99)
        tx.add_article(article("z", seen_at=datetime.now(UTC), text="Zelensky spoke of defense.", language="en"))
    store.close()
    shown = monitor(path, "backtest")
    assert "never: Zelenskyy, defence" in shown
    assert re.search(r"the archive has: Zelensky \(for Zelenskyy\);\s+defense \(for defence\)", shown)
    found = json.loads(monitor(path, "backtest", "--json"))
    assert [each["spellings"] for each in found["watchlists"]] == [
        [{"term": "Zelenskyy", "found": ["Zelensky"]}, {"term": "defence", "found": ["defense"]}],
        [],
    ]
    checked = monitor(path, "check")
    assert "never by Zelenskyy, defence; the archive has Zelensky for Zelenskyy; the archive has defense" in checked


def test_check_without_an_archive_says_nothing_of_it(path: Path) -> None:
    (path.parent / "monitor.db").unlink()
    assert "backtest" not in monitor(path, "check")
    assert "backtest" not in json.loads(monitor(path, "check", "--json"))
    open_store(f"sqlite:///{path.parent}/monitor.db").close()  # made, and empty
    assert "would have rung" not in monitor(path, "check")
