"""Links that hold the address of the page that they lead to."""

from __future__ import annotations

import base64
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import redirectors, urls

PAGE = "https://paper.example/world/7?id=3&lang=uk#top"
CODED = quote(PAGE, safe="")


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.google.com/url?rct=j&sa=t&url={CODED}&ct=ga&cd=CAIyGmE&usg=AOvVaw0",
        f"https://www.google.co.kr/url?q={CODED}&sa=U",
        f"https://www.google.com/url?rct=j&amp;sa=t&amp;url={CODED}&amp;ct=ga",
        f"https://news.google.com/articles?url={CODED}",
        f"http://news.google.com/news/url?sa=t&fd=R&ct2=us&url={CODED}",
        f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&tid=1&url={CODED}&c=2&mkt=en-us",
        f"https://r.search.yahoo.com/_ylt=Awr;_ylu=Y29/RV=2/RE=1699/RO=10/RU={CODED}/RK=2/RS=x-",
        f"http://us.rd.yahoo.com/dailynews/rss/world/*{PAGE.replace('#top', '')}",
        f"https://l.facebook.com/l.php?u={CODED}&h=AT0",
        f"https://l.instagram.com/?u={CODED}&e=AT",
        f"https://eur01.safelinks.protection.outlook.com/?url={CODED}&data=05&reserved=0",
        f"https://t.umblr.com/redirect?z={CODED}&t=Zj",
        f"https://out.reddit.com/t3_abc?url={CODED}&token=x",
        f"https://www.youtube.com/redirect?event=video&q={CODED}",
        f"https://www.linkedin.com/redir/redirect?url={CODED}&urlhash=x",
        f"https://vk.com/away.php?to={CODED}&cc_key=",
        f"https://steamcommunity.com/linkfilter/?u={CODED}",
        f"https://duckduckgo.com/l/?uddg={CODED}&rut=x",
        f"https://slack-redir.net/link?url={CODED}",
        f"https://exit.sc/?url={CODED}",
    ],
)
def test_the_page_is_unwrapped(link: str) -> None:
    assert redirectors.target(urlsplit(link)) in {PAGE, PAGE.replace("#top", "")}
    assert urls.direct(link) in {PAGE, PAGE.replace("#top", "")}
    assert urls.canonical(link) == urls.canonical(PAGE)
    assert urls.article_key(link) == urls.article_key(PAGE)


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/url?sa=t&url=",
        "https://www.google.com/url?sa=t&url=javascript%3Aalert(1)",
        "https://www.google.com/url?sa=t&q=some+words",
        f"https://www.google.com/search?q={CODED}",
        f"https://google.example/url?url={CODED}",
        f"https://www.google.com.evil.example/url?url={CODED}",
        f"https://paper.example/share?url={CODED}",
        f"https://www.facebook.com/sharer.php?u={CODED}",
        "https://r.search.yahoo.com/cbclk/abc",
        "https://news.google.com/rss/articles/short",
        "https://l.facebook.com/l.php?u=https%3A%2F%2F",
        "mailto:desk@paper.example",
        "",
    ],
)
def test_other_links_stay(link: str) -> None:
    assert urls.direct(link) == link


def test_an_address_that_is_none_stays_wrapped() -> None:
    link = "https://www.google.com/url?url=https://paper.example:99999/"
    assert redirectors.target(urlsplit(link))
    assert urls.direct(link) == link


def message(*fields: bytes) -> str:
    data = base64.urlsafe_b64encode(b"".join(fields)).decode().rstrip("=")
    return f"https://news.google.com/rss/articles/{data}?oc=5"


def field(number: int, value: bytes) -> bytes:
    tag = number << 3 | 2
    numbers = (tag, len(value))
    return b"".join(bytes([n]) if n < 0x80 else bytes([n & 0x7F | 0x80, n >> 7]) for n in numbers) + value


KIND = b"\x08\x13"  # field 1, a number
LONG = PAGE + "&" + "x" * 200


@pytest.mark.parametrize(
    ("link", "page"),
    [
        (message(KIND, field(4, PAGE.encode())), PAGE),
        (message(KIND, field(4, LONG.encode()), field(26, b"https://paper.example/amp/7")), LONG),
        (message(KIND, field(3, b"other"), field(4, PAGE.encode())), PAGE),
        (message(KIND, field(4, PAGE.encode())).replace("/rss/articles/", "/read/"), PAGE),
        (message(KIND, field(4, PAGE.encode())).replace("/rss/articles/", "/__i/rss/rd/articles/"), PAGE),
    ],
)
def test_an_id_of_google_news_that_holds_the_address(link: str, page: str) -> None:
    assert urls.direct(link) == page


@pytest.mark.parametrize(
    "link",
    [
        message(KIND, field(4, b"AU_yqLM14juFi6_aBWWlj6aUK8aPvAKbWe")),  # since 2024: a key
        message(KIND, field(4, b"\xff\xfe" * 9)),
        message(KIND, field(26, PAGE.encode())),
        message(KIND, b"\x25abcdefgh"),  # a wire type that is not read
        message(b"\xff" * 20),  # a number without an end
        message(KIND, b"\x08"),
        "https://news.google.com/rss/articles/abcdefghi",  # no length that Base64 has
    ],
)
def test_an_id_of_google_news_that_does_not(link: str) -> None:
    assert urls.direct(link) == link


def test_links_in_links() -> None:
    alert = f"https://www.google.com/url?url={CODED}"
    mail = f"https://nam02.safelinks.protection.outlook.com/?url={quote(alert, safe='')}&data=05"
    assert urls.direct(mail) == PAGE
    cached = quote("https://paper-example.cdn.ampproject.org/c/s/paper.example/world/7", safe="")
    assert urls.canonical(f"https://www.google.com/url?url={cached}") == "https://paper.example/world/7"


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/url?url=" * 100 + PAGE,
        "https://" + "www.google.com/amp/s/" * 100 + "paper.example/7",
        "https://www.google.com/url?url=" * 9_000 + PAGE,
    ],
)
def test_links_in_links_without_end(link: str) -> None:
    assert "google" in urls.direct(link)
    assert "google" in urls.canonical(link)


@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.sampled_from(["www.google.com", "news.google.com", "r.search.yahoo.com"]),
)
def test_nothing_raises(path: str, query: str, host: str) -> None:
    for start in ("url", "rss/articles/", "RU="):
        urls.direct(f"https://{host}/{start}{path}?url={query}")


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("l.facebook.com", True),
        ("www.google.de", True),
        ("news.google.com", True),
        ("r.search.yahoo.com", True),
        ("facebook.example", False),
        ("example.org", False),
    ],
)
def test_hosts_whose_links_lead_elsewhere(host: str, known: bool) -> None:
    assert redirectors.is_one(host) is known
