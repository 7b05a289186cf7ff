"""Sitemaps as bytes: pages of a gap, indexes, gzip, text files, and what is refused."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import Gap, ParsedFeed, SitemapLink, SitemapPart, SitemapScope, Source, Validators
from monitor.model import SourceState as State
from monitor.ports import Response
from monitor.sources import sitemap
from monitor.sources.registry import source_types
from monitor.sources.sitemap import SitemapFiles, SitemapSource

NOW = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
GAP = Gap(NOW - timedelta(hours=8), NOW - timedelta(hours=2))
SITE = "https://press.example/sitemap/last.xml"
SOURCE = Source("Press", "https://press.example/rss", timezone="Europe/Kyiv")
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc>https://press.example/rubric-ato/101-first.html</loc>
    <image:image><image:loc>https://img.example/1.jpg</image:loc><image:title>A picture</image:title></image:image>
    <n:news>
      <n:publication><n:name>Press</n:name><n:language>ua</n:language></n:publication>
      <n:publication_date>2026-11-29T14:30:00+02:00</n:publication_date>
      <n:title><![CDATA[Снаряд & <Щит>]]></n:title>
    </n:news>
    <lastmod>2026-11-29T17:00:00+02:00</lastmod>
  </url>
  <url><loc>https://press.example/rubric-ato/100-before.html</loc><lastmod>2026-11-29T09:00:00Z</lastmod></url>
  <url><loc>https://press.example/rubric-ato/102-second.html?a=1&amp;b=2</loc><lastmod>2026-11-29T13:00:00Z</lastmod></url>
  <url><loc>https://press.example/rubric-ato/103-known.html</loc><lastmod>2026-11-29T17:00:00Z</lastmod></url>
  <url><loc>mailto:desk@press.example</loc></url>
</urlset>"""


def response(body: str | bytes, url: str = SITE, kind: str = "application/xml") -> Response:
    return Response(url, 200, (("content-type", kind),), body.encode() if isinstance(body, str) else body)


def read(body: str | bytes, *, gap: Gap = GAP, scope: SitemapScope | None = None, url: str = SITE) -> SitemapPart:
    return SitemapFiles().read(SOURCE, response(body, url), NOW, gap, scope or SitemapScope())


def parse(body: str | bytes) -> ParsedFeed:
    return SitemapSource().parse(replace(SOURCE, kind="sitemap"), response(body), NOW)


def links(part: SitemapPart) -> list[str | None]:
    return [entry.link for entry in part.entries]


def urlset(*urls: tuple[str, str]) -> str:
    rows = "".join(f"<url><loc>{url}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>" for url, date in urls)
    return f"<urlset>{rows}</urlset>"


def test_a_news_sitemap_gives_the_pages_of_a_gap() -> None:
    part = read(NEWS)
    first, second = part.entries
    assert first.link == "https://press.example/rubric-ato/101-first.html"
    assert (first.title, first.language, first.refilled) == ("Снаряд & <Щит>", "uk", True)
    assert first.published == datetime(2026, 11, 29, 12, 30, tzinfo=UTC)  # its date, not that of the last edit
    assert first.key == "url:press.example/rubric-ato/101-first.html"
    assert first.digest
    assert second.link == "https://press.example/rubric-ato/102-second.html?a=1&b=2"
    assert (second.title, second.guid) == ("", None)
    assert (part.oldest, part.newest) == (NOW - timedelta(hours=9), NOW - timedelta(hours=1))
    assert part.children == ()


@pytest.mark.parametrize("prefix", ["", "sm:", "ns0:"])
def test_names_count_without_their_prefix(prefix: str) -> None:
    body = f"<{prefix}urlset><{prefix}url><{prefix}loc>/a</{prefix}loc><{prefix}lastmod>2026-11-29T12:00:00Z</{prefix}lastmod></{prefix}url></{prefix}urlset>"
    assert links(read(body)) == ["https://press.example/a"]


