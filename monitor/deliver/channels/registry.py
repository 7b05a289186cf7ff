"""The registry of channel kinds: one module and one line each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from monitor.deliver.channels import apprise, console, telegram, webhook
from monitor.errors import MonitorError
from monitor.ports import Kinds, Notifier, NotifierContext

CHANNELS: Kinds = (
    telegram.KIND,
    console.KIND,
    webhook.KIND,
    apprise.KIND,
)

DEFAULT_API = "https://api.telegram.org"


class Revealable(Protocol):
    """A secret whose representation hides it."""

    def reveal(self) -> str:
        """Return the secret."""
        ...


def build(
    kinds: Iterable[str],
    *,
    token: str | Revealable | Callable[[], str] | None = None,
    api: str = DEFAULT_API,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Notifier]:
    """Build one notifier for each kind. Raises MonitorError for a kind that there is not, ConfigError for a bad proxy.

    Without `token`, telegram's is the console, and a warning says so. `environ` (default: the process's) may hold the
    secret that signs webhooks, and the addresses of Apprise's services.
    """
    known = {kind.name: kind for kind in CHANNELS}
    means = NotifierContext(_revealed(token), api, os.environ if environ is None else environ)
    built: dict[str, Notifier] = {}
    for kind in sorted(set(kinds)):
        if kind not in known:
            raise MonitorError(f"no channel of kind {kind!r}; there are {', '.join(sorted(known))}", retryable=False)
        built[kind] = known[kind].build(means)
    return built


def _revealed(token: str | Revealable | Callable[[], str] | None) -> str | None:
    if token is None or isinstance(token, str):
        return token or None
    return token() if callable(token) else token.reveal()
