"""The catalogue of entities: people, places, organisations, weapons and concepts, with names in many languages.

The shipped entries are the files of `monitor/data/catalogue/`, one a theme, and the outlets of
`monitor/data/outlets.yaml` that news also speaks of. An entry is

    Blinken:
      type: person                      # person | place | organisation | weapon | concept
      link: Q7821917                    # a Wikidata id, where sure
      names:
        en: [Antony Blinken, Blinken]
        uk: [Ентоні Блінкен, {text: Блінкен, forms+: [Блінкену]}]
      surnames: {en: [Blinken]}         # counts where a full name or a guard stands in the same article
      guards: {en: [Secretary of State]}
      adjectives: {en: [North Korean]}  # of a place; each as a name is written
      country: KP                       # names in further languages: `data/countries.yaml`
      needs: [...]                      # of every name; also not_before and not_after

Names stand in the nominative. A name may be a mapping with `text` and `forms+`, `forms-`, `case: exact`, `whole`,
`needs`, `context`, `unless`, `not_before`, `not_after`, `except`, as in the user's configuration. What a guard lets
through and what it does not stands in `tests/watch/guards.yaml`, for every guard.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from hashlib import sha256
from typing import cast, get_args

from monitor import data
from monitor.data import Value
from monitor.model import EntitySpec, Name
from monitor.watch.name_context import Kind

# The languages whose country names CLDR is asked for: those that have a module of forms.
COUNTRY_LANGUAGES = ("uk", "ru", "en", "ko", "zh", "ja", "pl", "de", "fr", "es", "ar", "tr", "cs", "bg", "fa")
_UNINFLECTED = frozenset({"fr", "es", "bg"})
TYPES = frozenset({"person", "place", "organisation", "weapon", "concept"})
_SAME = str.maketrans({"ё": "е", "ґ": "г", "ʼ": None})
_SIMILAR = 0.6  # difflib's own default of likeness for a suggestion
_VERY_SIMILAR = 0.8  # whatever the first letter
_NEARLY_BEST = 0.15  # what is less like than the best by more is not suggested beside it
_LOOKED_AT = 12
_MANY_HAVE = "leader"  # the context of surnames that a people has
_KEYS = frozenset(
    {"type", "link", "names", "surnames", "guards", "adjectives", "country", "needs", "not_before", "not_after"}
)
_NAME_KEYS = frozenset(
    {"text", "forms+", "forms-", "case", "whole", "needs", "context", "unless", "not_before", "not_after", "except"}
)


class CatalogueError(ValueError):
    """An entry cannot be used; the message names it."""


def lookup_key(name: str) -> str:
    """Return what two spellings of one name share: case, spaces, dots, hyphens and kinds of apostrophe aside."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_SAME)
    return "".join(character for character in folded if character.isalnum()) or folded


class Catalogue:
    """Entities by id and by name. Immutable.

    `countries` maps an id to an ISO 3166 code whose CLDR names it also has.
    """

    def __init__(self, entities: Iterable[EntitySpec], countries: Mapping[str, str] | None = None) -> None:
        self._specs = {spec.id: spec for spec in entities}
        self._countries = dict(countries or {})
        self._whole: dict[str, EntitySpec] = {}

    @cached_property
    def entities(self) -> Mapping[str, EntitySpec]:
        """Return every entity by its id, complete with the names of CLDR."""
        return {id_: self._complete(id_) for id_ in self._specs}

    def fingerprint(self) -> str:
        """Return a digest of all entries: two catalogues with the same one find the same entities."""
        entries = [repr(self._specs[id_]) + self._countries.get(id_, "") for id_ in sorted(self._specs)]
        return sha256("\n".join(entries).encode("utf-8", "surrogatepass")).hexdigest()

    def ids(self) -> list[str]:
        """Return the ids, sorted without regard to case."""
        return sorted(self._specs, key=str.casefold)

    def find(self, name: str) -> EntitySpec | None:
        """Return the entity with this id, else the one with this name; case, hyphens and dots aside.

        None where there is none, or where several share the name and none has it without a guard.
        """
        key = lookup_key(name)
        id_ = self._by_id.get(key) or self._by_name.get(key) or self._by_country_name.get(key)
        return self._complete(id_) if id_ else None

    def is_product(self, name: str) -> bool:
        """Return whether a weapon has this name: there are several of it. CLDR's names are not read for that."""
        key = lookup_key(name)
        id_ = self._by_id.get(key) or self._by_name.get(key)
        return id_ is not None and self._specs[id_].type == "weapon"

    @cached_property
    def spelled(self) -> frozenset[str]:
        """Return the names of one word, in small letters, of entities that have not the same in capitals: 'sam'.

        An acronym of these letters is not written like a name: that would be another entity.
        """
        found: set[str] = set()
        for spec in self._specs.values():
            texts = {name.text for name in all_names(spec)}
            found.update(text.lower() for text in texts if text.istitle() and text.upper() not in texts)
        return frozenset(found)

    def suggest(self, name: str, count: int = 3) -> list[str]:
        """Return the ids that may be meant by an unknown name, best first: for 'did you mean …'.

        Those that have it as a word of a name come first ('Kim'); then those that are written much like it.
        """
        keys = {**self._by_name, **self._by_id}
        close = (keys[key] for key in _close(lookup_key(name), keys))
        return list(dict.fromkeys([*self._with_word(name), *close]))[:count]

    def _with_word(self, name: str) -> list[str]:
        """Return the ids with a name that has `name` among its words, those with the shortest names first."""
        found: dict[str, int] = {}
        for spec in self._specs.values():
            for other in all_names(spec):
                words = other.text.casefold().split()
                if name.casefold() in words:
                    found[spec.id] = min(len(words), found.get(spec.id, len(words)))
        return sorted(found, key=lambda id_: found[id_])

    def merged(self, extra: Iterable[EntitySpec]) -> Catalogue:
        """Return a catalogue in which each extra entity extends the one of its id or name, or is new.

        An extending entity keeps the shipped id and type; its names and adjectives come after the shipped ones, its
        guards replace theirs where it has any. A name given again, with other overrides, replaces the shipped one.
        """
        specs = dict(self._specs)
        for spec in extra:
            known = self.find(spec.id)
            specs[known.id if known else spec.id] = _extended(specs[known.id], spec) if known else spec
        return Catalogue(specs.values(), self._countries)

    def _complete(self, id_: str) -> EntitySpec:
        spec = self._whole.get(id_)
        if spec is None:
            spec = self._specs[id_]
            if id_ in self._countries:
                spec = _with_country_names(spec, self._countries[id_])
            self._whole[id_] = spec
        return spec

    @cached_property
    def _by_id(self) -> dict[str, str]:
        return {lookup_key(id_): id_ for id_ in self._specs}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return _index(self._specs.values())

    @cached_property
    def _by_country_name(self) -> dict[str, str]:
        return _index(self._complete(id_) for id_ in self._countries)


