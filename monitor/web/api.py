"""For machines: `/api/v1` as JSON by bearer tokens, its OpenAPI document, and alerts of a watchlist as Atom.

Lists are read page by page: `next` of an answer is the `cursor` of the next one, null at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor import __version__, polling
from monitor.alert.sanitize import clean, clip
from monitor.archive.search import ArchiveScope, ArchiveSearch, FoundArticle, SearchProgress
from monitor.errors import StoreError
from monitor.model import Delivery, Story, WebKey, WebKeyKind
from monitor.pipeline import report
from monitor.pipeline.web_access import digest, page_address
from monitor.store import Database, Transaction
from monitor.watch.query.grammar import QueryError
from monitor.web.clients import own_path
from monitor.web.site import Refusal, Site
from monitor.web.visit import whole_number

_LIMIT, _MOST = 50, 200
_SECONDS = 10.0  # that a search may take
_FEED = 50  # entries of a feed
_DAYS = 36_500  # that a search goes back
_CONTROL = dict.fromkeys((*(code for code in range(32) if code not in (9, 10, 13)), 0xFFFE, 0xFFFF))
"""What XML 1.0 forbids: one such character would make a whole feed unreadable."""


def routes(site: Site) -> list[Route]:
    """Return the routes of the API and of the feeds."""
    api = _Api(site)
    return [
        Route("/api/v1/openapi.json", api.document, methods=["GET"]),
        Route("/api/v1/stories", api.reading(_stories), methods=["GET"]),
        Route("/api/v1/stories/{story:int}", api.reading(_one_story), methods=["GET"]),
        Route("/api/v1/alerts", api.reading(_alerts), methods=["GET"]),
        Route("/api/v1/sources", api.reading(_sources), methods=["GET"]),
        Route("/api/v1/search", api.search, methods=["GET"]),
        Route("/feeds/{watchlist:path}", api.feed, methods=["GET"]),
    ]


class _Wrong(Exception):  # noqa: N818 — an answer, not an error of the program
    """A request that cannot be answered: its status, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message

    def answer(self) -> Response:
        headers = {"WWW-Authenticate": 'Bearer realm="monitor"'} if self.status == 401 else None  # noqa: PLR2004
        return JSONResponse({"error": self.message}, self.status, headers=headers)


Answerer = Callable[[Request, Transaction, datetime], Mapping[str, Any]]


class _Api:
    def __init__(self, site: Site) -> None:
        self._site = site

    def _key(self, tx: Transaction, secret: str, kind: WebKeyKind) -> WebKey:
        key = tx.web_key(digest(secret), kind, self._site.parts.clock.now()) if secret else None
        if key is None:
            raise _Wrong(401, "a token is wanted: Authorization: Bearer …; `monitor token NAME` makes one")
        self._site.touch(key)
        return key

    def _bearer(self, request: Request) -> str:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        return secret.strip() if scheme.lower() == "bearer" else ""

    def reading(self, answer: Answerer) -> Callable[[Request], Any]:
        """Return the endpoint of an answer that is read in one transaction."""

        async def endpoint(request: Request) -> Response:
            def work(tx: Transaction) -> Response:
                self._key(tx, self._bearer(request), WebKeyKind.API)
                return JSONResponse(answer(request, tx, self._site.parts.clock.now()))

            return await self._answered(self._site.quick.run, work)

        return endpoint

    @staticmethod
    async def _answered(run: Callable[[Any], Any], work: Callable[[Any], Response]) -> Response:
        try:
            found: Response = await run(work)
        except _Wrong as wrong:
            return wrong.answer()
        except Refusal as refusal:
            return refusal.response
        except StoreError as error:
            return _Wrong(503, str(error)).answer()
        return found

    async def search(self, request: Request) -> Response:
        """Answer with what a query finds in the archive."""

        def work(store: Database) -> Response:
            with store.begin() as tx:
                self._key(tx, self._bearer(request), WebKeyKind.API)
            return JSONResponse(self._found(request, store))

        return await self._answered(self._site.slow.deep, work)

    def _found(self, request: Request, store: Database) -> Mapping[str, Any]:
        query, limit = request.query_params.get("q", ""), _limit(request)
        clock = self._site.parts.clock
        archive = ArchiveSearch(store, self._site.parts.compiler(self._site.config))
        end = clock.monotonic() + _SECONDS
        scope = ArchiveScope(since=clock.now() - timedelta(days=_days(request)), below=_cursor(request))
        progress = SearchProgress()

        def stop() -> None:
            if clock.monotonic() > end:
                raise TimeoutError

        progress.moved = stop
        found: list[FoundArticle] = []
        left: int | None = None  # articles below this id were not looked at
        try:
            for one in archive.found(archive.compile(query), scope, progress):
                found.append(one)
                if len(found) >= limit:
                    left = one.article.id
                    break
        except QueryError as error:
            raise _Wrong(400, f"{error.message}, at character {error.position + 1}") from error
        except TimeoutError as error:
            left = progress.below
            if left is None:
                raise _Wrong(503, f"nothing was looked at within {_SECONDS:.0f} seconds: try again") from error
        return {"results": [_result(each) for each in found], "next": None if left is None else str(left)}

    async def document(self, _: Request) -> Response:
        """Answer with the OpenAPI document: it holds no secret, and needs no token."""
        return JSONResponse(openapi(page_address(self._site.config) or "/"))

    async def feed(self, request: Request) -> Response:
        """Answer with the alerts of one watchlist as Atom (RFC 4287), by the feed's own token."""
        name = request.path_params["watchlist"].removesuffix(".atom")

        def work(tx: Transaction) -> Response:
            secret = request.query_params.get("token", "") or self._bearer(request)
            key = self._key(tx, secret, WebKeyKind.FEED)
            if key.watchlist != name or not request.path_params["watchlist"].endswith(".atom"):
                raise _Wrong(404, "this token is of another feed")
            rows = tx.alerts_before(None, _FEED, watchlist=name)
            base = page_address(self._site.config) or ""
            body = atom(name, rows, base, self._site.parts.clock.now())
            return Response(body, media_type="application/atom+xml; charset=utf-8")

        answer = await self._answered(self._site.quick.run, work)
        if answer.status_code == 401:  # noqa: PLR2004 — readers of feeds show what they are told
            return PlainTextResponse("401: the feed's token is wrong or was revoked\n", 401)
        return answer


