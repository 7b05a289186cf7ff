"""Parsing of Telegram's updates: a command, a button press, or nothing.

What does not have the expected shape is nothing: the server may be of another version, and one odd update must not
stop the others. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)
_NAME = 64  # characters of a person's name that are kept
_INSIDE = {"member", "administrator", "creator"}  # what the bot is in a chat where it may write


@dataclass(frozen=True, slots=True)
class Chat:
    """The chat of a command or a press."""

    id: int
    kind: str  # private | group | supergroup | channel
    username: str | None = None  # of a public chat, without the '@'
    topic: int | None = None

    @property
    def private(self) -> bool:
        """Return whether it is a chat with the bot alone."""
        return self.kind == "private"


@dataclass(frozen=True, slots=True)
class Person:
    """The sender of an update. `bot`: true also for a message in a group's or a channel's name."""

    id: int
    name: str
    language: str | None = None
    bot: bool = False


@dataclass(frozen=True, slots=True)
class CommandUpdate:
    """A command written in a chat."""

    update_id: int
    chat: Chat
    user: Person
    message_id: int
    command: str  # in lower case
    argument: str
    to: str | None  # the bot that it names
    at: datetime
    replied: int | None = None  # the message that it replies to
    confirmed: bool = False  # it was given by a button (`confirmation`), not written


@dataclass(frozen=True, slots=True)
class ButtonUpdate:
    """A button that was pressed; `chat` is None where the message is not shown to the bot."""

    update_id: int
    query: str
    chat: Chat | None
    user: Person
    message_id: int | None
    data: str


def read(update_id: int, body: str) -> CommandUpdate | ButtonUpdate | None:
    """Read one update; None for what the bot does not act on."""
    try:
        update = json.loads(body)
        if "callback_query" in update:
            return _pressed(update_id, update["callback_query"])
        if "confirmed" in update:  # no key of the Bot API's: see `confirmation`
            written = _written(update_id, update["confirmed"])
            return None if written is None else replace(written, confirmed=True)
        return _written(update_id, update["message"]) if "message" in update else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return None


def confirmation(pressed: ButtonUpdate, row: int, command: str, now: datetime) -> tuple[int, str] | None:
    """Return the update by which a press gives the command that an answer proposes; None without its message.

    Its id is the row's, below 0: Telegram's are above, and a second press gives no second one.
    """
    chat, user = pressed.chat, pressed.user
    if chat is None or pressed.message_id is None:
        return None
    message: dict[str, object] = {
        "message_id": pressed.message_id,
        "from": {"id": user.id, "first_name": user.name, "language_code": user.language},
        "chat": {"id": chat.id, "type": chat.kind, "username": chat.username},
        "date": int(now.timestamp()),
        "text": command,
    }
    if chat.topic is not None:
        message |= {"message_thread_id": chat.topic, "is_topic_message": True}
    return -row, json.dumps({"confirmed": message}, ensure_ascii=False)


def heard(update_id: int, body: str) -> Chat | None:
    """Return the chat that an update proves to be reachable for the bot, else None.

    That is one in which somebody commands or presses, whoever writes to the bot alone (for that the bot must not be
    blocked), and one that takes the bot in again.
    """
    update = read(update_id, body)
    if update is not None:
        return update.chat
    try:
        found = json.loads(body)
        if "my_chat_member" in found:
            change = found["my_chat_member"]
            return _chat(change) if _may_write(change["new_chat_member"]) else None
        chat = _chat(found["message"])
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return None
    return chat if chat.private else None


def has_left(body: str) -> bool:
    """Return whether an update says that somebody, or the bot itself, is not in a chat any more."""
    try:
        found = json.loads(body)
        if "my_chat_member" in found:
            return not _may_write(found["my_chat_member"]["new_chat_member"])
        return "left_chat_member" in found.get("message", {})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return False


def _may_write(member: Mapping[str, Any]) -> bool:
    status = member["status"]
    return status in _INSIDE or (status == "restricted" and member.get("can_send_messages") is True)


def _written(update_id: int, message: Mapping[str, Any]) -> CommandUpdate | None:
    text = message.get("text")
    found = _COMMAND.fullmatch(text) if isinstance(text, str) else None
    # What was forwarded, or written by another bot, is not what this person asks for.
    if found is None or "forward_origin" in message or "forward_date" in message or "via_bot" in message:
        return None
    replied = message.get("reply_to_message") or {}
    return CommandUpdate(
        update_id=update_id,
        chat=_chat(message),
        user=_person(message["from"]),
        message_id=_whole(message["message_id"]),
        command=found[1].lower(),
        argument=(found[3] or "").strip(),
        to=found[2],
        at=datetime.fromtimestamp(_whole(message.get("date", 0)), UTC),
        replied=_whole(replied["message_id"]) if "message_id" in replied else None,
    )


def _pressed(update_id: int, query: Mapping[str, Any]) -> ButtonUpdate:
    message = query.get("message")
    return ButtonUpdate(
        update_id=update_id,
        query=str(query["id"]),
        chat=_chat(message) if message else None,
        user=_person(query["from"]),
        message_id=_whole(message["message_id"]) if message else None,
        data=str(query.get("data") or ""),
    )


def _chat(message: Mapping[str, Any]) -> Chat:
    chat = message["chat"]
    # In groups without topics the same field numbers threads of replies.
    topic = message.get("message_thread_id") if message.get("is_topic_message") is True else None
    username, ident = chat.get("username"), _whole(chat["id"])
    return Chat(
        id=ident,
        kind=str(chat["type"]) if "type" in chat else kind_of(ident),
        username=username if isinstance(username, str) and username else None,
        topic=None if topic is None else _whole(topic),
    )


def kind_of(chat: int) -> str:
    """Return the kind of a chat by its id, as the Bot API numbers them."""
    if chat > 0:
        return "private"
    return "supergroup" if str(chat).startswith("-100") else "group"


def _person(user: Mapping[str, Any]) -> Person:
    name = " ".join(str(user[key]) for key in ("first_name", "last_name") if user.get(key))
    language = user.get("language_code")
    return Person(
        id=_whole(user["id"]),
        name=name[:_NAME],
        language=language if isinstance(language, str) else None,
        bot=user.get("is_bot") is True,
    )


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"a whole number expected, not {value!r:.40}")
    return value
