"""Sources: how each is, its rhythm by hour of the week, its last gap, and when and why it is polled next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from monitor import polling, rhythm
from monitor.i18n import alert_phrases
from monitor.model import GapState, PollRun, SourceState
from monitor.pipeline import report
from monitor.store import Transaction
from monitor.store.screens import Arrival
from monitor.web.site import Site
from monitor.web.visit import Visit

_WEEK = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
_LEVELS = 5
_DELAYS = timedelta(days=1)
"""How far back delays are looked at."""
_MOST = 5_000  # articles of that time, the newest
_SHOWN = 5
_FIRST = timedelta(minutes=10)  # what a first poll brought is read by then


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source on the page."""

    state: SourceState
    word: str  # ok, new, failing, stopped, silent
    silent: float | None  # seconds
    polls: tuple[PollRun, ...]  # the last ones, newest first
    shown: int | None  # entries that its body showed when it was last read; None: not known
    why: str | None
    gap: GapState | None
    arrivals: tuple[Arrival, ...]  # the last ones, newest first
    delays: report.Percentiles | None  # seconds from published to seen, of those that were not in the first poll
    heat: tuple[tuple[tuple[int, float], ...], ...]  # by day from Monday, by hour: level 0 to 5, new entries an hour


def routes(site: Site) -> list[Route]:
    """Return the routes of sources."""
    return [Route("/sources", site.screen(_show), methods=["GET"])]


def _show(visit: Visit, tx: Transaction) -> Response:
    seen = report.overview(tx, visit.now)
    came: dict[str, list[Arrival]] = {}
    for arrival in tx.recent_arrivals(visit.now - _DELAYS, _MOST):
        came.setdefault(arrival.source, []).append(arrival)
    lines = [_source_line(state, seen, tuple(came.get(state.source.name, ())), visit) for state in seen.states]
    ill = {"failing": 0, "stopped": 1, "silent": 2, "new": 3, "ok": 4}
    lines.sort(key=lambda line: (ill[line.word], line.state.source.name.casefold()))
    return visit.html("sources.html", lines=lines, seen=seen)


def _source_line(state: SourceState, seen: report.Overview, came: tuple[Arrival, ...], visit: Visit) -> SourceLine:
    silent, word = seen.silent.get(state.source.name), report.word(state).value
    polls = polling.runs(state.polls)
    return SourceLine(
        state=state,
        word="silent" if silent is not None and word == "ok" else word,
        silent=silent,
        polls=polls,
        shown=next((run.entries for run in polls if run.entries is not None), None),
        why=polling.why(state, visit.now, alert_phrases(visit.language)),
        gap=seen.gaps.get(state.id),
        arrivals=came[:_SHOWN],
        delays=report.points(_delays(state, came)),
        heat=_heat(state),
    )


def _delays(state: SourceState, arrivals: Iterable[Arrival]) -> list[float]:
    """Return how long after it was published each article was seen; what a first poll brings is of any age."""
    begin = state.baseline_at
    return [
        max((each.seen - each.published).total_seconds(), 0.0)
        for each in arrivals
        if each.published is not None and (begin is None or each.seen > begin + _FIRST)
    ]


def _heat(state: SourceState) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Return the rhythm by day and hour in the source's own zone; () where nothing is known yet."""
    zone = state.source.timezone
    try:
        monday = _WEEK.replace(tzinfo=ZoneInfo(zone))
    except (LookupError, ValueError, OSError):
        monday = _WEEK
    hours = [rhythm.usual(state.rate, monday + timedelta(hours=hour), zone) for hour in range(168)]
    known = [each or 0.0 for each in hours]
    most = max(known)
    if all(each is None for each in hours) or most <= 0:
        return ()
    levels = [(min(_LEVELS, int(each / most * _LEVELS + 0.5)), each) for each in known]
    return tuple(tuple(levels[day * 24 : day * 24 + 24]) for day in range(7))
