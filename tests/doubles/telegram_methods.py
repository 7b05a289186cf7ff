"""The methods of the Bot API that the double knows, each with the parameters that it accepts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from doubles import telegram_html
from doubles.telegram_chats import ApiError, Chat, Chats, Message, bad_request
from doubles.telegram_ledger import Ledger
from doubles.telegram_updates import Updates
from doubles.telegram_variants import BotApiVariant

_RIGHTS = (
    *("can_change_info", "can_invite_users", "can_pin_messages", "can_send_messages", "can_send_polls"),
    *("can_send_other_messages", "can_add_web_page_previews", "can_manage_topics", "can_send_audios"),
    *("can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes", "can_send_voice_notes"),
)
_MESSAGE = {"chat_id", "text", "parse_mode", "entities", "link_preview_options", "reply_markup"}
PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "sendPhoto": {"chat_id", "photo", "message_thread_id", "reply_parameters", "disable_notification"},
    "getChat": {"chat_id"},
    "getChatMember": {"chat_id", "user_id"},
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "deleteWebhook": {"drop_pending_updates"},
    "sendMessage": _MESSAGE | {"message_thread_id", "disable_notification", "protect_content", "reply_parameters"},
    "editMessageText": _MESSAGE | {"message_id"},
    "editMessageReplyMarkup": {"chat_id", "message_id", "reply_markup"},
    "deleteMessage": {"chat_id", "message_id"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "deleteMyCommands": {"scope", "language_code"},
}


class CallbackQueries:
    """Presses that may be answered once."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._next = 1
        self.answers: dict[str, Mapping[str, Any]] = {}

    def new(self) -> str:
        ident, self._next = str(self._next), self._next + 1
        self._open.add(ident)
        return ident

    def answer(self, parameters: Mapping[str, Any]) -> None:
        ident = str(parameters.get("callback_query_id", ""))
        if ident not in self._open:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(str(parameters.get("text", ""))) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self._open.remove(ident)
        self.answers[ident] = parameters


