"""Good configurations: what becomes of every key, of other files, of what is left out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.app.configuration import load
from monitor.config.load import Allow, Config
from monitor.errors import ConfigError
from monitor.model import Burst, Channel, Name, QuietHours, Severity, Source, Term, Watchlist

CATALOGUE = ("DPRK", "Blinken", "ICBM")

FULL = """\
sources:
  - name: Ukrinform
    url: https://www.ukrinform.ua/rss/block-lastnews
    language: uk
    timezone: Europe/Kyiv
    every: 90s
  - name: Yonhap
    url: https://en.yna.co.kr/RSS/nk.xml
entities:
  Hwasong-18:
    type: weapon
    names:
      en: [Hwasong-18, {text: Hwasong, needs: [missile], not_before: [South], case: exact, forms-: [Hwasongs]}]
      no: [Hwasong-18]
    adjectives: {uk: [хвасонський]}
    link: Q123
watchlists:
  - name: DPRK arms
    entities: [DPRK, blinken, Hwasong]
    keywords: ["балістична ракета", 1984, '=ракета', "missil*", '@DPRK', '/Hwasong-\\d+/', 007]
    exclude: [football]
    require: 2
    where: [title, background, title]
    sources: [Yonhap]
    languages: [uk, no]
    severity: critical
    notify: [desk, desk]
    updates: reply
    cooldown: 30m
  - name: Arms for Russia
    query: '@DPRK AND (artillery NEAR/8 Russia OR "снаряди для Росії") NOT title:футбол'
  - name: Kept
    keywords:
      - {text: Пак, language: uk, forms+: [Паком], forms-: [паки], case: exact, whole: true, near: [Сеул], except: [пакет]}
    notify: []
channels:
  desk:
    telegram: {chat: "-1001234567890", topic: 17}
    timezone: Asia/Seoul
    quiet_hours: {from: 23:00, to: "7:30", timezone: Europe/Kyiv}
    digest: ["8:00", "20:00", 20:00]
    burst: {alerts: 20, within: 5m}
    expire: 6h
  hook:
    webhook: {url: "https://example.org/hook"}
    on_unknown: hold
    digest: 1h30m
  screen:
    console:
telegram:
  admins: [123456789, 123456789]
  api: http://127.0.0.1:8081/
storage: {url: "postgresql://monitor@db/monitor", keep: 30d}
network:
  allow: [{host: Wiki.Corp, cidr: 10.2.0.0/16, ports: [443]}, {host: 127.0.0.1, cidr: 127.0.0.0/8}]
polling: {catch_up: 6h, concurrency: 10, per_host: 1}
delivery: {expire: 1d, quiet_time: 0.5s, stale: 90m, burst: off}
web: {listen: ""}
log: {level: debug, format: json}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str, name: str = "config.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return make


def read(file: Path, **environ: str) -> Config:
    return load(file, environ, entity_names=lambda: CATALOGUE)


