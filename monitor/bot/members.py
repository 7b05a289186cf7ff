"""Members of chats who are logged in to the page: whoever is not in the chat any more is logged out."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from monitor.bot.api import BotApi
from monitor.bot.dispatch import UpdateHandler
from monitor.bot.permissions import AccessLevel, Permissions
from monitor.bot.updates import Chat, Person, kind_of
from monitor.errors import DeliveryError, Remedy
from monitor.model import WebKey, WebKeyKind

log = structlog.get_logger(__name__)

EVERY = 300.0
"""Seconds between two looks."""
_BROWSERS = (WebKeyKind.LINK, WebKeyKind.SESSION)
_NOT_THERE = (Remedy.SUSPEND, Remedy.REPAIR)  # Telegram has answered, and knows no such member, or keeps the bot out


@dataclass(frozen=True, slots=True)
class MemberCheck:
    """Ends links and sessions of members whose chat they, the bot or the configuration have left."""

    api: BotApi
    handler: UpdateHandler

    async def turn(self) -> float:
        """Look at each once; return the seconds until the next look. Raises StoreError."""
        bot = self.handler.bot
        permissions, keys = await bot.store.run(lambda tx: (self.handler.permissions(tx), tx.web_keys(bot.clock.now())))
        known: dict[tuple[int, int], bool] = {}
        gone: list[int] = []
        for key in keys:
            if key.kind in _BROWSERS and not key.admin and key.chat is not None:
                who = key.chat, key.user_id
                if who not in known:
                    known[who] = await self._is_member(key, key.chat, permissions)
                if not known[who]:
                    gone.append(key.id)
                    log.info("a member who left the chat is logged out of the page", user=key.user_id, chat=key.chat)
        if gone:
            await bot.store.run(lambda tx: [tx.delete_web_keys(ident=ident) for ident in gone])
        return EVERY

    async def _is_member(self, key: WebKey, ident: int, permissions: Permissions) -> bool:
        chat = Chat(ident, kind_of(ident))
        if permissions.standing(Person(key.user_id, key.name), chat) is AccessLevel.STRANGER:
            return False
        if chat.private:  # their own, with the bot
            return True
        try:
            return await self.api.is_member(ident, key.user_id)
        except DeliveryError as error:
            if error.remedy in _NOT_THERE:
                return False
            log.info("it is not known whether a member is still in the chat", chat=ident, error=str(error))
            return True
