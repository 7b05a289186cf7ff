"""Quality has a floor: sentences after the manner of wire agencies, with every mention that is in them.

A file of sentences, one a language, is read so:

    = a sentence (\\u00AD stands for a character that cannot be seen)
    + term: surface; term: surface      what must be found: every mention (term: surface, surface)
    - term; term                        what the sentence is a trap for: it must not be found
    ? term: surface                     ought to be found and is not: known
    ! term: surface                     is found and ought not to be: known

A term is the id of a shipped entity, or else a keyword. All keywords of a file and the whole catalogue are active at
once, and what is found beyond the lines `+` is a false alarm. What is known must stay so: a miss that is mended fails
the test as a new one does, until the file says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from doubles.forms import kept_forms

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists

FLOORS = {"uk": (1.0, 0.984), "ru": (1.0, 0.984), "en": (0.992, 0.989), "ko": (0.985, 0.964)}
"""By language: recall and precision of mentions, as reached when the sentences were written."""
UNSEEN = re.compile("[\u00ad\u0301\u200b\u2060\ufeff]")

Mention = tuple[str, str]
"""A term and the surface that mentions it."""


@dataclass
class Sentence:
    """A sentence and what is in it."""

    text: str
    line: int
    right: Counter[Mention] = field(default_factory=Counter)
    traps: list[str] = field(default_factory=list)
    missed: Counter[Mention] = field(default_factory=Counter)
    wrong: Counter[Mention] = field(default_factory=Counter)


def read(language: str) -> list[Sentence]:
    sentences: list[Sentence] = []
    lines = Path(__file__).with_name(f"{language}.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        sign, _, rest = re.sub(r"\\u([0-9A-F]{4})", lambda code: chr(int(code[1], 16)), line).partition(" ")
        if sign == "=":
            sentences.append(Sentence(rest, number))
        elif sign == "-":
            sentences[-1].traps += rest.split("; ")
        elif sign in {"+", "?", "!"}:
            entry = sentences[-1]
            {"+": entry.right, "?": entry.missed, "!": entry.wrong}[sign].update(_mentions(rest))
        else:
            assert not sign or sign.startswith("#"), f"{language}.txt:{number}: {line!r} is no line of this format"
    return sentences


def _mentions(text: str) -> Iterator[Mention]:
    for part in text.split("; "):
        term, colon, surface = part.partition(": ")
        assert colon, f"{part!r}: write 'term: surface'"
        yield from ((term.strip(), one.strip()) for one in surface.split(", "))


def found(language: str, sentences: list[Sentence]) -> list[Counter[Mention]]:
    """Return what the product finds in each sentence, every term active at once."""
    terms = {term for entry in sentences for term, _ in (*entry.right, *entry.missed, *entry.wrong)}
    terms |= {term for entry in sentences for term in entry.traps}
    catalogue = shipped()
    ids = tuple(catalogue.ids())
    keywords = tuple(Term(term) for term in sorted(terms - set(ids)))
    with kept_forms() as forms:
        matcher = compile_watchlists([Watchlist("all", entities=ids, keywords=keywords)], catalogue, forms)
    hits = (
        matcher.match(Article(url=None, title="", text=entry.text, source="", language=language))[0].hits
        for entry in sentences
    )
    return [Counter((hit.term, UNSEEN.sub("", hit.surface)) for hit in some) for some in hits]


@pytest.mark.parametrize("language", FLOORS)
def test_mentions(language: str) -> None:
    sentences = read(language)
    results = found(language, sentences)
    complaints = []
    for entry, hits in zip(sentences, results, strict=True):
        kinds = {
            "missed": entry.right - hits,
            "false alarm": hits - entry.right - entry.wrong - entry.missed,
            "found now, take its line ? away": (hits - entry.right) & entry.missed,
            "gone now, take its line ! away": entry.wrong - hits,
        }
        complaints += [
            f"{language}.txt:{entry.line}: {kind}: {term}: {surface}   in: {entry.text}"
            for kind, mentions in kinds.items()
            for term, surface in mentions.elements()
        ]
    assert not complaints, "\n".join(["", *complaints])
    right = sum(entry.right.total() for entry in sentences)
    missed = sum(entry.missed.total() for entry in sentences)
    hits_ = sum(hits.total() for hits in results)
    recall, precision = FLOORS[language]
    assert right / (right + missed) >= recall
    assert right / hits_ >= precision


@pytest.mark.parametrize("language", FLOORS)
def test_the_sentences_are_many_and_so_are_the_traps(language: str) -> None:
    sentences = read(language)
    assert len(sentences) >= 150
    assert len({entry.text for entry in sentences}) == len(sentences)
    traps = [entry for entry in sentences if entry.traps or entry.wrong]
    assert len(traps) >= 0.4 * len(sentences)
    assert not [entry for entry in traps if {term for term, _ in entry.right} & set(entry.traps)]


def test_the_page_on_languages_has_the_floors() -> None:
    page = (Path(__file__).parents[2] / "docs" / "languages.md").read_text("utf-8")
    for name, at in (("recall", 0), ("precision", 1)):
        row = " | ".join(f"{floor[at]:.3f}".removeprefix("0") for floor in FLOORS.values())
        assert f"| {name}, at least | {row} |" in page
