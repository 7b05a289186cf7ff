"""Classification of the Bot API's answers: the table in docs/delivery-internals.md, as one pure function.

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

# Texts of 400. The server's spelling differs between methods and versions ('TOPIC_CLOSED', 'message thread not found'),
# so they are compared as plain words: see `_words`. The first that fits counts.
_SEND_ANEW = re.compile(
    r"\bmessage (?:to (?:be )?edit(?:ed)? )?(?:(?:was|is) )?(?:not found|deleted)\b"
    r"|\bmessage (?:id|identifier) (?:is )?(?:invalid|empty|not specified)\b"
    r"|\bcan(?:t| ?not) be edited\b|\bmessage edit time expired\b|\bmessage author required\b"
)
_BAD_REQUESTS: tuple[tuple[Remedy, re.Pattern[str]], ...] = (
    (
        Remedy.WITHOUT_TOPIC,
        re.compile(
            r"\b(?:topic|thread)(?: id)? (?:(?:is|was) )?(?:closed|deleted|not found|invalid|hidden)\b|\bnot a forum\b"
        ),
    ),
    (
        Remedy.SUSPEND,
        re.compile(
            r"\b(?:chat|user) not found\b|\bpeer id invalid\b|\bchannel (?:is )?(?:private|invalid)\b"
            r"|\bchat (?:\w+ ){0,3}(?:forbidden|restricted)\b|\badmin(?:istrator)?(?: rights)? (?:is |are )?required\b"
            r"|\bchat (?:was |is )?(?:deactivated|deleted)\b|\bupgraded to a supergroup\b"
            r"|\buser (?:is )?(?:blocked|deactivated|banned)\b|\bbot (?:was|is) (?:blocked|kicked|not a member)\b"
            r"|\bnot enough rights\b|\bno (?:write )?(?:rights|access)\b|\bneed administrator rights\b"
        ),
    ),
    (Remedy.SHORTEN, re.compile(r"\btoo (?:long|large|big)\b")),
    (Remedy.UNLINK, re.compile(r"\burl\b|\bweb ?page\b")),
)
_NOT_MODIFIED = re.compile(r"\bmessage (?:(?:is|was) )?not modified\b")
_TOO_MANY = re.compile(r"\btoo many requests\b(?: retry after (\d+)\b)?|\b(?:flood|slowmode) wait (\d+)\b")
_KEYBOARD = re.compile(r"\b(?:button|keyboard|reply markup)\b")
_NO_REPLY = re.compile(r"\brepl(?:y|ied)\b.* not found\b|\breply message id invalid\b")
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"")
_APOSTROPHE = re.compile("['’`]")
_BETWEEN = re.compile(r"[\W_]+")
_LIBRARY = re.compile(r"^httpx\.\w+(?:: ?|$)")

# The library's own words for an answer without a description: the Bot API always gives one, a proxy's JSON does not.
_NAMELESS = re.compile(r"^[A-Z][A-Za-z' -]* \(\d{3}\)")

DEFAULT_PAUSE = 5.0
"""Seconds that a lane waits after a 429 that does not say for how long."""

LONGEST_PAUSE = 86_400.0
"""Seconds (a day): a longer `retry_after` is nonsense, and would silence a chat for good."""


def classify(error: BaseException, *, editing: bool = False) -> DeliveryError:
    """Return what became of a call that raised `error`, and what to do next; never raises.

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


def names_no_message(error: BaseException) -> bool:
    """Return whether a refused edit means that there is no message of this id, not one that is somebody else's."""
    words = _words(str(error))
    return "not found" in words or "deleted" in words or "invalid" in words


def refuses_keyboard(error: DeliveryError) -> bool:
    """Return whether a call was refused for its buttons, whatever message they were for."""
    return error.sent is Sent.NO and (error.remedy is Remedy.UNLINK or _KEYBOARD.search(_words(str(error))) is not None)


def refuses_reply(error: BaseException) -> bool:
    """Return whether a call was refused because the message that it answers is gone."""
    return _NO_REPLY.search(_words(str(error))) is not None


def _answered(error: TelegramError, *, editing: bool) -> DeliveryError | None:
    """Classify an answer of the Bot API itself; None where the error is not one."""
    words = _words(str(error))
    too_many = _TOO_MANY.search(words)
    if too_many:
        return _pause(error, float(too_many[1] or too_many[2] or 0))
    if _NAMELESS.match(str(error)):
        return None
    if isinstance(error, BadRequest):
        return _bad_request(error, words, editing=editing)
    text, remedy = _text(error), None
    if isinstance(error, InvalidToken):
        text, remedy = f"the bot's token is not valid ({text})", Remedy.STOP
    elif isinstance(error, Forbidden):
        remedy = Remedy.SUSPEND
    elif isinstance(error, Conflict):
        text, remedy = f"another program uses this bot ({text})", Remedy.RETRY
    elif "request entity too large" in words:
        remedy = Remedy.SHORTEN
    return DeliveryError(text, sent=Sent.NO, remedy=remedy) if remedy else None


def _bad_request(error: BadRequest, words: str, *, editing: bool) -> DeliveryError:
    if _NOT_MODIFIED.search(words):
        return DeliveryError(_text(error), sent=Sent.YES, remedy=Remedy.RETRY)
    if editing and _SEND_ANEW.search(words):
        return DeliveryError(_text(error), sent=Sent.NO, remedy=Remedy.SEND_ANEW)
    # Markup, buttons, an empty text, and whatever is refused in words that are not known yet: plain.
    remedy = next((remedy for remedy, pattern in _BAD_REQUESTS if pattern.search(words)), Remedy.REPAIR)
    return DeliveryError(_text(error), sent=Sent.NO, remedy=remedy)


def _transport(error: BaseException) -> DeliveryError:
    """Classify a call without an answer of the Bot API, by the transport's error."""
    cause = error.__cause__ if isinstance(error, TelegramError) else error
    if isinstance(cause, _NOT_SENT):
        return DeliveryError(f"not sent: {_text(error)}", sent=Sent.NO, remedy=Remedy.RETRY)
    if isinstance(cause, UnicodeEncodeError):  # no request could be made of these words
        return DeliveryError(f"not sent: {_text(error)}", sent=Sent.NO, remedy=Remedy.REPAIR)
    return DeliveryError(f"no usable answer: {_text(error)}", sent=Sent.UNKNOWN, remedy=Remedy.PROBE)


def _pause(error: BaseException, seconds: float) -> DeliveryError:
    pause = min(seconds, LONGEST_PAUSE) if seconds > 0 else DEFAULT_PAUSE
    return DeliveryError(_text(error), sent=Sent.NO, remedy=Remedy.PAUSE, retry_after=pause)


def _seconds(value: float | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def _words(text: str) -> str:
    """Return an answer's own text in lower case and with single spaces, without what it quotes of the request."""
    own = _APOSTROPHE.sub("", _QUOTED.sub(" ", text))
    return _BETWEEN.sub(" ", own).strip().casefold()


def _text(error: BaseException) -> str:
    """Return the error's text in one short line, without secrets and the library's name."""
    words = " ".join(str(error).split())
    words = _LIBRARY.sub("", words) or words.removeprefix("httpx.").rstrip(":")
    return redact(words)[:300] or type(error).__name__
