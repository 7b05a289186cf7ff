"""Settings that go into HTTP requests: headers, a name for the client, a contact, a proxy; and secrets within them.

A secret is written as `${NAME}`, and read from the environment where a request is made: settings hold none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias
from urllib.parse import unquote

from monitor import urls
from monitor.errors import AddressError
from monitor.fields import Reads, read_text, shown, wrong

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,99})\}")
_TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]{1,100}")
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_E_MAIL = re.compile(r"[^@\s()<>]+@[^@\s()<>]+\.[^@\s()<>]+")
_PROXIES = ("http", "socks5")
_LONGEST_VALUE = 4_000
_LONGEST_NAME = 300
_IS_FRAMING = "is set by the monitor itself: delete this line"
_NOT_OURS = {
    "user-agent": "has a key of its own: write it as `user_agent:` of the source",
    **dict.fromkeys(
        (
            "accept-encoding", "connection", "content-length", "expect", "host", "if-match", "if-modified-since",
            "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "proxy-authorization", "proxy-connection",
            "range", "te", "trailer", "transfer-encoding", "upgrade",
        ),
        _IS_FRAMING,
    ),
}  # fmt: skip


def variables(template: str) -> tuple[str, ...]:
    """Return the names of the environment variables that stand as `${NAME}` in a text."""
    return tuple(_PLACEHOLDER.findall(template))


def filled(template: str, value_of: Callable[[str], str]) -> str:
    """Return a text with each `${NAME}` replaced by `value_of(NAME)`."""
    return _PLACEHOLDER.sub(lambda found: value_of(found[1]), template)


def read_header_name(value: Any) -> str:
    """Return the name of a header that a source may set."""
    text = read_text(value)
    if not _TOKEN.fullmatch(text):
        raise wrong(f"{shown(text)} is no name of a header: write letters, digits and hyphens, such as Authorization")
    refusal = _NOT_OURS.get(text.lower())
    if refusal:
        raise wrong(f"the header {text} {refusal}")
    return text


def read_header_value(value: Any) -> str:
    """Return the value of a header, with `${NAME}` for secrets."""
    text = read_text(value)
    _check_placeholders(text)
    if not _PRINTABLE.fullmatch(text) or len(text) > _LONGEST_VALUE:
        raise wrong(
            f"must be one line of at most {_LONGEST_VALUE:,} ASCII characters: escape others as the server asks"
        )
    return text


def header_pairs(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return headers as pairs of name and value."""
    seen: set[str] = set()
    for name, value in headers.items():
        if name.lower() in seen:
            raise wrong(f"the header {name} is there twice: delete one")
        seen.add(name.lower())
        if name.lower() == "authorization" and not variables(value):
            raise wrong(
                "Authorization holds a secret, and secrets are never in the YAML: put it into an environment variable "
                'and write its name, such as "Bearer ${FEED_TOKEN}"'
            )
    return tuple(headers.items())


def _check_placeholders(text: str) -> None:
    if "${" in _PLACEHOLDER.sub("", text):
        raise wrong("holds ${ that begins no variable: write its name in letters, digits and _, as ${FEED_TOKEN}")


def read_user_agent(value: Any) -> str:
    """Return what a source is told that the client is."""
    text = read_text(value)
    if not _PRINTABLE.fullmatch(text) or len(text) > _LONGEST_NAME:
        raise wrong(f"must be one line of at most {_LONGEST_NAME} ASCII characters, such as Mozilla/5.0")
    return text


def read_contact(value: Any) -> str:
    """Return a web or e-mail address that can stand in the comment of a User-Agent."""
    text = read_text(value)
    printable = _PRINTABLE.fullmatch(text) and len(text) <= _LONGEST_NAME and not re.search(r"[()\s\\]", text)
    if not printable or not (urls.is_web(text) or _E_MAIL.fullmatch(text.removeprefix("mailto:"))):
        raise wrong(
            f"{shown(text)} is no address that a server's operator could write to: write a page or a mailbox, such as "
            "https://example.org/bot or news@example.org"
        )
    return text


@dataclass(frozen=True, slots=True)
class ProxyParts:
    """A proxy as it is written: `user` and `password` may hold `${NAME}`."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def proxy_parts(text: str) -> ProxyParts:
    """Return the parts of a proxy's address. Raises AddressError, with the remedy."""
    scheme, mark, rest = text.partition("://")
    scheme = scheme.lower()
    if not mark or scheme not in _PROXIES:
        remedy = "names are resolved here: write socks5://" if scheme == "socks5h" else "write http:// or socks5://"
        raise AddressError(f"is no proxy that can be used: {remedy}, then host:port")
    login, _, where = rest.rpartition("@")
    address = urls.parse(f"http://{where}")
    if address.target != "/" or address.port is None:
        raise AddressError("needs a host and a port alone, such as socks5://127.0.0.1:9050")
    user, _, password = login.partition(":")
    return ProxyParts(scheme, address.host, address.port, unquote(user), unquote(password))


def read_proxy(value: Any) -> str:
    """Return the address of a proxy, with `${NAME}` for its secrets."""
    text = read_text(value)
    _check_placeholders(text)
    try:
        parts = proxy_parts(text)
    except AddressError as error:
        raise wrong(error.reason) from error
    if parts.password and not variables(parts.password):
        raise wrong(
            "holds a password, and secrets are never in the YAML: put it into an environment variable and write its "
            "name, such as socks5://me:${PROXY_PASSWORD}@proxy.example.org:1080"
        )
    return text


_STRING = {"type": "string", "minLength": 1}
HeaderName: TypeAlias = Annotated[str, Reads(read_header_name, _STRING)]
HeaderValue: TypeAlias = Annotated[str, Reads(read_header_value, _STRING)]
ProxyAddress: TypeAlias = Annotated[str, Reads(read_proxy, {"type": "string", "pattern": "^(http|socks5)://"})]
UserAgent: TypeAlias = Annotated[str, Reads(read_user_agent, _STRING)]
Contact: TypeAlias = Annotated[str, Reads(read_contact, _STRING)]
