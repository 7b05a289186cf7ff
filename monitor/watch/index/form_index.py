"""The numbered words of all terms with their forms, and the cache of forms across processes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from typing import NamedTuple, TypeAlias

from monitor import data
from monitor.text.forms import Form, Kind, expand_phrase

FORM_MASK = (1 << 20) - 1
"""A million distinct kinds of form (rule and conditions) at most; a dictionary has some hundreds."""
ALONE, START, END, REST = (1 << bit for bit in (20, 21, 22, 23))
"""What a word is for: a term of its own; the first, the second of a phrase's pair; another word of a phrase."""
WORD_SHIFT = 24

Postings: TypeAlias = int | tuple[int, ...]
"""`word << WORD_SHIFT | roles | form`: one, as is the rule, or several."""


def several(postings: Postings | None) -> tuple[int, ...]:
    """Return postings as a tuple."""
    if postings is None:
        return ()
    return (postings,) if isinstance(postings, int) else postings


_FLAGS = ("capital", "upper", "prefix", "substring", "fused", "quoted", "mixed", "ambiguous", "hasty", "inside")
"""The conditions of a form that hold or do not, as they are written to the cache."""
_NO_FORMS = frozenset({"charset.py", "dates.py", "known_words.py", "plain.py", "sentences.py"})
"""Files beside the families that have no say in forms."""
_DICTIONARIES = ("pymorphy3", "pymorphy3-dicts-uk", "pymorphy3-dicts-ru", "simplemma", "snowballstemmer")


class Index(NamedTuple):
    """Forms to postings, by how a form is looked up."""

    whole: dict[str, Postings]  # the token is the form
    hangul: dict[str, Postings]  # part of a Hangul token, where `korean.find` says so
    han: dict[str, Postings]  # part of a run of Han or Kana
    stems: dict[str, Postings]  # any token begins with it: `missil*`


class WordForms(NamedTuple):
    """The forms of one word: lookup keys, and the numbers of their conditions."""

    keys: tuple[str, ...]
    forms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Expansion:
    """The words of a phrase, with the warnings of language families."""

    words: tuple[WordForms, ...]
    warnings: tuple[str, ...]


class FormTable:
    """Every distinct `Form` once, by number."""

    def __init__(self) -> None:
        self.forms: list[Form] = []
        self.gated = bytearray()  # 1 where a form has a condition that its surroundings or its case meet
        self._numbers: dict[Form, int] = {}
        self._written: dict[str, int] = {}

    def number(self, form: Form) -> int:
        """Return the form's number, a new one where it has none."""
        known = self._numbers.get(form)
        if known is None:
            known = self._numbers[form] = len(self.forms)
            self.forms.append(form)
            self.gated.append(
                form.capital or form.upper or form.fused or form.quoted or bool(form.unless or form.particle)
            )
        return known

    def write(self, number: int) -> str:
        """Write a form as text without tabs and line ends, for the cache."""
        form = self.forms[number]
        flags = "".join("1" if getattr(form, name) else "0" for name in _FLAGS)
        return f"{form.rule}|{flags}|{form.stem}|{form.unless}|{form.particle}"

    def read(self, text: str) -> int:
        """Return the number of a written form. Raises ValueError where it is none."""
        known = self._written.get(text)
        if known is None:
            rule, flags, stem, unless, particle = text.rsplit("|", 4)
            values = dict(zip(_FLAGS, (flag == "1" for flag in flags), strict=True))
            form = Form(rule, unless=unless, particle=particle, stem=int(stem), **values)
            known = self._written[text] = self.number(form)
        return known


class WordTable:
    """Every distinct word once, by number; `index` consumes the table."""

    def __init__(self, forms: FormTable) -> None:
        self._forms = forms
        self._numbers: dict[tuple[WordForms, bool], int] = {}
        self._ordered: list[WordForms] = []
        self.prefixes: dict[int, tuple[tuple[str, int], ...]] = {}
        """For each word with Korean prefixes: them, and their forms' numbers."""
        self.inside: dict[int, tuple[tuple[str, int], ...]] = {}
        """For each word written without spaces (Han, Kana): its keys, and their forms' numbers."""

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self._numbers)

    def number(self, word: WordForms, *, stem: bool = False) -> int:
        """Return the word's number, a new one where it has none; a `stem` is the beginning of any token."""
        known = self._numbers.setdefault((word, stem), len(self._numbers))
        if known == len(self._numbers) - 1 and not stem:
            forms = self._forms.forms
            pairs = tuple(zip(word.keys, word.forms, strict=True))
            prefixes = tuple(pair for pair in pairs if forms[pair[1]].prefix)
            inside = tuple(pair for pair in pairs if forms[pair[1]].substring)
            if prefixes:
                self.prefixes[known] = prefixes
            if inside:
                self.inside[known] = inside
        return known

    def forms_of(self, number: int) -> dict[str, Form]:
        """Return a word's forms by key; only before the index is made."""
        if len(self._ordered) < len(self._numbers):  # numbers are given in order
            self._ordered = [word for word, _ in self._numbers]
        word = self._ordered[number]
        return {key: self._forms.forms[form] for key, form in zip(word.keys, word.forms, strict=True)}

    def index(self, roles: Sequence[int]) -> Index:
        """Make the index of all words; `roles` are those of each word, by number.

        The words are used up: what the index needs is in it.
        """
        index = Index({}, {}, {}, {})
        targets = (index.whole, index.hangul, index.han)
        kinds = [1 if form.prefix else 2 if form.substring else 0 for form in self._forms.forms]
        numbers, self._numbers, self._ordered = self._numbers, {}, []
        for (word, stem), number in numbers.items():
            posting = number << WORD_SHIFT | roles[number]
            for key, form in zip(word.keys, word.forms, strict=True):
                target = index.stems if stem else targets[kinds[form]]
                known = target.get(key)
                target[key] = posting | form if known is None else (*several(known), posting | form)
        return index