def test_titles_without_a_prefix_make_no_web_page_of_it() -> None:
    page = (
        "<url><loc>https://press.example/a/1</loc><news xmlns='n'><title>One</title>"
        "<publication_date>2026-11-29T12:00:00Z</publication_date></news></url>"
    )
    assert [entry.title for entry in read(f"<urlset xmlns='s'>{page}</urlset>").entries] == ["One"]


@pytest.mark.parametrize("declared", ["", "<?xml version='1.0'?>"])
def test_warnings_before_a_sitemap_are_passed_over(declared: str) -> None:
    body = f"<br />\n<b>Warning</b>: x in <b>/a.php</b><br />{declared}{NEWS.partition('?>')[2].strip()}"
    part = read(body)
    assert len(part.entries) == 2
    assert part.notes == ("junk before the XML",)


def test_what_is_packed_is_unpacked() -> None:
    packed = gzip.compress(NEWS.encode())
    assert len(read(packed).entries) == 2
    assert len(read(gzip.compress(packed)).entries) == 2
    assert len(read(gzip.compress(NEWS[:700].encode()) + gzip.compress(NEWS[700:].encode())).entries) == 2
    assert len(read(packed + b"rubbish").entries) == 2


def test_a_packed_sitemap_that_was_cut_is_read_as_far_as_it_goes() -> None:
    rows = [(f"https://press.example/{n * n * 7919 % 99991}", "2026-11-29T12:00:00Z") for n in range(1, 3000)]
    part = read(gzip.compress(urlset(*rows).encode())[:-2000])
    assert 500 < len(part.entries) < 2999
    assert part.notes == ("the packed sitemap was cut short: what came is read",)


def test_broken_gzip_is_an_error() -> None:
    with pytest.raises(ParseError, match="packed with gzip, but broken"):
        read(b"\x1f\x8b\x08\x00garbage that is no stream")


def test_a_broken_second_part_leaves_the_first(caplog: pytest.LogCaptureFixture) -> None:
    assert len(read(gzip.compress(NEWS.encode()) + b"\x1f\x8b\x08\xffgarbage").entries) == 2
    assert not caplog.records


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_BYTES", 2_097_152)
    with pytest.raises(ParseError, match="more than 2 MB when it is unpacked"):
        read(gzip.compress(b"<urlset>" + b" " * 3_000_000))


