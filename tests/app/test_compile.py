"""Compilation of a configuration's terms in the daemon, and in a child of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app import compile as compiling
from monitor.app.forms_cache import FormsCache
from monitor.model import Article, EntitySpec, Name, Term, Verdict, Watchlist
from monitor.sandbox.child import Child
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.match import Matcher

HARBOURS = [
    EntitySpec(f"Harbour{n}", type="place", names={"en": (Name(f"Port Alpha{n}", needs=("ship",)),)}) for n in range(5)
]
CATALOGUE = Catalogue(
    [*HARBOURS, EntitySpec("Kyiv", type="place", names={"uk": (Name("Київ"),), "en": (Name("Kyiv"),)})]
)
LISTS = (
    Watchlist("ports", entities=tuple(CATALOGUE.ids()), keywords=(Term("балістична ракета"),), exclude=(Term("film"),)),
    Watchlist("query", query="@Kyiv AND (missile* NEAR/5 port OR /Hwasong-[0-9]+/)"),
)
TEXTS = (
    "A ship came to Port Alpha3. It left Kyiv with missiles for the port.",
    "У Києві впала балістична ракета; балістичних ракет було дві.",
    "A film on Kyiv, and Hwasong-18.",
)


@pytest.fixture
def forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FormsCache]:
    cache = FormsCache(tmp_path / "forms.cache")
    monkeypatch.setattr(compiling, "_forms", lambda: cache)
    monkeypatch.setattr(compiling, "_MANY", 2)
    yield cache
    cache.close()


def verdicts(matcher: Matcher) -> list[Sequence[Verdict]]:
    articles = (Article(None, "", text, "S", "uk" if "У" in text else "en") for text in TEXTS)
    return [matcher.match(article) for article in articles]


def test_what_a_child_compiles_finds_what_the_daemons_own_finds(forms: FormsCache) -> None:
    del forms
    with capture_logs() as logs:
        made = compiling._compiled_light(LISTS, CATALOGUE, None)
    assert not logs
    here = compile_watchlists(LISTS, CATALOGUE)
    assert verdicts(made) == verdicts(here)
    assert all(any(verdict.hits for verdict in found) for found in verdicts(here))
    assert made.warnings == here.warnings


def test_many_terms_are_compiled_in_a_child_and_few_or_very_many_are_not(
    forms: FormsCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_watchlists(LISTS, CATALOGUE, forms)
    forms.save()
    started: list[int] = []
    start = Child.start

    def noted(memory: int, preload: Sequence[str]) -> Child:
        started.append(1)
        return start(memory, preload)

    monkeypatch.setattr(Child, "start", noted)
    for least, most, children in ((2, 100, 1), (50, 100, 1), (2, 5, 1)):
        monkeypatch.setattr(compiling, "_MANY", least)
        monkeypatch.setattr(compiling, "_TOO_MANY", most)
        compiling._compiled_light(LISTS, CATALOGUE, None)
        assert len(started) == children


def test_without_a_child_the_daemon_compiles(forms: FormsCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    compile_watchlists(LISTS, CATALOGUE, forms)
    forms.save()
    monkeypatch.setattr(Child, "start", fails)
    with capture_logs() as logs:
        made = compiling._compiled_light(LISTS, CATALOGUE, None)
    assert verdicts(made) == verdicts(compile_watchlists(LISTS, CATALOGUE))
    assert "Cannot allocate memory" in logs[0]["error"]


def test_where_no_forms_can_be_kept_the_daemon_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = FormsCache(Path("/dev/null/forms.cache"))
    monkeypatch.setattr(compiling, "_forms", lambda: cache)
    monkeypatch.setattr(compiling, "_MANY", 2)
    made = compiling._compiled_light(LISTS, CATALOGUE, None)
    assert verdicts(made) == verdicts(compile_watchlists(LISTS, CATALOGUE))


def test_what_is_wrong_with_a_watchlist_is_said_by_a_child_as_well(forms: FormsCache) -> None:
    compile_watchlists(LISTS, CATALOGUE, forms)
    forms.save()
    bad = (*LISTS, Watchlist("bad", entities=("nobody",)))
    with pytest.raises(CompileError, match="nobody"):
        compiling._compiled_light(bad, CATALOGUE, None)
