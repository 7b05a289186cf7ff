"""/help, and the menus that Telegram shows beside the message field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.bot.commands.reply import CommandContext
from monitor.bot.context import Answer, Menu
from monitor.bot.i18n import LANGUAGES, bot_phrases
from monitor.i18n import ENGLISH, Phrases, texts
from monitor.model import Line, TextRun

LOOKING = (
    "status",
    "sources",
    "shift",
    "why",
    "watchlists",
    "last",
    "missed",
    "explain",
    "search",
    "trends",
    "backtest",
    "web",
)
"""Commands for everybody in a configured chat, in the order of the menu."""

CHANGING = ("mute", "unmute", "split", "merge", "add", "remove", "test")
"""Commands for admins alone: what changes something, or rings."""


async def help_(ctx: CommandContext) -> Answer:
    """List the commands that this user may give."""
    page = ctx.page()
    page.add(*_listed(ctx.words, "help", (*LOOKING, "help")))
    if ctx.request.admin:
        page.add(*_listed(ctx.words, "help changes", CHANGING))
        page.line("help buttons")
    return page.answer()


def _listed(words: Phrases, head: str, names: Iterable[str]) -> Iterator[Line]:
    yield (TextRun(words.text(head), bold=True),)
    for name in names:
        key = f"usage {name}"  # of a command with arguments
        usage = words.text(key) if key in texts(words.folder, words.language) else f"/{name}"
        yield words.line("help line", command=usage, what=words.text(f"about {name}"))


# --------------------------------------------------------------------------- menus


def menus(admins: Iterable[int]) -> list[Menu]:
    """Return every menu to be registered: admins' private chats get the commands that change something, too."""
    found = []
    for language in LANGUAGES:
        code = None if language == ENGLISH else language
        found.append(Menu(_entries(language, (*LOOKING, "help")), language=code))
        entries = _entries(language, (*LOOKING, *CHANGING, "help"))
        found += [Menu(entries, chat=admin, language=code) for admin in admins]
    return found


def _entries(language: str, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, bot_phrases(language).text(f"about {name}")) for name in names)
