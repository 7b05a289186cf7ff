"""Every case of cases.yaml has a test, and the page about them is up to date."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

from doubles.hostile_answers import ANSWERS
from doubles.hostile_pages import INSTEAD

TESTS = Path(__file__).resolve().parents[1]
DOCUMENT = runpy.run_path(str(TESTS.parent / "docs" / "hostile.py"))
CASES = {number: case for rows in DOCUMENT["cases"]().values() for number, case in rows.items()}


def functions(path: Path) -> set[str]:
    """Return the names of a file's tests."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def numbers_here() -> set[int]:
    """Return the numbers in the names of tests, and of what is served."""
    names = {name for path in Path(__file__).parent.glob("test_*.py") for name in functions(path)}
    told = {number for name in names for number in re.findall(r"(?<=_)\d\d(?=_)", name)}
    return {*map(int, told), *(answer.number for answer in ANSWERS), *(int(name[:2]) for name in INSTEAD)}


def test_every_number_has_a_test_and_every_test_a_number() -> None:
    assert list(CASES) == list(range(1, 97))
    assert numbers_here() <= set(CASES)
    untested = [number for number, case in CASES.items() if number not in numbers_here() and not case.get("tests")]
    assert not untested


def test_every_test_that_is_named_exists() -> None:
    for number, case in CASES.items():
        for test in case.get("tests", ()):
            path, _, name = test.partition("::")
            assert name in functions(TESTS / path), f"{number}: {test}"


def test_the_page_is_up_to_date() -> None:
    assert DOCUMENT["PAGE"].read_text(encoding="utf-8") == DOCUMENT["page"](), "run: make docs"
