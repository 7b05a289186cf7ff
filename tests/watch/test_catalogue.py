"""The catalogue: what is shipped, how it is found, and how the user's entries join it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from doubles.forms import kept_forms
from doubles.yaml_cases import read_cases

from monitor.data.generate import as_json
from monitor.model import Article, EntitySpec, Name, Watchlist
from monitor.text.detect import script
from monitor.watch.catalogue import (
    COUNTRY_LANGUAGES,
    TYPES,
    Catalogue,
    CatalogueError,
    _add,
    _entity,
    all_names,
    cldr_name,
    lookup_key,
    shipped,
)
from monitor.watch.compile import compile_watchlists
from monitor.watch.index.terms import Builder
from monitor.watch.match import Matcher
from monitor.watch.query.nodes import Leaf, LeafKind

REFERENCE = ("uk", "ru", "en", "ko")
SPECS = list(shipped().entities.values())


# --------------------------------------------------------------------------- what is shipped


def test_there_are_entities_enough_of_every_type() -> None:
    assert len(SPECS) >= 900
    assert {spec.type for spec in SPECS} == TYPES


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_every_entity_has_names_in_the_four_languages(spec: EntitySpec) -> None:
    assert all(spec.names.get(language) for language in REFERENCE)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_names_are_in_the_script_of_their_language(spec: EntitySpec) -> None:
    foreign = {"latin", "none"}  # 'Storm Shadow' in a Ukrainian text, 'K2' in a Korean one
    scripts = {
        "uk": {"cyrillic"},
        "ru": {"cyrillic"},
        "en": {"latin"},
        "ko": {"hangul", "han"},
    }  # 中 in a Korean headline
    for language, fitting in scripts.items():
        for name in spec.names[language]:
            assert script(name.text) in fitting | foreign, name.text
    for name in spec.names["uk"]:
        assert not set("ыэъё") & set(name.text.lower()) or name.text == "РИА Новости", name.text
    for name in spec.names["ru"]:
        assert not set("іїєґ'’") & set(name.text.lower().replace("д'", "")), name.text  # д'Ивуар


def test_names_of_one_language_are_written_once() -> None:
    for spec in SPECS:
        for language, names in spec.names.items():
            texts = [name.text for name in names]
            assert len(texts) == len(set(texts)), (spec.id, language)


def test_catalogues_of_the_same_entries_have_one_fingerprint() -> None:
    one = EntitySpec("One", type="place", names={"en": (Name("One"),)})
    two = EntitySpec("Two", type="place", names={"en": (Name("Two"),)})
    known = Catalogue([one, two], {"One": "KP"}).fingerprint()
    assert Catalogue([two, one], {"One": "KP"}).fingerprint() == known
    assert known not in {Catalogue([one]).fingerprint(), Catalogue([one, two]).fingerprint()}


def test_ids_differ_by_more_than_case_and_hyphens() -> None:
    assert len({lookup_key(spec.id) for spec in SPECS}) == len(SPECS)


@pytest.mark.no_cover
def test_no_two_entities_claim_one_form_without_a_guard() -> None:
    claims: dict[int, list[tuple[str, str, list[frozenset[str]]]]] = defaultdict(list)
    for id_, name, words in _claims():
        claims[len(words)].append((id_, name, words))
    assert not [clash for same_length in claims.values() for clash in _clashes(same_length)]


def _claims() -> Iterator[tuple[str, str, list[frozenset[str]]]]:
    """Return what each entity matches with no condition at all: its id, the name, and the forms of each word."""
    with kept_forms() as forms:
        builder = Builder(forms)
        numbers = {spec.id: builder.keyword(Leaf(LeafKind.ENTITY, spec.id, spec.id), None, spec) for spec in SPECS}
    for id_, number in numbers.items():
        for spelling in builder.spellings(number):
            if not spelling.guarded:
                yield id_, spelling.name, [frozenset(forms) for forms in spelling.words]


def _clashes(claims: list[tuple[str, str, list[frozenset[str]]]]) -> set[tuple[str, str, str, str]]:
    """Return the pairs of names, of two entities, that share a form of every word."""
    by_first: dict[str, list[int]] = defaultdict(list)
    for at, (_, _, words) in enumerate(claims):
        for key in words[0]:
            by_first[key].append(at)
    pairs = {pair for places in by_first.values() for pair in combinations(places, 2)}
    return {
        (claims[one][0], claims[one][1], claims[other][0], claims[other][1])
        for one, other in pairs
        if claims[one][0] != claims[other][0]
        and all(mine & theirs for mine, theirs in zip(claims[one][2], claims[other][2], strict=True))
    }


def test_a_form_that_two_entities_claim_is_told() -> None:
    one, other = frozenset({"рада", "ради"}), frozenset({"ради", "рад"})
    assert _clashes([("A", "Рада", [one]), ("B", "Рад", [other])]) == {("A", "Рада", "B", "Рад")}
    assert not _clashes([("A", "Рада", [one]), ("A", "Рад", [other]), ("B", "рік", [frozenset({"рік"})])])


@pytest.mark.no_cover
def test_every_name_finds_its_entity_in_text() -> None:
    around = {"uk": ["сьогодні"], "ru": ["сегодня"], "ko": ["오늘"]}  # a Latin name may want an article of the language
    with kept_forms() as forms:
        matcher = compile_watchlists([Watchlist(name=spec.id, entities=(spec.id,)) for spec in SPECS], shipped(), forms)
    missed = []
    for spec in SPECS:
        for language, names in spec.names.items():
            for name in names:
                if name.context and not name.needs:
                    continue  # counts in a context only: `guards.yaml` has its sentence
                text = ". ".join([name.text, *name.needs[:1], *spec.needs[:1], *around.get(language, ())])
                verdicts = matcher.match(Article(None, "", text, source="", language=language))
                mine = next(verdict for verdict in verdicts if verdict.watchlist == spec.id)
                if not any(hit.start == 0 for hit in mine.hits):
                    missed.append((spec.id, language, name.text))
    assert not missed


def test_every_country_is_an_entity() -> None:
    """The members of the United Nations, its observers (the Vatican, Palestine), and Taiwan."""
    codes = list(shipped()._countries.values())
    assert len(codes) == len(set(codes)) == 193 + 2 + 1


@pytest.mark.parametrize("language", COUNTRY_LANGUAGES)
def test_names_of_countries_are_those_of_babel(language: str) -> None:
    """`data/countries.yaml` has what Babel says, which is not loaded for it: write there what differs here."""
    names = Locale(language).territories
    expected = {code: names[code].split("(")[0].strip() for code in shipped()._countries.values()}
    assert {code: cldr_name(code, language) for code in expected} == expected


def test_a_complete_catalogue_loads_no_locale() -> None:
    """Babel's data of fifteen languages would take 19 MB of a daemon for as long as it runs."""
    code = "import sys; from monitor.watch.catalogue import shipped; shipped().entities; print('babel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("language", REFERENCE)
