"""What tells a word from the one that it looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fields.lookalikes import TO_CYRILLIC, as_latin, odd_letters


@pytest.mark.parametrize(
    ("text", "meant", "said"),
    [
        ("nоtify", "notify", "Cyrillic о"),
        ("NΟTIFY".replace("Ο", "ο"), "notify", "Greek ο"),
        ("not\u200bify", "notify", "U+200B, which cannot be seen"),
        ("АNО", "AND", ""),
        ("notify", "notify", ""),
        ("Notify", "notify", ""),
        ("notice", "notify", ""),
    ],
)
def test_letters_of_another_script_are_named(text: str, meant: str, said: str) -> None:
    assert odd_letters(text, meant) == said


@given(st.text("abceiopxyCTM", min_size=1), st.data())
def test_every_look_alike_is_named_and_read_as_what_it_looks_like(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    odd = word[:at] + word[at].translate(TO_CYRILLIC) + word[at + 1 :]
    assert as_latin(odd) == word
    assert (odd == word) is not bool(odd_letters(odd, word))
