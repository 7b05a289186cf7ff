"""What the index keeps of an article: read back as it was written, and as good as examining the article again."""

from __future__ import annotations

import zlib
from base64 import b64decode
from dataclasses import asdict, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from doubles import stories as news
from doubles.random_articles import newsday
from doubles.stories import DAY, article, yonhap
from hypothesis import given, settings
from hypothesis import strategies as some

from monitor.model import Article
from monitor.story import kept
from monitor.story.attribution import citations
from monitor.story.facts import plain
from monitor.story.features import Features
from monitor.story.index import Assignment, IndexedArticle, StoryIndex
from monitor.story.names import Names

BLINKEN = yonhap(20, 51, "09:12", "(LEAD) Blinken says Russia giving technology to N.K.", news.BLINKEN)
REWRITE = article("Ukrinform", "uk", "09:40", "Росія допомагає КНДР - Блінкен", news.UKRINFORM, "https://u.example/1")
KOREAN = article(
    "연합뉴스",
    "ko",
    "09:50",
    '[속보] 블링컨 "러시아, 북한에 기술 제공"',
    "블링컨 장관은 12일 오후 3시 10분 서울에서 말했다.",
)
ODD = Article(None, "\ud800 half a pair", "Odd \udfff text.", "S", "und", seen_at=DAY, guid="")
ALL = (BLINKEN, REWRITE, KOREAN, ODD)
V4 = b64decode(Path(__file__).with_name("kept_4.b64").read_bytes())  # REWRITE, as version 4 kept it


def placed(one: Article, index: StoryIndex | None = None) -> IndexedArticle:
    return (index or StoryIndex()).place(one, entities=frozenset({"DPRK"}), citations=tuple(citations(one)))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.source)
def test_what_is_kept_comes_back_as_it_was(one: Article) -> None:
    made = placed(one)
    assert kept.load(kept.dump(made)) == made
    assert made.features.stems == {}
    assert made.rare


def test_an_id_with_a_space_is_kept_whole() -> None:
    flood = article("S", "en", "09:12", "Floods in New Zealand", "Floods hit New Zealand, said Tom Mitchell.")
    made = StoryIndex().place(flood, entities=frozenset({"New Zealand"}))
    assert any("@New Zealand" in mark.split("|") for mark in made.features.names.title)
    assert kept.load(kept.dump(made)) == made


def test_a_vector_is_kept() -> None:
    made = placed(BLINKEN)
    made = replace(made, features=replace(made.features, vector=bytes(range(256)) * 2))
    assert kept.load(kept.dump(made)) == made


def test_what_makes_features_is_versioned() -> None:
    """Features that changed are not comparable with those that were kept: `kept.VERSION` must be another then.

    Write the new number and the new digest here.
    """
    seen = sha256(repr([_plain(placed(one)) for one in ALL]).encode("utf-8", "surrogatepass")).hexdigest()
    assert (kept.VERSION, seen[:16]) == (9, "b2cf59676a4418bf")


def _plain(made: IndexedArticle) -> object:
    """Return values that print alike in every process: sets, and what is made of them, have no order of their own."""
    values = asdict(made.features)
    del values["written"]  # how the article writes its names is not kept
    values |= {
        "rare": made.rare,
        "stem_ids": list(made.stem_ids),
        "facts": plain(made.features.facts),
        "names": [sorted(marks) for marks in made.features.names],
    }
    return {
        name: sorted(map(repr, value.items() if isinstance(value, dict) else value))
        if isinstance(value, (frozenset, dict, list))
        else value
        for name, value in values.items()
    }


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"no zlib",
        zlib.compress(b""),
        zlib.compress(b"\0" * 600),
        V4[:-9],
        zlib.compress(zlib.decompress(V4)[:-1]),
        zlib.compress(zlib.decompress(V4)[:-1] + b"?"),
        zlib.compress(zlib.decompress(V4).replace(b'"Ukrinform"', b'["krinform"]'[:11])),
        b"\5",
        kept.dump(placed(REWRITE))[:-9],
        kept.dump(placed(REWRITE))[:-1] + b"?",
        kept.dump(placed(REWRITE))[:700] + b"?" + kept.dump(placed(REWRITE))[701:],
    ],
)
def test_other_bytes_are_refused(wrong: bytes) -> None:
    with pytest.raises(kept.KeptError, match="cannot be read"):
        kept.load(wrong)
    with pytest.raises(kept.KeptError, match="cannot be read"):
        kept.load_entry(wrong)


def test_what_version_4_wrote_is_read_as_if_it_were_written_now() -> None:
    made, now = kept.load(V4), placed(REWRITE)
    assert made == replace(now, features=replace(now.features, names=Names()))
    assert now.features.names.title
    assert kept.load(kept.dump(made)) == made