def test_countries_have_the_name_that_cldr_gives(language: str) -> None:
    for id_, code in shipped()._countries.items():
        names = {lookup_key(name.text) for name in shipped().entities[id_].names[language]}
        expected = cldr_name(code, language)
        # The key sets aside that CLDR has another apostrophe, and no ё.
        assert lookup_key(expected) in names, (id_, expected)


@pytest.mark.parametrize(
    ("text", "found"),
    [("China's ports", 1), ("the South China Sea", 0), ("a bull in a china shop", 0), ("IRAN AND CHINA AGREE", 1)],
)
def test_a_name_of_cldr_is_no_looser_than_the_same_in_english(text: str, found: int) -> None:
    matcher = compile_watchlists([Watchlist("list", entities=("China",))], shipped())
    assert len(matcher.match(Article(url=None, title="", text=text, source="", language="en"))[0].hits) == found


def test_countries_have_names_in_further_languages_from_cldr() -> None:
    north, poland = shipped().find("DPRK"), shipped().find("Poland")
    assert north is not None
    assert poland is not None
    assert set(COUNTRY_LANGUAGES) <= set(north.names)
    assert [name.text for name in poland.names["fr"]] == ["Pologne"]


def test_a_name_that_english_has_is_not_repeated_for_a_language_without_cases() -> None:
    peru = shipped().find("Peru")
    assert peru is not None
    assert (peru.names["fr"], peru.names["pl"]) == ((Name("Pérou", exact_case=True),), (Name("Peru", exact_case=True),))
    assert shipped().entities["Nepal"].names["es"] == ()


# --------------------------------------------------------------------------- what the reference article says


def _surfaces(entity: str, text: str, language: str) -> list[str]:
    matcher = compile_watchlists([Watchlist(name="w", entities=(entity,))], shipped())
    (verdict,) = matcher.match(Article(None, "", text, source="", language=language))
    return [hit.surface for hit in verdict.hits]