def problems(file: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(file, **environ)
    return [str(problem) for problem in caught.value.problems]


def test_every_key_arrives(write: Write) -> None:
    config = read(write(FULL))
    assert config.sources == (
        Source("Ukrinform", "https://www.ukrinform.ua/rss/block-lastnews", "uk", "Europe/Kyiv", 90.0),
        Source("Yonhap", "https://en.yna.co.kr/RSS/nk.xml", None, "UTC", None),
    )
    (entity,) = config.entities
    assert entity.type == "weapon"
    assert entity.names["en"] == (
        Name("Hwasong-18"),
        Name("Hwasong", exact_case=True, needs=("missile",), not_before=("South",), drop_forms=("Hwasongs",)),
    )
    assert entity.names["no"] == (Name("Hwasong-18"),)
    assert entity.adjectives == {"uk": (Name("хвасонський"),)}
    assert entity.link == "Q123"
    arms, russia, kept = config.watchlists
    assert arms == Watchlist(
        name="DPRK arms",
        entities=("DPRK", "blinken", "Hwasong"),
        keywords=tuple(
            map(Term, ("балістична ракета", "1984", "=ракета", "missil*", "@DPRK", r"/Hwasong-\d+/", "007"))
        ),
        exclude=(Term("football"),),
        require=2,
        where=("title", "background"),
        sources=("Yonhap",),
        languages=("uk", "no"),
        severity=Severity.CRITICAL,
        notify=("desk",),
        updates="reply",
        cooldown=1800.0,
    )
    assert russia.query == '@DPRK AND (artillery NEAR/8 Russia OR "снаряди для Росії") NOT title:футбол'
    assert russia.notify == ("desk", "hook", "screen")
    assert kept.notify == ()
    assert kept.keywords == (Term("Пак", "uk", ("Паком",), ("паки",), True, True, ("Сеул",), ("пакет",)),)
    assert config.channels == {
        "desk": Channel(
            "desk",
            "telegram",
            {"chat": -1001234567890, "topic": 17},
            timezone="Asia/Seoul",
            quiet_hours=QuietHours("23:00", "07:30", "Europe/Kyiv"),
            digest=("08:00", "20:00"),
            burst=Burst(20, 300.0),
            expire=21600.0,
        ),
        "hook": Channel(
            "hook", "webhook", {"url": "https://example.org/hook"}, digest=5400.0, on_unknown="hold", idempotent=True
        ),
        "screen": Channel("screen", "console"),
    }
    assert config.telegram.admins == (123456789,)
    assert config.telegram.api == "http://127.0.0.1:8081"
    assert (config.storage.url, config.storage.keep) == ("postgresql://monitor@db/monitor", 30 * 86400)
    assert config.network.allow == (
        Allow("wiki.corp", "10.2.0.0/16", (443,)),
        Allow("127.0.0.1", "127.0.0.0/8", (80, 443)),
    )
    assert (config.polling.catch_up, config.polling.concurrency, config.polling.per_host) == (21600, 10, 1)
    assert (config.delivery.expire, config.delivery.quiet_time, config.delivery.stale) == (86400, 0.5, 5400)
    assert config.web.listen == ""
    assert (config.log.level, config.log.format) == ("debug", "json")


def test_a_keyword_names_its_part_of_speech_and_its_aspects(tmp_path: Path) -> None:
    written = "[{text: fire, pos: noun}, {text: запустити, aspect: both}, {text: казати, pos: verb, aspect: own}]"
    file = tmp_path / "config.yaml"
    file.write_text(f"watchlists:\n  - name: arms\n    keywords: {written}\n", encoding="utf-8")
    (arms,) = load(file, {}, entity_names=lambda: ()).watchlists
    assert arms.keywords == (Term("fire", pos="noun"), Term("запустити", both_aspects=True), Term("казати", pos="verb"))


def test_what_is_left_out_has_a_default(write: Write) -> None:
    config = read(write("watchlists: [{name: arms, keywords: [rocket]}]\n"))
    assert config.sources == ()
    assert config.channels == {"console": Channel("console", "console")}
    assert config.watchlists[0].notify == ("console",)
    assert config.storage.url == "sqlite:///var/monitor.db"
    assert config.polling.catch_up == 12 * 3600
    assert config.token is None
    assert any("no sources" in warning for warning in config.warnings)


def test_sections_whose_lines_are_all_commented_out_are_defaults(write: Write) -> None:
    config = read(write("watchlists: [{name: arms, keywords: [rocket]}]\nentities:\nchannels:\ntelegram:\nstorage:\n"))
    assert config == read(write("watchlists: [{name: arms, keywords: [rocket]}]\n"))


BURSTS = """\
watchlists: [{name: arms, keywords: [rocket]}]
channels:
  chat: {telegram: {chat: -1}}
  own: {telegram: {chat: -2}, burst: {alerts: 5}}
  all: {telegram: {chat: -3}, burst: off}
  screen: {console: {}}
  mail: {apprise: {}}
  hook: {webhook: {url: "https://example.org/"}, burst: {within: 1h}}
"""


@pytest.mark.parametrize(
    ("delivery", "chat"),
    [
        ("", None),
        ("delivery: {burst: {}}", Burst(10, 600.0)),
        ("delivery: {burst: {alerts: 30, within: 5m}}", Burst(30, 300.0)),
        ("delivery: {burst: off}", None),
    ],
)
def test_a_chat_has_bursts_and_what_cannot_be_edited_has_none(write: Write, delivery: str, chat: Burst | None) -> None:
    channels = read(write(BURSTS + delivery)).channels
    assert {name: channel.burst for name, channel in channels.items()} == {
        "chat": chat,
        "own": Burst(5, 600.0),
        "all": None,
        "screen": None,
        "mail": None,
        "hook": Burst(10, 3600.0),
    }


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("web: {listen: '0.0.0.0:80'}", "web.listen"),
        ("web: {listen: '[::]:80'}", "web.listen"),
        ("storage: {url: 'postgresql://u:hunter2@db/x'}", "MONITOR_STORAGE__URL"),
        ("storage: {url: 'sqlite://'}", "in memory"),
        ("watchlists: [{name: w, keywords: [a], severity: critical, cooldown: 1h}]", "cooldown holds nothing"),
        (
            "watchlists: [{name: w, keywords: [a], severity: high}]\nchannels: {x: {console: {}, digest: 2h}}",
            "'x': its digest",
        ),
        ("channels: {a: {telegram: {chat: 1}}}", "no bot token"),
        ("sources: [{name: b, url: 'https://x.example/'}, {name: c, url: 'https://x.example/'}]", "same address"),
        ("sources: [{name: b, url: 'http://10.0.0.7/'}]", "its address is private"),
        ("sources: [{name: b, url: 'http://[::1]/'}]", "its address is private"),
        ("sources: [{name: b, url: 'http://localhost:8000/'}]", "its address is private"),
        ("watchlists: [{name: w, keywords: [Rocket, missile], exclude: [rocket]}]", "is excluded, too"),
        ("watchlists: [{name: w, keywords: [a], notify: [x]}]\nchannels: {x: {console: {}}, y: {console: {}}}", "'y'"),
    ],
)
def test_warns_of_what_is_probably_not_meant(write: Write, text: str, part: str) -> None:
    rest = {"sources": "[{name: a, url: 'https://a.example/'}]", "watchlists": "[{name: v, keywords: [rocket]}]"}
    body = "".join(f"{key}: {value}\n" for key, value in rest.items() if key not in text)
    config = read(write(f"{text}\n{body}"))
    (warning,) = config.warnings
    assert part in warning
    assert "hunter2" not in f"{warning}{config}"


