from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.fetch.cookies import CookieJar

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jar(clock: Clock) -> CookieJar:
    return CookieJar(clock)


def keep(
    jar: CookieJar, *lines: str, host: str = "www.example.org", path: str = "/rss/all", secure: bool = True
) -> None:
    jar.store(host, path, list(lines), secure=secure, server_time=NOON)


def sent(jar: CookieJar, host: str = "www.example.org", path: str = "/rss/all", *, secure: bool = True) -> str:
    return jar.header(host, path, secure=secure)


def test_a_cookie_goes_to_the_host_that_set_it_alone(jar: CookieJar) -> None:
    keep(jar, "a=1")
    assert sent(jar) == "a=1"
    for other in ("example.org", "x.www.example.org", "evil.example", "wwww.example.org"):
        assert sent(jar, other) == ""


def test_a_domain_widens_to_the_registered_one_at_most(jar: CookieJar) -> None:
    keep(jar, "a=1; Domain=.Example.org")
    assert sent(jar) == sent(jar, "feeds.example.org") == sent(jar, "example.org") == "a=1"
    assert sent(jar, "badexample.org") == sent(jar, "example.com") == ""


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.org", "org"),
        ("www.example.org", "example.com"),
        ("www.example.org", "ample.org"),
        ("news.example.co.uk", "co.uk"),
        ("a.github.io", "github.io"),
        ("news.kyiv.ua", "kyiv.ua"),
        ("www.example.org", "feeds.www.example.org"),
        ("host.unknown", "unknown"),
        ("10.0.0.1", "0.0.1"),
        ("localhost", "host"),
    ],
)
def test_a_domain_that_is_not_the_hosts_own_is_refused(jar: CookieJar, host: str, domain: str) -> None:
    keep(jar, f"a=1; Domain={domain}", host=host)
    assert sent(jar, host) == sent(jar, domain) == sent(jar, f"other.{domain}") == ""


def test_paths_and_transport_are_heeded(jar: CookieJar) -> None:
    keep(jar, "top=1; Path=/", "here=2", "deep=3; Path=/rss/all/x", "odd=4; Path=rss", "safe=5; Secure; Path=/")
    assert sent(jar) == "here=2; odd=4; top=1; safe=5"
    assert sent(jar, path="/rss/all/x") == "deep=3; here=2; odd=4; top=1; safe=5"
    assert sent(jar, path="/rsss") == "top=1; safe=5"
    assert sent(jar, secure=False) == "here=2; odd=4; top=1"


def test_what_comes_without_tls_sets_no_secure_cookie(jar: CookieJar) -> None:
    keep(jar, "a=1; Secure", secure=False)
    assert sent(jar) == ""


def test_lifetimes(jar: CookieJar, clock: Clock) -> None:
    keep(
        jar, "age=1; Max-Age=60; Expires=Mon, 30 Nov 2020 12:00:00 GMT", "date=2; Expires=Mon, 30-Nov-2026 12:02:00 GMT",
        "gone=3; Max-Age=0", "past=4; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "bad=5; Expires=never; Max-Age=--9",
    )  # fmt: skip
    assert sent(jar) == "age=1; date=2; bad=5"
    clock.now += 61
    assert sent(jar) == "date=2; bad=5"
    clock.now += 60
    assert sent(jar) == "bad=5"
    keep(jar, "bad=; Max-Age=-1")
    assert sent(jar) == ""


@pytest.mark.parametrize("line", ["", "=", "=x", "name", ";", "a=b\rc", "a=é", "a=" + "x" * 5000, "a=\x01"])
def test_what_is_no_cookie_is_left_out(jar: CookieJar, line: str) -> None:
    keep(jar, line, "b=2")
    assert sent(jar) == "b=2"


def test_the_latest_counts_and_the_oldest_are_forgotten(jar: CookieJar) -> None:
    keep(jar, "a=1", "a=2")
    assert sent(jar) == "a=2"
    keep(jar, *(f"c{number}=x" for number in range(200)))
    kept = sent(jar).split("; ")
    assert len(kept) == 100
    assert kept[-1] == "c199=x"
