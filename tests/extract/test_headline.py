from __future__ import annotations

import pytest

from monitor.extract import page
from monitor.extract.headline import headline

FULL = "Росія допомагає КНДР розвивати військові програми – Блінкен"
LONG = "Bridge across the river closed until the end of March after cracks were found"


def title(feed: str, shown: str, *, json_ld: str = "", og: str = "", name: str = "", outlet: str = "Outlet") -> str:
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{json_ld}"}}</script>'
    meta = f'<meta property="og:title" content="{og}"><meta property="og:site_name" content="{name}">'
    h1 = f"<h1>{shown}</h1>" if shown else ""
    return headline(feed, page.meta(page.parse(f"<html><head>{data}{meta}</head><body>{h1}</body></html>")), outlet)


@pytest.mark.parametrize(
    "feed",
    [
        f"{LONG[:40]}…",
        f"{LONG[:40]}...",
        f"{LONG[:41]} …",
        f"{LONG[:41]}[…]",
        f"{LONG[:43]}...",
        "Bridge across the river closed until the end of March",
        "Bridge across the river",
    ],
)
def test_a_headline_in_full_takes_the_place_of_its_beginning(feed: str) -> None:
    assert title(feed, LONG) == LONG
    assert title(feed, "", json_ld=LONG) == LONG


@pytest.mark.parametrize(
    ("feed", "shown"),
    [
        ("Bridge closed after a flood", LONG),
        ("Bridge", LONG),
        ("Bri…", LONG),
        (f"{LONG} today", LONG),
        (LONG, LONG),
        (LONG, f"{LONG} (video)"),
        (LONG, f"{LONG} [updated at noon]"),
        (LONG, f"{LONG}!"),
        (LONG, f"{LONG} | Outlet"),
        (LONG, f"{LONG} - Region and economy"),
        (LONG[:43], LONG),
        (f"{LONG}…", f"{LONG} | Outlet"),
        (f"(2nd LD) {LONG[:40]}…", LONG),
        ("Other words of an editor…", LONG),
    ],
)
def test_the_feeds_title_stays(feed: str, shown: str) -> None:
    assert title(feed, shown) == feed


def test_a_sites_name_is_no_part_of_a_headline() -> None:
    for separator in (" | ", " - ", " – ", " :: ".replace("::", ":"), " » "):
        assert title(f"{LONG[:40]}…", f"{LONG}{separator}Outlet") == LONG
        assert title(f"{LONG[:40]}…", "", og=f"{LONG}{separator}The Paper", name="The Paper") == LONG


def test_who_said_it_belongs_to_a_headline_that_machines_are_told() -> None:
    assert title(FULL[:49], FULL, json_ld=FULL) == FULL
    assert title(FULL[:49], FULL) == FULL[:49]


def test_what_is_made_for_a_preview_counts_for_a_title_that_is_cut() -> None:
    assert title(f"{LONG[:40]}…", "News", og=LONG) == LONG
    assert title(LONG[:23], "News", og=LONG) == LONG[:23]


def test_a_page_names_what_the_feed_does_not() -> None:
    assert title("", "News", og=LONG) == LONG
    assert title("", LONG) == LONG
