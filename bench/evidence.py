"""Re-checks of many pages that stay, change, vanish, come back and fail, beside a model of what must be found.

    .venv/bin/python bench/evidence.py [--articles 1000] [--looks 6] [--seed 1]

Each article's page lives a random life. Every look is compared with what the page really was; at the end the chain is
checked, and a package of each story verified. Prints what was wrong (nothing must be), and how long it took.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doubles.clock import FixedClock
from doubles.pipeline_harness import FakeFetcher, PipelineHarness

from monitor.app.evidence import contents
from monitor.errors import FetchError, FetchKind
from monitor.evidence.chain import first_break
from monitor.evidence.package import files_of
from monitor.evidence.verify import check_package
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Article, ChangeKind, EvidenceSettings, Source, Verdict
from monitor.pipeline import evidence
from monitor.pipeline.evidence import FetchedPage
from monitor.pipeline.recheck import Rechecker
from monitor.ports import Request, Response
from monitor.sandbox import InlineSandbox
from monitor.store import open_store

DAY = 86_400.0
LIVES = ("same", "same", "304", "headline", "text", "both", "404", "410", "home", "removed", "503", "timeout")


@dataclass
class _Page:
    """A page, and what the monitor must have noted of it."""

    ident: int
    headline: int = 0
    text: int = 0
    state: str = "same"
    known: tuple[int, int] = (0, 0)
    lost: ChangeKind | None = None
    expected: list[ChangeKind] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return the page's address."""
        return f"https://a.example/{self.ident}"

    def live(self, rng: random.Random) -> None:
        """Become another page, or stay."""
        self.state = rng.choice(LIVES)
        self.headline += self.state in ("headline", "both")
        self.text += self.state in ("text", "both")

    def must_find(self) -> None:
        gone = {
            "404": ChangeKind.GONE,
            "410": ChangeKind.GONE,
            "home": ChangeKind.GONE,
            "removed": ChangeKind.UNREADABLE,
        }
        if self.state in ("503", "timeout"):
            return
        if self.state in gone:
            if self.lost != gone[self.state]:
                self.expected.append(gone[self.state])
            self.lost = gone[self.state]
            return
        if self.lost:
            self.expected.append(ChangeKind.BACK)
            self.lost = None
        if self.state == "304":
            return
        now = self.headline, self.text
        if now[0] != self.known[0]:
            self.expected.append(ChangeKind.HEADLINE)
        if now[1] != self.known[1]:
            self.expected.append(ChangeKind.TEXT)
        self.known = now

    def answer(self, request: Request) -> Response:
        """Answer as the page's server does."""
        if self.state == "timeout":
            raise FetchError("no answer", FetchKind.TIMEOUT, retryable=True)
        if self.state in ("404", "410", "503", "304"):
            return Response(request.url, int(self.state), (), b"")
        url = "https://a.example/" if self.state == "home" else self.url
        words = (
            "Removed."
            if self.state == "removed"
            else f"Report {self.ident} says so, in version {self.text} of it. " * 8
        )
        page = f"<html><head><title>Headline {self.headline} of page {self.ident} on the missile</title></head>"
        page += f"<body><article><p>{words}</p></article></body></html>"
        return Response(url, 200, (("etag", f'"{self.headline}.{self.text}"'),), page.encode())


class _Soak:
    def __init__(self, count: int, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.clock = FixedClock()
        self.store = open_store(f"sqlite:///{folder}/monitor.db", clock_now=self.clock.now)
        self.pages = [_Page(number) for number in range(1, count + 1)]
        self.fetcher = FakeFetcher({page.url: page.answer for page in self.pages})
        desk = PipelineHarness(self.store, self.clock, self.fetcher)
        self.settings = EvidenceSettings(raw=True, recheck=tuple(DAY * day for day in range(1, 100)))
        config = replace(desk.live.now.config, evidence=self.settings, sources=(Source("A", "https://a.example/rss"),))
        desk.live.now = replace(desk.live.now, rules=replace(desk.live.now.rules, config=config))
        self.rechecker = Rechecker(self.store, desk.live, self.clock, InlineSandbox(), ArticleExtractor())

    def read(self) -> None:
        now = self.clock.now()
        for page in self.pages:
            response = page.answer(Request(page.url))
            text = f"Report {page.ident} says so, in version 0 of it. " * 8
            headline = f"Headline 0 of page {page.ident} on the missile"
            article = Article(
                page.url, "A missile", text.strip(), "A", "en", seen_at=now, key=page.url, headline=headline
            )
            found = evidence.gather(
                article, [Verdict("W", matched=True, reason="")], FetchedPage(page.url, now, response), self.settings,
                edited=False,
            )  # fmt: skip
            with self.store.begin() as tx:
                ident = tx.add_article(article)
                tx.create_story(now, ident)
                if found is not None:
                    evidence.keep(tx, ident, found, now)

    async def look(self) -> None:
        for page in self.pages:
            page.live(self.rng)
            page.must_find()
        self.clock.pass_(DAY * 0.6)
        for _ in range(4):  # a page that fails is asked again after minutes and hours
            self.clock.pass_(DAY * 0.1)
            await self.rechecker.finish()

    def wrong(self) -> Counter[str]:
        found: Counter[str] = Counter()
        with self.store.begin() as tx:
            seq, _ = tx.evidence_end()
            if (problem := first_break(tx.evidence_between(1, seq))) is not None:
                found[problem] += 1
            for page in self.pages:
                kinds = [each.kind for each in tx.changes_of([page.ident])]
                if kinds != page.expected:
                    found[f"{page.expected} was {kinds}"] += 1
            for page in self.pages[:: max(1, len(self.pages) // 50)]:
                package = contents(tx, tx.story(page.ident), self.clock.now())
                out = io.BytesIO()
                with zipfile.ZipFile(out, "w") as archive:
                    for name, data in files_of(package).items():
                        archive.writestr(name, data)
                with zipfile.ZipFile(out) as archive:
                    problem = check_package(archive).problem
                if problem is not None:
                    found[f"package: {problem}"] += 1
        return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--articles", type=int, default=1000)
    arguments.add_argument("--looks", type=int, default=6)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        soak = _Soak(chosen.articles, Path(folder), chosen.seed)
        begun = time.perf_counter()
        soak.read()
        read = time.perf_counter() - begun
        begun = time.perf_counter()
        for _ in range(chosen.looks):
            asyncio.run(soak.look())
        looked = time.perf_counter() - begun
        wrong = soak.wrong()
        asked = len(soak.fetcher.asked)
        with soak.store.begin() as tx:
            seq, _ = tx.evidence_end()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        soak.store.close()
    print(f"{chosen.articles} articles kept: {read / chosen.articles * 1e3:.2f} ms each")
    print(f"{asked} looks: {looked / max(asked, 1) * 1e3:.1f} ms each; {seq} entries; {size / seq:.0f} bytes an entry")
    for what, count in wrong.most_common():
        print(f"WRONG {count}x: {what}")
    print("all as it was" if not wrong else f"{wrong.total()} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
