"""Where phrases stand in scripts that write no spaces."""

from __future__ import annotations

import pytest
from doubles.surfaces import surfaces

from monitor.model import Article, Term, Watchlist
from monitor.text.forms import Form, FormSet, Kind, cjk
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("북한 이란", "북한 이란 회담", ["북한 이란"]),
        ("북한 이란", "북한, 이란의 회담", []),
        ("북한, 이란", "북한, 이란의 회담", ["북한, 이란"]),
        ("북한 이란", "'북한'이란 무엇인가", []),  # 이란 is written on to the quotation: 'what is called'
        ("安东尼·布林肯", "安东尼·布林肯", ["安东尼·布林肯"]),
        ("安东尼·布林肯", "他说安东尼·布林肯。", ["安东尼·布林肯"]),
        ("安东尼·布林肯", "安东尼·布林肯说", ["安东尼·布林肯"]),
    ],
)
def test_phrases_without_spaces(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


def test_a_word_written_in_several_ways_stands_right_in_its_run_in_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """No family gives two spellings yet; the scan knows a word by any number of them."""
    other = {"朝鲜": "朝鮮", "导弹": "導彈"}

    def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:
        return FormSet(word, {each: Form("cjk: part of a run", substring=True) for each in (word, other[word])})

    monkeypatch.setattr(cjk, "expand", expand)
    matcher = compile_watchlists([Watchlist("list", keywords=(Term("朝鲜·导弹"),))], Catalogue(()))
    text = "北朝鲜·导弹说。北朝鮮·導彈。朝鮮·导弹说。朝鲜人·导弹。"
    (verdict,) = matcher.match(Article(url=None, title="", text=text, source="", language=""))
    assert [hit.surface for hit in verdict.hits] == ["朝鲜·导弹", "朝鮮·導彈", "朝鮮·导弹"]
