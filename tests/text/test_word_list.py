from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mapped import START
from monitor.text import word_list
from monitor.text.word_list import WordList

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=1200), min_size=1, max_size=6)


def of(*words: str) -> WordList:
    return WordList(bytes(START) + word_list.make(words))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10])
def test_a_list_has_its_words_and_no_others(count: int) -> None:
    words = ["ant", "a", "bee", "beetle", "Cat", "dog", "дрон", "eel", "fox", "gnu"][:count]
    found = of(*words)
    assert all(word in found for word in words)
    assert not any(word in found for word in ("", "an", "ants", "be", "beet", "cat", "gn", "gnus", "zebra", "ant\nbee"))


@given(st.sets(WORDS, max_size=40), st.sets(WORDS, max_size=40))
def test_a_list_is_searched_as_a_set_is(words: set[str], others: set[str]) -> None:
    found = of(*words)
    assert [word for word in words | others if word in found] == [word for word in words | others if word in words]
