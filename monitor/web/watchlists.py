"""Watchlists: how well each does; edited in place, with the difference that 30 days would have shown, and added."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import structlog
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from monitor.archive.search import ArchiveScope, ArchiveSearch
from monitor.config.watchlist_text import TextChange, WatchlistText, added, replaced, watchlist_text
from monitor.errors import ConfigError, MonitorError
from monitor.i18n import problem_text
from monitor.log import redact
from monitor.model import Config, Watchlist
from monitor.pipeline import report
from monitor.pipeline.health import open_incidents
from monitor.pipeline.report import WatchlistReport
from monitor.store import Database, Transaction
from monitor.watch.compile import CompileError
from monitor.web import tally
from monitor.web.site import Site
from monitor.web.visit import Visit

log = structlog.get_logger(__name__)

SPAN = timedelta(days=30)
SECONDS = 4.0
"""How long each side of a comparison may take."""

_NOISY = 3  # alerts found not useful, from which on a term is named


@dataclass(frozen=True, slots=True)
class WatchlistLine:
    """One watchlist on the page."""

    report: WatchlistReport
    watchlist: Watchlist
    never: tuple[str, ...]  # terms that raised no alert in 30 days
    noisy: tuple[tuple[str, int, int], ...]  # term, alerts found useful, and not


def routes(site: Site) -> list[Route]:
    """Return the routes of watchlists."""
    screen = _Watchlists(site)
    return [
        Route("/watchlists", site.screen(_show), methods=["GET"]),
        Route("/watchlists/edit", site.screen(screen.edit), methods=["GET"]),
        Route("/watchlists/preview", site.task(screen.preview), methods=["POST"]),
        Route("/watchlists/save", site.task(screen.save), methods=["POST"]),
        Route("/watchlists/add", site.task(screen.add), methods=["POST"]),
    ]


def _show(visit: Visit, tx: Transaction) -> Response:
    reports = report.standings(tx, visit.config.watchlists, visit.now)
    rows = tx.alerts_since(visit.now - SPAN)
    judged = tx.feedback_of(rows)
    used: dict[str, set[str]] = {}
    good: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    for row in rows:
        name = row.alert.watchlist or ""
        used.setdefault(name, set()).update(row.alert.terms)
        up, down = judged.get(row.id, (0, 0))
        for term in row.alert.terms:
            good[name, term] += up
            bad[name, term] += down
    lines = [
        WatchlistLine(
            each,
            watchlist,
            tuple(term for term in _terms(watchlist) if term not in used.get(watchlist.name, set())),
            tuple(
                (term, good[watchlist.name, term], count)
                for (name, term), count in bad.most_common()
                if name == watchlist.name and count >= _NOISY and count > good[name, term]
            ),
        )
        for each, watchlist in zip(reports, visit.config.watchlists, strict=True)
    ]
    wrong = next((each.line for each in open_incidents(tx) if each.kind == "config"), "")
    return visit.html("watchlists.html", lines=lines, wrong=wrong, saved=visit.query.get("saved", ""))


def _terms(watchlist: Watchlist) -> list[str]:
    return [] if watchlist.query else [*watchlist.entities, *(keyword.text for keyword in watchlist.keywords)]


class _Watchlists:
    def __init__(self, site: Site) -> None:
        self._site = site

    def edit(self, visit: Visit, _: Transaction) -> Response:
        """Show a watchlist's lines."""
        name = visit.query.get("name", "")
        try:
            known = watchlist_text(visit.config.path, name)
        except MonitorError as error:
            return visit.html("refused.html", 404, line=redact(str(error)))
        return self._form(visit, known, known.text)

    @staticmethod
    def _form(visit: Visit, known: WatchlistText, text: str, status: int = 200, **more: object) -> Response:
        values = {"problems": [], "saved": False} | more
        rows = min(max(text.count("\n") + 3, 8), 40)
        return visit.html("edit.html", status, known=known, text=text, rows=rows, **values)

    def _planned(self, visit: Visit) -> tuple[WatchlistText, TextChange]:
        """Return the change that a form asks for. Raises MonitorError."""
        known = watchlist_text(visit.config.path, visit.form.get("name", ""))
        text, digest = visit.form.get("text", ""), visit.form.get("digest", "")
        return known, replaced(visit.config.path, known, text, digest, kinds=self._site.parts.kinds)

    async def preview(self, visit: Visit) -> Response:
        """Answer with the problems of an edit, or with what it would have changed."""
        try:
            known, change = await asyncio.to_thread(self._planned, visit)
        except MonitorError as error:
            problems = _problems(error, visit)
            return HTMLResponse(visit.text("_problems.html", problems=problems))
        found = await self._site.slow.deep(lambda store: self._compared(visit, store, known.name, change.config))
        return HTMLResponse(found)

    def _compared(self, visit: Visit, store: Database, name: str, config: Config) -> str:
        """Return a comparison of a watchlist as it is with what it is to be, as HTML."""
        before = [each for each in visit.config.watchlists if each.name == name]
        known = {each.name for each in visit.config.watchlists}
        after = [each for each in config.watchlists if each.name == name or each.name not in known]
        try:
            old = self._tally(visit, store, visit.config, before)
            new = self._tally(visit, store, config, after)
        except CompileError as error:
            problem = {"line": 0, "text": problem_text(str(error), visit.language)}
            return visit.text("_problems.html", problems=[problem])
        with store.begin() as tx:
            thoughts = tally.thought(tx, visit.now - SPAN)
        return visit.text("_compared.html", found=tally.compared(old, new, thoughts))

    def _tally(self, visit: Visit, store: Database, config: Config, lists: list[Watchlist]) -> tally.Tally:
        if not lists:
            return tally.Tally(visit.zone)
        compiler = self._site.parts.compiler(config)
        clock, archive = self._site.parts.clock, ArchiveSearch(store, compiler)
        end = clock.monotonic() + SECONDS
        scope = ArchiveScope(since=visit.now - SPAN)
        return tally.backtest(archive, compiler(lists), scope, visit.zone, lambda: clock.monotonic() > end)

    async def save(self, visit: Visit) -> Response:
        """Write an edit; the daemon reads the file by itself."""
        try:
            known, change = await asyncio.to_thread(self._planned, visit)
            await asyncio.to_thread(change.write)
        except MonitorError as error:
            return self._refused(visit, error)
        _log(visit, "edited", known.name, known.original.path.name)
        return visit.go(f"/watchlists?{urlencode({'saved': known.name})}")

    def _refused(self, visit: Visit, error: MonitorError) -> Response:
        """Answer with the form as it was written, and why it is not saved."""
        try:
            known = watchlist_text(visit.config.path, visit.form.get("name", ""))
        except MonitorError:
            return visit.html("refused.html", 409, line=redact(str(error)))
        return self._form(visit, known, visit.form.get("text", ""), 409, problems=_problems(error, visit))

    async def add(self, visit: Visit) -> Response:
        """Add a watchlist with a query."""
        name, query = visit.form.get("name", "").strip(), visit.form.get("q", "")
        notify = visit.form.get("notify", "")
        try:
            change = await asyncio.to_thread(
                lambda: added(visit.config.path, name, query, notify, kinds=self._site.parts.kinds)
            )
            await asyncio.to_thread(change.write)
        except MonitorError as error:
            problems = _problems(error, visit)
            return visit.html("refused.html", 409, line="; ".join(str(each["text"]) for each in problems))
        _log(visit, "added", name, visit.config.path.name)
        return visit.go(f"/watchlists?{urlencode({'saved': name})}")


def _log(visit: Visit, what: str, name: str, file: str) -> None:
    by = visit.viewer.user_id if visit.viewer else 0
    log.info("a watchlist was changed on the page", what=what, watchlist=name, file=file, by=by)


def _problems(error: MonitorError, visit: Visit) -> list[dict[str, object]]:
    """Return a line (0: none) and a text for each problem of an edit."""
    if not isinstance(error, ConfigError):
        return [{"line": 0, "text": problem_text(redact(str(error)), visit.language)}]
    first = 0
    if name := visit.form.get("name"):
        try:
            first = watchlist_text(visit.config.path, name).first
        except MonitorError:
            first = 0
    return [
        {
            "line": max(each.line - first, 0),
            "column": each.column,
            "text": problem_text(redact(str(replace(each, file=Path(each.file).name))), visit.language),
        }
        for each in error.problems
    ]
