"""The one-pass matcher against a slow one that tries every term at every token."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Article, Term, Watchlist
from monitor.text.forms import expand_phrase
from monitor.text.sentences import sentences
from monitor.text.tokens import TokenList, tokenise
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists

WORDS = [
    "ракета", "ракетами", "балістичної", "Рада", "ради", "МБР", "мбр", "US", "us", "Путін", "Путіна", "missile", "Missiles",
    "sanction", "sanctions", "Kim", "kim", "Ким", "ким", "і", "the",
]  # fmt: skip
TERMS = [
    "ракета", "балістична ракета", "Рада", "МБР", "US", "Путін", "missile", "sanctions", "ballistic missile", "Ким",
    "US sanctions", "the US", "Kim", "ракета МБР", "Путін і Ким", "missile missile",
    "US sanctions missile", "балістична ракета МБР Ким", "Путін Ким ракета",
]  # fmt: skip
GAPS = [" ", " ", " ", "-", ", ", " «", ". ", "\n", "\n\n", " – ", " ... ", ";", " ( ( ( "]


def slow(term: str, tokens: TokenList) -> list[tuple[int, int]]:
    """Find every place of a term, then keep of overlapping ones the longest, the first of equals."""
    slots = [one.forms for one in expand_phrase(tokenise(term).surfaces)]
    ends = {end for _, end in sentences(tokens.source)}
    spans: list[tuple[int, int]] = []
    for first in range(len(tokens) - len(slots) + 1):
        fits = all(
            (form := slot.get(tokens.keys[at])) is not None
            and (at == first or (tokens.joins[at] and not _parts(tokens, at, ends)))
            and form.passes(
                tokens.surfaces[at], caps_line=bool(tokens.caps_line[at]), lower_line=bool(tokens.lower_line[at])
            )
            for at, slot in enumerate(slots, first)
        )
        if fits and not (spans and spans[-1][1] > first):  # all places of one term are equally long
            spans.append((first, first + len(slots)))
    return spans


def _parts(tokens: TokenList, at: int, ends: set[int]) -> bool:
    """Return whether a comma or the end of a sentence stands before a token."""
    return "," in tokens.gaps[at] or not ends.isdisjoint(range(tokens.ends[at - 1], tokens.starts[at] + 1))


texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=30).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)


@settings(max_examples=300, deadline=None)
@given(texts, st.sets(st.sampled_from(TERMS), min_size=1, max_size=8))
def test_same_as_the_slow_matcher(text: str, terms: set[str]) -> None:
    ordered = sorted(terms)
    matcher = _matcher(tuple(ordered))
    verdict = matcher.match(Article(None, "", text, "s", "uk"))[0]
    tokens = tokenise(text)
    expected = {
        (term, tokens.starts[first], tokens.ends[last - 1]) for term in ordered for first, last in slow(term, tokens)
    }
    assert {(hit.term, hit.start, hit.end) for hit in verdict.hits} == expected


_matcher = cache(lambda terms: compile_watchlists([Watchlist("list", keywords=tuple(map(Term, terms)))], Catalogue([])))
