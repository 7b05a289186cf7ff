"""What alerts look like, word for word. After a wanted change: pytest tests/alert --snapshot-update, and read the diff."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
import regex
from doubles.sample_alerts import NOW, SAMPLE_ALERTS
from doubles.telegram_html import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from monitor.alert.render.telegram import TELEGRAM_UNITS, Rendered, console, payload, telegram
from monitor.alert.sanitize import clean, clip, clip_around, units
from monitor.model import Act, ActKind, Alert, Member, MessageKind, Quote, Relation, Severity
from monitor.model import TextRun as Said

KYIV = "Europe/Kyiv"
EARLY, LATE = datetime(1970, 1, 2), datetime(2037, 12, 30)  # noqa: DTZ001 - the strategy adds the zone
ACTING = re.compile(r"(?<![A-Za-z0-9])(?:tg:/|t\.me/)|(?<![\w/])[@/](?=[A-Za-z0-9_])")
# What cannot be seen is written out.
SIGNS = str.maketrans({"\u2068": "{FSI}", "\u2069": "{PDI}", "\u200e": "{LRM}", "\u200f": "{RLM}", "\u2060": "{WJ}"})


def clusters_of(text: str) -> list[str]:
    return [found.group() for found in regex.compile(r"\X").finditer(text)]


def sheet(shown: Rendered, screen: str) -> str:
    buttons = " ".join(f"[{button.text}]" for row in shown.buttons for button in row)
    extras = f"{buttons}\npreview: {shown.preview_url}\nsilent: {shown.silent}"
    return f"{shown.html}\n{extras}\n{'- ' * 30}\n{screen}".translate(SIGNS)


@pytest.mark.parametrize("name", SAMPLE_ALERTS)
def test_alert(name: str, snapshot: SnapshotAssertion) -> None:
    shown = telegram(SAMPLE_ALERTS[name], timezone=KYIV, now=NOW)
    assert sheet(shown, console(SAMPLE_ALERTS[name], timezone=KYIV, now=NOW)) == snapshot


@pytest.mark.parametrize("name", SAMPLE_ALERTS)
def test_the_bot_api_takes_it(name: str) -> None:
    shown = telegram(SAMPLE_ALERTS[name], timezone=KYIV, now=NOW)
    text, entities = parse(shown.html)
    assert text == shown.plain
    assert 0 < units(text.strip()) <= (TELEGRAM_UNITS if SAMPLE_ALERTS[name].kind is MessageKind.DIGEST else 900)
    assert {entity.type for entity in entities} <= {"bold", "text_link"}
    links = {entity.url for entity in entities if entity.type == "text_link"}
    before = SAMPLE_ALERTS[name].follows
    assert links <= {item.url for item in SAMPLE_ALERTS[name].items} | ({before.url} if before else set())


# --------------------------------------------------------------------------- whatever comes

PIECES = (
    *(
        "КНДР ",
        "발사",
        "כן ",
        "صاروخ ",
        "朝鲜",
        "\u1100\u1161\u11a8",
        "क्षि",
        "👩🏽‍🚀",
        "🇺🇦",
        "e\u0301",
        "1️⃣",
        "\u200d",
        "\u202e",
        "\u2068",
    ),
    *(
        "<b>",
        "</b>",
        "&lt;",
        "&",
        '"',
        "<a href='tg://user?id=1'>",
        "@all ",
        "/start ",
        "t.me/x ",
        "\x00",
        "\ud800",
        "\n",
        " ",
        "a",
        "😀",
    ),
)
TEXT = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.text(max_size=40),
    st.tuples(st.sampled_from(PIECES), st.integers(1, 900)).map(lambda pair: pair[0] * pair[1]),
)
URLS = st.one_of(st.none(), st.just("https://news.example/?a=1&b=%20"), st.just("tg://user?id=1"), TEXT)


@st.composite
def marked(draw: st.DrawFn) -> Quote:
    text = draw(TEXT)
    ends = st.tuples(st.integers(-1, len(text) + 1), st.integers(-1, len(text) + 1))
    return Quote(text, tuple(draw(st.lists(ends, max_size=4))), draw(st.none() | TEXT))


@st.composite
def alerts(draw: st.DrawFn, *, deep: bool = True) -> Alert:
    story = draw(st.lists(st.tuples(TEXT, TEXT, st.sampled_from(Relation)), max_size=4))
    kinds = tuple(MessageKind) if deep else (MessageKind.ALERT, MessageKind.REPLY)
    return Alert(
        draw(st.sampled_from(kinds)),
        draw(TEXT),
        watchlist=draw(st.none() | TEXT),
        severity=draw(st.sampled_from(Severity)),
        terms=tuple(draw(st.lists(TEXT, max_size=4))),
        source=draw(st.none() | TEXT),
        language=draw(st.none() | TEXT),
        at=draw(st.none() | st.datetimes(timezones=st.just(UTC), min_value=EARLY, max_value=LATE)),
        url=draw(URLS),
        citing=tuple(draw(st.lists(TEXT, max_size=2))),
        quotes=tuple(draw(st.lists(marked(), max_size=3))),
        members=tuple(Member(n, a, b, "", None, NOW, kind, (a, b)) for n, (a, b, kind) in enumerate(story)),
        note=draw(st.none() | TEXT),
        lines=tuple(draw(st.lists(TEXT, max_size=4))),
        items=tuple(draw(st.lists(alerts(deep=False), max_size=2)) * 9) if deep else (),
        also=tuple(draw(st.lists(TEXT, max_size=2))),
        acts=tuple(Act(ActKind.ACK, 1, name, NOW) for name in draw(st.lists(TEXT, max_size=3))),
        body=((Said("Answer:"), *draw(st.lists(st.builds(Said, TEXT, st.booleans(), url=URLS), max_size=4))),),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(alert=alerts(), limit=st.sampled_from((900, 4096, 600)))
def test_whatever_comes_is_taken_and_fits(alert: Alert, limit: int) -> None:
    shown = telegram(alert, timezone="Asia/Seoul", now=NOW, limit=limit)
    text, entities = parse(shown.html)
    assert text == shown.plain
    whole = alert.kind in (MessageKind.DIGEST, MessageKind.ANSWER)
    assert units(text) <= (TELEGRAM_UNITS if whole else max(limit, 450))  # what people did with it is never cut
    assert {entity.type for entity in entities} <= {"bold", "code", "text_link"}
    assert {entity.url for entity in entities if entity.type == "text_link"} <= {"https://news.example/?a=1&b=%20"}
    for line in text.split("\n"):
        assert line.count("\u2068") == line.count("\u2069")
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200b\ufeff\x00\r\t")
    assert not ACTING.search(text)
    assert text.strip()
    assert console(alert, timezone="Asia/Seoul", now=NOW).strip()
    json.dumps(payload(alert))


@given(text=TEXT, limit=st.integers(0, 60))
def test_a_cut_keeps_whole_characters_from_the_start(text: str, limit: int) -> None:
    text = clean(text)
    shown = clip(text, limit)
    assert units(shown) <= limit
    if shown == text:
        return
    kept = shown.removesuffix("…")
    assert text.startswith(kept)
    clusters = [""]
    for cluster in clusters_of(text):
        clusters.append(clusters[-1] + cluster)
    long = any(len(cluster) > 16 for cluster in clusters_of(text))
    assert long or kept in {found.rstrip(" ,;:–—-\u200d") for found in clusters}


@given(
    text=TEXT,
    places=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=3),
    limit=st.integers(40, 320),
)
def test_marks_stay_on_their_words(text: str, places: list[tuple[int, int]], limit: int) -> None:
    marks = tuple((a, b) for a, b in sorted(places) if a < b <= len(text))
    shown, kept = clip_around(text, marks, limit)
    assert units(shown) <= limit
    words = {text[a:b] for a, b in marks}
    assert all(0 <= a < b <= len(shown) and shown[a:b] in words for a, b in kept)
