"""Names that two languages can compare, and twin events that are told apart by them."""

from __future__ import annotations

import pytest
from doubles.stories import DAY
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article
from monitor.story.features import features
from monitor.story.names import _HOME, Names, _alike, _by_ends, _near, different, in_common, shared_names
from monitor.watch.catalogue import shipped

LATVIA, NORWAY = frozenset({"Latvia"}), frozenset({"Norway"})


def named(language: str, title: str, text: str = "", entities: frozenset[str] = frozenset()) -> Names:
    return features(Article(None, title, text, "S", language, seen_at=DAY), entities).names


HORTA = {
    "en": named("en", "Fire in Horta", "The warehouse in Horta burned."),
    "uk": named("uk", "Пожежа в Хорті", "Склад у Хорті згорів."),
    "ru": named("ru", "Пожар в Хорте", "Склад в Хорте сгорел."),
    "ko": named("ko", "호르타 화재", "호르타에서 창고가 탔다."),
}
BURSA = {
    "en": named("en", "Fire in Bursa", "The warehouse in Bursa burned."),
    "uk": named("uk", "Пожежа в Бурсі", "Склад у Бурсі згорів."),
    "ru": named("ru", "Пожар в Бурсе", "Склад в Бурсе сгорел."),
    "ko": named("ko", "부르사 화재", "부르사에서 창고가 탔다."),
}


@pytest.mark.parametrize("one", sorted(HORTA))
@pytest.mark.parametrize("other", sorted(BURSA))
def test_a_name_is_compared_by_sound_whatever_its_letters(one: str, other: str) -> None:
    assert not different(HORTA[one], HORTA[other])
    seen = (one, other) != ("ko", "ko")  # two Korean articles say no names that can be told from words
    assert different(HORTA[one], BURSA[other]) == different(BURSA[other], HORTA[one]) == seen


def test_what_the_catalogue_knows_is_compared_by_its_id() -> None:
    first = named("en", "Latvia detains spy", "Latvia gave no name.", LATVIA)
    assert not different(first, named("uk", "Латвія затримала шпигуна", "Латвія мовчить.", LATVIA))
    assert different(first, named("uk", "Норвегія затримала шпигуна", "Норвегія мовчить.", NORWAY))
    assert different(first, named("ko", "노르웨이, 간첩 체포", "노르웨이가 체포했다.", NORWAY))
    assert not different(first, named("ko", "라트비아, 간첩 체포", "라트비아가 체포했다.", LATVIA))


@pytest.mark.parametrize("entity", ["Ukraine", "Drone", "NATO"])
def test_whose_news_it_is_who_speaks_and_common_words_tell_nothing(entity: str) -> None:
    titles = {"Ukraine": "Alert in Ukraine", "Drone": "A Drone is down", "NATO": "Talks at NATO"}
    assert named("en", titles[entity], "", frozenset({entity})).title == frozenset()


def test_what_is_no_subject_gives_no_marks() -> None:
    """Concepts, and ids that the catalogue does not have."""
    assert named("en", "New sanctions", "", frozenset({"Sanctions", "Nothing Such"})).title == frozenset()


def test_one_person_is_one_mark() -> None:
    title = named("en", "A talk with Volodymyr Zelensky", "", frozenset({"Zelenskyy"})).title
    assert len(title) == 1


def test_a_shared_name_is_not_enough_where_each_names_another_one() -> None:
    fidan = named("en", "Minister sees Fidan in Ostrava", "They met in Ostrava, said Fidan.")
    assert different(fidan, named("uk", "Міністр бачив Мелоні в Остраві", "В Остраві сказала Мелоні."))
    assert not different(fidan, named("uk", "Міністр бачив Фідана в Остраві", "В Остраві сказав Фідан."))


def test_leads_must_share_nothing_where_a_title_names_nobody() -> None:
    bare = named("uk", "Посадовця засуджено", "Суд засудив мера Голубєва за хабарі.")
    assert not different(bare, named("en", "Court jails Golubev", "The mayor, Golubev, took bribes."))
    assert different(bare, named("en", "Court jails Marchenko", "The mayor, Marchenko, took bribes."))
    silent = named("en", "Official jailed", "A court jailed the mayor, Marchenko, for bribes.")
    assert not different(bare, silent)  # one name each: it may be a slip
    both = named("en", "Official jailed", "A court jailed the mayor, Marchenko, of Banstead for bribes.")
    more = named("uk", "Посадовця засуджено", "Суд засудив мера Голубєва з Остравського району за хабарі.")
    assert different(both, more)


