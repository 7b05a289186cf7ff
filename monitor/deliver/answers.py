"""What each answer of the Bot API means: the table in docs/delivery.md, as one pure function.

python-telegram-bot's classes do not decide: `BadRequest` and `TimedOut` are both `NetworkError`, and a time-out may be
one of connecting (nothing was sent) or of reading (nobody knows). The text of the answer and `__cause__` do.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta

import httpx
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from monitor.errors import DeliveryError, Remedy, Sent
from monitor.log import redact

# The library warns at every 429 unless its future type of `retry_after` (timedelta) is asked for.
os.environ.setdefault("PTB_TIMEDELTA", "true")

# The request never left: no connection, or it was refused before anything was written.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)

# Texts of 400: the server's spelling differs between methods, so parts of it are looked for, in any case of letters.
_BAD_REQUESTS: tuple[tuple[Remedy, tuple[str, ...]], ...] = (
    (
        Remedy.SEND_ANEW,
        (
            "message to edit not found",
            "message_id_invalid",
            "message can't be edited",
            "message identifier is not specified",
        ),
    ),
    (
        Remedy.WITHOUT_TOPIC,
        (
            "topic_closed",
            "topic closed",
            "topic_deleted",
            "topic deleted",
            "topic_id_invalid",
            "topic not found",
            "message thread not found",
            "message thread id is invalid",
            "not a forum",
        ),
    ),
    (
        Remedy.SUSPEND,
        (
            "chat not found",
            "user not found",
            "peer_id_invalid",
            "channel_private",
            "chat_write_forbidden",
            "chat_restricted",
            "chat_send_plain_forbidden",
            "chat_admin_required",
            "user_is_blocked",
            "user_is_deactivated",
            "user_banned_in_channel",
            "group chat was deactivated",
            "not enough rights",
            "have no rights",
            "need administrator rights",
        ),
    ),
)
_TOO_MANY = re.compile(r"too many requests(?:: retry after (\d+))?", re.IGNORECASE)

DEFAULT_PAUSE = 5.0
"""Seconds that a lane waits after a 429 that does not say for how long."""


def classify(error: BaseException, *, editing: bool = False) -> DeliveryError:
    """Say what became of a call that raised `error`, and what to do next; never raises.

    `editing`: the call changed a message that was there. Sent.YES means that the channel already shows what was to be
    shown (an edit that changes nothing). The text has no secret in it; raise the result `from error`.
    """
    if isinstance(error, RetryAfter):
        return _pause(error, _seconds(error.retry_after))
    if isinstance(error, ChatMigrated):
        return DeliveryError(_text(error), sent=Sent.NO, remedy=Remedy.MIGRATE, new_chat=error.new_chat_id)
    if isinstance(error, TelegramError) and not isinstance(error.__cause__, TelegramError):
        answered = _answered(error, editing=editing)
        if answered is not None:
            return answered
    # An answer that is no JSON comes from something on the way (a proxy, a gateway), whatever its status says.
    return _transport(error)


def _answered(error: TelegramError, *, editing: bool) -> DeliveryError | None:
    """Judge an answer that the Bot API itself gave; None where this is not one."""
    if isinstance(error, BadRequest):
        return _bad_request(error, editing=editing)
    too_many = _TOO_MANY.search(str(error))
    if too_many:
        return _pause(error, float(too_many[1] or 0))
    text, remedy = _text(error), None
    if isinstance(error, InvalidToken):
        text, remedy = f"the bot's token is not valid ({text})", Remedy.STOP
    elif isinstance(error, Forbidden):
        remedy = Remedy.SUSPEND
    elif isinstance(error, Conflict):
        text, remedy = f"another program uses this bot ({text})", Remedy.RETRY
    elif "request entity too large" in text.casefold():
        remedy = Remedy.REPAIR
    return DeliveryError(text, sent=Sent.NO, remedy=remedy) if remedy else None


def _bad_request(error: BadRequest, *, editing: bool) -> DeliveryError:
    text = str(error).casefold()
    if "message is not modified" in text:
        return DeliveryError(_text(error), sent=Sent.YES, remedy=Remedy.RETRY)
    for remedy, parts in _BAD_REQUESTS:
        if any(part in text for part in parts) and (editing or remedy is not Remedy.SEND_ANEW):
            return DeliveryError(_text(error), sent=Sent.NO, remedy=remedy)
    # Markup, length, buttons, an empty text, and whatever is refused in words that are not known yet.
    return DeliveryError(_text(error), sent=Sent.NO, remedy=Remedy.REPAIR)


def _transport(error: BaseException) -> DeliveryError:
    """Judge a call that got no answer of the Bot API: only the transport knows how far it came."""
    cause = error.__cause__ if isinstance(error, TelegramError) else error
    if isinstance(cause, _NOT_SENT):
        return DeliveryError(f"not sent: {_text(error)}", sent=Sent.NO, remedy=Remedy.RETRY)
    return DeliveryError(f"no usable answer: {_text(error)}", sent=Sent.UNKNOWN, remedy=Remedy.PROBE)


def _pause(error: BaseException, seconds: float) -> DeliveryError:
    return DeliveryError(
        _text(error), sent=Sent.NO, remedy=Remedy.PAUSE, retry_after=seconds if seconds > 0 else DEFAULT_PAUSE
    )


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _text(error: BaseException) -> str:
    """Give the error's words in one short line without secrets."""
    words = " ".join(str(error).split())
    return redact(words)[:300] or type(error).__name__
