"""The page as an application: who is let in, on which thread a screen is made, and what every answer carries."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from monitor import host
from monitor.archive.search import Compiler
from monitor.errors import StoreError
from monitor.i18n import ENGLISH, languages
from monitor.log import redact
from monitor.model import Article, Config, Secret, WebKey, WebKeyKind
from monitor.pipeline.live import Live
from monitor.pipeline.web_access import digest
from monitor.ports import Clock, Kinds
from monitor.store import Database, Transaction
from monitor.web.clients import address_of, is_own_origin, is_secure
from monitor.web.templates import Templates
from monitor.web.visit import SEE_OTHER, WEB, Visit, csrf_of

log = structlog.get_logger(__name__)

T = TypeVar("T")
Screen = Callable[[Visit, Transaction], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

SESSION = "monitor_session"
BEFORE = "monitor_login"
"""The cookie of a browser that is not logged in: its log-in form must come with it."""

_BODY = 1_000_000  # bytes of a form
_READING = 20.0  # seconds that a form may take
_WAITING = 40  # screens that wait for their turn; more are refused
_DEEP = 3  # searches at once
_TOUCH = timedelta(minutes=1)
_TRIES, _ALL_TRIES, _WINDOW = 10, 60, 60.0
"""Passwords that may fail in so many seconds, of one address and of all together: argon2 is dear. Log-in links need no
such limit, as nobody guesses 256 bits, and a limit would keep their owners out."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class PageParts:
    """What the page needs of the daemon around it."""

    store: Database  # written through, by the daemon's own thread
    open_reader: Callable[[], Database]  # opens it once more, read only
    live: Live
    clock: Clock
    wrote: Callable[[], None]  # the outbox has grown
    kinds: Kinds
    read: Callable[[str], Awaitable[Article]]  # an article by its address, through the guard
    compiler: Callable[[Config], Compiler]  # of watchlists by the entities of a configuration
    password: Callable[[], Secret | None]  # its argon2 hash; None: there is no log-in by password
    instance: str = ""


class Refusal(Exception):  # noqa: N818 — an answer, not an error
    """Ends a request with an answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(slots=True)
class ReadLane:
    """One more connection to the database, read only, with its thread: what runs in it waits for nothing else."""

    open: Callable[[], Database]
    own: bool = True
    _store: Database | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _deep: int = 0

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction that reads. Raises Refusal where too many wait already."""
        if self._waiting >= _WAITING:
            raise Refusal(PlainTextResponse("503: too many requests at once\n", 503, headers={"Retry-After": "2"}))
        self._waiting += 1
        try:
            if self._store is None:
                async with self._opening:
                    if self._store is None:
                        self._store = await asyncio.to_thread(self.open)
            return await self._store.run(work)
        finally:
            self._waiting -= 1

    async def deep(self, work: Callable[[Database], T]) -> T:
        """Call `work`, which opens its own short transactions and may take seconds, in a thread.

        Raises Refusal where too many do so already.
        """
        await self.run(lambda _: None)
        if self._deep >= _DEEP or self._store is None:
            raise Refusal(PlainTextResponse("503: too many searches at once\n", 503, headers={"Retry-After": "5"}))
        self._deep += 1
        try:
            return await asyncio.to_thread(work, self._store)
        finally:
            self._deep -= 1

    async def close(self) -> None:
        """Close the connection, after what is under way."""
        if self._store is not None and self.own:
            await asyncio.to_thread(self._store.close)


