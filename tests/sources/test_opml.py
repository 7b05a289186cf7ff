"""OPML of other readers, of attackers, and our own."""

from __future__ import annotations

import pytest

from monitor.errors import ParseError
from monitor.model import Source
from monitor.sources import opml
from monitor.sources.opml import Outline

EXPORTED = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- exported -->
<opml version="1.1">
  <head><title>Feeds</title></head>
  <body>
    <outline text="Agencies" title="Agencies">
      <outline type="rss" text="Ukrinform &amp; co" xmlUrl="https://www.ukrinform.ua/rss/block-lastnews" language="uk"/>
      <outline type="rss" title="Yonhap&#10;News" xmlURL="feed://en.yna.co.kr/RSS/nk.xml" language="en-us"/>
      <outline text="deeper"><outline text="" xmlUrl="feed:https://deep.example/rss?a=1&amp;b=2"/></outline>
    </outline>
    <outline text="again" xmlUrl="https://www.ukrinform.ua/rss/block-lastnews"/>
    <outline text="bookmark" htmlUrl="https://example.org/"/>
    <outline text="bad" xmlUrl="javascript:alert(1)"/>
    <outline text="bad" xmlUrl="file:///etc/passwd"/>
    <outline text="bad" xmlUrl="https://[broken/"/>
  </body>
</opml>
"""


def test_reads_what_other_readers_export() -> None:
    assert opml.parse(EXPORTED.encode()) == [
        Outline("Ukrinform & co", "https://www.ukrinform.ua/rss/block-lastnews", "uk"),
        Outline("Yonhap News", "https://en.yna.co.kr/RSS/nk.xml", "en"),
        Outline("deep.example", "https://deep.example/rss?a=1&b=2", None),
    ]


def test_an_outline_with_a_page_alone_may_name_feeds() -> None:
    listing = opml.read(EXPORTED.replace('text="bookmark"', 'text="bookmark" xmlUrl=""').encode())
    assert listing.pages == (Outline("bookmark", "https://example.org/"),)


def test_reads_a_list_of_addresses() -> None:
    listing = opml.read(
        b"\xef\xbb\xbf# ours\r\n\r\nhttps://a.example/news\r\n http://b.example:81/\nhttps://a.example/news\nno address\n"
        b"BBC https://b.example/"
    )
    assert listing.pages == (
        Outline("a.example", "https://a.example/news"),
        Outline("b.example", "http://b.example:81/"),
    )
    assert listing.feeds == ()
    remedy = "is no address: write one alone, which begins with https:// or http://"
    assert listing.unusable == (f"line 6: 'no address': {remedy}", f"line 7: 'BBC https://b.example/': {remedy}")


def test_a_list_is_bounded() -> None:
    with pytest.raises(ParseError, match="more than 10000 addresses"):
        opml.read("".join(f"https://{n}.example/\n" for n in range(opml.MAX_FEEDS + 1)).encode())


def test_names_feeds_that_cannot_be_polled() -> None:
    text = EXPORTED.replace('<outline text="bookmark"', '<outline text="empty" type="rss"/><outline text="bookmark"')
    assert opml.read(text.encode()).unusable == (
        "line 12: empty has no address: give it an xmlUrl",
        "line 13: bad: javascript:alert(1): javascript: addresses are not read: write one that begins with https:// or http://",
        "line 14: bad: file:///etc/passwd: file: addresses are not read: write one that begins with https:// or http://",
        "line 15: bad: https://[broken/: is no address: check its brackets, which only go around an IPv6 address",
    )


def test_reads_other_encodings_and_namespaces() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Газета" xmlUrl="http://a.example/"/></body></opml>'
    assert opml.parse(text.encode("cp1251"))[0].title == "Газета"
    named = b'<o:opml xmlns:o="urn:x"><o:body><o:outline text="a" xmlUrl="http://a.example/"/></o:body></o:opml>'
    assert len(opml.parse(named)) == 1


def test_a_title_is_one_short_line_of_plain_text() -> None:
    (outline,) = opml.parse(b'<opml><outline text="a&#x202e;b&#9;c" xmlUrl="http://a.example/"/></opml>')
    assert outline.title == "a b c"
    (outline,) = opml.parse(f'<opml><outline text="{"x" * 5000}" xmlUrl="http://a.example/"/></opml>'.encode())
    assert len(outline.title) == 100


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is not XML"),
        (b"hello", "is not XML"),
        (b"<opml><body>", "is not XML"),
        (b"<rss version='2.0'><channel/></rss>", "add its address to `sources:`"),
        (b"<html><body/></html>", "not OPML"),
        (b"<opml>" + b"<a>" * 100_000, "is not XML"),
        (b"<!DOCTYPE o [<!ENTITY x 'y'>]><opml><outline text='&x;' xmlUrl='http://a.example/'/></opml>", "declares entities"),
        (b"<!DOCTYPE o [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><opml><body>&x;</body></opml>", "declares entities"),
        (b"<!DOCTYPE o [<!ENTITY % x SYSTEM 'http://a.example/x.dtd'>]><opml/>", "declares entities"),
        (b"<!DOCTYPE o [<!ENTITY x 'y'>]><opml><outline text='a & b' xmlUrl='http://a.example/'/></opml>", "is not XML|declares"),
        (b" " * (opml.MAX_BYTES + 1), "larger than 5 MB"),
        ("<opml>" + "".join(f'<outline xmlUrl="http://{n}.example/"/>' for n in range(opml.MAX_FEEDS + 1)) + "</opml>", "more than"),
    ],
)  # fmt: skip
def test_refuses_what_is_no_opml_or_attacks(data: bytes | str, part: str) -> None:
    with pytest.raises(ParseError, match=part) as caught:
        opml.parse(data.encode() if isinstance(data, str) else data)
    assert not caught.value.retryable
    assert "root:" not in str(caught.value)


def test_what_is_written_can_be_read() -> None:
    sources = [
        Source("A <b> & 'c' \"d\"", "https://a.example/?x=1&y=<2>", language="ko"),
        Source("연합뉴스", "https://b.example/"),
    ]
    outlines = opml.parse(opml.dump(sources).encode())
    assert [(outline.title, outline.url, outline.language) for outline in outlines] == [
        (source.name, source.url, source.language) for source in sources
    ]


def test_a_document_type_alone_is_no_harm() -> None:
    text = b"<!DOCTYPE opml SYSTEM 'http://a.example/x.dtd'><opml><outline text='a' xmlUrl='http://a.example/'/></opml>"
    assert len(opml.parse(text)) == 1


@pytest.mark.parametrize("codec", ["utf-8", "cp1251"])
def test_one_bare_ampersand_costs_nothing(codec: str) -> None:
    text = """<?xml version="1.0"?>
