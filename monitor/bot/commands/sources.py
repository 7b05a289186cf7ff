"""/sources: each source with its state, when it was read last, and when it is asked next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor import polling
from monitor.bot.commands.reply import CommandContext, bold
from monitor.bot.commands.status import sources_head, trouble_of
from monitor.bot.context import Answer
from monitor.i18n import alert_phrases
from monitor.model import Line, SourceState, TextRun
from monitor.pipeline import report
from monitor.pipeline.report import SourceStatus


async def sources(ctx: CommandContext) -> Answer:
    """List the sources, those that are not well first."""
    seen = await ctx.bot.store.run(lambda tx: report.overview(tx, ctx.now))
    if not seen.states:
        return ctx.say("no sources")
    page = ctx.page()
    found = [(state, _is_ill(state, seen.silent)) for state in seen.states]
    healthy = sum(not ill for _, ill in found)
    page.add((TextRun(sources_head(ctx, healthy, len(found)), bold=True),))
    for state, ill in sorted(found, key=lambda each: (not each[1], each[0].source.name.casefold())):
        page.add(*_lines(ctx, state, seen.silent.get(state.source.name), ill=ill))
    return page.answer()


def _is_ill(state: SourceState, silent: Mapping[str, float]) -> bool:
    return report.word(state) is not SourceStatus.OK or state.source.name in silent


def _lines(ctx: CommandContext, state: SourceState, silent: float | None, *, ill: bool) -> Iterator[Line]:
    if ill:
        yield trouble_of(ctx, state, silent)
    else:
        yield ctx.words.line("source well", name=bold(state.source.name), at=ctx.at(state.last_success_at))
    why = polling.why(state, ctx.now, alert_phrases(ctx.words.language))
    if why:
        yield (TextRun("    "), *ctx.words.line("source next", why=why))
