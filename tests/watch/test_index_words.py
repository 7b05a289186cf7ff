"""The words that the archive's index keeps of an article."""

from __future__ import annotations

from monitor.model import Article
from monitor.watch.index_words import ALTERED, ANYTHING, LONGEST, MOST_WORDS, stored, version, words_of


def words(text: str, title: str = "", url: str | None = None, author: str | None = None) -> set[str]:
    found = words_of(Article(url, title, text, "s", "uk", author=author))
    assert found == sorted(set(found))
    return set(found)


def test_words_are_the_keys_that_the_matcher_looks_up() -> None:
    assert words("Ракети, ёлка: U.S. і N. Korea") == {"ракети", "елка", "us", "і", "n", "korea"}


def test_title_address_and_author_count() -> None:
    found = words("one", "two", "https://x.example/three", "Four")
    assert found == {"one", "two", "https", "x", "example", "three", "four"}


def test_hangul_and_han_are_kept_as_pairs_and_their_last_character() -> None:
    assert words("북한군의") == {"북한", "한군", "군의", "의"}
    assert words("布林肯") == {"布林", "林肯", "肯"}
    assert words("북 美") == {"북", "美"}


def test_what_stands_inside_words_is_kept_too() -> None:
    assert words("УкраїнаКоманда") == {"українакоманда", "україна", "команда"}
    assert words("об'єкт") == {"об\ufffdєкт", "єкт"}
    assert words("a -xY ") == {"a", "xy", "x", "y"}
    assert words("zЯ") == {"z", "я", ALTERED}


def test_altered_texts_are_marked() -> None:
    assert ALTERED not in words("ракета")
    assert ALTERED in words("ра\u0301кета")
    assert ALTERED in words("x" * (LONGEST + 1))


def test_an_article_of_too_many_words_counts_for_everything() -> None:
    assert words(" ".join(f"{number}" for number in range(MOST_WORDS + 1))) == {ANYTHING}


def test_a_word_is_stored_short_and_without_signs() -> None:
    assert stored("x" * 99) == "x" * LONGEST
    assert stored("a/c") == "a\ufffdc"


def test_the_version_is_that_of_the_code() -> None:
    assert len(version()) == 16
    assert version() == version()
