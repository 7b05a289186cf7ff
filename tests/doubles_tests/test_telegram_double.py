"""The double is as strict as the real Bot API, where the daemon could notice."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from doubles import telegram_faults, telegram_html, telegram_ledger
from doubles.telegram import TOKEN, Fault, TelegramDouble

from monitor.model import Alert, Delivery, MessageKind, State

GROUP = -1001234


class Client:
    """Calls the double as plain HTTP."""

    def __init__(self, api: TelegramDouble) -> None:
        self.api = api
        self._http = httpx.AsyncClient(trust_env=False)

    async def raw(self, method: str, **parameters: Any) -> httpx.Response:
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
        return await self._http.post(f"{self.api.url}/bot{TOKEN}/{method}", data=form)

    async def ok(self, method: str, **parameters: Any) -> Any:
        answer = (await self.raw(method, **parameters)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **parameters: Any) -> str:
        response = await self.raw(method, **parameters)
        answer = response.json()
        assert answer["ok"] is False
        assert answer["error_code"] == response.status_code
        return f"{response.status_code} {answer['description']}"

    async def close(self) -> None:
        await self._http.aclose()


@pytest.fixture
async def bot() -> AsyncIterator[Client]:
    async with TelegramDouble() as api:
        client = Client(api)
        yield client
        await client.close()


# ---------------------------------------------------------------------- HTML


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot;", 'a <b> & "c"', []),
        ("&nbsp; &copy; & &#65; &#x42", "&nbsp; &copy; & A B", []),
        ("<b>жир</b>ний", "жирний", [("bold", 0, 3)]),
        ("🚀<b>x</b>", "🚀x", [("bold", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ('<a href="https://e.example/?a=1&amp;b=2">x</a>', "x", [("text_link", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<B>x</B >", "x", [("bold", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("blockquote", 0, 1)]),
        ("<b>x</>", "x", [("bold", 0, 1)]),
    ],
)
def test_html_is_read_as_the_server_does(html: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    found_text, found = telegram_html.parse(html)
    assert found_text == text
    assert [(entity.type, entity.offset, entity.length) for entity in found] == entities


@pytest.mark.parametrize(
    ("html", "error"),
    [
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("ї<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ],
)
def test_what_is_no_html_is_refused_in_the_servers_words(html: str, error: str) -> None:
    with pytest.raises(telegram_html.HtmlError) as caught:
        telegram_html.parse(html)
    assert str(caught.value) == error


# ---------------------------------------------------------------------- messages


@pytest.mark.network
async def test_lengths_count_utf16_units_after_parsing(bot: Client) -> None:
    await bot.ok("sendMessage", chat_id=5, text="<b>" + "&amp;" * 4096 + "</b>", parse_mode="HTML")
    await bot.ok("sendMessage", chat_id=5, text="🚀" * 2048)
    assert "message is too long" in await bot.refused("sendMessage", chat_id=5, text="🚀" * 2049)
    assert "message text is empty" in await bot.refused("sendMessage", chat_id=5, text="<b> </b>", parse_mode="HTML")


@pytest.mark.network
async def test_ids_count_by_supergroup_and_over_all_private_chats(bot: Client) -> None:
    chats = [GROUP, 5, 6, GROUP, -77, 5]
    idents = [(await bot.ok("sendMessage", chat_id=chat, text="x"))["message_id"] for chat in chats]
    assert idents == [1, 1, 2, 2, 3, 4]


@pytest.mark.network
async def test_edits(bot: Client) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Mute", "callback_data": "mute:1:x"}]]}
    sent = await bot.ok("sendMessage", chat_id=GROUP, text="<b>x</b>", parse_mode="HTML", reply_markup=keyboard)
    where = {"chat_id": GROUP, "message_id": sent["message_id"]}
    same = await bot.refused("editMessageText", **where, text="<b>x</b>", parse_mode="HTML", reply_markup=keyboard)
    assert "message is not modified" in same
    assert "message is not modified" in await bot.refused("editMessageReplyMarkup", **where, reply_markup=keyboard)
    edited = await bot.ok("editMessageReplyMarkup", **where)
    assert edited["text"] == "x"
    assert "reply_markup" not in edited
    assert "message is not modified" in await bot.refused("editMessageReplyMarkup", **where)
    foreign = bot.api.chats.foreign(GROUP)
    nobody = {"chat_id": GROUP, "message_id": 99}
    assert "can't be edited" in await bot.refused("editMessageText", chat_id=GROUP, message_id=foreign.id, text="y")
    assert "message to edit not found" in await bot.refused("editMessageText", **nobody, text="y")
    await bot.ok("deleteMessage", **where)
    assert "message to delete not found" in await bot.refused("deleteMessage", **where)
    assert [line["do"] for line in bot.api.ledger.lines] == ["send", "keyboard", "delete"]


@pytest.mark.network
async def test_replies(bot: Client) -> None:
    first = (await bot.ok("sendMessage", chat_id=5, text="x"))["message_id"]
    await bot.ok("sendMessage", chat_id=5, text="y", reply_parameters={"message_id": first})
    gone = {"message_id": 99}
    assert "message to be replied not found" in await bot.refused(
        "sendMessage", chat_id=5, text="z", reply_parameters=gone
    )
    await bot.ok("sendMessage", chat_id=5, text="z", reply_parameters=gone | {"allow_sending_without_reply": True})
    assert [line["reply_to"] for line in bot.api.sent()] == [None, first, None]


@pytest.mark.network
@pytest.mark.parametrize(
    ("button", "error"),
    [
        ({"text": "x", "callback_data": "y" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "ї" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": " ", "callback_data": "y"}, "Text is empty"),
        ({"text": "x", "url": "javascript:alert(1)"}, "Unsupported URL protocol"),
        ({"text": "x", "url": "https://localhost/"}, "Wrong HTTP URL"),
        ({"text": "x", "web_site": "y"}, "a field is unknown"),
    ],
)
async def test_bad_buttons_are_refused(bot: Client, button: dict[str, str], error: str) -> None:
    keyboard = {"inline_keyboard": [[button]]}
    assert error in await bot.refused("sendMessage", chat_id=5, text="x", reply_markup=keyboard)


@pytest.mark.network
async def test_what_is_not_known_is_refused(bot: Client) -> None:
    assert await bot.refused("sendVideo", chat_id=5, video="x") == "404 Not Found"
    assert "no parameter 'colour'" in await bot.refused("sendMessage", chat_id=5, text="x", colour="red")
    assert "chat not found" in await bot.refused("sendMessage", chat_id="nobody", text="x")
    assert "chat not found" in await bot.refused("sendMessage", chat_id="@nobody", text="x")
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{bot.api.url}/bot1:x/getMe")).status_code == 401
        assert (await http.get(f"{bot.api.url}/other")).status_code == 404
        assert (await http.get(f"{bot.api.url}/bot{TOKEN}/getMe")).json()["result"]["is_bot"] is True


@pytest.mark.network
async def test_states_of_chats(bot: Client) -> None:
    chat = bot.api.chats.get(GROUP)
    chat.closed_topics, chat.topics = {17}, {17, 18}
    send = {"chat_id": GROUP, "text": "x"}
    assert await bot.refused("sendMessage", **send, message_thread_id=17) == "400 Bad Request: TOPIC_CLOSED"
    assert "message thread not found" in await bot.refused("sendMessage", **send, message_thread_id=9)
    await bot.ok("sendMessage", **send, message_thread_id=18)
    chat.state = "kicked"
    assert await bot.refused("sendMessage", **send) == "403 Forbidden: bot was kicked from the supergroup chat"
    chat.state, chat.migrated_to = "open", -100999
    moved = (await bot.raw("sendMessage", **send)).json()
    assert moved["parameters"] == {"migrate_to_chat_id": -100999}
    bot.api.chats.get(5).state = "blocked"
    assert await bot.refused("sendMessage", chat_id=5, text="x") == "403 Forbidden: bot was blocked by the user"


@pytest.mark.network
async def test_rates_are_answered_by_429() -> None:
    async with TelegramDouble(speed=0.001) as api:
        bot = Client(api)
        await bot.ok("sendMessage", chat_id=5, text="x")
        answer = (await bot.raw("editMessageText", chat_id=5, message_id=1, text="y")).json()
        assert answer["error_code"] == 429
        assert answer["parameters"]["retry_after"] >= 1
        for chat in range(100, 129):
            await bot.ok("sendMessage", chat_id=chat, text="x")
        assert "429" in await bot.refused("sendMessage", chat_id=999, text="x")
        await bot.close()


# ---------------------------------------------------------------------- updates


@pytest.mark.network
async def test_updates_come_until_they_are_confirmed(bot: Client) -> None:
    bot.api.say(5, "/status now", user=5, language="uk")
    first = await bot.ok("getUpdates")
    assert first == await bot.ok("getUpdates")
    assert first[0]["message"]["entities"][0]["length"] == 7
    bot.api.say(5, "again", user=5)
    (second,) = await bot.ok("getUpdates", offset=first[0]["update_id"] + 1)
    assert second["message"]["text"] == "again"
    assert bot.api.updates.confirmed == first[0]["update_id"]


@pytest.mark.network
async def test_a_second_poller_ousts_the_first(bot: Client) -> None:
    first = asyncio.create_task(bot.raw("getUpdates", timeout=20))
    while bot.api.updates._waiting is None:  # noqa: ASYNC110 — the double rings no bell
        await asyncio.sleep(0)
    second = asyncio.create_task(bot.raw("getUpdates", timeout=20))
    answer = (await first).json()
    assert answer["error_code"] == 409
    assert answer["description"].startswith("Conflict: terminated by other getUpdates request")
    bot.api.say(5, "x", user=5)
    assert len((await second).json()["result"]) == 1


@pytest.mark.network
async def test_a_press_is_answered_once(bot: Client) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Mute", "callback_data": "mute:1:x"}]]}
    sent = await bot.ok("sendMessage", chat_id=5, text="x", reply_markup=keyboard)
    query = bot.api.press(5, sent["message_id"], "mute:1:x", user=5)
    (update,) = await bot.ok("getUpdates")
    assert update["callback_query"]["id"] == query
    await bot.ok("answerCallbackQuery", callback_query_id=query, text="Muted")
    assert "query is too old" in await bot.refused("answerCallbackQuery", callback_query_id=query)
    assert bot.api.queries.answers[query]["text"] == "Muted"


@pytest.mark.network
async def test_commands_are_checked(bot: Client) -> None:
    await bot.ok("setMyCommands", commands=[{"command": "status", "description": "How it is"}], language_code="uk")
    assert bot.api.methods.commands["null", "uk"][0]["command"] == "status"
    bad = [{"command": "Status!", "description": "x"}]
    assert "BOT_COMMAND_INVALID" in await bot.refused("setMyCommands", commands=bad)
    bad = [{"command": "status", "description": ""}]
    assert "BOT_COMMAND_DESCRIPTION_INVALID" in await bot.refused("setMyCommands", commands=bad)


# ---------------------------------------------------------------------- faults and ledger


@pytest.mark.network
async def test_faults_before_after_and_late(bot: Client) -> None:
    bot.api.faults.append(Fault("before", "drop", times=1))
    with pytest.raises(httpx.RemoteProtocolError):
        await bot.raw("sendMessage", chat_id=5, text="a")
    bot.api.faults.append(Fault("after", "502", times=1))
    assert (await bot.raw("sendMessage", chat_id=5, text="b")).status_code == 502
    bot.api.faults.append(Fault("late", "garbage", times=1, seconds=0.01))
    assert (await bot.raw("sendMessage", chat_id=5, text="c")).text.startswith("<html>")
    assert [line["text"] for line in bot.api.sent()] == ["b"]
    await bot.api.settle()
    assert [line["text"] for line in bot.api.sent()] == ["b", "c"]
    await bot.ok("sendMessage", chat_id=5, text="d")


def test_faults_are_read_from_a_line() -> None:
    one, two = telegram_faults.read("after:drop:0.5,late:502:0.1:sendMessage", seconds=3)
    assert (one.when, one.kind, one.probability) == ("after", "drop", 0.5)
    assert (two.methods, two.seconds) == (frozenset({"sendMessage"}), 3)
    with pytest.raises(ValueError, match="no fault"):
        telegram_faults.read("sometimes:drop:1")


NOW = datetime(2024, 1, 2, tzinfo=UTC)


def row(ident: int, **changes: object) -> Delivery:
    made = Delivery(
        ident, "c", "d", Alert(MessageKind.ALERT, f"No. {ident}."), State.SENT, None, None, 1, 1, 0, NOW, NOW
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def send(ident: int, message_id: int, text: str | None = None) -> dict[str, Any]:
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": f"mute:{ident}:mac"}]]}
    return {"do": "send", "chat": 1, "message_id": message_id, "text": text or f"No. {ident}.", "markup": markup}


def test_the_comparison_finds_each_kind_of_fault() -> None:
    rows = [row(1), row(2), row(3)]
    fine = [send(1, 11), send(2, 12), send(3, 13)]
    assert telegram_ledger.compare(fine, rows).clean
    assert telegram_ledger.compare(fine[:2], rows).lost == [3]
    assert telegram_ledger.compare([*fine, send(2, 14)], rows).doubled == [2]
    assert telegram_ledger.compare([fine[1], fine[0], fine[2]], rows).out_of_order == [(2, 1)]
    wrong = {"do": "edit", "chat": 1, "message_id": 12, "text": "No. 1.", "markup": fine[0]["markup"]}
    assert telegram_ledger.compare([*fine, wrong], rows).wrongly_edited == [2]
    deleted = {"do": "delete", "chat": 1, "message_id": 14}
    assert telegram_ledger.compare([*fine, send(2, 14), deleted], rows).clean
    assert telegram_ledger.compare(fine[:2], [row(1), row(2), row(3, state=State.DEAD)]).clean
    assert telegram_ledger.compare([{**fine[0], "markup": None}], [row(1, repaired=True)]).clean


@pytest.mark.network
def test_the_program_prints_its_address_and_keeps_its_ledger(tmp_path: Path) -> None:
    program = Path(__file__).parents[1] / "doubles" / "telegram.py"
    ledger = tmp_path / "ledger.jsonl"
    command = [sys.executable, str(program), "--ledger", str(ledger), "--seed", "3", "--faults", "before:500:0.0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with httpx.Client(trust_env=False) as http:
                http.post(f"{url}/control", json={"chat": 5, "state": "blocked"}).raise_for_status()
                assert http.post(f"{url}/bot{TOKEN}/sendMessage", json={"chat_id": 5, "text": "x"}).status_code == 403
                http.post(f"{url}/bot{TOKEN}/sendMessage", json={"chat_id": 6, "text": "y"}).raise_for_status()
        finally:
            process.kill()
    (line,) = telegram_ledger.read(ledger)
    assert (line["do"], line["chat"], line["text"]) == ("send", 6, "y")
