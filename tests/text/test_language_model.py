"""The model ranks languages as py3langid does, by tables that processes share."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from monitor import host
from monitor.text import language_model, language_tables
from monitor.text.language_model import CANDIDATES, load, rank

SETS = (*CANDIDATES.values(), ("uk", "ru"), ("uk", "ru", "sr"))
TEXTS = (
    "",
    " ",
    "x",
    "\ud800",
    "THE GOVERNMENT HAS SAID NOTHING",
    "Vlada je danas raspravljala o proračunu za iduću godinu.",
    "Влада обговорила бюджет, а міністр промовчав.",
    "Ўрад сёння абмеркаваў праект бюджэту.",
    "Die Regierung beriet über den Haushalt. Le gouvernement a examiné le budget. " * 60,
    "e\u0301te\u0301 " * 40,
    "حكومة اليوم بحثت الموازنة",
    "सरकार ने आज बजट पर चर्चा की",
    "সরকার আজ বাজেট নিয়ে আলোচনা করেছে",
    "정부는 오늘 예산을 논의했다",
)


@pytest.fixture(scope="module")
def theirs() -> LanguageIdentifier:
    """Return py3langid's own reader, of the candidates' columns alone."""
    found: Any = LanguageIdentifier.from_model_file(MODEL_DIR / MODEL_FILE)
    found.set_languages({code for codes in CANDIDATES.values() for code in codes})
    return found


@pytest.fixture
def fresh() -> Iterator[None]:
    """Let the model be loaded anew, and again for the tests to come."""
    language_model._model.cache_clear()
    yield
    language_model._model.cache_clear()


def same(text: str, codes: tuple[str, ...], theirs: Any) -> None:
    found, expected = rank(text, codes), [one for one in theirs.rank(text) if one[0] in codes]
    assert dict(found) == pytest.approx(dict(expected), rel=1e-4, abs=1e-3)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    likeliest = expected[0][1]
    assert found[0][0] in {code for code, score in expected if score >= likeliest - 2e-3 - 2e-4 * abs(likeliest)}


def test_it_ranks_as_py3langid_does(theirs: LanguageIdentifier) -> None:
    for text in TEXTS:
        for codes in SETS:
            same(text, codes, theirs)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(TEXTS), max_size=12), st.text(max_size=300), st.randoms(use_true_random=False))
def test_mixed_texts_rank_as_in_py3langid(
    theirs: LanguageIdentifier, texts: list[str], odd: str, rng: random.Random
) -> None:
    words = " ".join([*texts, odd]).split()
    rng.shuffle(words)
    for codes in SETS:
        same(" ".join(words), codes, theirs)


def test_languages_of_no_one_script_are_refused() -> None:
    with pytest.raises(ValueError, match="no script has all of these languages: uk, en"):
        rank("text", ("uk", "en"))


@pytest.mark.usefixtures("fresh")
def test_it_is_made_once_and_in_memory_where_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    make = language_tables.make

    def note(path: Path, candidates: dict[str, tuple[str, ...]]) -> bytes:
        made.append(path)
        return make(path, candidates)

    monkeypatch.setattr(language_tables, "make", note)
    expected = rank("Hallitus keskusteli", CANDIDATES["latin"])
    for place in (tmp_path, tmp_path, Path("/dev/null")):
        monkeypatch.setattr(host, "cache_folder", lambda place=place: place)
        language_model._model.cache_clear()
        load()
        assert rank("Hallitus keskusteli", CANDIDATES["latin"]) == expected
    assert len(made) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["language-model.tables"]


def test_neither_numpy_nor_the_package_is_loaded() -> None:
    code = (
        "import sys; from monitor.text.language_model import rank; print(rank('Hallitus', ('fi', 'et'))[0][0]);"
        "print({'numpy', 'py3langid'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fi", "set()"]
