"""Any service that Apprise speaks to: mail, chat rooms, push messages, SMS. One address a channel.

An address of Apprise (`mailto://…`, `slack://…`, `ntfy://…`) holds secrets, so it comes from the environment or a file;
the channel's settings hold the variable's name. Apprise can neither edit nor look up a message: an alert that grows is
not sent again (its replies and digests are), and an unknown fate is for the channel's `on_unknown` to decide.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

from monitor import host
from monitor.deliver.channels.base import BlindNotifier
from monitor.deliver.secret import secret
from monitor.errors import DeliveryError, MonitorError, Remedy, Sent
from monitor.fields import Reads, StrictSettings, about, read_text, wrong
from monitor.log import hide, redact
from monitor.model import Channel, Delivery, Lane, Receipt, Severity
from monitor.ports import ChannelKind
from monitor.threads import in_daemon_thread

if TYPE_CHECKING:
    from apprise import NotifyBase

T = TypeVar("T")

# Rendering is imported where it is used: every command that reads a configuration imports this module.

MISSING = "the package apprise is not installed: run `make notify`, or `pip install 'apprise>=2.2'`"

TIMEOUT = 90.0
"""Seconds that one call may take: most services are paced by Apprise itself, by 5.5 s a message."""

_READ_TIMEOUT, _CONNECT_TIMEOUT = 30.0, 10.0  # its own are 4 s, which manufacture unknown fates
_TYPES = {Severity.LOW: "info", Severity.NORMAL: "info", Severity.HIGH: "warning", Severity.CRITICAL: "failure"}
# The words of requests, urllib3 and smtplib for a call that broke off after it may have been heard.
_UNCLEAR = re.compile(
    r"timed out|connection aborted|remote ?end|disconnected|connection reset|broken pipe|incomplete ?read",
    re.IGNORECASE,
)
_UNHEARD = re.compile(r"NewConnectionError|ConnectTimeout|connection refused|NameResolution|getaddrinfo", re.IGNORECASE)
_TOKEN_LIKE = re.compile(r"(?=\S*\d|\S*[a-z]\S*[A-Z]|\S*[A-Z]\S*[a-z])\S{8,}")
_SHORTEST = 4  # what is shorter would blot out half of every log

# Its debug lines have addresses and messages in them, its warnings repeat what our own lines say. They are read for the
# reason of a failure, and go nowhere.
_log = logging.getLogger("apprise")
_log.propagate = False
_log.setLevel(logging.DEBUG)
_log.addHandler(logging.NullHandler())


_PREFIX = "MONITOR_APPRISE_"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


def read_variable(value: Any) -> str:
    """Return the name of an environment variable."""
    text = read_text(value)
    if "://" in text:
        raise wrong(
            "must be the name of a variable, not the address itself: secrets are never in the YAML; put it into "
            f"{_PREFIX}<CHANNEL>, or into a variable whose name is written here"
        )
    if not _VARIABLE.fullmatch(text):
        raise wrong(f"{text[:40]!r} is no name of a variable: write letters, digits and _, as DESK_ADDRESS")
    return text


Variable: TypeAlias = Annotated[str, Reads(read_variable, {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"})]


def variable_of(channel: str) -> str:
    """Return the variable of a channel's address: its name in capitals, anything but letters and digits as _."""
    return _PREFIX + re.sub(r"[^A-Za-z0-9]+", "_", channel).strip("_").upper()


@dataclass(frozen=True, slots=True)
class AppriseTarget(StrictSettings):
    """A service that Apprise speaks to. Its address holds secrets, so it is no setting."""

    url_env: Variable | None = field(
        default=None,
        metadata=about(
            "The environment variable that holds the service's address (with _FILE added: the name of a file "
            "that does). Default: MONITOR_APPRISE_ and the channel's name in capitals.",
            examples=["DESK_ADDRESS"],
        ),
    )


