"""Protocols of fetching, parsing and extracting, and of the sandbox that untrusted bytes are read in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from monitor.errors import FetchError, FetchKind
from monitor.model import (
    Article,
    Entry,
    Gap,
    ParsedFeed,
    SitemapPart,
    SitemapScope,
    Source,
    SourceState,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """A request: a GET, or a form or other bytes that are posted."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    max_bytes: int = 10_000_000  # decoded; more is FetchError(TOO_LARGE)
    referrer: str | None = None  # the address that named this one; `network.allow` is not inherited from public hosts
    deadline: float = 30.0  # seconds for the whole exchange, redirects included
    source: str = ""  # the name of the source that it is for: the source's settings say how it is asked
    robots: bool = False  # robots.txt decides, where the source's settings want that
    form: tuple[tuple[str, str], ...] | None = None  # fields to POST; redirects that may drop them are not followed
    content: tuple[str, bytes] | None = None  # a media type and bytes to POST, likewise
    partial: bool = False  # what came of a body that broke off is of use
    first_bytes: bool = False  # so are the first `max_bytes` of one that is larger


@dataclass(frozen=True, slots=True)
class Response:
    """A response: body decoded from its content coding, never longer than the request allowed."""

    url: str  # after redirects
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case
    body: bytes
    moved: str | None = None  # where the address redirects to for good: the last of its first 301 and 308
    cut: str | None = None  # why the body is not complete, where the request allowed that

    @property
    def is_usable(self) -> bool:
        """Return whether the body is what was asked for: 200, or 203 (passed on by a proxy that changed it)."""
        return self.status in (200, 203)

    def header(self, name: str) -> str | None:
        """Return the first value of `name` (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)

    def refusal(self, who: str, *, retry_after: float | None = None) -> FetchError:
        """Return the error that a status other than the hoped-for one is; `who` answered ('the server', 'the page')."""
        message = f"{who} answered {self.status}"
        if self.status in (426, 505):
            message += ", which means that it wants another version of HTTP: none but HTTP/1.1 is spoken here"
        return FetchError(message, FetchKind.STATUS, status=self.status, retry_after=retry_after)


class Fetcher(Protocol):
    """Gets one address, through the guard, at the host's pace."""

    async def fetch(self, request: Request) -> Response:
        """Return any 2xx, 304 or error response; raise FetchError where no usable response came."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class SourceType(Protocol):
    """A source type: builds the request for a source, and parses the response; both methods are pure."""

    def request(self, source: Source, state: SourceState | None) -> Request:
        """Build the conditional request (`state` None: unconditional)."""
        ...

    def parse(self, source: Source, response: Response, now: datetime) -> ParsedFeed:
        """Read the body; runs in a child process, so it and its arguments are picklable. Raises ParseError."""
        ...


class SitemapReader(Protocol):
    """How to read the sitemaps that refill a gap: pure methods, which run in a child process."""

    def read(self, source: Source, response: Response, now: datetime, gap: Gap, scope: SitemapScope) -> SitemapPart:
        """Return what a sitemap lists of a gap, or which sitemaps an index names. Raises ParseError."""
        ...

    def named(self, response: Response) -> tuple[str, ...]:
        """Return the addresses of the sitemaps that a robots.txt names."""
        ...


class Sandbox(Protocol):
    """Runs a function in a child process that is killed when it exceeds its time or memory."""

    async def run(self, function: Callable[..., T], *args: Any, source: str = "", timeout: float | None = None) -> T:
        """Return the result, raise what the function raised, or SandboxError when it was killed.

        `source` is the one that the work is for: sources take turns, and one that kills children is kept apart.
        """
        ...

    def is_suspect(self, source: str) -> bool:
        """Return whether a source's work is kept apart, and may wait long."""
        ...

    @property
    def trouble(self) -> str | None:
        """Return why no child process can be had at the moment; None where all is well."""
        ...

    async def close(self) -> None:
        """Stop all children."""
        ...


class Extractor(Protocol):
    """Reads an article from a page; its methods are pure, and run in a child."""

    def extract(self, source: Source, entry: Entry, response: Response, seen_at: datetime) -> Article:
        """Return the article with zones and language. Raises ExtractError: the caller then falls back."""
        ...

    def refresh(self, response: Response) -> str | None:
        """Return the address that a page sends its reader to by itself; None where it does not."""
        ...

    def from_summary(self, source: Source, entry: Entry, reason: str, seen_at: datetime) -> Article:
        """Return an article made of the feed's own title and summary."""
        ...