<!-- exported
     by hand -->
<opml><body>
<outline text="Газета & радіо" xmlUrl="http://a.example/?a=1&b=2&amp;c=3"/>
<outline text="R&D&nbsp;&eacute;" xmlUrl="http://b.example/"/>
<outline text="bad" xmlUrl="file:///a"/>
</body></opml>"""
    listing = opml.read(text.encode(codec))
    assert [(outline.title, outline.url) for outline in listing.feeds] == [
        ("Газета & радіо", "http://a.example/?a=1&b=2&c=3"),
        ("R&D \u00e9", "http://b.example/"),
    ]
    assert listing.unusable[0].startswith("line 7: bad")


def test_utf7_is_refused() -> None:
    with pytest.raises(ParseError, match="is not XML"):
        opml.read(
            b'<?xml version="1.0" encoding="utf-7"?><opml><outline text="a & b" xmlUrl="http://a.example/"/></opml>'
        )


FEEDS = [Outline("A", "http://a.example/?x=1&y=2"), Outline("B", "http://b.example/")]


@pytest.mark.parametrize(
    ("before", "broken"),
    [
        ("", ""),
        ('<outline text="a < b" xmlUrl="http://c.example/"/>', ""),
        ('<outline text="the "c" of it" title="a < b" xmlUrl="http://c.example/"/>', ""),
        ("<outline text='c' type=rss xmlUrl='http://c.example/'/>", "</body"),
        ("", '<outline text="cut" xmlU'),
        ("<!-- <outline text='gone' xmlUrl='http://gone.example/'/> -->", "<outline"),
    ],
)
def test_a_broken_file_loses_no_feed_in_silence(before: str, broken: str) -> None:
    """Outlines that were no tags any more were text, and nobody was told."""
    rows = '<outline text="A" xmlUrl="http://a.example/?x=1&amp;y=2"/>\n<outline text="B" xmlUrl="http://b.example/"/>'
    end = broken or "</outline></body></opml>"
    listing = opml.read(f"<opml><body><outline text='folder'>\n{before}\n{rows}\n{end}".encode())
    found = [outline for outline in listing.feeds if outline.url != "http://c.example/"]
    assert found == FEEDS
    assert len(listing.feeds) == 2 + before.startswith("<outline")
    assert [each.partition(" (")[0] for each in listing.unusable] == ["the file is broken"] * bool(before or broken)


@pytest.mark.parametrize(
    ("before", "attributes"),
    [("\n" * 70_000, ""), ("", 'a²="1" '), ("", "x" * 200_000)],
    ids=["more lines than lxml counts", "a letter that XML has not in names", "a long name, read once"],
)
def test_a_broken_file_is_read_whatever_it_holds(before: str, attributes: str) -> None:
    text = f"<opml>{before}<outline text='a' xmlUrl='http://a.example/'/><outline {attributes}"
    listing = opml.read(text.encode())
    assert listing.feeds == (Outline("a", "http://a.example/"),)
    assert listing.unusable[-1].startswith("the file is broken")


def test_names_of_elements_have_no_case() -> None:
    text = "<OPML VERSION='1.0'><BODY><OUTLINE TEXT='A' XMLURL='http://a.example/?x=1&amp;y=2'/></BODY></OPML>"
    assert opml.parse(text.encode()) == FEEDS[:1]


def test_a_link_is_a_page_and_a_list_within_a_list_is_named() -> None:
    listing = opml.read(
        b'<opml><outline type="link" text="a" url="http://a.example/"/>'
        b'<outline type="include" text="more" url="http://a.example/more.opml"/></opml>'
    )
    assert listing.pages == (Outline("a", "http://a.example/"),)
    assert listing.unusable == (
        "line 1: more is a list of its own: fetch http://a.example/more.opml and import it, too",
    )


@pytest.mark.parametrize(
    "text",
    [
        "<opml><body><outline text='a' htmlUrl='http://a.example/'",
        "<html><outline text='a < b' xmlUrl='http://a.example/'",
        "<!DOCTYPE o [<!ENTITY x 'y'>]><opml><outline text='a < b' xmlUrl='http://a.example/'",
    ],
)
def test_a_broken_file_without_feeds_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="is not XML"):
        opml.read(text.encode())
