"""Rate limits of a bot: sliding windows, pure, the time is an argument.

The limits are those of Telegram's FAQ ("My bot is hitting limits"): about 30 messages a second over all chats, one a
second in a chat, 20 a minute in a group. Edits count as messages.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """At most `calls` within any `seconds`, for the bot, for each chat, and for each group on top."""

    bot: tuple[int, float] = (30, 1.0)
    chat: tuple[int, float] = (1, 1.0)
    group: tuple[int, float] = (20, 60.0)


UNLIMITED = Limits(bot=(10**9, 1.0), chat=(10**9, 1.0), group=(10**9, 1.0))
"""For a server of one's own that has no limits."""


class Window:
    """At most `calls` within any `seconds`."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self._taken: deque[float] = deque()

    def delay(self, now: float) -> float:
        """Return the seconds until one more call fits: 0.0 is now."""
        while self._taken and self._taken[0] <= now - self._seconds:
            self._taken.popleft()
        if len(self._taken) < self._calls:
            return 0.0
        return self._taken[-self._calls] + self._seconds - now

    def take(self, now: float) -> None:
        """Count a call."""
        self._taken.append(now)


class BotRateLimiter:
    """The sliding windows of one bot: one for all its calls, and those of every chat."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._bot = Window(*self._limits.bot)
        self._chats: dict[str, tuple[Window, ...]] = {}

    def delay(self, chat: str, now: float, *, group: bool) -> float:
        """Return the seconds until a call to `chat` is allowed: 0.0 is now. `now` is monotonic, in seconds."""
        return max(window.delay(now) for window in (self._bot, *self._of(chat, group=group)))

    def take(self, chat: str, now: float, *, group: bool) -> None:
        """Count a call to `chat`."""
        for window in (self._bot, *self._of(chat, group=group)):
            window.take(now)

    def _of(self, chat: str, *, group: bool) -> tuple[Window, ...]:
        if chat not in self._chats:
            limits = (self._limits.chat, self._limits.group) if group else (self._limits.chat,)
            self._chats[chat] = tuple(Window(*limit) for limit in limits)
        return self._chats[chat]
