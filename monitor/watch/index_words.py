"""The words by which the archive's index finds an article: all that `candidates` may ask for.

They are the very keys that the matcher looks up, once each, those of the address and the author among them, and beside
them what the matcher finds inside tokens:

- a run of Han or Kana, and a Hangul token, is kept as its pairs of neighbouring characters, and its last one: a term
  stands anywhere inside, and all pairs of a term are then there;
- the parts of a word with capitals inside ('УкраїнаКоманда'), and what follows an apostrophe ('єкт' of 'об'єкт');
- `ALTERED` where normalising changed the text, or a word was cut: a regular expression, which reads the text as it is,
  may then see letters that no key has;
- `ANYTHING` in place of all words where there are too many: such an article is a candidate of every query.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import pairwise

from monitor.model import Article
from monitor.text.normalise import key as key_of
from monitor.text.tokens import TokenList, tokenise
from monitor.watch.index.token_cache import is_han

ALTERED, ANYTHING = "\ue000", "\ue001"
"""Marks of an article, of a private plane: no key holds them, as they are no letters."""

LONGEST = 64
"""Characters of a word that are kept. PostgreSQL takes 2,046 bytes of a lexeme."""
MOST_WORDS = 20_000
"""Words of an article: 20 articles of a novel's length. PostgreSQL takes a megabyte of lexemes."""

_FORMAT = "1"
_SOURCES = (
    ("monitor.text", ("bytewise.py", "normalise.py", "tokens.py")),
    ("monitor.fields", ("lookalikes.py",)),
    ("monitor.watch", ("index_words.py",)),
    ("monitor.watch.index", ("token_cache.py",)),
)
_HANGUL, _HANGUL_END = "가", "힣"
_SIGNS = re.compile(r"[\x00-/:-@\[-`{-\x7f]")
_APOSTROPHE = "'"
_FIRST_CUT = "\u1100"
"""The first character of a script whose tokens are kept in pairs. What is below is kept as it is: most tokens are."""


@cache
def version() -> str:
    """Return a hash of the code that makes words and of Unicode's version: words of another one are not comparable."""
    digest = hashlib.sha256(f"{_FORMAT} {unicodedata.unidata_version}".encode())
    for package, names in _SOURCES:
        folder = resources.files(package)
        for name in names:
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


def words_of(article: Article) -> list[str]:
    """Return the distinct words of an article, sorted; `[ANYTHING]` where there are more than `MOST_WORDS`."""
    words: set[str] = set()
    for text in (article.document, article.url, article.author):
        if text:
            tokens = tokenise(text)
            keys = set(tokens.keys)
            whole = {key for key in keys if key < _FIRST_CUT and key.isalnum() and len(key) <= LONGEST}
            words |= whole
            for key in (*(keys - whole), *_hidden(tokens, keys)):
                words.update(parts(key))
            if not tokens.as_given or max(map(len, keys), default=0) > LONGEST:
                words.add(ALTERED)
    return sorted(words) if len(words) <= MOST_WORDS else [ANYTHING]


def parts(key: str) -> Iterator[str]:
    """Yield what is kept of a token's key."""
    if is_han(key) or is_hangul(key):
        yield from map("".join, pairwise(key))
        yield key[-1]
    else:
        yield stored(key)


def is_hangul(key: str) -> bool:
    """Return whether a token's key is Hangul."""
    return _HANGUL <= key[:1] <= _HANGUL_END


def stored(key: str) -> str:
    """Return a key as it is kept: short, and without ASCII signs, which FTS5 would cut it at."""
    short = key[:LONGEST]
    return short if short.isalnum() else _SIGNS.sub("\ufffd", short)


def _hidden(tokens: TokenList, keys: set[str]) -> Iterator[str]:
    """Yield the keys of words inside tokens, of which `keys` are the distinct ones."""
    for key in keys:
        if _APOSTROPHE in key:
            yield from filter(None, key.split(_APOSTROPHE)[1:])
    for token, places in tokens.cuts().items():
        for start, end in pairwise([*places, tokens.ends[token]]):
            yield from filter(None, (key_of(tokens.source[start:end]),))
