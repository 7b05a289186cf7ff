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
