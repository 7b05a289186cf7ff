from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest

from monitor.errors import ParseError
from monitor.model import ParsedFeed, Source, SourceState, Validators
from monitor.ports import Response
from monitor.sources.feed import MAX_ENTRIES, MAX_TITLE, FeedSource
from monitor.sources.registry import source_types

NOW = datetime(2023, 11, 9, 12, 0, tzinfo=UTC)
SEOUL = Source("Yonhap", "https://en.yna.co.kr/RSS/nk.xml", timezone="Asia/Seoul")


def rss(*items: str, channel: str = "") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Wire</title><link>https://a.org/</link>{channel}{inner}</channel></rss>'


def item(title: str = "Title", link: str = "https://a.org/1", **fields: str) -> str:
    rest = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<title>{title}</title><link>{link}</link>{rest}"


def parse(
    body: str | bytes, source: Source = SEOUL, kind: str = "application/rss+xml", url: str = "https://a.org/rss"
) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return FeedSource().parse(source, Response(url, 200, (("content-type", kind),), raw), NOW)


# --------------------------------------------------------------------------- the request


def state(**fields: Any) -> SourceState:
    return SourceState(1, SEOUL, **fields)


def headers(before: SourceState | None) -> dict[str, str]:
    request = FeedSource().request(SEOUL, before)
    assert request.url == SEOUL.url
    return dict(request.headers)


def test_validators_are_sent_verbatim() -> None:
    given = Validators('W/"a-b,c"', "Thu, 09 Nov 2023 07:00:00 GMT")
    sent = headers(state(validators=given))
    assert sent["if-none-match"] == given.etag
    assert sent["if-modified-since"] == given.last_modified


def test_without_state_the_request_is_unconditional() -> None:
    assert not {"if-none-match", "if-modified-since"} & set(headers(None))


