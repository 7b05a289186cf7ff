"""The page within the daemon: whether there is one, and what it is given."""

from __future__ import annotations

import ipaddress
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from monitor.app.bot import read_page
from monitor.app.compile import query_compiler
from monitor.app.wiring import Components
from monitor.deliver.channels import registry
from monitor.errors import MonitorError
from monitor.model import Config, Secret
from monitor.pipeline.web_access import PASSWORD_FILE
from monitor.store import open_store

if TYPE_CHECKING:
    from monitor.web.page import WebPage

log = structlog.get_logger(__name__)

_HASH = "$argon2"
_BYTES = 4096


def make_page(components: Components, config: Config) -> WebPage:
    """Return the page of a daemon; where nobody could log in from elsewhere it is off, and the log says so."""
    from monitor.web.page import WebPage
    from monitor.web.site import PageParts

    parts = PageParts(
        store=components.store,
        open_reader=lambda: open_store(config.storage.url, clock_now=components.clock.now, read_only=True),
        live=components.live,
        clock=components.clock,
        wrote=components.judge.written.set,
        kinds=registry.CHANNELS,
        read=lambda url: read_page(url, components, components.clock),
        compiler=partial(query_compiler, in_child=True),
        password=_password_if_any,
    )
    reason = why_off(config)
    if reason:
        log.warning("the page is off; health and metrics are served", listen=config.web.listen, reason=reason)
    return WebPage(parts, lambda: why_off(components.live.now.config))


def why_off(config: Config) -> str:
    """Return why there is no page; '' where there is one: on loopback, and where people can log in from elsewhere."""
    host = config.web.listen.rpartition(":")[0].strip("[]")
    if is_loopback(host):
        return ""
    if config.token is not None and config.telegram.admins:
        return ""
    try:
        if password() is not None:
            return ""
    except MonitorError as error:
        return str(error)
    return (
        "web.listen can be reached from other machines, and nobody could log in: set telegram.admins and the bot's "
        f"token, or {PASSWORD_FILE} (monitor web --password makes its content)"
    )


def is_loopback(host: str) -> bool:
    """Return whether a host that the server listens on is reached from this machine alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _password_if_any() -> Secret | None:
    try:
        return password()
    except MonitorError as error:
        log.warning("there is no log-in by password", reason=str(error))
        return None


def password() -> Secret | None:
    """Return the hash of the page's password; None where there is none. Raises MonitorError with the remedy."""
    name = os.environ.get(PASSWORD_FILE, "").strip()
    if not name:
        return None
    try:
        with Path(name).open("rb") as file:
            text = file.read(_BYTES).decode("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        raise MonitorError(
            f"{PASSWORD_FILE} cannot be read: {getattr(error, 'strerror', None) or 'no text'}"
        ) from error
    if not text.startswith(_HASH):
        raise MonitorError(f"{PASSWORD_FILE} holds no argon2 hash: monitor web --password makes one")
    return Secret(text)
