"""The commands around matching, as a user runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from doubles.patience import HANG
from rich.cells import cell_len
from rich.console import Console

from monitor.cli import cli, jsonl
from monitor.cli.jsonl import LineError, article_of, parse, run
from monitor.cli.reading import split_title
from monitor.cli.shown import show_entities
from monitor.errors import SandboxError
from monitor.model import EntitySpec, Name, Term, Watchlist
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

CONFIG = """
sources:
  - {name: Ukrinform, url: "https://example.org/rss"}
watchlists:
  - {name: arms, entities: [DPRK], keywords: [балістична ракета], sources: [Ukrinform], notify: [screen]}
  - {name: query, query: 'sanctions NOT title:football', notify: [screen]}
channels:
  screen: {console: {}}
"""
TEXT = """КНДР показала зброю

Пхеньян показав балістичні ракети. Нічого більше.

Як повідомляв Укрінформ, раніше Північна Корея мовчала.
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def monitor(config: Path, *args: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(cli, ["--config", str(config), *args], input=stdin, standalone_mode=False)


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# --------------------------------------------------------------------------- match


def test_match_gives_the_contract(config: Path) -> None:
    rows = [
        {"id": "a", "title": "КНДР мовчить", "text": "Балістичну ракету запущено. Sanctions."},
        {"id": 2, "text": "Нічого", "language": "uk"},
    ]
    done = monitor(config, "match", "--jsonl", stdin="\n".join(map(json.dumps, rows)))
    assert done.return_value == 0
    first, second = lines_of(done.stdout)
    assert first == {
        "id": "a",
        "language": "uk",
        "hits": [
            {"watchlist": "arms", "term": "DPRK", "surface": "КНДР", "zone": "title", "start": 0, "end": 4},
            {
                "watchlist": "arms",
                "term": "балістична ракета",
                "surface": "Балістичну ракету",
                "zone": "lead",
                "start": 14,
                "end": 31,
            },
            {"watchlist": "query", "term": "sanctions", "surface": "Sanctions", "zone": "lead", "start": 42, "end": 51},
        ],
        "watchlists": ["arms", "query"],
    }
    assert second == {"id": 2, "language": "uk", "hits": [], "watchlists": []}


def test_hits_of_lists_that_did_not_match_are_told(config: Path) -> None:
    row = {"id": 1, "title": "Football", "text": "Sanctions", "language": "en"}
    (found,) = lines_of(monitor(config, "match", "--jsonl", stdin=json.dumps(row)).stdout)
    assert [hit["watchlist"] for hit in found["hits"]] == ["query"]
    assert found["watchlists"] == []


def test_a_source_is_compared_only_where_the_line_has_one(config: Path) -> None:
    rows = [{"id": 1, "text": "КНДР", "source": source} for source in ("Ukrinform", "Other", None)]
    found = lines_of(monitor(config, "match", "--jsonl", stdin="\n".join(map(json.dumps, rows))).stdout)
    assert [one["watchlists"] for one in found] == [["arms"], [], ["arms"]]


BAD = [
    (b"nonsense", "not JSON"),
    (b"[1]", "not an object"),
    (b'{"text": "a"}', '"id" is missing'),
    (b'{"id": null, "text": "a"}', '"id" is missing'),
    (b'{"id": true, "text": "a"}', '"id" is missing'),
    (b'{"id": NaN, "text": "a"}', "NaN is no JSON value"),
    (b'{"id": 1, "title": "a"}', '"text" is missing: give the article, or ""'),
    (b'{"id": 1, "text": null}', '"text" is missing'),
    (b'{"id": 1, "text": 5}', '"text" must be text, and is a number'),
    (b'{"id": 1, "text": "", "title": []}', '"title" must be text, and is a list'),
    (b'{"id": 1, "text": "", "language": {}}', '"language" must be text, and is an object'),
    (b'{"id": 1, "text": "\xff"}', "not UTF-8"),
    (b"[" * 100_000, "nested too deep"),
]


@pytest.mark.parametrize(("line", "complaint"), BAD)
def test_a_bad_line_is_told_and_the_rest_goes_on(config: Path, line: bytes, complaint: str) -> None:
    stdin = b"\n".join([b'{"id": 1, "text": ""}', b"", line, b'{"id": 2, "text": ""}'])
    done = monitor(config, "match", "--jsonl", stdin=stdin)
    assert done.return_value == 1
    assert [one["id"] for one in lines_of(done.stdout)] == [1, 2]
    assert done.stderr.startswith("stdin:3: ")
    assert complaint in done.stderr


def test_a_byte_order_mark_and_lone_surrogates_are_no_trouble(config: Path) -> None:
    stdin = b'\xef\xbb\xbf{"id": 1, "text": "\\ud800 \\u041a\\u041d\\u0414\\u0420"}'
    done = monitor(config, "match", "--jsonl", stdin=stdin)
    (found,) = lines_of(done.stdout)
    assert found["hits"][0]["start"] == 2


def test_nul_and_empty_texts_are_matched(config: Path) -> None:
    rows = [{"id": "", "text": ""}, {"id": 0, "text": "\0КНДР\0"}, {"id": 2, "title": "КНДР", "text": ""}]
    found = lines_of(monitor(config, "match", "--jsonl", stdin="\n\n \n".join(map(json.dumps, rows))).stdout)
    assert [(one["id"], [hit["start"] for hit in one["hits"]]) for one in found] == [("", []), (0, [1]), (2, [0])]


def test_a_worker_that_dies_is_named_with_the_place(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        os._exit(9)

    monkeypatch.setattr(jsonl, "match_line", die)
    lines = b'{"id": 1, "text": ""}\n' * 1000
    with pytest.raises(SandboxError, match="died, near line 1 of the input"):
        run(matcher, io.BytesIO(lines), io.StringIO(), io.StringIO(), 2)


def test_one_batch_starts_no_processes(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "_parallel", lambda *_: pytest.fail("started processes for one line"))
    out = io.StringIO()
    assert run(matcher, io.BytesIO(b'{"id": 1, "text": "x"}'), out, io.StringIO(), 0) == 0
    assert lines_of(out.getvalue())[0]["id"] == 1


def test_match_wants_jsonl(config: Path) -> None:
    assert "--jsonl" in str(monitor(config, "match").exception)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return compile_watchlists([Watchlist("w", keywords=(Term("ракета"), Term("missile")))], Catalogue([]))


class Caller:
    """A program that writes lines to `monitor match` and waits for answers."""

    def __init__(self, config: Path, workers: int) -> None:
        command = [sys.executable, "-m", "monitor", "--config", str(config), "match", "--jsonl", "--workers"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([*command, str(workers)], bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe)
        self._read = b""

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)

    def answer(self) -> Any:
        """Return the identity of the next answer, which must come while no further line is written."""
        assert self._process.stdout is not None
        while b"\n" not in self._read:
            assert wait([self._process.stdout.fileno()], 60), "no answer came"
            self._read += self._process.stdout.read(1 << 16)
        line, _, self._read = self._read.partition(b"\n")
        return json.loads(line)["id"]

    def has_workers(self) -> bool:
        pid = self._process.pid
        return bool(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii"))

    def end(self) -> tuple[int, str]:
        """Return the exit code, and what was complained of."""
        _, complaints = self._process.communicate(timeout=HANG)
        return self._process.returncode, complaints.decode()


def asked(*numbers: int) -> bytes:
    return b"".join(b'{"id": %d, "text": "sanctions", "language": "en"}\n' % number for number in numbers)


def test_a_caller_that_waits_for_each_answer_gets_it(config: Path) -> None:
    caller = Caller(config, 2)
    for number in range(3):
        caller.write(asked(number))
        assert caller.answer() == number
    caller.write(asked(3, 4) + asked(5)[:9])  # the third line is not whole yet
    assert [caller.answer(), caller.answer()] == [3, 4]
    caller.write(b"\n" + asked(6))
    assert caller.answer() == 6
    assert not caller.has_workers()
    code, complaints = caller.end()
    assert code == 1
    assert "stdin:6: not JSON" in complaints


def test_processes_answer_a_caller_that_waits(config: Path) -> None:
    """Once many lines have come at once, processes match; each further line is answered all the same."""
    caller = Caller(config, 2)
    many = threading.Thread(target=caller.write, args=(asked(*range(1300)),), daemon=True)
    many.start()
    assert [caller.answer() for _ in range(1300)] == list(range(1300))
    many.join()
    assert caller.has_workers()
    for number in range(1300, 1303):
        caller.write(asked(number))
        assert caller.answer() == number
    assert caller.end()[0] == 0


def test_the_last_line_needs_no_end(matcher: Matcher) -> None:
    out = io.StringIO()
    assert run(matcher, io.BytesIO(asked(1, 2).rstrip()), out, io.StringIO(), 1) == 0
    assert [one["id"] for one in lines_of(out.getvalue())] == [1, 2]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_order_is_kept_whatever_the_workers(matcher: Matcher, workers: int) -> None:
    rows = [json.dumps({"id": n, "text": "ракети " * (n % 5), "language": "uk"}) for n in range(1500)]
    rows[700] = "bad"
    out, complaints = io.StringIO(), io.StringIO()
    assert run(matcher, io.BytesIO("\n".join(rows).encode()), out, complaints, workers) == 1
    found = lines_of(out.getvalue())
    assert [one["id"] for one in found] == [n for n in range(1500) if n != 700]
    assert all(len(one["hits"]) == one["id"] % 5 for one in found)
    assert complaints.getvalue().startswith("stdin:701: ")


def test_only_a_few_batches_are_read_ahead(matcher: Matcher) -> None:
    class Endless(io.BufferedIOBase):
        """A stream that never ends, and counts its lines."""

        lines = 0

        def read1(self, _: int = -1, /) -> bytes:
            self.lines += 1
            return b'{"id": 1, "text": "x", "language": "uk"}\n'

    class Full(io.StringIO):
        """A target that breaks after the first line, as a closed pipe does."""

        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

    endless = Endless()
    with pytest.raises(BrokenPipeError):
        run(matcher, endless, Full(), io.StringIO(), 2)
    assert endless.lines < 3000


def test_an_article_needs_texts() -> None:
    with pytest.raises(LineError):
        article_of({"text": ["a"]})
    assert article_of({"text": "Привіт, це новина про ракети"}).language == "uk"
    assert parse(b'{"id": 1.5}') == {"id": 1.5}


# --------------------------------------------------------------------------- explain


def test_explain_shows_article_hits_and_reasons(config: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(TEXT, encoding="utf-8")
    done = monitor(config, "explain", str(page))
    assert done.return_value == 0
    for part in ("[background] Як повідомляв", "Пхеньян → DPRK", "2 of 2 terms", "no term", "балістичні ракети"):
        assert part in done.stdout


def test_explain_json_reads_standard_input(config: Path) -> None:
    done = monitor(config, "explain", "-", "--json", stdin=TEXT)
    found = json.loads(done.stdout)
    assert found["language"] == "uk"
    assert found["title"] == "КНДР показала зброю"
    assert [(hit["term"], hit["surface"], hit["zone"]) for hit in found["hits"]] == [
        ("DPRK", "КНДР", "title"),
        ("DPRK", "Пхеньян", "lead"),
        ("балістична ракета", "балістичні ракети", "lead"),
        ("DPRK", "Північна Корея", "background"),
    ]
    assert found["hits"][1]["sentence"] == "Пхеньян показав балістичні ракети."
    assert {one["name"]: (one["matched"], one["reason"]) for one in found["watchlists"]} == {
        "arms": (True, "2 of 2 terms"),
        "query": (False, "no term"),
    }
    assert {"citations", "quotes"} <= found.keys()


MIXED = """КНДР показала зброю

Пхеньян показав балістичні ракети в неділю.

“We are seeing the DPRK provide military equipment,” he said on Thursday.

북한은 이를 부인했다고 연합뉴스가 전했다.

По словам источника, из Пхеньяна отправили эшелоны.
"""


def test_explain_tells_where_the_language_changes(config: Path) -> None:
    found = json.loads(monitor(config, "explain", "-", "--json", stdin=MIXED).stdout)
    document = found["document"]
    assert [(one["language"], document[one["start"] : one["end"]][:4]) for one in found["languages"]] == [
        ("uk", "КНДР"),
        ("en", "“We "),
        ("ko", "북한은 "),
        ("ru", "По с"),
    ]
    shown = monitor(config, "explain", "-", "--all", stdin=MIXED).stdout
    for label in (
        "language: uk",
        "[title] КНДР",
        "[lead] Пхень",
        "[lead · en] “We",
        "[body · ko] 북한",
        "[body · ru] По",
    ):
        assert label in shown


def test_explain_highlights_hits_on_a_terminal(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    page = tmp_path / "page.txt"
    page.write_text(TEXT, encoding="utf-8")
    shown = CliRunner().invoke(cli, ["--config", str(config), "explain", str(page)], color=True).stdout
    assert "\x1b[30;43mбалістичні" in shown
    assert "ракети\x1b[0m. Нічого більше." in shown
    assert "\x1b[2;30;100mПівнічна" in shown


def test_explain_says_what_was_bounded(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.watch import article_matches
    from monitor.watch.explain import explain
    from monitor.watch.index import scan

    monkeypatch.setattr(article_matches, "MOST_PLACES", 3)
    monkeypatch.setattr(scan, "MOST_PLACES", 3)
    explained = explain(article_of({"text": "ракети " * 5 + "missile", "language": "uk"}), matcher)
    assert [hit.start for hit in explained.hits] == [0, 7, 14, 35]
    (note,) = explained.to_json()["notes"]
    assert note.startswith("ракета: more than")


def test_explain_names_a_missing_file(config: Path) -> None:
    assert "nowhere.txt" in str(monitor(config, "explain", "nowhere.txt").exception)


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        ("Title\n\nText", "Title", "Text"),
        ("Title\r\n\r\nText\r\n\r\nMore", "Title", "Text\n\nMore"),
        ("One line", "", "One line"),
        ("Two\nlines", "", "Two\nlines"),
        ("\n\nTitle\n\nText\n", "Title", "Text"),
        ("", "", ""),
    ],
)
def test_plain_text_has_a_title_before_a_blank_line(text: str, title: str, rest: str) -> None:
    assert split_title(text) == (title, rest)


# --------------------------------------------------------------------------- forms, entities


def test_forms_shows_rules_and_conditions(config: Path) -> None:
    shown = json.loads(monitor(config, "forms", "Блінкен", "--language", "uk", "--json").stdout)
    forms = {form["form"] for form in shown["spellings"][0]["words"][0]}
    assert {"блінкен", "блінкена", "блінкену", "блінкеном"} <= {form.lower() for form in forms}
    text = monitor(config, "forms", "МБР").stdout
    assert "capitals only" in text


def test_forms_of_one_part_of_speech_and_of_both_aspects(config: Path) -> None:
    nouns = monitor(config, "forms", "fire", "--pos", "noun").stdout
    assert "fires" in nouns
    assert "fired" not in nouns
    alone = monitor(config, "forms", "запустити").stdout
    assert "Note: 'запустити' is a verb; 'запускати', of the other aspect" in " ".join(alone.split())
    assert "запускаємо" not in alone
    assert "запускаємо" in monitor(config, "forms", "запустити", "--both-aspects").stdout
    assert "'pos' is of one word" in str(monitor(config, "forms", "fire missile", "--pos", "noun").exception)


def test_forms_of_a_language_that_is_none(config: Path) -> None:
    assert "'xx' is no language code" in str(monitor(config, "forms", "word", "--language", "xx").exception)


def test_forms_of_what_only_its_languages_table_tells_for_a_form(config: Path) -> None:
    result = monitor(config, "forms", "vojno", "-l", "sl", "--json")
    assert "'vojno' is not in its base form" in json.loads(result.stdout)["warnings"][0]


def test_forms_of_an_entity_and_without_a_configuration(tmp_path: Path) -> None:
    text = monitor(tmp_path / "none.yaml", "forms", "@ICBM").stdout
    assert "міжконтинентальна балістична ракета" in text


@pytest.mark.parametrize(
    ("term", "hint"), [("a AND b", "query:"), ("@DRPK", "did you mean DPRK"), ("ab*", "3 letters")]
)
def test_forms_of_a_bad_term(config: Path, term: str, hint: str) -> None:
    assert hint in str(monitor(config, "forms", term).exception)


def test_forms_of_a_regular_expression_says_so(config: Path) -> None:
    assert "no list of forms" in monitor(config, "forms", r"/Hwasong-\d+/").stdout


@pytest.mark.parametrize("width", [40, 80, 200])
def test_entities_stand_in_columns_on_a_terminal(width: int) -> None:
    catalogue = shipped()
    printed = io.StringIO()
    specs = [catalogue.entities[ident] for ident in catalogue.ids()]
    show_entities(specs, Console(file=printed, width=width, highlight=False))
    lines = printed.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    at = lines[0].index("type"), lines[0].index("languages")
    first = [line for line in lines[1:] if line[at[0] : at[0] + 1].strip()]  # others go on below themselves
    assert len(first) == len(specs)
    assert all(line[at[0] - 1] == " " and line[at[1] - 1] == " " for line in first)
    assert [line[at[1] :].split()[0] for line in first] == [next(iter(spec.names)) for spec in specs]


def test_entities_lists_and_shows(config: Path) -> None:
    listed = monitor(config, "entities").stdout.splitlines()
    assert any(line.startswith("DPRK\tplace\t") for line in listed)
    assert any(one["id"] == "DPRK" for one in json.loads(monitor(config, "entities", "--json").stdout))
    assert "Північна Корея" in monitor(config, "entities", "north korea").stdout
    assert json.loads(monitor(config, "entities", "@DPRK", "--json").stdout)["id"] == "DPRK"
    assert "did you mean DPRK" in str(monitor(config, "entities", "DRPK").exception)


def test_an_entity_is_shown_with_its_conditions(capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.cli.shown import show_entity

    name = Name("Pak", needs=("minister",), not_before=("Mr",), not_after=("Inc",), exact_case=True, whole=True)
    show_entity(EntitySpec("Pak", names={"en": (name,)}, needs=("Seoul",), not_before=("Ye",)))
    shown = " ".join(capsys.readouterr().out.split())
    for part in ("needs minister", "not right after Mr", "not right before Inc", "case as written", "needs: Seoul"):
        assert part in shown


@pytest.mark.parametrize(
    ("language", "meant"), [("english", "'en'"), ("ua", "'uk'"), ("EN", "'en'"), ("xx", "two letters")]
)
def test_a_line_whose_language_is_no_code_is_refused_as_the_configuration_does(language: str, meant: str) -> None:
    with pytest.raises(LineError, match=f'"language": .* is no language code.*{meant}'):
        article_of({"id": 1, "text": "A text", "language": language})


def test_a_line_may_leave_its_language_open() -> None:
    assert article_of({"id": 1, "text": "The text is in English", "language": ""}).language == "en"
    assert article_of({"id": 1, "text": "The text is in English", "language": "und"}).language == "und"
