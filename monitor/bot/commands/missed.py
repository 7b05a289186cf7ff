"""/missed: alerts that came late or not at all, and sources that fail."""

from __future__ import annotations

from datetime import timedelta

from monitor.bot.commands.arguments import duration
from monitor.bot.commands.reply import CommandContext, Page, bold, title
from monitor.bot.commands.status import figures
from monitor.bot.context import Answer
from monitor.model import Delivery, Line, TextRun
from monitor.pipeline import report
from monitor.pipeline.report import AlertLatency, Missed

_SPAN = 86400.0  # seconds
_LEAST, _MOST = 60.0, 30 * 86400.0
_SLOWEST = 5
_LISTED = 8  # rows of one kind


async def missed(ctx: CommandContext) -> Answer:
    """Report latencies, rows held, dead or of unknown fate, and failing sources."""
    argument = ctx.request.argument
    span = duration(argument) if argument else _SPAN
    if span is None or not _LEAST <= span <= _MOST:
        return ctx.say("missed how")
    since = ctx.now - timedelta(seconds=span)
    seen = await ctx.bot.store.run(lambda tx: report.missed(tx, since))
    page = ctx.page()
    alerts = ctx.words.count("alerts", len(seen.passages))
    page.add((TextRun(ctx.words.text("missed", long=_back(ctx, span), alerts=alerts), bold=True),))
    _ways(ctx, page, seen)
    _rows(ctx, page, seen)
    troubles = _sources(ctx, seen)
    if troubles:
        page.add(_head(ctx, "not well"), *troubles)
    elif not (seen.dead or seen.held or seen.unknown):
        page.line("nothing missed")
    return page.answer()


def _back(ctx: CommandContext, span: float) -> str:
    """Return the period in words, one day in hours: 'the last 1 d' is no English."""
    return ctx.words.text("hours", n=24) if span == _SPAN else ctx.long(span)


def _head(ctx: CommandContext, key: str, **values: object) -> Line:
    return tuple(TextRun(run.text, bold=True, code=run.code) for run in ctx.words.line(key, **values))


def _ways(ctx: CommandContext, page: Page, seen: Missed) -> None:
    if seen.outside:
        page.line("outside", points=figures(ctx, seen.outside))
    if seen.inside:
        page.line("inside", points=figures(ctx, seen.inside))
    if seen.whole:
        page.line("whole", points=figures(ctx, seen.whole), longest=ctx.long(seen.whole.longest))
    if seen.passages:
        page.add(_head(ctx, "slowest"), *(_way(ctx, way) for way in seen.passages[:_SLOWEST]))


def _way(ctx: CommandContext, way: AlertLatency) -> Line:
    outside = "?" if way.outside is None else ctx.long(way.outside)
    return ctx.words.line(
        "slow line", long=ctx.long(way.whole), title=_link(way.delivery), outside=outside, inside=ctx.long(way.inside)
    )


def _rows(ctx: CommandContext, page: Page, seen: Missed) -> None:
    if seen.dead:
        rows = [
            ctx.words.line(
                "given up line",
                id=row.id,
                channel=row.channel,
                title=_link(row),
                reason=title(ctx.error(row.error or "—")),
            )
            for row in seen.dead
        ]
        page.add(_head(ctx, "given up", n=len(rows)), *_few(ctx, rows))
    if seen.held:
        rows = [
            ctx.words.line("held line", at=ctx.at(row.due_at), channel=row.channel, title=_link(row))
            for row in seen.held
        ]
        page.add(_head(ctx, "held", n=len(rows)), *_few(ctx, rows))
    if seen.unknown:
        page.line("of unknown fate", n=seen.unknown)
    if seen.waiting:
        page.line("waiting", n=seen.waiting)


def _few(ctx: CommandContext, rows: list[Line]) -> list[Line]:
    more = [ctx.words.line("more", n=len(rows) - _LISTED)] if len(rows) > _LISTED else []
    return rows[:_LISTED] + more


def _link(row: Delivery) -> TextRun:
    return TextRun(title(row.alert.headline, 80), url=row.alert.url)


def _sources(ctx: CommandContext, seen: Missed) -> list[Line]:
    rows = [
        ctx.words.line("failing line", name=bold(name), reason=title(ctx.error(reason)))
        for name, reason in seen.failing.items()
    ]
    rows += [
        ctx.words.line("source silent", name=bold(name), long=ctx.long(long)) for name, long in seen.silent.items()
    ]
    return _few(ctx, rows)
