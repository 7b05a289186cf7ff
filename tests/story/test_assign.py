"""The rules by which an article joins a story, one at a time; and what the index forgets."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.stories import DAY, Newsroom, article, yonhap

from monitor.model import Relation
from monitor.story.assign import decide
from monitor.story.features import Features, features, stem_id
from monitor.story.form import (
    _other_subject,
    _other_sums,
    agreement,
    conflict,
    is_later_one,
    one_topic,
    other_matter,
)
from monitor.story.index import Frequencies, IndexedArticle, StoryIndex

TALKS = "Ministers of four states met in Geneva and agreed to keep a channel open, the hosts wrote after the dinner."
storm = "A storm shut the northern harbours, tore roofs from barns and left nine villages in the dark until noon."
BANK_HOLDS = "Bank of Canada holds interest rates steady, signals patience"
ADDRESS = "https://example.org/news/7"


def test_one_address_in_two_outlets_is_no_version() -> None:
    room = Newsroom()
    room.publish(article("Housekeeping", "en", "07:00", "Ministers meet in Geneva again", TALKS, ADDRESS))
    other = room.publish(article("Gazette", "en", "07:10", "Storm closes harbours of the north", storm, ADDRESS))
    assert (other.story_id, other.relation) == (None, Relation.FIRST)


def test_a_story_number_comes_back_after_the_window() -> None:
    room = Newsroom(StoryIndex(window=3600.0))
    room.publish(yonhap(20, 0, "07:00", "Ministers meet in Geneva again", TALKS))
    assert room.publish(yonhap(20, 51, "12:00", "Storm closes harbours of the north", storm)).story_id is None


def test_another_outlets_near_identical_title_is_the_same_event() -> None:
    room = Newsroom()
    title = "Explosion at fertiliser plant kills eleven workers"
    room.publish(article("Housekeeping", "en", "07:00", title, "Smoke was seen for miles. Crews searched the rubble."))
    mate = room.publish(article("Gazette", "en", "07:40", title, "The owner voiced grief; an inquiry was opened."))
    assert (mate.story_id, mate.relation, mate.score) == (1, Relation.SAME, 1.0)


def test_a_title_that_comes_back_with_another_hour_is_another_event() -> None:
    room = Newsroom()
    title = "Air raid alert declared over whole eastern region"
    room.publish(
        article("Housekeeping", "en", "07:20", title, "Sirens were heard at 07:15. People went down to shelters.")
    )
    again = room.publish(article("Gazette", "en", "11:50", title, "It began at 11:45, as bombers rose far away."))
    assert again.story_id is None


def test_articles_that_name_nobody_neither_agree_nor_differ() -> None:
    nameless = features(
        article("Housekeeping", "en", "07:00", "prices rose again", "bread and milk cost more than before")
    )
    named = features(
        article("Housekeeping", "en", "07:00", "Premier Kishida visits Kyiv", "He met President Zelensky there.")
    )
    assert not nameless.core
    assert named.core
    assert agreement(nameless, named) == agreement(named, nameless) == 0.0


def bare(language: str, outlet: str, keys: dict[str, float], cites: frozenset[str] = frozenset()) -> Features:
    """Return features of an article that only its keys can join to another."""
    made = features(article(outlet, language, "07:00", "", "-"))
    return replace(made, keys=keys, cites=cites, stems={})


@pytest.mark.parametrize(("others", "story"), [(0, 1), (30, None)])
def test_a_translation_must_share_a_good_part_of_what_it_names(others: int, story: int | None) -> None:
    shared = {"s:blnkn": 0.7, "s:prkjn": 0.7}
    index = StoryIndex()
    index.insert(
        1,
        1,
        IndexedArticle(bare("en", "Housekeeping", shared | {f"s:mine{n}": 0.7 for n in range(others)}), array("I"), {}),
    )
    rewrite = bare("uk", "Ukrinform", shared | {f"s:their{n}": 0.7 for n in range(others)}, frozenset({"housekeeping"}))
    assert decide(index, None, rewrite).story_id == story


@pytest.mark.parametrize(("feed", "story"), [("Yonhap Korean", 1), ("Yonhap", None)])
def test_an_outlets_feeds_translate_each_other_and_no_feed_itself(feed: str, story: int | None) -> None:
    shared = {f"s:name{n}": 0.7 for n in range(6)}  # what words made of the same syllables have in common, too
    index = StoryIndex()
    index.insert(1, 1, IndexedArticle(bare("en", "Yonhap", shared), array("I"), {}))
    assert decide(index, None, bare("nl", feed, shared)).story_id == story


def test_an_article_from_the_future_is_placed_by_the_clock() -> None:
    index = StoryIndex()
    first = article("Housekeeping", "en", "07:00", "Ministers meet in Geneva again", TALKS)
    index.add(replace(first, id=1), 1)
    dated_ahead = replace(first, source="Gazette", published=DAY + timedelta(days=400), seen_at=None)
    placed = index.assign(dated_ahead, now=DAY + timedelta(hours=8))
    assert (placed.story_id, placed.relation) == (1, Relation.COPY)


def test_a_story_is_forgotten_with_its_last_article() -> None:
    index = StoryIndex()
    old = replace(article("Housekeeping", "en", "07:00", "Ministers meet in Geneva again", TALKS), id=1)
    newer = replace(article("Gazette", "en", "09:00", "Talks in Geneva go on", TALKS), id=2)
    index.add(old, 1)
    index.add(newer, 1)
    index.forget(DAY + timedelta(hours=8))
    assert index.members == {1: {2: None}}
    index.forget(DAY + timedelta(hours=10))
    assert index.members == {}
    assert len(index) == 0


def test_what_was_edited_lives_as_long_as_its_last_form() -> None:
    index = StoryIndex()
    entry = replace(article("Housekeeping", "en", "07:00", "Ministers meet in Geneva again", TALKS), id=1)
    index.add(entry, 1)
    index.add(replace(entry, seen_at=DAY + timedelta(hours=9), published=DAY + timedelta(hours=9)), 1)
    index.forget(DAY + timedelta(hours=8))
    assert list(index.records) == [1]


def test_phrases_and_names_of_many_articles_join_nothing() -> None:
    index = StoryIndex()
    furniture = "Subscribe to our letter for the best of the week, every Friday morning, at no cost to you."
    for ident in range(1, 53):
        said = features(article(f"Paper {ident}", "en", "07:00", "", furniture))
        index.insert(
            ident, ident, IndexedArticle(replace(said, keys={"e:DPRK": 1.0, "s:blnkn": 0.7}, stems={}), array("I"), {})
        )
    another = features(article("Gazette", "en", "08:00", "", furniture))
    assert index.overlaps(another) == {}
    assert index.shared_keys({"e:DPRK": 1.0}) == {}
    index._remove(1)
    index._remove(2)
    assert len(index.overlaps(another)) == len(index.shared_keys({"e:DPRK": 1.0})) == 50


def test_frequencies_forget_whole_days() -> None:
    storm, harbour = map(stem_id, ("storm", "harbour"))
    counted = Frequencies()
    counted.count(0.0, "en", [storm, harbour])
    counted.count(90_000.0, "en", [storm])
    counted.forget(86_400.0)
    assert counted.of("en", [storm, harbour]) == [1, 0]
    assert (counted.articles("en"), len(counted)) == (1, 1)


def test_other_minutes_far_down_in_a_text_keep_phrases_from_joining() -> None:
    alarm = "It began in the mill. " * 30 + "The alarm came at {}."
    late = article("Gazette", "en", "12:00", "Blaze at mill", alarm.format("05:40"))
    early = features(article("Housekeeping", "en", "07:00", "Fire in mill", alarm.format("02:10")))
    assert conflict(early, features(late), 0.4)
    assert conflict(early, features(late), 0.7)  # of so short a text this is the form
    assert not conflict(early, features(late), 0.85)
    long = frozenset(range(60))
    assert not conflict(replace(early, grams=long), replace(features(late), grams=long), 0.7)


SERIES = {
    "two dead": ("{}, dies at {}", "{}, who led a choir, has died at the age of {}, the family said. {}", "The cause of death was not given. Services will be held next week."),
    "two countries": ("Bus crash in {} leaves {} dead", "A bus veered off a road in {} and {} people died. {}", "The driver survived. It was raining at the time, police said on the scene."),
}  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "series", "apart"),
    [
        (("Marcus Aldwin", 88), ("Lina Castel", 91), "two dead", True),
        (("northern Peru", 12), ("southern Nepal", 8), "two countries", True),
        (("northern Peru", 12), ("northern Peru", 15), "two countries", False),
    ],
)
def test_a_form_that_is_filled_in_twice_is_two_events(
    first: tuple[str, int], second: tuple[str, int], series: str, apart: bool
) -> None:
    title, text, rest = SERIES[series]
    one, two = (
        features(article("Gazette", "en", at, title.format(*values), text.format(*values, rest)))
        for at, values in (("07:00", first), ("15:00", second))
    )
    assert conflict(one, two, 0.6) is apart


@pytest.mark.parametrize(
    ("hours", "outlet", "apart"), [(24, "Gazette", True), (1, "Gazette", False), (24, "Herald", False)]
)
def test_another_days_numbers_of_one_outlet_are_another_report(hours: int, outlet: str, apart: bool) -> None:
    rate = "The bank set the official rate at {} for a dollar. The rate for a euro is {}, its site says."
    one = features(article("Gazette", "en", "07:00", "Bank sets rate", rate.format("38.41", "41.60")))
    two = features(article(outlet, "en", "07:00", "Bank sets rate", rate.format("38.23", "41.47")))
    assert conflict(one, replace(two, when=one.when + hours * 3600.0), 0.5) is apart


@pytest.mark.parametrize(
    ("town", "also", "joined"), [("Banstead", "", True), ("Wellington", "", False), ("Epsom", " near Banstead", True)]
)
def test_towns_that_no_table_knows_tell_two_fires_apart(town: str, also: str, joined: bool) -> None:
    room = Newsroom()
    room.publish(
        article(
            "Housekeeping",
            "en",
            "07:00",
            "Fire guts Waitrose store",
            "A fire guts a Waitrose store in Banstead, police say.",
        )
    )
    text = f"A blaze has gutted the Waitrose store in {town}{also}, firefighters say."
    other = room.publish(article("Gazette", "en", "09:00", "Waitrose store gutted by blaze", text))
    assert (other.story_id == 1) is joined


def titled(title: str, text: str = "", language: str = "en") -> Features:
    return features(article("Gazette", language, "07:00", title, text or title))


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Norway gives 200 mln euros for gas", "Norway gives 600 mln euros for drones", True),
        ("Norway gives 600 mln euros for gas", "Norway gives 200 mln euros for drones", True),
        ("Norway gives 1.9 bln euros for gas", "Norway gives 2 bln euros for gas", False),
        ("Shelling kills 2 in Odesa", "Shelling kills 9 in Odesa", False),  # an update
        ("Norway gives gas", "Norway gives 200 mln euros", False),
    ],
)
def test_sums_in_two_titles(one: str, other: str, differ: bool) -> None:
    assert _other_sums(titled(one), titled(other)) is differ


@pytest.mark.parametrize(
    ("language", "one", "other", "differ"),
    [
        ("ko", "코스피, 1.2% 오른 4,100대 마감", "코스닥, 1.2% 오른 900대 마감", True),
        ("en", "Copper rises 2 pct on supply fears", "Silver rises 2 pct on supply fears", True),
        ("en", "ECB keeps key rate at 2 pct", "Bank keeps key rate at 2 pct", True),
        ("en", "EU keeps key rate at 2 pct", "Bank keeps key rate at 2 pct", False),  # too short to tell
        ("ko", "한은, 기준금리 2.5% 동결", "한국은행, 기준금리 2.5% 동결", False),  # short for the other
        ("en", "Copper rises 2 pct on supply fears", "Silver falls as dollar gains", False),
        ("en", "Copper rises", "Silver rises", False),  # too little is left
        ("en", "", "Silver rises 2 pct on supply fears", False),
        ("en", "Fed holds interest rates steady, signals one cut this year", BANK_HOLDS, True),
        ("en", "Central bank holds interest rates steady, signals one cut this year", BANK_HOLDS, False),
        ("ru", "Биткоин подешевел ниже 90 тысяч долларов", "Нефть подешевела ниже 60 долларов", True),
    ],
)
def test_titles_that_differ_in_their_subject_alone(language: str, one: str, other: str, differ: bool) -> None:
    first, second = titled(one, language=language), titled(other, language=language)
    assert _other_subject(first, second) is _other_subject(second, first) is differ


def test_a_subject_that_the_other_article_knows_is_the_same() -> None:
    one = titled("Copper rises 2 pct on supply fears", "Copper and silver rose.")
    other = titled("Silver rises 2 pct on supply fears", "Silver rose.")
    assert not _other_subject(one, other)
    assert not _other_subject(other, one)


def test_two_denials_are_about_two_matters() -> None:
    one = titled("Ministry denies secret transfer of shells", "The report on shells is baseless.")
    other = titled("Ministry denies visit of several envoys", "The report on envoys is baseless.")
    assert other_matter(one, other)
    assert not other_matter(one, titled("Shells: no secret transfer", "So it is said."))
    long = " ".join(f"word{n} said{n}" for n in range(90))
    assert not other_matter(titled("Ministry denies transfer of shells", long), titled("Envoys go home", long[::-1]))


def test_two_remarks_of_one_speaker_are_two_topics() -> None:
    said = "NATO Secretary General Mark Rutte said on Tuesday that allies {}."
    one = titled("Rutte says NATO ready to shoot down jets", said.format("would shoot down jets"))
    other = titled("Rutte says NATO to raise defense output", said.format("must raise production"))
    assert not one_topic(one, other)
    assert one_topic(one, titled("Rutte: jets to be shot down", said.format("would shoot down jets")))
    assert one_topic(titled("", "A text."), one), "a title without words leaves it open"


@pytest.mark.parametrize(
    ("first", "second", "hours", "later"),
    [
        ("(URGENT) N. Korea fires missile", "КНДР запустила ракету", 9, True),
        ("N. Korea fires missile again", "КНДР запустила ракету", 9, True),
        ("(URGENT) N. Korea fires missile", "КНДР запустила ракету", 1, False),
        ("N. Korea fires missile", "КНДР запустила ракету", 9, False),
        ("(URGENT) N. Korea fires missile from Sunan at 7:28", "КНДР запустила ракету з Сунана о 7:28", 9, False),
    ],
)
def test_hours_after_a_flash_facts_alone_join_it(first: str, second: str, hours: int, later: bool) -> None:
    one, other = titled(first), titled(second, language="uk")
    other = replace(other, when=one.when + hours * 3600.0)
    assert is_later_one(one, other) is is_later_one(other, one) is later


@pytest.mark.parametrize(
    ("subject", "apart"), [("Gold rises 2 pct in Asian trade", True), ("Oil rises 2 pct in Asian trade", False)]
)
def test_one_title_of_another_subject_is_another_event(subject: str, apart: bool) -> None:
    oil = features(article("Gazette", "en", "07:00", "Oil rises 2 pct in Asian trade", "Oil rose in the morning."))
    other = features(article("Herald", "en", "08:00", subject, f"{subject.partition(' ')[0]} rose in the morning."))
    assert conflict(oil, other, 0.4) is apart
