"""The answer table as a pure function: each text and each cause, without a network."""

from __future__ import annotations

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from monitor.deliver.channels.telegram.errors import DEFAULT_PAUSE, LONGEST_PAUSE, classify
from monitor.errors import Remedy, Sent

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz_0123456"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ('Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 3', Remedy.REPAIR),
        ("Bad Request: message is too long", Remedy.SHORTEN),
        ("Bad Request: MESSAGE_TOO_LONG", Remedy.SHORTEN),
        ("Bad Request: ENTITIES_TOO_LONG", Remedy.SHORTEN),
        ("Bad Request: message text is empty", Remedy.REPAIR),
        ("Bad Request: BUTTON_DATA_INVALID", Remedy.REPAIR),
        ("Bad Request: BUTTON_URL_INVALID", Remedy.UNLINK),
        ("Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", Remedy.UNLINK),
        ("Bad Request: inline keyboard button URL 'https://x.example/topic-closed' is invalid", Remedy.UNLINK),
        ("Bad Request: WEBPAGE_URL_INVALID", Remedy.UNLINK),
        ("Bad Request: something that nobody has seen yet", Remedy.REPAIR),
        ('Bad Request: can\'t parse entities: Unsupported start tag "chat not found" at byte offset 0', Remedy.REPAIR),
        ("Bad Request: message to edit not found", Remedy.SEND_ANEW),
        ("bad request: Message To Edit Not Found.", Remedy.SEND_ANEW),
        ("Bad Request: message to be edited was not found", Remedy.SEND_ANEW),
        ("Bad Request: message not found", Remedy.SEND_ANEW),
        ("Bad Request: MESSAGE_ID_INVALID", Remedy.SEND_ANEW),
        ("Bad Request: message identifier is not specified", Remedy.SEND_ANEW),
        ("Bad Request: message can't be edited", Remedy.SEND_ANEW),
        ("Bad Request: message can’t be edited!", Remedy.SEND_ANEW),
        ("Bad Request: message cannot be edited", Remedy.SEND_ANEW),
        ("Bad Request: MESSAGE_EDIT_TIME_EXPIRED", Remedy.SEND_ANEW),
        ("Bad Request: MESSAGE_AUTHOR_REQUIRED", Remedy.SEND_ANEW),
        ("Bad Request: TOPIC_CLOSED", Remedy.WITHOUT_TOPIC),
        ("Bad Request: topic is closed", Remedy.WITHOUT_TOPIC),
        ("Bad Request: the topic was deleted", Remedy.WITHOUT_TOPIC),
        ("Bad Request: TOPIC_DELETED", Remedy.WITHOUT_TOPIC),
        ("Bad Request: message thread not found", Remedy.WITHOUT_TOPIC),
        ("Bad Request: MESSAGE_THREAD_ID_INVALID", Remedy.WITHOUT_TOPIC),
        ("Bad Request: the chat is not a forum", Remedy.WITHOUT_TOPIC),
        ("Bad Request: chat not found", Remedy.SUSPEND),
        ("BAD REQUEST: CHAT_NOT_FOUND", Remedy.SUSPEND),
        ("Bad Request: user not found", Remedy.SUSPEND),
        ("Bad Request: PEER_ID_INVALID", Remedy.SUSPEND),
        ("Bad Request: CHANNEL_PRIVATE", Remedy.SUSPEND),
        ("Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", Remedy.SUSPEND),
        ("Bad Request: CHAT_RESTRICTED", Remedy.SUSPEND),
        ("Bad Request: CHAT_ADMIN_REQUIRED", Remedy.SUSPEND),
        ("Bad Request: USER_IS_BLOCKED", Remedy.SUSPEND),
        ("Bad Request: USER_BANNED_IN_CHANNEL", Remedy.SUSPEND),
        ("Bad Request: have no rights to send a message", Remedy.SUSPEND),
        ("Bad Request: have no write access to the chat", Remedy.SUSPEND),
        ("Bad Request: group chat was upgraded to a supergroup chat", Remedy.SUSPEND),
        ("Bad Request: not enough rights to send text messages to the chat", Remedy.SUSPEND),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", Remedy.SUSPEND),
        ("Bad Request: need administrator rights in the channel chat", Remedy.SUSPEND),
        ("Bad Request: group chat was deactivated", Remedy.SUSPEND),
    ],
)
def test_400_is_judged_by_its_words(text: str, remedy: Remedy) -> None:
    found = classify(BadRequest(text), editing=True)
    assert (found.sent, found.remedy) == (Sent.NO, remedy)


def test_only_an_edit_can_miss_its_message() -> None:
    assert classify(BadRequest("Bad Request: MESSAGE_ID_INVALID")).remedy is Remedy.REPAIR


