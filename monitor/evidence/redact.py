"""What is taken out of addresses and headers before they are kept: credentials, sessions, secret parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

HIDDEN = "hidden"

# Servers choose addresses and headers: each expression below takes time in proportion to what it reads.
_PARAMETER = re.compile(r"(?<=[?&;#])([\w.\[\]-]+)=([^?&;#\s\"'<>]+)")
_PART = re.compile(  # of names of parameters whose values are secrets
    r"(?i)api[-_.]?key|app[-_.]?key|access[-_.]?key|auth(?!or)|token|secret|passw(?:or)?d|passphrase"
    r"|credential|session|signature|jwt|csrf|xsrf"
)
_WHOLE = re.compile(r"(?i)key|pass|pwd|pw|sig|hmac|otp|phpsessid|jsessionid|subscription[-_]key")
_USER = re.compile(r"://[^/?#\s@\"'<>]*@")
_HEADER_PART = re.compile(
    r"(?i)token|secret|api-?key|session|password|credential|signature|csrf|xsrf|cookie|jwt|-auth-|^auth-|-auth$"
)
_HEADER = re.compile(r"(?i)(?:proxy-)?authorization|authentication-info|(?:proxy-)?authenticate-info")


def hide_parameters(text: str) -> str:
    """Return an address, or a text with addresses, without user names, passwords and secret parameters."""
    return _PARAMETER.sub(_hidden, _USER.sub("://", text))


def _hidden(found: re.Match[str]) -> str:
    name = found[1]
    return f"{name}={HIDDEN}" if _PART.search(name) or _WHOLE.fullmatch(name) else found[0]


def _is_secret(header: str) -> bool:
    return _HEADER.fullmatch(header) is not None or _HEADER_PART.search(header) is not None


def kept_headers(
    headers: Iterable[tuple[str, str]], hide: Callable[[str], str] = lambda text: text
) -> list[tuple[str, str]]:
    """Return the headers that may be kept, in order; `hide` takes known secrets out of their values."""
    return [(name, hide(hide_parameters(value))) for name, value in headers if not _is_secret(name)]
