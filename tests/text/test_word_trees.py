"""Mapped trees say what trees that were read say."""

from __future__ import annotations

import mmap
from pathlib import Path

import pymorphy3
import pytest
from pymorphy3.dawg import WordsDawg

from monitor.text.forms import cyrillic_lexicon
from monitor.text.word_trees import map_analyzer, map_tree

WORDS = {
    "uk": ("кіт", "ґанок", "гудзик", "столами", "об'їзд", "невідомоякий", "запхнюпився", "-"),
    "ru": ("кот", "ежик", "стали", "берёза", "выборов", "незнаюкакой", "ъъъ", "-"),
}


@pytest.mark.parametrize("language", WORDS)
def test_a_mapped_dictionary_parses_as_before(language: str) -> None:
    read, mapped = (pymorphy3.MorphAnalyzer(lang=language) for _ in range(2))
    map_analyzer(mapped)
    trees = [mapped.dictionary.words, *mapped.dictionary.prediction_suffixes_dawgs]
    assert all(isinstance(tree.dct._units, memoryview) for tree in trees)
    for word in WORDS[language]:
        ours, theirs = mapped.parse(word), read.parse(word)
        assert [(one.word, str(one.tag), one.normal_form, one.score) for one in ours] == [
            (one.word, str(one.tag), one.normal_form, one.score) for one in theirs
        ]
        assert [form.word for form in ours[0].lexeme] == [form.word for form in theirs[0].lexeme]
    ours, theirs = mapped.dictionary.words, read.dictionary.words
    assert ours.keys("підпалюв") == theirs.keys("підпалюв")
    assert ours.dct._units.tobytes() == theirs.dct._units.tobytes()
    assert ours.guide._units.tobytes() == theirs.guide._units.tobytes()


def test_estimates_are_mapped_where_there_are_any() -> None:
    russian, ukrainian = (pymorphy3.MorphAnalyzer(lang=language) for language in ("ru", "uk"))
    map_analyzer(russian)
    map_analyzer(ukrainian)
    assert isinstance(russian.prob_estimator.p_t_given_w.guide._units, memoryview)
    assert ukrainian.prob_estimator is None


def test_the_lexicon_looks_up_in_mapped_trees() -> None:
    cyrillic_lexicon.analyzer.cache_clear()
    assert isinstance(cyrillic_lexicon.analyzer("uk").dictionary.words.dct._units, memoryview)


@pytest.fixture
def tree() -> WordsDawg:
    return WordsDawg().load(_path())


def _path() -> str:
    return str(Path(pymorphy3.MorphAnalyzer.choose_dictionary_path(lang="uk")) / "words.dawg")


def test_a_file_of_another_layout_stays_in_memory(tree: WordsDawg, tmp_path: Path) -> None:
    other = tmp_path / "words.dawg"
    other.write_bytes(Path(_path()).read_bytes() + b"more")
    before = tree.dct._units
    map_tree(tree, other)
    assert tree.dct._units is before
    assert "кіт" in tree


def test_a_file_that_cannot_be_mapped_stays_in_memory(tree: WordsDawg, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> mmap.mmap:
        raise OSError(19, "No such device")

    before = tree.dct._units
    map_tree(tree, Path("/nowhere"))
    monkeypatch.setattr(mmap, "mmap", refuse)
    map_tree(tree, Path(_path()))
    assert tree.dct._units is before
