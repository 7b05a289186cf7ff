"""The questions of `monitor init`: token, chat, sources, and what to watch. Nothing is written here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import host
from monitor.cli.new_files import NewFile
from monitor.cli.picker import Option, Picker, PickerAnswer
from monitor.cli.printed import harmless
from monitor.config.starter import Choices, TelegramChat
from monitor.errors import DeliveryError, MonitorError, Remedy

if TYPE_CHECKING:
    from monitor.bot.updates import CommandUpdate
    from monitor.model import Source

_SUGGESTED = ("ukrinform", "ukrinform/en", "yonhap", "yonhap/ko", "interfax_ua", "kyivindependent", "bbc", "dw", "kbs")
_USUAL_SOURCES = 4
_WATCHED = ("DPRK", "Blinken", "ICBM", "Ukraine", "Russia", "China")
_USUAL_ENTITIES = 3
_API = "MONITOR_TELEGRAM__API"
_DEFAULT_API = "https://api.telegram.org"
_TOKEN_FILE = "telegram_bot_token"  # noqa: S105 — the file's name
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")


class Interview:
    """Asks for everything that a first configuration needs; `secrets` are then the files that hold the token."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._directory = directory
        self._environ = environ
        self._api = environ.get(_API, _DEFAULT_API)
        self._typed: str | None = None
        self._language: str | None = None

    def ask(self) -> Choices:
        """Ask everything. Raises click.Abort at Ctrl-C or the end of input."""
        click.echo("A first configuration in four steps. Ctrl-C stops it: nothing is written yet.")
        _head(1, "Telegram")
        chat = self._telegram()
        timezone = self._timezone()
        _head(2, "Sources")
        click.echo("   Numbers, names, a word to look for, or a feed's address; commas between.")
        sources = self._sources()
        _head(3, "What to watch")
        click.echo("   People, places, weapons, by a name in any language; or words of your own.")
        watched = self._watched()
        entities = tuple(option.key.removeprefix("@") for option in watched if option.key.startswith("@"))
        _head(4, "Check and sample alert")
        usual = entities == _WATCHED[:_USUAL_ENTITIES] and len(watched) == len(entities)
        return Choices(
            uses=tuple(use for use in sources if isinstance(use, str)),
            feeds=tuple(feed for feed in sources if not isinstance(feed, str)),
            watchlist="DPRK arms" if usual else "First watch",
            entities=entities,
            keywords=tuple(option.key for option in watched if not option.key.startswith("@")),
            chat=chat,
            language=self._language,
            timezone=timezone,
        )

    def secrets(self) -> list[NewFile]:
        """Return the token's file, and the environment file that names it; nothing where no token was typed."""
        if self._typed is None:
            return []
        file, names = self._directory / _TOKEN_FILE, self._directory / "monitor.env"
        line = f"TELEGRAM_BOT_TOKEN_FILE={_for_environment(str(file.resolve()))}\n"
        before = names.read_text(encoding="utf-8") if names.is_file() else ""
        kept = "".join(f"{each}\n" for each in before.splitlines() if not each.startswith("TELEGRAM_BOT_TOKEN"))
        return [NewFile(file, f"{self._typed}\n", private=True), NewFile(names, kept + line, private=True)]

    # ------------------------------------------------------------------ Telegram

    def _telegram(self) -> TelegramChat | None:
        token, bot = self._token()
        if token is None:
            click.echo("   Without a token alerts come to the terminal; `monitor init` can be run again later.")
            return None
        return self._chat(token, bot)

    def _token(self) -> tuple[str | None, str]:
        """Return the bot's token and its name; no token where there shall be none."""
        given = self._given_token()
        if given is not None and (name := self._verified(given)) is not None:
            click.echo(f"   The token of the environment is that of @{name}.")
            return given, name
        click.echo("   In Telegram talk to @BotFather, send /newbot, and copy the token it gives you.")
        click.echo("   It is kept in a file that only you can read, never in config.yaml.")
        while typed := _clean(_ask("   Token (stays unseen; Enter goes on without Telegram)", hidden=True)):
            found = _TOKEN.search(typed)
            if found is None:
                click.echo("   That is no token: it is digits, a colon, and 35 letters or so. Copy all of it.")
            elif (name := self._verified(found.group())) is not None:
                click.echo(f"   The token is good: @{name}")
                self._typed = found.group()
                return self._typed, name
        return None, ""

    def _given_token(self) -> str | None:
        from monitor.config.report import Report
        from monitor.config.secret import token

        found = token(self._environ, Report())
        return None if found is None else found.reveal()

    def _verified(self, token: str) -> str | None:
        from monitor.app.pairing import bot_name

        try:
            return asyncio.run(bot_name(token, self._api))
        except DeliveryError as error:
            if error.remedy is Remedy.STOP:
                click.echo("   Telegram does not know this token: copy it from @BotFather again (/mybots, API Token).")
            else:
                click.echo(f"   Telegram cannot be asked: {error}. Try again, or go on without.")
            return None

    def _chat(self, token: str, bot: str) -> TelegramChat | None:
        from monitor.app.pairing import await_start, new_code

        code = new_code()
        click.echo(f"\n   Now write this to @{harmless(bot)}, from the account that shall get the alerts:\n")
        click.secho(f"       /start {code}\n", bold=True)
        click.echo(f"   By a tap: https://t.me/{harmless(bot)}?start={code}")
        click.echo(f"   For a group, add the bot to it, and write there /start@{harmless(bot)} {code}")
        click.echo("   waiting …")
        while True:
            try:
                update = asyncio.run(await_start(token, self._api, code, _strange))
                break
            except DeliveryError as error:
                conflict = "conflict" in str(error).casefold()
                hint = "Stop the other program that reads this bot's messages. " if conflict else ""
                click.echo(f"   That failed: {error}. {hint}".rstrip())
                if not click.confirm("   Try again?", default=True):
                    click.echo("   The token is kept; docs/telegram.md says how to find a chat's id.")
                    return None
        return self._connected(update)

    def _connected(self, update: CommandUpdate) -> TelegramChat:
        from monitor.i18n import ALERTS, languages

        name = harmless(update.user.name)
        language = (update.user.language or "").partition("-")[0]
        if language in languages(ALERTS) and language != "en":
            self._language = language
        about = f"{name}'s private chat" if update.chat.private else f"a group; connected by {name}"
        click.echo(f"   Connected: {about} ({update.chat.id})" + (f"; alerts in {language}" * bool(self._language)))
        admin = None if update.user.bot else update.user.id
        return TelegramChat(update.chat.id, topic=update.chat.topic, admin=admin, about=about)

    def _timezone(self) -> str | None:
        """Ask for the reader's time zone where the machine's is UTC, which is nobody's."""
        from monitor.fields.values import read_timezone

        if host.timezone() not in ("UTC", "Etc/UTC"):
            return None
        while typed := _clean(_ask("   Your time zone, such as Europe/Kyiv (Enter: UTC)")):
            try:
                return read_timezone(typed)
            except ValueError as error:
                click.echo(f"   {_said(error)}")
        return None

    # ------------------------------------------------------------------ sources

    def _sources(self) -> list[str | Source]:
        from monitor.config import pack
        from monitor.model import Source

        suggested = [_of_feed(feed.id) for feed in map(pack.find, _SUGGESTED) if feed is not None]
        found: list[str | Source] = []
        for option in Picker(suggested, _USUAL_SOURCES, look_up_source, lambda prompt: _clean(_ask(prompt))).run():
            is_address = option.key.startswith(("http://", "https://"))
            found.append(Source(option.label, option.key) if is_address else option.key)
        return found

    def _watched(self) -> list[Option]:
        suggested = [Option(f"@{name}", name) for name in _WATCHED]
        return Picker(suggested, _USUAL_ENTITIES, look_up_watched, lambda prompt: _clean(_ask(prompt))).run()