def test_entities_are_refused_as_in_feeds() -> None:
    with pytest.raises(ParseError, match="could be a bomb"):
        read('<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + urlset(("https://press.example/&x;", "")))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "the answer is empty"),
        ("<!DOCTYPE html><html><head><title>404</title></head></html>", "a web page"),
        ("<data><url>a</url></data>", "no sitemap: it begins with <data>"),
        ("Not found\nThe page that you look for", "no sitemap but plain text"),
        (b"\xef\xbb\xbf   ", "the answer is empty"),
    ],
)
def test_what_is_no_sitemap_is_an_error(body: str | bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        read(body)


def test_utf_7_is_an_error() -> None:
    with pytest.raises(ParseError):
        SitemapFiles().read(SOURCE, response(NEWS, kind="text/xml; charset=utf-7"), NOW, GAP, SitemapScope())


def test_an_index_names_its_sitemaps() -> None:
    body = """<sitemapindex><sitemap><loc>/sitemap/2026/48.xml</loc><lastmod>2026-11-29</lastmod></sitemap>
        <sitemap><loc>https://other.example/b.xml.gz</loc></sitemap><sitemap><loc>javascript:x</loc></sitemap></sitemapindex>"""
    first, second = read(body).children
    assert first == SitemapLink("https://press.example/sitemap/2026/48.xml", datetime(2026, 11, 29, 22, 0, tzinfo=UTC))
    assert second == SitemapLink("https://other.example/b.xml.gz", None)


def test_a_text_file_names_pages_without_dates() -> None:
    part = read("https://press.example/a\n\nhttps://press.example/2026/11/29/b\nrubbish\n")
    assert part == SitemapPart()  # of which nothing says when they were published
    feed = parse("https://press.example/a\n\nhttps://press.example/b\nrubbish\n")
    assert [entry.link for entry in feed.entries] == ["https://press.example/a", "https://press.example/b"]


def test_a_feed_may_serve_as_a_sitemap() -> None:
    body = (
        "<rss version='2.0'><channel><item><title>T</title><link>https://press.example/a</link>"
        "<pubDate>Sun, 29 Nov 2026 12:00:00 GMT</pubDate></item><item><title>no link</title></item></channel></rss>"
    )
    (found,) = read(body).entries
    assert (found.title, found.link, found.refilled) == ("T", "https://press.example/a", True)


def test_a_page_of_a_day_is_dated_within_the_gap() -> None:
    (found,) = read(
        urlset(("https://press.example/a", "2026-11-29"), ("https://press.example/b", "2026-11-27"))
    ).entries
    assert found.link == "https://press.example/a"
    assert found.published == GAP.since


def test_pages_of_other_sites_sections_and_days_are_left_out() -> None:
    scope = SitemapScope(frozenset({"press.example"}), frozenset({"rubric-ato"}))
    moment = "2026-11-29T12:00:00Z"
    body = urlset(
        ("https://www.press.example/rubric-ato/1.html", moment),
        ("https://press.example/rubric-sports/2.html", moment),
        ("https://en.press.example/rubric-ato/3.html", moment),
        ("https://press.example/rubric-ato/2019/05/06/edited-today.html", moment),
    )
    assert links(read(body, scope=scope)) == ["https://www.press.example/rubric-ato/1.html"]


def test_a_page_of_the_gap_that_was_changed_behind_it_is_known_by_its_number() -> None:
    changed = (GAP.until + timedelta(hours=1)).isoformat()
    rows = [(f"https://press.example/rubric-ato/{number}-x.html", changed) for number in (10_000, 10_005, 10_010)]
    rows.append(("https://press.example/rubric-ato/slug.html", changed))
    scope = SitemapScope(numbers=(10_000, 10_010))
    (entry,) = read(urlset(*rows), scope=scope).entries
    assert (entry.link, entry.published, entry.refilled) == (rows[1][0], GAP.until, True)
    assert read(urlset(*rows)).entries == ()
    dated = NEWS.replace("T14:30:00+02:00", "T19:30:00+02:00").replace("/101-", "/10005-")
    assert "https://press.example/rubric-ato/10005-first.html" not in links(read(dated, scope=scope))


def test_a_cut_or_careless_sitemap_is_read_up_to_its_end() -> None:
    body = (
        "<urlset><url><loc>https://press.example/no-end</loc><lastmod>2026-11-29T12:00:00Z</lastmod>"
        "<url><loc> <!-- x -->https://press.example/a </loc><lastmod>2026-11-29T12:00:00Z</lastmod><loc>https://press.example/second</loc></url>"
        "<url/><changefreq>daily</changefreq></loc></url><url><loc>https://press.example/b</loc><lastmod>2026-11-29T12:01:00Z</lastmod></url>"
        "<url><loc>https://press.example/c"
    )
    assert links(read(body)) == ["https://press.example/a", "https://press.example/b"]


def test_addresses_beyond_the_bound_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_PAGES", 2)
    rows = [(f"https://press.example/{n}", "2026-11-29T12:00:00Z") for n in range(3)]
    for body in (urlset(*rows), "\n".join(url for url, _ in rows)):
        feed = parse(body)
        assert len(feed.entries) == 2
        assert feed.notes == ("more than 2 addresses: the first ones are read",)


# --------------------------------------------------------------------------- robots.txt


def test_robots_names_sitemaps() -> None:
    body = (
        b"\xef\xbb\xbfSitemap: https://press.example/a.xml\r\nUser-agent: *\r\nDisallow: /x\r\n"
        b"  SITEMAP :/b.xml # news\n#Sitemap: https://press.example/no.xml\nsitemap: https://press.example/a.xml\nSitemap:\nSitemap: mailto:a@b.c\n"
    )
    named = SitemapFiles().named(response(body, "https://press.example/robots.txt", "text/plain"))
    assert named == ("https://press.example/a.xml", "https://press.example/b.xml")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("User-agent: *\rSitemap: https://press.example/a.xml\rDisallow: /", ["a"]),
        ("Sitemap: <https://press.example/a.xml>", ["a"]),
        ('Sitemap: "https://press.example/a.xml";', ["a"]),
        ("Sitemap: https://press.example/a.xml, https://press.example/b.xml", ["a", "b"]),
        ("Sitemap: /a.xml Sitemap: https://press.example/b.xml", ["a", "b"]),
        ("Sitemap: /a.xml # see https://press.example/no.xml", ["a"]),
        ("Sitemap: /a.xml#news", ["a"]),
    ],
)
def test_lines_of_robots_in_other_clothes(line: str, names: list[str]) -> None:
    named = SitemapFiles().named(response(line, "https://press.example/robots.txt", "text/plain"))
    assert [address.partition("#")[0] for address in named] == [f"https://press.example/{name}.xml" for name in names]


