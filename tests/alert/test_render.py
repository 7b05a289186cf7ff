from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from doubles.addresses import BAD

from monitor.alert.render.layout import StyledRun, reader
from monitor.alert.render.telegram import console, html_of, payload, telegram
from monitor.alert.render.terminal import columns, wrapped
from monitor.alert.sanitize import bare, clean, clip, tame, units
from monitor.model import Alert, Member, MessageKind, Quote, Relation, Severity

KYIV = "Europe/Kyiv"


def at(hour: int, minute: int, day: int = 9) -> datetime:
    return datetime(2023, 11, day, hour, minute, tzinfo=UTC)


def member(source: str, language: str, when: datetime, relation: Relation, *cites: str, ident: int = 1) -> Member:
    return Member(ident, source, language, "a title", "https://example.org/a", when, relation, cites)


SENTENCE = "Ми бачимо, як КНДР надає військове обладнання Росії, і бачимо, що отримує натомість"
ALERT = Alert(
    MessageKind.ALERT,
    "Росія допомагає КНДР розвивати військові програми",
    watchlist="DPRK arms",
    severity=Severity.HIGH,
    terms=("DPRK", "Blinken", "ICBM"),
    source="Ukrinform",
    language="uk",
    at=at(7, 40),
    url="https://www.ukrinform.ua/rubric-world/3784512-title.html",
    citing=("Yonhap",),
    quotes=(Quote(SENTENCE, ((SENTENCE.index("КНДР"), SENTENCE.index("КНДР") + 4),), "Блінкен"),),
    members=(
        member("Yonhap", "en", at(7, 12), Relation.FIRST),
        member("Yonhap", "en", at(7, 30), Relation.VERSION, ident=2),
        member("Ukrinform", "uk", at(7, 40), Relation.SAME, "Yonhap", ident=3),
    ),
)


def test_looks_as_the_interface_says() -> None:
    assert telegram(ALERT, timezone=KYIV).html == (
        "🔴 DPRK arms · DPRK, Blinken, ICBM\n"
        "<b>Росія допомагає КНДР розвивати військові програми</b>\n"
        "Ukrinform (uk) 09:40 · citing Yonhap\n"
        "\n"
        "Ми бачимо, як <b>КНДР</b> надає військове обладнання Росії, і бачимо, що отримує натомість — <b>Блінкен</b>\n"
        "\n"
        "Yonhap (en) 09:12 → Ukrinform (uk) 09:40 · 2 outlets, 1 independent, 3 articles"
    )


def test_what_an_edit_adds_stands_below_the_lineage() -> None:
    shown = telegram(replace(ALERT, news="wounded 3 → 5"), timezone=KYIV)
    assert shown.plain.split("\n")[-2:] == [
        "Yonhap (en) 09:12 → Ukrinform (uk) 09:40 · 2 outlets, 1 independent, 3 articles",
        "✎ wounded 3 → 5",
    ]


def test_buttons_preview_and_silence() -> None:
    shown = telegram(ALERT, timezone=KYIV)
    row = [(button.text, button.url, button.action) for button in shown.buttons[0]]
    assert row == [("Open", ALERT.url, None), ("Mute story", None, "mute"), ("👍", None, "up"), ("👎", None, "down")]
    assert shown.preview_url == ALERT.url
    assert not shown.silent
    assert telegram(replace(ALERT, severity=Severity.LOW), timezone=KYIV).silent


def test_plain_is_html_without_markup() -> None:
    shown = telegram(ALERT, timezone=KYIV)
    assert shown.plain == html.unescape(re.sub(r"</?[ab][^>]*>", "", shown.html))


@pytest.mark.parametrize(
    "url",
    [
        "tg://user?id=1",
        "javascript:alert(1)",
        "https://",
        "ftp://example.org/",
        None,
        'https://x.org/"><b>',
        "https://x.org:99999/",
        *BAD,
    ],
)
def test_only_web_addresses_are_linked(url: str | None) -> None:
    shown = telegram(replace(ALERT, url=url), timezone=KYIV)
    assert [button.text for button in shown.buttons[0]] == ["Mute story", "👍", "👎"]
    assert shown.preview_url is None
    assert payload(replace(ALERT, url=url))["url"] is None


