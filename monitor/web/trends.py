"""Trends: stories a day or an hour on watchlists and entities, bursts marked, beside the period before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response
from starlette.routing import Route

from monitor.archive.subjects import UnknownSubjectError, find
from monitor.archive.trends import Step, Trend, TrendPoint, TrendReport, blank, busiest, report
from monitor.model.trends import Subject, SubjectKind
from monitor.store import Transaction
from monitor.watch.catalogue import shipped
from monitor.web.site import Site
from monitor.web.visit import Visit

_SPANS = {"hour": timedelta(hours=48), "day": timedelta(days=30), "week": timedelta(days=182)}
_ENTITIES = 10


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One subject's trend, and how many stories the same time before it had."""

    trend: Trend
    before: int
    plot: str


def routes(site: Site) -> list[Route]:
    """Return the routes of trends."""
    return [Route("/trends", site.screen(_show, slow=True), methods=["GET"])]


def _show(visit: Visit, tx: Transaction) -> Response:
    by = visit.query.get("by", "day")
    step = Step(by) if by in _SPANS else Step.DAY
    span, asked = _SPANS[step.value], visit.query.get("subject", "").strip()
    zone = getattr(visit.zone, "key", "UTC")
    wrong, subjects = "", None
    if asked:
        lists = [each.name for each in visit.config.watchlists]
        try:
            subjects = [find(asked, lists, shipped().merged(visit.config.entities), tx.trend_subjects())]
        except UnknownSubjectError as error:
            wrong = str(error)
    start = visit.now - span
    found = report(tx, subjects, start, visit.now, zone, step)
    earlier = report(tx, subjects, start - span, start, zone, step)
    chosen = list(found.trends) if subjects else _chosen(visit, found)
    counts = {each.subject: each for each in earlier.trends}
    lines = [
        TrendLine(each, _stories(counts.get(each.subject)), _plot(visit, each, counts.get(each.subject)))
        for each in chosen
    ]
    return visit.html(
        "trends.html", lines=lines, found=found, by=step.value, asked=asked, wrong=wrong, steps=list(_SPANS)
    )


def _stories(trend: Trend | None) -> int:
    return 0 if trend is None else trend.stories


def _chosen(visit: Visit, found: TrendReport) -> list[Trend]:
    by_subject = {each.subject: each for each in found.trends}
    lists = [Subject(SubjectKind.WATCHLIST, each.name) for each in visit.config.watchlists]
    return [by_subject.get(each) or blank(found, each) for each in lists] + list(busiest(found.trends, _ENTITIES))


def _plot(visit: Visit, trend: Trend, before: Trend | None) -> str:
    """Return what the page's script draws."""
    points = trend.points
    earlier = _aligned(before.points if before else (), len(points))
    series = [
        {"label": visit.words.text("stories"), "y": [each.stories for each in points], "kind": "now"},
        {"label": visit.words.text("period before"), "y": earlier, "kind": "before"},
        {
            "label": visit.words.text("burst"),
            "y": [each.stories if each.burst else None for each in points],
            "kind": "burst",
        },
    ]
    return json.dumps(
        {"x": [_second(each.at) for each in points], "series": series, "zoom": False, "at": visit.words.text("time")}
    )


def _second(at: datetime) -> int:
    return int(at.timestamp())


def _aligned(points: Sequence[TrendPoint], count: int) -> list[int | None]:
    """Return the last `count` numbers of stories, with gaps before where there are fewer."""
    numbers = [each.stories for each in points][-count:]
    return [*[None] * (count - len(numbers)), *numbers]