class Methods:
    """Carries calls out."""

    def __init__(
        self, chats: Chats, ledger: Ledger, updates: Updates, queries: CallbackQueries, variant: BotApiVariant
    ) -> None:
        self.variant = variant
        self._chats = chats
        self._ledger = ledger
        self._updates = updates
        self._queries = queries
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}

    async def call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Return the `result`. Raises ApiError."""
        accepted = PARAMETERS.get(method)
        if accepted is None:
            raise ApiError(404, "Not Found")
        unknown = sorted(set(parameters) - accepted)
        if unknown:
            raise bad_request(f"{method} has no parameter {unknown[0]!r}")
        if method == "getUpdates":
            offset, limit, timeout = (
                _number(parameters, name, usual) for name, usual in (("offset", 0), ("limit", 100), ("timeout", 0))
            )
            return await self._updates.get(offset, limit, timeout, json.loads(parameters.get("allowed_updates", "[]")))
        return getattr(self, f"_{method}")(parameters)

    def chat(self, parameters: Mapping[str, Any]) -> Chat:
        """Return the chat that a call is about."""
        raw = parameters.get("chat_id")
        if raw in {None, ""}:
            raise bad_request("chat_id is empty")
        text = str(raw)
        return self._chats.get(text if text.startswith("@") else _number(parameters, "chat_id"))

    # ------------------------------------------------------------------ messages

    def _sendMessage(self, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 — the API's name
        chat = self.chat(parameters)
        chat.check_open()
        thread = _number(parameters, "message_thread_id") if "message_thread_id" in parameters else None
        chat.check_topic(thread)
        text, entities = _text(parameters)
        _preview(parameters)
        message = Message(
            id=0,
            chat=chat.id,
            text=text,
            entities=entities,
            markup=_markup(parameters),
            thread=thread,
            reply_to=_reply(parameters, chat),
            silent=str(parameters.get("disable_notification", "false")).lower() == "true",
            sent_at=int(time.time()),
        )
        message.id = self._chats.next_id(chat)
        chat.messages[message.id] = message
        self._ledger.add(
            do="send",
            chat=chat.id,
            message_id=message.id,
            text=text,
            source=str(parameters["text"]),
            entities=entities,
            markup=message.markup,
            thread=thread,
            reply_to=message.reply_to,
            silent=message.silent,
            preview=_json(parameters, "link_preview_options"),
        )
        return message.as_json(chat.kind)

    def _sendPhoto(self, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 — the API's name
        chat = self.chat(parameters)
        chat.check_open()
        thread = _number(parameters, "message_thread_id") if "message_thread_id" in parameters else None
        chat.check_topic(thread)
        photo = parameters.get("photo")
        if not isinstance(photo, bytes) or not photo:
            raise bad_request("there is no photo in the request")
        if len(photo) > 10_000_000:
            raise ApiError(413, "Request Entity Too Large")
        if not photo.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8")):
            raise bad_request("IMAGE_PROCESS_FAILED")
        width, height = (int.from_bytes(photo[at : at + 4], "big") for at in (16, 20))
        if photo[:1] == b"\x89" and (width + height > 10_000 or max(width, height) > 20 * min(width, height)):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        message = Message(
            id=0,
            chat=chat.id,
            text="",
            entities=[],
            markup=None,
            thread=thread,
            reply_to=_reply(parameters, chat),
            silent=str(parameters.get("disable_notification", "false")).lower() == "true",
        )
        message.id = self._chats.next_id(chat)
        chat.messages[message.id] = message
        self._ledger.add(
            do="photo", chat=chat.id, message_id=message.id, thread=thread, reply_to=message.reply_to, bytes=len(photo)
        )
        size = {"file_id": "p", "file_unique_id": "p", "width": width, "height": height}
        shown = message.as_json(chat.kind)
        shown.pop("text", None)
        return shown | {"photo": [size]}

    def _mine(self, parameters: Mapping[str, Any]) -> tuple[Chat, Message]:
        chat = self.chat(parameters)
        chat.check_open()
        message = chat.messages.get(_number(parameters, "message_id"))
        if message is None:
            raise bad_request(self.variant.not_found)
        if not message.mine:
            raise bad_request(self.variant.foreign)
        return chat, message

    def _editMessageText(self, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 — the API's name
        text, entities = _text(parameters)
        markup = _markup(parameters)
        _preview(parameters)
        chat, message = self._mine(parameters)
        if (text, entities, markup) == (message.text, message.entities, message.markup):
            raise bad_request(self.variant.not_modified)
        message.text, message.entities, message.markup = text, entities, markup
        self._ledger.add(do="edit", chat=chat.id, message_id=message.id, text=text, entities=entities, markup=markup)
        return message.as_json(chat.kind)

    def _editMessageReplyMarkup(self, parameters: Mapping[str, Any]) -> dict[str, Any] | bool:  # noqa: N802 — the API's name
        markup = _markup(parameters)
        chat, message = self._mine(parameters)
        if markup == message.markup:
            raise bad_request(self.variant.not_modified)
        message.markup = markup
        self._ledger.add(do="keyboard", chat=chat.id, message_id=message.id, markup=markup)
        return True if self.variant.edits_answer_true else message.as_json(chat.kind)

    def _deleteMessage(self, parameters: Mapping[str, Any]) -> bool:  # noqa: N802 — the API's name
        chat = self.chat(parameters)
        chat.check_open()
        ident = _number(parameters, "message_id")
        if ident not in chat.messages:
            raise bad_request("message to delete not found")
        if not chat.messages[ident].mine:
            raise bad_request("message can't be deleted")
        del chat.messages[ident]
        self._ledger.add(do="delete", chat=chat.id, message_id=ident)
        return True

    # ------------------------------------------------------------------ the rest

    def _getMe(self, _parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 — the API's name
        return {"id": 123456, "is_bot": True, "first_name": "Double", "username": "double_bot"}

    def _getChatMember(self, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 — the API's name
        chat, user = self.chat(parameters), _number(parameters, "user_id")
        chat.check_open()
        status = chat.members.get(user)
        if status is None:
            raise bad_request("PARTICIPANT_ID_INVALID")
        shown: dict[str, Any] = {"status": status, "user": {"id": user, "is_bot": False, "first_name": "U"}}
        if status == "restricted":
            return shown | dict.fromkeys(_RIGHTS, False) | {"is_member": chat.restricted_inside, "until_date": 0}
        return shown | ({"until_date": 0} if status == "kicked" else {})

    def _getChat(self, parameters: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 — the API's name
        chat = self.chat(parameters)
        if chat.state in {"kicked", "unknown"}:
            chat.check_open()
        named = {"first_name": "Ada"} if chat.kind == "private" else {"title": "Desk"}
        extra = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}
        return {"id": chat.id, "type": chat.kind, **named, **extra}

    def _deleteWebhook(self, _parameters: Mapping[str, Any]) -> bool:  # noqa: N802 — the API's name
        return True

    def _answerCallbackQuery(self, parameters: Mapping[str, Any]) -> bool:  # noqa: N802 — the API's name
        self._queries.answer(parameters)
        return True

    def _setMyCommands(self, parameters: Mapping[str, Any]) -> bool:  # noqa: N802 — the API's name
        commands = _json(parameters, "commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("can't parse BotCommand: expected an Array of at most 100")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        scope = _json(parameters, "scope") or {}
        if scope.get("type") == "chat":
            self._chats.get(int(scope["chat_id"])).check_open()
        self.commands[self._scope(parameters)] = commands
        return True

    def _deleteMyCommands(self, parameters: Mapping[str, Any]) -> bool:  # noqa: N802 — the API's name
        self.commands.pop(self._scope(parameters), None)
        return True

    @staticmethod
    def _scope(parameters: Mapping[str, Any]) -> tuple[str, str]:
        language = str(parameters.get("language_code", ""))
        if language and not re.fullmatch("[a-z]{2}", language):
            raise bad_request("LANGUAGE_CODE_INVALID")
        return json.dumps(_json(parameters, "scope"), sort_keys=True), language


_NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def _number(parameters: Mapping[str, Any], name: str, default: int | None = None) -> int:
    try:
        return int(parameters.get(name, default))
    except (TypeError, ValueError):
        if name == "chat_id":
            raise bad_request("chat not found") from None
        raise bad_request(f"{name.replace('_', ' ')} is not specified or not a number") from None


def _json(parameters: Mapping[str, Any], name: str) -> Any:
    value = parameters.get(name)
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None
    return found


def _text(parameters: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    raw = str(parameters.get("text", ""))
    entities: list[dict[str, Any]] = []
    mode = str(parameters.get("parse_mode", "")).lower()
    if mode == "html":
        try:
            raw, found = telegram_html.parse(raw)
        except telegram_html.HtmlError as error:
            raise bad_request(f"can't parse entities: {error}") from None
        entities = [entity.as_json() for entity in found]
    elif mode:
        raise bad_request("unsupported parse_mode")
    if not raw.strip():
        raise bad_request("message text is empty")
    if telegram_html.units(raw) > 4096:
        raise bad_request("message is too long")
    return raw.rstrip(), entities


def _preview(parameters: Mapping[str, Any]) -> None:
    options = _json(parameters, "link_preview_options") or {}
    known = {"is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"}
    if not isinstance(options, dict) or set(options) - known:
        raise bad_request("can't parse LinkPreviewOptions")


def _reply(parameters: Mapping[str, Any], chat: Chat) -> int | None:
    reply = _json(parameters, "reply_parameters")
    if not reply:
        return None
    target = int(reply.get("message_id", 0))
    if target in chat.messages:
        return target
    if reply.get("allow_sending_without_reply") is True:
        return None
    raise bad_request("message to be replied not found")


def _markup(parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    markup = _json(parameters, "reply_markup")
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict) or not isinstance(markup.get("inline_keyboard"), list):
        raise bad_request("object expected as reply markup")
    rows = [[_button(button) for button in row] for row in markup["inline_keyboard"] if row]
    return {"inline_keyboard": rows} if rows else None


def _button(button: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(button) - {"text", "url", "callback_data", "style"}
    if unknown or not str(button.get("text", "")).strip():
        raise bad_request("can't parse inline keyboard button: Text is empty or a field is unknown")
    if ("url" in button) == ("callback_data" in button):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        parts = urlsplit(str(button["url"]))
        if parts.scheme not in {"http", "https", "tg"}:
            raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Unsupported URL protocol")
        if not parts.hostname or "." not in parts.hostname:
            raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return dict(button)
