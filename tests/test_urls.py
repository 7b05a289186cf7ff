from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest
from doubles.addresses import BAD, addresses
from hypothesis import example, given
from hypothesis import strategies as st

from monitor import urls
from monitor.errors import AddressError
from monitor.urls import WebAddress


@dataclass(frozen=True)
class Item:
    guid: str | None = None
    link: str | None = None
    title: str = ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://News.Example.ORG:443/A/b", "https://news.example.org/A/b"),
        ("http://example.org:80", "http://example.org/"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a#top", "https://example.org/a"),
        ("https://user:pw@example.org/a", "https://example.org/a"),
        ("https://example.org/a/?utm_source=x&utm_medium=y&fbclid=z", "https://example.org/a"),
        ("https://example.org/a?id=7&utm_campaign=x&page=2", "https://example.org/a?id=7&page=2"),
        ("https://example.org/a?id=7&amp;utm_campaign=x", "https://example.org/a?id=7"),
        ("https://example.org/a?ref=v2.1", "https://example.org/a?ref=v2.1"),
        ("https://example.org/a?ref=rss", "https://example.org/a"),
        ("https://example.org/rubric/9-slug/amp/", "https://example.org/rubric/9-slug"),
        ("https://example.org/amp/rubric/9-slug.html", "https://example.org/rubric/9-slug.html"),
        ("https://example.org/9-slug.amp.html", "https://example.org/9-slug.html"),
        ("https://example.org/a?amp", "https://example.org/a"),
        ("https://example.org/a?amp=1&id=2", "https://example.org/a?id=2"),
        ("https://example.org/a?amp=220V", "https://example.org/a?amp=220V"),
        ("https://example.org/a?outputType=amp", "https://example.org/a"),
        ("https://example.org/amp", "https://example.org/amp"),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/news/7", "https://example.org/news/7"),
        ("https://www.google.com/amp/s/example.org/news/7", "https://example.org/news/7"),
        (
            "https://en.yna.co.kr/view/AEN20231109007251315?section=nk/nk&input=rss",
            "https://en.yna.co.kr/view/AEN20231109007251315",
        ),
        ("https://example.org/list?section=nk", "https://example.org/list?section=nk"),
        ("https://example.org/новини/7", "https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8/7"),
        ("https://example.org/%d0%bd%7E", "https://example.org/%D0%BD~"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/../../a/./b/../c", "https://example.org/a/c"),
        ("https://www.google.com/search?q=7", "https://www.google.com/search?q=7"),
        (f"https://{'ї' * 70}.org/a", f"https://{'ї' * 70}.org/a"),  # no name that DNS could hold
        ("https://приклад.укр/a", "https://xn--80aikifvh.xn--j1amh/a"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
        (" https://example.org/a ", "https://example.org/a"),
        (" tag:example.org,2023:7 ", "tag:example.org,2023:7"),
        ("http:///a", "http:///a"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert urls.canonical(url) == expected


@given(st.text() | st.from_regex(r"https?://[\w.:\[\]@-]{0,20}/[ -~\w/%.]{0,30}\??[ -~\w%]{0,20}", fullmatch=True))
def test_canonical_is_total_and_settles_at_once(text: str) -> None:
    once = urls.canonical(text)
    assert urls.canonical(once) == once


@pytest.mark.parametrize(
    ("text", "base", "address"),
    [
        ("http://a.example", None, WebAddress("http", "a.example", None, "/")),
        (
            " HTTPS://User:pw@A.Example.:8443/b c?d=é#e\n",
            None,
            WebAddress("https", "a.example", 8443, "/b c?d=é", True),
        ),
        ("../x?y", "http://a.example/b/c", WebAddress("http", "a.example", None, "/x?y")),
        ("//b.example/x", "https://a.example/", WebAddress("https", "b.example", None, "/x")),
        ("http://[2001:DB8:0::1]:80/", None, WebAddress("http", "2001:db8::1", 80, "/")),
        ("http://127.0.0.1", None, WebAddress("http", "127.0.0.1", None, "/")),
        ("http://2130706433/", None, WebAddress("http", "2130706433", None, "/")),  # the guard sees what it leads to
        ("http://a_b.example/", None, WebAddress("http", "a_b.example", None, "/")),
        ("https://приклад.укр/", None, WebAddress("https", "xn--80aikifvh.xn--j1amh", None, "/")),
        ("https://ＡＢＣ。example/", None, WebAddress("https", "abc.example", None, "/")),
        ("https://fuß.example/", None, WebAddress("https", "xn--fu-hia.example", None, "/")),
        ("https://xn--80aikifvh.xn--j1amh/", None, WebAddress("https", "xn--80aikifvh.xn--j1amh", None, "/")),
        ("https://r1---a-b--c.example/", None, WebAddress("https", "r1---a-b--c.example", None, "/")),
    ],
)
def test_what_is_an_address(text: str, base: str | None, address: WebAddress) -> None:
    assert urls.parse(text, base) == address
    assert urls.parse(str(address)) == WebAddress(address.scheme, address.host, address.port, address.target)


@pytest.mark.parametrize(("text", "remedy"), [*BAD.items(), ("BBC https://b.example/", "write one alone")])
def test_what_is_no_address_is_told_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(AddressError, match=remedy) as caught:
        urls.parse(text)
    assert "\n" not in str(caught.value)
    assert not caught.value.retryable
    assert not urls.is_web(text)
    link = urls.absolute("https://a.example/", text)
    assert link is None or urls.is_web(link)


@given(addresses(), st.none() | addresses())
def test_any_text_is_an_address_for_everybody_or_for_nobody(text: str, base: str | None) -> None:
    try:
        address = urls.parse(text, base)
    except AddressError:
        return
    url = httpx.URL(str(address))
    assert (url.scheme, url.raw_host.decode(), url.port) == (
        address.scheme,
        address.host,
        None if address.port == {"http": 80, "https": 443}[address.scheme] else address.port,
    )
    assert url.host
    httpx.Request("GET", url)
    assert urls.parse(str(address)) == WebAddress(address.scheme, address.host, address.port, address.target)


@given(addresses(), addresses())
def test_identity_is_total(text: str, other: str) -> None:
    assert urls.canonical(urls.canonical(text)) == urls.canonical(text)
    urls.canonical(text).encode()
    for key in (
        urls.article_key(text, other, other),
        urls.entry_key(Item(text, other)),
        urls.host(text),
        urls.site(text),
    ):
        assert isinstance(key, str)
    link = urls.absolute(text, other)
    assert link is None or urls.is_web(link)


@pytest.mark.parametrize(
    "bad",
    ["", "javascript:alert(1)", "data:text/html,x", "ftp://a/b", "//a/b", "http://", "http://[::1", "http://a:99999/"],
)
def test_what_is_no_web_address(bad: str) -> None:
    assert not urls.is_web(bad)


def test_an_article_keeps_its_key_whatever_its_address() -> None:
    ukrinform = {
        urls.article_key("https://www.ukrinform.ua/rubric-world/3784400-rosia.html"),
        urls.article_key("https://www.ukrinform.ua/rubric-polytics/3784400-inshyi-slug.html?utm_source=rss"),
        urls.article_key("https://www.ukrinform.ua/amp/rubric-world/3784400-rosia.html"),
    }
    assert ukrinform == {"ukrinform.ua:3784400"}
    assert urls.article_key("https://www.ukrinform.net/rubric-world/3784400-russia.html") not in ukrinform
    yonhap = {
        urls.article_key("https://en.yna.co.kr/view/AEN20231109007251315?section=nk/nk&input=rss"),
        urls.article_key("https://m-en.yna.co.kr/view/AEN20231109007251315"),
    }
    assert yonhap == {"yonhap:AEN20231109007251315"}
    assert urls.article_key("http://www.example.org/a/") == urls.article_key("https://example.org/a?fbclid=1")


def test_revisions_of_a_yonhap_article_are_articles_of_one_story() -> None:
    first, second = (f"https://en.yna.co.kr/view/AEN202311090072{revision}315" for revision in ("00", "53"))
    assert urls.article_key(first) != urls.article_key(second)
    assert urls.yonhap_story(first) == urls.yonhap_story(second) == "AEN202311090072"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://example.org/a",
        "https://en.yna.co.kr/view/AEN20231399007200315",
        "https://en.yna.co.kr/view/AEN2023110900720031599",
    ],
)
def test_what_has_no_yonhap_story(url: str | None) -> None:
    assert urls.yonhap_story(url) is None


def test_article_without_an_address() -> None:
    assert urls.article_key(None, "tag:a,2023:7", "T", "X") == urls.article_key(None, "tag:a,2023:7", "other", "X")
    assert urls.article_key(None, "tag:a,2023:7", "T", "X") != urls.article_key(None, "tag:a,2023:7", "T", "Y")
    assert urls.article_key(None, None, "A  title", "X") == urls.article_key(None, None, "a title", "X")
    assert urls.article_key(None, None, "A title", "X") != urls.article_key(None, None, "A title", "Y")
    assert urls.article_key(None, "https://example.org/a?utm_source=1") == urls.article_key("https://example.org/a")


def test_entry_keys() -> None:
    assert urls.entry_key(Item("g1", "https://a.org/1", "T"), "S") == urls.entry_key(
        Item("g1", "https://a.org/2", "U"), "S"
    )
    assert urls.entry_key(Item(None, "https://a.org/1?utm_source=x", "T"), "S") == urls.entry_key(
        Item(None, "https://a.org/1", "U"), "S"
    )
    assert urls.entry_key(Item(None, None, "T"), "S") != urls.entry_key(Item(None, None, "U"), "S")
    assert urls.entry_key(Item("https://a.org/live#p1"), "S") != urls.entry_key(Item("https://a.org/live#p2"), "S")
    assert len(urls.entry_key(Item("g" * 100_000), "S")) < 500


@pytest.mark.parametrize(
    ("base", "link", "expected"),
    [
        ("https://a.org/rss/", "../news/1", "https://a.org/news/1"),
        ("https://a.org/rss", "//b.org/1", "https://b.org/1"),
        (None, "/news/1", None),
        ("https://a.org/", "javascript:alert(1)", None),
        ("https://a.org/", "java\nscript:alert(1)", None),
        ("https://a.org/", "data:text/html,x", None),
        ("https://a.org/", "mailto:a@b.org", None),
        ("https://a.org/", "", None),
        ("https://a.org/", "http://[broken", None),
        (None, "https://a.org/1", "https://a.org/1"),
        (None, " https://a.org/1 ", "https://a.org/1"),
        (None, "https://a.org/two words.html?q=a b", "https://a.org/two%20words.html?q=a%20b"),
        (None, "https://a.org/long-\n      name", "https://a.org/long-name"),
        (None, 'https://a.org/a|b"><i>', "https://a.org/a%7Cb%22%3E%3Ci%3E"),
        ("https://a.org/rss", "news/two words", "https://a.org/news/two%20words"),
        ("https://a.org/rss", "news\x01one", "https://a.org/news%01one"),
        ("https://a.org/rss", "http://[::1/", None),
        ("https://a.org/rss", "http://xn--127-jia.test/a.html", None),
        ("http://[", "news/1", None),
    ],
)
def test_absolute(base: str | None, link: str, expected: str | None) -> None:
    assert urls.absolute(base, link) == expected


def test_host_and_site() -> None:
    assert urls.host("https://En.YNA.co.kr:8080/a") == "en.yna.co.kr"
    assert urls.site("https://en.yna.co.kr/a") == urls.site("https://www.yna.co.kr/") == "yna.co.kr"
    assert urls.site("https://www.ukrinform.ua/rss") == "ukrinform.ua"
    assert urls.site("http://127.0.0.1:80/") == "127.0.0.1"
    assert urls.site("not an address") == ""


def test_keys_of_articles_that_share_an_address() -> None:
    one, two = (urls.part_key("url:a.org/live", part) for part in ("1", "2"))
    assert one != two
    assert one.startswith(urls.PART + "url:a.org/live#")
    assert urls.part_key(one, "more").startswith(urls.PART + one.removeprefix(urls.PART))
    assert len(urls.part_key("k" * 5000, "1")) < 500


def test_path_and_origin() -> None:
    assert urls.path("https://a.org/b/c?d=1#e") == "/b/c?d=1"
    assert urls.path("https://a.org") == ""
    assert urls.path("http://[rubbish") == ""
    assert urls.origin("https://a.org:8080/b?c") == "https://a.org:8080/"
    assert urls.origin("mailto:a@b.c") is None
    assert urls.origin("http://[rubbish") is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://a.org/rubric-x/3784521-rain-in-kyiv.html", "rain in kyiv"),
        ("https://a.org/2026/11/29/%D0%B4%D0%BE%D1%89_%D1%83_%D0%9A%D0%B8%D1%94%D0%B2%D1%96/", "дощ у Києві"),
        ("https://a.org/view/AEN20231109007200315", ""),
        ("https://a.org/news", ""),
        ("https://a.org/", ""),
        ("http://[rubbish", ""),
        (None, ""),
    ],
)
def test_words_of_an_address(url: str | None, words: str) -> None:
    assert urls.slug(url) == words