@pytest.mark.parametrize(
    ("entity", "language", "text", "found"),
    [
        ("DPRK", "uk", "Росія дає зброю КНДР, а Північній Кореї та Пхеньяну це вигідно.", ["КНДР", "Північній Кореї", "Пхеньяну"]),
        ("DPRK", "uk", "північнокорейські снаряди", ["північнокорейські"]),
        ("DPRK", "ru", "Из Северной Кореи в КНДР, северокорейского военного", ["Северной Кореи", "КНДР", "северокорейского"]),
        ("DPRK", "en", "N. Korea and N.K. troops; North Korea's missile; the DPRK.", ["N. Korea", "N.K.", "North Korea", "DPRK"]),
        ("DPRK", "ko", "북한군의 도발에 대북제재를 논의했다", ["북한", "대북제재"]),
        ("DPRK", "en", "South Korea and Korea Airports", []),
        ("DPRK", "uk", "КНР і Північ Кореї не згадав", []),
        ("DPRK", "ko", "성북한옥마을과 조선일보", []),
        ("ROK", "en", "the Democratic People's Republic of Korea", []),
        ("ROK", "en", "the Republic of Korea", ["Republic of Korea"]),
        ("Blinken", "uk", "Про це сказав Ентоні Блінкен; Блінкена чекають.", ["Ентоні Блінкен", "Блінкена"]),
        ("Blinken", "uk", "блінчики й кліпання", []),
        ("Blinken", "ko", "블링컨 장관은", ["블링컨"]),
        ("Blinken", "en", "he blinked", []),
        ("ICBM", "uk", "запуск міжконтинентальної балістичної ракети, МБР", ["міжконтинентальної балістичної ракети", "МБР"]),
        ("ICBM", "ko", "대륙간 탄도 미사일과 대륙간탄도미사일을", ["대륙간 탄도 미사일", "대륙간탄도미사일"]),
        ("ICBM", "en", "ICBMs and an intercontinental ballistic missile", ["ICBMs", "intercontinental ballistic missile"]),
        ("Kim Jong Un", "uk", "лідера Кім Чен Ина", ["Кім Чен Ина"]),
        ("Kim Jong Un", "ru", "Ким Чен Ыном", ["Ким Чен Ыном"]),
        ("Kim Jong Un", "ko", "김정은이", ["김정은"]),
        ("Park Jin", "ko", "박진 장관과 박진감 넘치는", ["박진"]),
        ("US", "ko", "현대미술관과 북중미", []),
        ("US", "en", "Give it to us", []),
        ("China", "zh", "中国和发展中国家", ["中国"]),
        ("Verkhovna Rada", "uk", "Рада безпеки ООН і депутат", []),
        ("Austin", "en", "Austin is a city in Texas", []),
        ("Austin", "en", "Pentagon chief Austin arrived", ["Austin"]),
    ],
)  # fmt: skip
def test_an_entity_is_found_by_its_names_and_by_nothing_else(
    entity: str, language: str, text: str, found: list[str]
) -> None:
    assert _surfaces(entity, text, language) == found


# --------------------------------------------------------------------------- guards

GUARDS = ("needs", "unless", "not_before", "not_after", "except_")
_ROWS = [(id_, *row) for id_, rows in read_cases(Path(__file__).with_name("guards.yaml")).items() for row in rows]


def _guarded(spec: EntitySpec) -> Iterator[tuple[str, Name, list[str]]]:
    """Yield the names and adjectives of an entity that have guards, as (language, name, kinds of guard)."""
    for names in (spec.names, spec.adjectives):
        for language, some in names.items():
            for name in some:
                kinds = [kind for kind in GUARDS if getattr(name, kind) or (kind == "needs" and name.context)]
                if kinds:
                    yield language, name, kinds


def _without(name: Name, kind: str) -> Name:
    changed: dict[str, Any] = {kind: ()}
    if kind == "needs":  # what else may meet it goes with it
        changed["context"] = None
    return replace(name, **changed)


def _alone(spec: EntitySpec, language: str, name: Name, suffix: str = "") -> EntitySpec:
    """Return an entity of this one name, or adjective, of the entity."""
    names = {language: (name,)}
    adjective = name in spec.adjectives.get(language, ()) or name.text in [
        other.text for other in spec.adjectives.get(language, ())
    ]
    return EntitySpec(
        f"{spec.id} {language} {name.text}{suffix}",
        type=spec.type,
        names={} if adjective else names,
        adjectives=names if adjective else {},
    )