@pytest.mark.parametrize("listen", ["127.0.0.1:80", "localhost:80", "[::1]:80", ""])
def test_warns_of_nothing_without_a_reason(write: Write, listen: str) -> None:
    file = write(
        f"sources: [{{name: a, url: 'http://127.0.0.1:8001/'}}, {{name: b, url: 'http://93.184.216.34/'}}]\n"
        f"watchlists: [{{name: v, keywords: [rocket]}}]\nweb: {{listen: '{listen}'}}\n"
        "network: {allow: [{host: 127.0.0.1, cidr: 127.0.0.0/8, ports: [8001]}]}\n"
    )
    assert read(file).warnings == ()


def test_a_channel_that_alerts_escalate_to_is_not_idle(write: Write) -> None:
    channels = "channels: {x: {console: {}, escalate: {after: 10m, to: [chief]}}, chief: {console: {}}}"
    file = write(
        "sources: [{name: a, url: 'https://a.example/'}]\n"
        f"watchlists: [{{name: w, keywords: [rocket], severity: critical, notify: [x]}}]\n{channels}\n"
    )
    assert read(file).warnings == ()


def test_two_readings_of_one_file_are_equal(write: Write) -> None:
    assert read(write(FULL)) == read(write(FULL))
    assert read(write(FULL)) != read(write(FULL.replace("90s", "80s")))


