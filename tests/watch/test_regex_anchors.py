"""Anchors: letters that every match of an expression holds."""

from __future__ import annotations

import pytest

from monitor.watch.regex_anchors import Anchor, anchors


def inside(text: str) -> Anchor:
    return Anchor(text, inside=True)


def begins(text: str) -> Anchor:
    return Anchor(text, inside=False)


@pytest.mark.parametrize(
    ("pattern", "ways"),
    [
        (r"Hwasong-\d+", [(inside("hwasong"),)]),
        (r"\bHwasong-\d+", [(begins("hwasong"),)]),
        (r"^Foo bar", [(inside("foo"), begins("bar"))]),
        (r"\bo(?:nly|pportunity)", [(begins("only"),), (begins("opportunity"),)]),
        (r"foo|bar", [(inside("foo"),), (inside("bar"),)]),
        (r"(foo|bar)+baz", [(inside("foo"), inside("baz")), (inside("bar"), inside("baz"))]),
        (r"(?>foo)\d", [(inside("foo"),)]),
        (r"a{3}b", [(inside("aaab"),)]),
        (r"a{5}b", [(inside("aaa"),)]),
        (r"f(?:oo)?bar", [(inside("bar"),)]),
        (r"foo(?=x)bar", [(inside("foo"), inside("bar"))]),
        (r"[Нн]аступ", [(inside("аступ"),)]),
        (r"\bОб'єкт", [(inside("єкт"),)]),
        (r"\b-foo", [(begins("foo"),)]),
        (r"ЁЛКА", [(inside("елка"),)]),
        (r"№ 2397", [(begins("2397"),)]),
        (r"北朝鮮|북한", [(inside("北朝鮮"),), (inside("북한"),)]),
        (r"état", [(inside("tat"),)]),
    ],
)
def test_what_every_match_holds(pattern: str, ways: list[tuple[Anchor, ...]]) -> None:
    assert list(anchors(pattern)) == ways


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+",
        r"foo|\d+",  # one way has none
        r"of",
        "북",
        r"\p{Lu}foo",  # of `regex` alone
        r"\mfoo",  # likewise
        r"(?:foo){e<=1}",  # what is like it
        r"(?:ab|cd){3}(?:cd|ef){3}(?:foo|bar|baz)",  # too many ways
        "(?:(?:(?:(?:(?:(?:foo){3}){3}){3}){3}){3}){3}",  # too long, written out
        "   ",
    ],
)
def test_what_has_no_anchor(pattern: str) -> None:
    assert anchors(pattern) == ()
