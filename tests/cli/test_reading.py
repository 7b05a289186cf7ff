"""One way to read a FILE, a URL or standard input, for each command that is given one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from doubles.inforce import configured
from doubles.pipeline_harness import FakeFetcher

from monitor.app.probe import read_article
from monitor.cli import cli
from monitor.cli.printed import SCREEN, harmless
from monitor.errors import FetchError
from monitor.ports import Response

CONFIG = """
sources: [{name: Ukrinform, url: "https://example.org/rss"}]
watchlists: [{name: arms, keywords: [ракета], notify: [screen]}]
channels: {screen: {console: {}}}
"""
COMMANDS = ["explain", "extract"]
STORY = "Пхеньян випробував нову ракету, заявили в Сеулі. Ракету помітили військові Південної Кореї вночі."
PAGE = f"<html><head><title>Ракета</title></head><body><article><h1>Ракета</h1><p>{STORY}</p></article></body></html>"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def run(config: Path, command: str, body: bytes, *options: str, piped: bool = False) -> Result:
    target = config.with_name("given.bin")
    target.write_bytes(body)
    given = "-" if piped else str(target)
    return CliRunner().invoke(
        cli, ["--config", str(config), command, given, *options], input=body if piped else b"", standalone_mode=False
    )


@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
@pytest.mark.parametrize("text", [f"Ракета\n\n{STORY}", PAGE, f"<div><h1>Ракета</h1><p>{STORY}</p></div>"],
                         ids=["text", "page", "part"])  # fmt: skip
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1251", "koi8-u", "utf-16"])
def test_both_read_any_encoding_alike(config: Path, codec: str, text: str, piped: bool) -> None:
    explained = run(config, "explain", text.encode(codec), "--json", piped=piped)
    extracted = run(config, "extract", text.encode(codec), "--json", piped=piped)
    one, two = json.loads(explained.stdout), json.loads(extracted.stdout)
    assert STORY in one["document"]
    assert (one["title"], one["language"]) == (two["title"], two["language"]) == ("Ракета", "uk")
    assert one["document"] == f"{two['title']}\n\n{two['text']}"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "body",
    [b"%PDF-1.7\n1 0 obj", b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xd8\xff\xe0\0\x10JFIF", b"PK\x03\x04\x14\0",
     b"\x7fELF\x02\x01\x01\0", b"\x1f\x8b\x08\0\0", bytes(range(256)) * 20],
    ids=["pdf", "png", "jpeg", "zip", "elf", "gzip", "bytes"],
)  # fmt: skip
@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
def test_what_is_no_text_is_refused_by_name(config: Path, command: str, body: bytes, piped: bool) -> None:
    done = run(config, command, body, piped=piped)
    assert done.stdout == ""
    assert str(done.exception).startswith("-: " if piped else str(config.with_name("given.bin")))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", [[], ["--all"], ["--json"]], ids=["brief", "all", "json"])
@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
@pytest.mark.parametrize("page", [False, True], ids=["text", "page"])
def test_nothing_that_a_terminal_obeys_is_printed(
    config: Path, command: str, option: list[str], piped: bool, page: bool
) -> None:
    evil = "\x1b]0;owned\x07 \x1b[2J\x9b31m\u202e ракета \x1b[8m\x85\x7f"
    text = f"{evil}\n\n{evil} {STORY}"
    if page:
        text = PAGE.replace("Ракета</", f"Ракета {evil}</").replace(STORY, f"{evil} {STORY}")
    shown = run(config, command, text.encode(), *option, piped=piped).stdout
    assert "ракет" in shown
    assert not any(char != "\n" and (char < " " or "\x7f" <= char < "\xa0") for char in shown)
    if option != ["--json"]:
        assert "\u202e" not in shown


def test_harmless_keeps_every_offset() -> None:
    text = "".join(map(chr, range(0x3000)))
    assert len(harmless(text)) == len(text)
    assert harmless("а\nб\tв") == "а\nб\tв"


@pytest.mark.parametrize("command", COMMANDS)
def test_one_screen_unless_all_is_asked_for(config: Path, command: str) -> None:
    paragraphs = [f"{number}. {STORY}" for number in range(60)]
    body = "\n\n".join(["Ракета", *paragraphs]).encode()
    brief = run(config, command, body).stdout.splitlines()
    assert len(brief) == SCREEN
    assert "--all" in brief[-1]
    whole = run(config, command, body, "--all").stdout
    assert "--all" not in whole
    assert all(f"{number}. Пхеньян" in whole for number in range(60))
    short = run(config, command, f"Ракета\n\n{STORY}".encode()).stdout
    assert "--all" not in short
    assert "Пхеньян" in short


def test_the_screen_begins_with_what_was_decided(config: Path) -> None:
    lists = "".join(f"  - {{name: list {number}, keywords: [танк], notify: [screen]}}\n" for number in range(30))
    matching = "  - {name: arms, keywords: [ракета], notify: [screen]}\n"
    config.write_text(CONFIG.splitlines()[1] + f"\nwatchlists:\n{lists}{matching}" + CONFIG.splitlines()[3], "utf-8")
    shown = run(config, "explain", f"Ракета\n\n{STORY}".encode()).stdout
    assert "31 watchlists, 1 of them match" in shown
    assert shown.index("arms") < shown.index("list 0")


def test_a_long_text_is_read_to_its_end(config: Path) -> None:
    body = f"Ракета\n\n{'Слово за словом. ' * 150_000}\n\nНаприкінці ракета.".encode()
    assert len(body) > 2_000_000
    found = json.loads(run(config, "explain", body, "--json").stdout)
    assert found["document"].endswith("Наприкінці ракета.")
    assert len(found["hits"]) == 2


@pytest.mark.parametrize("command", ["explain", "extract"])
def test_nothing_to_read_is_said(config: Path, command: str) -> None:
    result = CliRunner().invoke(cli, ["--config", str(config), command, "-"], input=" \n")
    assert str(result.exception) == "standard input is empty: there is no article to read"


@pytest.mark.parametrize(("status", "retryable"), [(404, False), (410, False), (403, False), (429, True), (503, True)])
async def test_a_page_that_is_gone_is_gone_for_good(
    monkeypatch: pytest.MonkeyPatch, status: int, retryable: bool
) -> None:
    fetcher = FakeFetcher()
    fetcher.answers["https://a.example/1"] = lambda _: Response("https://a.example/1", status, (), b"")
    monkeypatch.setattr("monitor.app.probe.make_fetcher", lambda _: fetcher)
    with pytest.raises(FetchError) as caught:
        await read_article("https://a.example/1", configured([], []))
    assert caught.value.retryable is retryable