def look_up_source(text: str) -> PickerAnswer:
    """Return what a text means as a source: a feed's address, an id of the pack, or what a word finds in it."""
    from monitor import urls
    from monitor.config import pack
    from monitor.fields import read_url

    if "://" in text or text.startswith("www."):
        address = text if "://" in text else f"https://{text}"
        try:
            read_url(address)
        except ValueError as error:
            return PickerAnswer(note=f"{address} {_said(error)}")
        return PickerAnswer(Option(address, urls.host(address)))
    exact = pack.find(text)
    if exact is not None:
        return PickerAnswer(_of_feed(exact.id))
    word = text.casefold()
    near = [
        _of_feed(feed.id)
        for outlet in pack.pack().values()
        for feed in outlet.feeds.values()
        if any(
            word in each.casefold()
            for each in (feed.id, outlet.name, outlet.kind, str(feed.settings["name"]), feed.about or "")
        )
        or word == str(feed.settings["language"])
    ]
    if len(near) == 1:
        return PickerAnswer(near[0])
    return (
        PickerAnswer(near=near)
        if near
        else PickerAnswer(note=pack.unknown(text, "the address of any other feed will do"))
    )


def _of_feed(ident: str) -> Option:
    from monitor.config import pack

    feed = pack.find(ident)
    if feed is None:
        raise ValueError(f"the pack has no feed {ident!r}")
    settings = feed.settings
    about = f", {feed.about}" if feed.about else ""
    return Option(feed.id, feed.id, f"{settings['name']}, {settings['language']}{about}")


