"""Manners of the Bot API: how servers of other versions, and other people's doubles, may word and number things."""

from __future__ import annotations

from dataclasses import dataclass

_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


@dataclass(frozen=True, slots=True)
class BotApiVariant:
    """Words of refusals, and how message ids are counted."""

    not_modified: str = _SAME
    not_found: str = "message to edit not found"
    foreign: str = "message can't be edited"
    each_chat: bool = False  # private chats and basic groups number their messages each, as supergroups do
    one_for_all: bool = False  # one sequence over all chats
    stride: int = 1  # ids grow by 1 to this
    edits_answer_true: bool = False  # an edited keyboard is answered by `true`, without the message


BOT_API_VARIANTS = {
    "usual": BotApiVariant(),
    "terse": BotApiVariant("MESSAGE_NOT_MODIFIED", "MESSAGE_ID_INVALID", "MESSAGE_ID_INVALID", each_chat=True),
    "odd": BotApiVariant(
        "Message was not modified!", "message not found.", "Message cannot be edited.", True, stride=2
    ),
    "one": BotApiVariant(one_for_all=True),
    "mute": BotApiVariant(edits_answer_true=True, each_chat=True),
}
