"""What tokens may be part of is kept for a bounded number of them."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists
from monitor.watch.index import token_cache


def test_uses_of_many_words_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "_KEPT", 2)
    words = ("missile", "bomb", "tank", "fort", "depot")
    matcher = compile_watchlists([Watchlist("list", keywords=(*map(Term, words), Term("missile bomb")))], Catalogue(()))
    kept = matcher.compiled.uses
    for _ in range(2):
        article = Article(
            url=None, title="", text="Missile bomb, tanks. Forts, depots. All is well.", source="", language="en"
        )
        assert [hit.term for hit in matcher.match(article)[0].hits] == ["missile", "missile bomb", *words[1:]]
        assert len(kept) <= 2


def test_of_very_many_korean_words_the_rest_are_looked_at_from_their_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up text of compounds would cost seconds: the first words are cut into nouns, the others are not."""
    terms = tuple(map(Term, ("미사일", "국방부", "북한", "금융위")))
    matcher = compile_watchlists([Watchlist("list", keywords=terms)], Catalogue(()))
    text = "탄도미사일 러시아국방부 북한은 미사일기지 금융위기 대북제재 북한산성에서 북극에"
    article = Article(url=None, title="", text=text, source="", language="ko")

    def hits() -> list[tuple[str, int]]:
        return [(hit.term, hit.start) for hit in matcher.match(article)[0].hits]

    everything = [("미사일", 2), ("국방부", 9), ("북한", 13), ("미사일", 17)]
    hasty = [*everything[2:], ("금융위", 23)]  # not told from 금융위기 without a cut
    assert hits() == everything
    for cut, found in ((8, everything), (1, [everything[0], *hasty]), (0, hasty)):
        monkeypatch.setattr(token_cache, "MOST_CUT", cut)
        matcher.compiled.uses.clear()
        assert hits() == found
    monkeypatch.undo()
    assert hits() == everything  # what was looked at in haste is not kept
