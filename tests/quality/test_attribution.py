"""Outlets, offices and people that news rests on: found in sentences written for this project, with a floor each.

A line of `attribution/<language>.txt` is a paragraph; {…} is a source, a name without braces is none. A social network
that carries a person's or an office's word is not counted, nor is anything that is credited, quoted as background, or
the article's own.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.model import Article, Citation, Role
from monitor.story.attribution import citations

FOLDER = Path(__file__).parent / "attribution"
RECALL, PRECISION = 0.95, 0.97
NO_SOURCE = (Role.PHOTO, Role.BACKGROUND, Role.SELF)
PART = re.compile(r"(\{[^}]*\})")


def read(line: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a line's text, and where its sources stand."""
    text, spans = "", []
    for part in PART.split(line):
        if part.startswith("{"):
            spans.append((len(text), len(text) + len(part) - 2))
        text += part.strip("{}") if part.startswith("{") else part
    return text, spans


def counted(found: list[Citation]) -> list[tuple[int, int]]:
    officials = any(each.role is Role.OFFICIAL for each in found)
    shown = [each for each in found if each.role not in NO_SOURCE and not (each.role is Role.SOCIAL and officials)]
    people = any(each.outlet.startswith("person:") for each in shown)
    return [(each.start, each.end) for each in shown if not (people and each.outlet.startswith("office:"))]


def overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


@pytest.mark.parametrize("language", ["uk", "ru", "en", "ko"])
def test_sources_are_found_and_nothing_else(language: str) -> None:
    wanted = missed = shown = wrong = 0
    failures: list[str] = []
    for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, spans = read(line)
        article = Article(None, "", text, "Daily Planet", language, published=datetime(2024, 1, 1, tzinfo=UTC))
        found = counted(citations(article))
        lost = [span for span in spans if not overlaps(span, found)]
        false = [span for span in found if not overlaps(span, spans)]
        wanted, missed = wanted + len(spans), missed + len(lost)
        shown, wrong = shown + len(found), wrong + len(false)
        failures += [f"{line}: {[text[a:b] for a, b in found]}"] if lost or false else []
    assert 1 - missed / wanted >= RECALL, failures
    assert 1 - wrong / shown >= PRECISION, failures
