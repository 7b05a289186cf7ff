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

from monitor.deliver.answers import DEFAULT_PAUSE, classify
from monitor.errors import Remedy, Sent

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz_0123456"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ('Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 3', Remedy.REPAIR),
        ("Bad Request: message is too long", Remedy.REPAIR),
        ("Bad Request: MESSAGE_TOO_LONG", Remedy.REPAIR),
        ("Bad Request: message text is empty", Remedy.REPAIR),
        ("Bad Request: BUTTON_DATA_INVALID", Remedy.REPAIR),
        ("Bad Request: BUTTON_URL_INVALID", Remedy.REPAIR),
        ("Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", Remedy.REPAIR),
        ("Bad Request: something that nobody has seen yet", Remedy.REPAIR),
        ("Bad Request: message to edit not found", Remedy.SEND_ANEW),
        ("Bad Request: MESSAGE_ID_INVALID", Remedy.SEND_ANEW),
        ("Bad Request: message can't be edited", Remedy.SEND_ANEW),
        ("Bad Request: TOPIC_CLOSED", Remedy.WITHOUT_TOPIC),
        ("Bad Request: TOPIC_DELETED", Remedy.WITHOUT_TOPIC),
        ("Bad Request: message thread not found", Remedy.WITHOUT_TOPIC),
        ("Bad Request: chat not found", Remedy.SUSPEND),
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


def test_not_modified_is_a_success() -> None:
    text = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    assert classify(BadRequest(text), editing=True).sent is Sent.YES


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Remedy.SUSPEND),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Remedy.SUSPEND),
        (InvalidToken("Unauthorized"), Remedy.STOP),
        (InvalidToken("Not Found"), Remedy.STOP),
        (Conflict("Conflict: terminated by other getUpdates request"), Remedy.RETRY),
        (NetworkError("Request Entity Too Large"), Remedy.REPAIR),
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


@pytest.mark.parametrize("name", ["Asia/Seoul", ":Asia/Seoul"])
def test_the_hosts_time_zone_may_be_named_by_tz(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from monitor.deliver import host

    monkeypatch.setenv("TZ", name)
    host.timezone.cache_clear()
    assert host.timezone() == "Asia/Seoul"
    monkeypatch.setenv("TZ", "Nowhere/At/All")
    host.timezone.cache_clear()
    assert host.timezone() != "Nowhere/At/All"
    host.timezone.cache_clear()