class Forms:
    """Makes the forms of words, or takes them from a cache that outlives the process.

    `table` numbers forms; `kept` maps a hash of the term and of all versions to its written forms.
    """

    def __init__(self, table: FormTable, kept: MutableMapping[str, bytes] | None = None) -> None:
        self._table = table
        self._kept = kept
        self._lines: dict[str, tuple[int, ...]] = {}
        self._made: dict[tuple[tuple[str, ...], str | None, Kind], Expansion] = {}

    def phrase(self, words: tuple[str, ...], language: str | None, kind: Kind) -> Expansion:
        """Return the forms of each word of a phrase (of one word, too)."""
        given = (words, language, kind)
        known = self._made.get(given)
        if known is None:
            known = self._made[given] = self._from_cache(given)
        return known

    def _from_cache(self, given: tuple[tuple[str, ...], str | None, Kind]) -> Expansion:
        if self._kept is None:
            return self._make(given)
        name = _cache_name(given)
        written = self._kept.get(name)
        if written is not None:
            try:
                return self._read(written.decode())
            except ValueError:  # a damaged cache costs time, never a match
                pass
        made = self._make(given)
        self._kept[name] = self._write(made).encode()
        return made

    def _make(self, given: tuple[tuple[str, ...], str | None, Kind]) -> Expansion:
        words, language, kind = given
        sets = expand_phrase(words, language, kind)
        warnings = tuple(dict.fromkeys(warning for one in sets for warning in one.warnings))
        return Expansion(tuple(self.word(one.forms) for one in sets), warnings)

    def word(self, forms: Mapping[str, Form]) -> WordForms:
        """Return a word of these forms by key."""
        return WordForms(tuple(forms), tuple(map(self._table.number, forms.values())))

    def _write(self, made: Expansion) -> str:
        """Write warnings, then two lines a word: its keys, and what its forms are."""
        lines = ["\t".join(warning.replace("\n", " ").replace("\t", " ") for warning in made.warnings)]
        for word in made.words:
            lines += ["\t".join(word.keys), "\t".join(map(self._table.write, word.forms))]
        return "\n".join(lines)

    def _read(self, written: str) -> Expansion:
        """Read the output of `_write`. Raises ValueError for anything else."""
        warnings, *lines = written.split("\n")
        words = tuple(
            WordForms(tuple(keys.split("\t")), self._read_forms(forms))
            for keys, forms in zip(lines[::2], lines[1::2], strict=True)
        )
        if not words or any(len(word.keys) != len(word.forms) for word in words):
            raise ValueError("a cached term is damaged")
        return Expansion(words, tuple(warnings.split("\t")) if warnings else ())

    def _read_forms(self, line: str) -> tuple[int, ...]:
        """Read a line of forms; few are distinct, as words share paradigms."""
        known = self._lines.get(line)
        if known is None:
            known = self._lines[line] = tuple(map(self._table.read, line.split("\t")))
        return known


def _cache_name(given: tuple[tuple[str, ...], str | None, Kind]) -> str:
    words, language, kind = given
    text = "\x1f".join((versions(), language or "", kind, *words))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def versions() -> str:
    """Return a hash of the code that makes forms and of the versions of its dictionaries."""
    digest = hashlib.sha256()
    for name, content in _sources():
        digest.update(name.encode() + content)
    for package in _DICTIONARIES:
        try:
            digest.update(f"{package}={metadata.version(package)}".encode())
        except metadata.PackageNotFoundError:
            digest.update(package.encode())
    return digest.hexdigest()


def _sources() -> Iterator[tuple[str, bytes]]:
    """Return the sources that decide forms: code, and the tables packaged with it."""
    text = resources.files("monitor.text")
    yield from sorted(
        (part.name, part.read_bytes())
        for folder in (text, text / "forms")
        for part in folder.iterdir()
        if part.name.endswith(".py") and part.name not in _NO_FORMS
    )
    yield from ((name, data.content(name)) for name in (*data.names("forms"), "stopwords"))
