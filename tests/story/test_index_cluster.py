from __future__ import annotations

import io
import json
import os
import threading
from multiprocessing.connection import wait
from typing import Any

import pytest
from click.testing import CliRunner
from doubles import stories as news
from doubles.patience import HANG

from monitor.cli import cli
from monitor.cli.stories import run

LEAD = "Blinken says Russia giving technology to N.K. military programs"
TITLE = "Росія допомагає КНДР розвивати військові програми - Блінкен"


def row(ident: Any, title: str, text: str, at: str = "2023-11-09T09:12:00+09:00", **more: Any) -> dict[str, Any]:
    return {"id": ident, "title": title, "text": text, "published": at, **more}


def group(*lines: dict[str, Any] | str) -> tuple[list[dict[str, Any]], list[str], int]:
    """Run the command's core; return the objects written, the complaints and the exit code."""
    source = io.StringIO("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    target, complaints = io.StringIO(), io.StringIO()
    code = run(source, target, complaints)
    return [json.loads(line) for line in target.getvalue().splitlines()], complaints.getvalue().splitlines(), code


def test_the_reference_case_through_the_command() -> None:
    lines = [
        row("y1", LEAD, news.BLINKEN, source="Yonhap", url="https://en.yna.co.kr/view/AEN20231109002000315"),
        row("t1", "Exports rise 3.2 pct", news.TRADE, source="Yonhap", language="en"),
        row("y2", f"(2nd LD) {LEAD}", news.BLINKEN_LONG, source="Yonhap", language="en"),
        row(7, TITLE, news.UKRINFORM, "2023-11-09T09:40:00+02:00", source="Ukrinform"),
    ]
    placed, complaints, code = group(*lines)
    assert placed == [
        {"id": "y1", "story": "y1", "relation": "first"},
        {"id": "t1", "story": "t1", "relation": "first"},
        {"id": "y2", "story": "y1", "relation": "version"},
        {"id": 7, "story": "y1", "relation": "same"},
    ]
    assert (complaints, code) == ([], 0)


def test_without_a_source_no_article_is_anothers_version() -> None:
    placed, _, _ = group(row("a", LEAD, news.BLINKEN), row("b", LEAD, news.BLINKEN))
    assert [each["relation"] for each in placed] == ["first", "copy"]


@pytest.mark.parametrize(
    ("line", "fragment"),
    [
        ("not json", "not JSON"),
        ("[1]", "not an object"),
        ('"text"', "not an object"),
        ('{"title": "x", "text": "y"}', '"id" is missing'),
        ('{"id": "x", "title": "", "text": " "}', 'neither "title" nor "text"'),
        ('{"id": "x", "title": 5, "text": "y"}', '"title" is int: text is wanted'),
        (
            '{"id": "x", "title": "t", "text": "y", "published": "yesterday"}',
            "\"published\" is 'yesterday': a date such as",
        ),
        ('{"id": "x", "title": "t", "text": "y", "published": "0001-01-01T00:00:00"}', "before there were feeds"),
        ('{"id": "x", "title": "t", "text": "y", "published": 1e99}', '"published" is 1e+99'),
        ('{"id": "x", "title": "t", "text": "y", "published": ["2023"]}', '"published" is'),
        ("[" * 100_000, "nested too deep"),
    ],
    ids=range(11),
)
def test_a_bad_line_is_named_and_the_rest_goes_on(line: str, fragment: str) -> None:
    placed, complaints, code = group(row("a", LEAD, news.BLINKEN), line, "", row("b", "Exports rise", news.TRADE))
    assert [each["id"] for each in placed] == ["a", "b"]
    assert len(complaints) == 1
    assert complaints[0].startswith("stdin:2: ")
    assert fragment in complaints[0]
    assert code == 1


@pytest.mark.parametrize(
    "at", ["2023-11-09T09:12:00Z", "Thu, 09 Nov 2023 09:12:00 +0900", 1699488720, "2023-11-09", None, ""]
)
def test_times_as_they_come(at: Any) -> None:
    placed, complaints, _ = group(row("a", LEAD, news.BLINKEN, at), row("b", LEAD, news.BLINKEN, at))
    assert [each["story"] for each in placed] == ["a", "a"]
    assert complaints == []


def test_what_is_long_past_is_no_longer_joined() -> None:
    placed, _, _ = group(row("a", LEAD, news.BLINKEN), row("b", LEAD, news.BLINKEN, "2023-11-14T00:00:00Z"))
    assert [each["story"] for each in placed] == ["a", "b"]


def test_the_command() -> None:
    runner = CliRunner()
    result = runner.invoke(cli, ["cluster", "--jsonl"], input=json.dumps(row("a", LEAD, news.BLINKEN)))
    assert json.loads(result.output) == {"id": "a", "story": "a", "relation": "first"}
    assert "say --jsonl" in runner.invoke(cli, ["cluster"]).output


def test_a_story_that_turns_out_to_be_another_one_is_named() -> None:
    words = [f"word{n}x" for n in range(90)]
    one, two = " ".join([*words[:70], *(f"own{n}" for n in range(20))]), " ".join(words)
    crowd = [row(n, f"Other{n} thing{n}", " ".join(f"filler{n}x{m}" for m in range(20))) for n in range(65)]
    placed, _, _ = group(
        *crowd,
        row("a", "Strike at mill", one, source="Gazette"),
        row("r", "Rain in valley", " ".join(f"rain{n}" for n in range(30)), source="Post"),
        row("b", "Mill strike", two, source="Herald"),
        row("c", "Strike", " ".join([*words[:80], "end"]), source="Courier"),
        row("d", "The mill", one, source="Mirror"),
    )
    assert [each["story"] for each in placed[-5:]] == ["a", "r", "a", "a", "a"]


def test_a_caller_that_waits_for_each_answer_gets_it() -> None:
    source, written = os.pipe()
    answers, target = os.pipe()

    def grouped() -> None:
        with os.fdopen(source, encoding="utf-8") as lines, os.fdopen(target, "w", encoding="utf-8") as placed:
            run(lines, placed, io.StringIO())

    thread = threading.Thread(target=grouped, daemon=True)
    thread.start()
    with os.fdopen(written, "wb", 0) as caller, os.fdopen(answers, "rb") as answered:
        for name in "ab":
            caller.write(json.dumps(row(name, LEAD, news.BLINKEN)).encode() + b"\n")
            assert wait([answers], HANG), "no answer came"
            assert json.loads(answered.readline())["id"] == name
    thread.join(HANG)
