"""What is the same item, what an edit, and what is new, by plain examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from monitor.identity import StoredEntry, alike, distinct, is_placeholder, marks, recognise, without_fragment
from monitor.model import Entry, Habits

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
KEPT = Habits(guid_apart=True, link_apart=True, title_apart=True, guid_kept=True, link_kept=True, page_kept=True)


def entry(n: int = 1, **changes: object) -> Entry:
    values: dict[str, object] = {
        "guid": f"g{n}",
        "link": f"https://a.org/{n}",
        "title": f"Title of {n}",
        "summary": f"Text of {n}",
        "published": NOW + timedelta(minutes=n),
        "digest": f"d{n}",
    }
    return Entry(key=f"k{n}", **(values | changes))  # type: ignore[arg-type]


def known(item: Entry, ident: int = 1) -> StoredEntry:
    return StoredEntry(ident, item.key, item.guid, item.link, item.title, item.summary, item.published, item.digest)


def verdict(new: Entry, *before: Entry, habits: Habits = KEPT, beside: tuple[Entry, ...] = ()) -> str:
    """Return what becomes of an entry: 'same', 'moved' or 'new'; `beside` are known ones that the body shows, too."""
    rows = [known(item, ident) for ident, item in enumerate((*before, *beside), 1)]
    found = recognise([new, *beside], rows, habits)
    if 0 in found.new:
        return "new"
    return "moved" if any(number == 0 for number, _ in found.moved) else "same"


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({}, "same"),
        ({"title": "Other words altogether", "digest": "x"}, "same"),
        ({"summary": "Other words altogether", "digest": "x"}, "same"),
        ({"title": "Quite", "summary": "other", "digest": "x"}, "same"),
        ({"link": "https://a.org/moved", "digest": "x"}, "same"),
        ({"link": "https://a.org/1?utm_source=x#top"}, "same"),
        ({"guid": "renewed"}, "moved"),
        ({"guid": "renewed", "link": "https://b.org/1"}, "moved"),
        ({"guid": "renewed", "link": "https://b.org/1", "published": NOW + timedelta(days=1)}, "new"),
        ({"guid": "renewed", "title": "Title of 1, (LEAD)"}, "same"),
        ({"guid": "renewed", "title": "Next post", "summary": "of a live page"}, "new"),
        ({"link": "https://b.org/1", "title": "Quite", "summary": "other"}, "new"),
        ({"link": "https://b.org/1", "title": "Quite", "digest": "x"}, "same"),
        ({"link": "https://b.org/1", "title": "Title of 1 again", "summary": "other"}, "same"),
        ({"guid": "g9", "link": "https://a.org/9", "title": "Nine", "summary": "Nine"}, "new"),
    ],
)
def test_one_known_item(changes: dict[str, object], becomes: str) -> None:
    assert verdict(replace(entry(), **changes), entry(), beside=(entry(2), entry(3))) == becomes  # type: ignore[arg-type]


LATER = NOW + timedelta(days=1)
BARE = tuple(entry(n, guid=None, link=None) for n in (1, 2, 3))
RENEWED: dict[str, Any] = {"guid": "renewed", "link": "https://b.org/1"}
ROWS: dict[str, tuple[tuple[Entry, tuple[Entry, ...], Habits, str], ...]] = {
    "a known guid, and not another link, title and text at once": (
        (entry(), (entry(),), KEPT, "same"),
        (entry(link="https://a.org/moved", digest="x"), (entry(),), KEPT, "same"),
        (entry(title="Quite", summary="other", digest="x"), (entry(),), KEPT, "same"),
        (entry(link="https://b.org/1", title="Quite", summary="other"), (entry(),), KEPT, "new"),
    ),
    "a known link that is its own": (
        (entry(guid="renewed", title="Title of 1, (LEAD)"), (entry(),), KEPT, "same"),
        (entry(guid="renewed", title="Next post", summary="of a live page"), (entry(),), KEPT, "new"),
        (
            entry(guid="renewed", title="Next", summary="post"),
            (entry(),),
            Habits(link_apart=True, guid_kept=False),
            "same",
        ),
    ),
    "known words, guid and link renewed": (
        (entry(**RENEWED), (entry(),), KEPT, "moved"),
        (entry(**RENEWED, published=None), (entry(published=None),), Habits(), "moved"),
        (entry(**RENEWED, published=None), (entry(published=None),), KEPT, "new"),
    ),
    "the same words again, under another guid and link, where these are kept": (
        (entry(**RENEWED, published=LATER), (entry(),), KEPT, "new"),
    ),
    "the same words, nothing else that counts, and another date": (
        (replace(BARE[0], published=LATER), BARE, KEPT, "new"),
        (replace(BARE[0], published=LATER), BARE[:1], Habits(), "same"),
    ),
    "a title of its own and a known one's minute, guid or link renewed": (
        (entry(**RENEWED, summary="Other words"), (entry(),), KEPT, "same"),
        (entry(**RENEWED, summary="Other words", published=LATER), (entry(),), KEPT, "new"),
    ),
    "a known title or a known text, and nothing else that counts": (
        (replace(BARE[0], summary="Other words"), BARE[:1], KEPT, "same"),
        (replace(BARE[0], title="Other words"), BARE[:1], KEPT, "same"),
        (replace(BARE[0], title="Other words", published=LATER), BARE[:1], KEPT, "new"),
    ),
}


def test_the_documented_table_has_the_rows_that_are_tested() -> None:
    page = (Path(__file__).parents[2] / "docs" / "identity.md").read_text(encoding="utf-8")
    table = page.partition("| the item has | it is |")[2].partition("\n\n")[0]
    assert [row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()[2:]] == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_documented_table(row: str) -> None:
    for item, before, habits, becomes in ROWS[row]:
        assert verdict(item, before[0], habits=habits, beside=before[1:]) == becomes, item


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({"title": "Another headline"}, "same"),
        ({"summary": "Another text"}, "same"),
        ({"title": "Another headline", "published": NOW + timedelta(days=1)}, "new"),
        ({"title": "Title of 1 (updated)", "published": NOW + timedelta(days=1)}, "same"),
        ({"title": "Another headline", "summary": "Another text"}, "new"),
    ],
)
def test_texts_alone(changes: dict[str, object], becomes: str) -> None:
    bare = [entry(n, guid=None, link=None) for n in (1, 2, 3)]
    assert verdict(replace(bare[0], **changes), bare[0], beside=(bare[1], bare[2])) == becomes  # type: ignore[arg-type]


def test_a_window_of_one_goes_by_what_was_seen_before() -> None:
    old = entry(1, link="https://a.org/press")
    post = entry(2, link="https://a.org/press")
    assert verdict(post, old, habits=Habits()) == "new"
    assert verdict(post, old, habits=replace(KEPT, link_apart=False)) == "new"
    without = replace(old, guid=None), replace(post, guid=None)
    assert verdict(without[1], without[0], habits=Habits()) == "new"
    edited = replace(without[1], title=old.title)
    assert verdict(replace(edited, published=old.published), without[0], habits=Habits()) == "same"
    assert verdict(edited, without[0], habits=Habits()) == "new", "'Market close' of another day"
    assert verdict(without[1], without[0]) == "same", "each item has its own link here, so this one was rewritten"
    one_guid = entry(1, guid="feed", link=None), entry(2, guid="feed", link=None)
    assert verdict(one_guid[1], one_guid[0], habits=replace(KEPT, guid_apart=False)) == "new"


def test_links_that_differ_in_what_is_stripped() -> None:
    a, b, c = (entry(n, guid=None, link=f"https://a.org/s?cmp={n}") for n in (1, 2, 3))
    assert verdict(c, a, b) == "new"
    assert verdict(replace(c, title=a.title, summary=a.summary), a, beside=(b,)) == "new", "its own link, kept"
    loose = replace(KEPT, page_kept=False)
    assert verdict(replace(a, link="https://a.org/s?cmp=9"), a, habits=loose) == "same"
    assert verdict(replace(a, link="https://a.org/s?cmp=9"), a, b, habits=loose) == "same"


def test_all_renewed_at_once() -> None:
    old = [entry(n) for n in range(5)]
    new = [replace(each, guid=f"x{n}", link=f"https://b.org/{n}") for n, each in enumerate(old)]
    found = recognise(new, [known(each, n) for n, each in enumerate(old)], KEPT)
    assert [number for number, _ in found.moved] == [0, 1, 2, 3, 4]
    assert (found.habits.guid_kept, found.habits.link_kept) == (False, False)
    again = recognise(new, [known(each, n) for n, each in enumerate(new)], found.habits)
    assert (again.habits.guid_kept, again.habits.link_kept) == (True, True)


def test_a_few_that_repeat_old_words_are_news() -> None:
    old = [entry(n) for n in range(3)]
    later = NOW + timedelta(days=1)
    new = [
        replace(each, guid=f"x{n}", link=f"https://b.org/{n}", published=later + timedelta(minutes=n))
        for n, each in enumerate(old)
    ]
    found = recognise(new, [known(each, n) for n, each in enumerate(old)], KEPT)
    assert found.new == (0, 1, 2)
    assert recognise(new, [known(each, n) for n, each in enumerate(old)], Habits()).new == ()


def test_one_renewed_item_of_a_source_that_nobody_knows_yet() -> None:
    old = entry(published=None)
    new = replace(old, guid="x", link="https://b.org/x")
    assert verdict(new, old, habits=Habits()) == "moved"
    assert verdict(replace(new, published=NOW), entry(), habits=Habits()) == "new"


def test_a_text_that_comes_again_and_again() -> None:
    alarms = [entry(n, title="Air raid alert", summary="") for n in range(4)]
    found = recognise(alarms, [known(each, n) for n, each in enumerate(alarms[:3])], KEPT)
    assert found.new == (3,)
    nothing_else = [replace(each, guid=None, link=None) for each in alarms]
    rows = [known(alarms[0], 1), known(alarms[1], 2)]
    assert recognise(nothing_else[:1], rows, Habits()).new == ()
    assert recognise(nothing_else[3:], rows, Habits()).new == (0,)


def test_what_was_found_by_its_key_is_taken() -> None:
    twin = replace(entry(), guid="other")
    row = known(entry())
    found = recognise([entry(), twin], [], KEPT, {0: row})
    assert found.same == ((0, row),)
    assert found.new == (1,)


def test_the_moment_of_the_build_is_nobodys() -> None:
    old = [entry(n, published=NOW) for n in range(4)]
    one = replace(old[0], guid="x", link="https://b.org/x")
    assert verdict(one, old[0], beside=(old[1], old[2])) == "new"


# --------------------------------------------------------------------------- marks


@pytest.mark.parametrize("text", [None, "", " ", "N/A", "-", "#", "null", "...", "None"])
def test_placeholders(text: str | None) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["1", "a", "https://a.org/", "nonesuch"])
def test_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


def test_marks_do_not_see_case_blanks_and_punctuation() -> None:
    one = entry(title="«Ракета»  впала…", summary="Так.")
    assert marks(one).text == marks(replace(one, title='"ракета" ВПАЛА', summary="так")).text
    assert marks(replace(one, title="?!")).title not in (None, marks(replace(one, title="...")).title)
    assert marks(entry(title="", summary="")).text == (None, None)


def test_marks_of_addresses() -> None:
    one = marks(entry(guid="http://a.org/live?utm_source=x#p1", link="https://a.org/live?utm_source=x#p1"))
    two = marks(entry(guid="http://a.org/live#p1", link="https://www.a.org/live#p2"))
    assert (one.guid, one.link) == (two.guid, two.link)
    assert one.page != two.page
    assert marks(entry(guid="http://a.org/1/")).guid == marks(entry(guid="http://a.org/1")).guid
    nothing = marks(entry(guid="https://a.org", link="https://a.org/"))
    assert (nothing.guid, nothing.link, nothing.page) == (None, None, None)
    assert marks(entry(link="https://a.org/?id=1")).link is not None
    assert marks(entry(guid="\ud800x")) == marks(entry(guid="\ufffdx"))
    assert (without_fragment("https://a.org/x#y"), without_fragment(None)) == ("https://a.org/x", None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Storm hits Odesa port", "x"), ("(LEAD) Storm hits Odesa port", "x"), True),
        (("Storm hits Odesa port", "x"), ("Storm hits Odesa port", "quite another text"), False),
        (("Storm hits Odesa port", "Long text, cut"), ("Storm hits Odesa port", "Long text, cut here"), True),
        (("Storm hits Odesa port", ""), ("Storm hits Odesa port", "text"), True),
        (("Notice 17 of the court", ""), ("Notice 18 of the court", ""), False),
        (("Storm", ""), ("Frost", ""), False),
        (("속보대통령담화문", ""), ("속보대통령담화문발표", ""), True),
        (("", "One and the same text"), ("", "One and the same text"), True),
        (("", "One text"), ("", "Another thing"), False),
    ],
)
def test_versions_of_one_article(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    a, b = (entry(title=title, summary=summary) for title, summary in (one, other))
    assert alike(a, b) is alike(b, a) is same
    assert alike(a, b, summaries=False) or one[0] != other[0] or not one[0]


def test_one_body_without_what_repeats() -> None:
    both = [entry(), replace(entry(), guid="other", link="https://a.org/1?utm_source=x")]
    assert distinct(both) == both[:1]
    assert distinct([entry(), replace(entry(), title="An update")]) == [entry(), replace(entry(), title="An update")]
    bare = [entry(n, guid=None, link=None, title="T", summary="S") for n in (1, 2)]
    assert distinct(bare) == bare, "'Air raid alert' of two dates"
    assert distinct([bare[0], replace(bare[0], guid="N/A")]) == bare[:1]
    categories = [replace(bare[0], guid=f"g{n}", link="https://a.org/1") for n in (1, 2)]
    assert distinct(categories) == categories[:1]
    quakes = [entry(n, link="https://a.org/map", title="T", summary="S") for n in (1, 2)]
    assert distinct(quakes) == quakes
    pages = [entry(n, guid=None, link=f"https://a.org/s?cmp={n}", title="T", summary="S") for n in (1, 2, 3)]
    assert distinct(pages) == pages
    own = [entry(n, link="https://a.org/s", title="T", summary="S") for n in (1, 2, 3)]
    assert distinct(own) == own


def test_items_without_words_go_by_guid_and_link() -> None:
    bare = [entry(n, title="", summary="") for n in (1, 2, 3)]
    assert verdict(bare[0], bare[0], beside=(bare[1],)) == "same"
    assert verdict(bare[2], bare[0], beside=(bare[1],)) == "new"


def test_items_of_one_text_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    scored: list[int] = []

    def score(_self: object, number: int, _row: StoredEntry) -> float:
        scored.append(number)
        return 0.0

    monkeypatch.setattr(import_module("monitor.identity.recognise")._Recogniser, "_score", score)
    alarms = [entry(n, guid=None, link="https://a.org/map", title="Air raid alert", summary="") for n in range(50)]
    assert recognise(alarms, [known(each, n) for n, each in enumerate(alarms)], Habits()).new == ()
    assert len(scored) == len(alarms)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A Title, of one", "a title of one"),
        ("A\x1cTitle -- of\tone!", "a title of one"),
        ("...", "..."),
        (" ?! ", "?!"),
        (
            "\u0413\u043e\u043b\u043e\u0432\u043d\u0435: \u00ab\u0422\u0435\u0441\u0442\u00bb",
            "\u0433\u043e\u043b\u043e\u0432\u043d\u0435 \u0442\u0435\u0441\u0442",
        ),
    ],
)
def test_titles_are_compared_without_case_and_signs(one: str, other: str) -> None:
    a, b = (marks(entry(title=text)) for text in (one, other))
    assert a.title == b.title is not None
    assert marks(entry(title="Another")).title != a.title
