"""`monitor sources`, as a user runs it, and what other commands say of `use`."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from monitor.app.configuration import load
from monitor.cli import cli
from monitor.cli.sources import complete, sources
from monitor.config import pack

USED = "sources:\n  - use: ukrinform\n  - {use: yonhap/ko, every: 1m}\nwatchlists:\n  - {name: w, keywords: [rocket]}\n"


def monitor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), standalone_mode=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(USED, encoding="utf-8")
    return path


def test_all_outlets_are_listed() -> None:
    head, *rows = monitor("sources").stdout.splitlines()
    assert head.split() == ["outlet", "name", "kind", "languages", "feeds", "confirmed"]
    assert [row.split()[0] for row in rows] == list(pack.pack())
    assert [row.split() for row in rows if row.startswith("koreaherald ")] == [
        ["koreaherald", "Korea", "Herald", "media", "en", "1", "1"]
    ]


def test_a_word_and_a_language_filter() -> None:
    listed = [row.split()[0] for row in monitor("sources", "korea").stdout.splitlines()[1:]]
    assert {"koreaherald", "koreatimes", "yonhap"} <= set(listed)
    assert "ukrinform" not in listed
    listed = [row.split()[0] for row in monitor("sources", "--language", "UK").stdout.splitlines()[1:]]
    assert {"ukrinform", "bbc"} <= set(listed)
    assert "koreaherald" not in listed


def test_an_outlet_is_shown_with_its_feeds_quirks_evidence_and_what_to_write() -> None:
    shown = monitor("sources", "yonhap").stdout
    assert shown.startswith("Yonhap  agency  Asia/Seoul\nNote: summaries of 70 to 90 characters")
    part = shown.partition("\nyonhap/zh  everything\n")[2].partition("\n\n")[0]
    assert "  url        https://cn.yna.co.kr/RSS/news.xml\n  language   zh\n  legacy_tls true" in part
    assert "  confirmed  yes\n  seen       2026-11-30 in DIYgod/RSSHub, lib/routes/yna/index.ts" in part
    assert shown.endswith("In config.yaml:\n\nsources:\n  - use: yonhap\n")


def test_one_feed_is_shown_alone_with_what_is_not_confirmed() -> None:
    shown = monitor("sources", "ukrinform/es").stdout
    assert "rubric-ato" not in shown
    assert "  confirmed  no\n" in shown
    assert shown.endswith("sources:\n  - use: ukrinform/es\n")
    assert "confirmed  no (a check of 2026-09 found it not to answer)" in monitor("sources", "isw").stdout
    assert "found to answer 2026-02-24" in monitor("sources", "koreatimes").stdout


def test_what_the_snippet_says_can_be_loaded(tmp_path: Path) -> None:
    for ident in ("ukrinform", "yonhap/ko-northkorea"):
        snippet = monitor("sources", ident).stdout.partition("In config.yaml:\n\n")[2]
        (tmp_path / "config.yaml").write_text(snippet, encoding="utf-8")
        assert load(tmp_path / "config.yaml", {}).sources[0].use == ident


def test_as_json() -> None:
    everything = json.loads(monitor("sources", "--json").stdout)
    assert [row["id"] for row in everything] == list(pack.pack())
    one = json.loads(monitor("sources", "isw", "--json").stdout)
    assert one["name"] == "ISW"
    (feed,) = one["feeds"]
    assert feed["use"] == "isw"
    assert feed["confirmed"] is False
    assert feed["settings"]["url"] == "https://www.understandingwar.org/feed"
    assert feed["seen"][0] == {
        "where": "koala73/worldmonitor, server/worldmonitor/news/v1/_feeds.ts",
        "seen": "2026-11-30",
        "checked": None,
    }
    assert json.loads(monitor("sources", "herald", "--json").stdout) == [
        json.loads(monitor("sources", "koreaherald", "--json").stdout)
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ukrinfrom"], "no outlet 'ukrinfrom'. Did you mean 'ukrinform'?"),
        (["ukrinform/atto"], "no feed 'atto' of Ukrinform. Did you mean 'ukrinform/ato'?"),
        (["--language", "xx"], "no feed in the language 'xx'"),
    ],
)
def test_what_there_is_not_is_a_usage_error(arguments: list[str], message: str) -> None:
    result = monitor("sources", *arguments)
    assert isinstance(result.exception, click.UsageError)
    assert message in result.exception.message


def test_names_are_completed() -> None:
    context = click.Context(sources)
    found = [item.value for item in complete(context, sources.params[0], "Ukrinform/en")]
    assert found == ["ukrinform/en", "ukrinform/en-ato", "ukrinform/en-defense"]


def test_check_tells_what_a_use_stands_for(file: Path) -> None:
    shown = monitor("--config", file, "check").stdout
    assert (
        "    Ukrinform: use ukrinform is https://www.ukrinform.ua/rss/block-lastnews, uk, Europe/Kyiv\n"
        "    Yonhap Korean: use yonhap/ko is https://www.yna.co.kr/rss/news.xml, ko, Asia/Seoul\n"
    ) in shown
    assert json.loads(monitor("--config", file, "check", "--json").stdout)["uses"]["Yonhap Korean"] == {
        "use": "yonhap/ko",
        "url": "https://www.yna.co.kr/rss/news.xml",
        "language": "ko",
        "timezone": "Asia/Seoul",
    }


def test_export_writes_real_addresses(file: Path) -> None:
    exported = monitor("--config", file, "export").stdout
    assert 'xmlUrl="https://www.ukrinform.ua/rss/block-lastnews" language="uk"' in exported


def test_init_offers_the_pack(tmp_path: Path) -> None:
    monitor("init", "--dir", tmp_path)
    file = tmp_path / "config.yaml"
    offered = file.read_text(encoding="utf-8")
    file.write_text(offered.replace("  # - use:", "  - use:").replace("  # - {use:", "  - {use:"), encoding="utf-8")
    assert len([source for source in load(file, {}).sources if source.use]) >= 8