def _close(key: str, keys: Iterable[str]) -> list[str]:
    """Return the keys written like `key`, best first; not those that share no more than some letters with it.

    Short words are alike by chance ('Kim', 'IMF'), but few mistakes are in the first letter.
    """
    close = difflib.get_close_matches(key, keys, n=_LOOKED_AT, cutoff=_SIMILAR)
    likeness = {other: difflib.SequenceMatcher(None, other, key).ratio() for other in close}
    best = max(likeness.values(), default=0.0)
    return [
        other
        for other, ratio in likeness.items()
        if ratio > best - _NEARLY_BEST and (other[0] == key[0] or ratio >= _VERY_SIMILAR)
    ]


def _index(specs: Iterable[EntitySpec]) -> dict[str, str]:
    """Map each name's key to the id of the one entity that has it, unguarded before guarded.

    A surname that many have ('Kim') names a leader in a text alone, not where somebody asks for an entity.
    """
    plain: dict[str, set[str]] = {}
    guarded: dict[str, set[str]] = {}
    for spec in specs:
        for name in all_names(spec):
            if name.context == _MANY_HAVE:
                continue
            place = guarded if name.needs or spec.needs else plain
            place.setdefault(lookup_key(name.text), set()).add(spec.id)
    return {key: min(ids) for key, ids in {**guarded, **plain}.items() if len(ids) == 1}


def all_names(spec: EntitySpec) -> Iterator[Name]:
    """Return an entity's names of all languages, in the order of the entry."""
    for names in spec.names.values():
        yield from names


def _joined(names: Mapping[str, tuple[Name, ...]], more: Mapping[str, tuple[Name, ...]]) -> dict[str, tuple[Name, ...]]:
    """Return the names by language, then the others; one given again replaces the first of its text."""
    joined = dict(names)
    for language, others in more.items():
        joined[language] = tuple({name.text: name for name in (*joined.get(language, ()), *others)}.values())
    return joined


def _extended(shipped: EntitySpec, extra: EntitySpec) -> EntitySpec:
    return replace(
        shipped,
        names=_joined(shipped.names, extra.names),
        adjectives=_joined(shipped.adjectives, extra.adjectives),
        needs=extra.needs or shipped.needs,
        not_before=extra.not_before or shipped.not_before,
        not_after=extra.not_after or shipped.not_after,
        link=extra.link or shipped.link,
    )


@cache
def _country_names() -> Mapping[str, Mapping[str, str]]:
    return data.load("countries")


def cldr_name(code: str, language: str) -> str:
    """Return a country's name, without what CLDR adds in brackets: 'Myanmar' of 'Myanmar (Burma)'."""
    return _country_names()[language][code]