HOSTILE = [
    "<b>bold</b> & <a href='tg://user?id=1'>you</a> &lt;script&gt;",
    "join @everyone and press /start now: tg://resolve?domain=evil",
    "\u202eevil\u202c \u2066x\u2069 \u200f\u200e\ufeffa\u200bb\x00\x07",
    "😀" * 2049,
    "a" * 5_000_000,
    "👨‍👩‍👧‍👦" * 400,
    "e" + "\u0301" * 9000,
    "\ud800 lone half",
    " \n\t ",
    "قالت كوريا الشمالية إنها أطلقت صاروخا",
]


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", [MessageKind.ALERT, MessageKind.REPLY, MessageKind.NOTICE, MessageKind.DIGEST])
def test_hostile_text_stays_plain_and_short(title: str, kind: MessageKind) -> None:
    alert = replace(
        ALERT, kind=kind, headline=title, source=title, citing=(title,) * 9,
        note=title, lines=(title,) * 40, quotes=(Quote(title, ((0, 1), (2, len(title))), title),),
        members=(*ALERT.members, member(title, "en", at(8, 0), Relation.SAME, title, ident=9)),
    )  # fmt: skip
    alert = replace(alert, items=(alert,) * 30 if kind is MessageKind.DIGEST else ())
    shown = telegram(alert, timezone=KYIV)
    assert units(shown.plain) <= (4096 if kind is MessageKind.DIGEST else 900)
    tags = re.findall(r"<[^>]*>", shown.html)
    assert set(tags) <= {"<b>", "</b>", f'<a href="{ALERT.url}">', "</a>"}
    assert tags.count("<b>") == tags.count("</b>")
    assert html.unescape(re.sub(r"<[^>]*>", "", shown.html)) == shown.plain
    assert not re.search("[\u202a-\u202e\u2066\u2067\u200b\ufeff\ud800-\udfff\x00]", shown.plain)
    assert all(line.count("\u2068") == line.count("\u2069") for line in shown.plain.split("\n"))
    assert not re.search(r"tg://|(?<![\w/])[@/]\w", re.sub(r"\bMute\b", "", shown.plain))
    assert shown.html.encode()
    assert console(alert, timezone=KYIV)


def test_foreign_scripts_are_left_as_they_are() -> None:
    for title in ("북한, 동해상으로 탄도미사일 발사", "قالت كوريا الشمالية إنها أطلقت صاروخا", "می‌خواهم", "שלום עולם"):
        assert f"<b>{title}</b>" in telegram(replace(ALERT, headline=title), timezone=KYIV).html


def test_limit_is_kept_and_the_quote_gives_way_first() -> None:
    long = replace(ALERT, headline="слово " * 300, quotes=(Quote("речення " * 300, ((0, 7),)),))
    shown = telegram(long, timezone=KYIV)
    assert units(shown.plain) <= 900
    assert "→ Ukrinform (uk) 09:40 · 2 outlets, 1 independent" in shown.plain
    tiny = telegram(long, timezone=KYIV, limit=120)
    assert 0 < units(tiny.plain) <= 120


def test_a_mark_far_into_a_long_sentence_is_shown() -> None:
    text = "Довге речення без кінця " * 40 + "про КНДР і далі " + "ще слова " * 40
    start = text.index("КНДР")
    shown = telegram(replace(ALERT, quotes=(Quote(text, ((start, start + 4),)),)), timezone=KYIV)
    assert "<b>КНДР</b>" in shown.html
    assert re.search(r"\n…", shown.plain)


def test_two_clocks_where_the_outlet_is_elsewhere() -> None:
    alert = replace(ALERT, source="Yonhap", language="en", citing=())
    assert "Yonhap (en) 09:40 (16:40 Seoul)" in telegram(alert, timezone=KYIV).plain
    assert "Yonhap (en) 16:40\n" in telegram(alert, timezone="Asia/Seoul").plain


def test_unknown_timezone_is_utc() -> None:
    assert "Ukrinform (uk) 07:40 (09:40 Kyiv)" in telegram(ALERT, timezone="Mars/Base").plain


def test_an_origin_not_seen_is_shown_so() -> None:
    alone = replace(ALERT, members=(member("Ukrinform", "uk", at(7, 40), Relation.FIRST, "Yonhap"),))
    assert "Yonhap (not seen) → Ukrinform (uk) 09:40 · 1 outlet, 1 independent" in telegram(alone, timezone=KYIV).plain


