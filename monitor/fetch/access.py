"""How one source is asked, by its settings: headers of its own, a name for the client, whether cookies stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor import log, urls
from monitor.errors import FetchError, FetchKind, MonitorError
from monitor.fetch.address import Address
from monitor.fetch.proxy import Proxy
from monitor.fetch.transport import Route
from monitor.fields import http
from monitor.model import Source

Secrets = Callable[[str], str | None]
"""Gives the value of an environment variable, None where there is none. Raises MonitorError where it cannot be read."""

_HIDDEN = 4  # characters: what is shorter would blot out half of every log


def no_secrets(_: str) -> str | None:
    """Return None: there are no variables."""
    return None


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """The settings of one source that concern its requests."""

    source: Source
    secrets: Secrets = no_secrets

    def headers_for(self, url: Address) -> list[tuple[bytes, bytes]]:
        """Return the source's own headers; none where the address is not of the host that they are meant for.

        Raises FetchError(SETTING) where a variable that they name is not set.
        """
        if not self.source.headers or not self._is_meant(url):
            return []
        return [(name.encode(), self.filled(value, "headers").encode()) for name, value in self.source.headers]

    def route(self, url: Address, *, inherit: bool) -> Route:
        """Return how a request gets to its server. Raises FetchError(SETTING)."""
        # Old TLS is a favour for one outlet, not for whatever its pages lead to.
        legacy = self.source.legacy_tls and urls.site(str(url)) == urls.site(self.source.url)
        return Route(inherit, self._proxy(), legacy)

    def _proxy(self) -> Proxy | None:
        if self.source.proxy is None:
            return None
        parts = http.proxy_parts(self.source.proxy)
        user, password = (self.filled(text, "proxy") for text in (parts.user, parts.password))
        if not parts.password:  # one variable may hold both
            user, _, password = user.partition(":")
        return Proxy(parts.scheme, parts.host, parts.port, user, password)

    def filled(self, template: str, key: str) -> str:
        """Return a setting with its secrets; the log shows them no more. Raises FetchError(SETTING)."""
        return http.filled(template, lambda variable: self._secret(variable, key))

    def _secret(self, variable: str, key: str) -> str:
        try:
            value = (self.secrets(variable) or "").strip()
        except MonitorError as error:
            raise _not_set(f"`{key}` needs the variable {variable}: {error}") from error
        if not value:
            raise _not_set(
                f"`{key}` needs the variable {variable}, which is not set: set it in the daemon's environment, or "
                f"{variable}_FILE to a file that holds it"
            )
        if not value.isprintable() or not value.isascii():
            raise _not_set(f"the variable {variable} holds a line break, or another character that no header may hold")
        if len(value) >= _HIDDEN:
            log.hide(value)
        return value

    def _is_meant(self, url: Address) -> bool:
        """Return whether an address is of the origin of the source's own, or of the same host's https."""
        own = urls.parse(self.source.url)
        here = url.scheme, url.host, url.number
        allowed = {(own.scheme, own.host, own.port or urls.PORTS[own.scheme])}
        if own.scheme == "http" and own.port is None:
            allowed.add(("https", own.host, 443))
        return here in allowed


def _not_set(message: str) -> FetchError:
    return FetchError(message, FetchKind.SETTING, retryable=False)
