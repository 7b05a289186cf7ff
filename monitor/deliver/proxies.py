"""The proxies of the environment, checked before httpx and the Telegram library stumble over one."""

from __future__ import annotations

from importlib.util import find_spec

from monitor import urls
from monitor.errors import AddressError, ConfigError, Problem

_SOCKS = ("socks5", "socks5h")
_SCHEMES = ("http", "https", *_SOCKS)


def check_proxies() -> None:
    """Raise ConfigError, naming the variable but not its secrets, where a proxy cannot be used."""
    from urllib.request import getproxies

    found = {name: value for name, value in getproxies().items() if name in {"http", "https", "all"} and value}
    problems = [
        Problem("the environment", 0, 0, f"{name.upper()}_PROXY", reason)
        for name, value in found.items()
        if (reason := _fault(value))
    ]
    if problems:
        raise ConfigError(problems)


def _fault(value: str) -> str | None:
    scheme, colon, rest = value.partition("://")
    if not colon:
        scheme, rest = "http", value
    if scheme.lower() not in _SCHEMES:
        return f"is no proxy that can be used: write one that begins with {', '.join(f'{one}://' for one in _SCHEMES)}"
    try:
        urls.parse(f"http://{rest}")
    except AddressError as error:
        return error.reason
    if scheme.lower() in _SOCKS and find_spec("socksio") is None:
        return "is a SOCKS proxy, which needs the package socksio: `pip install socksio`, or use an http:// proxy"
    return None
