"""Differences by words."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.evidence import diff
from monitor.evidence.diff import WordCount, brief, counted, word_diff, written


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        (
            "North Korea fired three missiles.",
            "North Korea fired two missiles.",
            "North Korea fired [-three-]{+two+} missiles.",
        ),
        ("Ракету запустили вранці.", "Ракету вранці.", "Ракету [-запустили -]вранці."),
        ("a b c d", "a x y d", "a [-b c-]{+x y+} d"),
        ("朝鲜发射导弹", "朝鲜试射导弹", "朝鲜[-发-]{+试+}射导弹"),
        ("북한이 미사일을 발사했다", "북한이 로켓을 발사했다", "북한이 [-미사일을-]{+로켓을+} 발사했다"),
        ("One.\n\nTwo.\n\nThree.", "One.\n\nThree.", "One.\n\n[-Two.\n\n-]Three."),
        ("a b", "x y ", "[-a b-]{+x y +}"),
        ("п'ять", "п’ять", "[-п'ять-]{+п’ять+}"),
        ("a b ", "x ", "[-a b-]{+x+} "),
        ("a ", "x ", "[-a-]{+x+} "),
        ("中 y。", "中文 。", "中[- y-]{+文 +}。"),
    ],
)
def test_words_that_were_taken_out_and_put_in(old: str, new: str, shown: str) -> None:
    assert written(word_diff(old, new)) == shown


def test_words_are_counted_and_signs_are_not() -> None:
    assert counted(word_diff("fired three missiles!", "fired two big missiles.")) == WordCount(2, 1)


def test_a_brief_difference_has_some_words_around_each_change() -> None:
    old = "begin " * 30 + "three" + " end" * 30
    line = brief(word_diff(old, old.replace("three", "two")))
    assert "[-three-]{+two+}" in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) < 120
    middle = "word " * 40
    assert " … " in brief(word_diff(f"a {middle}b", f"x {middle}y"))
    assert brief(word_diff("a short b", "x short y")) == "[-a-]{+x+} short [-b-]{+y+}"
    assert len(brief(word_diff("a " * 300, "b " * 300))) == 240


def test_texts_of_any_size_are_compared_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "_MOST", 3)
    assert written(word_diff("a b c", "a x c")) == "a [-b-]{+x+} c"
    assert written(word_diff("k a b c z", "k v w x z")) == "k [-a b c-]{+v w x+} z"
    hostile = "word " * 20_000  # nothing in common but spaces: difflib would be at it for days
    assert counted(word_diff(hostile, hostile.replace("word", "term"))) == WordCount(20_000, 20_000)


@given(old=st.text("ab 中\n.", max_size=30), new=st.text("ab 中\n.", max_size=30))
@example("a \n", " b\n")
@settings(max_examples=100)
def test_both_texts_can_be_read_off(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(each.text for each in pieces if each.sign != "+") == old
    assert "".join(each.text for each in pieces if each.sign != "-") == new
