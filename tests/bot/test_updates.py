"""Updates as Telegram sends them, and as nobody should."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.bot.updates import ButtonUpdate, Chat, CommandUpdate, Person, read

SENDER = {"id": 8, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "uk"}
MESSAGE: dict[str, Any] = {
    "message_id": 5,
    "date": 1_699_513_200,
    "chat": {"id": -1001234, "type": "supergroup", "title": "T"},
    "from": SENDER,
    "text": "/mute 17 2h",
}
QUERY: dict[str, Any] = {"id": "99", "from": SENDER, "message": MESSAGE, "chat_instance": "1", "data": "up:1:x"}


def message(**changes: object) -> CommandUpdate | ButtonUpdate | None:
    return read(1, json.dumps({"update_id": 1, "message": MESSAGE | changes}))


def written(**changes: object) -> CommandUpdate:
    found = message(**changes)
    assert isinstance(found, CommandUpdate)
    return found


def test_a_command_is_read() -> None:
    assert message() == CommandUpdate(
        update_id=1,
        chat=Chat(-1001234, "supergroup"),
        user=Person(8, "Ann Lee", "uk"),
        message_id=5,
        command="mute",
        argument="17 2h",
        to=None,
        at=datetime(2023, 11, 9, 7, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "command", "to", "argument"),
    [
        ("/help", "help", None, ""),
        ("/Help", "help", None, ""),
        ("/help@Our_Bot", "help", "Our_Bot", ""),
        ("/add@bot  DPRK arms   санкції ", "add", "bot", "DPRK arms   санкції"),
        ("/add\nDPRK arms\ntanks", "add", None, "DPRK arms\ntanks"),
        ("/explain https://a.example/x?y=1", "explain", None, "https://a.example/x?y=1"),
    ],
)
def test_command_and_argument_are_told_apart(text: str, command: str, to: str | None, argument: str) -> None:
    found = written(text=text)
    assert (found.command, found.to, found.argument) == (command, to, argument)


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "hello"},
        {"text": " /help"},
        {"text": "/"},
        {"text": "/не"},
        {"text": "/help!"},
        {"text": "/" + "a" * 33},
        {"text": "/a/b"},
        {"text": None},
        {"text": 5},
        {"caption": "/help", "text": None},
        {"forward_origin": {"type": "user"}},  # somebody else's words
        {"forward_date": 5},
        {"via_bot": {"id": 1}},
        {"from": None},
        {"from": {}},
        {"from": {"id": "8"}},
        {"chat": None},
        {"chat": {"id": True, "type": "private"}},
        {"message_id": 5.5},
        {"date": "now"},
        {"date": 10**30},
        {"reply_to_message": 5},
    ],
)
def test_what_is_no_command_is_nothing(changes: dict[str, object]) -> None:
    assert message(**changes) is None


def test_the_topic_is_one_of_a_forum_alone() -> None:
    assert written(message_thread_id=17).chat.topic is None  # a thread of replies
    assert written(message_thread_id=17, is_topic_message=True).chat.topic == 17


@pytest.mark.parametrize(("ident", "kind"), [(8, "private"), (-55, "group"), (-1001234, "supergroup")])
def test_a_chat_without_a_kind_has_that_of_its_id(ident: int, kind: str) -> None:
    assert written(chat={"id": ident}).chat == Chat(ident, kind)


def test_a_message_without_a_date_is_an_old_one() -> None:
    bare = {key: value for key, value in MESSAGE.items() if key != "date"}
    found = read(1, json.dumps({"message": bare}))
    assert isinstance(found, CommandUpdate)
    assert found.at.year == 1970


def test_what_is_replied_to_is_known() -> None:
    assert written(reply_to_message={"message_id": 4}).replied == 4
    assert written().replied is None


def test_people_are_read_as_they_are() -> None:
    assert written(**{"from": {"id": 8}}).user == Person(8, "")
    assert written(**{"from": SENDER | {"is_bot": True, "first_name": "N" * 100}}).user.bot
    assert len(written(**{"from": SENDER | {"first_name": "N" * 100}}).user.name) == 64


def test_a_press_is_read() -> None:
    found = read(2, json.dumps({"update_id": 2, "callback_query": QUERY}))
    assert found == ButtonUpdate(2, "99", Chat(-1001234, "supergroup"), Person(8, "Ann Lee", "uk"), 5, "up:1:x")


def test_a_press_on_a_message_that_is_not_shown_is_one_from_nowhere() -> None:
    bare = {key: value for key, value in QUERY.items() if key not in {"message", "data"}}
    found = read(2, json.dumps({"callback_query": bare | {"game_short_name": "x"}}))
    assert found == ButtonUpdate(2, "99", None, Person(8, "Ann Lee", "uk"), None, "")


def test_a_press_on_an_old_message_is_read() -> None:
    """Telegram gives no more than chat and id of it (InaccessibleMessage)."""
    old = {"message_id": 5, "date": 0, "chat": {"id": 8, "type": "private"}}
    found = read(2, json.dumps({"callback_query": QUERY | {"message": old}}))
    assert isinstance(found, ButtonUpdate)
    assert (found.chat, found.message_id) == (Chat(8, "private"), 5)


@pytest.mark.parametrize("body", ["", "[]", "5", "null", '"x"', "{}", '{"message": []}', "[" * 100_000])
def test_what_is_no_update_is_nothing(body: str) -> None:
    assert read(1, body) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*MESSAGE, *SENDER, "type"]), inner),
    max_leaves=6,
)


@given(st.sampled_from(["message", "callback_query"]), st.dictionaries(st.sampled_from([*MESSAGE, *QUERY]), VALUES))
def test_no_shape_of_an_update_breaks_the_reader(kind: str, changes: dict[str, object]) -> None:
    base = MESSAGE if kind == "message" else QUERY
    found = read(1, json.dumps({kind: base | changes}))
    assert found is None or found.update_id == 1
