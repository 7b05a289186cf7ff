"""The compact tables say what py3langid's own say, for models of any shape, and refuse models of another kind."""

from __future__ import annotations

import importlib.util
import io
import lzma
import random
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import LanguageIdentifier
from py3langid.modelio import save_model

from monitor.mapped import START
from monitor.text import language_tables
from monitor.text.language_model import LanguageModel

CLASSES = ["aa", "bb", "cc", "aa", "dd", "ee"]  # a language in two scripts is in two columns
CANDIDATES = {"odd": ("aa", "cc"), "even": ("dd", "bb"), "one": ("ee",), "all": ("ee", "dd", "cc", "bb", "aa")}


def written(folder: Path, *, states: int = 9, features: int = 5, seed: int = 1, worst: float = -14.9) -> Path:
    """Write a model of a random automaton; some states have no feature, some share one."""
    rng = np.random.default_rng(seed)
    path = folder / "model.npz.xz"
    weights = rng.uniform(worst, -2.0, size=(features, len(CLASSES)))
    moves = rng.integers(0, states, size=(states, 256))
    moves[:, 64:] = moves[0, 64:]
    outputs = rng.integers(-1, features, size=states)
    save_model(path, (weights, rng.uniform(-9, 0, len(CLASSES)), CLASSES, moves.ravel(), list(range(states)), outputs))
    return path


def opened(path: Path, candidates: dict[str, tuple[str, ...]] = CANDIDATES) -> LanguageModel:
    return LanguageModel(bytes(START) + language_tables.make(path, candidates))


def same(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> None:
    assert dict(found) == pytest.approx(dict(expected), rel=1e-4, abs=1e-3)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    likeliest = expected[0][1]
    assert found[0][0] in {code for code, score in expected if score >= likeliest - 2e-3 - 2e-4 * abs(likeliest)}


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 10_000), st.text(max_size=400))
def test_any_model_ranks_as_py3langid_does(states: int, features: int, seed: int, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), states=states, features=features, seed=seed)
        own, theirs = opened(path), LanguageIdentifier.from_modelpath(path)
        for codes in CANDIDATES.values():
            same(own.rank(text, codes), [one for one in theirs.rank(text) if one[0] in codes])


def test_a_model_ranks_as_py3langid_does(tmp_path: Path) -> None:
    for seed in range(4):
        path = written(tmp_path, states=400, features=300, seed=seed)
        own, theirs = opened(path), LanguageIdentifier.from_modelpath(path)
        for text in ("", "a", "Правда", "LOUD", "".join(random.Random(seed).choices("abcdefgh \n", k=6000))):
            for codes in CANDIDATES.values():
                same(own.rank(text, codes), [one for one in theirs.rank(text) if one[0] in codes])


def test_a_key_is_of_all_that_tables_are_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)
    key = language_tables.key(path, CANDIDATES)
    assert len(key) == 32
    assert key == language_tables.key(path, dict(CANDIDATES))
    assert key != language_tables.key(path, {"odd": ("aa",)})
    monkeypatch.setattr(language_tables, "_VERSION", 99)
    assert key != language_tables.key(path, CANDIDATES)
    monkeypatch.undo()
    written(tmp_path, seed=2)
    assert key != language_tables.key(path, CANDIDATES)


def test_the_installed_model_is_found_without_loading_the_package() -> None:
    assert language_tables.packed().is_file()


@pytest.mark.parametrize("found", [None, importlib.util.spec_from_loader("py3langid", loader=None)])
def test_without_the_package_its_name_is_told(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_tables, "find_spec", lambda _: found)
    with pytest.raises(ModuleNotFoundError, match="py3langid is not installed"):
        language_tables.packed()


def repacked(path: Path, name: str, change: object) -> Path:
    """Change one of the arrays in a model's file."""
    with lzma.open(path) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        arrays = {one: archive.read(one) for one in archive.namelist()}
    arrays[name] = change(arrays[name])  # type: ignore[operator]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for one, data in arrays.items():
            archive.writestr(one, data)
    path.write_bytes(lzma.compress(out.getvalue()))
    return path


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("pc.npy", lambda data: b"x" + data[1:], "no format that is known"),
        ("pc.npy", lambda data: data.replace(b"<f4", b"<f8"), "a kind that is not known: <f8"),
        ("ptc.npy", lambda data: data.replace(b"False", b"True "), "a kind that is not known: <f2"),
    ],
)
def test_a_model_of_another_kind_is_refused(name: str, change: object, message: str, tmp_path: Path) -> None:
    path = repacked(written(tmp_path), name, change)
    with pytest.raises(ValueError, match=message):
        language_tables.make(path, CANDIDATES)


@pytest.mark.parametrize("worst", [-17.0, float("-inf")])
def test_log_probabilities_that_have_no_room_are_refused(worst: float, tmp_path: Path) -> None:
    def spoil(data: bytes) -> bytes:
        return data[:-2] + np.float16(worst).tobytes()

    path = repacked(written(tmp_path), "ptc.npy", spoil)
    with pytest.raises(ValueError, match=f"a log-probability of {worst}; none below -15.99"):
        language_tables.make(path, CANDIDATES)


def test_moves_of_two_bytes_and_of_four_are_read(tmp_path: Path) -> None:
    path = written(tmp_path)

    def widen(data: bytes) -> bytes:
        array: Any = np.load(io.BytesIO(data))
        out = io.BytesIO()
        np.save(out, array.astype(np.uint32))
        return out.getvalue()

    narrow = opened(path)
    wide = opened(repacked(path, "nextmove.npy", widen))
    assert narrow.rank("some text", ("aa", "cc")) == wide.rank("some text", ("aa", "cc"))