@pytest.mark.parametrize("garbage", ["0", "never", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_garbage_last_modified_is_omitted(garbage: str) -> None:
    sent = headers(state(validators=Validators('"x"', garbage)))
    assert "if-modified-since" not in sent
    assert sent["if-none-match"] == '"x"'


def test_once_a_day_the_request_is_unconditional() -> None:
    def conditional(at: datetime) -> bool:
        before = state(validators=Validators('"x"'), last_poll_at=at - timedelta(minutes=3), next_poll_at=at)
        return "if-none-match" in headers(before)

    polls = [conditional(NOW + timedelta(minutes=3 * n)) for n in range(2 * 480)]
    assert polls.count(False) == 2


# --------------------------------------------------------------------------- the formats

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://a.org/"><title>Wire</title><link>https://a.org/</link></channel>
<item rdf:about="https://a.org/1"><title>One</title><link>https://a.org/1</link><dc:date>2023-11-09T09:00:00+09:00</dc:date><dc:creator>Kim</dc:creator></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ko-KR"><title>Wire</title><link href="https://a.org/"/><id>urn:a</id>
<entry><id>urn:a:1</id><title type="html">One</title><link rel="enclosure" href="https://a.org/1.mp3"/><link rel="alternate" href="/1"/>
<author><name>Kim</name></author><published>2023-11-09T09:00:00+09:00</published><summary>short</summary><content type="html">&lt;p&gt;long text&lt;/p&gt;&lt;p&gt;more&lt;/p&gt;</content></entry></feed>"""
RSS091 = """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Wire</title><link>https://a.org/</link><item><title>One</title><link>https://a.org/1</link></item></channel></rss>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "home_page_url": "https://a.org/", "language": "en-GB",
"items": [{"id": "1", "url": "/1", "title": "One", "content_html": "<p>long</p>", "authors": [{"name": "Kim"}], "date_published": "2023-11-09T09:00:00+09:00"}]}"""


@pytest.mark.parametrize("body", [RDF, ATOM, RSS091, JSON, rss(item("One"))])
def test_formats(body: str) -> None:
    feed = parse(body)
    assert feed.title == "Wire"
    (entry,) = feed.entries
    assert (entry.title, entry.link) == ("One", "https://a.org/1")


@pytest.mark.parametrize("body", [RDF, ATOM, JSON])
def test_what_formats_say_alike(body: str) -> None:
    (entry,) = parse(body).entries
    assert entry.author == "Kim"
    assert entry.published == datetime(2023, 11, 9, 0, 0, tzinfo=UTC)


def test_content_longer_than_the_summary_stands_for_it() -> None:
    (entry,) = parse(ATOM).entries
    assert entry.summary == "long text\n\nmore"
    assert entry.language == "ko"
    assert entry.guid == "urn:a:1"


def test_ttl_is_capped() -> None:
    assert parse(rss(item(), channel="<ttl>5</ttl>")).wishes.ttl == 300
    assert parse(rss(item(), channel="<ttl>999999999</ttl>")).wishes.ttl == 86400
    assert parse(rss(item(), channel="<ttl>soon</ttl>")).wishes.ttl is None


def test_a_feed_without_items_is_a_feed() -> None:
    assert parse(rss()).entries == ()


# --------------------------------------------------------------------------- bytes


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("cp949", "euc-kr"),
        ("cp949", "iso-8859-1"),
        ("utf-8", "euc-kr"),
        ("utf-16", "utf-8"),
        ("utf-8-sig", "windows-1251"),
    ],
)
def test_lying_labels(codec: str, label: str) -> None:
    title = "블링컨 국무장관이 서울에서 기자회견을 했다"
    body = rss(item(title)).replace("UTF-8", label).encode(codec)
    assert parse(body, kind=f"text/xml; charset={label}").entries[0].title == title


@pytest.mark.parametrize(
    ("title", "codec"), [("국회 본회의 통과", "euc-kr"), ("外交部发言人回应", "gb2312"), ("颱風登陸臺東", "big5")]
)
@pytest.mark.parametrize(
    ("rest", "label"), [("Перші новини дня", "windows-1251"), ("Перші новини дня", "utf-8"), ("", "")]
)
def test_a_short_title_of_undeclared_bytes(title: str, codec: str, rest: str, label: str) -> None:
    frame = rss(*(item(f"{rest} {n}", f"https://a.org/{n}") for n in range(4)), item("TITLE", "https://a.org/9"))
    body = frame.replace("UTF-8", label).encode(label or "ascii").replace(b"TITLE", title.encode(codec))
    feed = parse(body.replace(b'encoding=""', b""), kind="text/xml")
    assert [entry.title for entry in feed.entries] == [*(f"{rest} {n}".strip() for n in range(4)), title]
    assert feed.notes == ()


def test_one_bad_byte_is_repaired_and_noted() -> None:
    body = (
        rss(item("Перший"), item("Другий", "https://a.org/2"))
        .encode()
        .replace("Перший".encode(), "Пер\N{SPACE}ший".encode() + b"\xff")
    )
    feed = parse(body)
    assert feed.entries[1].title == "Другий"
    assert feed.entries[0].title == "Пер ший\ufffd"
    assert any("could not be read" in note for note in feed.notes)


def test_nul_and_control_characters_go() -> None:
    assert parse(rss(item("a\0b\x08c&#0;&#x1f;d"))).entries[0].title == "abcd"


def test_truncated_xml_gives_complete_items_only() -> None:
    whole = rss(item("One"), item("Two", "https://a.org/2"), item("Three", "https://a.org/3"))
    feed = parse(whole[: whole.index("Three") + 2])
    assert [entry.title for entry in feed.entries] == ["One", "Two"]
    assert any("cut short" in note for note in feed.notes)


def test_truncated_atom() -> None:
    two = ATOM.replace("</feed>", "<entry><id>urn:a:2</id><title>Tw")
    assert [entry.title for entry in parse(two).entries] == ["One"]


def test_cut_before_the_first_item_ended() -> None:
    with pytest.raises(ParseError, match="cut short"):
        parse(rss(item())[:-60])


def test_junk_before_the_declaration() -> None:
    assert len(parse("\n\nWarning: mysql\n" + rss(item())).entries) == 1


PHP = """<br />
<b>Warning</b>:  mysql_connect(): Access denied for user 'www'@'localhost' in <b>/var/www/rss.php</b> on line <b>3</b><br />
"""


@pytest.mark.parametrize(
    "junk",
    [
        PHP,
        "Notice: 1 < 2 in /var/www\n",
        "<script>track()</script>",
        "<!DOCTYPE html><html><body>banner</body></html>",
        "<link rel='x'/><p>&nbsp;<?xml version='1.0'?><note/>",
    ],
)
@pytest.mark.parametrize(
    "body", [rss(item("One")), rss(item("One")).partition("?>")[2], RDF, ATOM, f"<?xml version='1.0'?>{ATOM}"]
)
def test_markup_before_the_feed(junk: str, body: str) -> None:
    feed = parse(junk + body)
    assert [entry.title for entry in feed.entries] == ["One"]
    assert "junk before the XML" in feed.notes


def test_comments_before_the_feed_are_no_junk() -> None:
    assert parse("<!-- cached --><?php echo 1 ?>\n" + rss(item("One")).partition("?>")[2]).notes == ()


@pytest.mark.parametrize("junk", ["<script>track()</script>", "\n<!-- 0.1 s --><br>", "Warning: x in <b>y</b>"])
def test_markup_behind_the_feed(junk: str) -> None:
    feed = parse(rss(item("One"), item("Two", "https://a.org/2")) + junk)
    assert [entry.title for entry in feed.entries] == ["One", "Two"]
    assert "junk after the XML" in feed.notes


def test_items_behind_the_end_are_read() -> None:
    feed = parse(rss(item("One")) + "<item><title>Two</title><link>https://a.org/2</link></item>")
    assert [entry.title for entry in feed.entries] == ["One", "Two"]


def test_comments_behind_the_feed_cost_no_time() -> None:
    assert parse(rss(item("One")) + "<!---->" * 2_000 + "<").entries[0].title == "One"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss SYSTEM "http://evil.example/x.dtd">',
        "<!DOCTYPE rss>",
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">',
        "<!DOCTYPE rss PUBLIC '-//a>b[c' 'd'>",
        '<!DOCTYPE rss [<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1 for XHTML//EN" "http://evil.example/x.ent"> %HTMLlat1;]>',
        "<!DOCTYPE rss [<!-- own --><!ELEMENT rss ANY><!ATTLIST rss version CDATA #IMPLIED><?x?> ] >",
    ],
)
def test_a_document_type_that_can_do_no_harm(doctype: str) -> None:
    feed = parse(rss(item("A&eacute;&nbsp;B")).replace("?>", f"?>{doctype}", 1))
    assert feed.entries[0].title == "A\u00e9 B"


def test_a_feed_s_own_short_entities_are_read() -> None:
    doctype = """<!DOCTYPE rss [<!ENTITY site "A &amp; B"><!ENTITY euro '&#8364;'><!ENTITY euro 'second'>]>"""
    feed = parse(doctype + rss(item("&site;: 5 &euro;")).partition("?>")[2])
    assert feed.entries[0].title == "A & B: 5 \u20ac"


@pytest.mark.parametrize(
    "body",
    [
        "<entry xmlns='http://www.w3.org/2005/Atom'><id>urn:1</id><title>One</title><link href='n/1'/></entry>",
        "<?xml version='1.0'?><a:entry xmlns:a='http://www.w3.org/2005/Atom'><a:title>One</a:title><a:link href='n/1'/></a:entry>",
    ],
)
def test_an_entry_document(body: str) -> None:
    (entry,) = parse(body, url="https://b.org/rss/all").entries
    assert (entry.title, entry.link) == ("One", "https://b.org/rss/n/1")
    with pytest.raises(ParseError, match="cut short"):
        parse(body[:-5])


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("<ICBM 도발> 정부 대책", "<ICBM 도발> 정부 대책"),
        ("<![CDATA[<ICBM 도발> 정부 대책]]>", "<ICBM 도발> 정부 대책"),
        ("&lt;ICBM 도발&gt; 정부 대책", "<ICBM 도발> 정부 대책"),
        ("‹AI돋보기> 반도체", "‹AI돋보기> 반도체"),
        ("Operation <Shield>", "Operation <Shield>"),
        ("<속보> 발사", "<속보> 발사"),
        ("AT& T and R&D", "AT& T and R&D"),
        ("AT&T; B&B", "AT&T; B&B"),
        ("a < b & c > d", "a < b & c > d"),
        ("1 &lt; 2 &copy; &hellip; &unknown;", "1 < 2 © … &unknown;"),
        ("Caf&eacute; <b>bold</b> <br/> end", "Café bold end"),
        ("not closed", "not closed"),
    ],
)
def test_a_title_that_breaks_the_xml_is_whole(raw: str, title: str) -> None:
    feed = parse(rss(item("& first"), item(raw, "https://a.org/2?a=1&b=2"), item("third <x", "https://a.org/3")))
    assert [entry.title for entry in feed.entries] == ["& first", title, "third <x"]
    assert feed.entries[1].link == "https://a.org/2?a=1&b=2"
    assert "the XML is not well-formed" in feed.notes


def test_a_title_that_is_not_closed_costs_no_item() -> None:
    body = rss(item("One"), "<link>https://a.org/2</link><title>Two", item("Three", "https://a.org/3"))
    assert [entry.title for entry in parse(body).entries] == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    "text",
    [
        rss(item("<![CDATA[<ICBM> one]]>", "https://a.org/1", **{"media:thumbnail": "x", "dc:date": "2023-11-09"})),
        rss(item("<![CDATA[<![CDATA[&lt;ICBM&gt; one]]>]]>")),
        rss(item("&lt;ICBM&gt; one", author="Kim <kim@a.org>")).replace('version="2.0"', "version=2.0"),
        ATOM.replace("One", "<![CDATA[<ICBM> one]]>").replace(
            'rel="alternate" href="/1"', "rel=alternate href='/1' rel='x' checked"
        ),
        "<RSS><ITEM><TITLE>&lt;ICBM&gt; one</TITLE><LINK>https://a.org/1</LINK></ITEM></RSS>",
        rss().replace("</channel>", "")
        + item("<![CDATA[<ICBM> one]]>").join(["<channel><item>", "</item></channel></rss>"]),
    ],
)
def test_what_else_breaks_xml_costs_no_word(text: str) -> None:
    (entry,) = parse(text).entries
    assert (entry.title, entry.link) == ("<ICBM> one", "https://a.org/1")


@pytest.mark.parametrize("opener", ["<!--", "<?", "<![CDATA[", "<!-- <? <![CDATA["])
def test_what_does_not_end_costs_no_item(opener: str) -> None:
    feed = parse(rss(item("One"), item(f"Two {opener} words", "https://a.org/2"), item("Three", "https://a.org/3")))
    assert [entry.title for entry in feed.entries][::2] == ["One", "Three"]
    assert feed.entries[1].title.startswith("Two")


def test_words_in_brackets_are_no_depth() -> None:
    feed = parse(rss(*(item(f"<ICBM 도발> {n}", f"https://a.org/{n}") for n in range(1_100))))
    assert feed.entries[-1].title == "<ICBM 도발> 1099"


def test_a_feed_whose_repair_loses_items_is_read_as_it_came() -> None:
    body = "<rss><channel><title>W<item</title><item>\n<title>One</title></item></channel></rss>"
    assert "One" in [entry.title for entry in parse(body).entries]
    body = "<rss><item\x80><description><![CDATA[text]]></description></item></rss>"
    assert [entry.summary for entry in parse(body).entries] == ["text"]


def test_json_with_line_breaks_within_strings() -> None:
    (entry,) = parse(JSON.replace("One", "One\nline")).entries
    assert entry.title == "One line"


def test_xhtml_in_a_feed_that_is_broken_elsewhere() -> None:
    content = "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One.</p><p>Two.</p></div></content>"
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><!-- a -- b --><entry><title>R&D</title>{content}<id>x</id></entry></feed>"
    (entry,) = parse(body).entries
    assert (entry.title, entry.summary) == ("R&D", "One.\n\nTwo.")


# --------------------------------------------------------------------------- links and their bases


@pytest.mark.parametrize(
    ("feed_base", "entry_base", "link", "want"),
    [
        ("", "", "n/1", "https://b.org/rss/n/1"),
        ("", "", "/n/1", "https://b.org/n/1"),
        ("https://c.org/x/", "", "n/1", "https://c.org/x/n/1"),
        ("/x/", "y/", "n/1", "https://b.org/x/y/n/1"),
        ("https://c.org/x/", "https://d.org/", "n/1", "https://d.org/n/1"),
        ("", "y/", "n/1", "https://b.org/rss/y/n/1"),
        ("javascript:x", "", "n/1", "https://b.org/rss/n/1"),
        ("", "", "https://e.org/1?a=b#c", "https://e.org/1?a=b#c"),
    ],
)
def test_links_of_atom_are_the_feed_s_own_or_xml_base_s(feed_base: str, entry_base: str, link: str, want: str) -> None:
    feed_at, entry_at = (f" xml:base='{base}'" if base else "" for base in (feed_base, entry_base))
    body = f"""<feed xmlns="http://www.w3.org/2005/Atom"{feed_at}><title>Wire</title><link href="https://home.org/"/><id>f</id>
    <entry{entry_at}><id>relative</id><title>One</title><link href="{link}"/></entry></feed>"""
    for text in (body, body.replace("One", "R&D")):
        (entry,) = parse(text, url="https://b.org/rss/all").entries
        assert entry.link == want
        assert entry.guid == "relative"


def test_xml_base_in_rss() -> None:
    body = rss(item("A", "1")).replace("<channel>", "<channel xml:base='https://c.org/x/'>")
    assert parse(body).entries[0].link == "https://c.org/x/1"


def test_channel_definition_format() -> None:
    body = """<CHANNEL HREF="https://a.org/"><TITLE>Wire</TITLE><ITEM HREF="https://a.org/1"><TITLE>One</TITLE><ABSTRACT>text</ABSTRACT></ITEM></CHANNEL>"""
    (entry,) = parse(body).entries
    assert (entry.title, entry.link, entry.summary) == ("One", "https://a.org/1", "text")


def test_undeclared_entities_and_prefixes_are_parsed_loosely() -> None:
    (entry,) = parse(rss(item("A&nbsp;B &amp; C", **{"media:thumbnail": "x"}))).entries
    assert entry.title == "A B & C"


# --------------------------------------------------------------------------- what is no feed


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("\0\0", "empty"),
        ("Service unavailable", "plain text"),
        ("<!DOCTYPE html><html><head><title>x</title></head><body><p>hi</body></html>", "web page"),
        ("<html><head><title>Just a moment...</title></head></html>", "web page"),
        (
            '<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss><channel><item><title>&c;</title></item></channel></rss>',
            "document type",
        ),
        ('<!DOCTYPE rss [<!ENTITY % a SYSTEM "http://evil.example/x.dtd"> %a;]><rss><channel/></rss>', "document type"),
        ('<!DOCTYPE rss [<!ENTITY % a "b">]><rss version="2.0"><channel/></rss>', "document type"),
        ('<!DOCTYPE rss [<!ENTITY a PUBLIC "-//W3C//x" "file:///etc/passwd">]><rss><channel/></rss>', "document type"),
        ("<!DOCTYPE rss [%undeclared;]><rss version='2.0'><channel/></rss>", "document type"),
        ("<!DOCTYPE rss [<!ENTITY a 'b'>", "document type"),
        (f"<!DOCTYPE rss [<!ENTITY a '{'b' * 201}'>]><rss version='2.0'><channel/></rss>", "document type"),
        (
            "<!DOCTYPE rss [" + "".join(f"<!ENTITY a{n} 'b'>" for n in range(301)) + "]><rss><channel/></rss>",
            "document type",
        ),
        (
            f"<!DOCTYPE rss [<!ENTITY a '{'b' * 200}'>]><rss><channel><title>{'&a;' * 5001}</title></channel></rss>",
            "document type",
        ),
        ("<!DOCTYPE rss [<!-- open", "document type"),
        ("<!DOCTYPE rss", "no root element"),
        (
            '<?xml version="1.0"?><!-- x --><!doctype r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss/>',
            "document type",
        ),
        ("<sitemapindex><sitemap/></sitemapindex>", "<sitemapindex>"),
        ('{"a": 1}', "no JSON Feed"),
        ('{"a": ', "broken"),
        ("[" * 10, "plain text"),
        ("{" * 100_000, "broken"),
        ("<rss version='2.0'><channel><item>" + "<a>" * 100_000 + "</a>" * 100_000 + "</item></channel></rss>", "deep"),
    ],
)
def test_what_came_instead_is_named(body: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        parse(body, kind="text/html")


def test_utf7_is_refused() -> None:
    with pytest.raises(ParseError, match="utf-7"):
        parse(rss(item()), kind="text/xml; charset=utf-7")


# --------------------------------------------------------------------------- items


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.org",
        "",
        "ftp://a.org/x",
        "http://[bad",
    ],
)
def test_what_is_no_link(link: str) -> None:
    (entry,) = parse(rss(item("T", link))).entries
    assert entry.link is None


def test_links_are_resolved_and_shown_as_given() -> None:
    feed = parse(rss(item("A", "/news/1?utm_source=rss"), item("B", "news/2#top")))
    assert [entry.link for entry in feed.entries] == ["https://a.org/news/1?utm_source=rss", "https://a.org/news/2#top"]


def test_relative_home_resolves_against_the_feed() -> None:
    body = rss(item("A", "1")).replace("<link>https://a.org/</link>", "<link>/wire/</link>")
    assert parse(body, url="https://b.org/rss/all").entries[0].link == "https://b.org/wire/1"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("a&amp;amp;amp;b", "a&amp;b"),
        ("&lt;b&gt;Bold&lt;/b&gt; news", "Bold news"),
        ("&amp;lt;b&amp;gt;Bold&amp;lt;/b&amp;gt;", "Bold"),
        ("<![CDATA[<i>Cut</i> &quot;x&quot;]]>", 'Cut "x"'),
        ("<![CDATA[AT&amp;T]]>", "AT&T"),
        ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;x", "x"),
        ("  two\n  lines ", "two lines"),
        ("&lt;a href=&quot;tg://user?id=1&quot;&gt;x&lt;/a&gt;", "x"),
    ],
)
def test_titles_are_plain_text(raw: str, title: str) -> None:
    assert parse(rss(item(raw))).entries[0].title == title


def test_a_title_of_megabytes() -> None:
    (entry,) = parse(rss(item("x" * 5_000_000))).entries
    assert len(entry.title) == MAX_TITLE


def test_summaries_keep_paragraphs() -> None:
    raw = escape("<p>One.</p><p>Two<br>still &amp; two.</p><script>x()</script><img src=x onerror=y>")
    assert parse(rss(item(description=raw))).entries[0].summary == "One.\n\nTwo still & two."


def test_identity() -> None:
    feed = parse(rss(item("A", "https://a.org/1", guid="g1"), item("B", "https://a.org/2?utm_source=x"), item("C", "")))
    again = parse(rss(item("A2", "https://a.org/9", guid="g1"), item("B2", "https://a.org/2"), item("C", "")))
    assert [entry.key for entry in feed.entries] == [entry.key for entry in again.entries]
    assert [old.digest == new.digest for old, new in zip(feed.entries, again.entries, strict=True)] == [
        False,
        False,
        True,
    ]


def test_tracking_parameters_are_no_edit() -> None:
    one, two = (parse(rss(item("A", f"https://a.org/1?utm_content={n}"))).entries[0] for n in (1, 2))
    assert (one.key, one.digest) == (two.key, two.digest)
    assert one.link != two.link


def test_duplicates_are_one() -> None:
    feed = parse(
        rss(
            item("A", guid="g1"),
            item("A", guid="g1"),
            item("A", "https://a.org/1#x", guid="g2"),
            item("B", "https://a.org/2", guid="g3"),
        )
    )
    assert [entry.title for entry in feed.entries] == ["A", "B"]


def test_a_guid_that_every_item_has_identifies_nothing() -> None:
    feed = parse(rss(*(item(f"T{n}", f"https://a.org/{n}", guid="https://a.org/") for n in range(5))))
    assert len(feed.entries) == 5


def test_ten_thousand_items_leave_the_newest() -> None:
    day = datetime(2023, 1, 1, tzinfo=UTC)
    items = [
        item(f"T{n}", f"https://a.org/{n}", pubDate=(day + timedelta(minutes=n)).isoformat()) for n in range(10_000)
    ]
    feed = parse(rss(*items))  # oldest first
    assert [entry.title for entry in feed.entries] == [f"T{n}" for n in range(8_000, 10_000)]
    assert any("10000 entries" in note for note in feed.notes)
    undated = parse(rss(*(item(f"T{n}", f"https://a.org/{n}") for n in range(MAX_ENTRIES + 10))))
    assert undated.entries[0].title == "T0"
    assert len(undated.entries) == MAX_ENTRIES


def test_absurd_dates_are_none() -> None:
    for text in ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 09 Nov 2091 00:00:00 GMT", "tomorrow", ""):
        assert parse(rss(item(pubDate=text))).entries[0].published is None


def test_missing_offset_is_the_source_s() -> None:
    assert parse(rss(item(pubDate="2023-11-09 16:21:00"))).entries[0].published == datetime(
        2023, 11, 9, 7, 21, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Thu, 09 Nov 2023 10:00:00 GMT+0200", 8),
        ("Thu Nov 09 2023 10:00:00 GMT+0200 (Eastern European Standard Time)", 8),
        ("2023年11月9日 17:00", 8),
        ("1699516800", 8),
        ("9. listopadu 2023 17:00", 8),
    ],
)
def test_dates_of_the_world(written: str, hour: int) -> None:
    for body in (rss(item(pubDate=written)), JSON.replace("2023-11-09T09:00:00+09:00", written)):
        assert parse(body).entries[0].published == datetime(2023, 11, 9, hour, tzinfo=UTC)


def test_dates_as_numbers_of_a_json_feed() -> None:
    for number in ("1699516800", "1699516800000", "1699516800.5"):
        body = JSON.replace('"2023-11-09T09:00:00+09:00"', number)
        assert parse(body).entries[0].published == datetime(2023, 11, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize(("language", "month"), [("hr", 10), ("cs", 11), (None, 11)])
def test_a_month_is_read_in_the_language_of_the_feed(language: str | None, month: int) -> None:
    written = rss(item(pubDate="9. listopad 2022"), channel=f"<language>{language}</language>" if language else "")
    assert parse(written).entries[0].published == datetime(2022, month, 8, 15, tzinfo=UTC)
    configured = Source("Outlet", "https://a.org/rss", timezone="Asia/Seoul", language=language)
    plain = rss(item(pubDate="9. listopad 2022"))
    assert parse(plain, configured).entries[0].published == datetime(2022, month, 8, 15, tzinfo=UTC)


def test_registry_knows_feeds() -> None:
    assert isinstance(source_types()["feed"], FeedSource)