class Site:
    """The page of one daemon: its parts, its templates, its readers' sessions."""

    def __init__(self, parts: PageParts) -> None:
        self.parts = parts
        self.templates = Templates()
        shared = parts.store.name == "sqlite://"
        opening = (lambda: parts.store) if shared else parts.open_reader
        self.quick = ReadLane(opening, own=not shared)
        self.slow = ReadLane(opening, own=not shared)
        """For what may take seconds: a search, a backtest."""
        self.failed: deque[tuple[float, str]] = deque()
        self._later: set[asyncio.Task[None]] = set()

    @property
    def config(self) -> Config:
        """Return the configuration in force."""
        return self.parts.live.now.config

    # ------------------------------------------------------------------ endpoints

    def screen(self, show: Screen, *, slow: bool = False, public: bool = False) -> Endpoint:
        """Return the endpoint of a screen: it is made off the event loop, in one transaction that reads."""

        async def endpoint(request: Request) -> Response:
            lane = self.slow if slow else self.quick
            try:
                return await lane.run(lambda tx: show(self._visit(request, tx, public=public), tx))
            except Refusal as refusal:
                return refusal.response
            except StoreError as error:
                return self.failed_at(request, error)

        return endpoint

    def deep(self, show: Callable[[Visit, Database], Response]) -> Endpoint:
        """Return the endpoint of a screen that searches: in a thread, in transactions of its own."""

        async def endpoint(request: Request) -> Response:
            try:
                visit = await self.check(request)
                return await self.slow.deep(lambda store: show(visit, store))
            except Refusal as refusal:
                return refusal.response
            except StoreError as error:
                return self.failed_at(request, error)

        return endpoint

    def action(self, act: Screen, *, admin: bool = True) -> Endpoint:
        """Return the endpoint of a change: origin, token and rights are checked, then it is one transaction."""

        async def endpoint(request: Request) -> Response:
            try:
                visit = await self.admitted(request, admin=admin)
                response = await self.parts.store.run(lambda tx: act(visit, tx))
            except Refusal as refusal:
                return refusal.response
            except StoreError as error:
                return self.failed_at(request, error)
            self.parts.wrote()
            return response

        return endpoint

    def task(self, act: Callable[[Visit], Awaitable[Response]], *, admin: bool = True) -> Endpoint:
        """Return the endpoint of a post that does more than one transaction; checked as `action` is."""

        async def endpoint(request: Request) -> Response:
            try:
                return await act(await self.admitted(request, admin=admin))
            except Refusal as refusal:
                return refusal.response
            except StoreError as error:
                return self.failed_at(request, error)

        return endpoint

    async def check(self, request: Request) -> Visit:
        """Return the visit of a logged-in reader. Raises Refusal."""
        return await self.quick.run(lambda tx: self._visit(request, tx))

    async def admitted(self, request: Request, *, admin: bool) -> Visit:
        """Return the visit of a post that may act, with its form. Raises Refusal."""
        form = await read_form(request)
        visit = await self.quick.run(lambda tx: self._visit(request, tx, form=form))
        given = request.headers.get("x-csrf-token") or form.get("csrf", "")
        if not is_own_origin(request) or not hmac.compare_digest(given.encode(), visit.csrf.encode()):
            raise Refusal(self.refused(visit, 403, "refused form"))
        if admin and not visit.admin:
            raise Refusal(self.refused(visit, 403, "refused admins"))
        return visit

    def _visit(
        self, request: Request, tx: Transaction, *, form: Mapping[str, str] | None = None, public: bool = False
    ) -> Visit:
        """Return the visit of a logged-in reader. Raises Refusal where nobody is logged in, unless `public`."""
        secret = request.cookies.get(SESSION, "")
        key = tx.web_key(digest(secret), WebKeyKind.SESSION, self.parts.clock.now()) if secret else None
        if key is not None and not self._still_may(key):
            key = None
        if key is None and not public:
            raise Refusal(self._to_login(request))
        if key is not None:
            self.touch(key)
        csrf = csrf_of(secret if key else request.cookies.get(BEFORE, ""))
        return self.visit(request, key, csrf, form or {})

    def visit(self, request: Request, key: WebKey | None, csrf: str, form: Mapping[str, str]) -> Visit:
        """Return a visit in the reader's language, zone and theme."""
        return Visit(
            templates=self.templates,
            config=self.config,
            viewer=key,
            csrf=csrf,
            language=language_of(request, self.config),
            zone=zone_of(request, self.config),
            theme=theme_of(request),
            now=self.parts.clock.now(),
            path=request.url.path,
            params=request.path_params,
            query=dict(request.query_params),
            form=form,
            partial="hx-request" in request.headers,
        )

    def _still_may(self, key: WebKey) -> bool:
        """Return whether a session's user may still do what it was made for.

        Admins are taken off the list, passwords are changed. That members leave their chat is for the bot to find out
        (`monitor/bot/members.py`), which ends their sessions.
        """
        if key.password is not None:
            hashed = self.parts.password()
            return hashed is not None and hmac.compare_digest(digest(hashed.reveal()), key.password)
        if key.user_id == 0:
            return True
        return key.user_id in self.config.telegram.admins if key.admin else self.config.web.members

    def touch(self, key: WebKey) -> None:
        """Note, from any thread, that a key was used; at most once a minute."""
        now = self.parts.clock.now()
        if key.seen_at is not None and now - key.seen_at < _TOUCH:
            return
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._touch_soon, key.id, now)

    _loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Note the event loop that serves."""
        self._loop = asyncio.get_running_loop()

    def _touch_soon(self, ident: int, now: datetime) -> None:
        async def touch() -> None:
            try:
                await self.parts.store.run(lambda tx: tx.touch_web_key(ident, now))
            except StoreError as error:
                log.debug("a session's last use was not noted", error=str(error))

        task = asyncio.create_task(touch(), name="page touch")
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    # ------------------------------------------------------------------ refusals

    def refused(self, visit: Visit, status: int, key: str) -> Response:
        """Answer that something is not done, in a sentence; to htmx as the sentence alone."""
        line = visit.words.text(key)
        if visit.partial:
            return HTMLResponse(visit.text("_said.html", line=line, bad=True), status)
        return visit.html("refused.html", status, line=line)

    @staticmethod
    def _to_login(request: Request) -> Response:
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": "/login"})
        if request.method != "GET":
            return PlainTextResponse("401: log in first\n", 401)
        if request.headers.get("sec-fetch-site") == "cross-site" and request.url.path != "/login":
            # A browser keeps a strict cookie back from a link on another site; from our own page it sends it.
            page = '<!doctype html><meta http-equiv="refresh" content="0"><title>monitor</title>'
            return HTMLResponse(page, 200)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login" if path == "/" else f"/login?next={quote(path)}", SEE_OTHER)

    def failed_at(self, request: Request, error: Exception) -> Response:
        """Answer that the database could not be asked."""
        path = "/login/…" if request.url.path.startswith("/login/") else request.url.path  # the rest is a secret
        log.warning("the page could not be made", path=path, error=redact(str(error)))
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": redact(str(error))}, 503)
        return PlainTextResponse(f"503: {redact(str(error))}\n", 503)

    # ------------------------------------------------------------------ cookies, failed log-ins

    def keep_cookie(self, request: Request, response: Response, name: str, value: str, seconds: float) -> None:
        """Set a cookie that no script reads and no other site sends."""
        proxies = self.config.web.trusted_proxies
        response.set_cookie(
            name,
            value,
            max_age=int(seconds),
            path="/",
            httponly=True,
            samesite="strict",
            secure=is_secure(request, proxies),
        )

    def address(self, request: Request) -> str:
        """Return the address of whoever asks."""
        return address_of(request, self.config.web.trusted_proxies)

    def may_try(self, address: str) -> bool:
        """Return whether one more password may be tried now from an address."""
        now = self.parts.clock.monotonic()
        while self.failed and now - self.failed[0][0] > _WINDOW:
            self.failed.popleft()
        return len(self.failed) < _ALL_TRIES and sum(each == address for _, each in self.failed) < _TRIES

    def note_failure(self, address: str) -> None:
        """Count a password that failed, or that is being compared."""
        self.failed.append((self.parts.clock.monotonic(), address))

    async def close(self) -> None:
        """Close what was opened for reading."""
        await asyncio.gather(*self._later, return_exceptions=True)
        await self.quick.close()
        await self.slow.close()


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the last of each name. Raises Refusal where it is too long or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(_READING):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _BODY:
                    raise Refusal(PlainTextResponse("413: too long\n", 413))
    except TimeoutError as error:
        raise Refusal(PlainTextResponse("408: too slow\n", 408)) from error
    except ClientDisconnect as error:
        raise Refusal(Response(status_code=400)) from error
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError as error:
        raise Refusal(PlainTextResponse("400: no form\n", 400)) from error
    return dict(pairs)


def language_of(request: Request, config: Config) -> str:
    """Return the reader's language: as chosen, else the configuration's, else the browser's."""
    known = languages(WEB)
    chosen = (request.cookies.get("monitor_language"), config.language)
    for code in filter(None, chosen):
        if code in known:
            return code
    accepted = [part.split(";")[0].strip().lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((code[:2] for code in accepted if code[:2] in known), ENGLISH)


def zone_of(request: Request, config: Config) -> tzinfo:
    """Return the reader's time zone: the browser's, as its script says, else the configuration's."""
    name = request.cookies.get("monitor_zone", "").replace("%2F", "/")
    try:
        return ZoneInfo(name) if name else ZoneInfo(config.timezone or host.timezone())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(config.timezone or host.timezone())


def theme_of(request: Request) -> str:
    """Return the theme that was chosen; 'auto' goes by the browser."""
    chosen = request.cookies.get("monitor_theme", "")
    return chosen if chosen in ("dark", "light") else "auto"


def random_secret() -> str:
    """Return a new secret of a cookie."""
    return secrets.token_urlsafe(32)
