"""Permissions for commands and buttons: default deny. Pure.

Admins are the user ids of `telegram.admins`. Members are those who write in a configured chat that only its members
see. In a public group (one with a @name) and in a broadcast channel anybody can press, so there only admins may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.bot.updates import Chat, Person
from monitor.model import Channel

TELEGRAM = "telegram"


class AccessLevel(StrEnum):
    """The access of a user in a chat."""

    ADMIN = "admin"  # may change things
    MEMBER = "member"  # may look, judge, acknowledge
    STRANGER = "stranger"  # may nothing


@dataclass(frozen=True, slots=True)
class Permissions:
    """The configured channels by name, the admins' own, and the new ids of chats that moved."""

    admins: frozenset[int] = frozenset()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    moved: Mapping[str, int] = field(default_factory=dict)

    def holds(self, channel: Channel, chat: Chat) -> bool:
        """Return whether a channel's messages go to this chat, in whichever topic."""
        if channel.kind != TELEGRAM:
            return False
        where = str(channel.settings["chat"])
        if where in self.moved:
            return chat.id == self.moved[where]
        if where.startswith("@"):
            return chat.username is not None and where[1:].casefold() == chat.username.casefold()
        return where == str(chat.id)

    def channel(self, chat: Chat) -> str | None:
        """Return the channel of a chat: of the topic where one is, else any; None where the chat is not configured."""
        here = [channel for channel in self.channels.values() if self.holds(channel, chat)]
        same = [channel for channel in here if channel.settings.get("topic") == chat.topic]
        return next((channel.name for channel in (*same, *here)), None)

    def standing(self, user: Person, chat: Chat) -> AccessLevel:
        """Return a user's access in a chat. Anonymous group admins are members, never admins of the bot."""
        if user.id in self.admins and not user.bot:
            return AccessLevel.ADMIN
        closed = chat.kind in {"private", "group", "supergroup"} and chat.username is None
        public_name = chat.private  # people have @names too: a private chat is nobody else's
        if (closed or public_name) and self.channel(chat) is not None:
            return AccessLevel.MEMBER
        return AccessLevel.STRANGER