def test_features_are_read_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start has some of thousands of articles compared, and reads the features of these alone."""
    read: list[int] = []
    reading = kept._features

    def noted(parts: kept._KeptParts) -> Features:
        read.append(1)
        return reading(parts)

    monkeypatch.setattr(kept, "_features", noted)
    index = StoryIndex()
    for ident, one in enumerate((BLINKEN, REWRITE, KOREAN), 1):
        index.insert_entry(ident, ident, kept.load_entry(kept.dump(placed(one))))
    assert not read
    assert index.records[1].features == placed(BLINKEN).features
    assert index.records[1].features.grams
    assert len(read) == 1
    assert index.records[1] != (1, 1)
    examined = StoryIndex()
    for ident, one in enumerate((BLINKEN, REWRITE, KOREAN), 1):
        examined.insert(ident, ident, placed(one))
    assert index.records == examined.records


def test_times_move_before_and_after_features_are_read() -> None:
    """The clock may be set while the index is filled, and later."""
    made, unread, index = placed(BLINKEN), kept.load_entry(kept.dump(placed(BLINKEN))), StoryIndex()
    index.insert(1, 1, made.moved(-60.0))
    index.insert_entry(2, 2, unread.moved(-60.0))
    assert index.records[1].kept == index.records[2].kept == made.kept - 60.0
    index.shift(-7.0)
    assert index.records[1].features == index.records[2].features == made.moved(-60.0).moved(-7.0).features
    index.shift(67.0)
    assert index.records[2].features.kept == made.kept


def publish(index: StoryIndex, ident: int, one: Article, entities: frozenset[str]) -> tuple[Assignment, IndexedArticle]:
    """Judge an article as the daemon does."""
    found = tuple(citations(one))
    assignment = index.assign(one, now=one.when, entities=entities, citations=found)
    made = index.place(one, entities=entities, citations=found)
    index.insert(ident, ident if assignment.story_id is None else assignment.story_id, made)
    return assignment, made


@given(some.integers(0, 10**6), some.integers(2, 60))
@settings(max_examples=30)  # of days, each of dozens of articles
def test_an_index_filled_from_what_is_kept_is_the_one_filled_by_examining(seed: int, count: int) -> None:
    day = list(newsday(seed, count + 12))
    running = StoryIndex()
    made = [publish(running, ident, *one)[1] for ident, one in enumerate(day[:count], 1)]
    again, examined = StoryIndex(), StoryIndex()
    for ident, one in enumerate(made, 1):
        story = running.records[ident].story
        again.insert_entry(ident, story, kept.load_entry(kept.dump(one)))
        text, entities = day[ident - 1]
        examined.add(replace(text, id=ident), story, entities=entities, citations=tuple(citations(text)))
    assert again.records == running.records == examined.records
    for ident, news_ in enumerate(day[count:], count + 1):
        before = publish(running, ident, *news_)[0]
        assert publish(again, ident, *news_)[0] == before
        assert publish(examined, ident, *news_)[0] == before


@given(some.integers(0, 10**6))
@settings(max_examples=20)
def test_edits_are_known_after_a_restart_as_they_were_before(seed: int) -> None:
    running, ids, last = StoryIndex(), dict[str, int](), dict[int, IndexedArticle]()
    day = list(newsday(seed, 50, edits=True))
    for one, entities in day[:40]:
        ident = ids.setdefault(one.key, len(ids) + 1)
        last[ident] = publish(running, ident, replace(one, id=None), entities)[1]
    again = StoryIndex()
    for ident, made in sorted(last.items()):
        again.insert_entry(ident, running.records[ident].story, kept.load_entry(kept.dump(made)))
    assert again.records == running.records
    later = day[-1][0].when + timedelta(hours=71)
    running.forget(later - timedelta(hours=72))
    again.forget(later - timedelta(hours=72))
    assert again.records == running.records


def test_other_keys_join_other_stories() -> None:
    index = StoryIndex()
    index.add(replace(BLINKEN, id=1), 1, entities=frozenset({"DPRK"}))
    index.rekey(1, {"e:ICBM": 1.0, "n:12": 1.0})
    index.rekey(2, {"e:ICBM": 1.0})  # no such article: it left the window
    assert index.shared_keys({"e:DPRK": 1.0}) == {}
    assert list(index.shared_keys({"e:ICBM": 1.0})) == [1]
    assert index.records[1].features.keys == {"e:ICBM": 1.0, "n:12": 1.0}
    index.forget(DAY + timedelta(days=9))
    assert index.shared_keys({"e:ICBM": 1.0}) == {}