# --------------------------------------------------------------------------- what is asked for


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(_LIMIT))
    limit = whole_number(text)
    if limit is None or not 1 <= limit <= _MOST:
        raise _Wrong(400, f"limit: a number from 1 to {_MOST}")
    return limit


def _cursor(request: Request) -> int | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    cursor = whole_number(text)
    if cursor is None:
        raise _Wrong(400, "cursor: what `next` of the answer before says")
    return cursor


def _days(request: Request) -> int:
    text = request.query_params.get("days", "30")
    days = whole_number(text)
    if days is None or not 1 <= days <= _DAYS:
        raise _Wrong(400, f"days: a number from 1 to {_DAYS}")
    return days


def _stories(request: Request, tx: Transaction, _: datetime) -> Mapping[str, Any]:
    limit = _limit(request)
    ids = tx.story_ids_before(_cursor(request), limit)
    stories = [_story(tx.story(ident)) for ident in ids]
    return {"stories": stories, "next": str(ids[-1]) if len(ids) == limit else None}


def _one_story(request: Request, tx: Transaction, _: datetime) -> Mapping[str, Any]:
    number = request.path_params["story"]
    try:
        story = tx.story(number)
    except StoreError as error:
        raise _Wrong(404, f"there is no story {number}") from error
    return _story(story) | {"alerts": [_alert(row) for row in tx.alerts_of([story.id])]}


def _alerts(request: Request, tx: Transaction, _: datetime) -> Mapping[str, Any]:
    limit = _limit(request)
    rows = tx.alerts_before(_cursor(request), limit, watchlist=request.query_params.get("watchlist"))
    return {"alerts": [_alert(row) for row in rows], "next": str(rows[-1].id) if len(rows) == limit else None}


