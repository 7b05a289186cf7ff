"""The first configuration of somebody who was asked for it: the choices, written as commented YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count

from monitor.config import pack
from monitor.config.edit import source_line
from monitor.config.edit_terms import quoted
from monitor.model import Source

_HEAD = """\
# yaml-language-server: $schema=./config.schema.json
#
# What is watched, and who is told. Every key is explained in docs/configuration.md; editors that know the schema above
# complete and check while you type. `monitor check` says what is wrong, with the line. A running daemon takes up a
# saved edit within two seconds; a bad edit changes nothing.
"""

_SOURCES = """
# Each is polled by its own rhythm, every 3 minutes on average; `every: 5m` would be the longest wait. `use` takes a
# feed of the shipped pack (`monitor sources` lists it); any other feed has a name and a url.
sources:
"""

_WATCHLIST = """
watchlists:
  - name: {name}{entities}{keywords}
    # exclude: [football]
    severity: high                  # low (silent) | normal | high | critical
    notify: [{channel}]

  # Instead of entities and keywords, a query. It needs the quotes.
  # - name: Arms for Russia
  #   query: '@DPRK AND (artillery NEAR/8 Russia OR "снаряди для Росії") NOT title:футбол'
  #   notify: [{channel}]
"""

_ENTITIES = """
    # Entities of the shipped catalogue: each matches by all its names, in every form, in many languages.
    # `monitor entities` lists them.
    entities: [{listed}]"""

_KEYWORDS = """
    # Your own words; every inflected form matches.
    keywords: [{listed}]"""

_CHANNEL = """
channels:
  {name}:
    telegram: {{{target}}}{about}
    # quiet_hours: {{from: "23:00", to: "07:00"}}   # only critical alerts ring
    # digest: 2h                    # what is below severity high comes in one message
"""

_SCREEN = """
channels:
  screen:
    console: {}
  # A Telegram chat: `monitor init` connects one. The bot's token is never written here.
  # desk:
  #   telegram: {chat: -1001234567890}
"""

_ADMINS = """
# User ids whose commands and buttons count, and who are told when something needs a look.
telegram:
  admins: [{ident}]
"""

_STORAGE = """
storage:
  url: sqlite:///var/monitor.db     # from the working directory; or postgresql://…
  keep: 400d
"""


@dataclass(frozen=True, slots=True)
class TelegramChat:
    """A chat for alerts; `about` describes it; `admin` is the id of who connected it, if known."""

    chat: int
    topic: int | None = None
    admin: int | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody chose. `uses` are ids of the shipped pack, `feeds` other feeds; without a chat: the console."""

    uses: tuple[str, ...] = ()
    feeds: tuple[Source, ...] = ()
    watchlist: str = "First watch"
    entities: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    chat: TelegramChat | None = None
    language: str | None = None
    timezone: str | None = None

    @property
    def channel(self) -> str:
        """The name of the channel that gets the alerts."""
        if self.chat is None:
            return "screen"
        return "me" if self.chat.chat > 0 else "desk"


def compose(choices: Choices) -> str:
    """Return the text of a config.yaml."""
    top = "".join(
        f"{key}: {value}{' ' * max(32 - len(key) - len(value), 1)}# {about}\n"
        for key, value, about in (
            ("language", choices.language, "of alerts, notices and the bot's answers"),
            ("timezone", choices.timezone, "of times in private chats, notices and commands"),
        )
        if value
    )
    watchlist = _WATCHLIST.format(
        name=quoted(choices.watchlist),
        entities=_ENTITIES.format(listed=_listed(choices.entities)) if choices.entities else "",
        keywords=_KEYWORDS.format(listed=_listed(choices.keywords)) if choices.keywords else "",
        channel=choices.channel,
    )
    sources = list(_sources(choices))
    parts = [_HEAD, f"\n{top}" if top else "", _SOURCES, *(f"  - {line}\n" for line in sources), watchlist]
    return "".join([*parts, *_channel(choices), _STORAGE])


def _sources(choices: Choices) -> Iterator[str]:
    """Return the items of `sources:`; the names of an outlet's feeds are kept apart by their words."""
    taken: set[str] = set()
    for use in choices.uses:
        feed = pack.find(use)
        name = str(feed.settings["name"]) if feed is not None else use
        if name.casefold() in taken:
            name = f"{name} {use.partition('/')[2]}".rstrip()
            yield f"{{use: {use}, name: {quoted(_free(name, taken))}}}"
        else:
            taken.add(name.casefold())
            yield f"use: {use}"
    for each in choices.feeds:
        yield source_line(replace(each, name=_free(each.name, taken)))


def _free(name: str, taken: set[str]) -> str:
    names = chain([name], (f"{name} {number}" for number in count(2)))
    found = next(each for each in names if each.casefold() not in taken)
    taken.add(found.casefold())
    return found


def _channel(choices: Choices) -> Iterable[str]:
    chat = choices.chat
    if chat is None:
        yield _SCREEN
        return
    target = f"chat: {chat.chat}" + ("" if chat.topic is None else f", topic: {chat.topic}")
    about = " ".join("".join(character if character.isprintable() else " " for character in chat.about).split())
    yield _CHANNEL.format(name=choices.channel, target=target, about=f"  # {about}" if about else "")
    if chat.admin is not None:
        yield _ADMINS.format(ident=chat.admin)


def _listed(terms: Iterable[str]) -> str:
    return ", ".join(quoted(term) for term in terms)
