"""Single looks at sources: an index of sitemaps, and the sitemaps that refill gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles.pipeline_harness import FakeFetcher, ok

from monitor.app.configuration import load
from monitor.app.probe import probe
from monitor.ports import Response

CONFIG = """
sources:
  - name: Press
    url: https://press.example/{path}
    kind: {kind}
    sitemap: [{sitemaps}]
watchlists:
  - {{name: w, keywords: [rocket]}}
channels:
  screen: {{console: {{}}}}
"""
RSS = "<rss version='2.0'><channel><item><title>T</title><link>https://press.example/1</link></item></channel></rss>"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> FakeFetcher:
    fetcher = FakeFetcher()
    now = datetime.now(UTC)
    pages = f"<urlset><url><loc>/1</loc><lastmod>{now.isoformat()}</lastmod></url><url><loc>/2</loc></url></urlset>"
    index = f"<sitemapindex><sitemap><loc>/news.xml</loc><lastmod>{now.isoformat()}</lastmod></sitemap></sitemapindex>"
    named = f"{now.year}.xml"
    for path, body in (("rss", RSS), ("news.xml", pages), ("index.xml", index), ("bad.xml", "<x/>"), (named, pages)):
        fetcher.answers[f"https://press.example/{path}"] = ok(f"https://press.example/{path}", body)
    gone = "https://press.example/gone.xml"
    fetcher.answers[gone] = lambda _: Response(gone, 404, (), b"")
    monkeypatch.setattr("monitor.app.probe.make_fetcher", lambda _: fetcher)
    return fetcher


async def looked_at(tmp_path: Path, path: str, *sitemaps: str, kind: str = "feed") -> tuple[bool, str]:
    file = tmp_path / "config.yaml"
    listed = ", ".join(f'"https://press.example/{each}"' for each in sitemaps)
    file.write_text(CONFIG.format(path=path, kind=kind, sitemaps=listed), encoding="utf-8")
    first = (await probe(load(file)))[0]
    return first["ok"], first["detail"]


@pytest.mark.usefixtures("site")
async def test_the_sitemaps_of_a_source_are_asked_too(tmp_path: Path) -> None:
    fine, detail = await looked_at(tmp_path, "rss", "index.xml", "{year}.xml")
    assert fine
    year = datetime.now(UTC).year
    assert detail == (
        "1 entries; sitemap https://press.example/index.xml: an index of 1; "
        f"sitemap https://press.example/{year}.xml: 1 articles of the last day"
    )


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("path", "reason"),
    [("gone.xml", "gone.xml: the server answered 404"), ("bad.xml", "bad.xml: the answer is no sitemap")],
)
async def test_a_sitemap_that_cannot_be_read_is_named(tmp_path: Path, path: str, reason: str) -> None:
    fine, detail = await looked_at(tmp_path, "rss", path)
    assert not fine
    assert reason in detail


@pytest.mark.usefixtures("site")
async def test_an_index_is_followed(tmp_path: Path) -> None:
    fine, detail = await looked_at(tmp_path, "index.xml", kind="sitemap")
    assert fine
    assert detail.startswith("2 entries, newest ")