def test_who_names_nobody_is_about_nothing_else() -> None:
    assert not different(HORTA["en"], named("en", "Fire in a store", "It burned."))
    assert not different(HORTA["en"], Names())


def test_who_has_no_names_of_an_earlier_version_is_about_nothing_else() -> None:
    korean = named("ko", "노르웨이, 간첩 체포", "노르웨이가 체포했다.", NORWAY)
    assert korean.title
    assert korean.lead
    assert not different(korean, Names())
    assert not different(Names(), korean)


def test_who_names_nobody_is_not_told_from_a_talk() -> None:
    assert not different(named("en", "A meeting with Fidan", "They spoke."), named("ko", "회담", "대화했다."))


def test_abbreviations_are_shared_and_never_missed() -> None:
    first = named("en", "A profit for the LG group rises", "It was up.")
    assert first.title == {"=LG"}
    assert not different(first, named("uk", "Прибуток групи зріс", "Він зріс."))
    korean = named("ko", "LG전자 영업이익 증가", "LG전자 이익이 늘었다.")
    lg = named("en", "A profit for the LG Elektro group", "At LG Elektro it was up.")
    assert not different(lg, korean)


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Gerry Mulligan", "Джеррі Мулліган"),
        ("Juan Castellon", "Хуан Кастельйон"),
        ("Johanna Celtic", "Йоганна Кельтик"),
        ("Bachmann", "Бахман"),
        ("Silesia", "Сілезія"),
        ("Strassburg", "Страсбург"),
        ("Mendoza", "Мендосу"),
        ("Cologne", "Кельні"),
        ("Mexico City", "Мехіко"),
        ("Xinjiang", "Сіньцзян"),
        ("Zhengzhou", "Чженчжоу"),
        ("Qingzhou", "Цінчжоу"),
    ],
)
def test_letters_that_sound_in_two_ways(latin: str, cyrillic: str) -> None:
    first = named("en", f"A word with {latin}", f"It was said to {latin} there.")
    assert first.title
    assert not different(first, named("uk", f"Розмова: {cyrillic}", f"Про це сказали {cyrillic} тоді."))
    assert different(first, named("uk", "Розмова з Петренковським", "Про це сказав Петренковський."))


def test_a_consonant_may_be_another_one_in_a_long_name() -> None:
    first = named("en", "A word with Kostrov", "It was said to Kostrov there.")
    assert not different(first, named("uk", "Розмова з Кострофим", "Про це сказав Костроф."))
    assert not different(first, named("uk", "Розмова з Косторв", "Про це сказав Кострв."))


SKELETONS = (
    "prt",
    "prtk",
    "prtkv",
    "brt",
    "pprt",
    "prk",
    "krt",
    "rt",
    "p",
    "abcd",
    "xbcd",
    "axcd",
    "abxd",
    "abcx",
    "bcd",
)
MARKS = frozenset({*SKELETONS, *(f"~{each}" for each in SKELETONS), "@prt", "=prt"})


@pytest.mark.parametrize("part", [*SKELETONS, *(f"~{each}" for each in SKELETONS)])
def test_all_that_may_be_alike_is_near(part: str) -> None:
    _by_ends.cache_clear()
    alike = {each for each in MARKS if _alike(part, each)}
    assert alike <= set(_near(MARKS, part))
    assert part in _near(MARKS, part)
    assert not any(each[0] in "@=" for each in _near(MARKS, part))


LETTERS = st.text("abk", min_size=1, max_size=7)


@given(st.frozensets(st.tuples(st.sampled_from(["", "~", "@", "="]), LETTERS).map("".join)), st.booleans(), LETTERS)
def test_what_is_not_near_is_alike_to_nothing(said: frozenset[str], hangul: bool, word: str) -> None:
    part = f"~{word}" if hangul else word
    assert any(_alike(part, each) for each in said) == any(_alike(part, each) for each in _near(said, part))


PARUBIY = {
    "uk": named("uk", "У Львові застрелили Андрія Парубія", "У Львові вбито Андрія Парубія."),
    "en": named("en", "Former speaker Parubiy shot dead in Lviv", "Andriy Parubiy was shot dead in Lviv."),
}
RUTTE = frozenset({"Rutte"})


def test_names_that_two_titles_share_are_counted() -> None:
    assert in_common(PARUBIY["uk"], PARUBIY["en"]) == 2
    other = named("en", "Former deputy Farion shot dead in Lviv", "Iryna Farion was shot dead in Lviv.")
    assert in_common(PARUBIY["uk"], other) == 0, "each names somebody else"
    assert in_common(PARUBIY["uk"], named("en", "speaker shot dead", "")) == 0, "one title names nobody"