def _sources(_: Request, tx: Transaction, now: datetime) -> Mapping[str, Any]:
    seen = report.overview(tx, now)
    return {
        "sources": [
            {
                "name": state.source.name,
                "url": state.source.url,
                "state": report.word(state).value,
                "silent": state.source.name in seen.silent,
                "last_success": _iso(state.last_success_at),
                "last_new": _iso(state.last_new_at),
                "next_poll": _iso(state.next_poll_at),
                "failures": state.failures,
                "error": state.error,
                "polls": [
                    {
                        "since": _iso(run.since),
                        "until": _iso(run.until),
                        "polls": run.polls,
                        "entries": run.entries,
                        "news": run.news,
                        "error": run.error,
                    }
                    for run in polling.runs(state.polls)
                ],
            }
            for state in seen.states
        ],
        "next": None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _story(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        "created": _iso(story.created_at),
        "updated": _iso(story.updated_at),
        "muted": story.muted,
        "articles": [
            {
                "id": member.article_id,
                "source": member.source,
                "language": member.language,
                "title": member.title,
                "url": member.url,
                "at": _iso(member.at),
                "relation": member.relation.value,
                "cites": list(member.cites),
            }
            for member in story.members
        ],
    }


def _alert(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "story": row.story_id,
        "kind": row.alert.kind.value,
        "watchlist": row.alert.watchlist,
        "severity": row.alert.severity.value,
        "terms": list(row.alert.terms),
        "headline": row.alert.headline,
        "url": row.alert.url,
        "channel": row.channel,
        "state": row.state.value,
        "written": _iso(row.created_at),
        "sent": _iso(row.sent_at),
        "edits": row.edits,
    }


def _result(found: FoundArticle) -> dict[str, Any]:
    article = found.article
    return {
        "article": article.id,
        "story": found.story_id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "language": article.language,
        "published": _iso(article.published),
        "seen": _iso(article.seen_at),
        "sentence": found.sentence,
        "marks": [list(span) for span in found.spans],
    }


# --------------------------------------------------------------------------- Atom


def atom(name: str, rows: list[Delivery], base: str, now: datetime) -> bytes:
    """Return alerts as an Atom feed, newest first."""
    updated = max((row.sent_at or row.created_at for row in rows), default=now)
    entries = "".join(_entry(row, base) for row in rows)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{_text(name)}</title><id>urn:monitor:watchlist:{_text(name)}</id>"
        f"<updated>{updated.isoformat()}</updated><author><name>monitor</name></author>{entries}</feed>\n"
    ).encode("utf-8", "replace")


def _entry(row: Delivery, base: str) -> str:
    alert = row.alert
    link = f"{base}{own_path(f'/story/{row.story_id}')}" if row.story_id is not None and base else ""
    links = [each for each in (link,) if each]
    href = f"<link href={quoteattr(links[0])}/>" if links else ""
    if alert.url and alert.url.startswith(("http://", "https://")):
        href += f'<link rel="related" href={quoteattr(alert.url.translate(_CONTROL))}/>'
    quote = " ".join(clean(each.text) for each in alert.quotes)
    summary = f"{', '.join(alert.terms)} · {alert.source or ''}\n{quote}"
    return (
        f"<entry><id>urn:monitor:alert:{row.id}</id><title>{_text(clip(clean(alert.headline), 300))}</title>"
        f"<updated>{(row.sent_at or row.created_at).isoformat()}</updated>"
        f"<published>{row.created_at.isoformat()}</published>{href}"
        f"<summary>{_text(clip(summary, 2000))}</summary></entry>"
    )


def _text(text: str) -> str:
    return escape(text.translate(_CONTROL))


# --------------------------------------------------------------------------- OpenAPI


def openapi(server: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API."""
    limit = _parameter("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": _MOST, "default": _LIMIT})
    cursor = _parameter("cursor", "`next` of the answer before.", {"type": "string"})
    watchlist = _parameter("watchlist", "Only of this watchlist.", {"type": "string"})
    days = _parameter("days", "How far back.", {"type": "integer", "minimum": 1, "default": 30})
    query = _parameter("q", "A query, as a watchlist's.", {"type": "string"}) | {"required": True}
    story = {"name": "story", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "monitor", "version": __version__, "description": "Stories, alerts, sources, the archive."},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/stories": _path("Stories, newest first.", "stories", [limit, cursor]),
            "/api/v1/stories/{story}": _path("One story with its alerts.", "articles", [story]),
            "/api/v1/alerts": _path("Alerts, newest first.", "alerts", [limit, cursor, watchlist]),
            "/api/v1/search": _path(
                "Articles that a query matches, newest first.", "results", [query, days, limit, cursor]
            ),
            "/api/v1/sources": _path("Sources and how they are.", "sources", []),
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _parameter(name: str, about: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": about, "schema": schema}


def _path(about: str, key: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    listed = {"type": "array", "items": {"type": "object"}}
    body = {"type": "object", "properties": {key: listed, "next": {"type": ["string", "null"]}}, "required": [key]}
    error = {"description": "What is wrong: {error}."}
    answers = {
        "200": {"description": about, "content": {"application/json": {"schema": body}}},
        "400": error,
        "401": {"description": "No token, a wrong or a revoked one."},
    }
    return {"get": {"summary": about, "parameters": parameters, "responses": answers}}
