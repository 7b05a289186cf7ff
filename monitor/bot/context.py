"""The interface of commands: the request, the answer, and the context.

The core (updates.py, service.py) makes a `CommandRequest` of a message, calls `commands.answer(request, bot)`, and then
writes the answer's row of the outbox, its `effects` and the end of the update in ONE transaction. A process that is
killed before that calls it again: `answer` must bear two calls for one request, and its changes to the database belong
into `effects`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.archive.search import Compiler
from monitor.model import Article, Config, Delivery, Line, TextRun
from monitor.pipeline.health import Disk
from monitor.pipeline.live import Live
from monitor.ports import Clock, Kinds
from monitor.store import Database, Transaction
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists

__all__ = ["Answer", "BotContext", "CommandRequest", "Line", "TextRun"]


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One command that somebody who may ask has sent. `at` is when it was written, by Telegram's clock."""

    update_id: int
    user_id: int
    user_name: str
    language: str | None  # of the user's client, as an IETF tag: 'uk', 'pt-br'
    chat_id: int
    topic: int | None
    private: bool  # a chat with the bot alone
    admin: bool  # one of telegram.admins: may change things
    message_id: int
    command: str  # in lower case, without the slash and the bot's name
    argument: str  # what follows it, stripped; may hold line breaks
    at: datetime
    channel: str | None  # the configured channel of the chat (one of them, where topics make several), or None
    addressed: bool = False  # it named the bot, as in /status@our_bot; commands to other bots never come here
    replied: Delivery | None = None  # the row of the outbox whose message the command replies to
    confirmed: bool = False  # given by the button below the answer that proposed it


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command, as lines of runs of plain text; markup is added when it is sent.

    `effects` runs in the transaction that writes the answer. What it raises undoes that transaction: the update is
    tried once more, then given up. Lines that it returns are the answer in place of `lines`: what was asked for cannot
    be done any more.
    """

    lines: tuple[Line, ...]
    effects: Callable[[Transaction], tuple[Line, ...] | None] | None = None
    picture: Callable[[], bytes] | None = None
    """Draws what the lines tell, as PNG: sent after them where it can be. Raises MonitorError. It may take a minute."""
    proposal: str | None = None  # a command that a button below the answer gives, as who presses it


def compile_here(config: Config) -> Compiler:
    """Return what compiles queries in this process, without forms that are kept."""
    catalogue = shipped().merged(config.entities)
    return lambda lists: compile_watchlists(lists, catalogue)


@dataclass(frozen=True, slots=True)
class BotContext:
    """The context of commands. `kinds` are the kinds that channels may be of.

    `started` is when the daemon started, where that is known.
    """

    store: Database
    clock: Clock
    kinds: Kinds
    live: Live
    read: Callable[[str], Awaitable[Article]]
    """Fetch a web address through the guard and read its article. Raises FetchError, ExtractError, SandboxError."""
    started: datetime | None = None
    disk: Callable[[], Disk | None] = lambda: None
    """Return the usage of the database's file system; None where it has none."""
    compiler: Callable[[Config], Compiler] = compile_here
    """Return what compiles queries of searches by the entities of a configuration."""


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of commands: for all chats or an admin's private chat, in one language or for all others."""

    commands: tuple[tuple[str, str], ...]  # name and description, in order
    chat: int | None = None
    language: str | None = None  # ISO 639-1; None: whoever has no menu of their own language
