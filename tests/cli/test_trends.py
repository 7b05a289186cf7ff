"""`monitor trends`, as a user runs it."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from doubles.command_line import monitor
from doubles.store_samples import article

from monitor.model import Relation
from monitor.model.trends import Subject, SubjectKind, TrendTime
from monitor.store import open_store

PAGE = Path(__file__).parents[2] / "docs" / "trends.md"
CONFIG = """
sources: [{{name: Yonhap, url: "https://a.example/rss"}}]
watchlists: [{{name: DPRK arms, entities: [DPRK]}}, {{name: Aid, keywords: [aid]}}]
channels: {{screen: {{console: {{}}}}}}
timezone: Asia/Seoul
storage: {{url: "sqlite:///{path}/monitor.db"}}
"""
DPRK, ARMS, GONE = (
    Subject(SubjectKind.ENTITY, "DPRK"),
    Subject(SubjectKind.WATCHLIST, "DPRK arms"),
    Subject(SubjectKind.WATCHLIST, "Old list"),
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose database has seven quiet days, and a burst."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(path=tmp_path), encoding="utf-8")
    now = datetime.now(UTC)
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        ages = [timedelta(days=7), timedelta(days=5), *[timedelta(minutes=number) for number in range(9)]]
        for number, age in enumerate(ages):
            made = article(f"a{number}", seen_at=now - age)
            ident = tx.add_article(made)
            story = tx.join_story(tx.create_story(now - age, ident), ident, Relation.FIRST, (), now)
            tx.keep_mentions(
                ident, story, TrendTime.of(made, "Asia/Seoul"), {DPRK: 1, ARMS: 2} | ({GONE: 1} if not number else {})
            )
    store.close()
    return config


def test_watchlists_and_the_busiest_entities(path: Path) -> None:
    lines = monitor(path, "trends", "--since", "7d").splitlines()
    assert max(map(len, lines)) <= 80
    rows = {line.split("  ")[0].strip(): line for line in lines}
    assert {"DPRK arms", "Aid", "@DPRK"} <= rows.keys()
    assert " 11 " in rows["DPRK arms"]
    assert re.search(r"\d\d \w\w\w: \d", rows["@DPRK"]), "a burst has its day"
    assert " 0" in rows["Aid"]
    assert "still being counted" in lines[-1]


def test_one_subject_has_a_line_for_each_day(path: Path) -> None:
    shown = monitor(path, "trends", "@Північна Корея", "--since", "9d")
    assert shown.startswith("@DPRK: 11 stories, 11 articles since")
    assert "Nothing is known of the time before" in shown
    assert "usually 0.3" in shown


def test_json_has_every_point(path: Path) -> None:
    found: dict[str, Any] = json.loads(monitor(path, "trends", "dprk  ARMS", "--since", "7d", "--json"))
    assert {key: found[key] for key in ("by", "timezone", "complete")} == {
        "by": "day", "timezone": "Asia/Seoul", "complete": False,
    }  # fmt: skip
    (trend,) = found["trends"]
    assert (trend["kind"], trend["name"], trend["stories"]) == ("watchlist", "DPRK arms", 11)
    assert len(trend["points"]) == 8
    hours = json.loads(monitor(path, "trends", "@DPRK", "--by", "hour", "--since", "5h", "--json"))["trends"][0][
        "points"
    ]
    assert sum(point["stories"] for point in hours) == 9
    assert hours[-1]["burst"]["stories"] == 9


def test_a_watchlist_that_is_gone_can_still_be_asked_for(path: Path) -> None:
    assert monitor(path, "trends", "old list").startswith("Old list: 1 story,")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["@Nobodyknowsthis"], "no watchlist or entity '@Nobodyknowsthis'"),
        (["DPRK arm"], "did you mean DPRK arms?"),
        (["--since", "soon"], "'soon' is no duration"),
        (["--by", "hour", "--since", "30d"], "14d are the most"),
    ],
)
def test_what_is_written_wrongly_is_named(path: Path, arguments: list[str], told: str) -> None:
    with pytest.raises(click.UsageError, match=re.escape(told)):
        monitor(path, "trends", *arguments)


def test_an_empty_database_says_so(path: Path) -> None:
    (path.parent / "monitor.db").unlink()
    open_store(f"sqlite:///{path.parent}/monitor.db").close()
    assert "Nothing is counted yet" in monitor(path, "trends")


@pytest.mark.parametrize("line", re.findall(r"^\$ monitor (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
def test_every_example_of_the_page_runs(path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(path.parent)
    shown = monitor(path, *shlex.split(line))
    picture = re.search(r"--png (\S+)", line)
    if picture:
        assert (path.parent / picture[1]).read_bytes().startswith(b"\x89PNG")
    else:
        assert shown.strip()
