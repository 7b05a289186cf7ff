from __future__ import annotations

import pytest

from monitor.extract import refresh
from monitor.ports import Response

URL = "https://example.org/news/1?a=b#c"


def target(page: str | bytes, url: str = URL) -> str | None:
    return refresh.target(Response(url, 200, (), page.encode() if isinstance(page, str) else page))


def of(content: str, head: str = "") -> str | None:
    return target(f'<html><head>{head}<meta http-equiv="refresh" content="{content}"></head><body></body></html>')


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("0; url=https://example.com/x", "https://example.com/x"),
        ("0;URL='https://example.com/x'", "https://example.com/x"),
        ("0;URL=&quot;https://example.com/x&quot;", "https://example.com/x"),
        ("5, url = https://example.com/x ", "https://example.com/x"),
        (" 3.5 ;url=/x", "https://example.org/x"),
        ("0; /x", "https://example.org/x"),
        ("0 url=x", "https://example.org/news/x"),
        ("0;url=//example.net/x?y=1&amp;z=2", "https://example.net/x?y=1&z=2"),
        (";url=?page=2", "https://example.org/news/1?page=2"),
        ("0;url=http://example.com/", "http://example.com/"),
        ("0;url=https://новини.example/стаття", "https://новини.example/стаття"),
    ],
)
def test_a_target_is_found(content: str, found: str) -> None:
    assert of(content) == found


@pytest.mark.parametrize(
    "content",
    [
        "",
        "600",
        "0",
        "0;",
        "0;url=",
        "300; url=/timeout",
        "soon; url=/x",
        "0;url=javascript:alert(1)",
        "0;url=data:text/html,x",
        "0;url=file:///etc/passwd",
        "0;url=https://example.org/news/1?a=b",
        "0;url=#top",
        "0;url=http://[::1",
        "0;url=mailto:a@example.org",
    ],
)
def test_what_is_no_other_page_is_none(content: str) -> None:
    assert of(content) is None


def test_a_base_counts() -> None:
    assert of("0;url=x", '<base href="https://example.net/a/b">') == "https://example.net/a/x"
    assert of("0;url=x", "<base target=_top>") == "https://example.org/news/x"
    assert of("0;url=x", '<base href="http://[::1">') == "https://example.org/news/x"


def test_the_first_that_leads_elsewhere_counts() -> None:
    page = (
        '<meta http-equiv=Refresh content=600><META HTTP-EQUIV=" REFRESH " CONTENT="1;url=/x"><meta name=a content=b>'
    )
    assert target(page) == "https://example.org/x"


def test_what_asks_for_javascript_counts_on_an_empty_page_alone() -> None:
    asked = '<noscript><meta http-equiv=refresh content="0;url=/nojs"></noscript>'
    assert target(f"<html><head>{asked}</head><body><script>go()</script></body></html>") == "https://example.org/nojs"
    assert target(f"<html><head>{asked}</head><body><p>{'A report. ' * 40}</p></body></html>") is None


@pytest.mark.parametrize(
    "page", ["", "refresh", b"%PDF-1.7 http-equiv=refresh", "<p>refresh yourself</p>", b"refresh\0" * 99]
)
def test_a_page_without_one_has_no_target(page: str | bytes) -> None:
    assert target(page) is None
