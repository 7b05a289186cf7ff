"""What an edit of a watchlist would do, by a backtest: shown before it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.archive.backtest import BacktestAlert, BacktestChange, compare
from monitor.bot.commands.reply import CommandContext, title
from monitor.bot.commands.search import quoted
from monitor.bot.commands.trends import tester
from monitor.config.watchlist_edit import Change
from monitor.model import Line, TextRun
from monitor.watch.compile import CompileError

_MONTH = timedelta(days=30)
_SHOWN = 2  # alerts that come, and that go


def previewed(ctx: CommandContext, change: Change) -> list[Line]:
    """Return what the edited watchlist would have alerted in the last 30 days, beside the present one."""
    old = next((each for each in ctx.config.watchlists if each.name == change.watchlist), None)
    new = next((each for each in change.config.watchlists if each.name == change.watchlist), None)
    if old is None or new is None:  # its name is overridden by the environment, or the file was edited since
        return []
    compiler, since = ctx.bot.compiler(change.config), ctx.now - _MONTH
    try:
        matchers = compiler([old]), compiler([new])
    except CompileError:
        return []
    runs = tester(ctx)
    before = runs.run(matchers[0], since, ctx.now)
    if before.begins is None:
        return [ctx.words.line("preview nothing")]
    after = runs.run(matchers[1], max(since, before.since), ctx.now)
    if not after.complete:
        before = runs.run(matchers[0], after.since, ctx.now)
    return list(_told(ctx, compare(before, after)))


def _told(ctx: CommandContext, found: BacktestChange) -> Iterator[Line]:
    days = max(round((found.after.until - found.after.since) / timedelta(days=1)), 1)
    (each,) = found.watchlists
    counts = [ctx.words.count("preview times", count) for count in (each.before, each.after)]
    yield ctx.words.line("preview counts", days=days, before=counts[0], after=counts[1])
    for key, alerts in (("preview added", each.added), ("preview removed", each.removed)):
        for alert in alerts[::-1][:_SHOWN]:
            yield from _alert(ctx, key, alert)
    rated = found.rated
    if rated.useful or rated.not_useful:
        yield ctx.words.line(
            "preview rated",
            n=rated.useful + rated.not_useful,
            kept=rated.useful_kept,
            good=rated.useful,
            dropped=rated.not_useful - rated.not_useful_kept,
            bad=rated.not_useful,
        )


def _alert(ctx: CommandContext, key: str, alert: BacktestAlert) -> Iterator[Line]:
    yield ctx.words.line(key, title=TextRun(title(alert.title or alert.source), url=alert.url))
    if alert.sentence:
        yield quoted(alert.sentence, alert.spans)
