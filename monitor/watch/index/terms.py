"""Compilation of keywords, entities and query terms to patterns with conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from itertools import chain

import regex

from monitor import data
from monitor.model import EntitySpec, Name, Term
from monitor.text.detect import script
from monitor.text.forms import Form, Kind, scripts_of
from monitor.text.forms.base import laxer
from monitor.text.forms.korean import FUNCTION_WORDS, TITLES, is_hangul, spacings
from monitor.text.forms.tables import is_function_word
from monitor.text.korean_names import is_family, is_syllable
from monitor.text.tokens import Joint, joint, tokenise
from monitor.watch.guards import SCRIPTS, PatternGuard
from monitor.watch.index.form_index import Forms, FormTable, WordForms, WordTable
from monitor.watch.index.pattern_index import PatternIndex
from monitor.watch.index.token_cache import TokenCache
from monitor.watch.name_context import NameContext
from monitor.watch.query.nodes import Leaf, LeafKind, misplaced
from monitor.watch.regex_terms import compile_expression

MAX_WORDS = 24
"""Words in a phrase."""
_KINDS = {"person": Kind.NAME, "place": Kind.PLACE, "weapon": Kind.PRODUCT}


_SURNAMES = {"uk": ("ський", "цький", "зький"), "ru": ("ский", "цкий", "ской", "цкой")}
"""By language: how adjectives of places end that are surnames as well (Словацький, Сумська)."""
_GIVEN = "given names"
_HOUSEHOLD = "household"
_CONTEXT = (
    "prepositions",
    "conjunctions",
    "auxiliaries",
    "affairs",
    "town_affairs",
    "upon",
    "syllables",
    "elsewhere",
    "personal",
    "held",
    "held_where",
    "titles",
    "politics",
    "weapons",
    "locatives",
)
_TELLING = 4
"""Letters of a word, at least, that tells a country's name of several words."""
_PLAIN_TERM = Term("")
_NO_GUARD = PatternGuard()
_NAMED = frozenset({Kind.AUTO, Kind.NAME, Kind.SURNAME, Kind.GIVEN})
_SIGN = re.compile(r"(?<=\w)[+#]+$")
# What stands before a number where others write '№': 'Resolution No. 2397', 'указ N 64'.
_NUMBER_SIGNS = {"no": Form("number sign"), "n": Form("number sign", upper=True)}
_FULL_NAME = 2
"""Words of a name: the family's and one syllable of the given one."""
_SIGNS = frozenset({"", "№", "#"})
_BEFORE_NUMBER = 4
"""Letters of a word, at least, that a number sign may follow."""
_ABBREVIATION = re.compile(r"[^\W\d_]+\.")
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}")
_PLAIN_WORDS = re.compile("[A-Za-z]+(?: [A-Za-z]+)*|[А-Яа-яҐґЄєІіЇї]+(?: [А-Яа-яҐґЄєІіЇї]+)*")


class TermError(ValueError):
    """A term cannot be compiled; the message says why and what would be right."""