PLAIN = st.from_regex(
    r"https?://(www\.|l\.)?(a-b\.example|google\.com|facebook\.com|example\.org|ukrinform\.ua|en\.yna\.co\.kr|a\.\.b|-a|x"
    r"|cdn\.ampproject\.org|a\.cdn\.ampproject\.org|xn--a\.org|127\.1\.2\.3|1\.2|[A-Za-z]{70}\.org|t\.co\.)(:80|:443|:8080|:0|:)?"
    r"(/(amp|AMP|\.|\.\.|\.a|a\.amp|rubric-x|37845-a|AEN20231109007251315|[a-z0-9._~!$&'()*+,;=:@%-]{1,6})?){0,4}"
    r"(\?(&?(utm_source|ref|output|amp|section|fbclid|AEN20231109007251315|[a-z0-9=&;%./?-]{1,3})(=|=amp|=rss|=1)?){0,3})?",
    fullmatch=True,
)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://a.example/a/b", "https://a.example/a/b"),
        ("HTTPS://A.example/b", "https://a.example/b"),
    ],
)
def test_an_address_that_needs_no_work_stays_and_others_are_written_anew(url: str, asked: str) -> None:
    assert urls.written(url) == asked


@given(PLAIN)
@example("https://a.example/a/b/")
@example("https://a.example/a;b")
@example("https://www.ukrinform.ua/rubric-x/37845-a")
@example("https://l.facebook.com/l.php")
def test_an_address_is_written_as_it_is_asked_for(url: str) -> None:
    try:
        expected = str(urls.parse(url))
    except AddressError:
        with pytest.raises(AddressError):
            urls.written(url)
    else:
        assert urls.written(url) == expected


