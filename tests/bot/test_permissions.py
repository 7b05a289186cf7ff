"""Who may ask and press: a table of people and chats."""

from __future__ import annotations

import pytest

from monitor.bot.permissions import AccessLevel, Permissions
from monitor.bot.updates import Chat, Person
from monitor.model import Channel

ADMIN, MEMBER = Person(7, "Ann"), Person(8, "Bob")
GROUP, PUBLIC = -1001234, -1009999


def telegram(name: str, chat: int | str, topic: int | None = None) -> Channel:
    return Channel(name, "telegram", {"chat": chat} | ({"topic": topic} if topic else {}))


DOOR = Permissions(
    admins=frozenset({7}),
    channels={
        channel.name: channel
        for channel in (
            telegram("desk", GROUP),
            telegram("sports", GROUP, topic=17),
            telegram("me", 8),
            telegram("news", "@TheNews"),
            telegram("old", -555),
            telegram("admin:7", 7),
            Channel("hook", "webhook", {"url": "https://hook.example"}),
            Channel("screen", "console"),
        )
    },
    moved={"-555": -100555},
)


@pytest.mark.parametrize(
    ("user", "chat", "standing"),
    [
        (ADMIN, Chat(7, "private"), AccessLevel.ADMIN),
        (ADMIN, Chat(GROUP, "supergroup"), AccessLevel.ADMIN),
        (ADMIN, Chat(-1, "group"), AccessLevel.ADMIN),  # what may be done there is the caller's question
        (ADMIN, Chat(PUBLIC, "channel", "TheNews"), AccessLevel.ADMIN),
        (MEMBER, Chat(GROUP, "supergroup"), AccessLevel.MEMBER),
        (MEMBER, Chat(GROUP, "supergroup", topic=99), AccessLevel.MEMBER),
        (MEMBER, Chat(8, "private"), AccessLevel.MEMBER),
        (MEMBER, Chat(8, "private", "bob"), AccessLevel.MEMBER),  # people have names; their chat is theirs alone
        (MEMBER, Chat(-100555, "supergroup"), AccessLevel.MEMBER),  # where a configured group moved
        (MEMBER, Chat(-555, "group"), AccessLevel.STRANGER),  # what it left
        (MEMBER, Chat(7, "private"), AccessLevel.MEMBER),  # an id that only its owner can write from
        (MEMBER, Chat(9, "private"), AccessLevel.STRANGER),
        (MEMBER, Chat(-1009, "supergroup"), AccessLevel.STRANGER),
        (MEMBER, Chat(PUBLIC, "supergroup", "TheNews"), AccessLevel.STRANGER),  # anybody can press there
        (MEMBER, Chat(GROUP, "supergroup", "nowpublic"), AccessLevel.STRANGER),
        (MEMBER, Chat(GROUP, "channel"), AccessLevel.STRANGER),
        (MEMBER, Chat(GROUP, "something new"), AccessLevel.STRANGER),
        (Person(7, "Ann", bot=True), Chat(GROUP, "supergroup"), AccessLevel.MEMBER),
        (Person(1087968824, "Group", bot=True), Chat(GROUP, "supergroup"), AccessLevel.MEMBER),  # an anonymous admin
    ],
)
def test_who_may_do_what(user: Person, chat: Chat, standing: AccessLevel) -> None:
    assert DOOR.standing(user, chat) is standing


def test_nobody_may_do_anything_where_nothing_is_configured() -> None:
    for chat in (Chat(7, "private"), Chat(GROUP, "supergroup")):
        for user in (ADMIN, MEMBER):
            assert Permissions().standing(user, chat) is AccessLevel.STRANGER


@pytest.mark.parametrize(
    ("chat", "channel"),
    [
        (Chat(GROUP, "supergroup"), "desk"),
        (Chat(GROUP, "supergroup", topic=17), "sports"),
        (Chat(GROUP, "supergroup", topic=18), "desk"),
        (Chat(PUBLIC, "supergroup", "thenews"), "news"),
        (Chat(PUBLIC, "supergroup", "thenews2"), None),
        (Chat(PUBLIC, "supergroup"), None),
        (Chat(7, "private"), "admin:7"),
        (Chat(-100555, "supergroup"), "old"),
        (Chat(-555, "group"), None),
        (Chat(0, "private"), None),
    ],
)
def test_a_chat_names_its_channel(chat: Chat, channel: str | None) -> None:
    assert DOOR.channel(chat) == channel