@dataclass(slots=True)
class CompiledTerms:
    """All compiled terms. A term's number is its place in the order of compilation."""

    uses: TokenCache
    term_of: list[int]  # by pattern
    name_of: list[str]  # by pattern: the name or word that it came from
    guards: dict[int, PatternGuard]  # by pattern
    expressions: dict[int, regex.Pattern[str]]  # by term
    guarded: frozenset[int]  # terms with a guard on any pattern


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to mention a term: the name it came from, and the forms of each word by lookup key."""

    name: str
    words: tuple[Mapping[str, Form], ...]
    guarded: bool  # counts only under conditions: `needs`, `not_before`, `near` …


@dataclass(frozen=True, slots=True)
class _Way:
    """How the words of one spelling are to be expanded."""

    language: str | None = None
    kind: Kind = Kind.AUTO
    rule: str = ""  # instead of the forms' own rules
    drop: frozenset[str] = field(default_factory=frozenset)


def _added(form: str) -> _Way:
    """Return how a form of `forms+` is expanded: it is exact, but Korean words take particles (북측: 북측은)."""
    bare = form in FUNCTION_WORDS or not is_hangul(form.replace(" ", ""))
    return _Way(kind=Kind.EXACT if bare else Kind.AUTO, rule="forms+")


class Builder:
    """Collects terms; equal ones are compiled once.

    `kept` is the cache of forms (see `form_index.Forms`); no acronym is written like the names `spelled`.
    """

    def __init__(self, kept: MutableMapping[str, bytes] | None = None, spelled: Container[str] = ()) -> None:
        self._spelled = spelled
        self._table = FormTable()
        self._words = WordTable(self._table)
        self._forms = Forms(self._table, kept)
        self._terms: dict[object, int] = {}
        self._patterns: list[tuple[int, ...]] = []
        self._term_of: list[int] = []
        self._name_of: list[str] = []
        self._gaps: dict[int, tuple[str, ...]] = {}
        self._guards: dict[int, PatternGuard] = {}
        self._expressions: dict[int, regex.Pattern[str]] = {}
        self._contexts: dict[str, NameContext | None] = {}
        self._current: list[str] = []
        self.warnings: dict[int, tuple[str, ...]] = {}
        """By term: what to tell the user of it."""
        self.entities: set[int] = set()
        """Terms that are entities."""

    # ----------------------------------------------------------------- terms

    def keyword(
        self, leaf: Leaf, term: Term | None = None, spec: EntitySpec | None = None, *, product: bool = False
    ) -> int:
        """Add a term that was parsed as `leaf`, with the overrides of `term`; return its number.

        `spec` is the entity that an entity leaf names; `product`: there are several of what has this name. Raises
        TermError.
        """
        identity = (leaf.kind, spec.id if spec else leaf.text, _overrides_of(term))
        known = self._terms.get(identity)
        if known is not None:
            return known
        number = self._new(identity)
        self._collect(number, lambda: self._add_leaf(number, leaf, term or _PLAIN_TERM, spec, product=product))
        return number

    def _collect(self, number: int, add: Callable[[], None]) -> None:
        """Run `add`, and collect its warnings."""
        outer, self._current = self._current, []
        add()
        self.warnings[number] = tuple(dict.fromkeys(self._current))
        self._current = outer

    def _new(self, identity: object) -> int:
        number = len(self._terms)
        self._terms[identity] = number
        return number

    def _add_leaf(self, number: int, leaf: Leaf, term: Term, spec: EntitySpec | None, *, product: bool) -> None:
        problem = misplaced(leaf, term.pos, "both" if term.both_aspects else None)
        if problem is not None:
            raise TermError(problem[1])
        if spec is not None:
            self.entities.add(number)
            self._add_entity(number, spec, self._overrides(term))
        elif leaf.kind is LeafKind.REGEX:
            self._expressions[number] = compile_expression(leaf.text)
        elif leaf.kind is LeafKind.PREFIX:
            self._add_stem(number, leaf, self._overrides(term))
        else:
            kind = Kind.EXACT if leaf.kind is LeafKind.EXACT else _kind_of(term)
            if product and kind is Kind.AUTO and leaf.text.istitle():
                kind = Kind.PRODUCT
            way = _Way(term.language, kind, drop=_keys(term.drop_forms))
            self._add_spelling(number, leaf.text, way, self._overrides(term), shaped=term.exact_case)
            if leaf.text.islower() and _INITIALS.fullmatch(leaf.text) and not term.exact_case:  # 'p.m.' is 'PM', too
                self._add_spelling(number, leaf.text.replace(".", "").upper(), way, self._overrides(term))
        if term.add_forms and len(leaf.text) == 1:
            self._current.clear()  # that one letter or syllable needs other forms is known to whoever lists them
        for form in term.add_forms:
            self._add_spelling(number, form, _added(form), self._overrides(term))

    def _overrides(self, term: Term) -> PatternGuard:
        return PatternGuard(
            near=self._guard_terms(term.near, term.language),
            except_=self._guard_terms(term.except_, term.language),
            whole=term.whole,
        )

    def _guard_terms(self, texts: Iterable[str], language: str | None) -> tuple[int, ...]:
        return tuple(self._guard_term(text, language) for text in texts)

    def _guard_term(self, text: str, language: str | None) -> int:
        """Add a word or phrase that guards another: any form of it counts."""
        known = self._terms.get((text, language))
        if known is not None:
            return known
        number = self._new((text, language))
        # beside another term a function word says something: a language, for one
        way = _Way(language, Kind.EXACT if is_function_word(text, language) else Kind.AUTO)
        self._collect(number, lambda: self._add_spelling(number, text, way, PatternGuard()))
        return number

    # ----------------------------------------------------------------- entities

    def _add_entity(self, number: int, spec: EntitySpec, base: PatternGuard) -> None:
        kind = _KINDS.get(spec.type, Kind.AUTO)
        ambiguous = _ambiguous(spec)
        for language, names in spec.names.items():
            for name in names:
                guard = self._name_guard(spec, name, language, base)
                if name.text.casefold() in ambiguous:
                    guard = replace(guard, script=_other_script(language, name.text))
                self._add_name(number, name, language, kind, guard)
        for language, adjectives in spec.adjectives.items():
            for adjective in adjectives:
                guard = self._name_guard(spec, adjective, language, base)
                if language in _SURNAMES and adjective.text.endswith(_SURNAMES[language]):
                    guard = replace(guard, given=self._given_names())
                guard = replace(guard, not_after=(*guard.not_after, *self._household(language)))
                self._add_name(number, adjective, language, Kind.AUTO, guard)

    def _add_name(self, number: int, name: Name, language: str, kind: Kind, guard: PatternGuard) -> None:
        way = _Way(language, kind, drop=_keys(name.drop_forms))
        self._add_spelling(number, name.text, way, guard, shaped=name.exact_case)
        for form in name.add_forms:
            self._add_spelling(number, form, _added(form), guard, name=name.text)

    def _name_guard(self, spec: EntitySpec, name: Name, language: str, base: PatternGuard) -> PatternGuard:
        groups: list[tuple[int, ...]] = []
        if name.needs or name.context:  # without words, the context alone tells the name
            groups.append(self._guard_terms(name.needs, language))
        if spec.needs:
            groups.append(self._guard_terms(spec.needs, None))
        return replace(
            base,
            needs=tuple(groups),
            or_full_name=bool(name.needs),
            kind=name.context,
            namesakes=self._context(_namesakes(name.text, language)) if spec.type == "place" else None,
            context=self._context(language) if name.context else None,
            unless=self._guard_terms(name.unless, language),
            not_before=self._guard_terms((*name.not_before, *spec.not_before), None),
            not_after=self._guard_terms((*name.not_after, *spec.not_after), None),
            # A name of CLDR has the conditions of the name written alike, in whose language they are.
            except_=(*base.except_, *self._guard_terms(name.except_, language), *self._guard_terms(name.except_, None)),
            whole=base.whole or name.whole,
        )

    def _given_names(self) -> tuple[int]:
        """Add the given names that tell a surname from an adjective of a place, as one guard term."""
        number = self._terms.get(_GIVEN)
        if number is None:
            number = self._new(_GIVEN)
            for language, names in data.load("given_names").items():
                for name in names:
                    self._add_spelling(number, str(name), _Way(language, Kind.NAME), PatternGuard())
        return (number,)

    def _context(self, language: str) -> NameContext | None:
        """Return the words that decide on doubtful names of a language, None where it has none."""
        if language not in self._contexts:
            words: dict[str, list[str]] | None = data.load("name_context").get(language)
            self._contexts[language] = self._make_context(language, words) if words else None
        return self._contexts[language]

    def _make_context(self, language: str, words: Mapping[str, list[str]]) -> NameContext:
        """Return the context of one language: every form of its words, of given names, and of countries' names."""
        given = [*words.get("given", ()), *data.load("given_names").get(language, ())]
        names = [word for name in data.load("countries")[language].values() for word in _proper(_words(name))]
        sets = {key: self._keys_of(words.get(key, ()), language) for key in _CONTEXT}
        if language in _SURNAMES:  # a name spelled alike in both (Кушнер) counts by what either language shows
            for other in _SURNAMES.keys() - {language}:
                sets["elsewhere"] |= self._keys_of(data.load("name_context")[other]["elsewhere"], other)
        return NameContext(
            **sets,
            happens=tuple(sorted(sets["politics"] | sets["town_affairs"] | sets["affairs"])),
            acts=self._keys_of(
                words.get("acts", ()), language, Kind.BOTH_ASPECTS if language in _SURNAMES else Kind.AUTO
            ),
            states=frozenset(state.casefold() for state in words.get("states", ())),
            given=self._keys_of(given, language, Kind.NAME),
            countries=self._keys_of([*names, *words.get("countries", ())], language, Kind.PLACE),
        )

    def _keys_of(self, words: Iterable[str], language: str, kind: Kind = Kind.AUTO) -> frozenset[str]:
        return frozenset(
            key
            for word in words
            for key in self._forms.phrase((word,), language, Kind.EXACT if is_function_word(word, language) else kind)
            .words[0]
            .keys
        )

    def _household(self, language: str) -> tuple[int, ...]:
        """Add what is named after places and is not about them (Turkish coffee), as one guard term; () for no words."""
        words = data.load("household").get(language)
        if not words:
            return ()
        key = (_HOUSEHOLD, language)
        number = self._terms.get(key)
        if number is None:
            number = self._new(key)
            for word in words:
                self._add_spelling(number, str(word), _Way(language, Kind.AUTO), PatternGuard())
        return (number,)

    # ----------------------------------------------------------------- spellings

    def _add_spelling(
        self, number: int, text: str, way: _Way, guard: PatternGuard, *, shaped: bool = False, name: str = ""
    ) -> None:
        """Add the patterns of one spelling: one, or several where Korean may be spaced in several ways."""
        words = _words(text)
        if not words:
            raise TermError(f"{text!r} holds no letter and no digit: write a word")
        if len(words) > MAX_WORDS:
            raise TermError(f"{text[:40]!r}… has more than {MAX_WORDS} words: use fewer, or AND")
        if shaped:
            guard = replace(guard, shape=words)
        if text.islower() and _ABBREVIATION.fullmatch(text):  # 'no.' is not 'no', but 'Inc.' is 'Inc'
            guard = replace(guard, stopped=True)
        guard = _marked(guard, text, words, way)
        gaps = _own_gaps(text, words)
        ways = spacings(words) if way.kind is not Kind.EXACT and all(map(is_hangul, words)) else [words]
        for pieces in ways:
            expanded = self._expand(pieces, way, given=pieces == words)
            for sequence in self._sequences(expanded, shaped=shaped):
                own = gaps if len(sequence) == len(words) else ()
                self._add_pattern(number, sequence, guard, name or text, own)
        at = 0 if shaped or way.kind is Kind.EXACT else _number_at(text, words, gaps)
        if at:
            self._add_pattern(
                number, (*expanded[:at], self._forms.word(_NUMBER_SIGNS), *expanded[at:]), guard, name or text
            )

    def _sequences(self, words: list[WordForms], *, shaped: bool) -> Iterator[tuple[WordForms, ...]]:
        """Yield the words, and once more for each way in which one of them is several tokens ('южно-корейский').

        A word that is asked for in its own shape has no such forms.
        """
        if not any(" " in key for word in words for key in word.keys):
            yield tuple(words)
            return
        ways = [self._cut(word) for word in words]
        first = [way[0] for way in ways]
        yield tuple(chain.from_iterable(first))
        if not shaped:
            for place, way in enumerate(ways):
                for other in way[1:]:
                    yield tuple(chain(*first[:place], other, *first[place + 1 :]))

    def _cut(self, word: WordForms) -> list[tuple[WordForms, ...]]:
        """Return the ways to write a word: with its forms of one token, and those of several by their beginning."""
        endings: dict[tuple[str, ...], dict[str, Form]] = {}
        starts: dict[str, Form] = {}
        for key, number in zip(word.keys, word.forms, strict=True):
            *before, last = key.split(" ")
            form = self._table.forms[number]
            for one in before:
                made = Form("exact", capital=form.capital, upper=form.upper)
                starts[one] = laxer(starts[one], made) if one in starts else made
            endings.setdefault(tuple(before), {})[last] = replace(form, capital=form.capital and not before)
        return [
            (*(self._forms.word({one: starts[one]}) for one in before), self._forms.word(forms))
            for before, forms in sorted(endings.items(), key=lambda ending: len(ending[0]))
        ]

    def _expand(self, pieces: tuple[str, ...], way: _Way, *, given: bool) -> list[WordForms]:
        if given:
            made = self._forms.phrase(pieces, way.language, way.kind)
            self._current.extend(made.warnings)
            words = made.words
        else:  # a Korean compound in another spacing: only its last piece takes particles
            exact = [self._forms.phrase((piece,), way.language, Kind.EXACT).words[0] for piece in pieces[:-1]]
            words = (*exact, self._forms.phrase(pieces[-1:], way.language, way.kind).words[0])
        return [
            self._syllable(piece, pieces[at + 1 :])
            if len(pieces) > 1 and len(piece) == 1 and is_hangul(piece) and way.kind is not Kind.EXACT
            else self._adjusted(word, piece, way)
            for at, (word, piece) in enumerate(zip(words, pieces, strict=True))
        ]

    def _syllable(self, piece: str, after: tuple[str, ...]) -> WordForms:
        """Return the forms of one Hangul syllable of a phrase, where the other words say what it is.

        It takes particles (K팝의, '핵을 개발'), but as a surname before a title: '이란 대통령' is no '이 대통령'.
        """
        titled = not TITLES.isdisjoint(after)
        return self._forms.word({piece: Form("exact") if titled else Form("korean: particles", prefix=True)})

    def _adjusted(self, word: WordForms, piece: str, way: _Way) -> WordForms:
        """Apply the rules of every language: capitals match capitals only; dropped forms; the user's own rule."""
        letters = piece.replace(".", "")
        capitals = len(letters) > 1 and letters.isupper()
        other_name = capitals and letters.lower() in self._spelled
        forms = self._table.forms
        if not (way.drop or way.rule or other_name) and (not capitals or all(forms[one].upper for one in word.forms)):
            return word
        changed: dict[str, Form] = {}
        for key, number in zip(word.keys, word.forms, strict=True):
            form = forms[number]
            if capitals and not form.upper:
                form = replace(form, upper=True, stem=len(letters))
            if other_name:
                form = replace(form, mixed=False)
            if key not in way.drop:
                changed[key] = replace(form, rule=way.rule) if way.rule else form
        return self._forms.word(changed)

    def _add_stem(self, number: int, leaf: Leaf, guard: PatternGuard) -> None:
        tokens = tokenise(leaf.text)
        if len(tokens) != 1:
            raise TermError(f"{leaf.written!r}: a prefix is the beginning of one word: missil*")
        form = Form("prefix", upper=leaf.text.isupper(), stem=len(leaf.text))
        word = self._words.number(self._forms.word({tokens.keys[0]: form}), stem=True)
        self._add_numbered(number, (word,), guard, leaf.written)

    def _add_pattern(
        self, number: int, words: Iterable[WordForms], guard: PatternGuard, name: str, gaps: tuple[str, ...] = ()
    ) -> None:
        self._add_numbered(number, tuple(map(self._words.number, words)), guard, name, gaps)

    def _add_numbered(
        self, number: int, words: tuple[int, ...], guard: PatternGuard, name: str, gaps: tuple[str, ...] = ()
    ) -> None:
        if gaps:
            self._gaps[len(self._patterns)] = gaps
        if guard != _NO_GUARD:
            self._guards[len(self._patterns)] = guard
        self._patterns.append(words)
        self._term_of.append(number)
        self._name_of.append(name)

    # ----------------------------------------------------------------- the end

    def spellings(self, number: int) -> list[Spelling]:
        """Return every way to mention a term, word by word; possible until `finish`."""
        return [
            Spelling(name, tuple(map(self._words.forms_of, words)), self._is_guarded(pattern))
            for pattern, (term, name, words) in enumerate(
                zip(self._term_of, self._name_of, self._patterns, strict=True)
            )
            if term == number
        ]

    def _is_guarded(self, pattern: int) -> bool:
        """Return whether a pattern counts under conditions that its own words do not make."""
        guard = self._guards.get(pattern, _NO_GUARD)
        return replace(guard, complete=False, sign="", unsigned=False, namesakes=None) != _NO_GUARD

    def finish(self) -> CompiledTerms:
        """Make the index; the builder is used up."""
        lexicon = PatternIndex(self._words, self._table, self._patterns, self._gaps)
        guarded = frozenset(self._term_of[pattern] for pattern in self._guards)
        return CompiledTerms(
            TokenCache(lexicon), self._term_of, self._name_of, self._guards, self._expressions, guarded
        )


