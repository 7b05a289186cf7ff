"""Whether a word is one of Ukrainian, Russian or English: of words that are written together, each must be.

The dictionaries' lists of words alone are mapped, on first use, and without what forms are made by: texts are matched
in processes that make none. The base forms of other languages' words are looked up too: their tables take seconds and
up to 430 MB to read, so that is for commands that a user waits for, never for the daemon.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from monitor import data, host, mapped
from monitor.text import word_list, word_trees
from monitor.text.tokens import tokenise
from monitor.text.word_list import WordList

_LANGUAGES = {"uk": {"г": "ґ"}, "ru": {"е": "ё"}}
"""What a letter of a lookup key may stand for in each dictionary."""


@lru_cache(maxsize=16_384)
def is_known(key: str) -> bool:
    """Return whether a lookup key, in Cyrillic or Latin letters, is a form of a word or a name."""
    if key.isascii():
        table = _english()
        return key in table or key.capitalize() in table
    return any(_has(language, key) for language in _LANGUAGES)


def is_word(key: str) -> bool:
    """Return whether a lookup key is a form of a word or a name, or part of the name of a shipped entity."""
    return is_known(key) or key in _catalogued()


@cache
def _catalogued() -> frozenset[str]:
    """Return the words in Cyrillic or Latin letters of the shipped entities' names, as their makers write them."""
    entities = chain.from_iterable(data.load(file).values() for file in data.names("catalogue"))
    named = chain.from_iterable(names for entity in entities for names in entity["names"].values())
    return frozenset(tokenise("\n".join(name if isinstance(name, str) else name["text"] for name in named)).keys)


def base_forms(words: Iterable[str], language: str) -> dict[str, str]:
    """Return the base form of each word that simplemma's table of a language has as a form of another word.

    The table is read anew, and forgotten. Words are looked up as they are written, then in small letters.
    """
    from simplemma.strategies import DefaultDictionaryFactory

    table = DefaultDictionaryFactory().get_dictionary(language)
    found = {word: table.get(word) or table.get(word.lower()) for word in words}
    # the Dutch table parts separable verbs: aan_vallen
    bases = {word: base.replace("_", "") for word, base in found.items() if base is not None}
    return {word: base for word, base in bases.items() if base.lower() != word.lower()}


def _has(language: str, word: str) -> bool:
    words, replaced = _words(language)
    return bool(words.similar_keys(word, replaced))


@cache
def _words(language: str) -> tuple[Any, Any]:
    """Return a dictionary's words, and the letters that stand for others in them."""
    from pymorphy3.dawg import WordsDawg

    words = WordsDawg()
    path = Path(import_module(f"pymorphy3_dicts_{language}").get_path()) / "words.dawg"
    words.load(str(path))
    word_trees.map_tree(words, path)
    return words, words.compile_replaces(_LANGUAGES[language])


@cache
def _english() -> WordList:
    """Return the words of simplemma's table (MIT) in Latin letters without marks, as they are written there.

    The table itself takes 20 MB, and .4 s to read.
    """
    path = Path(import_module("simplemma").__path__[0]) / "strategies" / "dictionaries" / "data" / "en.plzma"
    key = hashlib.blake2b(path.read_bytes(), digest_size=mapped.KEY).digest()
    return WordList(mapped.kept(host.cache_folder() / "english-words.list", key, _read_english))


def _read_english() -> bytes:
    from simplemma.strategies import DefaultDictionaryFactory

    return word_list.make(filter(str.isascii, DefaultDictionaryFactory().get_dictionary("en")))
