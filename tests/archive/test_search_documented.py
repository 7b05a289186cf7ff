"""The examples of docs/archive.md are true: what is found, and the commands that it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click import Command, Context
from doubles.store_samples import NOW, article

from monitor.archive.search import ArchiveSearch
from monitor.cli.search import search
from monitor.store import open_store
from monitor.text.detect import detect
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.query.parse import parse_query

PAGE = (Path(__file__).parents[2] / "docs" / "archive.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (yes|no) \|$", PAGE, re.MULTILINE)
COMMANDS = re.findall(r"^monitor search (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("query", "text", "found"), ROWS)
def test_what_is_found(query: str, text: str, found: str) -> None:
    store = open_store("sqlite://", clock_now=lambda: NOW)
    with store.begin() as tx:
        tx.begin_index()
        tx.add_article(article("a", title="", text=text, language=detect(text)))
    archive = ArchiveSearch(store, lambda lists: compile_watchlists(lists, shipped()))
    assert len(list(archive.found(archive.compile(query)))) == (found == "yes")
    store.close()


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_can_be_given(line: str) -> None:
    command: Command = search
    context: Context = command.make_context("search", shlex.split(line))
    parse_query(context.params["query"])


def test_there_are_examples() -> None:
    assert len(ROWS) > 10
    assert len(COMMANDS) > 3
