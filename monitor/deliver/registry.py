"""Which kinds of channel there are: one module and one line each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from monitor.deliver.console import ConsoleNotifier
from monitor.deliver.proxies import check_proxies
from monitor.deliver.secret import secret
from monitor.errors import MonitorError
from monitor.ports import Notifier

log = structlog.get_logger(__name__)

WEBHOOK_KEY = "MONITOR_WEBHOOK_SECRET"
"""The environment variable whose value signs webhooks; with `_FILE`, the name of a file that holds it."""

DEFAULT_API = "https://api.telegram.org"


class Secret(Protocol):
    """Something that shows itself on demand only."""

    def reveal(self) -> str:
        """Give the secret."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a kind may need from outside its channels' settings."""

    token: str | None
    api: str
    environ: Mapping[str, str]


def _telegram(means: Means) -> Notifier:
    if means.token is None:
        log.warning("no bot token: alerts for Telegram are printed here", remedy="set TELEGRAM_BOT_TOKEN")
        return ConsoleNotifier()
    from monitor.deliver.telegram import TelegramNotifier

    return TelegramNotifier(means.token, api=means.api)


def _webhook(means: Means) -> Notifier:
    from monitor.deliver.webhook import WebhookNotifier

    return WebhookNotifier(secret(means.environ, WEBHOOK_KEY))


def _apprise(means: Means) -> Notifier:
    from monitor.deliver.apprise import AppriseNotifier

    return AppriseNotifier(means.environ)


_KINDS: dict[str, Callable[[Means], Notifier]] = {
    "apprise": _apprise,
    "console": lambda _means: ConsoleNotifier(),
    "telegram": _telegram,
    "webhook": _webhook,
}

KINDS = tuple(_KINDS)


def build(
    kinds: Iterable[str],
    *,
    token: str | Secret | Callable[[], str] | None = None,
    api: str = DEFAULT_API,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Notifier]:
    """Build one notifier for each kind. Raises MonitorError for a kind that there is not, ConfigError for a bad proxy.

    Without `token`, telegram's is the console, and a warning says so. `environ` (default: the process's) may hold the
    secret that signs webhooks, and the addresses of Apprise's services.
    """
    if {"telegram", "webhook"} & set(kinds):
        check_proxies()
    means = Means(_revealed(token), api, os.environ if environ is None else environ)
    built: dict[str, Notifier] = {}
    for kind in sorted(set(kinds)):
        if kind not in _KINDS:
            raise MonitorError(f"no channel of kind {kind!r}; there are {', '.join(KINDS)}", retryable=False)
        built[kind] = _KINDS[kind](means)
    return built


def _revealed(token: str | Secret | Callable[[], str] | None) -> str | None:
    if token is None or isinstance(token, str):
        return token or None
    return token() if callable(token) else token.reveal()