@pytest.mark.no_cover
def test_every_guard_lets_a_sentence_through_and_keeps_another_back() -> None:
    guarded = {(id_, language, name.text): (name, kinds) for id_, language, name, kinds in _all_guards()}
    sentences = {(id_, language, text): rest for id_, language, text, *rest in _ROWS}
    assert sorted(set(guarded) - set(sentences)) == [], "guards without sentences: write them into guards.yaml"
    assert sorted(set(sentences) - set(guarded)) == [], "sentences without a guard"
    assert len(sentences) == len(_ROWS)
    alone: dict[str, EntitySpec] = {}
    for (id_, language, text), (name, kinds) in guarded.items():
        spec = shipped()._specs[id_]
        for suffix, one in [("", name), *((f" without {kind}", _without(name, kind)) for kind in kinds)]:
            alone[f"{id_} {language} {text}{suffix}"] = _alone(spec, language, one, suffix)
    with kept_forms() as forms:
        of_one = compile_watchlists(
            [Watchlist(id_, entities=(id_,)) for id_ in alone], Catalogue(alone.values()), forms
        )
        of_all = compile_watchlists([Watchlist(spec.id, entities=(spec.id,)) for spec in SPECS], shipped(), forms)
    wrong = []
    for (id_, language, text), (passing, *failing) in sentences.items():
        key = f"{id_} {language} {text}"
        loose = [f"{key} without {kind}" for kind in guarded[id_, language, text][1]]
        if not _found(of_one, passing, language)[key] & _found(of_all, passing, language)[id_]:
            wrong.append((key, "is kept back in", passing))
        kept_back: set[str] = set()
        for sentence in failing:
            found = _found(of_one, sentence, language)
            places = set().union(*(found[one] for one in loose))
            if found[key] or places & _found(of_all, sentence, language)[id_]:
                wrong.append((key, "is let through in", sentence))
            kept_back.update(one for one in loose if found[one])
        wrong += [(one, "would be let through in", "no sentence") for one in loose if one not in kept_back]
    assert not wrong, "\n".join(["", *map(" | ".join, wrong)])


def _all_guards() -> Iterator[tuple[str, str, Name, list[str]]]:
    for id_, spec in shipped()._specs.items():
        assert not any((spec.needs, spec.not_before, spec.not_after)), f"{id_}: guard its names one by one"
        for language, name, kinds in _guarded(spec):
            yield id_, language, name, kinds


def _found(matcher: Matcher, text: str, language: str) -> dict[str, set[int]]:
    """Return the characters of a text at which each watchlist has a hit."""
    # Guards of Han abbreviations are on Korean texts.
    spoken = "ko" if any("가" <= character <= "힣" for character in text) else language
    verdicts = matcher.match(Article(None, "", text, source="", language=spoken))
    return {
        verdict.watchlist: {place for hit in verdict.hits for place in range(hit.start, hit.end)}
        for verdict in verdicts
    }


# --------------------------------------------------------------------------- finding and merging


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("DPRK", "DPRK"),
        ("dprk", "DPRK"),
        ("North Korea", "DPRK"),
        ("n.k.", "DPRK"),
        ("КНДР", "DPRK"),
        ("Пхеньян", "DPRK"),
        ("북한", "DPRK"),
        ("Corée du Nord", "DPRK"),
        ("Blinken", "Blinken"),
        ("Антоні Блінкен", "Blinken"),
        ("ICBM", "ICBM"),
        ("міжконтинентальна балістична ракета", "ICBM"),
        ("Kim Jong-un", "Kim Jong Un"),
        ("Zelensky", "Zelenskyy"),
        ("Зеленский", "Zelenskyy"),
        ("Соединенные Штаты", "US"),
        ("Tschechien", "Czechia"),
    ],
)
def test_an_entity_is_found_by_id_and_by_any_name(name: str, id_: str) -> None:
    found = shipped().find(name)
    assert found is not None
    assert found.id == id_


@pytest.mark.parametrize("name", ["", "Atlantis", "K", "Korea"])
def test_an_unknown_name_is_not_found(name: str) -> None:
    assert shipped().find(name) is None


def test_a_name_of_several_entities_means_the_one_that_has_it_without_a_guard() -> None:
    one = EntitySpec("One", names={"en": (Name("Shared"),)})
    other = EntitySpec("Other", names={"en": (Name("Shared", needs=("word",)),)})
    third = EntitySpec("Third", names={"en": (Name("Shared"),)})
    found = Catalogue([one, other]).find("shared")
    assert found is one
    assert Catalogue([one, third]).find("shared") is None


