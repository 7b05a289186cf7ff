"""/status: how the daemon is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor import __version__, polling
from monitor.bot.commands.mutes import MuteTarget, named
from monitor.bot.commands.reply import CommandContext, bold, title
from monitor.bot.context import Answer
from monitor.i18n import alert_phrases
from monitor.model import Line, SourceState, State, TextRun
from monitor.pipeline import report
from monitor.pipeline.report import Overview, Percentiles, SourceStatus

_SHORT = 60  # UTF-16 units of a muted story's title
_STATES = (State.READY, State.SENDING, State.UNKNOWN, State.HELD, State.SUSPENDED, State.DEAD)


async def status(ctx: CommandContext) -> Answer:
    """Return the state of sources, queue, latency, mutes and disk, and the version."""
    seen = await ctx.bot.store.run(lambda tx: report.overview(tx, ctx.now))
    page = ctx.page()
    troubles = [(TextRun(title(line, 300)),) for line in seen.troubles]
    muted = await named(ctx, seen.mutes)
    for line in (*_sources(ctx, seen), *troubles, _queue(ctx, seen), _latency(ctx, seen), *_mutes(ctx, muted)):
        page.add(line)
    for line in _host(ctx):
        page.add(line)
    return page.answer()


def _sources(ctx: CommandContext, seen: Overview) -> Iterator[Line]:
    ill = [
        state for state in seen.states if report.word(state) is not SourceStatus.OK or state.source.name in seen.silent
    ]
    head = sources_head(ctx, len(seen.states) - len(ill), len(seen.states))
    yield (TextRun(head if seen.states else ctx.words.text("no sources"), bold=True),)
    for state in ill:
        yield trouble_of(ctx, state, seen.silent.get(state.source.name))
        next_poll = polling.why(state, ctx.now, alert_phrases(ctx.words.language))
        if next_poll:
            yield (TextRun("    "), *ctx.words.line("source next", why=next_poll))
    polled = [(state.last_success_at, state.source.name) for state in seen.states if state.last_success_at]
    if polled:
        (oldest, name), (newest, _) = min(polled), max(polled)
        key = "last success" if ctx.at(oldest) == ctx.at(newest) else "last successes"
        yield ctx.words.line(key, newest=ctx.at(newest), oldest=ctx.at(oldest), name=title(name))


def sources_head(ctx: CommandContext, healthy: int, count: int) -> str:
    """Return how many of the sources are well."""
    if healthy == count:
        return ctx.words.count("sources well", count)
    return ctx.words.text("sources", healthy=healthy, all=count)


def trouble_of(ctx: CommandContext, state: SourceState, silent: float | None) -> Line:
    """Return what is wrong with a source that is not well."""
    name = bold(state.source.name)
    match report.word(state):
        case SourceStatus.STOPPED:
            return ctx.words.line("source stopped", name=name)
        case SourceStatus.NEW:
            return ctx.words.line("source new", name=name)
        case SourceStatus.OK:
            return ctx.words.line("source silent", name=name, long=ctx.long(silent or 0.0))
    polls = ctx.words.count("polls", state.failures)
    reason, at = title(ctx.error(report.trouble(state) or "")), ctx.at(state.last_success_at)
    return ctx.words.line("source failing", name=name, reason=reason, polls=polls, at=at)


def _queue(ctx: CommandContext, seen: Overview) -> Line:
    waiting = [ctx.words.text(f"state {state}", n=seen.outbox[state]) for state in _STATES if seen.outbox.get(state)]
    articles = ctx.words.count("articles to read", seen.pending)
    return ctx.words.line("queue", articles=articles, messages=", ".join(waiting) or ctx.words.text("nothing waits"))


def _latency(ctx: CommandContext, seen: Overview) -> Line:
    if seen.whole is None or seen.inside is None:
        return ctx.words.line("no latency")
    alerts = ctx.words.count("alerts", seen.alerts)
    return ctx.words.line("latency", alerts=alerts, whole=figures(ctx, seen.whole), inside=figures(ctx, seen.inside))


def figures(ctx: CommandContext, points: Percentiles) -> str:
    """Return the median of durations and their 95th percentile as text."""
    return ctx.words.text("p", p50=ctx.long(points.p50), p95=ctx.long(points.p95))


def _mutes(ctx: CommandContext, muted: Sequence[MuteTarget]) -> Iterator[Line]:
    if muted:
        names = "; ".join(each.shown(ctx, _SHORT).text for each in muted)
        yield ctx.words.line("muted list", what=title(names, 300))


def _host(ctx: CommandContext) -> Iterator[Line]:
    disk = ctx.bot.disk()
    if disk is not None:
        yield ctx.words.line("disk", free=ctx.words.size(disk.free), total=ctx.words.size(disk.total))
    started = ctx.bot.started
    if started is None:
        yield ctx.words.line("version", version=__version__)
    else:
        up = ctx.long((ctx.now - started).total_seconds())
        yield ctx.words.line("version up", version=__version__, long=up)
