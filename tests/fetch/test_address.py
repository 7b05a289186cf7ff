from __future__ import annotations

import httpx
import pytest
from doubles.addresses import BAD, addresses
from hypothesis import given
from hypothesis import strategies as st

from monitor import urls
from monitor.errors import AddressError
from monitor.fetch import address

PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "a.example",
            "A.Example",
            "xn--i-7iq.ws",
            "127.0.0.1",
            "127.1",
            "[::1]",
            "[fe80::1%e]",
        ),
        *(":80", ":443", ":8080", ":0", ":99999", ":080", "/", "//", "/.", "/..", "/.well-known", "a.b", "%2F", "%zz"),
        *(
            "%",
            "?",
            "?a=b",
            "&c=%41",
            "#f",
            "|",
            " ",
            "\u0439",
            "{x}",
            "[",
            "@",
            "user:pw@",
            "'",
            "`",
            "^",
            "_",
            "a" * 70,
        ),
    ]
)


@given(st.builds("".join, st.lists(PIECES, min_size=1, max_size=8)) | addresses())
def test_an_address_is_read_as_httpx_does(text: str) -> None:
    try:
        expected = httpx.URL(urls.written(text))
    except AddressError:
        with pytest.raises(AddressError):
            address.parse(text)
        return
    found = address.parse(text)
    assert (str(found), found.scheme, found.port) == (str(expected), expected.scheme, expected.port)
    assert (found.host.encode(), found.target.encode()) == (expected.raw_host, expected.raw_path)
    assert found.place.encode() == expected.netloc


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("https://a.example/feed.xml", "/feed.xml"),
        ("https://a.example:8443/a%20b/c?d=%41&e=/f?g", "/a%20b/c?d=%41&e=/f?g"),
        ("http://a.example/a/../b", "/b"),
        ("http://a.example", "/"),
        ("http://a.example/\u0439 x", "/%D0%B9%20x"),
        ("http://a.example/a?", "/a"),
    ],
)
def test_what_is_asked_for(text: str, target: str) -> None:
    assert address.parse(text).target == target


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        address.parse(text)


def test_what_an_address_says() -> None:
    found = address.parse("https://[::1]:8443/a/b?c=/d")
    assert (found.place, found.number, found.path) == ("[::1]:8443", 8443, "/a/b")
    found = address.parse("https://a.example:443/")
    assert (found.place, found.number, found.port, str(found)) == ("a.example", 443, None, "https://a.example/")
    assert address.parse("http://a.example/").number == 80
    assert address.parse("http://a.example:65535/").number == 65535
