"""/status: how the daemon is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor import __version__
from monitor.bot.commands.mutes import Target, named
from monitor.bot.commands.reply import Talk, bold, title
from monitor.bot.context import Answer
from monitor.model import Line, Run, SourceState, State
from monitor.pipeline import report
from monitor.pipeline.report import Overview, Points, Word

_SHORT = 60  # UTF-16 units of a muted story's title
_GIGABYTE, _MEGABYTE = 1_000_000_000, 1_000_000
_STATES = (State.READY, State.SENDING, State.UNKNOWN, State.HELD, State.SUSPENDED, State.DEAD)


async def status(talk: Talk) -> Answer:
    """Tell of sources, queue, latency, mutes, disk, version."""
    seen = await talk.desk.store.run(lambda tx: report.overview(tx, talk.now))
    page = talk.page()
    troubles = [(Run(title(line, 300)),) for line in seen.troubles]
    muted = await named(talk, seen.mutes)
    for line in (*_sources(talk, seen), *troubles, _queue(talk, seen), _latency(talk, seen), *_mutes(talk, muted)):
        page.add(line)
    for line in _host(talk):
        page.add(line)
    return page.answer()


def _sources(talk: Talk, seen: Overview) -> Iterator[Line]:
    ill = [state for state in seen.states if report.word(state) is not Word.OK or state.source.name in seen.silent]
    key = "no sources" if not seen.states else "sources" if ill else "sources well"
    head = talk.words.text(key, healthy=len(seen.states) - len(ill), all=len(seen.states))
    yield (Run(head, bold=True),)
    for state in ill:
        yield _ill(talk, state, seen.silent.get(state.source.name))
    polled = [(state.last_success_at, state.source.name) for state in seen.states if state.last_success_at]
    if polled:
        (oldest, name), (newest, _) = min(polled), max(polled)
        key = "last success" if talk.at(oldest) == talk.at(newest) else "last successes"
        yield talk.words.line(key, newest=talk.at(newest), oldest=talk.at(oldest), name=title(name))


def _ill(talk: Talk, state: SourceState, silent: float | None) -> Line:
    name = bold(state.source.name)
    match report.word(state):
        case Word.STOPPED:
            return talk.words.line("source stopped", name=name)
        case Word.NEW:
            return talk.words.line("source new", name=name)
        case Word.OK:
            return talk.words.line("source silent", name=name, long=talk.long(silent or 0.0))
    polls = talk.words.count("polls", state.failures)
    reason, at = title(report.trouble(state) or ""), talk.at(state.last_success_at)
    return talk.words.line("source failing", name=name, reason=reason, polls=polls, at=at)


def _queue(talk: Talk, seen: Overview) -> Line:
    waiting = [talk.words.text(f"state {state}", n=seen.outbox[state]) for state in _STATES if seen.outbox.get(state)]
    articles = talk.words.count("articles to read", seen.pending)
    return talk.words.line("queue", articles=articles, messages=", ".join(waiting) or talk.words.text("nothing waits"))


def _latency(talk: Talk, seen: Overview) -> Line:
    if seen.whole is None or seen.inside is None:
        return talk.words.line("no latency")
    alerts = talk.words.count("alerts", seen.alerts)
    return talk.words.line("latency", alerts=alerts, whole=figures(talk, seen.whole), inside=figures(talk, seen.inside))


def figures(talk: Talk, points: Points) -> str:
    """Give the middle of durations, and what 95 of 100 do not exceed."""
    return talk.words.text("p", p50=talk.long(points.p50), p95=talk.long(points.p95))


def _mutes(talk: Talk, muted: Sequence[Target]) -> Iterator[Line]:
    if muted:
        names = "; ".join(each.shown(talk, _SHORT).text for each in muted)
        yield talk.words.line("muted list", what=title(names, 300))


def _host(talk: Talk) -> Iterator[Line]:
    disk = talk.desk.disk()
    if disk is not None:
        yield talk.words.line("disk", free=_size(disk.free), total=_size(disk.total))
    started = talk.desk.started
    if started is None:
        yield talk.words.line("version", version=__version__)
    else:
        up = talk.long((talk.now - started).total_seconds())
        yield talk.words.line("version up", version=__version__, long=up)


def _size(count: int) -> str:
    if count >= _GIGABYTE:
        return f"{count / _GIGABYTE:.1f} GB"
    return f"{count / _MEGABYTE:.0f} MB"
