"""init, check, schema, import and export, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from doubles.pipeline_harness import FakeFetcher, ok

from monitor.app.configuration import load
from monitor.cli import _COMMANDS, cli
from monitor.config.load import Config
from monitor.errors import ConfigError, MonitorError
from monitor.ports import Response

GOOD = "sources:\n  - {name: a, url: 'https://a.example/'}\nwatchlists:\n  - {name: w, keywords: [rocket]}\n"
OPML = '<opml><body><outline text="b" xmlUrl="https://b.example/"/><outline text="a" xmlUrl="https://a.example/"/></body></opml>'


def monitor(*arguments: str | Path, stdin: str | None = None) -> Result:
    """Run a command; its exit code is what it returns, its exceptions are raised as the main program gets them."""
    result = CliRunner().invoke(cli, list(map(str, arguments)), input=stdin, standalone_mode=False)
    if isinstance(result.exception, MonitorError):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


# --------------------------------------------------------------------------- init and schema


def test_init_writes_a_configuration_that_is_good(tmp_path: Path) -> None:
    result = monitor("init", "--dir", tmp_path / "new")
    assert result.return_value == 0
    assert "monitor --config" in result.stdout
    assert load(tmp_path / "new" / "config.yaml", {}).sources
    assert json.loads((tmp_path / "new" / "config.schema.json").read_text(encoding="utf-8"))["properties"]["sources"]


def test_init_overwrites_only_when_told(tmp_path: Path, file: Path) -> None:
    with pytest.raises(MonitorError, match="--force"):
        monitor("init", "--dir", tmp_path)
    assert file.read_text(encoding="utf-8") == GOOD
    assert not (tmp_path / "config.schema.json").exists()
    assert monitor("init", "--dir", tmp_path, "--force").return_value == 0
    assert file.read_text(encoding="utf-8") != GOOD


def test_init_says_where_it_cannot_write(file: Path) -> None:
    with pytest.raises(MonitorError, match="cannot be written"):
        monitor("init", "--dir", file / "below")


def test_schema_is_json(tmp_path: Path) -> None:
    assert json.loads(monitor("schema").stdout)["additionalProperties"] is False


# --------------------------------------------------------------------------- check


def test_check_sums_up(file: Path) -> None:
    result = monitor("--config", file, "check")
    assert result.return_value == 0
    for part in (f"{file}: good", "sources     1: a", "watchlists  1: w", "console (console)"):
        assert part in result.stdout


def test_check_raises_all_problems(file: Path) -> None:
    file.write_text(GOOD.replace("rocket", "mi*").replace("https", "gopher"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        monitor("--config", file, "check")
    assert [problem.line for problem in caught.value.problems] == [2, 4]


def test_check_as_json(file: Path) -> None:
    good = json.loads(monitor("--config", file, "check", "--json").stdout)
    assert good == {
        "ok": True,
        "problems": [],
        "files": [str(file)],
        "sources": ["a"],
        "uses": {},
        "watchlists": ["w"],
        "channels": {"console": "console"},
        "warnings": [],
    }
    file.write_text(GOOD.replace("rocket", "mi*"), encoding="utf-8")
    result = monitor("--config", file, "check", "--json")
    assert result.return_value == 78
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["path"]) == (str(file), 4, "watchlists[0].keywords[0]")
    assert problem["column"] == 26
    assert "letters" in problem["message"]


@pytest.mark.parametrize(
    ("languages", "installed", "warned"),
    [(["en", "ko"], False, True), (["en", "ko"], True, False), (["en", "en"], False, False), (["en"], False, False)],
)
def test_check_names_the_encoder_where_it_is_missing_and_would_be_used(
    file: Path, monkeypatch: pytest.MonkeyPatch, languages: list[str], installed: bool, warned: bool
) -> None:
    monkeypatch.setattr("monitor.extract.encoder.available", lambda: installed)
    sources = "".join(
        f"  - {{name: s{at}, url: 'https://{at}.example/', language: {language}}}\n"
        for at, language in enumerate(languages)
    )
    file.write_text("sources:\n" + sources + GOOD[GOOD.index("watchlists") :], encoding="utf-8")
    warnings = json.loads(monitor("--config", file, "check", "--json").stdout)["warnings"]
    named = [warning for warning in warnings if "make stories" in warning]
    assert len(named) == warned
    assert all(warning.startswith("sources in en, ko: without the encoder") for warning in named)


def test_check_warns_of_terms_that_match_too_much_or_too_little(file: Path) -> None:
    file.write_text(GOOD.replace("[rocket]", "[rocket, the, 핵]"), encoding="utf-8")
    result = monitor("--config", file, "check")
    assert result.return_value == 0
    assert "  warning: watchlist w: the: 'the' is in nearly every text" in result.stdout
    assert "  warning: watchlist w: 핵: '핵': one syllable" in result.stdout
    assert "rocket" not in result.stdout
    assert len(json.loads(monitor("--config", file, "check", "--json").stdout)["warnings"]) == 2


def test_check_warns_of_a_term_that_only_its_languages_table_tells_for_a_form(file: Path) -> None:
    file.write_text(GOOD.replace("[rocket]", "[rocket, {text: vojno, language: sl}]"), encoding="utf-8")
    told = "watchlist w: vojno: 'vojno' is not in its base form, so it is found in few forms: write 'vojna'"
    assert json.loads(monitor("--config", file, "check", "--json").stdout)["warnings"] == [told]


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_check_probes(file: Path, monkeypatch: pytest.MonkeyPatch, ok: bool, code: int) -> None:
    asked: list[Config] = []

    async def probe(config: Config) -> list[dict[str, Any]]:
        asked.append(config)
        return [{"kind": "source", "name": "a", "ok": ok, "detail": "30 entries", "seconds": 0.2}]

    monkeypatch.setattr("monitor.app.probe.probe", probe)
    result = monitor("--config", file, "check", "--probe")
    assert result.return_value == code
    assert f"source a: {'ok' if ok else 'failed'} in 0.2 s, 30 entries" in result.stdout
    result = monitor("--config", file, "check", "--probe", "--json")
    assert result.return_value == code
    assert json.loads(result.stdout)["ok"] is ok
    assert json.loads(result.stdout)["probes"][0]["name"] == "a"
    assert [config.path for config in asked] == [file, file]


# --------------------------------------------------------------------------- import and export


def test_import_adds_what_is_new(file: Path, tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").write_text(OPML, encoding="utf-8")
    result = monitor("--config", file, "import", tmp_path / "feeds.opml", "--dry-run")
    assert "would add b: https://b.example/" in result.stdout
    assert "a: is there already" in result.stderr
    assert file.read_text(encoding="utf-8") == GOOD
    result = monitor("--config", file, "import", tmp_path / "feeds.opml")
    assert "added b: https://b.example/" in result.stdout
    assert [source.name for source in load(file, {}).sources] == ["a", "b"]
    result = monitor("--config", file, "import", tmp_path / "feeds.opml", "--json")
    assert json.loads(result.stdout) == {
        "added": [],
        "skipped": ["b: is there already", "a: is there already"],
        "unusable": [],
        "proposed": [],
        "rules": [],
        "written": False,
    }


def test_import_names_what_it_cannot_use_and_goes_on(file: Path) -> None:
    opml = OPML.replace(
        "<body>", '<body><outline text="bad" xmlUrl="ftp://x/"/><outline text="c" xmlUrl="https://c:0/"/>'
    )
    result = monitor("--config", file, "import", "-", stdin=opml)
    assert result.return_value == 1
    assert "left out line 1: bad: ftp://x/: ftp: addresses are not read" in result.stderr
    assert "left out line 1: c: https://c:0/: has no valid port" in result.stderr
    assert [source.name for source in load(file, {}).sources] == ["a", "b"]
    result = monitor("--config", file, "import", "-", "--json", stdin=opml)
    assert result.return_value == 1
    assert len(json.loads(result.stdout)["unusable"]) == 2


def test_import_reads_standard_input(file: Path) -> None:
    assert monitor("--config", file, "import", "-", stdin=OPML).return_value == 0
    assert len(load(file, {}).sources) == 2


def test_import_leaves_a_broken_configuration_alone(file: Path, tmp_path: Path) -> None:
    broken = GOOD.replace("rocket", "mi*")
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(ConfigError, match="letters"):
        monitor("--config", file, "import", "-", stdin=OPML)
    assert file.read_text(encoding="utf-8") == broken
    with pytest.raises(ConfigError, match="monitor init"):
        monitor("--config", tmp_path / "none.yaml", "import", "-", stdin=OPML)
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        monitor("--config", file, "import", "-", stdin=OPML)


RSS = '<rss version="2.0"><channel><title>The wire</title><item><title>One</title></item></channel></rss>'
NAMING = '<html><head><link rel="alternate" type="application/rss+xml" title="All news" href="/rss"></head></html>'


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> FakeFetcher:
    """A site with a page that names a feed, the feed, and a page that names none."""
    fetcher = FakeFetcher()
    for path, body in (("", NAMING), ("rss", RSS), ("silent", "<html><body>News</body></html>")):
        fetcher.answers[f"https://site.example/{path}"] = ok(f"https://site.example/{path}", body)
    fetcher.answers["https://gone.example/"] = lambda _: Response("https://gone.example/", 404, (), b"")
    monkeypatch.setattr("monitor.app.probe.make_fetcher", lambda _: fetcher)
    return fetcher


def test_import_takes_feeds_from_a_list_and_proposes_those_of_pages(file: Path, site: FakeFetcher) -> None:
    del site
    addresses = """# ours
