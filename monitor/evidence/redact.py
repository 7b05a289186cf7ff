"""What is taken out of addresses and headers before they are kept: credentials, sessions, secret parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

HIDDEN = "hidden"

_NAMES = (  # parts of names of parameters whose values are secrets, and whole names
    r"(?:[\w.\[\]-]*(?:api[-_.]?key|app[-_.]?key|access[-_.]?key|auth(?!or)|token|secret|passw(?:or)?d|passphrase"
    r"|credential|session|signature|jwt|csrf|xsrf)[\w.\[\]-]*"
    r"|key|pass|pwd|pw|sig|hmac|otp|phpsessid|jsessionid|subscription[-_]key)"
)
_PARAMETER = re.compile(rf"(?i)(?<=[?&;#])({_NAMES})=([^?&;#\s\"'<>]+)")
_USER = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/?#\s@\"'<>]*@")
_HEADER = re.compile(
    r"(?i)(?:proxy-)?authorization|authentication-info|(?:proxy-)?authenticate-info|cookie2?|set-cookie2?"
    r"|[\w-]*(?:token|secret|api-?key|session|password|credential|signature|csrf|xsrf|cookie|jwt|-auth-)[\w-]*"
    r"|auth-[\w-]*|[\w-]*-auth"
)


def hide_parameters(text: str) -> str:
    """Return an address, or a text with addresses, without user names, passwords and secret parameters."""
    return _PARAMETER.sub(rf"\1={HIDDEN}", _USER.sub(r"\1", text))


def kept_headers(
    headers: Iterable[tuple[str, str]], hide: Callable[[str], str] = lambda text: text
) -> list[tuple[str, str]]:
    """Return the headers that may be kept, in order; `hide` takes known secrets out of their values."""
    return [(name, hide(hide_parameters(value))) for name, value in headers if not _HEADER.fullmatch(name)]
