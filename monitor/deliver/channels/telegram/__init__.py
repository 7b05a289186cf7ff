"""The channel kind `telegram`: a chat, a group or a topic of one, written to by the bot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

import structlog

from monitor.deliver.proxies import check_proxies
from monitor.fields import Reads, StrictSettings, WrittenFloat, WrittenInt, about, read_text, shown, whole, wrong
from monitor.ports import ChannelKind, Notifier, NotifierContext

log = structlog.get_logger(__name__)

_PHONE = re.compile(r"\+[\d\s().-]{10,}")
_GENERAL = 1  # the id that clients show for a forum's General topic
_USER_NAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")


def read_chat(value: Any) -> int | str:
    """Return a chat's id, or its public @name."""
    written = value.raw if isinstance(value, WrittenInt) else value
    if isinstance(written, str) and _PHONE.fullmatch(written.strip()):
        raise wrong(
            f"{written.strip()} is a telephone number, and a bot writes to chats by their id: write /start to the "
            "bot, and it says the id"
        )
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,18}\s*", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if value == 0 or abs(value) >= 2**52:  # the Bot API: at most 52 significant bits
            raise wrong(
                f"{int(value)} is no chat: write a person's id (123456789), a group's (-1001234567890) or \"@name\""
            )
        return int(value)
    if isinstance(value, bool | float):
        number = shown(value)
        raise wrong(f"{number} is no chat: an id is a whole number, such as 123456789 (a person) or -1001234567890")
    text = read_text(value)
    if _USER_NAME.fullmatch(text):
        return text
    if text.startswith("@"):
        raise wrong(
            f"{shown(text)} is no public name: such a name has 4 to 32 Latin letters, digits and underscores after "
            "the @, the first of them a letter; a chat without one is named by its id, such as -1001234567890"
        )
    link = re.fullmatch(r"(?:https?://)?(?:t|telegram)\.me/([A-Za-z]\w{3,31})/?", text)
    name = link[1] if link else text
    hint = f' Did you mean "@{name}"?' if _USER_NAME.fullmatch(f"@{name}") else ""
    raise wrong(f'{shown(text)} is no chat.{hint} Write its id, such as -1001234567890, or a public "@name" in quotes')


Chat: TypeAlias = Annotated[
    int | str, Reads(read_chat, {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^(@[A-Za-z]|-?[0-9])"}]})
]


@dataclass(frozen=True, slots=True)
class TelegramTarget(StrictSettings):
    """A Telegram chat."""

    chat: Chat = field(
        metadata=about(
            "The chat's id (a group's is negative), or a public @name in quotes.",
            examples=[-1001234567890, 123456789, "@example"],
        )
    )
    topic: Annotated[int, whole(1, 2**31 - 1, "a topic's id")] | None = field(
        default=None, metadata=about("The id of a forum topic of the group.", examples=[17])
    )
    preview: bool = field(
        default=True, metadata=about("Whether a small preview of the article is shown below an alert, by Telegram.")
    )


def _faults(_channel: str, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    chat = written.get("chat")
    text = chat.raw if isinstance(chat, WrittenInt | WrittenFloat) else chat.strip() if isinstance(chat, str) else ""
    if written.get("topic") == _GENERAL:
        yield (
            "topic",
            "1 is General, a topic to which no message can be sent by its number: without `topic`, all go there",
        )
    elif written.get("topic") is not None and text.lstrip("+").isdigit():
        yield (
            "topic",
            "only groups have topics, and a person's chat is a positive number: a group's id begins with -100",
        )


def _build(means: NotifierContext) -> Notifier:
    check_proxies()
    if means.token is None:
        from monitor.deliver.channels.console import ConsoleNotifier

        log.warning("no bot token: alerts for Telegram are printed here", remedy="set TELEGRAM_BOT_TOKEN")
        return ConsoleNotifier()
    from monitor.deliver.channels.telegram.notifier import TelegramNotifier

    return TelegramNotifier(means.token, api=means.api)


KIND = ChannelKind(
    name="telegram",
    description="A Telegram chat. Without a token, its messages go to the console.",
    settings=TelegramTarget,
    build=_build,
    bursts=True,  # many messages ring, and one can be edited as more come
    secret="TELEGRAM_BOT_TOKEN",  # noqa: S106 - a variable's name
    without_secret="there is no bot token: channels of kind telegram fall back to the console",  # noqa: S106
    faults=_faults,
)