def test_ids_are_sorted() -> None:
    assert shipped().ids() == sorted(shipped().entities, key=str.casefold)


def test_a_users_entity_extends_the_shipped_one_of_its_id_or_name() -> None:
    more = EntitySpec("north korea", type="concept", names={"uk": (Name("Хосон"),), "sv": (Name("Nordkorea"),)})
    merged = shipped().merged([more])
    before, after = shipped().find("DPRK"), merged.find("Хосон")
    assert before is not None
    assert after is not None
    assert (after.id, after.type) == ("DPRK", "place")
    assert [name.text for name in after.names["uk"]] == [*(name.text for name in before.names["uk"]), "Хосон"]
    assert after.names["sv"] == (Name("Nordkorea"),)
    assert after.names["pl"] == before.names["pl"]
    assert after.adjectives == before.adjectives
    assert merged.ids() == shipped().ids()
    assert shipped().find("Хосон") is None


def test_a_surname_that_many_have_asks_for_no_entity() -> None:
    assert shipped().find("Kim") is None
    assert "Kim Jong Un" in shipped().suggest("Kim", 8)


def test_a_name_given_again_replaces_the_shipped_one() -> None:
    again = EntitySpec("Blinken", names={"en": (Name("Blinken", needs=("Secretary",)),)}, needs=("diplomat",))
    spec = shipped().merged([again]).entities["Blinken"]
    assert [name.needs for name in spec.names["en"] if name.text == "Blinken"] == [("Secretary",)]
    assert spec.needs == ("diplomat",)


def test_a_users_new_entity_is_added() -> None:
    new = EntitySpec("Hwasong-99", type="weapon", names={"en": (Name("Hwasong-99"),)})
    merged = shipped().merged([new])
    assert merged.find("hwasong 99") == new
    assert len(merged.ids()) == len(shipped().ids()) + 1


def test_adjectives_of_the_user_join_the_shipped_ones() -> None:
    more = EntitySpec("Ukraine", adjectives={"en": (Name("Ukrainian"), Name("Kyivan")), "pl": (Name("ukraiński"),)})
    spec = shipped().merged([more]).entities["Ukraine"]
    assert spec.adjectives["en"] == (Name("Ukrainian"), Name("Kyivan"))
    assert spec.adjectives["pl"] == (Name("ukraiński"),)


# --------------------------------------------------------------------------- reading


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_json(text))
    return found


def test_an_entry_is_read_with_all_that_it_may_have() -> None:
    spec = _entity(
        "X",
        read(
            """
            type: person
            link: Q1
            names:
              en: [John Example, {text: J.E., case: exact, whole: true, forms+: [JEs], forms-: [je],
                needs: [court], not_before: [St], not_after: [Street]}]
            surnames: {en: [Example]}
            guards: {en: [judge]}
            adjectives: {en: [Exemplary, {text: Exemplar, except: [Exemplar House]}]}
            needs: [trial]
            not_before: ["No"]
            not_after: [Ltd]
            """.replace("\n            ", "\n")
        ),
    )
    full, short, surname = spec.names["en"]
    assert full == Name("John Example")
    assert short == Name("J.E.", ("JEs",), ("je",), True, True, ("court",), ("St",), ("Street",))
    assert surname == Name("Example", needs=("John Example", "judge"))  # a guarded name is no full one
    assert (spec.id, spec.type, spec.link) == ("X", "person", "Q1")
    assert (spec.needs, spec.not_before, spec.not_after) == (("trial",), ("No",), ("Ltd",))
    assert spec.adjectives == {"en": (Name("Exemplary"), Name("Exemplar", except_=("Exemplar House",)))}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("nmaes: {en: [A]}", "nmaes"),
        ("type: city", "city"),
        ("names: [A]", "mapping"),
        ("names: {en: A}", "list"),
        ("names: {en: [{txt: A}]}", "txt"),
        ("names: {en: [{case: exact}]}", "text"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_reason(entry: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        _entity("X", read(entry))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X: {type: city}", "themes: X: type 'city'"),
        ("Known: {}", "themes: Known: .* unique"),
        ("X: nothing", "themes: X: a mapping is wanted"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(text: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        _add("themes", read(text), {"Known": EntitySpec("Known")}, {})


def test_all_names_come_in_the_order_of_the_entry() -> None:
    spec = EntitySpec("X", names={"uk": (Name("а"), Name("б")), "en": (Name("c"),)})
    assert [name.text for name in all_names(spec)] == ["а", "б", "c"]
