from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.text import plain

# Pieces of markup, of what looks like it, and of white space.
PIECES = st.sampled_from(
    [
        *("<", ">", "</", "/>", "=", "<p>", "</p>", "<br>", "<br/>", "<br />", "<P>", "<B >", "<a href='x y'>", "</a>", "<p class>"),
        *("<img src=x/>", "<o:p>", "</o:p>", "<Shield>", "</shield>", "<video controls>", "<video loud>", "</p x=1>", "<br/ a=1>"),
        *("<a\nhref=x>", "<?x ?>", "<!doctype html>", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<stylex>"),
        *("&lt;", "&gt;", "&amp;", "&amp;lt;", "&nbsp;", "a", "b c", "слово", " ", "  ", "\n", "\n\n", "\n \n", "\t", "\xad", "\xa0"),
        *("\u200b", "\u2028", "\x85", "\x1c"),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "one", "blocks"),
    [
        ("plain", "plain", "plain"),
        ("<p>One</p><p>two &amp; three</p>", "One two & three", "One\n\ntwo & three"),
        ("One<br/>two", "One two", "One two"),
        ("&lt;b&gt;bold&lt;/b&gt; a &lt; b", "bold a < b", "bold a < b"),
        ("so<script>alert(1)</script> it<!-- not --> is", "so it is", "so it is"),
        ("<![CDATA[kept]]> soft\xadly", "kept softly", "kept softly"),
        ("first\n\n\n second ", "first second", "first\n\nsecond"),
        ("", "", ""),
    ],
)
def test_markup_is_taken_off(text: str, one: str, blocks: str) -> None:
    assert plain.line(text) == one
    assert plain.paragraphs(text) == blocks


@pytest.mark.parametrize(
    "text",
    [
        "<ICBM 도발> 정부 대책",
        "‹AI돋보기> 반도체",
        "<AI돋보기> 반도체",
        "<속보> 북한 발사",
        "Operation <Shield>",
        "<Time for peace> opens in Kyiv",
        "<Form 10-K> filed today",
        "<Section 8> and <Table tennis>",
        "food&section, R&notes, S&P500",
        "<U.S. election> results",
        "a < b and c > d",
        "1<2>0",
        "<Al-Jazeera report>",
        "AT& T, a&b; and R&D",
        "Q&A; more",
    ],
)
def test_words_in_angle_brackets_are_no_markup(text: str) -> None:
    assert plain.line(text) == text
    assert plain.paragraphs(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("&lt;ICBM 도발&gt; 정부", "<ICBM 도발> 정부"),
        ("&amp;lt;Shield&amp;gt;", "&lt;Shield&gt;"),
        ("<B>US</B> and <font color=red>red</font>", "US and red"),
        ("<o:p>text</o:p> <my-player src='x'> <gu-island name=a/>", "text"),
        ("<Shield>paired</Shield>", "paired"),
        ("<video controls muted>film", "film"),
        ("a<svg viewBox='0 0 1 1'/>b<form action=x><input></form>c", "ab c"),
        ("<?php echo 1 ?><!doctype html>text", "text"),
        ("</unopened>text", "text"),
        ("<Author/>text", "text"),
        ("a &copy 2023 &hellip; &#8364 &#x20AC;", "a © 2023 … € €"),
        ("One<BR />two<hr>three", "One two three"),
    ],
)
def test_what_is_markup(text: str, kept: str) -> None:
    assert plain.line(text) == kept


def test_several_words_in_brackets_that_are_no_markup() -> None:
    assert plain.line("<Shield> and <Sword> meet <b>again</b>") == "<Shield> and <Sword> meet again"


@pytest.mark.parametrize("name", ["p", "br", "b", "li", "script", "noscript", "iframe", "q", "xmp", "object"])
@pytest.mark.parametrize("form", ["<{}>", "</{}>", "<{}/>", "<{} />"])
def test_a_tag_in_small_letters_is_read_as_one_in_capitals(name: str, form: str) -> None:
    tag = form.format(name)
    for read in (plain.line, plain.paragraphs):
        assert read(f"one{tag}two <i>three</i>") == read(f"one{tag.upper()}two <I>three</I>")


@given(st.lists(PIECES, max_size=12).map("".join))
@example("<p>One</p>\n<p>two</p> \n \n <a href='x'>three</a>")
@example("one  two\nthree")
def test_what_is_usual_is_read_as_all_else_is(text: str) -> None:
    """What is looked up, or left as it is, is what all the work would have made of it."""
    short = plain.line(text), plain.paragraphs(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "_USUAL_TAGS", {" ": {}, "\n\n": {}})
        patch.setattr(plain, "_SPACED_LINES", re.compile(""))
        patch.setattr(plain, "_joined", lambda block: " ".join(block.split()))
        assert (plain.line(text), plain.paragraphs(text)) == short


@pytest.mark.parametrize("read", [plain.line, plain.paragraphs])
def test_each_white_space_is_one_space(read: Callable[[str], str]) -> None:
    blanks = [sign for sign in map(chr, range(0x11_0000)) if sign.isspace() and sign != "\n"]
    assert len(blanks) > 20
    assert {read(f"a{blank}b") for blank in blanks} == {"a b"}
