"""Who may ask and press: a table of people and chats."""

from __future__ import annotations

import pytest

from monitor.bot.permissions import Door, Standing
from monitor.bot.updates import Chat, Person
from monitor.model import Channel

ADMIN, MEMBER = Person(7, "Ann"), Person(8, "Bob")
GROUP, PUBLIC = -1001234, -1009999


def telegram(name: str, chat: int | str, topic: int | None = None) -> Channel:
    return Channel(name, "telegram", {"chat": chat} | ({"topic": topic} if topic else {}))


DOOR = Door(
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
        (ADMIN, Chat(7, "private"), Standing.ADMIN),
        (ADMIN, Chat(GROUP, "supergroup"), Standing.ADMIN),
        (ADMIN, Chat(-1, "group"), Standing.ADMIN),  # what may be done there is the caller's question
        (ADMIN, Chat(PUBLIC, "channel", "TheNews"), Standing.ADMIN),
        (MEMBER, Chat(GROUP, "supergroup"), Standing.MEMBER),
        (MEMBER, Chat(GROUP, "supergroup", topic=99), Standing.MEMBER),
        (MEMBER, Chat(8, "private"), Standing.MEMBER),
        (MEMBER, Chat(8, "private", "bob"), Standing.MEMBER),  # people have names; their chat is theirs alone
        (MEMBER, Chat(-100555, "supergroup"), Standing.MEMBER),  # where a configured group moved
        (MEMBER, Chat(-555, "group"), Standing.STRANGER),  # what it left
        (MEMBER, Chat(7, "private"), Standing.MEMBER),  # an id that only its owner can write from
        (MEMBER, Chat(9, "private"), Standing.STRANGER),
        (MEMBER, Chat(-1009, "supergroup"), Standing.STRANGER),
        (MEMBER, Chat(PUBLIC, "supergroup", "TheNews"), Standing.STRANGER),  # anybody can press there
        (MEMBER, Chat(GROUP, "supergroup", "nowpublic"), Standing.STRANGER),
        (MEMBER, Chat(GROUP, "channel"), Standing.STRANGER),
        (MEMBER, Chat(GROUP, "something new"), Standing.STRANGER),
        (Person(7, "Ann", bot=True), Chat(GROUP, "supergroup"), Standing.MEMBER),
        (Person(1087968824, "Group", bot=True), Chat(GROUP, "supergroup"), Standing.MEMBER),  # an anonymous admin
    ],
)
def test_who_may_do_what(user: Person, chat: Chat, standing: Standing) -> None:
    assert DOOR.standing(user, chat) is standing


def test_nobody_may_do_anything_where_nothing_is_configured() -> None:
    for chat in (Chat(7, "private"), Chat(GROUP, "supergroup")):
        for user in (ADMIN, MEMBER):
            assert Door().standing(user, chat) is Standing.STRANGER


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