def _ambiguous(spec: EntitySpec) -> frozenset[str]:
    """Return the names that count under conditions in a language of their own script: 'WHO' in English."""
    return frozenset(
        name.text.casefold()
        for language, names in spec.names.items()
        for name in names
        if (name.needs or name.not_before or name.not_after) and not _other_script(language, name.text)
    )


def _other_script(language: str, text: str) -> str:
    """Return the script of a language, where a name is written in another: 'WHO' in Korean text; else ''."""
    scripts = scripts_of(language)
    return "" if script(text) in scripts else next((name for name in scripts if name in SCRIPTS), "")


def _namesakes(text: str, language: str) -> str:
    """Return the language in whose texts a place's name is a surname right after a given name; '' for none.

    A German name of a place stands in English texts, too: Guinea.
    """
    return {"latin": "en", "cyrillic": language if language in _SURNAMES else ""}.get(script(text), "")


def _proper(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return those words of a country's name that tell it: 'Arabia' of 'Saudi Arabia', none of 'United States'."""
    return words if len(words) == 1 else tuple(word for word in words if len(word) >= _TELLING and word.istitle())[-1:]


def _kind_of(term: Term) -> Kind:
    """Return the part of speech that a keyword is asked for in."""
    if term.both_aspects:
        return Kind.BOTH_ASPECTS
    return Kind(term.pos) if term.pos else Kind.AUTO


def _overrides_of(term: Term | None) -> tuple[object, ...]:
    """Return the overrides that tell terms of one text apart; () without any."""
    if term is None:
        return ()
    lists = (term.add_forms, term.drop_forms, term.near, term.except_)
    plain = not (any(lists) or term.language or term.exact_case or term.whole or term.pos or term.both_aspects)
    return () if plain else (term.language, _kind_of(term), term.exact_case, term.whole, *lists)


def _words(text: str) -> tuple[str, ...]:
    """Cut a term into words as documents are cut; most need nothing but a split."""
    if _PLAIN_WORDS.fullmatch(text):
        return tuple(text.split(" "))
    return tuple(tokenise(text).surfaces)


def _own_gaps(text: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a term has between its words, () where that is nothing but what joins the words of any phrase."""
    if len(words) == 1 or _PLAIN_WORDS.fullmatch(text):
        return ()
    gaps = tuple(tokenise(text).gaps[1:])
    return () if all(joint(gap) is Joint.PLAIN and "." not in gap for gap in gaps) else gaps


def _marked(guard: PatternGuard, text: str, words: tuple[str, ...], way: _Way) -> PatternGuard:
    """Add the conditions that the term's own spelling makes: 'C++' is not 'C', 'C' not in 'C++', a name is whole."""
    sign = _SIGN.search(text)
    if sign:
        return replace(guard, sign=sign.group())
    if len(text) == 1 and text.isascii():
        return replace(guard, unsigned=True)
    return replace(guard, complete=True) if way.kind in _NAMED and _goes_on(words) else guard


def _goes_on(words: tuple[str, ...]) -> bool:
    """Return whether a name of two words may be the beginning of a Korean name of three syllables: 'Park Jin'."""
    if len(words) != _FULL_NAME or not all(word.istitle() for word in words):
        return False
    family, given = map(str.casefold, words)
    return is_family(family) and is_syllable(given)


def _number_at(text: str, words: tuple[str, ...], gaps: tuple[str, ...]) -> int:
    """Return the place of a number with a word before it, between which a sign may stand; 0 for none."""
    if not any(map(str.isdigit, words)):
        return 0
    own = gaps or tuple(tokenise(text).gaps[1:])
    for at, (word, gap) in enumerate(zip(words[1:], own, strict=False), 1):
        if word.isdigit() and len(words[at - 1]) >= _BEFORE_NUMBER and gap and gap.strip() in _SIGNS:
            return at
    return 0


def _keys(texts: Iterable[str]) -> frozenset[str]:
    """Return the lookup keys of the words in some texts, and those of texts that are one form of several tokens."""
    cut = [tokenise(text).keys for text in texts]
    return frozenset(chain(*cut, map(" ".join, cut)))
