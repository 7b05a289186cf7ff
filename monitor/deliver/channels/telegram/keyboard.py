"""Buttons below a message, and the callback data by which a press, or the probe, names a row of the outbox.

Callback data is `ACTION:ROW:MAC`: the row's id in base 36, and 15 bytes of HMAC-SHA256 over `ACTION:ROW` in base64url
(20 characters), so at most 64 bytes as the Bot API demands. The key is derived from the bot's token: nobody who lacks
it can make data that `Signer.read` accepts. Telegram lets clients send any callback data, so it must be checked.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from monitor.alert.render.telegram import Button

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MAC_BYTES = 15
CALLBACK_BYTES = 64


@dataclass(frozen=True, slots=True)
class CallbackPayload:
    """The content of genuine callback data: an action (`mute`, `up`, `down` or `ack`) and a row of the outbox."""

    action: str
    row: int


class Signer:
    """Makes and checks callback data. Its representation shows no key.

    The key is derived from the bot's token.
    """

    def __init__(self, token: str) -> None:
        self._key = hmac.digest(token.encode(), b"news-monitor callback data", "sha256")

    def sign(self, action: str, row: int) -> str:
        """Return callback data of at most 64 bytes. Raises ValueError where the action is too long or has a colon."""
        body = f"{action}:{_base36(row)}"
        data = f"{body}:{self._mac(body)}"
        if ":" in action or not action or len(data.encode()) > CALLBACK_BYTES:
            raise ValueError(f"no action for a button: {action!r}")
        return data

    def read(self, data: str) -> CallbackPayload | None:
        """Return the content of genuine callback data; None for anything else."""
        body, _, mac = data.rpartition(":")
        action, _, row = body.partition(":")
        if not hmac.compare_digest(self._mac(body).encode(), mac.encode("utf-8", "replace")):
            return None
        return CallbackPayload(action, int(row, 36))

    def _mac(self, body: str) -> str:
        digest = hmac.digest(self._key, body.encode("utf-8", "replace"), hashlib.sha256)
        return urlsafe_b64encode(digest[:_MAC_BYTES]).decode()


def markup(buttons: tuple[tuple[Button, ...], ...], row: int, signer: Signer) -> InlineKeyboardMarkup | None:
    """Return the keyboard of a row's message; None where there is no button. The same arguments give the same bytes."""
    keyboard = [[_button(button, row, signer) for button in line] for line in buttons if line]
    return InlineKeyboardMarkup(keyboard) if keyboard else None


def _button(button: Button, row: int, signer: Signer) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.text, url=button.url)
    return InlineKeyboardButton(button.text, callback_data=signer.sign(button.action or "ack", row))


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
