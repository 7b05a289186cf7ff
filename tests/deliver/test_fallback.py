"""What a refused message gives up, step by step: its link's button, its last lines, its markup."""

from __future__ import annotations

import json

import pytest
from doubles import telegram_html
from doubles.delivery_harness import CHAT, DeliveryHarness, alert, answer_once
from doubles.telegram import Fault, TelegramDouble
from doubles.telegram_ledger import row_of

from monitor.model import Alert, MessageKind

pytestmark = pytest.mark.network


async def test_refused_markup_is_repaired_once(harness: DeliveryHarness, api: TelegramDouble) -> None:
    refused = b'{"ok":false,"error_code":400,"description":"Bad Request: can\'t parse entities: Unsupported start tag"}'
    answer_once(api, 400, refused)
    ident = await harness.add("One <two>")
    row = await harness.until(ident, "sent")
    (sent,) = api.sent()
    assert row.repaired
    assert sent["markup"] is None
    assert "One <two>" in sent["text"]


async def test_a_refused_link_costs_its_button_and_nothing_else(harness: DeliveryHarness, api: TelegramDouble) -> None:
    ident = await harness.add("One", alert=alert("One", url="https://intranet/news?a=1&b=2"))
    row = await harness.until(ident, "sent")
    (sent,) = api.sent()
    assert not row.repaired
    assert "<b>One</b>" in sent["source"]
    assert [entity["url"] for entity in sent["entities"] if "url" in entity] == ["https://intranet/news?a=1&b=2"]
    assert "Open" not in [button["text"] for row in sent["markup"]["inline_keyboard"] for button in row]
    assert row_of(sent["markup"]) == ident
    assert len(api.called("sendMessage")) == 2
    # An edit does not try the button again, and a better link gets one.
    await harness.amend(ident, alert("One and more", url="https://intranet/news?a=1&b=2"))
    await harness.until(ident, "sent", revision=2)
    assert len(api.called("editMessageText")) == 1
    await harness.amend(ident, alert("One and more", url="https://news.example/1"))
    await harness.until(ident, "sent", revision=3)
    markup = api.chats.get(CHAT).messages[row.message_id or 0].markup
    assert markup is not None
    assert markup["inline_keyboard"][0][0]["text"] == "Open"


async def test_a_message_without_its_links_button_is_found_too(harness: DeliveryHarness, api: TelegramDouble) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("after", times=1, methods=frozenset({"sendMessage"}), skip=1))
    row = await harness.until(await harness.add("One", alert=alert("One", url="https://intranet/news")), "sent")
    assert (row.message_id, len(api.sent())) == (2, 2)


async def test_no_message_is_looked_for_with_buttons_that_are_refused(
    harness: DeliveryHarness, api: TelegramDouble
) -> None:
    await harness.until(await harness.add("Before"), "sent")
    api.faults.append(Fault("before", times=1, methods=frozenset({"sendMessage"})))
    await harness.until(await harness.add("One", alert=alert("One", url="https://intranet/news")), "sent")
    assert len(api.called("editMessageReplyMarkup")) == 1
    assert len(api.sent()) == 2


async def test_a_refused_length_costs_lines_and_nothing_else(harness: DeliveryHarness, api: TelegramDouble) -> None:
    answer_once(api, 400, b'{"ok":false,"error_code":400,"description":"Bad Request: MESSAGE_TOO_LONG"}')
    items = tuple(alert(f"No. {number}: " + "words & more " * 8) for number in range(60))
    ident = await harness.add("Many", alert=Alert(MessageKind.DIGEST, "Many", items=items))
    row = await harness.until(ident, "sent")
    (sent,) = api.sent()
    assert not row.repaired
    assert telegram_html.units(sent["text"]) <= 2001
    assert "<b>Many</b>" in sent["source"]
    assert sent["text"].endswith("…")
    assert row_of(sent["markup"]) == ident


@pytest.mark.parametrize("words", ["can't parse entities: Unclosed start tag", "something new", "BUTTON_URL_INVALID"])
async def test_what_is_refused_again_and_again_is_dead_and_told(
    harness: DeliveryHarness, api: TelegramDouble, words: str
) -> None:
    refused = json.dumps({"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}).encode()
    tries = 3 if "URL" in words else 2
    answer_once(api, 400, refused, times=tries)
    first = await harness.add("One")
    second = await harness.add("Two")
    dead = await harness.until(first, "dead")
    assert words.casefold() in (dead.error or "").casefold()
    assert dead.attempts == tries
    await harness.until(second, "sent")
    await harness.until_told("was given up")
