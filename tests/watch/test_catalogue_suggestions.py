"""Which entities an unknown name may mean."""

from __future__ import annotations

import pytest

from monitor.watch.catalogue import shipped


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Blinkin", ["Blinken"]),  # and not what is far less like it
        ("DPKR", ["DPRK"]),
        ("Zelensk", ["Zelenskyy", "Zelenska"]),
        ("Лінкен", ["Blinken"]),  # its first letter is missing, the rest is the same
    ],
)
def test_a_name_that_is_nearly_right_is_suggested(wrong: str, right: list[str]) -> None:
    assert shipped().suggest(wrong) == right


@pytest.mark.parametrize(("word", "right"), [("Kim", "Kim Jong Un"), ("Корея", "DPRK"), ("Корея", "ROK")])
def test_a_word_of_names_suggests_them(word: str, right: str) -> None:
    assert right in shipped().suggest(word)


@pytest.mark.parametrize("word", ["qqqqqqqqqqqq", "Wope"])  # 'OPEC' has three of its letters
def test_nothing_is_suggested_for_a_name_like_no_other(word: str) -> None:
    assert shipped().suggest(word) == []
