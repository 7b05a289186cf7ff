"""Under which names the web server answers.

A page of a foreign site can make its own name resolve to this host (DNS rebinding) and then read what loopback serves;
the browser still sends the foreign name in `Host`. A name that is neither an IP address, nor a loopback name, nor
configured is therefore refused with 421 (Misdirected Request, RFC 9110, 15.5.20).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:@/?#\s]*)(?P<port>:[0-9]{0,5})?")
_ABSOLUTE = re.compile(r"https?://(?P<authority>[^/?#]*)(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_MOST_LOGGED = 20  # names that are logged; whoever asks can make up any number of them
_MAX_PORT = 65_535
_MAX_NAME = 253  # RFC 1035, 2.3.4


def host_of(authority: str) -> str | None:
    """Return the host of `host[:port]`: lower case, without brackets and the root's dot; None where it is malformed."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int((match["port"] or ":0")[1:] or 0) > _MAX_PORT:
        return None
    host = match["host"]
    if host.startswith("["):
        return host[1:-1].lower() if _address(host[1:-1], ipaddress.IPv6Address) else None
    if not _NAME.fullmatch(host) or len(host.rstrip(".")) > _MAX_NAME:
        return None
    return host.removesuffix(".").lower()


def _address(text: str, kind: Callable[[str], object] = ipaddress.ip_address) -> bool:
    try:
        kind(text.replace("%25", "%", 1))  # RFC 6874: the zone of a link-local address
    except ValueError:
        return False
    return True


def ascii_name(name: str) -> str:
    """Return a configured name as browsers send it in `Host`: lower case, ASCII, without the root's dot."""
    name = name.strip("[]").removesuffix(".").lower()
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def is_safe(host: str) -> bool:
    """Return whether no resolver can point `host` elsewhere: an IP address or a loopback name (RFC 6761, 6.3)."""
    return host == "localhost" or host.endswith(".localhost") or _address(host)


class HostCheck:
    """ASGI middleware that answers requests for a foreign name with 421, and those without a good `Host` with 400.

    `names` returns the configured names in force; a reload may change them.
    """

    def __init__(self, app: ASGIApp, names: Callable[[], Iterable[str]]) -> None:
        self._app = app
        self._names = names
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the target's authority and every `Host` before the application is called."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope, authorities = _authorities(scope)
        hosts = [host_of(authority) for authority in authorities]
        if len(authorities) > 2 or not hosts or None in hosts:  # noqa: PLR2004 — the target's and one `Host`
            text = "400 Bad Request: exactly one well-formed Host header is wanted, such as 'Host: localhost'.\n"
            await PlainTextResponse(text, status_code=400)(scope, receive, send)
            return
        known = {ascii_name(name) for name in self._names()}
        foreign = next((host for host in hosts if host and not is_safe(host) and host not in known), None)
        if foreign is None:
            await self._app(scope, receive, send)
            return
        self._log(foreign)
        text = (
            f"421 Misdirected Request: this server does not answer to the name {foreign}.\n"
            f"If it should, add it to web.hosts in config.yaml (web: {{hosts: [{foreign}]}}), or set web.public_url. "
            "An IP address and localhost always work.\n"
        )
        await PlainTextResponse(text, status_code=421)(scope, receive, send)

    def _log(self, name: str) -> None:
        """Log a refused name once: a scrape that ends with an upgrade must not end in silence."""
        if name not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(name)
            log.warning("request for a foreign name refused", host=name, remedy="add it to web.hosts if it is meant")


def _authorities(scope: Scope) -> tuple[Scope, list[str]]:
    """Return the scope with a target in origin form, and every authority that the request names.

    A target in absolute form (RFC 9112, 3.2.2) names one beside `Host`, and both must be ours; its path is what is
    asked for. A target in any other form has no authority that could be checked: '' is malformed.
    """
    found = [value.decode("latin-1").strip() for key, value in scope["headers"] if key == b"host"]
    if len(found) > 1:
        return scope, ["", *found]
    target = (scope.get("raw_path") or b"/").decode("latin-1")
    if target.startswith("/"):
        return scope, found
    match = _ABSOLUTE.fullmatch(target)
    if match is None:
        return scope, ["", *found]
    path = match["path"] or "/"
    scope = {**scope, "raw_path": path.encode("latin-1"), "path": unquote(path)}
    return scope, [match["authority"], *found]
