"""Addresses as they are put into requests: escaped, and their hosts as DNS has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import httpx

from monitor import urls
from monitor.errors import AddressError

_LAST_PORT = 65_535
# Addresses that stay as they are, but for their hosts: nothing is to be escaped, and no dots to be resolved. Nearly all
# are such, and httpx needs .1 ms to find that out.
_WRITTEN = re.compile(
    r"(https?)://([a-z0-9._-]+)(?::([1-9]\d{0,4}))?"
    r"(/[A-Za-z0-9~!$&'()*+,;=:@/._-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9~!$&'()*+,;=:@/._-]*)*"
    r"(?:\?(?:[A-Za-z0-9~!$&'()*+,;=:@/?._-]|%[0-9A-Fa-f]{2})+)?)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that is asked for."""

    scheme: str  # 'http' or 'https'
    host: str  # as DNS has it: ASCII; an IPv6 address without its brackets
    port: int | None  # None: the scheme's own
    target: str  # path and query
    text: str  # all of it

    def __str__(self) -> str:
        """Return the address as a text."""
        return self.text

    @property
    def number(self) -> int:
        """Return the port's number."""
        return self.port or urls.PORTS[self.scheme]

    @property
    def place(self) -> str:
        """Return host and port as a request's Host header has them."""
        where = f"[{self.host}]" if ":" in self.host else self.host
        return where if self.port is None else f"{where}:{self.port}"

    @property
    def path(self) -> str:
        """Return the path without its query."""
        return self.target.partition("?")[0]


def parse(text: str) -> Address:
    """Read a web address. Raises AddressError, with the remedy."""
    found = _WRITTEN.fullmatch(text)
    if found is None or len(text) > urls.LONGEST:
        return _escaped(text)
    scheme, host, digits, target = found.groups()
    port = int(digits) if digits else None
    if port == urls.PORTS[scheme] or (port or 0) > _LAST_PORT or "/." in target or not _is_settled(host):
        return _escaped(text)
    return Address(scheme, host, port, target, text)


def host_of(text: str) -> str | None:
    """Return the host of a web address; None for a text that is none."""
    try:
        return parse(text).host
    except (AddressError, httpx.InvalidURL):
        return None


def _escaped(text: str) -> Address:
    """Read any address as httpx does, which escapes what must be."""
    found = httpx.URL(urls.written(text))
    return Address(found.scheme, found.raw_host.decode("ascii"), found.port, found.raw_path.decode("ascii"), str(found))


@lru_cache(maxsize=16_384)
def _is_settled(host: str) -> bool:
    """Return whether a host is written as DNS has it."""
    try:
        return "xn--" not in host and urls.parse(f"http://{host}/").host == host
    except AddressError:
        return False