def _with_country_names(spec: EntitySpec, code: str) -> EntitySpec:
    """Add CLDR's name in each language in which the entry has none.

    They want their capitals, as other languages have words of the same letters; and a name that is written as a known
    one has its conditions: German 'China' is neither 'china' nor after 'South'. Where nouns do not inflect, a name that
    is written as a known one adds nothing to it.
    """
    known = {name.text: name for name in all_names(spec)}
    missing = [language for language in COUNTRY_LANGUAGES if language not in spec.names]
    texts = {language: cldr_name(code, language) for language in missing}
    more = {
        language: ()
        if language in _UNINFLECTED and text in known
        else (replace(known.get(text, Name(text)), exact_case=True),)
        for language, text in texts.items()
    }
    return replace(spec, names={**spec.names, **more})


@cache
def shipped() -> Catalogue:
    """Return the catalogue that comes with the program, read once (some 20 ms); raises CatalogueError."""
    entities: dict[str, EntitySpec] = {}
    countries: dict[str, str] = {}
    for outlet in data.load("outlets").values():
        if "entity" in outlet:
            entry = {"type": "organisation", "names": outlet["names"]}
            _add("outlets", {outlet["entity"]: entry}, entities, countries)
    for name in data.names("catalogue"):
        _add(name, data.load(name), entities, countries)
    return Catalogue(entities.values(), countries)


def _add(file: str, entries: Mapping[str, Value], entities: dict[str, EntitySpec], countries: dict[str, str]) -> None:
    for id_, entry in entries.items():
        if id_ in entities:
            raise CatalogueError(f"{file}: {id_}: another file has an entity of this id; ids are unique")
        try:
            entities[id_] = _entity(id_, _mapping(entry))
        except CatalogueError as error:
            raise CatalogueError(f"{file}: {id_}: {error}") from None
        country = _mapping(entry).get("country")
        if isinstance(country, str):
            countries[id_] = country


def _entity(id_: str, entry: Mapping[str, Value]) -> EntitySpec:
    if unknown := set(entry) - _KEYS:
        raise CatalogueError(f"unknown key {min(unknown)!r}; an entry has {', '.join(sorted(_KEYS))}")
    kind = entry.get("type", "concept")
    if kind not in TYPES:
        raise CatalogueError(f"type {kind!r} is none of {', '.join(sorted(TYPES))}")
    names = {language: tuple(map(_name, _list(given))) for language, given in _mapping(entry.get("names", {})).items()}
    guards = _mapping(entry.get("guards", {}))
    for language, given in _mapping(entry.get("surnames", {})).items():
        names[language] = (
            *names.get(language, ()),
            *_surnames(given, names.get(language, ()), guards.get(language, [])),
        )
    link = entry.get("link")
    return EntitySpec(
        id=id_,
        type=str(kind),
        names=names,
        adjectives={
            language: tuple(map(_name, _list(words)))
            for language, words in _mapping(entry.get("adjectives", {})).items()
        },
        needs=_texts(entry.get("needs", [])),
        not_before=_texts(entry.get("not_before", [])),
        not_after=_texts(entry.get("not_after", [])),
        link=link if isinstance(link, str) else None,
    )


def _surnames(given: Value, full: tuple[Name, ...], guards: Value) -> Iterator[Name]:
    """Return surnames that count only beside a full name, or a word that goes with the person, in the same article."""
    needs = tuple(name.text for name in full if not name.needs) + _texts(guards)
    for value in _list(given):
        surname = _name(value)
        yield replace(surname, needs=needs)


def _name(value: Value) -> Name:
    if isinstance(value, str):
        return Name(value)
    fields = _mapping(value)
    if unknown := set(fields) - _NAME_KEYS:
        raise CatalogueError(f"unknown key {min(unknown)!r} in a name; it has {', '.join(sorted(_NAME_KEYS))}")
    text = fields.get("text")
    if not isinstance(text, str):
        raise CatalogueError("a name in braces wants a 'text'")
    return Name(
        text=text,
        add_forms=_texts(fields.get("forms+", [])),
        drop_forms=_texts(fields.get("forms-", [])),
        exact_case=fields.get("case") == "exact",
        whole=fields.get("whole") is True,
        needs=_texts(fields.get("needs", [])),
        context=_context(fields.get("context")),
        unless=_texts(fields.get("unless", [])),
        not_before=_texts(fields.get("not_before", [])),
        not_after=_texts(fields.get("not_after", [])),
        except_=_texts(fields.get("except", [])),
    )


def _context(value: Value | None) -> Kind | None:
    for kind in get_args(Kind):
        if value == kind:
            return cast("Kind", kind)
    if value is not None:
        raise CatalogueError(f"context {value!r} is none of {', '.join(get_args(Kind))}")
    return None


def _mapping(value: Value) -> Mapping[str, Value]:
    if not isinstance(value, dict):
        raise CatalogueError(f"a mapping is wanted, not {value!r}")
    return value


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise CatalogueError(f"a list is wanted, not {value!r}")
    return value


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(value))
