"""Log in by a link or the password, the list of browsers and tokens, and log out."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import replace
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.model import Alert, MessageKind, NewDelivery, Secret, WebKey, WebKeyKind
from monitor.pipeline.web_access import LINK_LIVES, SESSION_LIVES, NewKey, digest, new_key, store_key
from monitor.store import Transaction
from monitor.web.clients import browser_of, is_own_origin, own_path
from monitor.web.site import BEFORE, SESSION, Refusal, Site, random_secret, read_form
from monitor.web.visit import SEE_OTHER, Visit, csrf_of

log = structlog.get_logger(__name__)

_AGENT = 300  # characters of a browser's own words that are kept


def routes(site: Site) -> list[Route]:
    """Return the routes of log-in and account."""
    return [
        Route("/login", _Login(site).show, methods=["GET"]),
        Route("/login", _Login(site).by_password, methods=["POST"]),
        Route("/login/{token}", _Login(site).confirm, methods=["GET"]),
        Route("/login/{token}", _Login(site).by_link, methods=["POST"]),
        Route("/logout", site.action(_log_out, admin=False), methods=["POST"]),
        Route("/account", site.screen(_account), methods=["GET"]),
        Route("/account/revoke", site.action(_revoke, admin=False), methods=["POST"]),
    ]


class _Login:
    """The way in: a form that must come with the cookie it was made for, so that no other site can send it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def _visit(self, request: Request, secret: str) -> Visit:
        return self._site.visit(request, None, csrf_of(secret), {})

    def _page(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        """Answer with a form, and with the cookie that belongs to it."""
        secret = request.cookies.get(BEFORE) or random_secret()
        response = self._visit(request, secret).html(template, status, **values)
        self._site.keep_cookie(request, response, BEFORE, secret, LINK_LIVES.total_seconds() * 6)
        return response

    async def show(self, request: Request) -> Response:
        """Return the log-in form: the ways to log in, with a field for the password where one is set."""
        return self._form(request)

    def _form(self, request: Request, status: int = 200, wrong: str = "") -> Response:
        path = own_path(request.query_params.get("next"))
        password = self._site.parts.password() is not None
        bot = self._site.config.token is not None and bool(self._site.config.telegram.admins)
        return self._page(request, "login.html", status, next=path, password=password, bot=bot, wrong=wrong)

    async def confirm(self, request: Request) -> Response:
        """Show whose log-in a link is, and the browser that opened it. Nothing is used up: chats look at links, too."""
        token, now = request.path_params["token"], self._site.parts.clock.now()
        try:
            key = await self._site.quick.run(lambda tx: tx.web_key(digest(token), WebKeyKind.LINK, now))
        except Refusal as refusal:
            return refusal.response
        if key is None:
            return self._stale(request)
        agent = browser_of(request.headers.get("user-agent", ""))
        return self._page(request, "confirm.html", key=key, agent=agent, address=self._site.address(request))

    def _stale(self, request: Request) -> Response:
        return self._form(request, 403, "login stale")

    async def _checked(self, request: Request) -> dict[str, str] | Response:
        """Return a form that this browser was shown; else the answer."""
        try:
            form = await read_form(request)
        except Refusal as refusal:
            return refusal.response
        secret = request.cookies.get(BEFORE, "")
        good = secret and hmac.compare_digest(form.get("csrf", "").encode(), csrf_of(secret).encode())
        if not good or not is_own_origin(request):
            return self._form(request, 403, "refused form")
        return form

    async def by_link(self, request: Request) -> Response:
        """Use a link up: the browser gets a session."""
        form = await self._checked(request)
        if isinstance(form, Response):
            return form
        now, token = self._site.parts.clock.now(), request.path_params["token"]
        fresh = new_key(WebKeyKind.SESSION, user_id=0, name="", admin=False, now=now)

        def take(tx: Transaction) -> NewKey | None:
            link = tx.take_web_key(digest(token), WebKeyKind.LINK, now)
            if link is None:
                return None
            made = self._session(request, fresh, user_id=link.user_id, name=link.name, admin=link.admin, chat=link.chat)
            self._store(tx, request, made)
            return made

        made = await self._site.parts.store.run(take)
        return self._stale(request) if made is None else self._enter(request, made, form)

    async def by_password(self, request: Request) -> Response:
        """Compare the password; argon2 takes its time, and memory, so that few may be tried."""
        form = await self._checked(request)
        if isinstance(form, Response):
            return form
        hashed = self._site.parts.password()
        if hashed is None:
            return self._form(request, 403, "login stale")
        address = self._site.address(request)
        if not self._site.may_try(address):
            return self._form(request, 429, "login wait")
        self._site.note_failure(address)
        if not await asyncio.to_thread(is_password, hashed, form.get("password", "")):
            log.warning("a wrong password for the page", address=address)
            return self._form(request, 403, "login wrong")
        self._site.failed.pop()
        fresh = new_key(WebKeyKind.SESSION, user_id=0, name="", admin=False, now=self._site.parts.clock.now())
        made = self._session(request, fresh, name="admin", admin=True, password=digest(hashed.reveal()))
        await self._site.parts.store.run(lambda tx: self._store(tx, request, made))
        return self._enter(request, made, form)

    def _session(self, request: Request, fresh: NewKey, **whose: Any) -> NewKey:
        agent = request.headers.get("user-agent", "")[:_AGENT]
        return NewKey(replace(fresh.key, agent=agent, **whose), fresh.secret)

    def _store(self, tx: Transaction, request: Request, made: NewKey) -> None:
        """Store a session in place of the one that the browser had, and tell its user."""
        before = tx.web_key(digest(request.cookies.get(SESSION, "")), WebKeyKind.SESSION, made.key.made_at)
        if before is not None:
            tx.delete_web_keys(ident=before.id)
        store_key(tx, made)
        channel = f"admin:{made.key.user_id}"
        if channel in self._site.config.all_channels:
            tx.add_delivery(_notice(self._site, channel, made.key, self._site.address(request)), made.key.made_at)

    def _enter(self, request: Request, made: NewKey, form: dict[str, str]) -> Response:
        key = made.key
        log.info("logged in to the page", user=key.user_id, name=key.name, browser=browser_of(key.agent))
        self._site.parts.wrote()
        response = RedirectResponse(own_path(form.get("next")), SEE_OTHER)
        self._site.keep_cookie(request, response, SESSION, made.secret, SESSION_LIVES.total_seconds())
        response.delete_cookie(BEFORE, path="/")
        return response


def _notice(site: Site, channel: str, key: WebKey, address: str) -> NewDelivery:
    phrases = site.parts.live.now.phrases
    line = phrases.text("web login line", browser=browser_of(key.agent), address=address)
    alert = Alert(MessageKind.NOTICE, phrases.text("web login"), lines=(line,), silent=True, wording=phrases.language)
    return NewDelivery(channel, f"login:{random_secret()}", alert, expires_at=key.made_at + LINK_LIVES)


def is_password(hashed: Secret, password: str) -> bool:
    """Return whether a password has this argon2 hash."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(hashed.reveal(), password)
    except (VerificationError, InvalidHashError):
        return False


def _log_out(visit: Visit, tx: Transaction) -> Response:
    if visit.viewer is not None:
        tx.delete_web_keys(ident=visit.viewer.id)
        log.info("logged out of the page", user=visit.viewer.user_id)
    response = visit.go("/login")
    response.delete_cookie(SESSION, path="/")
    return response


def _account(visit: Visit, tx: Transaction) -> Response:
    keys = [key for key in tx.web_keys(visit.now) if _may_revoke(visit, key)]
    browsers = [(key, browser_of(key.agent)) for key in keys if key.kind is WebKeyKind.SESSION]
    tokens = [key for key in keys if key.kind in (WebKeyKind.API, WebKeyKind.FEED)]
    return visit.html("account.html", browsers=browsers, tokens=tokens)


def _may_revoke(visit: Visit, key: WebKey) -> bool:
    return visit.admin or (visit.viewer is not None and key.user_id == visit.viewer.user_id)


def _revoke(visit: Visit, tx: Transaction) -> Response:
    ident = visit.form.get("id", "")
    found = next((key for key in tx.web_keys(visit.now) if str(key.id) == ident and _may_revoke(visit, key)), None)
    if found is not None and visit.viewer is not None:
        tx.delete_web_keys(ident=found.id)
        log.info("a key of the page was revoked", key=found.id, kind=found.kind.value, by=visit.viewer.user_id)
    return visit.go("/account")
