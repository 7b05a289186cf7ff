"""The hub that a feed names (W3C WebSub, 4: Discovery): in HTTP's Link headers first, then in the feed itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor import urls
from monitor.model import Hub
from monitor.ports import Response

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]*))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]*))", re.IGNORECASE)
_LONGEST = 2_000  # characters of an address, and 20 times as many of all Link headers


def hub_of(response: Response, links: Iterable[tuple[str, str]]) -> Hub | None:
    """Return the first hub that a feed names; `links` are relations and addresses in its body.

    The topic is what the feed calls itself; a feed that does not is known by the address that it came from.
    """
    headers = ", ".join(value for name, value in response.headers if name == "link")[: 20 * _LONGEST]
    known = [*_in_headers(headers), *((rel, url) for rel, url in links)]
    hub = _first("hub", known, response.url)
    return Hub(hub, _first("self", known, response.url) or response.url) if hub else None


def _in_headers(text: str) -> Iterable[tuple[str, str]]:
    """Return relations and addresses of Link headers (RFC 8288, 3)."""
    for found in _LINK.finditer(text):
        rel = _REL.search(found[2])
        if rel:
            yield rel[1] or rel[2] or "", found[1]


def _first(relation: str, links: Iterable[tuple[str, str]], base: str) -> str | None:
    named = (urls.absolute(base, url) for rel, url in links if relation in rel.lower().split())
    return next((url for url in named if url and len(url) <= _LONGEST), None)
