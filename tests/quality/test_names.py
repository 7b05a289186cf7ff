"""Every case form of names: bare and in a sentence, all names of a language active at once.

A line is `name; forms of a case, …; forms of the next case | other words`. A form that is known to be missed, or
another word that is known to be taken for the name, has a `?` before it: mend it, and the test asks to take the sign away.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from doubles.forms import kept_forms

from monitor.model import Article, Term, Watchlist
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

FRAMES = {
    "uk": (
        "Сьогодні {} знову в центрі уваги.",
        "Про це стало відомо від {} учора.",
        "Завдяки {} угоду підписали вчасно.",
        "Журналісти згадали {} в репортажі.",
        "Перемовини з {} тривали до ночі.",
        "Ідеться в статті саме по {}, а не про інше.",
        "«Слухай, {}, настав час», — мовив поет.",
    ),
    "ru": (
        "Сегодня {} снова в центре внимания.",
        "Об этом стало известно от {} вчера.",
        "Благодаря {} договор подписали вовремя.",
        "Журналисты упомянули {} в репортаже.",
        "Переговоры с {} шли до ночи.",
        "В статье речь идёт о {}, а не о другом.",
    ),
    "ko": ("이날 {} 관련 소식이 전해졌다.",),
}
COUNTS = {"uk": 110, "ru": 110, "ko": 30}


class Case(NamedTuple):
    """A form of a name, or another word, and whether the product is known to be wrong on it."""

    name: str
    form: str
    frame: str
    known: bool


def _lines(language: str) -> Iterator[tuple[list[str], list[str]]]:
    for line in Path(__file__).with_name(f"names.{language}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            forms, _, others = line.partition(" | ")
            yield forms.split("; "), others.split(", ")


def _case(name: str, form: str, frame: str) -> Case:
    return Case(name, form.removeprefix("?"), frame, form.startswith("?"))


def forms(language: str) -> list[Case]:
    frames = FRAMES[language]
    found = []
    for cases, _ in _lines(language):
        assert len(frames) in {1, len(cases)}, f"{cases[0]}: a form for each of {len(frames)} cases is wanted"
        for at, some in enumerate(cases):
            found += [_case(cases[0], form, frames[at % len(frames)]) for form in some.split(", ")]
    return found


def others(language: str) -> list[Case]:
    return [_case(cases[0], word, FRAMES[language][0]) for cases, words in _lines(language) for word in words]


@cache
def _matcher(language: str) -> Matcher:
    names = tuple(Term(cases[0]) for cases, _ in _lines(language))
    with kept_forms() as forms:
        return compile_watchlists([Watchlist("names", keywords=names)], Catalogue(()), forms)


def mentions(language: str, text: str) -> set[tuple[str, str]]:
    """Return the names that a text mentions, each with its surface."""
    article = Article(url=None, title="", text=text, source="", language=language)
    return {(hit.term, hit.surface) for hit in _matcher(language).match(article)[0].hits}


@pytest.mark.parametrize("language", FRAMES)
def test_every_form_is_found(language: str) -> None:
    surprises = []
    for name, form, frame, known in forms(language):
        texts = [form, frame.format(form)]
        found = all(any(hit == name for hit, _ in mentions(language, text)) for text in texts)
        if found is known:
            surprises.append(f"{name}: {form}: {'found now: take its ? away' if known else 'missed'}")
    assert not surprises, "\n".join(["", *surprises])


@pytest.mark.parametrize("language", FRAMES)
def test_no_other_word_is(language: str) -> None:
    surprises = []
    for name, word, frame, known in others(language):
        found = any(hit == name for text in (word, frame.format(word)) for hit, _ in mentions(language, text))
        if found is not known:
            surprises.append(f"{name}: {word}: {'not taken for it now: take its ? away' if known else 'false alarm'}")
    assert not surprises, "\n".join(["", *surprises])


@pytest.mark.parametrize(("language", "count"), COUNTS.items())
def test_the_names_are_many(language: str, count: int) -> None:
    names = [cases[0] for cases, _ in _lines(language)]
    assert len(names) == len(set(names)) >= count
    assert all(words for _, words in _lines(language))