def test_one_outlet_that_cites_nobody_has_no_lineage_line() -> None:
    alone = replace(ALERT, members=ALERT.members[:2], citing=())
    assert "outlet" not in telegram(alone, timezone=KYIV).plain


def test_summary_note_and_reply() -> None:
    note = "from the feed's summary: the page is a consent wall"
    assert telegram(replace(ALERT, note=note), timezone=KYIV).plain.endswith(note)
    reply = telegram(replace(ALERT, kind=MessageKind.REPLY, note="second independent source: Reuters"), timezone=KYIV)
    assert reply.plain.startswith("🔴 DPRK arms · second independent source: Reuters\n")
    assert reply.preview_url is None


def test_digest_lists_what_fits_and_counts_the_rest() -> None:
    items = tuple(replace(ALERT, headline=f"Новина {n}: {'слово ' * 20}") for n in range(60))
    shown = telegram(Alert(MessageKind.DIGEST, "60 alerts gathered", items=items), timezone=KYIV)
    listed = shown.html.count("<a href=")
    assert 10 < listed < 60
    assert shown.plain.endswith(f"… and {60 - listed} more")


def test_a_link_shows_where_it_leads_and_no_secret() -> None:
    shown = telegram(replace(ALERT, url="https://news.example:pw@evil.example:8443/a?b=x@y"), timezone=KYIV)
    assert shown.buttons[0][0].url == shown.preview_url == "https://evil.example:8443/a?b=x@y"


def test_a_term_that_two_watchlists_write_in_two_ways_is_said_once() -> None:
    terms = ("Blinken", "power line", "@Blinken", '"power line"', "@DPRK")
    first = telegram(replace(ALERT, terms=terms), timezone=KYIV).plain.split("\n")[0]
    assert first.endswith(" · Blinken, power line, @\u2060DPRK")


def test_terms_are_as_written_and_the_rest_is_counted() -> None:
    terms = ("@DPRK", '"балістична ракета"', *(f"term number {n}" for n in range(20)))
    first = telegram(replace(ALERT, terms=terms), timezone=KYIV).plain.split("\n")[0]
    assert bare(first).startswith('🔴 DPRK arms · @DPRK, "балістична ракета", term number 0')
    assert "@DPRK" not in first, "a client would link it to a person"
    assert re.search(r" \+\d+$", first)


def test_a_space_that_keeps_words_together_is_no_place_to_fold() -> None:
    line = (
        StyledRun("10\xa0000 км і ще 20\u202f000 км,", bold=True),
        StyledRun(" 5\u2007000", link="https://a.example/"),
    )
    assert wrapped(line, 10, colour=False) == [
        "10\xa0000 км",
        "і ще",
        "20\u202f000 км,",
        "5\u2007000",
        "https://a.example/",
    ]
    assert wrapped(line, 10, colour=True)[2:] == [
        "\x1b[1m20\u202f000 км,\x1b[0m",
        "5\u2007000",
        "\x1b[2mhttps://a.example/\x1b[0m",
    ]


def test_console_folds_by_columns_and_marks_bold() -> None:
    text = console(replace(ALERT, headline="북한, 동해상으로 단거리 탄도미사일 여러 발 발사"), timezone=KYIV, width=30)
    assert all(sum(2 if "가" <= char <= "힣" else 1 for char in line) <= 31 for line in text.split("\n")[:-1])
    assert "[" not in text, "nobody can press a button there"
    assert "\x1b[1m" in console(ALERT, timezone=KYIV, colour=True)
    assert "\x1b" not in text


def test_payload_is_json_with_all_that_is_shown() -> None:
    data = json.loads(json.dumps(payload(ALERT)))
    assert data["quotes"][0]["speaker"] == "Блінкен"
    assert data["members"][2]["cites"] == ["Yonhap"]
    assert data["at"] == "2023-11-09T07:40:00+00:00"


def test_a_payload_is_bounded_and_can_be_sent() -> None:
    long = Quote("x" * 4095 + "КНДР", ((0, 2), (4095, 4099)))
    hostile = replace(
        ALERT, headline="a\ud800b" + "x" * 5_000_000, quotes=(long,), items=(replace(ALERT, note="\udfff"),)
    )
    data = payload(hostile)
    assert len(json.dumps(data, ensure_ascii=False).encode()) < 30_000
    assert data["headline"].startswith("a\ufffdbxxx")
    assert data["quotes"][0]["marks"] == [[0, 2]]
    assert data["items"][0]["note"] == "\ufffd"


