"""A news site whose feed shows its newest articles only, and whose sitemaps list what the feed has forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from doubles.clock import FixedClock

from monitor.errors import FetchError, FetchKind
from monitor.ports import Request, Response

HOME = "https://press.example/"
FEED = f"{HOME}rss"
WEEK = f"{HOME}sitemap/{{year}}/{{week}}.xml"
LAST = f"{HOME}sitemap/last.xml"
INDEX = f"{HOME}sitemap.xml"


@dataclass(frozen=True)
class Published:
    at: datetime
    number: int

    slug: bool = False

    @property
    def link(self) -> str:
        return f"{HOME}{self.name}" if self.slug else f"{HOME}rubric-world/{self.number + 100_000}-report.html"

    @property
    def name(self) -> str:
        """Return words that are of this number alone."""
        return "-".join(
            ("harbour", "school", "river", "mayor", "tax", "storm", "court", "grain", "ship", "vote")[int(n)]
            for n in str(self.number)
        )

    @property
    def title(self) -> str:
        return f"Report of number {self.number}"


@dataclass
class NewsSite(dict[str, Callable[[Request], Response]]):
    """Answers by address, as `FakeFetcher.answers`; all by the clock."""

    clock: FixedClock
    articles: Sequence[Published]
    window: int = 30
    robots: str | None = f"Sitemap: {INDEX}\n"
    titles: bool = True  # the sitemaps have the news extension
    down: bool = False  # the site's sitemaps answer 503
    lag: timedelta = timedelta()  # after which the sitemaps list an article
    changed: dict[int, timedelta] = field(default_factory=dict)  # by number: when an article is changed, after its date
    missing: set[str] = field(default_factory=set)  # addresses that answer 404
    answers: dict[str, Callable[[], str]] = field(default_factory=dict)  # further sitemaps by path
    dated: bool = True  # the feed's entries have dates
    guids: bool = True  # … and guids
    pinned: Published | None = None  # what stands before all others in the feed

    def __missing__(self, url: str) -> Callable[[Request], Response]:
        return lambda _: self.answer(url)

    def answer(self, url: str) -> Response:
        path = url.removeprefix(HOME)
        if url in self.missing:
            return Response(url, 404, (), b"")
        if path == "robots.txt":
            return Response(url, 404, (), b"") if self.robots is None else Response(url, 200, (), self.robots.encode())
        if path in self.answers:
            return Response(url, 200, (), self.answers[path]().encode())
        if path == "rss":
            return Response(url, 200, (), self.feed().encode())
        if path.startswith("sitemap"):
            if self.down:
                return Response(url, 503, (), b"")
            return Response(url, 200, (), self.sitemap(path).encode())
        raise FetchError("no route", FetchKind.CONNECT)

    def out(self, lag: timedelta = timedelta()) -> list[Published]:
        """Return the articles that are published, the newest first."""
        now = self.clock.now() - lag
        return sorted((each for each in self.articles if each.at <= now), key=lambda each: each.at, reverse=True)

    def feed(self) -> str:
        rows = "".join(
            f"<item><title>{each.title}</title><link>{each.link}?utm_source=rss</link>"
            f"{f'<guid>{each.link}</guid>' if self.guids else ''}"
            f"{f'<pubDate>{format_datetime(each.at)}</pubDate>' if self.dated else ''}</item>"
            for each in ([self.pinned] if self.pinned else []) + self.out()[: self.window]
        )
        return f"<rss version='2.0'><channel><title>t</title>{rows}</channel></rss>"

    def sitemap(self, path: str) -> str:
        shown = self.out(self.lag)
        if path == "sitemap.xml":
            weeks: dict[str, datetime] = {}
            for each in shown:
                weeks.setdefault(_week(each.at), each.at)
            rows = "".join(
                f"<sitemap><loc>{HOME}sitemap/{week}.xml</loc><lastmod>{at.isoformat()}</lastmod></sitemap>"
                for week, at in weeks.items()
            )
            return f"<sitemapindex>{rows}</sitemapindex>"
        if path == "sitemap/last.xml":
            shown = shown[:100]
        else:
            shown = [each for each in shown if f"sitemap/{_week(each.at)}.xml" == path]
        return f"<urlset>{''.join(map(self._row, shown))}</urlset>"

    def _row(self, each: Published) -> str:
        if not self.titles:
            change = each.at + self.changed.get(each.number, timedelta())
            at = change if change <= self.clock.now() else each.at
            return f"<url><loc>{each.link}</loc><lastmod>{at.isoformat()}</lastmod></url>"
        return (
            f"<url><loc>{each.link}</loc><n:news><n:publication_date>{each.at.isoformat()}</n:publication_date>"
            f"<n:title>{each.title}</n:title></n:news></url>"
        )


def _week(at: datetime) -> str:
    year, week, _ = at.astimezone(UTC).isocalendar()
    return f"{year}/{week:02}"
