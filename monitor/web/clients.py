"""Who asks: address and scheme behind trusted proxies, the browser's name for people, and whether an origin is ours."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 .+-]{0,30}")


def is_trusted(host: str | None, proxies: Iterable[str]) -> bool:
    """Return whether an address is one of the configured proxies'."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each, strict=False) for each in proxies)


def address_of(request: Request, proxies: Iterable[str]) -> str:
    """Return the client's address: what the last proxy that is trusted says, else the other end of the connection."""
    proxies = tuple(proxies)
    host = request.client.host if request.client else ""
    forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    while forwarded and is_trusted(host, proxies):
        host = forwarded.pop()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return request.client.host if request.client else ""


def is_secure(request: Request, proxies: Iterable[str]) -> bool:
    """Return whether the browser came by TLS, as a trusted proxy says."""
    if request.client is None or not is_trusted(request.client.host, proxies):
        return request.url.scheme == "https"
    return request.headers.get("x-forwarded-proto", "http").rpartition(",")[2].strip().lower() == "https"


def browser_of(agent: str) -> str:
    """Return a browser's name for people: 'Firefox, Android'; a plain beginning of what it says where it is unknown."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    known = ", ".join(filter(None, (browser, system)))
    if known:
        return known
    found = _NAME.match(agent)
    return found[0] if found else "?"


def is_own_origin(request: Request) -> bool:
    """Return whether a request that changes something comes from a page of this very server, as far as headers tell.

    Without an `Origin` that names a page (a form under `Referrer-Policy: no-referrer` sends 'null') the token of the
    form decides alone; that is asked for in any case.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return True
    found = urlsplit(origin)
    return found.scheme in ("http", "https") and found.netloc.lower() == request.headers.get("host", "").lower()


def own_path(path: str | None) -> str:
    """Return a path of this server to go on to; '/' for what could lead elsewhere."""
    if not path or len(path) > 500 or not path.startswith("/"):  # noqa: PLR2004 — no address of ours is as long
        return "/"
    if path.startswith(("//", "/\\")) or any(char in "\\\r\n\t" or not char.isprintable() for char in path):
        return "/"
    return path if not urlsplit(path).netloc else "/"
