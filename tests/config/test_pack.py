"""The pack of sources: its data, and what `use` takes of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import data, urls
from monitor.app.configuration import load
from monitor.config import pack
from monitor.config.edit import add_sources
from monitor.config.pack import FeedPlace, PackFeed
from monitor.errors import ConfigError
from monitor.model import Source

WATCHLIST = "watchlists:\n  - {name: w, keywords: [rocket], sources: [Ukrinform]}\n"
FEEDS = [feed for outlet in pack.pack().values() for feed in outlet.feeds.values()]
DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def read(folder: Path, sources: str, **environ: str) -> tuple[Source, ...]:
    file = folder / "config.yaml"
    file.write_text(f"sources:\n{sources}{WATCHLIST}", encoding="utf-8")
    return load(file, environ).sources


def problems(folder: Path, sources: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, sources, **environ)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


# --------------------------------------------------------------------------- the data


def test_every_feed_can_be_taken(tmp_path: Path) -> None:
    """Addresses, languages and time zones are those that a configuration may have."""
    rows = "".join(f"  - {{use: {feed.id}, name: {number}}}\n" for number, feed in enumerate(FEEDS))
    file = tmp_path / "config.yaml"
    file.write_text("sources:\n" + rows, encoding="utf-8")
    taken = load(file, {}).sources
    assert [source.url for source in taken] == [feed.settings["url"] for feed in FEEDS]
    assert all(source.language for source in taken)
    assert len(taken) > 100


def test_no_address_is_there_twice() -> None:
    addresses = [urls.canonical(str(feed.settings["url"])) for feed in FEEDS]
    assert len(set(addresses)) == len(addresses)


def test_names_are_unique_but_for_rubrics_of_one_edition() -> None:
    outlets: dict[str, str] = {}
    for outlet in pack.pack().values():
        assert re.fullmatch(r"[a-z0-9_]+", outlet.id)
        for word, feed in outlet.feeds.items():
            assert re.fullmatch(r"[a-z0-9-]+", word)
            assert outlets.setdefault(str(feed.settings["name"]), outlet.id) == outlet.id
        editions = {(feed.settings["name"], feed.settings["language"]) for feed in outlet.feeds.values()}
        assert len({name for name, _ in editions}) == len(editions), outlet.id


def test_every_sitemap_is_an_address() -> None:
    for feed in FEEDS:
        sitemap = feed.settings.get("sitemap")
        assert sitemap is None or urls.parse(str(sitemap)).host, feed.id


def test_every_feed_has_been_seen_in_a_public_place() -> None:
    places = data.load("feed_places")
    used = {key for feed in FEEDS for key in feed.places}
    assert used == places.keys()
    assert all(feed.places for feed in FEEDS)
    assert all(DATE.fullmatch(feed.failed) for feed in FEEDS if feed.failed)
    for key, row in places.items():
        assert {"where", "seen"} <= row.keys() <= {"where", "seen", "checked", "copy_of"}, key
        assert all(DATE.fullmatch(row[date]) for date in ("seen", "checked") if date in row), key
        assert row.get("copy_of", key) in places, key


ONE = FeedPlace("a list", "2026-11-30")
COPY = FeedPlace("its copy", "2026-11-30", copy_of="one")
OTHER = FeedPlace("another list", "2026-11-30")
CHECKED = FeedPlace("a list that is checked", "2026-11-30", checked="2026-02-24")


@pytest.mark.parametrize(
    ("places", "confirmed"),
    [
        ({"one": ONE}, False),
        ({"one": ONE, "copy": COPY}, False),
        ({"one": ONE, "other": OTHER}, True),
        ({"checked": CHECKED}, True),
    ],
)
def test_what_confirms_a_feed(places: dict[str, FeedPlace], confirmed: bool) -> None:
    assert PackFeed("a", {}, None, None, places).confirmed is confirmed
    assert not PackFeed("a", {}, None, None, places, failed="2026-10").confirmed


def test_a_setting_that_no_version_has_is_kept_and_not_applied() -> None:
    feed = PackFeed("a", {"url": "https://a.example/", "tomorrow": True}, None, None, {"one": ONE})
    assert feed.applied == {"url": "https://a.example/"}


# --------------------------------------------------------------------------- use


def test_use_takes_an_outlet_and_its_name(tmp_path: Path) -> None:
    (source,) = read(tmp_path, "  - use: ukrinform\n")
    assert (source.name, source.language, source.timezone) == ("Ukrinform", "uk", "Europe/Kyiv")
    assert source.url == "https://www.ukrinform.ua/rss/block-lastnews"
    assert source.use == "ukrinform"


def test_use_takes_a_feed_of_an_outlet(tmp_path: Path) -> None:
    (source,) = read(tmp_path, "  - use: Ukrinform/ATO\n")
    assert (source.name, source.url) == ("Ukrinform", "https://www.ukrinform.ua/rss/rubric-ato")
    first, second = read(tmp_path, "  - use: ukrinform/latest\n  - use: ukrinform/en\n")
    assert (first.url, second.name) == ("https://www.ukrinform.ua/rss/block-lastnews", "Ukrinform English")


def test_any_key_beside_use_counts_more(tmp_path: Path) -> None:
    written = "name: Ukrinform, url: 'https://a.example/', language: ru, timezone: UTC, every: 1m"
    (source,) = read(tmp_path, f"  - {{use: yonhap, {written}}}\n")
    assert source == Source("Ukrinform", "https://a.example/", "ru", "UTC", 60)


def test_a_source_that_moves_from_written_to_use_is_the_same(tmp_path: Path) -> None:
    """It keeps its state: a source is known by its name, and asked anew only where its address or kind has changed."""
    written = "name: Ukrinform, url: 'https://www.ukrinform.ua/rss/block-lastnews'"
    (before,), (now,) = read(tmp_path, f"  - {{{written}}}\n"), read(tmp_path, "  - use: ukrinform\n")
    assert (before.name, before.url, before.kind) == (now.name, now.url, now.kind)
    assert replace(now, use=None) == now


def test_a_variable_may_override_what_use_gives_and_use_itself(tmp_path: Path) -> None:
    (source,) = read(tmp_path, "  - use: ukrinform\n", MONITOR_SOURCES__UKRINFORM__LANGUAGE="en")
    assert (source.language, source.timezone) == ("en", "Europe/Kyiv")
    changed = {"MONITOR_SOURCES__0__USE": "yonhap/ko", "MONITOR_SOURCES__0__NAME": "Ukrinform"}
    (source,) = read(tmp_path, "  - use: ukrinform\n", **changed)
    assert (source.name, source.language) == ("Ukrinform", "ko")
    assert source.url == "https://www.yna.co.kr/rss/news.xml"
    (source,) = read(tmp_path, "  - use: nowhere\n", MONITOR_SOURCES__0__USE="ukrinform")
    assert source.name == "Ukrinform"


LISTS = "`monitor sources` lists them"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("use: ukrinfrom", "2:10: sources[0].use: the pack has no outlet 'ukrinfrom'. Did you mean 'ukrinform'?"),
        ("use: Ukrainska Pravda", "the pack has no outlet 'Ukrainska Pravda'. Did you mean 'pravda_ua'?"),
        ("use: ukrinform/atto", "no feed 'atto' of Ukrinform. Did you mean 'ukrinform/ato'? It has ukrinform/latest, "),
        ("use: ukrinform/", "the pack has no feed '' of Ukrinform. It has ukrinform/latest"),
        (
            "use:",
            f"2:5: sources[0].use: is empty: write an outlet's id, such as ukrinform, or delete the line; {LISTS}",
        ),
        ("use: [ukrinform]", "2:5: sources[0].use: must be text, not a list"),
        ("use: qqqq", f"no outlet 'qqqq'. {LISTS}; a feed of any other needs `name` and `url` in place of `use`"),
    ],
)
def test_what_the_pack_has_not_is_refused_once(tmp_path: Path, written: str, problem: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"sources:\n  - {written}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    (found,) = caught.value.problems
    assert problem in str(found)


def test_a_watchlist_of_a_misspelt_source_is_not_refused_as_well(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "  - use: ukrinfrom\n")
    assert "sources[0].use" in found


def test_two_feeds_of_one_edition_need_a_name(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "  - use: ukrinform\n  - use: ukrinform/ato\n")
    assert "config.yaml:3:10: sources[1].name: the name 'Ukrinform' is taken (line 2 of" in found
    assert found.endswith("): write a `name` beside this `use`")
    (found,) = problems(tmp_path, "  - use: ukrinform\n  - {use: bbc, name: ukrinform}\n")
    assert found.endswith("): give each its own name")


def test_what_is_written_wrongly_beside_use_has_its_own_place(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "  - {use: ukrinform, url: 'ftp://a.example/'}\n")
    assert found.startswith("config.yaml:2:27: sources[0].url: ")


def test_a_source_without_use_still_needs_name_and_url(tmp_path: Path) -> None:
    found = problems(tmp_path, "  - {language: uk}\n  - {name: Ukrinform, url: 'https://a.example/'}\n")
    assert [line.split(": ")[1] for line in found] == ["sources[0].name", "sources[0].url"]


def test_import_knows_what_use_stands_for() -> None:
    text = "sources:\n  - use: ukrinform  # mine\n"
    new = [Source("U", "https://www.ukrinform.ua/rss/block-lastnews"), Source("Ukrinform", "https://a.example/")]
    edit = add_sources(text, "config.yaml", new)
    assert edit.skipped == ["U: is there already"]
    assert edit.text == text + "  - name: Ukrinform 2\n    url: https://a.example/\n"