def test_clip_never_splits_what_belongs_together() -> None:
    assert clip("привіт світ", 60) == "привіт світ"
    assert clip("🇺🇦" * 10, 9) == "🇺🇦🇺🇦…"
    assert clip("👨‍👩‍👧 абв", 6) == "…"
    assert clip("cafe\u0301s", 5) == "caf…"
    assert units(clip("😀" * 99, 51)) <= 51
    assert clip("abc", 0) == ""


def test_clean_and_tame() -> None:
    assert clean(" a\u202eb\n\tc ") == "ab c"
    assert clean("e" + "\u0301" * 50) == "e" + "\u0301" * 4
    assert clean("a\u200db\u200c в\u200dг") == "ab вг"
    assert clean("می\u200cخواهم ❤️\u200d🔥") == "می\u200cخواهم ❤️\u200d🔥"
    assert clean("\u3164\u2800\uffa0") == ""
    assert tame("a@b.c, 1/2, and/or, best.me") == "a@b.c, 1/2, and/or, best.me"
    assert tame("T.me/x telegram.me tg:msg") == "T\u2060.me/x telegram\u2060.me tg:\u2060msg"
    assert bare(tame("@all /start tg://x")) == "@all /start tg://x"


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("\u1100\u1161\u11a8" * 3, 3, "…"),  # three jamo make a syllable
        ("\u1100\u1161\u11a8" * 3, 4, "\u1100\u1161\u11a8…"),
        ("👩🏽‍🚀👩🏽‍🚀", 8, "👩🏽‍🚀…"),
        ("क्षिक्षि", 6, "क्षि…"),
        ("1️⃣2️⃣3️⃣", 5, "1️⃣…"),
        ("북한 발사", 4, "북한…"),
        ("👨" + "‍👨" * 90, 41, "👨" + "‍👨" * 12 + "…"),  # one endless chain is cut all the same
    ],
)
def test_a_cut_leaves_whole_characters(text: str, limit: int, shown: str) -> None:
    assert clip(text, limit) == shown
    assert units(shown) <= limit


def test_names_written_from_the_right_do_not_turn_the_line_around() -> None:
    hebrew = replace(ALERT, source="הארץ", language="he", watchlist="צפון קוריאה", terms=("טיל", "DPRK"), citing=())
    lines = telegram(hebrew, timezone=KYIV).plain.split("\n")
    assert lines[0] == "🔴 \u200e\u2068צפון קוריאה\u2069 · \u2068טיל\u2069, DPRK"
    assert lines[2].startswith("\u200e\u2068הארץ\u2069 (he) 09:40")
    assert not re.search("[\u2068\u2069]", console(hebrew, timezone=KYIV))


@pytest.mark.parametrize(
    ("title", "sign"),
    [
        ("BBC: كوريا الشمالية تطلق صاروخا", "\u200f"),
        ("كوريا: North Korea fires a ballistic missile", "\u200e"),
        ("كوريا الشمالية تطلق صاروخا ICBM", ""),
        ("North Korea fires كوريا", ""),
        ("2024", ""),
    ],
)
def test_a_foreign_line_runs_as_most_of_it_does(title: str, sign: str) -> None:
    assert f"<b>{sign}{title}</b>" in telegram(replace(ALERT, headline=title), timezone=KYIV).html


@pytest.mark.parametrize(
    ("now", "clock"),
    [
        (at(8, 0), "09:40"),
        (at(8, 0, day=10), "9 Nov 09:40"),
        (at(22, 30), "9 Nov 09:40"),  # it is the 10th in Kyiv
        (datetime(2024, 1, 1, tzinfo=UTC), "9 Nov 2023 09:40"),
    ],
)
def test_the_day_is_shown_where_it_is_another(now: datetime, clock: str) -> None:
    assert f"Ukrinform (uk) {clock} · citing" in telegram(ALERT, timezone=KYIV, now=now).plain
    assert f"Ukrinform (uk) {clock} · citing" in console(ALERT, timezone=KYIV, now=now)