def test_bom_and_carriage_returns_are_read(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert len(read(file).watchlists) == 3
    file.write_bytes(FULL.replace("severity: critical", "severity: hihg").replace("\n", "\r\n").encode())
    assert problems(file)[0].startswith(f"{file}:26:15: watchlists[0].severity")


def test_a_query_error_points_into_folded_text(write: Write) -> None:
    file = write(
        "watchlists:\n  - name: a\n    query: >\n      missile AND\n\n      (rocket OR\n      sanctions NEAR x)\n"
        '  - name: b\n    query: "missile\\u0020\\\n      AND NEAR\\x2f3"\n'
        "  - name: c\n    query: 'x AND ''y'' AND\n      (z'\n"
    )
    places = [problem.split(": ")[0].removeprefix(f"{file}:") for problem in problems(file)]
    assert places == ["7:17", "10:11", "13:7"]


# --------------------------------------------------------------------------- watchlists.d


def test_watchlists_may_be_split(write: Write) -> None:
    file = write("sources: [{name: a, url: 'https://example.org/'}]\n")
    write("- {name: two, keywords: [rocket]}\n", "watchlists.d/20.yaml")
    write("watchlists:\n  - {name: one, keywords: [rocket]}\n", "watchlists.d/10.yaml")
    write("nonsense: [", "watchlists.d/.10.yaml.swp")
    write("- {name: three, keywords: [rocket]}\n", "watchlists.d/30.yml")
    config = read(file)
    assert [watchlist.name for watchlist in config.watchlists] == ["one", "two"]
    assert [file.name for file in config.files] == ["config.yaml", "10.yaml", "20.yaml"]
    assert any("30.yml" in warning for warning in config.warnings)


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_split_file_is_named_as_what_it_is(write: Write, text: str) -> None:
    file = write('sources: [{name: A, url: "https://example.org/rss"}]\n')
    part = write(text, "watchlists.d/later.yaml")
    (problem,) = problems(file)
    assert problem.startswith(f"{part}:1:1: holds no watchlist: write a list of them")


def test_problems_in_split_files_carry_their_name_and_place(write: Write) -> None:
    file = write("watchlists: [{name: one, keywords: [rocket]}]\n")
    first = write("- name: One\n  keywords: [rocket]\n- name: x\n  severity: hihg\n", "watchlists.d/10.yaml")
    second = write("watchlists:\n- name: y\n  keywords: [rocket]\nchannels: {}\n", "watchlists.d/20.yaml")
    third = write("{", "watchlists.d/30.yaml")
    told = problems(file)
    assert [problem.split(": ")[:2] for problem in told] == [
        [f"{first}:1:9", "[0].name"],
        [f"{first}:3:3", "[1]"],
        [f"{first}:4:13", "[1].severity"],
        [f"{second}:4:1", "channels"],
        [f"{third}:1:2", told[4].split(": ")[1]],
    ]


# --------------------------------------------------------------------------- files that are none


@pytest.mark.parametrize(
    ("data", "place", "part"),
    [
        (b"\xff\xfea\x00", "1:1", "save it as UTF-8"),
        (b"sources: []\nx: \xd0\xa0\xe5\n", "2:5", "0xe5 is not UTF-8"),
        (b"sources:\n  - name: a\x07b\n", "2:12", "U+0007"),
        (b"# " + b"x" * 1_000_000, "", "larger than 1 MB"),
        (b"[" * 100_000, "1:17", "more than 16 levels"),
        (b"a: " * 100_000, "1:5", "quotes"),
        (b"", "1:1", "is empty"),
        (b"\x00", "1:1", "U+0000"),
    ],
)
def test_bytes_that_are_no_configuration(tmp_path: Path, data: bytes, place: str, part: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(data)
    (told,) = problems(file)
    assert told.startswith(f"{file}:{place}: " if place else f"{file}: ")
    assert part in told


def test_a_missing_file_and_a_directory(tmp_path: Path) -> None:
    assert "monitor init" in problems(tmp_path / "config.yaml")[0]
    assert "is a directory" in problems(tmp_path)[0]
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in problems(tmp_path / "pipe")[0]
    assert "does not exist" in problems(tmp_path / "pipe" / "config.yaml")[0]


def test_reading_is_bounded_in_time(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.config.yaml_reader.MAX_SECONDS", 0.0)
    (told,) = problems(write("watchlists:\n" + "  - {name: a, keywords: [rocket]}\n" * 5000))
    assert "make the file simpler or smaller" in told


def test_text_may_stand_for_the_file(write: Write) -> None:
    file = write("nonsense")
    assert len(load(file, {}, entity_names=lambda: CATALOGUE, text=FULL).watchlists) == 3


def test_the_shipped_catalogue_knows_entities_by_any_name(write: Write) -> None:
    file = write(
        "watchlists: [{name: a, entities: [North Korea, КНДР, blinken], keywords: ['@ICBM', '@Nowhereland']}]\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert [problem.path for problem in caught.value.problems] == ["watchlists[0].keywords[1]"]


def test_an_entity_that_is_misspelt_gets_a_suggestion_from_the_shipped_catalogue(write: Write) -> None:
    file = write("watchlists: [{name: a, entities: [Blinkin]}]\n")
    with pytest.raises(ConfigError, match="Did you mean 'Blinken'"):
        load(file, {})


def test_a_name_of_several_words_in_a_query_is_told_of_its_quotes(write: Write) -> None:
    file = write("watchlists: [{name: a, query: '@Kim Jong Un'}]\n")
    with pytest.raises(ConfigError, match=r"Did you mean 'Kim Jong Un' or .* needs quotes, @.North Korea.; "):
        load(file, {})
    file = write("watchlists: [{name: a, query: '@\"Kim Jong Blinkin\"'}]\n")
    with pytest.raises(ConfigError, match="there is no entity") as caught:
        load(file, {})
    assert "quotes" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "  - name: A\t# first\n    keywords: [a]",
        "  - name: 'A'\t\n    keywords: [a]\t# all",
        "  - name:\tA\n    keywords:\t# all\n      - a\t# one",
        "  -\tname: A\n    keywords: [\ta\t]",
        "  - name: A\n\t\n\t# more\n    keywords: [a]",
    ],
)
def test_a_tab_that_does_not_indent_is_a_space(line: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"watchlists:\n{line}\n", encoding="utf-8")
    (watchlist,) = load(file, {}).watchlists
    assert (watchlist.name, [term.text for term in watchlist.keywords]) == ("A", ["a"])


# --------------------------------------------------------------------------- language and clock

READERS = """\
language: uk
timezone: Europe/Kyiv
sources: [{name: A, url: "https://example.org/rss"}]
telegram: {admins: [7]}
"""


def test_channels_that_name_no_language_and_no_clock_have_those_at_the_top(write: Write) -> None:
    own = "channels:\n  desk: {console: }\n  hook: {console: , language: en, timezone: Asia/Seoul}\n"
    config = read(write(READERS + own), TELEGRAM_BOT_TOKEN="123456:" + "a" * 35)
    spoken = {name: (each.language, each.timezone) for name, each in config.all_channels.items()}
    assert spoken == {
        "desk": ("uk", "Europe/Kyiv"),
        "hook": ("en", "Asia/Seoul"),
        "admin:7": ("uk", "Europe/Kyiv"),
    }
    assert read(write(READERS)).channels == {
        "console": Channel("console", "console", language="uk", timezone="Europe/Kyiv")
    }


def test_without_them_nothing_is_chosen(write: Write) -> None:
    config = read(write('sources: [{name: A, url: "https://example.org/rss"}]\n'))
    assert (config.language, config.timezone) == (None, None)
    assert config.channels == {"console": Channel("console", "console")}


@pytest.mark.parametrize(
    ("entries", "meant"),
    [("      - ракета\n        - танк\n", "[ракета, танк]"), ("      - ракета\n        танк\n", "[ракета, танк]")],
)
def test_entries_that_indentation_folds_into_one_are_warned_of(write: Write, entries: str, meant: str) -> None:
    file = write(f"watchlists:\n  - name: arms\n    keywords:\n{entries}")
    assert any("4:9: these lines are one phrase" in told and f"write {meant}" in told for told in read(file).warnings)


def test_a_keyword_of_one_line_or_in_quotes_is_not_warned_of(write: Write) -> None:
    file = write('watchlists:\n  - name: arms\n    keywords:\n      - ракета танк\n      - "ракета\n        танк"\n')
    assert not any("these lines" in told for told in read(file).warnings)
