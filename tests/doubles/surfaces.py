"""What of a text a watchlist of keywords hits."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists

_NO_ENTITIES = Catalogue(())


def surfaces(
    terms: str | Iterable[Term], text: str, *, catalogue: Catalogue = _NO_ENTITIES, language: str = ""
) -> list[str]:
    """Return the surfaces of the hits of one term, or of several, in an article of `text` alone."""
    keywords = (Term(terms),) if isinstance(terms, str) else tuple(terms)
    matcher = compile_watchlists([Watchlist("list", keywords=keywords)], catalogue)
    (verdict,) = matcher.match(Article(url=None, title="", text=text, source="", language=language))
    return [hit.surface for hit in verdict.hits]
