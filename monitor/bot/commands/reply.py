"""Building of answers: texts in the user's language, times on the channel's clock, lines that fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from monitor import host
from monitor.alert.render.layout import TimeDisplay
from monitor.alert.sanitize import clean, clip, units
from monitor.bot.context import Answer, BotContext, CommandRequest
from monitor.bot.i18n import answer_language, bot_phrases
from monitor.config.load import Config
from monitor.i18n import Phrases, alert_phrases
from monitor.model import Channel, Line, TextRun

ROOM = 3900
"""UTF-16 units of an answer: a message has 4,096, and some are kept for what the rendering adds."""

_TITLE = 120  # units of a headline in a list
_DAY, _HOUR, _MINUTE = 86400, 3600, 60


def title(text: str, limit: int = _TITLE) -> str:
    """Return foreign text as one short line."""
    return clip(clean(text), limit)


def bold(text: str) -> TextRun:
    """Return a run of names and headlines."""
    return TextRun(title(text), bold=True)


def code(text: str) -> TextRun:
    """Return a run that one touch copies: commands, terms."""
    return TextRun(text, code=True)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One request, with its language, time zone and the bot's context."""

    request: CommandRequest
    bot: BotContext
    config: Config
    words: Phrases
    now: datetime
    zone: tzinfo

    @classmethod
    def begin(cls, request: CommandRequest, bot: BotContext) -> CommandContext:
        """Look up language, time and clock."""
        config = bot.live.now.config
        channel = config.all_channels.get(request.channel or "")
        zone = ZoneInfo((channel.timezone if channel else config.timezone) or host.timezone())
        words = bot_phrases(answer_language(channel, request.language))
        return cls(request, bot, config, words, bot.clock.now(), zone)

    def say(self, key: str, /, **values: object) -> Answer:
        """Answer with one text."""
        return Answer((self.words.line(key, **values),))

    def page(self) -> Page:
        """Begin an answer of several lines."""
        return Page(self.words)

    def at(self, moment: datetime | None) -> str:
        """Return '09:40', '8 Nov 09:40' on another day, '8 Nov 2023 09:40' in another year."""
        if moment is None:
            return self.words.text("never")
        today = self.now.astimezone(self.zone).date()
        return TimeDisplay(self.zone, today, alert_phrases(self.words.language)).shown(moment)

    def error(self, text: str) -> str:
        """Return in the answer's language an error that was kept in English."""
        return alert_phrases(self.words.language).error(text)

    def long(self, seconds: float) -> str:
        """Return a duration in its two greatest units: '45 s', '3 h 5 min', '2 d'."""
        rest = round(max(seconds, 0))
        if rest < _MINUTE:
            return self.words.text("seconds", n=self.words.number(seconds, digits=1) if 0 < seconds < 10 else rest)  # noqa: PLR2004
        if rest < _HOUR:
            units_ = ((_MINUTE, "minutes"), (1, "seconds"))
        elif rest < _DAY:
            units_ = ((_HOUR, "hours"), (_MINUTE, "minutes"))
        else:
            units_ = ((_DAY, "days"), (_HOUR, "hours"))
        (great, one), (small, two) = units_
        parts = [(one, rest // great), (two, rest % great // small)]
        return " ".join(self.words.text(key, n=n) for key, n in parts if n)

    @property
    def everywhere(self) -> bool:
        """Return whether the answer is of all channels: to an admin in private, where that chat is a channel, too."""
        return self.request.admin and (self.request.private or not self.channels_here())

    def channels_here(self) -> list[Channel]:
        """Return the configured channels of the chat that asks: of the topic, where one of them has it."""
        here = self.config.channels.get(self.request.channel or "")
        if here is None:
            return []
        chat = here.settings.get("chat")
        same = [channel for channel in self.config.channels.values() if channel.settings.get("chat") == chat]
        topic = [channel for channel in same if channel.settings.get("topic") == self.request.topic]
        return topic or same


@dataclass(slots=True)
class Page:
    """An answer in blocks of lines; what does not fit is counted, not cut."""

    words: Phrases
    _blocks: list[list[Line]] = field(default_factory=list)

    def add(self, *lines: Line) -> None:
        """Add a block: its lines stay together."""
        self._blocks.append(list(lines))

    def line(self, key: str, /, **values: object) -> None:
        """Add one text as a block."""
        self.add(self.words.line(key, **values))

    def answer(self, room: int = ROOM) -> Answer:
        """Return the lines that fit into `room` UTF-16 units, and how many blocks do not."""
        lines: list[Line] = []
        left = room - units(self.words.text("more", n=len(self._blocks))) - 1
        for at, block in enumerate(self._blocks):
            cost = sum(_cost(line) for line in block)
            if cost > left and not lines:
                block = [_clipped(line, max(left // len(block) - 1, 1)) for line in block]  # noqa: PLW2901
                cost = sum(_cost(line) for line in block)
            if cost > left:
                lines.append(self.words.line("more", n=len(self._blocks) - at))
                break
            lines += block
            left -= cost
        return Answer(tuple(lines))


def _cost(line: Line) -> int:
    return sum(units(run.text) for run in line) + 1


def _clipped(line: Line, limit: int) -> Line:
    runs: list[TextRun] = []
    for run in line:
        text = clip(run.text, limit)
        runs.append(TextRun(text, run.bold, run.code, run.url))
        limit -= units(text)
        if limit <= 0 or text != run.text:
            break
    return tuple(runs)


def ago(now: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds before `now`."""
    return now - timedelta(seconds=seconds)