def test_the_other_clock_says_its_day_where_that_differs() -> None:
    late = replace(ALERT, source="Yonhap", language="en", citing=(), at=at(16, 30))
    assert "Yonhap (en) 18:30 (10 Nov 01:30 Seoul)" in telegram(late, timezone=KYIV, now=at(17, 0)).plain


def test_a_hidden_character_does_not_glue_a_word_to_the_one_that_matched() -> None:
    text = "Seoul said that \u202eICBM\u202c \u200ftests were near"
    start = text.index("ICBM")
    shown = telegram(replace(ALERT, quotes=(Quote(text, ((start, start + 5),)),)), timezone=KYIV)
    assert "Seoul said that <b>ICBM</b> tests were near" in shown.html


@pytest.mark.parametrize("marks", [((1, 4),), ((0, 1), (1, 4)), ((0, 4),), ()])
def test_a_mention_whose_name_matched_is_broken_too(marks: tuple[tuple[int, int], ...]) -> None:
    shown = telegram(replace(ALERT, quotes=(Quote("@all and t.me/x", marks),)), timezone=KYIV)
    assert "@all" not in shown.plain
    assert "@\u2060all and t\u2060.me/x" in shown.plain
    if marks == ((1, 4),):
        assert "@\u2060<b>all</b> and" in shown.html


@pytest.mark.parametrize("odd", [(4, 9), (7, 3), (9, 9), (20, 99)])
def test_a_mark_that_does_not_fit_the_quote_costs_no_other_its_place(odd: tuple[int, int]) -> None:
    shown = telegram(replace(ALERT, quotes=(Quote("КНДР і Росія підписали", ((0, 6), odd, (7, 12))),)), timezone=KYIV)
    assert "\n<b>КНДР і</b> <b>Росія</b> підписали\n" in shown.html


def test_a_terminal_shows_whole_characters_and_whole_addresses() -> None:
    family = "👨‍👩‍👧‍👦"
    text = console(replace(ALERT, headline=family * 30), timezone=KYIV, width=21)
    assert f"{family * 10}\n" in text
    url = f"https://news.example/{'a' * 90}"
    assert console(replace(ALERT, url=url), timezone=KYIV, width=40).endswith(f"\n{url}")
    digest = Alert(MessageKind.DIGEST, "2 alerts", items=(ALERT, replace(ALERT, url=url)))
    assert f"\n{url}\n" in console(digest, timezone=KYIV, width=40)


@pytest.mark.parametrize("width", [20, 40, 72])
@pytest.mark.parametrize(
    "headline", ["слово " * 60, "北朝鮮が弾道ミサイルを発射" * 9, "x" * 200, "a 발사 " * 50, "e\u0301" * 100]
)
def test_no_row_is_wider_than_the_terminal(headline: str, width: int) -> None:
    rows = console(replace(ALERT, headline=headline, url=None), timezone=KYIV, width=width).split("\n")
    assert all(columns(row) <= width for row in rows)
    told = "".join(rows[1:]).replace(" ", "")
    assert clip(headline.strip(), 200).rstrip("…").replace(" ", "") in told


@pytest.mark.parametrize("limit", [1, 5, 40, 110, 111, 112, 113, 160, 230])
def test_the_smallest_limits_are_kept_and_end_in_words(limit: int) -> None:
    shown = telegram(replace(ALERT, watchlist="צפון קוריאה"), timezone=KYIV, limit=limit).plain
    assert 0 < units(shown) <= limit
    assert shown == shown.strip()


def test_code_takes_no_other_markup() -> None:
    assert html_of(
        (StyledRun("a<b", bold=True, code=True), StyledRun(" "), StyledRun(" ", code=True, link="https://x.example"))
    ) == ("<code>a&lt;b</code>  ")


@pytest.mark.parametrize(("timezone", "shown"), [("Etc/UTC", "09:40 UTC"), ("UTC", "09:40"), ("Europe/Kyiv", "11:40")])
def test_a_time_in_a_zone_that_nobody_chose_says_so(timezone: str, shown: str) -> None:
    at = datetime(2023, 11, 9, 9, 40, tzinfo=UTC)
    assert reader(timezone, at).shown(at) == shown
    assert reader(timezone, at + timedelta(days=1)).shown(at) == f"9 Nov {shown}"
