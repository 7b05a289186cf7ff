"""The fast parser says of every feed what feedparser says, or nothing; of usual feeds it says something."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import pytest
from doubles.two_parsers import compared
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.sources import fast_feed
from monitor.sources.prolog import strip_control

SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "yandex": "http://news.yandex.ru",
}
DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
ITEM = "<title>Shells</title><link>https://a.org/1</link><pubDate>Mon, 02 Mar 2026 06:00:00 GMT</pubDate>"
ENTRY = '<title>Shells</title><link href="https://a.org/1"/><updated>2026-03-02T06:00:00Z</updated>'

read = compared(fast_feed.read)


def rss(*items: str, channel: str = "", declared: str = DECLARED, root: str = "") -> bytes:
    inner = "".join(f"<item>{each}</item>" for each in items)
    return f"<rss version='2.0' {declared} {root}><channel><title>Wire</title>{channel}{inner}</channel></rss>".encode()


def atom(*entries: str, feed: str = "", root: str = "") -> bytes:
    inner = "".join(f"<entry>{each}</entry>" for each in entries)
    return f"<feed xmlns='{SPACES['atom']}' {root}><title>Wire</title>{feed}{inner}</feed>".encode()


def rdf(*items: str, about: str = "https://a.org/1", beside: str = "") -> bytes:
    inner = "".join(f"<item rdf:about='{about}'>{each}</item>" for each in items)
    return (
        f"<rdf:RDF xmlns='http://purl.org/rss/1.0/' {DECLARED}><channel rdf:about='https://a.org/'>"
        f"<title>Wire</title></channel>{beside}{inner}</rdf:RDF>"
    ).encode()


# --------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(
    "body",
    [
        rss(ITEM),
        b"\xef\xbb\xbf" + rss(ITEM),
        b"<?xml version='1.0' encoding='UTF-8'?>\n<!-- made by hand -->\n" + rss(ITEM) + b"\n<!-- end -->\n",
        rss(ITEM, ITEM, channel="<link>https://a.org/</link><language>uk</language><ttl>15</ttl>"),
        rss(ITEM, channel="<image><url>https://a.org/i.png</url><title>I</title><link>https://a.org/</link></image>"),
        rss(ITEM, channel="<skipHours><hour>3</hour></skipHours><atom:link rel='hub' href='https://hub.org/'/>"),
        rss(ITEM, channel="<itunes:owner><itunes:name>N</itunes:name></itunes:owner><managingEditor>M</managingEditor>"),
        rss(ITEM + "<description>Text</description><content:encoded><![CDATA[<p>Long text</p>]]></content:encoded>"),
        rss(ITEM + "<media:content url='https://a.org/i'><media:description>d</media:description></media:content>"),
        rss(ITEM + "<media:group><media:title>t</media:title></media:group><media:thumbnail url='u'/>"),
        rss(ITEM + "<source url='https://b.org/'>Elsewhere</source><guid isPermaLink='false'>7</guid>"),
        rss(ITEM + "<dc:creator>Olena</dc:creator><author>a@a.org (Olena)</author><category domain='x'>c</category>"),
        rss(ITEM + "<yandex:full-text>Long</yandex:full-text><slash:comments>3</slash:comments><comments>x</comments>"),
        rss(ITEM + "<feedburner:origLink>https://b.org/1</feedburner:origLink><enclosure url='u' length='1'/>"),
        rss(ITEM + "<atom:link rel='self' href='/relative'/><dc:language>ko</dc:language>"),
        rss(ITEM, root="xml:lang='pt_BR'"),
        atom(ENTRY),
        atom(ENTRY + "<id>urn:1</id><author><name>N</name><email>n@a.org</email></author>", root="xml:lang='uk'"),
        atom(ENTRY + "<summary type='text'>S</summary><content type='html'>&lt;p&gt;Long&lt;/p&gt;</content>"),
        atom(ENTRY + "<source><id>x</id><title>Elsewhere</title><updated>2026-03-02T06:00:00Z</updated></source>"),
        atom(ENTRY, feed="<link rel='hub' href='https://hub.org/'/><link rel='self' href='https://a.org/f'/>"),
        rdf("<title>Shells</title><link>https://a.org/1</link><dc:date>2026-03-02T06:00:00Z</dc:date>"),
    ],
)  # fmt: skip
def test_usual_feeds_are_read(body: bytes) -> None:
    found = read(body, "application/rss+xml; charset=utf-8")
    assert found is not None
    assert found.title == "Wire"
    assert {item.title for item in found.entries} == {"Shells"}


# --------------------------------------------------------------------------- what is left to feedparser


@pytest.mark.parametrize(
    "body",
    [
        rss(ITEM + "<feedburner:origLink type='text'>https://b.org/1</feedburner:origLink>"),
        rss(ITEM + "<feedburner:origLink><b>https://b.org/1</b></feedburner:origLink>"),
        b"",
        b"{}",
        b"no feed",
        b"<html><body>no feed</body></html>",
        rss(),
        rss(ITEM)[:-3],
        rss(ITEM.replace("Shells", "a & b")),
        rss(ITEM.replace("Shells", "a&nbsp;b")),
        rss(ITEM.replace("Shells", "")),
        rss(ITEM.replace("Shells", "<b>Shells</b>")),
        rss(ITEM.replace("Shells", "She\x7flls")),
        rss(ITEM.replace("Shells", "She\x85lls")),
        rss(ITEM.replace("Shells", "She&#150;lls")),
        rss(ITEM.replace("Shells", "She&#x7f;lls")),
        rss(ITEM.replace("Shells", "Shélls")).decode().encode("latin-1"),
        rss(ITEM.replace("https://a.org/1", "/1")),
        rss(ITEM.replace("https://a.org/1", "https://a.org/1?a=1&amp;b;=2")),
        rss(ITEM.replace("pubDate>", "when>")),
        rss(ITEM + "<title>Again</title>"),
        rss(ITEM + "<Title>Again</Title>"),
        rss(ITEM + "<link>https://a.org/2</link>"),
        rss(ITEM + "<atom:link href='https://a.org/2'/>"),
        rss(ITEM + "<dc:title>Again</dc:title>"),
        rss(ITEM + "<date>2026</date>"),
        rss(ITEM + "<more><title>Again</title></more>"),
        rss(ITEM + "<description><p>markup</p></description>"),
        rss(ITEM + "<description mode='base64'>YQ==</description>"),
        rss(ITEM + "<image><title>Again</title></image>"),
        rss(ITEM + "<source url='u'>s</source><media:title>Again</media:title>"),
        rss(ITEM + "<author><name>Olena</name></author>"),
        rss(ITEM + "<x:title>a</x:title>", declared="xmlns:x='http://x.org/a'").replace(b"<x:title", b"<y:title"),
        rss(ITEM + "<dc:creator>Olena</dc:creator>", declared="xmlns:dc='http://purl.org/dc/elements/1.1'"),
        rss(ITEM + "<a:b/>", declared="xmlns:a='http://x.org/a' xmlns:b='http://x.org/a'"),
        rss(ITEM, channel="<link>/</link>"),
        rss(ITEM, channel="<title>Again</title>"),
        rss(ITEM, channel="<itunes:summary>a</itunes:summary><description>b</description>"),
        rss(ITEM, channel="<textInput><title>Search</title></textInput>"),
        rss(ITEM, root="xml:base='https://b.org/'"),
        rss(ITEM, channel="<author base='https://[a'></author>"),
        rss(ITEM + "<media:content base = 'https://b.org/'/>"),
        rss(ITEM).replace(b"<channel>", b"<channel href='https://b.org/'>"),
        rss(ITEM).replace(b"</channel>", b"</channel><item/>"),
        b"<!DOCTYPE rss>" + rss(ITEM),
        b"<?xml version='1.0' encoding='windows-1251'?>" + rss(ITEM),
        atom(ENTRY + "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a</div></content>"),
        atom(ENTRY + "<content src='https://a.org/1.pdf'/>"),
        atom(ENTRY + "<content type='image/png'>YQ==</content>"),
        atom(ENTRY).replace(b"<entry>", b"<entry about='x'>"),
        rdf("<title>Shells</title><link>https://a.org/1</link>"),
        rdf(ITEM, beside="<textinput rdf:about='x'><title>Search</title></textinput>"),
        rss(*[ITEM] * 2_001),
    ],
)  # fmt: skip
def test_unusual_feeds_are_left_to_feedparser(body: bytes) -> None:
    assert read(body, None) is None


@pytest.mark.parametrize("label", ["text/xml; charset=windows-1251", "text/xml; charset=utf-7"])
def test_another_charset_is_left_to_feedparser(label: str) -> None:
    assert read(rss(ITEM), label) is None


def test_nesting_that_only_an_attack_has_is_left_to_feedparser() -> None:
    assert read(rss(ITEM + "<a>" * 300 + "</a>" * 300), None) is None


# --------------------------------------------------------------------------- by chance

TEXTS = st.text(
    st.one_of(st.sampled_from("abc <>&;'\"#é한Їé\u00c3\u00a9\u00d0\u009f\u00a0"), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=12,
).map(strip_control)  # fmt: skip
LINKS = st.sampled_from(
    [
        "https://a.org/1",
        "http://a.org",
        "https://a.org/?a=1&b=2",
        "/1",
        "",
        "https://a.org/a;b",
        "https://a.org/1?#",
        "HTTPS://A.org/1\n    ",
        "https://a.org/Ї#x",
        "mailto:a@a.org",
        "https://[a",
        "https://a.org/a b",
        "ftp://a.org/1",
        "https:///a.org",
        "https://a.org/?",
    ]
)
DATES = st.sampled_from(["Mon, 02 Mar 2026 06:00:00 GMT", "2026-03-02T06:00:00+02:00", "", "yesterday"])
NAMES = st.sampled_from(
    [
        "title",
        "link",
        "guid",
        "id",
        "description",
        "summary",
        "content",
        "content:encoded",
        "author",
        "name",
        "email",
        "dc:creator",
        "dc:date",
        "dc:title",
        "dc:subject",
        "dc:language",
        "language",
        "pubDate",
        "published",
        "updated",
        "created",
        "issued",
        "modified",
        "dcterms:issued",
        "media:content",
        "media:group",
        "media:title",
        "media:description",
        "media:thumbnail",
        "media:credit",
        "category",
        "source",
        "image",
        "url",
        "enclosure",
        "comments",
        "date",
        "itunes:summary",
        "itunes:author",
        "itunes:image",
        "itunes:owner",
        "itunes:subtitle",
        "feedburner:origLink",
        "atom:link",
        "atom:updated",
        "atom:author",
        "yandex:full-text",
        "yandex:title",
        "slash:comments",
        "rights",
        "subtitle",
        "textInput",
        "ttl",
        "skipHours",
        "contributor",
        "body",
        "items",
        "cloud",
        "generator",
        "Title",
        "p",
        "links",
        "managingEditor",
        "webMaster",
        "lastBuildDate",
    ]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["rel", "href", "type", "url", "isPermaLink", "xml:lang", "src", "mode", "term", "lang", "base"]),
    st.one_of(LINKS, st.sampled_from(["alternate", "self", "html", "xhtml", "text", "text/html", "base64", "uk", "Self"])),
    max_size=2,
)  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, depth: int = 2) -> str:
    name = draw(NAMES)
    written = "".join(f" {key}={quoteattr(value)}" for key, value in draw(ATTRIBUTES).items())
    inner = draw(st.one_of(TEXTS.map(escape), LINKS.map(escape), DATES, CDATAS))
    if depth and draw(st.integers(0, 4)) == 0:
        inner += "".join(draw(st.lists(elements(depth - 1), max_size=3)))
    return f"<{name}{written}>{inner}</{name}>"


CDATAS = TEXTS.map(lambda text: f"<![CDATA[{text.replace(']]>', '')}]]><!-- c -->")


@st.composite
def usual(draw: st.DrawFn, base: str) -> str:
    """Return an item with what the guard asks for, and other elements around it, in any order."""
    parts = [base, *draw(st.lists(elements(), max_size=4))]
    return "".join(draw(st.permutations(parts)))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    kind = draw(st.sampled_from(["rss", "atom", "rdf"]))
    base = ENTRY if kind == "atom" else ITEM
    items = draw(st.lists(usual(base.replace("Shells", draw(TEXTS.map(escape)))), min_size=1, max_size=3))
    around = "".join(draw(st.lists(elements(), max_size=3)))
    if kind == "atom":
        return atom(*items, feed=around, root=DECLARED)
    return rdf(*items, beside=around) if kind == "rdf" else rss(*items, channel=around)


@given(bodies())
@settings(max_examples=300, deadline=None)
@example(rss(ITEM + "<guid>g</guid><description>\u00c3\u00a9</description>"))
@example(rss(ITEM + "<description>d</description><media:description>longer</media:description>"))
@example(rss("<media:group><media:description>longer</media:description></media:group>" + ITEM + "<description/>"))
@example(rss(ITEM + "<guid>xmlns</guid><description>\u00c3\u00a9</description><author>\u00c3 \u4e00</author>"))
@example(rss(ITEM + "<description type='html'>d&#8217;</description><dc:creator>\u00c3</dc:creator><author/>"))
@example(rss(ITEM + "<category><p/></category><feedburner:origLink>https://b.org/1</feedburner:origLink>"))
@example(rss(ITEM.replace("<title>", "<title type='text'>") + "<content:encoded>c</content:encoded><title/>"))
@example(atom(ENTRY + "<content>c</content><summary>summary</summary><author><name>n</name></author><author/>"))
def test_both_parsers_say_the_same(body: bytes) -> None:
    read(body, None)
