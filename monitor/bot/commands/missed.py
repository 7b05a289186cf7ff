"""/missed: what came late, or not at all."""

from __future__ import annotations

from datetime import timedelta

from monitor.bot.commands.arguments import duration
from monitor.bot.commands.reply import Page, Talk, bold, title
from monitor.bot.commands.status import figures
from monitor.bot.context import Answer
from monitor.model import Delivery, Line, Run
from monitor.pipeline import report
from monitor.pipeline.report import Missed, Passage

_SPAN = 86400.0  # seconds
_LEAST, _MOST = 60.0, 30 * 86400.0
_SLOWEST = 5
_LISTED = 8  # rows of one kind


async def missed(talk: Talk) -> Answer:
    """Tell of latencies, of what is held, given up or lost from sight, and of sources that are not well."""
    argument = talk.request.argument
    span = duration(argument) if argument else _SPAN
    if span is None or not _LEAST <= span <= _MOST:
        return talk.say("missed how")
    since = talk.now - timedelta(seconds=span)
    seen = await talk.desk.store.run(lambda tx: report.missed(tx, since))
    page = talk.page()
    alerts = talk.words.count("alerts", len(seen.passages))
    page.add((Run(talk.words.text("missed", long=_back(talk, span), alerts=alerts), bold=True),))
    _ways(talk, page, seen)
    _rows(talk, page, seen)
    troubles = _sources(talk, seen)
    if troubles:
        page.add(_head(talk, "not well"), *troubles)
    elif not (seen.dead or seen.held or seen.unknown):
        page.line("nothing missed")
    return page.answer()


def _back(talk: Talk, span: float) -> str:
    """Give how far back, one day in hours: 'the last 1 d' is no English."""
    return talk.words.text("hours", n=24) if span == _SPAN else talk.long(span)


def _head(talk: Talk, key: str, **values: object) -> Line:
    return tuple(Run(run.text, bold=True, code=run.code) for run in talk.words.line(key, **values))


def _ways(talk: Talk, page: Page, seen: Missed) -> None:
    if seen.outside:
        page.line("outside", points=figures(talk, seen.outside))
    if seen.inside:
        page.line("inside", points=figures(talk, seen.inside))
    if seen.whole:
        page.line("whole", points=figures(talk, seen.whole), longest=talk.long(seen.whole.longest))
    if seen.passages:
        page.add(_head(talk, "slowest"), *(_way(talk, way) for way in seen.passages[:_SLOWEST]))


def _way(talk: Talk, way: Passage) -> Line:
    outside = "?" if way.outside is None else talk.long(way.outside)
    return talk.words.line(
        "slow line", long=talk.long(way.whole), title=_link(way.delivery), outside=outside, inside=talk.long(way.inside)
    )


def _rows(talk: Talk, page: Page, seen: Missed) -> None:
    if seen.dead:
        rows = [
            talk.words.line(
                "given up line", id=row.id, channel=row.channel, title=_link(row), reason=title(row.error or "—")
            )
            for row in seen.dead
        ]
        page.add(_head(talk, "given up", n=len(rows)), *_few(talk, rows))
    if seen.held:
        rows = [
            talk.words.line("held line", at=talk.at(row.due_at), channel=row.channel, title=_link(row))
            for row in seen.held
        ]
        page.add(_head(talk, "held", n=len(rows)), *_few(talk, rows))
    if seen.unknown:
        page.line("of unknown fate", n=seen.unknown)
    if seen.waiting:
        page.line("waiting", n=seen.waiting)


def _few(talk: Talk, rows: list[Line]) -> list[Line]:
    more = [talk.words.line("more", n=len(rows) - _LISTED)] if len(rows) > _LISTED else []
    return rows[:_LISTED] + more


def _link(row: Delivery) -> Run:
    return Run(title(row.alert.headline, 80), url=row.alert.url)


def _sources(talk: Talk, seen: Missed) -> list[Line]:
    rows = [
        talk.words.line("failing line", name=bold(name), reason=title(reason)) for name, reason in seen.failing.items()
    ]
    rows += [
        talk.words.line("source silent", name=bold(name), long=talk.long(long)) for name, long in seen.silent.items()
    ]
    return _few(talk, rows)