class AppriseNotifier(BlindNotifier):
    """A `ports.Notifier` for all channels of kind apprise. Its representation shows no address.

    `environ` holds the addresses; `make` turns one into a service of Apprise, or None. Raises MonitorError where the
    package is missing.
    """

    can_edit = False

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        timeout: float = TIMEOUT,
        make: Callable[[str], NotifyBase | None] | None = None,
    ) -> None:
        if importlib.util.find_spec("apprise") is None:
            raise MonitorError(MISSING, retryable=False)
        self._environ = environ
        self._timeout = timeout
        self._make = make or _instantiate
        self._services: dict[str, NotifyBase] = {}
        self._ended: dict[str, threading.Event] = {}  # by lane: whether its last call has

    def lane(self, channel: Channel) -> str:
        """Return the name of the variable that holds the address: nothing of the address itself."""
        return f"apprise:{channel.settings['url_env']}"

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:  # noqa: ARG002 — the port's signature
        """Send the alert; one that was sent and has grown is not sent again. Raises DeliveryError."""
        from monitor.alert.sanitize import clean, clip

        service = await self._service(channel)
        taken, said = await self._call(lane.name, lambda: _notify(service, channel, delivery))
        if taken:
            return Receipt(note=f"given to {service.service_name}")
        reason = next((line for level, line in reversed(said) if level != "DEBUG"), "no reason is given")
        text = f"{service.service_name} did not take it: {clip(redact(clean(reason)), 200)}"
        told = "\n".join(line for _, line in said)
        if _UNCLEAR.search(told) and not _UNHEARD.search(told):
            raise DeliveryError(text, sent=Sent.UNKNOWN, remedy=Remedy.PROBE)
        raise DeliveryError(text, sent=Sent.NO, remedy=Remedy.RETRY)

    async def check(self, channel: Channel) -> str:
        """Return which service the address is of, asking nobody. Raises DeliveryError where it is none."""
        service = await self._service(channel)
        targets = len(service)
        if targets > 1:
            return f"{service.service_name}, {targets} targets (where one fails, all are tried again)"
        return str(service.service_name)

    async def close(self) -> None:
        """Forget the services; calls under way end by themselves."""
        self._services.clear()

    async def _service(self, channel: Channel) -> NotifyBase:
        """Return the service of the channel's address, made once, since Apprise paces each by itself."""
        variable = str(channel.settings["url_env"])
        try:
            address = secret(self._environ, variable)
        except MonitorError as error:
            raise DeliveryError(str(error), sent=Sent.NO, remedy=Remedy.SUSPEND) from error
        if address is None:
            text = f"it has no address: set {variable}, or {variable}_FILE to the name of a file that holds it"
            raise DeliveryError(text, sent=Sent.NO, remedy=Remedy.SUSPEND)
        _hide(address)
        found = self._services.get(address) or await asyncio.to_thread(self._make, address)
        if found is None:
            text = f"{variable} holds no address that Apprise knows: see its list of services, and how each is written"
            raise DeliveryError(text, sent=Sent.NO, remedy=Remedy.SUSPEND)
        self._services[address] = found
        return found

    async def _call(self, lane: str, work: Callable[[], T]) -> T:
        """Run a blocking call in a thread of its own, which no end of the process waits for. Raises DeliveryError."""
        before = self._ended.get(lane)
        if before is not None and not before.is_set():
            raise DeliveryError("the call before has not ended yet", sent=Sent.NO, remedy=Remedy.RETRY)
        ended = self._ended[lane] = threading.Event()

        def call() -> T:
            try:
                return work()
            finally:
                ended.set()

        try:
            async with asyncio.timeout(self._timeout):
                return await in_daemon_thread(call, "apprise")
        except TimeoutError as error:
            text = f"no answer within {self._timeout:g} s"
            raise DeliveryError(text, sent=Sent.UNKNOWN, remedy=Remedy.PROBE) from error


def _instantiate(address: str) -> NotifyBase | None:
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(app_id="news-monitor", app_desc="News monitor", app_url="", default_service_retry=0)
    found: NotifyBase | None = Apprise.instantiate(address, asset=asset)
    if found is not None:
        found.socket_read_timeout = max(found.socket_read_timeout, _READ_TIMEOUT)
        found.socket_connect_timeout = max(found.socket_connect_timeout, _CONNECT_TIMEOUT)
    return found


def _notify(service: NotifyBase, channel: Channel, delivery: Delivery) -> tuple[bool, list[tuple[str, str]]]:
    """Send the message; return whether the service accepted it, and what Apprise logged, as levels and lines."""
    from apprise import Apprise, NotifyFormat, OverflowMode

    from monitor.alert.render.text import letter

    if service.overflow_mode == OverflowMode.UPSTREAM:
        service.overflow_mode = OverflowMode.SPLIT  # only a digest is ever longer than the service's limit
    form: Literal["text", "html"] = "text" if service.resolve_format() == NotifyFormat.TEXT else "html"
    written = letter(
        delivery.alert,
        timezone=channel.timezone or host.timezone(),
        now=delivery.created_at,
        form=form,
        title_units=service.title_maxlen,
        body_units=service.body_maxlen,
    )
    outbound = Apprise()
    outbound.add(service)
    result: Any = outbound.notify(
        body=written.body,
        title=written.title,
        notify_type=_TYPES[delivery.alert.severity],
        body_format=form,
        log_level=logging.DEBUG,
    )
    return bool(result), [(entry.level, str(entry.message)) for entry in result.logs()]


def _hide(address: str) -> None:
    """Keep the address, and every part of it that looks like a secret, out of logs from now on."""
    hide(address)
    try:
        parts = urlsplit(address)
        host_name, password = parts.hostname or "", parts.password or ""
    except ValueError:
        host_name, password = "", ""
    for piece in {*re.split(r"[/:@?&#,=]+", address), password}:
        for form in {piece, unquote(piece)}:
            if form == password or (_TOKEN_LIKE.fullmatch(form) and not ("." in form and form.lower() == host_name)):
                hide(form if len(form) >= _SHORTEST else "")


def _convert(channel: str, settings: AppriseTarget) -> dict[str, Any]:
    return {"url_env": settings.url_env or variable_of(channel)}


def _faults(channel: str, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if written.get("url_env") is None and not re.search("[A-Za-z0-9]", channel):
        yield "", "no variable can be named after this channel: write `apprise: {url_env: NAME_OF_A_VARIABLE}`"
    elif importlib.util.find_spec("apprise") is None:
        text = "needs the package apprise, which is not installed: run `make notify`, or `pip install 'apprise>=2.2'`"
        yield "", text


def _unknown_key(key: str) -> str | None:
    if not key.startswith("url"):
        return None
    return (
        "a service's address holds secrets, which are never in the YAML: write `apprise: {}` and put the address "
        "into the variable MONITOR_APPRISE_<CHANNEL>"
    )


KIND = ChannelKind(
    name="apprise",
    description="A service that Apprise speaks to: mail, chat rooms, push messages. Its address comes from the "
    "environment or a file, never from here.",
    settings=AppriseTarget,
    build=lambda means: AppriseNotifier(means.environ),
    secret_setting="url_env",  # noqa: S106 - a setting's name
    without_secret="channels.{channel}: its alerts wait for an address: set {variable}, or {variable}_FILE",  # noqa: S106
    convert=_convert,
    faults=_faults,
    unknown_key=_unknown_key,
)