@pytest.mark.parametrize(
    "text",
    [
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content",
        "Bad Request: message is not modified",
        "Bad Request: Message was not modified!",
        "bad request: MESSAGE_NOT_MODIFIED",
    ],
)
def test_not_modified_is_a_success(text: str) -> None:
    assert classify(BadRequest(text), editing=True).sent is Sent.YES


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Remedy.SUSPEND),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Remedy.SUSPEND),
        (InvalidToken("Unauthorized"), Remedy.STOP),
        (InvalidToken("Not Found"), Remedy.STOP),
        (Conflict("Conflict: terminated by other getUpdates request"), Remedy.RETRY),
        (NetworkError("Request Entity Too Large"), Remedy.SHORTEN),
        (
            caused(
                NetworkError("Unknown error"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
            ),
            Remedy.REPAIR,
        ),
        (caused(NetworkError("httpx.ConnectError: refused"), httpx.ConnectError("refused")), Remedy.RETRY),
        (caused(TimedOut(), httpx.ConnectTimeout("slow")), Remedy.RETRY),
        (caused(TimedOut("Pool timeout"), httpx.PoolTimeout("busy")), Remedy.RETRY),
        (caused(NetworkError("httpx.ProxyError"), httpx.ProxyError("no")), Remedy.RETRY),
    ],
)
def test_what_was_certainly_not_sent(error: Exception, remedy: Remedy) -> None:
    found = classify(error)
    assert (found.sent, found.remedy) == (Sent.NO, remedy)


@pytest.mark.parametrize(
    "error",
    [
        caused(TimedOut(), httpx.ReadTimeout("slow")),
        caused(TimedOut(), httpx.WriteTimeout("slow")),
        caused(NetworkError("httpx.ReadError"), httpx.ReadError("reset")),
        caused(NetworkError("httpx.RemoteProtocolError"), httpx.RemoteProtocolError("cut")),
        NetworkError("Internal Server Error"),
        NetworkError("Bad Gateway (502)"),
        TelegramError("Invalid server response"),
        # A proxy's page under a status that would mean something if it came from the Bot API.
        caused(Forbidden("Forbidden (403). Parsing failed"), TelegramError("Invalid server response")),
        caused(InvalidToken("Not Found (404). Parsing failed"), TelegramError("Invalid server response")),
        caused(BadRequest("Bad Request (400). Parsing failed"), TelegramError("Invalid server response")),
        # A proxy's JSON: the Bot API never leaves its description out.
        Forbidden("Forbidden (403)"),
        InvalidToken("Not Found (404)"),
        BadRequest("Bad Request (400)"),
        caused(NetworkError("httpx.ReadError"), httpx.WriteError("the kept connection was gone")),
        KeyError("result"),
        AttributeError("'list' object has no attribute 'get'"),
    ],
)
def test_what_nobody_knows(error: Exception) -> None:
    found = classify(error)
    assert (found.sent, found.remedy) == (Sent.UNKNOWN, Remedy.PROBE)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RetryAfter(7), 7.0),
        (NetworkError("Too Many Requests: retry after 9"), 9.0),
        (
            NetworkError("Too Many Requests: retry after 0. The server response contained unknown parameters"),
            DEFAULT_PAUSE,
        ),
        (NetworkError("Too Many Requests (429)"), DEFAULT_PAUSE),
        (BadRequest("Bad Request: SLOWMODE_WAIT_30"), 30.0),
        (NetworkError("FLOOD_WAIT_12"), 12.0),
        (RetryAfter(7200), 7200.0),
        (RetryAfter(10**9), LONGEST_PAUSE),
    ],
)
def test_429_says_how_long(error: Exception, seconds: float) -> None:
    found = classify(error)
    assert (found.sent, found.remedy, found.retry_after) == (Sent.NO, Remedy.PAUSE, seconds)


def test_a_migrated_chat_has_its_new_id() -> None:
    found = classify(ChatMigrated(-100777))
    assert (found.sent, found.remedy, found.new_chat) == (Sent.NO, Remedy.MIGRATE, -100777)


def test_the_text_is_one_short_line_without_the_token() -> None:
    found = classify(NetworkError(f"httpx.InvalidURL: https://api.telegram.org/bot{TOKEN}/x\n" + "y" * 5000))
    assert TOKEN not in str(found)
    assert "\n" not in str(found)
    assert len(str(found)) < 400


@pytest.mark.parametrize(
    ("said", "shown"),
    [("httpx.RemoteProtocolError: Server disconnected", "Server disconnected"), ("httpx.ReadError: ", "ReadError")],
)
def test_the_text_names_no_library(said: str, shown: str) -> None:
    assert str(classify(NetworkError(said))) == f"no usable answer: {shown}"


@pytest.mark.parametrize("name", ["Asia/Seoul", ":Asia/Seoul"])
def test_the_hosts_time_zone_may_be_named_by_tz(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from monitor import host

    monkeypatch.setenv("TZ", name)
    host.timezone.cache_clear()
    assert host.timezone() == "Asia/Seoul"
    monkeypatch.setenv("TZ", "Nowhere/At/All")
    host.timezone.cache_clear()
    assert host.timezone() != "Nowhere/At/All"
    host.timezone.cache_clear()
