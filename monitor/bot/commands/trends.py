"""/trends and /backtest: what the archive tells of watchlists."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import timedelta

from monitor import host
from monitor.alert.sparkline import sparkline
from monitor.archive.backtest import BacktestAlert, Backtester, BacktestResult, WatchlistBacktest
from monitor.archive.charts import draw
from monitor.archive.subjects import UnknownSubjectError, find
from monitor.archive.trends import Step, Trend, TrendReport, blank, busiest, report, to_json
from monitor.bot.commands.arguments import split_duration, split_name, unquoted
from monitor.bot.commands.mutes import no_watchlist
from monitor.bot.commands.reply import CommandContext, bold, title
from monitor.bot.context import Answer
from monitor.model import Line, TextRun, Watchlist
from monitor.model.trends import Subject, SubjectKind
from monitor.pipeline.term_watch import spellings_found
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.match import Matcher

_DAY = 86400.0
_MONTH = 30 * _DAY
_LONGEST = 4000 * _DAY
_CELLS = 30  # of a sparkline on a phone
_HOURS = 2 * _DAY  # shorter times are shown by the hour
_WEEKS = 120 * _DAY  # longer ones by the week
_BUSIEST = 5
_BURSTS = 3
_TERMS = 6
_HEADS = {Step.HOUR: "trends by hour", Step.DAY: "trends by day", Step.WEEK: "trends by week"}
SECONDS = 15.0
"""Seconds that a backtest may take: somebody waits for the answer."""


def timezone(ctx: CommandContext) -> str:
    """Return the IANA name of the daemon's clock, by which days are counted."""
    return ctx.config.timezone or host.timezone()


async def trends(ctx: CommandContext) -> Answer:
    """Show how many stories mention watchlists and entities."""
    text, seconds = split_duration(ctx.request.argument)
    span = min(seconds or _MONTH, _LONGEST)
    step = Step.HOUR if span <= _HOURS else Step.WEEK if span > _WEEKS else Step.DAY
    lists = [each.name for each in ctx.config.watchlists]
    since = ctx.now - timedelta(seconds=max(span, 3600.0))
    mentioned = await ctx.bot.store.run(lambda tx: tx.trend_subjects())
    try:
        named = [find(unquoted(text), lists, _catalogue(ctx), mentioned)] if text else None
    except UnknownSubjectError as error:
        hint = ctx.words.line("did you mean", near=TextRun(error.near, code=True)) if error.near else ()
        return Answer(tuple(filter(None, (ctx.words.line("trends unknown", name=bold(error.name)), hint))))
    found = await ctx.bot.store.run(lambda tx: report(tx, named, since, ctx.now, timezone(ctx), step))
    if found.first_day is None:
        return ctx.say("trends nothing")
    shown = found.trends if named else _chosen(found, lists)
    page = ctx.page()
    page.line(_HEADS[step], since=ctx.at(found.since))
    for each in shown:
        page.add(*_trend(ctx, each, found))
    if not found.complete:
        page.line("trends counting")
    axis = ctx.words.text(_HEADS[step], since=ctx.at(found.since))
    drawn = to_json(dataclasses.replace(found, trends=tuple(shown)))
    return dataclasses.replace(page.answer(), picture=lambda: draw(drawn, axis).png)


def _catalogue(ctx: CommandContext) -> Catalogue:
    return shipped().merged(ctx.config.entities)


def _chosen(found: TrendReport, lists: Sequence[str]) -> list[Trend]:
    by_subject = {each.subject: each for each in found.trends}
    named = [Subject(SubjectKind.WATCHLIST, name) for name in lists]
    return [*(by_subject.get(each) or blank(found, each) for each in named), *busiest(found.trends, _BUSIEST)]


