"""`monitor search`, as a user runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from doubles.command_line import monitor

from monitor.cli import cli
from monitor.cli.search import as_watchlist, pointed
from monitor.model import Article, Relation, Source
from monitor.store import open_store
from monitor.watch.query.parse import QueryError, parse_query

NOW = datetime.now(UTC)


@pytest.fixture
def archive(path: Path, tmp_path: Path) -> Path:
    """A configuration with an archive of three stories, indexed."""
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    texts = [
        ("one", "Удар", "Погода суха. Балістичні ракети влучили [в порт].", 1, "Ukrinform", "uk"),
        ("two", "Удар знову", "Балістична ракета.", 2, "Ukrinform", "uk"),
        ("three", "Jackal\x1b[31m test", "A jackal ran.", 50, "Yonhap", "en"),
    ]
    with store.begin() as tx:
        tx.begin_index()
        tx.extend_index(99)
        story = 0
        for key, title, text, hours, source, language in texts:
            seen = NOW - timedelta(hours=hours)
            url = f"https://n.example/{key}"
            ident = tx.add_article(Article(url, title, text, source, language, key=key, seen_at=seen))
            story = tx.create_story(seen, ident) if key != "two" else story
            tx.join_story(story, ident, Relation.FIRST, (), seen)
    store.close()
    return path


def configured_before(folder: Path, *names: str) -> None:
    """Leave sources in the database that the configuration has no more."""
    store = open_store(f"sqlite:///{folder}/monitor.db")
    with store.begin() as tx:
        tx.sync_sources([Source(name, f"https://n.example/{number}") for number, name in enumerate(names)], NOW)
        tx.sync_sources([], NOW)
    store.close()


def refused(path: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--config", str(path), "search", *arguments], standalone_mode=False)
    assert isinstance(result.exception, click.UsageError)
    return result.exception.format_message()


def rows(path: Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in monitor(path, "search", "--json", *arguments).splitlines()]


def test_results_are_shown_by_story(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    shown = monitor(archive, "search", '"балістична ракета" OR jackal')
    assert "Балістична ракета." in shown
    assert "Погода" not in shown  # of the same story, older by its id
    assert "\x1b" not in shown
    assert "https://n.example/three" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_json_has_an_object_a_line(archive: Path) -> None:
    one, two = rows(archive, "балістичний", "--articles", "--limit", "5")
    assert (one["title"], two["title"], two["source"], two["language"]) == ("Удар знову", "Удар", "Ukrinform", "uk")
    assert two["sentence"] == "Балістичні ракети влучили [в порт]."
    (span,) = two["spans"]
    assert two["sentence"][span[0] : span[1]] == "Балістичні"
    assert [hit["surface"] for hit in two["hits"]] == ["Балістичні"]
    assert one["story"] == two["story"]


@pytest.mark.parametrize(
    ("arguments", "titles"),
    [
        ((), ["Jackal\x1b[31m test", "Удар знову"]),
        (("--limit", "1"), ["Jackal\x1b[31m test"]),
        (("--since", "1d"), ["Удар знову"]),
        (("--until", "1d"), ["Jackal\x1b[31m test"]),
        (("--source", "yonhap"), ["Jackal\x1b[31m test"]),
        (("--language", "UK"), ["Удар знову"]),
        (("--watchlist", "Aid"), []),
        (("--since", f"{NOW - timedelta(hours=3):%Y-%m-%dT%H:%M:%S+00:00}"), ["Удар знову"]),
    ],
)
def test_options_narrow_the_search(archive: Path, arguments: tuple[str, ...], titles: list[str]) -> None:
    assert [row["title"] for row in rows(archive, "jackal OR порт OR ракета", *arguments)] == titles


def test_counts_and_bars(archive: Path) -> None:
    query = "jackal OR ракета"
    assert monitor(archive, "search", query, "--count") == "3 articles, 2 stories\n"
    assert json.loads(monitor(archive, "search", query, "--count", "--json")) == {"articles": 3, "stories": 2}
    found = json.loads(monitor(archive, "search", query, "--histogram", "--json"))
    assert sum(day["articles"] for day in found["days"]) == 3
    assert len(found["days"]) >= 3  # a day without any stands between
    lines = monitor(archive, "search", query, "--histogram").splitlines()
    assert any(line.endswith("█") for line in lines)
    assert monitor(archive, "search", "тюлень", "--count") == "0 articles, 0 stories\n"


def test_an_error_stands_under_its_column(archive: Path) -> None:
    assert refused(archive, "jackal AND (порт").endswith("\n\n  jackal AND (порт\n             ^")
    assert "'Nowhere' is no known entity" in refused(archive, "@Nowhere")
    assert refused(archive, " ").endswith("the query is empty: write a term, such as missile or @DPRK")


def test_a_mark_stands_under_wide_letters_and_in_long_queries() -> None:
    for query in ("북한 AND (", "a OR " * 50 + "("):
        with pytest.raises(QueryError) as caught:
            parse_query(query)
        *_, line, mark = pointed(query, caught.value).split("\n")
        assert mark.endswith("^")
        assert len(line) < 110
    assert pointed("북한 AND (", QueryError("x", 7)).endswith("  북한 AND (\n           ^")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "soon"), "'soon' is no time"),
        (("--since", "1d", "--until", "2d"), "nothing can lie between"),
        (("--watchlist", "Aids"), "did you mean 'Aid'?"),
        (("--language", "english"), "english"),
        (("--source", "Yonhab"), "no such source: 'Yonhab'; did you mean 'Yonhap'?"),
        (("--source", "Yonhap", "--source", "The Herlad"), "no such source: 'The Herlad'; did you mean 'The Herald'?"),
        (("--source", "zzz"), "no such source: 'zzz'; `monitor status` lists them"),
    ],
)
def test_bad_options_are_refused_with_a_remedy(
    archive: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    configured_before(tmp_path, "The Herald")
    assert said in refused(archive, "jackal", *arguments)


def test_a_source_of_an_earlier_configuration_may_be_searched(archive: Path, tmp_path: Path) -> None:
    configured_before(tmp_path, "The Herald")
    assert rows(archive, "jackal", "--source", "the herald") == []
    assert len(rows(archive, "jackal", "--source", "the herald", "--source", "Yonhap")) == 1


def test_a_watchlist_of_an_earlier_configuration_may_be_searched(archive: Path) -> None:
    result = CliRunner().invoke(cli, ["--config", str(archive), "search", "jackal", "--watchlist", "Floods"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "'Floods' is not configured" in result.stderr


def test_it_says_how_far_the_index_reaches(archive: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        return CliRunner().invoke(cli, ["--config", str(archive), "search", "jackal", *arguments]).stderr

    assert "indexed" not in said()
    store = open_store(f"sqlite:///{tmp_path}/monitor.db")
    with store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE index_state SET version = 'older'")
    assert "not indexed yet: 5 articles are read one by one" in said()
    with store.begin() as tx:
        tx.begin_index()
        tx.extend_index(1)
    store.close()
    assert "indexed until" in said()
    assert rows(archive, "jackal")  # found all the same


def test_nothing_found_by_an_entitys_name_tells_of_the_entity(archive: Path) -> None:
    def told(query: str) -> str:
        return CliRunner().invoke(cli, ["--config", str(archive), "search", query], standalone_mode=False).stderr

    assert told("ICBM") == "nothing found: the word alone was looked for; @ICBM looks for all names of it\n"
    assert told("@ICBM") == "nothing found\n"
    assert told("тюлень") == "nothing found\n"


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("порт АБО тюлень", "write порт OR тюлень"),
        ("'балістична ракета' OR тюлень", 'write "балістична ракета" OR тюлень'),
        ("ракетами", "write 'ракета'"),
    ],
)
def test_a_query_that_can_hardly_be_meant_is_noted_as_check_notes_it(archive: Path, query: str, meant: str) -> None:
    result = CliRunner().invoke(cli, ["--config", str(archive), "search", "--json", query], standalone_mode=False)
    assert result.exception is None
    assert result.stderr.startswith("note: ")
    assert meant in result.stderr
    assert "note: " not in result.stdout


def test_a_query_becomes_a_watchlist() -> None:
    assert as_watchlist('"a b" AND c', "desk") == (
        '  - {name: "\\"a b\\" AND c", query: "\\"a b\\" AND c", notify: [desk]}'
    )
