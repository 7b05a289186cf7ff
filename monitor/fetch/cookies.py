"""Cookies that servers set on the way (RFC 6265): kept in memory, few, and sent to those who set them alone."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from monitor import polling

_MOST = 100  # cookies of one jar; RFC 6265, 6.1, asks browsers for 50 a domain
_LONGEST = 4_096  # characters of name and value
_SECONDS = re.compile(r"-?[0-9]{1,12}")
_KEPT_FOR = 30 * 24 * 3600.0  # seconds; a longer life is of no use to what forgets all at its end


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    value: str
    domain: str
    exact: bool  # for the host `domain` alone; else for the names below it, too
    path: str
    secure: bool
    until: float

    def fits(self, host: str, path: str, *, secure: bool) -> bool:
        """Return whether it goes with a request (RFC 6265, 5.1.3 and 5.1.4)."""
        there = host == self.domain or (not self.exact and host.endswith(f".{self.domain}"))
        below = path == self.path or path.startswith(self.path if self.path.endswith("/") else f"{self.path}/")
        return there and below and (secure or not self.secure)


class CookieJar:
    """The cookies of one chain of redirects, or of one source.

    `now` is a monotonic clock, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: OrderedDict[tuple[str, str, str], _Cookie] = OrderedDict()

    def __len__(self) -> int:
        """Return how many cookies are kept, those included whose time is over."""
        return len(self._kept)

    def header(self, host: str, path: str, *, secure: bool) -> str:
        """Return the Cookie header of a request, '' where no cookie goes with it."""
        now = self._now()
        kept = [each for each in self._kept.values() if each.until > now and each.fits(host, path, secure=secure)]
        kept.sort(key=lambda each: -len(each.path))  # RFC 6265, 5.4
        return "; ".join(f"{each.name}={each.value}" for each in kept)

    def store(self, host: str, path: str, lines: list[str], *, secure: bool, server_time: datetime) -> None:
        """Keep what the Set-Cookie headers of a response say; what is not for this host is left out."""
        for line in lines:
            cookie = _read(line, host, path, self._now(), server_time)
            if cookie is None or (cookie.secure and not secure):
                continue
            key = cookie.domain, cookie.path, cookie.name
            self._kept.pop(key, None)
            if cookie.until > self._now():
                self._kept[key] = cookie
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)


def _read(line: str, host: str, path: str, now: float, server_time: datetime) -> _Cookie | None:
    pair, *rest = line.split(";")
    name, sign, value = (part.strip(" \t") for part in pair.partition("="))
    written = f"{name}{value}"
    if not name or not sign or len(written) > _LONGEST or not written.isprintable() or not written.isascii():
        return None
    found = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
    domain = found.get("domain", "").lower().removeprefix(".")
    if domain and domain != host and not (host.endswith(f".{domain}") and _is_below_registered(domain, host)):
        return None
    directory = found.get("path", "")
    if not directory.startswith("/"):
        directory = path[: path.rfind("/")] or "/"
    lasts = _lifetime(found, server_time)
    return _Cookie(name, value, domain or host, not domain, directory, "secure" in found, now + lasts)


def _lifetime(found: dict[str, str], server_time: datetime) -> float:
    """Return the seconds that a cookie lives; Max-Age counts before Expires (RFC 6265, 5.3)."""
    age = found.get("max-age", "")
    if _SECONDS.fullmatch(age):
        return min(float(age), _KEPT_FOR)
    expires = polling.date(found["expires"].replace("-", " ")) if "expires" in found else None
    if expires is None:
        return _KEPT_FOR
    return max(min(expires - server_time, timedelta(seconds=_KEPT_FOR)), timedelta(0)).total_seconds()


@lru_cache(1_000)
def _is_below_registered(domain: str, host: str) -> bool:
    """Return whether a domain belongs to who has the host: no ending under which registries and hosters give names."""
    import tld  # its list takes 60 ms to read, and hardly any feed needs it

    registered = tld.get_fld(f"http://{host}", fail_silently=True, search_private=True)
    return bool(registered) and (domain == registered or domain.endswith(f".{registered}"))
