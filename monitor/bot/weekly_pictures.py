"""Pictures of the weekly reports: sent in reply to a report once it is in its chat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import structlog

from monitor.alert.render.layout import zone_of
from monitor.archive.charts import draw
from monitor.archive.trends import TrendReport, report, to_json
from monitor.bot.api import BotApi
from monitor.bot.context import BotContext
from monitor.bot.i18n import bot_phrases, language_of
from monitor.errors import MonitorError
from monitor.i18n import alert_phrases
from monitor.model import Channel, Fact, State
from monitor.pipeline.weekly import DueReport, due_reports, reported_subjects
from monitor.store import Transaction

log = structlog.get_logger(__name__)

EVERY = 60.0
"""Seconds between two looks."""
_DAYS = 35  # in a picture: the week, and the four before, by which it can be judged
_KIND = "telegram"


@dataclass(frozen=True, slots=True)
class SentReport:
    """A weekly report that its chat has, and what its picture shows."""

    channel: Channel
    message_id: int
    trends: TrendReport


@dataclass(frozen=True, slots=True)
class WeeklyPictures:
    """Draws the reports that were sent, one at a time (`turn_lock`).

    A report tells all that its picture does: one that cannot be drawn or sent is not tried again.
    """

    api: BotApi
    bot: BotContext
    turn_lock: asyncio.Lock
    draw: Callable[[TrendReport, str], bytes] = lambda found, axis: draw(to_json(found), axis).png

    async def turn(self) -> float:
        """Draw the reports that were sent since the last look; return the seconds until the next. Raises StoreError."""
        now = self.bot.clock.now()
        if due := due_reports(self.bot.live.now.rules, now):
            for sent in await self.bot.store.run(lambda tx: self._taken(tx, due)):
                await self._send(sent)
        return EVERY

    def _taken(self, tx: Transaction, due: Sequence[DueReport]) -> list[SentReport]:
        """Return the reports to be drawn of those that are due, each once.

        That is noted before a picture is sent: a kill in between costs the picture, and none is sent twice.
        """
        done = set(json.loads(tx.get(Fact.WEEKLY_PICTURES) or "[]"))
        found, taken = [], set()
        for each in due:
            row = None if each.dedupe in done or each.channel.kind != _KIND else tx.delivery_named(each.dedupe)
            if row is not None and row.state is State.SENT and row.message_id is not None:
                taken.add(each.dedupe)
                found.append(SentReport(each.channel, row.message_id, self._trends(tx, each)))
        if taken:
            tx.put(Fact.WEEKLY_PICTURES, json.dumps(sorted(taken | (done & {each.dedupe for each in due}))))
        return [each for each in found if each.trends.trends]

    def _trends(self, tx: Transaction, due: DueReport) -> TrendReport:
        """Return the trends of the channel's watchlists to the end of the week, those with most stories in it first."""
        rules = self.bot.live.now.rules
        monday = datetime.combine(due.monday, time(), zone_of(rules.timezone))
        until, since = monday - timedelta(microseconds=1), monday - timedelta(days=_DAYS)
        found = report(tx, reported_subjects(due.channel, rules), since, until, rules.timezone)
        counts = {each.subject: (sum(day.stories for day in each.points[-7:]), each.stories) for each in found.trends}
        told = sorted(found.trends, key=lambda each: counts[each.subject], reverse=True)
        return replace(found, trends=tuple(each for each in told if each.stories))

    async def _send(self, sent: SentReport) -> None:
        words = bot_phrases(language_of(sent.channel.language))
        axis = words.text("trends by day", since=alert_phrases(sent.channel.language).day(sent.trends.since.date()))
        settings = sent.channel.settings
        try:
            async with self.turn_lock:
                png = await asyncio.to_thread(self.draw, sent.trends, axis)
            await self.api.show(settings["chat"], settings.get("topic"), sent.message_id, png)
        except MonitorError as error:  # no matplotlib, no right to send pictures there, no connection
            log.info("a weekly report stays without its picture", channel=sent.channel.name, error=str(error))
