"""/watchlists and /last: the watchlists, and the latest alerts."""

from __future__ import annotations

from datetime import timedelta

from monitor.bot.commands.reply import ROOM, CommandContext, bold, title
from monitor.bot.context import Answer
from monitor.model import Delivery, Line, TextRun, Watchlist
from monitor.pipeline import report
from monitor.pipeline.report import WatchlistReport

_USUAL, _MOST = 5, 20  # alerts of /last
_TERMS_MOST, _TERMS_LEAST = 240, 30  # units of a watchlist's terms
_BESIDES = 130  # units that a watchlist takes without them


async def watchlists(ctx: CommandContext) -> Answer:
    """List each watchlist with its terms and figures."""
    found = await ctx.bot.store.run(lambda tx: report.standings(tx, ctx.config.watchlists, ctx.now))
    if not found:
        return ctx.say("no watchlists")
    written = {watchlist.name: _written(watchlist) for watchlist in ctx.config.watchlists}
    room = min(ROOM // len(found) - _BESIDES, _TERMS_MOST)  # terms push no watchlist out of the answer
    page = ctx.page()
    for each in found:
        terms = title(written[each.name], room) if room >= _TERMS_LEAST else ""
        page.add(*_standing(ctx, each, terms))
    return page.answer()


def _written(watchlist: Watchlist) -> str:
    """Return a watchlist's terms, as `/add` and `/remove` take them."""
    if watchlist.query is not None:
        return watchlist.query
    return ", ".join([*(f"@{name}" for name in watchlist.entities), *(term.text for term in watchlist.keywords)])


def _standing(ctx: CommandContext, each: WatchlistReport, written: str) -> list[Line]:
    words = ctx.words
    channels = title(", ".join(each.channels)) or words.text("no channel")
    terms = words.text("a query") if each.query else words.count("terms", each.terms)
    lines = [
        words.line("watchlist", name=bold(each.name), severity=words.text(each.severity), channels=channels),
        *([(TextRun(written),)] if written else []),
        words.line("watchlist alerts", terms=terms, day=each.day, week=each.week),
    ]
    judged = each.useful + each.useless
    if each.precision is None:
        thought = words.line("not judged")
    else:
        thought = words.line("precision", useful=each.useful, all=judged, percent=round(each.precision * 100))
    if each.mute is None:
        return [*lines, thought]
    until = each.mute.until
    muted = words.line("muted for good") if until is None else words.line("muted until", until=ctx.at(until))
    return [*lines, (*thought, TextRun("; "), *muted)]


async def last(ctx: CommandContext) -> Answer:
    """List the newest alerts of the chat; an admin in private sees those of all channels."""
    argument = ctx.request.argument or str(_USUAL)
    if not (argument.isascii() and argument.isdigit() and len(argument) <= 3 and 1 <= int(argument) <= _MOST):  # noqa: PLR2004
        return ctx.say("last how", most=_MOST)
    here = [channel.name for channel in ctx.channels_here()]
    everywhere = ctx.everywhere
    channels = None if everywhere else here
    rows = await ctx.bot.store.run(
        lambda tx: tx.alerts_since(ctx.now - timedelta(days=400), channels=channels, limit=500)
    )
    sent = report.messages(row for row in rows if row.sent_at is not None)[: int(argument)]
    if not sent:
        return ctx.say("none yet")
    page = ctx.page()
    page.add((TextRun(ctx.words.text("last everywhere" if everywhere else "last"), bold=True),))
    for row in sent:
        page.add(*_row(ctx, row, everywhere=everywhere))
    return page.answer()


def _row(ctx: CommandContext, row: Delivery, *, everywhere: bool) -> list[Line]:
    names = ", ".join(filter(None, (row.alert.watchlist, *row.alert.also)))
    key = "last line in" if everywhere else "last line"
    facts = ctx.words.line(
        key,
        watchlist=title(names),
        at=ctx.at(row.sent_at),
        story=row.story_id or "—",
        channel=row.channel,
    )
    return [(TextRun(title(row.alert.headline), url=row.alert.url),), facts]
