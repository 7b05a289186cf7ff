"""/why: the reasons of an alert, by its story's number, its own, or the message replied to."""

from __future__ import annotations

from monitor.alert.render.layout import TimeDisplay
from monitor.bot.commands.reply import CommandContext
from monitor.bot.context import Answer
from monitor.bot.why import AlertEvidence, explained
from monitor.i18n import alert_phrases
from monitor.model import Delivery, MessageKind
from monitor.pipeline import report
from monitor.store import Transaction

_DIGITS = 18  # of a 64-bit number
_ON_STORIES = (MessageKind.ALERT, MessageKind.REPLY)


async def why(ctx: CommandContext) -> Answer:
    """Answer as the button Why does; of alerts of this chat, to admins in private of all."""
    number, replied = ctx.request.argument.lstrip("#№ "), ctx.request.replied
    if not number and replied is None:
        return ctx.say("why how")
    if number and not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        return ctx.say("why how")
    here = {channel.name for channel in ctx.channels_here()}
    everywhere = ctx.everywhere

    def look(tx: Transaction) -> AlertEvidence | None:
        rows = [replied] if replied is not None and not number else _found(tx, int(number))
        row = next((row for row in rows if everywhere or row.channel in here), None)
        if row is None:
            return None
        today = ctx.now.astimezone(ctx.zone).date()
        verdicts = tx.verdicts_of(row.story_id) if row.story_id is not None else []
        who = TimeDisplay(ctx.zone, today, alert_phrases(ctx.words.language))
        story = report.story_of(tx, row)
        return AlertEvidence(row, story, verdicts, who, report.changes_of(tx, story))

    found = await ctx.bot.store.run(look)
    if found is None:
        return ctx.say("no alert", id=number)
    return Answer(explained(found, ctx.words).body)


def _found(tx: Transaction, number: int) -> list[Delivery]:
    """Return the alerts of the story of this number, the newest first, and the alert of this number."""
    row = tx.delivery(number)
    own = [row] if row is not None and row.alert.kind in _ON_STORIES else []
    of_story = [each for each in tx.deliveries_of(number) if each.alert.kind in _ON_STORIES]
    return [*reversed(of_story), *own]
