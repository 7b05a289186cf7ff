"""Feeds by chance: what is well-formed is read as feedparser reads it, and what is not raises nothing but ParseError."""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import feedparser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import ParsedFeed, Source
from monitor.ports import Response
from monitor.sources import wellformed
from monitor.sources.feed import FeedSource
from monitor.sources.prolog import strip_control
from monitor.text import plain

ADDRESS = "https://example.org/feed"
SOURCE = Source("Outlet", ADDRESS, timezone="Europe/Kyiv")
NOW = datetime(2026, 11, 30, tzinfo=UTC)

TEXTS = st.text(
    st.one_of(st.sampled_from("abc <>&;'\"[]!?-/=#한Їé"), st.characters(exclude_categories=["Cs", "Cc"])), max_size=40
).map(strip_control)
DATES = st.integers(946_684_800, 1_767_225_600).map(lambda second: datetime.fromtimestamp(second, UTC))
CUTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 20), st.binary(max_size=3) | st.sampled_from(
    [b"<", b"&", b"]]>", b"<!--", b"<?", b"<![CDATA[", b"</item>", b"<title>", b"\xff", b"&#xD800;", b"<!DOCTYPE a [", b"xml:base='http://[' "]
)), max_size=4)  # fmt: skip


@st.composite
def feeds(draw: st.DrawFn) -> str:
    """Return a well-formed feed of some format whose items all differ."""
    items = draw(st.lists(st.tuples(TEXTS, TEXTS, DATES, st.booleans()), max_size=4))
    kind = draw(st.sampled_from(["rss", "atom", "rdf"]))
    return _WRITERS[kind]("".join(_item(kind, number, *fields) for number, fields in enumerate(items)))


def _item(kind: str, number: int, title: str, text: str, date: datetime, cdata: bool) -> str:
    head = f"<title>{escape(title)}</title>"
    if cdata and "]]>" not in title:
        head = f"<title><![CDATA[{title}]]></title>"
    link = f"https://example.org/{number}?a=1&b=2"
    if kind == "atom":
        return (
            f"<entry>{head}<link href={quoteattr(link)}/><id>urn:{number}</id>"
            f"<published>{date:%Y-%m-%dT%H:%M:%S}Z</published><summary>{escape(text)}</summary></entry>"
        )
    about = f" rdf:about={quoteattr(link)}" if kind == "rdf" else ""
    when = (
        f"<dc:date>{date:%Y-%m-%dT%H:%M:%S}Z</dc:date>"
        if kind == "rdf"
        else f"<pubDate>{date:%d %b %Y %H:%M:%S} GMT</pubDate>"
    )
    return f"<item{about}>{head}<link>{escape(link)}</link>{when}<description>{escape(text)}</description></item>"


_WRITERS = {
    "rss": "<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title>{}</channel></rss>".format,
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom'><title>Wire</title>{}</feed>".format,
    "rdf": (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>Wire</title></channel>{}</rdf:RDF>"
    ).format,
}


def parse(body: bytes) -> ParsedFeed:
    return FeedSource().parse(SOURCE, Response(ADDRESS, 200, (), body), NOW)


@given(feeds())
def test_a_wellformed_feed_is_read_as_feedparser_reads_it(text: str) -> None:
    ours = parse(text.encode())
    theirs = feedparser.parse(io.BytesIO(text.encode()), sanitize_html=False, resolve_relative_uris=False).entries
    assert [entry.title for entry in ours.entries] == [plain.line(entry.get("title", "")) for entry in theirs]
    assert [entry.link for entry in ours.entries] == [entry.link for entry in theirs]
    assert [entry.summary for entry in ours.entries] == [plain.paragraphs(entry.get("summary", "")) for entry in theirs]
    dates = [entry.published.utctimetuple()[:6] for entry in ours.entries if entry.published]
    assert dates == [
        (entry["published_parsed"] if "published_parsed" in entry else entry["updated_parsed"])[:6] for entry in theirs
    ]
    assert not any("well-formed" in note for note in ours.notes)


@given(feeds(), CUTS, st.sampled_from(["utf-8", "utf-16", "cp949"]))
@settings(max_examples=200)
def test_whatever_happens_to_a_feed_is_read_or_named(
    text: str, cuts: list[tuple[float, int, bytes]], codec: str
) -> None:
    body = text.encode(codec, "replace")
    for place, removed, put in cuts:
        at = int(place * len(body))
        body = body[:at] + put + body[at + removed :]
    with suppress(ParseError):
        parse(body)


@given(feeds())
def test_repairing_what_is_whole_changes_no_item(text: str) -> None:
    body = text.partition("?>")[2] or text
    whole, repaired = parse(body.encode()), parse(wellformed.repaired(body).encode())
    assert whole.entries == repaired.entries


@given(st.text(st.sampled_from("<>&;!?-[]CDATA/'\"= abтitle\n")))
@example("<a\n/>")
@example("</a\n>")
@example("<a b='\n'\nb='c'>")
def test_repairing_keeps_every_line(text: str) -> None:
    assert wellformed.repaired(text).count("\n") == text.count("\n")