def _trend(ctx: CommandContext, trend: Trend, found: TrendReport) -> Iterator[Line]:
    count = ctx.words.count("trend stories", trend.stories)
    yield (bold(str(trend.subject)), TextRun(f" · {count}"))
    yield (TextRun(sparkline([point.stories if point.known else None for point in trend.points], _CELLS), code=True),)
    for point in trend.bursts[::-1][:_BURSTS]:
        usual = ctx.words.number(point.burst.usual if point.burst else 0, digits=1)
        at = ctx.at(point.at) if found.step is Step.HOUR else f"{point.at:%d.%m}"
        yield ctx.words.line("trend burst", at=at, n=point.burst.stories if point.burst else 0, usual=usual)


# --------------------------------------------------------------------------- /backtest


async def backtest(ctx: CommandContext) -> Answer:
    """Show what the watchlists would have alerted on the stored articles."""
    text, seconds = split_duration(ctx.request.argument)
    names = [each.name for each in ctx.config.watchlists]
    if not names:
        return ctx.say("no watchlists")
    chosen = list(ctx.config.watchlists)
    if text:
        split = split_name(text, names)
        if split.known is None or split.rest:
            return no_watchlist(ctx, text, names)
        chosen = [each for each in chosen if each.name == split.known]
    span = min(seconds or _MONTH, _LONGEST)
    found = await asyncio.to_thread(_run, ctx, chosen, span)
    page = ctx.page()
    alerts = ctx.words.count("alerts", len(found.alerts))
    page.line("backtest", alerts=alerts, since=ctx.at(found.since), stories=len(found.stories))
    for each in found.watchlists:
        page.add(*_watchlist(ctx, each, found))
    if not found.complete:
        page.line("backtest stopped", since=ctx.at(found.since))
    return page.answer()


def _run(ctx: CommandContext, chosen: Sequence[Watchlist], span: float) -> BacktestResult:
    runs = tester(ctx)
    runs.spellings = spellings_found
    return runs.run(compiled(ctx, chosen), ctx.now - timedelta(seconds=span), ctx.now)


def tester(ctx: CommandContext) -> Backtester:
    """Return what runs backtests, each no longer than somebody waits."""
    clock = ctx.bot.clock
    return Backtester(ctx.bot.store, ctx.config.channels, timezone(ctx), seconds=SECONDS, monotonic=clock.monotonic)


def compiled(ctx: CommandContext, chosen: Sequence[Watchlist]) -> Matcher:
    """Return the watchlists' matcher: the one in force where it is of all of them."""
    rules = ctx.bot.live.now.rules
    if list(chosen) == list(rules.config.watchlists) and rules.matcher.rules:
        return rules.matcher
    return ctx.bot.compiler(ctx.config)(chosen)


def _watchlist(ctx: CommandContext, each: WatchlistBacktest, found: BacktestResult) -> Iterator[Line]:
    yield (bold(each.name), TextRun(f" · {ctx.words.count('alerts', len(each.alerts))}"))
    told = ", ".join(f"{term.term} {term.stories}" for term in each.terms if term.stories)
    if told:
        yield ctx.words.line("backtest terms", terms=title(told, 200))
    yield from term_lines(ctx, each)
    for term in [term for term in each.unused if term in found.spellings][:_TERMS]:
        alike = title(", ".join(found.spellings[term]), 200)
        yield ctx.words.line("backtest alike", term=bold(term), spellings=alike)
    if each.alerts:
        yield last_line(ctx, each.alerts[-1])


def term_lines(ctx: CommandContext, each: WatchlistBacktest) -> Iterator[Line]:
    """Yield which terms bring nothing, and which bring mostly what people do not find useful."""
    if each.unused:
        yield ctx.words.line("backtest unused", terms=title(", ".join(each.unused), 200))
    for term in each.noisy[:_TERMS]:
        yield ctx.words.line("backtest noisy", term=bold(term.term), bad=term.not_useful, good=term.useful)


def last_line(ctx: CommandContext, alert: BacktestAlert) -> Line:
    """Return the line that names an alert."""
    headline = TextRun(title(alert.title or alert.source), url=alert.url)
    return ctx.words.line("backtest last", at=ctx.at(alert.at), source=title(alert.source), title=headline)
