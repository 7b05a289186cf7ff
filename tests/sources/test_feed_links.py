"""An entry's link may be anything: the other entries, and the entry itself, stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

import pytest
from doubles.addresses import BAD, addresses
from hypothesis import given

from monitor.model import ParsedFeed, Source
from monitor.ports import Response
from monitor.sources import opml
from monitor.sources.feed import FeedSource
from monitor.sources.prolog import strip_control
from monitor.urls import is_web

SOURCE = Source("Outlet", "https://example.org/feed")
NOW = datetime(2026, 11, 30, tzinfo=UTC)
GOOD = "<item><title>first</title><link>https://example.org/1</link></item>"
TEMPLATES = {
    "link": f"<rss version='2.0'><channel>{GOOD}<item><title>second</title><link>%s</link></item></channel></rss>",
    "guid": f"<rss version='2.0'><channel>{GOOD}<item><title>second</title><guid>%s</guid></item></channel></rss>",
    "home": f"<rss version='2.0'><channel><link>%s</link>{GOOD}<item><title>second</title></item></channel></rss>",
    "loose": f"<rss version='2.0'><channel>{GOOD}<item><title>second &nosuch;</title><link>%s</link></item></channel></rss>",
    "media": (
        f"<rss version='2.0'><channel>{GOOD}<item><title>second</title><enclosure url=%s/><comments>%s</comments>"
        "<source url=%s>a</source></item></channel></rss>"
    ),
    "atom": (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>first</title><link href='https://example.org/1'/></entry>"
        "<entry xml:base=%s><title>second</title><link href=%s/><id>%s</id></entry></feed>"
    ),
}


def parse(text: str) -> ParsedFeed:
    return FeedSource().parse(SOURCE, Response(SOURCE.url, 200, (), text.encode("utf-8", "replace")), NOW)


def both_are_there(feed: ParsedFeed) -> None:
    assert [entry.title.removesuffix(" &nosuch;") for entry in feed.entries] == ["first", "second"]
    for entry in feed.entries:
        assert entry.link is None or is_web(entry.link)
        "".join(filter(None, (entry.key, entry.guid, entry.link))).encode()


@pytest.mark.parametrize("place", TEMPLATES)
@pytest.mark.parametrize("link", BAD)
def test_a_bad_link_costs_no_entry(place: str, link: str) -> None:
    quoted = quoteattr(strip_control(link))
    template = TEMPLATES[place]
    both_are_there(parse(template.replace("=%s", f"={quoted}").replace("%s", quoted[1:-1])))


@given(addresses())
def test_no_link_of_a_json_feed_costs_an_entry(link: str) -> None:
    items = [{"title": "first", "url": "https://example.org/1"}, {"title": "second", "url": link, "id": link}]
    both_are_there(parse(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})))


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#57343;", "&#xFFFE;", "&#x110000;", "&#99999999999999999999;", "&#0;"]
)
def test_a_reference_to_no_character_is_left_out(reference: str) -> None:
    both_are_there(parse(TEMPLATES["link"].replace("%s", f"https://example.org/{reference}2")))
    assert strip_control(f"a{reference}b") == "ab"


def test_a_reference_to_a_character_stays() -> None:
    assert strip_control("&#8217;&#x1F600;&#10;") == "&#8217;&#x1F600;&#10;"


@given(addresses())
def test_an_outline_of_any_address_can_be_polled_or_is_named(address: str) -> None:
    value = quoteattr(strip_control(address))
    listing = opml.read(f"<opml><body><outline text='a' xmlUrl={value}/></body></opml>".encode())
    assert all(is_web(feed.url) for feed in listing.feeds)
    assert len(listing.feeds) + len(listing.unusable) == 1
    assert not any("\n" in reason for reason in listing.unusable)


def test_a_link_over_a_redirector_is_the_publishers() -> None:
    link = "https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://paper.example/7&amp;ct=ga"
    (entry,) = (
        FeedSource()
        .parse(
            SOURCE,
            Response(
                SOURCE.url,
                200,
                (),
                (
                    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>tag:google.com,2013:googlealerts/feed:1</id>"
                    f"<title>Paper</title><link href='{link}'/></entry></feed>"
                ).encode(),
            ),
            NOW,
        )
        .entries
    )
    assert entry.link == "https://paper.example/7"
    assert entry.guid == "tag:google.com,2013:googlealerts/feed:1"


RECORDINGS = {
    "rss": "<rss version='2.0'><channel><item>%s<enclosure url='{}' type='{}' length='9'/></item></channel></rss>",
    "atom": (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry>%s<link rel='enclosure' href='{}' type='{}'/></entry></feed>"
    ),
    "loose": "<rss version='2.0'><channel><item>%s&nosuch;<enclosure url='{}' type='{}'/></item></channel></rss>",
}


@pytest.mark.parametrize("title", ["", "<title>Evening news</title>"])
@pytest.mark.parametrize("form", RECORDINGS)
def test_an_episode_without_a_page_and_a_guid_links_to_its_recording(form: str, title: str) -> None:
    text = (RECORDINGS[form] % title).format("https://cdn.example/7.mp3", "audio/mpeg")
    (entry,) = parse(text).entries
    assert entry.link == "https://cdn.example/7.mp3"


@pytest.mark.parametrize("form", RECORDINGS)
def test_a_picture_is_no_link_of_an_item(form: str) -> None:
    text = (RECORDINGS[form] % "<title>A flash</title>").format("https://cdn.example/7.jpg", "image/jpeg")
    (entry,) = parse(text).entries
    assert entry.link is None


@pytest.mark.parametrize(
    ("told", "link"),
    [("<link>https://example.org/7</link>", "https://example.org/7"), ("<guid isPermaLink='false'>7</guid>", None)],
)
def test_a_page_or_a_guid_comes_before_a_recording(told: str, link: str | None) -> None:
    rows = f"<title>A</title>{told}<enclosure url='https://cdn.example/7.mp3' type='audio/mpeg'/>"
    (entry,) = parse(f"<rss version='2.0'><channel><item>{rows}</item></channel></rss>").entries
    assert entry.link == link


def test_an_id_of_a_json_feed_comes_before_a_recording() -> None:
    item = {"id": "7", "title": "A", "attachments": [{"url": "https://cdn.example/7.mp3", "mime_type": "audio/mpeg"}]}
    (entry,) = parse(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).entries
    assert entry.link is None


@pytest.mark.parametrize(
    ("attachments", "link"),
    [
        ([{"url": "https://cdn.example/7.mp4", "mime_type": "video/mp4"}], "https://cdn.example/7.mp4"),
        ([{"url": "https://cdn.example/7.jpg", "mime_type": "image/jpeg"}], None),
        ([5, {"mime_type": "audio/mpeg"}], None),
        ("none", None),
    ],
)
def test_an_episode_of_a_json_feed_without_an_id_links_to_its_recording(attachments: object, link: str | None) -> None:
    item = {"title": "Evening news", "attachments": attachments}
    (entry,) = parse(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]})).entries
    assert entry.link == link
