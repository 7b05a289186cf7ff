"""Webhook: the alert as signed JSON, posted to an address of the user's.

Headers: `Idempotency-Key: ROW:REVISION` (the same for every try of one message: a receiver that has seen it answers
2xx and does nothing), `X-Monitor-Timestamp` (Unix seconds) and `X-Monitor-Signature: sha256=HEX`, HMAC-SHA256 of
`TIMESTAMP.BODY` with the secret of `MONITOR_WEBHOOK_SECRET`, where that is set. 2xx is sent; an answer that finds fault
with this very message (400, 413, 415, 422) is final; every other one is tried again, since receivers are moved, locked
out and redeployed, and no alert may be lost over that.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor import polling, urls
from monitor.deliver.channels.base import BlindNotifier
from monitor.deliver.proxies import check_proxies
from monitor.deliver.secret import secret
from monitor.errors import AddressError, DeliveryError, Remedy, Sent
from monitor.fields import StrictSettings, Url, about
from monitor.log import hide, redact
from monitor.model import Channel, Delivery, Lane, Receipt
from monitor.ports import ChannelKind, Notifier, NotifierContext

if TYPE_CHECKING:
    import httpx

# httpx and rendering are imported where they are used: every command that reads a configuration imports this module.

SECRET = "MONITOR_WEBHOOK_SECRET"  # noqa: S105 - a variable's name
"""The environment variable whose value signs webhooks; with `_FILE`, the name of a file that holds it."""

_TIMEOUT, _CONNECT_TIMEOUT = 30.0, 10.0
_DEADLINE = 60.0  # seconds for all of a call: an answer that trickles must not hold the lane
_FINAL = {400, 406, 413, 414, 415, 422, 431}
_LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class WebhookTarget(StrictSettings):
    """An address that is sent JSON by POST."""

    url: Url = field(metadata=about("Where each alert is posted to.", examples=["https://example.org/hook"]))


class WebhookNotifier(BlindNotifier):
    """A `ports.Notifier` that posts JSON to `settings["url"]`. Its representation shows no secret.

    `secret` signs; `now` gives Unix seconds.
    """

    def __init__(
        self,
        secret: str | None = None,
        *,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        import httpx

        hide(secret or "")
        self._secret = secret
        self._now = now
        headers = {"user-agent": "news-monitor"}
        timeout = httpx.Timeout(_TIMEOUT, connect=_CONNECT_TIMEOUT)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False, transport=transport, headers=headers)

    def lane(self, channel: Channel) -> str:
        """Return the address's lane: a name without what may be secret in the address."""
        url = str(channel.settings["url"])
        return f"webhook:{urls.host(url)}:{hashlib.sha256(url.encode(errors='replace')).hexdigest()[:16]}"

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:  # noqa: ARG002 — the port's signature
        """Post the alert; an edit is a post with a higher revision. Raises DeliveryError."""
        from monitor.alert.render import telegram

        document = {
            "id": delivery.id,
            "revision": delivery.revision,
            "channel": channel.name,
            "story": delivery.story_id,
            "in_reply_to": delivery.reply_to,
            "alert": telegram.payload(delivery.alert),
        }
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        response = await self._post(channel, body, f"{delivery.id}:{delivery.revision}")
        if response.is_success:
            return Receipt(note=f"answered {response.status_code}")
        raise self._refused(response)

    async def _post(self, channel: Channel, body: bytes, key: str) -> httpx.Response:
        import httpx

        not_sent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
        address = str(_address(channel))
        headers = {"content-type": "application/json; charset=utf-8", "idempotency-key": key}
        if self._secret:
            stamp = str(int(self._now()))
            signature = hmac.new(self._secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers |= {"x-monitor-timestamp": stamp, "x-monitor-signature": f"sha256={signature}"}
        try:
            async with asyncio.timeout(_DEADLINE):
                request = self._client.build_request("POST", address, content=body, headers=headers)
                response = await self._client.send(request, stream=True)
                await response.aclose()  # its status says it all: a body, however long, is not read
                return response
        except TimeoutError as error:
            text = f"no answer: not within {_DEADLINE:g} s"
            raise DeliveryError(text, sent=Sent.UNKNOWN, remedy=Remedy.PROBE) from error
        except httpx.HTTPError as error:
            text = redact(f"{type(error).__name__}: {error}")
            if isinstance(error, not_sent):
                raise DeliveryError(f"not sent: {text}", sent=Sent.NO, remedy=Remedy.RETRY) from error
            raise DeliveryError(f"no answer: {text}", sent=Sent.UNKNOWN, remedy=Remedy.PROBE) from error

    def _refused(self, response: httpx.Response) -> DeliveryError:
        status = response.status_code
        text = f"the webhook answered {status}"
        pause = polling.retry_after(response.headers.get("retry-after"), datetime.fromtimestamp(self._now(), UTC))
        if status in _FINAL:
            return DeliveryError(f"{text}: no try will change that", sent=Sent.NO, remedy=Remedy.DEAD)
        # By the contract above an answer that is not 2xx means that nothing was done: safe to try again.
        if pause is not None:
            return DeliveryError(text, sent=Sent.NO, remedy=Remedy.PAUSE, retry_after=min(pause, _LONGEST_PAUSE))
        return DeliveryError(text, sent=Sent.NO, remedy=Remedy.RETRY)

    async def check(self, channel: Channel) -> str:
        """Return the address, without the path, which may be secret. Raises DeliveryError where that is no address."""
        address = _address(channel)
        return f"{address.scheme}://{address.host}"

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()


def _address(channel: Channel) -> urls.WebAddress:
    """Return the address that a channel posts to. Raises DeliveryError, without the path, which may be secret."""
    try:
        return urls.parse(str(channel.settings["url"]))
    except AddressError as error:
        raise DeliveryError(f"the webhook's url {error.reason}", sent=Sent.NO, remedy=Remedy.DEAD) from None


def _build(means: NotifierContext) -> Notifier:
    check_proxies()
    return WebhookNotifier(secret(means.environ, SECRET))


KIND = ChannelKind(
    name="webhook",
    description="An address that is sent JSON.",
    settings=WebhookTarget,
    build=_build,
    idempotent=True,
    secret=SECRET,
)
