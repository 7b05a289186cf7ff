"""docs/languages.md says what each language can do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.text import forms
from monitor.text.forms import tables

PAGE = (Path(__file__).parents[2] / "docs" / "languages.md").read_text("utf-8")


@pytest.mark.parametrize("code", sorted({code for family in forms.families() for code in family.LANGUAGES}))
def test_every_language_has_a_row(code: str) -> None:
    assert re.search(rf"^\| [^|]*\((?:\w\w, )*{code}(?:, \w\w)*\)", PAGE, re.MULTILINE)


@pytest.mark.parametrize("code", tables.LANGUAGES)
def test_the_row_of_a_learned_language_has_its_figures(code: str) -> None:
    row = next(line for line in PAGE.splitlines() if f"({code})" in line)
    assert re.findall(r"1?\.\d{3}", row) == [*_column(code, 0), *_column(code, 1)]


def _column(code: str, index: int) -> list[str]:
    return [pair.split(" / ")[index] for pair in re.findall(r"1?\.\d{3} / 1?\.\d{3}", tables.MEASURED[code])]