# --------------------------------------------------------------------------- a sitemap as a source


def test_the_kind_is_registered() -> None:
    assert isinstance(source_types()["sitemap"], SitemapSource)


def test_it_is_asked_for_as_a_feed_is() -> None:
    state = State(1, SOURCE, Validators(etag='"x"'))
    request = SitemapSource().request(SOURCE, state)
    assert request.url == SOURCE.url
    assert request.max_bytes == sitemap.MAX_BYTES
    assert dict(request.headers)["if-none-match"] == '"x"'
    assert "application/xml" in dict(request.headers)["accept"]


def test_its_pages_are_entries() -> None:
    feed = parse(NEWS)
    assert [entry.title for entry in feed.entries] == ["Снаряд & <Щит>", "", "", ""]
    assert not any(entry.refilled for entry in feed.entries)
    assert all(entry.marks for entry in feed.entries)


def test_an_address_is_one_page() -> None:
    feed = parse(
        urlset(("https://press.example/a", "2026-11-29"), ("https://press.example/a?utm_source=x", "2026-11-28"))
    )
    assert [entry.link for entry in feed.entries] == ["https://press.example/a"]


def test_the_newest_pages_are_read() -> None:
    rows = [(f"https://press.example/{n}", f"2026-11-{1 + n % 28:02}T12:00:00Z") for n in range(2_100)]
    feed = parse(urlset(*rows))
    assert len(feed.entries) == 2_000
    assert feed.notes == ("2100 pages: the newest 2000 are read",)
    assert {entry.published.day for entry in feed.entries if entry.published} == set(range(2, 29))


def test_without_dates_both_ends_are_read() -> None:
    found = [entry.link for entry in parse(urlset(*((f"https://press.example/{n}", "") for n in range(2_100)))).entries]
    assert (found[0], found[-1], len(found)) == ("https://press.example/0", "https://press.example/2099", 2_000)


def test_an_index_is_followed_to_its_newest_sitemaps() -> None:
    rows = "".join(
        f"<sitemap><loc>/s{day}.xml</loc><lastmod>2026-11-{day:02}</lastmod></sitemap>" for day in range(24, 30)
    )
    feed = parse(f"<sitemapindex>{rows}</sitemapindex>")
    assert feed.follow == tuple(f"https://press.example/s{day}.xml" for day in (29, 28, 27))
    assert feed.steady
    assert not parse("<sitemapindex><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>").steady


def test_an_index_of_old_sitemaps_alone_is_an_error() -> None:
    with pytest.raises(ParseError, match="names no sitemap of the last two days"):
        parse("<sitemapindex><sitemap><loc>/a.xml</loc><lastmod>2025-01-01</lastmod></sitemap></sitemapindex>")


PIECES = st.sampled_from(
    ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "https://press.example/a", "<lastmod>", "</lastmod>",
     "2026-11-29", "<sitemapindex>", "<sitemap>", "</sitemap>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&x;", "<", ">",
     "<news:news>", "</news:news>", "<news:title>", "</news:title>", "\x1f", "\n", "<!DOCTYPE a", "[", "]"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(text: str, packed: bool) -> None:
    body = text.encode(errors="replace")
    try:
        part = read(gzip.compress(body) if packed else body)
    except ParseError:
        return
    assert all(entry.link and entry.refilled for entry in part.entries)