@pytest.mark.parametrize(
    ("english", "ukrainian", "entities"),
    [
        ("New Latvia law passed", "Закон Латвія прийняла", LATVIA),  # countries have several events a day
        ("Now Rutte warns", "Потім Рютте попередив", RUTTE),  # so have people whom the catalogue knows
        ("Now NATO warns", "Потім NATO попередив", frozenset()),  # and abbreviations
    ],
)
def test_what_is_in_the_news_every_day_is_not_counted(english: str, ukrainian: str, entities: frozenset[str]) -> None:
    one, other = named("en", english, "", entities), named("uk", ukrainian, "", entities)
    assert one.title
    assert other.title
    assert in_common(one, other) == 0


def test_names_that_are_shared_are_told_as_they_are_written() -> None:
    text = "У Латвії Кім Чен Ин і Степан Марчук з NATO. Марчука бачили в Бурсі."
    entities = frozenset({"Kim Jong Un", "Latvia"})
    found = features(Article(None, "Оце Марчук: Кім Чен Ин", text, "S", "uk", seen_at=DAY), entities)
    other = named("en", "Stepan Marchuk meets Kim Jong Un", "In Latvia, NATO saw Stepan Marchuk.", entities)
    assert shared_names(other, found.names, found.written) == ("Kim Jong Un", "Марчук", "Степан")
    assert shared_names(named("en", "Nobody is here"), found.names, found.written) == ()
    assert shared_names(other, found.names, {}) == (), "an article that was read long ago"


def test_names_without_a_long_word_are_found_by_all_of_it() -> None:
    kim = frozenset({"Kim Jong Un"})
    assert "@Kim Jong Un" in named("uk", "Лідер Кім Чен Ин відкрив лікарню", "", kim).title
    assert "@Kim Jong Un" not in named("uk", "Лідер відкрив лікарню", "", kim).title


def test_a_foreigners_surname_stands_alone_in_korean() -> None:
    found = named("ko", "이재명 대통령, 카니 총리와 통화", "마크 카니 총리와 통화했다.", frozenset({"Carney"}))
    assert any("@Carney" in mark for mark in found.title)


def test_names_of_two_consonants_are_compared_by_their_vowel_too() -> None:
    fico = named("uk", "Роберт Фіцо у Відні", "Про це сказав Фіцо тоді.")
    assert not different(named("en", "Robert Fico in Vienna", "So Fico said."), fico)
    assert any("^fik" in mark and "^fi4" in mark for mark in named("en", "Talks of Fico", "Then Fico left.").title)
    assert named("en", "Talks of Kaja", "Then Kaja left.").title == frozenset()  # said 'Кая', with one consonant
    fiala, rubio = (named("en", f"Talks with {who}", f"Then {who} left.") for who in ("Fiala", "Rubio"))
    assert different(fiala, rubio)
    assert not different(named("ru", "Беседа с Фиалой", "Об этом Фиала сказал."), fiala)
    assert not different(fiala, named("ko", "피알라 회담", "피알라가 떠났다."))  # Hangul has other vowels


def test_abbreviations_tell_apart_within_a_language() -> None:
    one, other = (named("en", f"Loss at {who}", f"It was {who} that said so.") for who in ("SDI", "LGES"))
    assert different(one, other, one_language=True)
    assert not different(one, other)
    uk = frozenset({"UK"})
    short, long = named("en", "Aid by UK", "The UK said so.", uk), named("en", "Aid by Britain", "So Britain said.", uk)
    assert not different(short, long, one_language=True)
    assert any(mark.startswith("@UK") for mark in short.title)


def test_offices_are_no_names() -> None:
    assert named("en", "Talks of Defense Minister", "The Defense Minister left.").title == frozenset()


def test_one_governor_tells_of_two_towns() -> None:
    """He and the region are named in both, and neither title's town in the other."""
    entities = frozenset({"Donetsk Oblast", "Filashkin"})
    one = named("uk", "Удар по Хорті", "Снаряд упав на Хорту, Донецька область, сказав Вадим Філашкін.", entities)
    other = named("uk", "Удар по Бурсі", "Снаряд упав на Бурсу, Донецька область, сказав Вадим Філашкін.", entities)
    assert different(one, other)
    speakers = [named("uk", f"Промова: {who}", f"Так сказав {who} тоді.") for who in ("Філашкін", "Синєгубов")]
    assert different(*speakers)


def test_home_is_named_by_ids() -> None:
    assert all((spec := shipped().find(each)) is not None and spec.id == each for each in _HOME)
