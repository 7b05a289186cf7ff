"""The playground: a text or an address, and a query: what matches, why, by which forms; and what it would cost."""

from __future__ import annotations

import asyncio
from datetime import datetime

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from monitor.archive.search import QUERY, ArchiveScope, ArchiveSearch
from monitor.config.watchlist_text import tried
from monitor.errors import ConfigError, MonitorError
from monitor.extract.zones import zones
from monitor.i18n import problem_text
from monitor.log import redact
from monitor.model import Article
from monitor.store import Database, Transaction
from monitor.text.detect import detect
from monitor.watch.match import Matcher
from monitor.watch.query.grammar import QueryError
from monitor.web import tally
from monitor.web.article import article_values
from monitor.web.search import mistake, plot, sentence
from monitor.web.site import Site
from monitor.web.visit import Visit
from monitor.web.watchlists import SECONDS, SPAN

_TEXT = 100_000  # characters that are matched
_SHOWN = 12


def routes(site: Site) -> list[Route]:
    """Return the routes of the playground."""
    screen = _Playground(site)
    return [
        Route("/playground", site.screen(_show), methods=["GET"]),
        Route("/playground/match", site.task(screen.match, admin=False), methods=["POST"]),
        Route("/playground/backtest", site.task(screen.backtest, admin=False), methods=["POST"]),
    ]


def _show(visit: Visit, _: Transaction) -> Response:
    return visit.html("playground.html", text=visit.query.get("q", "")[:10_000])


def _pasted(text: str, now: datetime) -> Article:
    """Return an article of a text; its language is found by a model that may have to be loaded first."""
    title, _, body = text.partition("\n\n") if "\n\n" in text else ("", "", text)
    if len(title) > 300 or "\n" in title:  # noqa: PLR2004 — that is no headline
        title, body = "", text
    language = detect(text[:5000])
    return Article(None, title, body, "", language, zones(title, body, language, None), seen_at=now)


def _problems(visit: Visit, error: MonitorError) -> Response:
    """Answer with what is wrong, by the lines of the watchlist that was written."""
    texts = [(0, str(error))]
    if isinstance(error, ConfigError):
        texts = [(each.line, ": ".join(filter(None, (each.path, each.message)))) for each in error.problems]
    problems = [{"line": line, "text": problem_text(redact(text), visit.language)} for line, text in texts]
    return HTMLResponse(visit.text("_problems.html", problems=problems))


class _Playground:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def match(self, visit: Visit) -> Response:
        """Answer with what a query, or else the watchlists, make of a text or of the page at an address."""
        try:
            article = await self._article(visit)
        except MonitorError as error:
            return _problems(visit, error)
        if article is None:
            return HTMLResponse("")
        return await self._site.slow.deep(lambda store: self._matched(visit, store, article))

    async def _article(self, visit: Visit) -> Article | None:
        address = visit.form.get("address", "").strip()
        if address:
            if not visit.admin:  # the request would be the daemon's own
                raise MonitorError(visit.words.text("refused admins"), retryable=False)
            return await self._site.parts.read(address)
        text = visit.form.get("text", "")[:_TEXT].replace("\r\n", "\n").strip()
        return await asyncio.to_thread(_pasted, text, visit.now) if text else None

    def _matched(self, visit: Visit, store: Database, article: Article) -> Response:
        query = visit.form.get("q", "")
        try:
            if (written := visit.form.get("yaml", "")).strip():
                matcher = self._tried(visit, written)
            elif query.strip():
                matcher = ArchiveSearch(store, self._site.parts.compiler(visit.config)).compile(query).matcher
            else:
                matcher = self._site.parts.live.now.rules.matcher
            verdicts = matcher.decide(matcher.read(article))
        except QueryError as error:
            return HTMLResponse(visit.text("_mistake.html", error=mistake(query, error, visit.language)))
        except MonitorError as error:
            return _problems(visit, error)
        shown = [each for each in verdicts if each.matched or each.hits or each.watchlist == QUERY]
        return HTMLResponse(visit.text("_article.html", **article_values(visit, article, shown)))

    def _tried(self, visit: Visit, text: str) -> Matcher:
        """Return the matcher of a watchlist that is only tried. Raises MonitorError.

        For admins, as its errors may show what stands in the configuration.
        """
        if not visit.admin:
            raise MonitorError(visit.words.text("refused admins"), retryable=False)
        made = tried(visit.config.path, text, kinds=self._site.parts.kinds)
        return self._site.parts.compiler(made.config)([x for x in made.config.watchlists if x.name in made.names])

    async def backtest(self, visit: Visit) -> Response:
        """Answer with what a query, or a watchlist, would have found in the last 30 days."""
        if not visit.form.get("q", "").strip() and not visit.form.get("yaml", "").strip():
            return HTMLResponse("")
        await asyncio.sleep(0)
        return await self._site.slow.deep(lambda store: self._cost(visit, store))

    def _cost(self, visit: Visit, store: Database) -> Response:
        query, clock = visit.form.get("q", ""), self._site.parts.clock
        since, end = visit.now - SPAN, clock.monotonic() + SECONDS
        archive, scope = ArchiveSearch(store, self._site.parts.compiler(visit.config)), ArchiveScope(since=since)

        def late() -> bool:
            return clock.monotonic() > end

        try:
            if (text := visit.form.get("yaml", "")).strip():
                query = ""
                found = tally.backtest(archive, self._tried(visit, text), scope, visit.zone, late)
            else:
                found = tally.search(archive, query, scope, visit.zone, late, 20_000)
        except QueryError as error:
            return HTMLResponse(visit.text("_mistake.html", error=mistake(query, error, visit.language)))
        except MonitorError as error:
            return _problems(visit, error)
        with store.begin() as tx:
            thoughts = tally.thought(tx, since)
        days = found.plot(since, visit.now)
        shown = [(each, sentence(each)) for each in found.newest(_SHOWN)]
        return HTMLResponse(
            visit.text(
                "_cost.html",
                found=found,
                shown=shown,
                judged=tally.judged_of(found.stories, thoughts),
                plot=plot(visit, days, zoom=False),
                days=len(days) - 1,
                query=query,
            )
        )
