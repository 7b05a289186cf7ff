"""Commands of the bot: one module a family. To add one: see CONTRIBUTING.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from monitor.bot.commands.edits import add, remove
from monitor.bot.commands.explain import explain
from monitor.bot.commands.help import CHANGING, help_, menus
from monitor.bot.commands.lists import last, watchlists
from monitor.bot.commands.missed import missed
from monitor.bot.commands.mutes import mute, unmute
from monitor.bot.commands.page import web
from monitor.bot.commands.reply import CommandContext, title
from monitor.bot.commands.sample import test
from monitor.bot.commands.search import search
from monitor.bot.commands.shift import shift
from monitor.bot.commands.sources import sources
from monitor.bot.commands.status import status
from monitor.bot.commands.stories import merge, split
from monitor.bot.commands.trends import backtest, trends
from monitor.bot.commands.why import why
from monitor.bot.context import Answer, BotContext, CommandRequest
from monitor.errors import MonitorError
from monitor.fields.likeness import nearest
from monitor.log import redact

__all__ = ["SLOW", "answer", "menus"]

SLOW = frozenset({"explain", "search", "trends", "backtest", "add", "remove"})
"""Commands that may take seconds: they fetch a page, or read much of the archive."""

_COMMANDS: Mapping[str, Callable[[CommandContext], Awaitable[Answer]]] = {
    "status": status,
    "sources": sources,
    "shift": shift,
    "why": why,
    "watchlists": watchlists,
    "last": last,
    "missed": missed,
    "explain": explain,
    "search": search,
    "trends": trends,
    "backtest": backtest,
    "mute": mute,
    "unmute": unmute,
    "split": split,
    "merge": merge,
    "add": add,
    "remove": remove,
    "test": test,
    "web": web,
    "help": help_,
    "start": help_,  # what Telegram sends when a chat with the bot is opened
}


async def answer(request: CommandRequest, bot: BotContext) -> Answer | None:
    """Answer a command of an admitted user; None where it was probably meant for another bot.

    Expected failures become answers; anything else is a bug and is raised.
    """
    ctx = CommandContext.begin(request, bot)
    command = _COMMANDS.get(request.command)
    if command is None:
        return _unknown(ctx) if request.private or request.addressed else None
    if request.command in CHANGING and not request.admin:
        return ctx.say("admins only", user=request.user_id)
    try:
        return await command(ctx)
    except MonitorError as error:
        return ctx.say("failed", reason=title(redact(str(error)), 300))


def _unknown(ctx: CommandContext) -> Answer:
    command = f"/{title(ctx.request.command, 40)}"
    begun = [name for name in _COMMANDS if len(ctx.request.command) > 1 and name.startswith(ctx.request.command)]
    near = begun[0] if len(begun) == 1 else nearest(ctx.request.command, _COMMANDS, cutoff=0.7)
    return ctx.say("unknown near" if near else "unknown", command=command, near=near)
