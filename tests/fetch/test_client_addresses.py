"""No address, wherever it comes from, makes the fetcher raise anything but its own error."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
from doubles.addresses import BAD, addresses
from doubles.rawserver import RawServer, plain
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import FetchError, FetchKind
from monitor.fetch import transport
from monitor.fetch.address import parse
from monitor.fetch.client import HttpFetcher, _next
from monitor.ports import Request, Response


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with RawServer() as running:
        yield running


async def _failed(request: Request, fetcher: HttpFetcher) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(request)
    return caught.value


@pytest.mark.parametrize(("address", "remedy"), BAD.items())
async def test_what_is_no_address_is_not_asked_and_not_tried_again(address: str, remedy: str) -> None:
    fetcher = HttpFetcher()
    error = await _failed(Request(address), fetcher)
    await fetcher.close()
    assert (error.kind, error.retryable) == (FetchKind.PROTOCOL, False)
    assert "\n" not in str(error)


@pytest.mark.network
@pytest.mark.parametrize("location", [text for text in BAD if re.match(r"[a-z]+://[^/?]", text) and text.isprintable()])
async def test_a_redirect_to_what_is_no_address_is_a_named_error(server: RawServer, location: str) -> None:
    fetcher = HttpFetcher(allow=[server.allow()], spacing=0.0)
    server.answers["/a"] = plain(b"", f"Location: {location}", status="302 Found")
    error = await _failed(Request(server.url("/a")), fetcher)
    await fetcher.close()
    assert error.kind is FetchKind.REDIRECT
    assert len(server.requests) == 1


@given(st.sampled_from(["http://a.example/b/c?d", "https://[::1]/", "https://xn--e1aybc.example/"]), addresses())
def test_any_redirect_leads_to_an_address_or_a_named_error(url: str, location: str) -> None:
    try:
        target = _next(parse(url), location)
    except FetchError as error:
        kind = error.kind
    else:
        kind = FetchKind.REDIRECT
        assert target.scheme in ("http", "https")
        assert target.host
    assert kind is FetchKind.REDIRECT


class _Nowhere(transport.Resolver):
    """A resolver that knows no name."""

    async def resolve(self, host: str, port: int) -> list[str]:
        host.encode("ascii")
        raise FetchError(f"the name {host} cannot be resolved", FetchKind.DNS)


@given(addresses())
def test_any_address_gives_a_response_or_a_named_error(address: str) -> None:
    async def fetch() -> Response | FetchError:
        fetcher = HttpFetcher(spacing=0.0)
        fetcher._transport._resolver.close()
        fetcher._transport._resolver = _Nowhere()
        try:
            return await fetcher.fetch(Request(address, referrer="http://i❤.ws/feed"))
        except FetchError as error:
            return error
        finally:
            await fetcher.close()

    assert isinstance(asyncio.run(fetch()), FetchError)


async def test_a_name_that_cannot_be_resolved_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    resolver = transport.Resolver()
    with pytest.raises(
        FetchError, match=r"a\.example cannot be resolved \(Name or service not known\): check"
    ) as caught:
        await resolver.resolve("a.example", 80)
    resolver.close()
    assert caught.value.retryable
