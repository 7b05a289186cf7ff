"""The compiled catalogue is read back where nothing changed, and whatever else is in its place is no catalogue."""

from __future__ import annotations

import os
import pickle
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.app import compile as compiling
from monitor.app import kept_catalogue
from monitor.app.forms_cache import FormsCache
from monitor.model import Article, EntitySpec, Name, Zone
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

PLACES = Catalogue(
    [
        EntitySpec("Kyiv", type="place", names={"uk": (Name("Київ"),), "en": (Name("Kyiv"),)}),
        EntitySpec("Seoul", type="place", names={"ko": (Name("서울"),), "en": (Name("Seoul", needs=("Korea",)),)}),
    ]
)
TEXTS = (
    "У Києві зустріли гостей із Кореї.",
    "Seoul, the capital of Korea",
    "Seoul is a film",
    "서울에서 회의가 열렸다",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "forms.cache"


@pytest.fixture
def forms(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FormsCache]:
    cache = FormsCache(path)
    monkeypatch.setattr(compiling, "_forms", lambda: cache)
    yield cache
    cache.close()


def mentions(matcher: Matcher) -> list[frozenset[str]]:
    return [matcher.terms(matcher.read(Article(None, "", text, "S", "", key=text))) for text in TEXTS]


def no_compiling(patch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Matcher:
        raise AssertionError("it is compiled anew")

    patch.setattr(compiling, "_compiled_light", fails)
    patch.setattr(compiling, "compile_watchlists", fails)


@pytest.mark.parametrize("in_child", [False, True])
def test_a_second_process_compiles_nothing_and_finds_the_same(
    forms: FormsCache, path: Path, monkeypatch: pytest.MonkeyPatch, in_child: bool
) -> None:
    made = compiling.compile_catalogue(PLACES, in_child=in_child)
    forms.close()
    again = FormsCache(path)
    monkeypatch.setattr(compiling, "_forms", lambda: again)
    no_compiling(monkeypatch)
    kept = compiling.compile_catalogue(PLACES, in_child=in_child)
    again.close()
    assert kept is not made
    assert mentions(kept) == mentions(made) == [{"Kyiv"}, {"Seoul"}, set(), {"Seoul"}]


def test_what_is_kept_has_not_met_any_text(forms: FormsCache) -> None:
    made = compiling.compile_catalogue(PLACES)
    mentions(made)
    kept = kept_catalogue.read(forms, PLACES)
    assert kept is not None
    assert not kept.compiled.uses
    assert kept.compiled.guards.keys() == made.compiled.guards.keys()


def test_the_shipped_catalogue_is_made_of_nothing_else(forms: FormsCache) -> None:
    """Of each kind of entity, with guards of each kind."""
    found = [shipped().find(id_) for id_ in shipped().ids()[::12]]
    some = Catalogue([spec for spec in found if spec is not None])
    made = compiling.compile_catalogue(some)
    kept = kept_catalogue.read(forms, some)
    assert kept is not None, "a class that it is made of is not let through"
    assert kept.rules == made.rules
    assert kept.compiled.guards.keys() == made.compiled.guards.keys()
    assert kept.compiled.name_of == made.compiled.name_of
    assert kept.compiled.guarded == made.compiled.guarded
    assert mentions(kept) == mentions(made)


def test_other_entities_and_other_code_are_compiled(forms: FormsCache, monkeypatch: pytest.MonkeyPatch) -> None:
    compiling.compile_catalogue(PLACES)
    more = PLACES.merged([EntitySpec("Busan", type="place", names={"en": (Name("Busan"),)})])
    assert kept_catalogue.read(forms, more) is None
    with monkeypatch.context() as patch:
        patch.setattr(kept_catalogue, "_code", lambda: "another")
        assert kept_catalogue.read(forms, PLACES) is None
    with monkeypatch.context() as patch:
        patch.setattr(kept_catalogue, "versions", lambda: "other dictionaries")
        assert kept_catalogue.read(forms, PLACES) is None
    assert kept_catalogue.read(forms, PLACES) is not None


def test_each_file_of_code_and_data_counts(tmp_path: Path) -> None:
    (tmp_path / "query").mkdir()
    for name in ("plan.py", "query/parse.py", "words.json", "words.yaml"):
        (tmp_path / name).write_text("a", encoding="utf-8")
    assert list(kept_catalogue._files(tmp_path)) == [("plan.py", b"a"), ("parse.py", b"a"), ("words.json", b"a")]
    kept_catalogue._code.cache_clear()
    assert len(kept_catalogue._code()) == 64


def test_catalogues_that_change_daily_do_not_fill_the_disk() -> None:
    kept: dict[str, bytes] = {}
    matcher = compile_watchlists([], PLACES)
    for number in range(40):
        changed = PLACES.merged([EntitySpec(f"Harbour{number}", names={"en": (Name(f"Port {number}"),)})])
        kept_catalogue.keep(kept, changed, matcher)
        assert kept_catalogue.read(kept, changed) is not None
    assert len(kept) <= kept_catalogue._SLOTS


class Deed:
    """Makes a directory where it is unpickled without care."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def put(kept: dict[str, bytes], payload: bytes) -> None:
    wanted = kept_catalogue._fingerprint(PLACES)
    kept[kept_catalogue._slot(wanted)] = wanted + payload


def test_a_pickle_that_would_do_something_does_nothing(tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}
    done = tmp_path / "done"
    pickle.loads(pickle.dumps(Deed(tmp_path / "proof")))  # noqa: S301
    assert (tmp_path / "proof").exists(), "the pickle is harmless anyway"
    put(kept, zlib.compress(pickle.dumps(Deed(done))))
    with capture_logs() as logs:
        assert kept_catalogue.read(kept, PLACES) is None
    assert not done.exists()
    assert "mkdir is no part of a matcher" in logs[0]["error"]


def test_what_is_no_matcher_is_not_taken_for_one() -> None:
    kept: dict[str, bytes] = {}
    values: tuple[object, ...] = (Zone.TITLE, None, {}, 5)
    for value in values:
        put(kept, zlib.compress(pickle.dumps(value)))
        assert kept_catalogue.read(kept, PLACES) is None


def test_damage_costs_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, bytes] = {}
    kept_catalogue.keep(kept, PLACES, compile_watchlists([], PLACES))
    ((slot, whole),) = kept.items()
    for size in range(len(whole)):
        assert kept_catalogue.read({slot: whole[:size]}, PLACES) is None
    for at in range(len(whole)):
        changed = whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :]
        assert kept_catalogue.read({slot: changed}, PLACES) is None
    content = zlib.decompress(whole[kept_catalogue._DIGEST :])
    for size in range(len(content)):
        put(kept, zlib.compress(content[:size]))
        assert kept_catalogue.read(kept, PLACES) is None
    monkeypatch.setattr(kept_catalogue, "_LARGEST", len(content) - 1)
    assert kept_catalogue.read({slot: whole}, PLACES) is None
