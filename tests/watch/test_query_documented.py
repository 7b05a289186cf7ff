"""What docs/queries.md shows can be written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from monitor.watch.query.nodes import LeafKind, Node, children, leaves
from monitor.watch.query.parse import parse_query, parse_term

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")
TERMS, QUERIES = PAGE.split("\n## Queries\n")


def examples(section: str) -> list[str]:
    """Return the first column of a section's table, and what 'also' names."""
    found = []
    for line in section.split("\n## ", maxsplit=2)[-1 if section is TERMS else 0].splitlines():
        first = re.match(r"\| `(.+?)` \|", line)
        if first:
            others = re.findall(r"`([^`]+)`", line.partition("; also ")[2])
            found += [text.replace("\\|", "|") for text in (first.group(1), *others) if not text.endswith(":")]
    return found


@pytest.mark.parametrize("text", examples(TERMS))
def test_terms(text: str) -> None:
    assert parse_term(text).kind in LeafKind


@pytest.mark.parametrize("text", examples(QUERIES))
def test_queries(text: str) -> None:
    assert list(leaves(parse_query(text)))


def test_all_rows_of_the_page_are_read() -> None:
    assert len(examples(TERMS)) >= 8
    assert len(examples(QUERIES)) >= 16


def test_the_page_has_every_operator_and_every_kind_of_term() -> None:
    shown = [node for text in examples(QUERIES) for node in below(parse_query(text))]
    missing = set(get_args(Node)) - {type(node) for node in shown}
    assert not missing, "docs/queries.md shows no example of it"
    kinds = {parse_term(text).kind for text in examples(TERMS)}
    assert set(LeafKind) - kinds == set(), "docs/queries.md shows no example of it"


def below(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from below(child)


def test_examples_in_the_text() -> None:
    for text in ("missile NEAR/5 (Seoul NOT test)", "(missile NEAR/5 Seoul) NEAR/9 sanctions"):
        assert text in PAGE
        assert list(leaves(parse_query(text)))
