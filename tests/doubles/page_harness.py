"""The page with a real store and real rules, and a small browser without a script."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from doubles.bot_harness import matched
from doubles.clock import FixedClock
from doubles.command_harness import ADMIN, CommandHarness
from doubles.patience import HANG
from doubles.store_samples import article

from monitor.app.page import why_off
from monitor.deliver.channels import registry
from monitor.model import (
    Alert,
    Article,
    JoinReason,
    JoinRule,
    Member,
    MessageKind,
    NewDelivery,
    Quote,
    Receipt,
    Relation,
    Secret,
    Severity,
    WebKey,
    WebKeyKind,
)
from monitor.pipeline.web_access import new_key, store_key
from monitor.store import Database, Transaction, open_store
from monitor.web.page import WebPage
from monitor.web.server import WebServer, make_app
from monitor.web.site import PageParts


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def text(self) -> str:
        """Return the words of the page, without its markup."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.body)).split())


@dataclass
class Browser:
    """A browser without a script: keeps cookies, and sends headers as browsers do."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/128.0"})

    async def get(self, path: str, /, **headers: str) -> Answer:
        return await asyncio.to_thread(self._ask, "GET", path, None, headers)

    async def post(self, path: str, form: Mapping[str, str] | None = None, /, **headers: str) -> Answer:
        given = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        return await asyncio.to_thread(self._ask, "POST", path, urlencode(form or {}), given | headers)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {**self.headers, **({"Cookie": cookies} if cookies else {}), **named})
        found = connection.getresponse()
        for line in found.headers.get_all("Set-Cookie", ()):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        every = {name.lower(): ", ".join(found.headers.get_all(name, ())) for name in found.headers}
        answer = Answer(found.status, every, found.read().decode())
        connection.close()
        return answer

    async def csrf(self, path: str = "/account") -> str:
        """Return the token of a page's forms."""
        return str(re.findall(r'name="csrf" value="(\w+)"', (await self.get(path)).body)[0])


class PageHarness:
    """A page, served on loopback; its store has what tests put there."""

    def __init__(self, folder: Path, config: str | None = None) -> None:
        self.store: Database = open_store(f"sqlite:///{folder}/page.db", clock_now=self._now)
        self.clock = FixedClock()
        self.desk = CommandHarness(self.store, folder, *([config] if config else []))
        self.clock = self.desk.clock
        self.wrote = 0
        self.hash: Secret | None = None
        self.pages: dict[str, Callable[[], Article]] = self.desk.pages
        url = f"sqlite:///{folder}/page.db"
        self.parts = PageParts(
            store=self.store,
            open_reader=lambda: open_store(url, clock_now=self.clock.now, read_only=True),
            live=self.desk.live,
            clock=self.clock,
            wrote=self._wrote,
            kinds=registry.CHANNELS,
            read=self.desk.desk.read,
            compiler=self.desk.desk.compiler,
            password=lambda: self.hash,
        )
        self.page = WebPage(self.parts, lambda: why_off(self.desk.live.now.config))
        self.web = WebServer(
            make_app(lambda: {"ok": True}, lambda: {"ok": True}, lambda: self.desk.config.web.names, None, self.page),
            "127.0.0.1",
            0,
            self.page.close,
        )
        self.port = 0

    def _now(self) -> datetime:
        return self.clock.now()

    def _wrote(self) -> None:
        self.wrote += 1

    async def __aenter__(self) -> Self:
        bound = self.web.start()
        assert bound is not None, self.web.error
        self.port = bound[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.web.stop()
        self.store.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, user: int = ADMIN, *, admin: bool = True, name: str = "Ann") -> str:
        """Return the path of a new log-in link."""
        new = new_key(WebKeyKind.LINK, user_id=user, name=name, admin=admin, now=self.clock.now())
        with self.store.begin() as tx:
            store_key(tx, new)
        return f"/login/{new.secret}"

    def session(self, user: int = ADMIN, *, admin: bool = True, name: str = "Ann") -> str:
        """Return the cookie of a browser that is logged in."""
        new = new_key(WebKeyKind.SESSION, user_id=user, name=name, admin=admin, now=self.clock.now())
        with self.store.begin() as tx:
            store_key(tx, new)
        return new.secret

    def browser(self, user: int = ADMIN, *, admin: bool = True) -> Browser:
        """Return a browser that is logged in."""
        return Browser(self.port, {"monitor_session": self.session(user, admin=admin)})

    def stored(self) -> list[WebKey]:
        with self.store.begin() as tx:
            return tx.web_keys(self.clock.now())


DOCUMENT = "Ми бачимо, як КНДР надає військове обладнання Росії."


def tell(
    tx: Transaction,
    now: datetime,
    key: str,
    *,
    title: str = "Росія допомагає КНДР розвивати військові програми",
    watchlist: str = "DPRK arms",
    channel: str = "desk",
    sent: bool = True,
    severity: Severity = Severity.HIGH,
    others: tuple[tuple[str, str, str], ...] = (("Yonhap", "en", "Russia helps N.K. develop arms"),),
    text: str = DOCUMENT,
) -> tuple[int, int]:
    """Store a story of some articles with its alert; return the ids of story and row."""
    first = article(key, title=title, text=text, seen_at=now, published=now - timedelta(minutes=3))
    ident = tx.add_article(first)
    story = tx.create_story(now, ident)
    tx.join_story(story, ident, Relation.FIRST, ("Yonhap",), now)
    tx.keep_reason(story, ident, JoinReason(JoinRule.OPENED, ident))
    tx.add_verdicts(ident, [matched(watchlist)])
    members = [Member(ident, first.source, "uk", title, first.url, first.when, Relation.FIRST, ("Yonhap",))]
    for number, (source, language, headline) in enumerate(others):
        seen = now + timedelta(minutes=number + 1)
        extra = article(
            f"{key}-{number}", title=headline, text=text, source=source, language=language, seen_at=seen, published=seen
        )
        other = tx.add_article(extra)
        tx.join_story(story, other, Relation.SAME, (), seen)
        tx.keep_reason(story, other, JoinReason(JoinRule.NAMES, ident, 0.8, ("DPRK",)))
        members.append(Member(other, source, language, headline, extra.url, seen, Relation.SAME))
    alert = Alert(
        MessageKind.ALERT,
        title,
        watchlist=watchlist,
        severity=severity,
        terms=("DPRK", "ICBM"),
        source=first.source,
        language="uk",
        at=first.when,
        url=first.url,
        quotes=(Quote(text[:60], ((14, 18),), "Блінкен"),),
        members=tuple(members),
        outlets=len(members),
        independent=1,
    )
    row = tx.add_delivery(NewDelivery(channel, f"alert:{key}:{watchlist}", alert, story), now)
    assert row is not None
    if sent:
        claimed = tx.claim_delivery([channel], "telegram:-1", now)
        assert claimed is not None
        tx.mark_sent(claimed.id, "telegram:-1", Receipt(100 + row), now)
    return story, row


def hostile(text: str, *members: Member) -> Alert:
    """Return an alert all of whose fields hold the same text."""
    return replace(
        Alert(MessageKind.ALERT, text),
        watchlist=text[:300],
        terms=(text,),
        source=text,
        citing=(text,),
        quotes=(Quote(text, ((0, 1),), text),),
        note=text,
        news=text,
        members=members,
    )
