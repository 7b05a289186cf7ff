"""/shift: what rang, what is open and what is muted since the shift of whoever asks began."""

from __future__ import annotations

from datetime import timedelta

from monitor.alert.render.layout import TimeDisplay
from monitor.alert.shift import ShiftReport, handed_over
from monitor.bot.commands.arguments import duration
from monitor.bot.commands.reply import CommandContext
from monitor.bot.context import Answer
from monitor.i18n import alert_phrases
from monitor.pipeline.shifts import USUAL, shift_report
from monitor.store import Transaction

_LEAST, _MOST = 60.0, 30 * 86400.0  # seconds


async def shift(ctx: CommandContext) -> Answer:
    """Report since this user last asked, or for as long as the argument says; the next one counts from now."""
    span = duration(ctx.request.argument) if ctx.request.argument else None
    if ctx.request.argument and (span is None or not _LEAST <= span <= _MOST):
        return ctx.say("shift how")
    user, now = ctx.request.user_id, ctx.now
    here = [channel.name for channel in ctx.channels_here()]
    channels = None if ctx.everywhere else here

    def look(tx: Transaction) -> ShiftReport:
        known = tx.shift_of(user)
        since = now - timedelta(seconds=span) if span else max(known or now - USUAL, now - timedelta(seconds=_MOST))
        return shift_report(tx, channels, since, now)

    found = await ctx.bot.store.run(look)
    who = TimeDisplay(ctx.zone, now.astimezone(ctx.zone).date(), alert_phrases(ctx.words.language))
    return Answer(handed_over(found, who), lambda tx: tx.begin_shift(user, now))