@given(PLAIN)
@example("https://a.example/a/b/")
@example("https://a.example/a;b")
@example("https://a.example/a?utm_source=rss")
@example("https://a.example/a/?b=1&utm_source=rss&c")
@example("https://a.example/?p=7")
@example("https://a.example?p=7")
@example("https://a.example/?fbclid=7")
@example("https://a.example/a?b=c=d")
@example("https://en.yna.co.kr/view/1?section=news")
@example("https://en.yna.co.kr/view/AEN20231109007251315?section=news")
@example("https://www.ukrinform.ua/rubric-x/37845-a")
@example("https://l.facebook.com/l.php")
@example("https://l.facebook.com/l.php?u=https://b.example/b")
def test_a_plain_address_is_short_work_and_nothing_else(url: str) -> None:
    """What is answered at once is what all the work would have answered."""

    def answers() -> list[object]:
        urls._address_key.cache_clear()
        asked = (urls.canonical, urls.article_key, urls.direct, urls.is_web, urls.is_front_page)
        keys = urls.key_of(url, None, "t"), urls.key_of(None, url, "t")
        return [
            *(ask(url) for ask in asked),
            *keys,
            urls.absolute("https://b.example/c", url),
            urls.absolute(None, url),
        ]

    short = answers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "plain", lambda _: None)
        assert answers() == short


@pytest.mark.parametrize(
    ("url", "front"),
    [
        ("https://a.example", True),
        (" https://a.example/ ", True),
        ("https://a.example/?id=1", False),
        ("https://a.example/#a", False),
        ("https://a.example/a", False),
        ("https://a..b/", False),
        ("https://a..b/a", False),
        ("a.example", False),
    ],
)
def test_front_pages(url: str, front: bool) -> None:
    assert urls.is_front_page(url) is front