https://site.example/rss

https://site.example/
https://site.example/silent
https://gone.example/
ftp://site.example/
"""
    result = monitor("--config", file, "import", "-", stdin=addresses)
    assert result.return_value == 1
    assert "added The wire: https://site.example/rss" in result.stdout
    assert (
        "https://site.example/ is a web page, not a feed; to watch what it names, write below `sources:`\n"
        "  - {name: 'site.example', url: 'https://site.example/rss'}  # All news\n"
    ) in result.stdout
    assert (
        "left out site.example: https://site.example/silent: the answer is a web page, not a feed, and names none"
        in (result.stderr)
    )
    assert "left out gone.example: https://gone.example/: the server answered 404" in result.stderr
    assert "left out line 7: 'ftp://site.example/': ftp: addresses are not read" in result.stderr
    assert [source.name for source in load(file, {}).sources] == ["a", "The wire"]


def test_import_asks_the_pages_of_opml(file: Path, site: FakeFetcher) -> None:
    del site
    opml = OPML.replace(
        "<body>", '<body><outline type="rss" text="The site" htmlUrl="https://site.example/" language="uk"/>'
    )
    result = monitor("--config", file, "import", "-", "--json", stdin=opml)
    assert result.return_value == 1
    found = json.loads(result.stdout)
    assert [source["name"] for source in found["added"]] == ["b"]
    line = "{name: 'The site', url: 'https://site.example/rss', language: uk}"
    feeds = [{"url": "https://site.example/rss", "title": "All news", "line": line}]
    assert found["proposed"] == [{"page": "https://site.example/", "feeds": feeds}]


def test_a_probe_proposes_the_feed_of_a_page(file: Path, site: FakeFetcher) -> None:
    file.write_text(GOOD.replace("https://a.example/", "https://site.example/"), encoding="utf-8")
    result = monitor("--config", file, "check", "--probe")
    assert result.return_value == 1
    assert "not a feed; it names a feed: write url: https://site.example/rss (All news)" in result.stdout
    assert len(site.asked) == 1


def test_import_refuses_what_is_no_opml(file: Path) -> None:
    with pytest.raises(MonitorError, match="not OPML"):
        monitor("--config", file, "import", "-", stdin="<rss/>")


def test_export_can_be_imported(file: Path, tmp_path: Path) -> None:
    exported = monitor("--config", file, "export").stdout
    other = tmp_path / "other.yaml"
    other.write_text("watchlists:\n  - {name: w, keywords: [rocket]}\n", encoding="utf-8")
    monitor("--config", other, "import", "-", stdin=exported)
    assert load(other, {}).sources == load(file, {}).sources


def test_export_keeps_rhythm_language_and_timezone(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    text = GOOD.replace("example/'}", "example/', every: 90s, timezone: Asia/Seoul, language: ko}", 1)
    file.write_text(text, encoding="utf-8")
    exported = monitor("--config", file, "export").stdout
    other = tmp_path / "other.yaml"
    other.write_text("watchlists:\n  - {name: w, keywords: [rocket]}\n", encoding="utf-8")
    monitor("--config", other, "import", "-", stdin=exported)
    (source,) = load(other, {}).sources
    assert (source.every, source.timezone, source.language) == (90.0, "Asia/Seoul", "ko")
    bad = exported.replace("90s", "soon").replace("Asia/Seoul", "Mars/Base").replace("a.example", "b.example")
    monitor("--config", other, "import", "-", stdin=bad)
    source = load(other, {}).sources[1]
    assert (source.every, source.timezone) == (None, "UTC")


def test_rules_of_other_readers_are_proposed(file: Path) -> None:
    freshrss = (
        '<opml version="2.0" xmlns:frss="https://freshrss.org/opml"><body>'
        '<outline text="c" type="rss" xmlUrl="https://c.example/" frss:filtersActionRead="intitle:football&#10;'
        'author:Bob&#10;&quot;live blog&quot;&#10;/ad[vs]/i&#10;one two"/>'
        '<outline text="d" type="HTML+XPath" xmlUrl="https://d.example/"/></body></opml>'
    )
    result = monitor("--config", file, "import", "-", stdin=freshrss)
    assert result.return_value == 1
    for line in ("exclude: ['football']", "exclude: ['live blog']", "exclude: ['/ad[vs]/']", "same as c: author:Bob"):
        assert line in result.stdout
    assert "same as c: one two" in result.stdout
    assert "no feed: look for a feed of that site" in result.stderr
    miniflux = json.dumps(
        [
            {
                "feed_url": "https://e.example/",
                "title": "E",
                "block_filter_entry_rules": "EntryTitle=(?i)football|ice hockey\nEntryAuthor=Bob",
                "keeplist_rules": "(?i)rockets?",
            },
            {"feed_url": "ftp://f.example/", "title": "F"},
        ]
    )
    found = json.loads(monitor("--config", file, "import", "-", "--json", stdin=miniflux).stdout)
    assert [source["name"] for source in found["added"]] == ["E"]
    assert [(rule["key"], rule["terms"]) for rule in found["rules"]] == [
        ("exclude", ["football", "ice hockey"]),
        ("exclude", []),
        ("keywords", ["/rockets?/"]),
    ]
    assert len(found["unusable"]) == 1
    with pytest.raises(MonitorError, match="Miniflux"):
        monitor("--config", file, "import", "-", stdin="[1, {}]")


READERS = {
    "Feedly": '<outline text="News" title="News"><outline type="rss" text="A" title="A" xmlUrl="https://x.example/1" htmlUrl="https://x.example"/></outline>',
    "Inoreader": '<outline text="News" title="News"><outline text="A" title="A" type="rss" xmlUrl="https://x.example/1" htmlUrl="https://x.example"/></outline>',
    "FreshRSS": '<outline text="News"><outline text="A" type="rss" xmlUrl="https://x.example/1" htmlUrl="https://x.example/" description="d"/></outline>',
    "Miniflux": '<outline text="News"><outline title="A" text="A" xmlUrl="https://x.example/1" htmlUrl="https://x.example"></outline></outline>',
    "Thunderbird": '<outline xmlns:fz="urn:forumzilla:" type="rss" title="A" text="A" version="RSS" fz:quickMode="false" xmlUrl="https://x.example/1" htmlUrl="https://x.example"/>',
}


@pytest.mark.parametrize("reader", READERS)
def test_what_other_readers_write_is_read(file: Path, reader: str) -> None:
    text = f'<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>t</title></head><body>{READERS[reader]}</body></opml>'
    result = monitor("--config", file, "import", "-", stdin=text)
    assert result.return_value == 0
    assert [(source.name, source.url) for source in load(file, {}).sources][1:] == [("A 2", "https://x.example/1")]


def modules_loaded_by(*args: str | Path, stdin: str = "") -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "monitor", *args]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True)
    return {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}


def test_help_loads_neither_the_logs_nor_the_configuration() -> None:
    loaded = modules_loaded_by("--help")
    assert "monitor.cli" in loaded
    assert not loaded & {"structlog", "pydantic", "sqlalchemy"}
    assert not {name for name in loaded if name.startswith("monitor.cli.")}, "no command is imported"


def test_help_says_of_each_command_what_the_command_says() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert _COMMANDS[name][2] == command.get_short_help_str(1000)


def test_help_of_a_group_fits_and_every_option_says_what_it_does() -> None:
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    for name, command in list(commands.items()):
        if isinstance(command, click.Group):
            for below, sub in command.commands.items():
                said = sub.get_short_help_str(80 - len(below) - 10)
                assert not said.endswith("..."), f"{name} {below}"
                commands[f"{name} {below}"] = sub
    options = [(name, each) for name, command in commands.items() if command is not None for each in command.params]
    assert [(name, each.opts) for name, each in options if isinstance(each, click.Option) and not each.help] == []


@pytest.mark.parametrize(
    ("args", "stdin"), [(("forms", "test"), ""), (("match", "--jsonl", "--workers", "1"), '{"id": 1, "text": "a"}\n')]
)
def test_what_needs_no_database_does_not_load_it(file: Path, args: tuple[str, ...], stdin: str) -> None:
    loaded = modules_loaded_by("--config", file, *args, stdin=stdin)
    assert "monitor.text" in loaded
    assert not {name for name in loaded if name.split(".")[0] == "sqlalchemy" or name.startswith("monitor.store")}
