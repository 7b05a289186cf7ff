"""What the double of the Bot API remembers: chats, their messages, and how fast they were spoken to."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from doubles.telegram_variants import BotApiVariant


class ApiError(Exception):
    """An answer other than 200."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(text: str, **parameters: int) -> ApiError:
    return ApiError(400, f"Bad Request: {text}", **parameters)


@dataclass(slots=True)
class Message:
    """A message of a chat; somebody else's has no text."""

    id: int
    chat: int
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    thread: int | None = None
    reply_to: int | None = None
    silent: bool = False
    mine: bool = True
    sent_at: int = 0

    def as_json(self, kind: str) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "message_id": self.id,
            "date": self.sent_at,
            "chat": {"id": self.chat, "type": kind} | ({"first_name": "A"} if kind == "private" else {"title": "T"}),
            "from": {"id": 1, "is_bot": True, "first_name": "Double", "username": "double_bot"},
            "text": self.text,
        }
        answer |= {"entities": self.entities} if self.entities else {}
        answer |= {"reply_markup": self.markup} if self.markup else {}
        answer |= {"message_thread_id": self.thread, "is_topic_message": True} if self.thread else {}
        return answer


@dataclass(slots=True)
class Chat:
    """A chat and its state: open | blocked | kicked | deactivated | unknown | read-only."""

    id: int
    state: str = "open"
    migrated_to: int | None = None
    closed_topics: set[int] = field(default_factory=set)
    topics: set[int] | None = None  # None: whichever is named exists
    messages: dict[int, Message] = field(default_factory=dict)
    username: str | None = None
    members: dict[int, str] = field(default_factory=dict)  # what users are in it, for getChatMember
    restricted_inside: bool = True  # whether those who are restricted are in it

    @property
    def kind(self) -> str:
        if self.id > 0:
            return "private"
        return "supergroup" if str(self.id).startswith("-100") else "group"

    def check_open(self) -> None:
        """Raise what the server says of a chat that takes no messages."""
        group = "supergroup chat" if self.kind == "supergroup" else "group chat"
        if self.migrated_to is not None:
            raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrated_to)
        if self.state == "blocked":
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if self.state == "kicked":
            raise ApiError(403, f"Forbidden: bot was kicked from the {group}")
        if self.state == "deactivated":
            raise ApiError(403, "Forbidden: user is deactivated")
        if self.state == "unknown":
            raise bad_request("chat not found")
        if self.state == "read-only":
            raise bad_request("not enough rights to send text messages to the chat")

    def check_topic(self, thread: int | None) -> None:
        if thread is None:
            return
        if self.kind != "supergroup" or (self.topics is not None and thread not in self.topics):
            raise bad_request("message thread not found")
        if thread in self.closed_topics:
            raise bad_request("TOPIC_CLOSED")


class Chats:
    """All chats. Supergroups number their messages each; private chats and basic groups share one sequence."""

    def __init__(
        self,
        *,
        first_id: int = 1,
        known_only: bool = False,
        variant: BotApiVariant | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._manner = variant or BotApiVariant()
        self._rng = rng or random.Random(0)
        self._first_id = first_id
        self._known_only = known_only
        self._shared = first_id
        self._own: dict[int, int] = {}
        self.all: dict[int, Chat] = {}

    def get(self, ident: int | str) -> Chat:
        """Return a chat, made where it is new (unless only known ones are)."""
        if isinstance(ident, str):
            for chat in self.all.values():
                if chat.username == ident.lstrip("@"):
                    return chat
            raise bad_request("chat not found")
        if ident not in self.all:
            if self._known_only or ident == 0:
                raise bad_request("chat not found")
            self.all[ident] = Chat(ident)
        return self.all[ident]

    def next_id(self, chat: Chat) -> int:
        """Take the next message id."""
        step = self._rng.randint(1, self._manner.stride)
        alone = chat.kind == "supergroup" or self._manner.each_chat
        if alone and not self._manner.one_for_all:
            ident = self._own.get(chat.id, self._first_id)
            self._own[chat.id] = ident + step
            return ident
        ident, self._shared = self._shared, self._shared + step
        return ident

    def foreign(self, ident: int) -> Message:
        """Let somebody else write into a chat."""
        chat = self.get(ident)
        message = Message(self.next_id(chat), ident, text="hello", mine=False)
        chat.messages[message.id] = message
        return message


class Rates:
    """Telegram's limits, answered by 429: 30/s a bot, 1/s a chat, 20/min a group. `speed` runs its clock faster."""

    def __init__(self, *, speed: float = 1.0) -> None:
        self._speed = speed
        self._calls: dict[str, deque[float]] = {}

    def check(self, chat: Chat, now: float) -> None:
        """Count a call, or raise 429."""
        now *= self._speed
        rules = [("bot", 30, 1.0), (f"chat {chat.id}", 1, 1.0)]
        if chat.id < 0:
            rules.append((f"group {chat.id}", 20, 60.0))
        waits = [self._wait(name, limit, seconds, now) for name, limit, seconds in rules]
        if max(waits) > 0:
            seconds = max(1, math.ceil(max(waits)))
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for name, _, _ in rules:
            self._calls[name].append(now)

    def _wait(self, name: str, limit: int, seconds: float, now: float) -> float:
        calls = self._calls.setdefault(name, deque())
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        # A tenth is forgiven: the real buckets are no stop-watches, and calls arrive with jitter.
        return calls[-limit] + seconds * 0.9 - now if len(calls) >= limit else 0.0