def look_up_watched(text: str) -> PickerAnswer:
    """Return what a text means to a watchlist: an entity by any of its names, else several, else a keyword."""
    from monitor.watch.catalogue import shipped

    if text[:1] in "\"'«" and len(text) > 1:
        return _own_word(text.strip("\"'«»"))
    catalogue = shipped()
    exact = catalogue.find(text.removeprefix("@"))
    if exact is not None:
        return PickerAnswer(Option(f"@{exact.id}", exact.id))
    near = catalogue.suggest(text.removeprefix("@"), 8)
    if not near:
        return _own_word(text)
    options = [Option(f"@{ident}", ident, catalogue.entities[ident].type) for ident in near]
    own = _own_word(text).option
    word = [Option(own.key, own.label, "the word itself, in all its forms")] if own else []
    return PickerAnswer(near=[*word, *options], note=f"No entity is called {text!r}. Take a number:")


def _own_word(text: str) -> PickerAnswer:
    from monitor.model import Term
    from monitor.watch.catalogue import shipped
    from monitor.watch.compile import CompileError
    from monitor.watch.explain import show_forms
    from monitor.watch.query.parse import QueryError

    try:
        shown = show_forms(Term(text), shipped())
    except (QueryError, CompileError) as error:
        return PickerAnswer(note=f"{text!r}: {error}")
    forms = [form.form for spelling in shown.spellings for word in spelling.words for form in word]
    some = f" ({', '.join(dict.fromkeys(forms[:4]))} …)" * bool(forms)
    return PickerAnswer(Option(text, text), note=f"{text!r} is watched as a word, in all its forms{some}")


# --------------------------------------------------------------------------- the terminal


def _head(number: int, text: str) -> None:
    click.echo()
    click.secho(f"{number}. {text}", bold=True)


def _ask(prompt: str, *, hidden: bool = False) -> str:
    return str(click.prompt(prompt, default="", show_default=False, hide_input=hidden))


def _clean(text: str) -> str:
    return harmless(text.encode("utf-8", "replace").decode("utf-8")).strip()


def _said(error: ValueError) -> str:
    message = getattr(error, "message", None)
    return str(message() if callable(message) else error)


def _strange(update: CommandUpdate) -> None:
    click.echo(f"   {harmless(update.user.name)} wrote /start without this code: not taken")


def _for_environment(path: str) -> str:
    """Return a path as a value of an environment file. Raises MonitorError where that cannot hold it."""
    if "'" not in path:
        return f"'{path}'"
    if not set('"\\$`') & set(path):
        return f'"{path}"'
    raise MonitorError(f"{path}: choose a --dir without quotes in its name")
