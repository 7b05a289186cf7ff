"""Hostile words end to end: through the store, the layout and the Bot API's own grammar. Never a refusal, never markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from doubles import telegram_html
from doubles.delivery_harness import CHAT, DeliveryHarness, alert
from doubles.telegram import TelegramDouble

from monitor.model import Alert, Member, MessageKind, Quote, Relation, Severity

pytestmark = pytest.mark.network
NOON = datetime(2023, 11, 9, 12, 0, tzinfo=UTC)

TITLES = {
    "html": '<b>bold</b> <a href="tg://user?id=1">you</a> <script>alert(1)</script> <tg-spoiler>x</tg-spoiler>',
    "unclosed": "<b <i> </a> <pre><code <blockquote expandable>",
    "entities": "&lt;b&gt; &amp;amp; &#60;b&#62; &#x3c;i&#x3e; &nbsp; &bogus; &#0; &#xD800; & && &;",
    "a user's link": "tg://user?id=1 tg://resolve?domain=x TG://USER?ID=1 ton://transfer/x",
    "mentions": "@durov /start@bot /stop #hashtag $TSLA someone@example.org +380441234567",
    "bidi": "safe \u202e gpj.exe \u2066 isolate \u2069 \u200f mark \u061c",
    "long": "слово " * 8_300,
    "one word": "x" * 50_000,
    "emoji": "😀" * 2049,
    "families": "👨‍👩‍👧‍👦" * 1000,
    "flags": "🇺🇦" * 1500,
    "zero width": "\u200b\u200c\u200d\ufeff\u2060" * 100 + "shown" + "\u200b" * 100,
    "nothing shown": "\u200b\u2060\ufeff" * 10,
    "spaces": " \t\r\n\u00a0\u2003 " * 20,
    "surrogates": "lone \ud83d half \ude00 reversed \ude00\ud83d",
    "nul": "before\x00after \x01\x02\x1b[31m red \x7f\x85",
    "marks": "a" + "\u0301" * 1000 + " Z" + "\u0336" * 1000,
    "empty": "",
    "hangul": "북한 " * 900,
    "right to left": "كوريا الشمالية تطلق صاروخا \u202b عابرا للقارات",
    "tags of the plane": "\U000e0041\U000e0042\U000e007f" * 50 + "end",
    "noncharacters": "\ufffe\uffff\U0010ffff\ufdd0 end",
    "quotes": "\"double\" 'single' `tick` «angle» \\ backslash %s %(x)s {x} {0}",
}
URLS = {
    "spaces": "https://news.example/a b c",
    "quotes": "https://news.example/\"><b>x</b>'",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "tg": "tg://user?id=1",
    "long": "https://news.example/" + "x" * 2000,
    "too long": "https://news.example/" + "x" * 5000,
    "broken": "https://[::1",
    "no host": "https:///path",
    "local": "http://localhost:8080/",
    "not ascii": "https://новини.укр/стаття?з=1&б=2",
    "surrogate": "https://news.example/\ud800",
    "credentials": "https://user:password@news.example/",
    "odd port": "https://news.example:99999/",
    "line break": "https://news.example/\nx",
}


def hostile(kind: MessageKind, words: str, url: str | None) -> Alert:
    """Put the words into every field."""
    item = alert(words, url=url, source=words, terms=(words,))
    member = Member(1, words, "uk", words, url, NOON, Relation.FIRST, (words,))
    return Alert(
        kind,
        words,
        watchlist=words,
        severity=Severity.HIGH,
        terms=(words, words),
        source=words,
        language="uk",
        url=url,
        citing=(words,),
        quotes=(Quote(words, ((0, min(5, len(words))),) if words else (), words),),
        members=(member, replace(member, article_id=2, source="Other")),
        note=words,
        lines=(words, words),
        items=(item, item) if kind is MessageKind.DIGEST else (),
    )


def acting(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entities that come from the words: anything but bold, code and links to the web."""
    return [
        entity
        for entity in entities
        if entity["type"] not in {"bold", "code", "blockquote"}
        and not str(entity.get("url", "")).startswith(("https://", "http://"))
    ]


async def check(harness: DeliveryHarness, api: TelegramDouble, dedupe: str, made: Alert) -> str:
    """Send an alert and an edit of it; return the words that the phone shows."""
    before = len(api.calls)
    ident = await harness.add(dedupe, alert=made)
    row = await harness.until(ident, "sent")
    assert not row.repaired
    assert len(api.calls) - before <= 2  # a link's button may be refused once: never the words
    shown = api.chats.get(CHAT).messages[row.message_id or 0]
    assert acting(shown.entities) == []
    assert telegram_html.units(shown.text) <= 4096
    assert shown.markup is not None
    assert not re.search(r"[\u202a-\u202e\u2066\u2067\x00-\x09\x0b-\x1f]", shown.text)
    for line in shown.text.split("\n"):  # the layout isolates what runs from right to left, and closes that again
        assert line.count("\u2068") == line.count("\u2069")
    assert not re.search(r"(?<![\w/])[@/][A-Za-z0-9_]|\btg://", shown.text)
    return shown.text


@pytest.mark.parametrize("name", TITLES)
async def test_hostile_words_never_lose_an_alert(harness: DeliveryHarness, api: TelegramDouble, name: str) -> None:
    for kind in (MessageKind.ALERT, MessageKind.REPLY, MessageKind.DIGEST, MessageKind.NOTICE):
        await check(harness, api, f"{kind} {name}", hostile(kind, TITLES[name], "https://news.example/1"))
    assert len(api.sent()) == 4


@pytest.mark.parametrize("name", URLS)
async def test_hostile_links_never_lose_an_alert(harness: DeliveryHarness, api: TelegramDouble, name: str) -> None:
    for kind in (MessageKind.ALERT, MessageKind.DIGEST):
        text = await check(harness, api, f"{kind} {name}", hostile(kind, "Headline", URLS[name]))
        assert "Headline" in text
    assert len(api.sent()) == 2


async def test_a_headline_of_five_megabytes(harness: DeliveryHarness, api: TelegramDouble) -> None:
    text = await check(harness, api, "long", alert("слово " * 830_000))
    assert len(text) < 900


async def test_hostile_words_survive_an_edit(harness: DeliveryHarness, api: TelegramDouble) -> None:
    ident = await harness.add("One")
    row = await harness.until(ident, "sent")
    for revision, words in enumerate(TITLES.values(), start=2):
        await harness.amend(ident, hostile(MessageKind.ALERT, words, "https://news.example/1"))
        await harness.until(ident, "sent", revision=revision)
        assert acting(api.chats.get(CHAT).messages[row.message_id or 0].entities) == []
    assert (len(api.sent()), len(api.called("editMessageText"))) == (1, len(TITLES))
