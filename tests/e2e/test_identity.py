"""Feeds whose fields do not identify, and a site that moves: the real daemon, a loopback newsroom, a strict Telegram."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles.daemon import DaemonProcess, until, write_config
from doubles.feed_shapes import Item, atom, json_feed, rdf, rss
from doubles.news_server import NewsServer
from doubles.telegram import TelegramDouble

pytestmark = pytest.mark.network

WORDS = (
    "harbour", "ferry", "museum", "shipyard", "tariff", "airport", "lender", "glacier", "union", "orchestra",
    "bridge", "vaccine", "border", "valley", "tram", "archive", "quota", "lighthouse", "granary", "dam",
    "forest", "railway", "pipeline", "school", "bakery", "stadium", "library", "quarry", "theatre", "market",
)  # fmt: skip
LISTS = "  - {{name: Words, keywords: [{words}], severity: {severity}, notify: [desk]}}\n"


def alerts(api: TelegramDouble) -> list[dict[str, Any]]:
    return [message for message in api.sent(500) if "Now watching" not in message["text"]]


def report(n: int) -> Item:
    """A report with words of its own."""
    word = WORDS[n]
    tail = " ".join("".join(random.Random(100 * n + k).choices(string.ascii_lowercase, k=6)) for k in range(10))
    return Item(f"g-{n}", None, f"{word.capitalize()} number {100 + n}", f"The {word} {tail}.")


def watchlists(severity: str) -> str:
    return LISTS.format(words=", ".join(WORDS), severity=severity)


Make = Callable[[int, str], Item]
SHAPES: dict[str, tuple[Callable[[Sequence[Item]], str], Make]] = {
    "press": (rss, lambda n, site: replace(report(n), link=site + "/press")),
    "live": (atom, lambda n, site: replace(report(n), guid=f"{site}/live#p{n}", link=f"{site}/live#p{n}")),
    "routes": (json_feed, lambda n, site: replace(report(n), guid=None, link=f"{site}/#!/news/{n}")),
    "nothing": (rdf, lambda n, _site: replace(report(n), guid="N/A", link="N/A")),
    "stamps": (rss, lambda n, site: replace(report(n), guid=f"{n % 2}", link=f"{site}/?t={n % 2}")),
    "bare": (json_feed, lambda n, _site: replace(report(n), guid=None, title=None)),
}


async def test_every_item_of_strange_feeds_is_told(tmp_path: Path, newsroom: NewsServer, api: TelegramDouble) -> None:
    """Each feed has two old items and three new ones."""
    site = newsroom.url()
    shown: dict[str, list[Item]] = {}

    def serve(name: str, place: int) -> None:
        render, make = SHAPES[name]
        shown[name] = [make(n, site) for n in range(5 * place, 5 * place + 2)]
        newsroom.special[f"/{name}.feed"] = lambda: (200, {}, render(shown[name]).encode())

    for place, name in enumerate(SHAPES):
        serve(name, place)
    newsroom.pages |= {"/press": b"<html></html>", "/live": b"<html></html>", "/": b"<html></html>"}
    feeds = {name: f"/{name}.feed" for name in SHAPES}
    config = write_config(tmp_path, newsroom, api.url, feeds, watchlists=watchlists("high"))
    new = [5 * place + more for place in range(len(SHAPES)) for more in (2, 3, 4)]
    async with DaemonProcess(config) as daemon:
        await until(lambda: any("Now watching" in message["text"] for message in api.sent(500)), "the baseline")
        for place, name in enumerate(SHAPES):
            shown[name][:0] = [SHAPES[name][1](5 * place + more, site) for more in (4, 3, 2)]
        await until(lambda: all(told(api, n) for n in new), f"{len(new)} alerts\n{daemon.log}")
        asked = {name: len(newsroom.asked(path)) for name, path in feeds.items()}
        for rows in shown.values():
            rows.reverse()
        await until(lambda: all(len(newsroom.asked(feeds[name])) > asked[name] + 2 for name in feeds), "further polls")
    assert len(alerts(api)) == len(new)
    assert [n for n in range(30) if told(api, n)] == new


def told(api: TelegramDouble, n: int) -> bool:
    return any(WORDS[n] in message["text"].casefold() for message in alerts(api))


async def test_a_move_is_silent_and_a_flood_is_a_digest(
    tmp_path: Path, newsroom: NewsServer, api: TelegramDouble
) -> None:
    site = newsroom.url()
    shown = [replace(report(n), link=f"{site}/old/{n}") for n in range(25)]
    newsroom.special["/feed"] = lambda: (200, {}, rss(shown).encode())
    config = write_config(tmp_path, newsroom, api.url, {"Press": "/feed"}, watchlists=watchlists("normal"))
    async with DaemonProcess(config) as daemon:
        await until(lambda: any("Now watching" in message["text"] for message in api.sent(500)), "the baseline")
        await until(lambda: all(newsroom.asked(f"/old/{n}") for n in range(25)), "the old pages")
        shown[:] = [replace(report(n), guid=f"new-{n}", link=f"{site}/new/{n}") for n in range(25)]
        asked = len(newsroom.asked("/feed"))
        await until(lambda: len(newsroom.asked("/feed")) > asked + 2, "polls after the move")
        assert alerts(api) == []
        assert newsroom.asked("/new/3") == []
        shown[:] = [
            replace(report(n), guid=f"v3-{n}", link=f"{site}/v3/{n}", title=f"{WORDS[n].capitalize()} again, {n}",
                    summary=f"Once more the {WORDS[n]}: {str(report(n).summary)[::-1]}")
            for n in range(25)
        ]  # fmt: skip
        await until(lambda: alerts(api) != [], f"the digest\n{daemon.log}")
    assert daemon.code == 0
    assert len(alerts(api)) == 1
    text = next(call["text"] for call in api.called("sendMessage") if "in a flood" in call["text"])
    assert "25 alerts in a flood" in text
    assert all(f"{site}/v3/{n}" in text for n in range(25))
