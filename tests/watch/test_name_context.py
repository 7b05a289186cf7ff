"""Doubtful names: what the words around them say, where no other word of the article does."""

from __future__ import annotations

import pytest

from monitor.model import Article, EntitySpec, Name, Watchlist
from monitor.watch.catalogue import Catalogue, CatalogueError, _name, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.match import Matcher

IDS = (
    *("Chad", "Jordan", "Georgia", "Turkey", "Mali", "Guinea", "Ireland", "Paris", "Sumy", "Rivne", "Lyman", "Siversk"),
    *(
        "Vance",
        "Medvedev",
        "Modi",
        "Lula",
        "Belousov",
        "WHO",
        "DPRK",
        "US",
        "Russia",
        "China",
        "Ghana",
        "Iran",
        "Tula",
        "Japan",
        "Xi Jinping",
        "Daegu",
        "Rason",
        "Kushner",
        "Ufa",
        "Kim Jong Un",
        "Lee Jae-myung",
        "Flamingo",
        "Grad",
        "Chile",
    ),
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return compile_watchlists([Watchlist("all", entities=IDS)], shipped())


def found(matcher: Matcher, title: str, language: str, text: str = "") -> set[str]:
    return {hit.term for hit in matcher.match(Article(None, title, text, source="", language=language))[0].hits}


@pytest.mark.parametrize(
    ("language", "title", "ids"),
    [
        # after a preposition, after what is done to places, after 'of' and what states have
        ("en", "Coup attempt in Chad", {"Chad"}),
        ("en", "Rebels attack northern Chad", {"Chad"}),
        ("en", "The army of Chad retreats", {"Chad"}),
        ("en", "Friends of Chad retreat", set()),
        ("en", "of Chad", set()),
        ("en", "In Jordan's house", {"Jordan"}),
        ("en", "He is in, Jordan is out", set()),
        # in a list with another country
        ("en", "Turkey, Jordan sign pact", {"Turkey", "Jordan"}),
        ("en", "Jordan, Qatar sign pact", {"Jordan"}),
        ("en", "Talks of Qatar and Jordan fail", {"Jordan"}),
        ("en", "Jordan and Georgia to exchange envoys", {"Jordan", "Georgia"}),
        ("en", "Jordan and friends", set()),
        ("en", "Friends and Jordan", set()),
        ("en", "And Jordan sings", set()),
        ("en", "Jordan and", set()),
        # what states do, at the beginning of a clause, with auxiliaries; what they have, anywhere
        ("en", "Jordan says it intercepted missiles", {"Jordan"}),
        ("en", "Jordan to host summit", {"Jordan"}),
        ("en", "Jordan to", set()),
        ("en", "Aid held up at Jordan border", {"Jordan"}),
        ("en", "Georgia's parliament adjourns", {"Georgia"}),
        ("en", "Jordan: protests over gas", {"Jordan"}),
        ("en", "Missiles overhead: Jordan closes airspace", {"Jordan"}),
        ("en", "Aunt Jordan says no", set()),
        ("en", "COUP IN CHAD WORRIES NEIGHBOURS", {"Chad"}),
        ("en", "Xi'an minister resigns", set()),
        ("en", "Xi sacks generals", {"Xi Jinping"}),
        ("en", "JORDAN SHOOTS DOWN DRONES", {"Jordan"}),
        ("en", "Jordan", set()),
        # persons, players, and a state
        ("en", "Michael Jordan says no", set()),
        ("en", "DeAndre Jordan says no", set()),
        ("en", "M. Jordan says no", set()),
        ("en", "No home for Jordan Peele", set()),
        ("en", "For Jordan Monday was quiet", set()),
        ("en", "Talks In Jordan Resume After Break", {"Jordan"}),
        ("en", "Coach cut for Jordan", set()),
        ("en", "Jordan scores thirty", set()),
        ("en", "Georgia votes: Atlanta stands in line", set()),
        # a place by a common word
        ("uk", "Бої за Лиман тривають", {"Lyman"}),
        ("uk", "Удар припав на місто: Суми без світла", {"Sumy"}),
        ("uk", "Суми штрафів ростуть", set()),
        ("uk", "Вчора Суми обстріляно двічі", {"Sumy"}),
        ("uk", "Великі Суми Штрафів Ростуть", set()),
        ("ru", "Ровно остался без света", {"Rivne"}),
        ("ru", "Ровно в полночь", set()),
        ("ru", "Бои за Северск", {"Siversk"}),
        ("ru", "Иван Северск запел", set()),
        ("uk", "Малі розриває угоду", {"Mali"}),
        ("uk", "Малі діти сплять", set()),
        # statesmen
        ("en", "Vance heads home", {"Vance"}),
        ("en", "Tired Vance in Kyiv", {"Vance"}),
        ("en", "Vance sleeps", set()),
        ("en", "Vance County votes", set()),
        ("en", "Jack Vance visits Kyiv", set()),
        ("en", "Lula to host summit", {"Lula"}),
        ("ru", "Медведев пригрозил Латвии", {"Medvedev"}),
        ("ru", "Медведев вышел в финал в Пекине", set()),
        # an organisation whose letters are a word
        ("en", "WHO warns of measles", {"WHO"}),
        ("en", "WHO SAYS NO", set()),
        # Korean syllables and places
        ("ko", "북, 포 쐈다", {"DPRK"}),
        ("ko", "러 드론 격추", {"Russia"}),
        ("ko", "어제 러 드론 격추", {"Russia"}),
        ("ko", "중 외교부 항의", {"China"}),
        ("ko", "회의 중 쓰러져", set()),
        ("ko", "어제 본 미", set()),
        ("ko", "12일 총리 귀국", set()),
        ("ko", "북은 조용", set()),
        ("ko", "가나 대선서 야당 승리", {"Ghana"}),
        ("ko", "이제 어디로 가나", set()),
        # a Korean town by a common word has what towns have, no government
        ("ko", "대구 공항 폐쇄", {"Daegu"}),
        ("ko", "대구 시장서 생선 사는 법", set()),
        ("ko", "거리로 나선 국민", set()),
        ("ko", "우파 정부 출범", set()),
        # a name that Ukrainian and Russian spell alike counts by neither where either shows another person
        ("ru", "Кушнер приехал в Москву", {"Kushner"}),
        ("ru", "Поэт Кушнер приехал в Москву", set()),
        ("uk", "Поет Кушнер приїхав до Москви", set()),
        ("ko", '외신 "이란 공습"', {"Iran"}),
        # surnames of places that nothing else tells, and towns of states
        ("en", "Jack Guinea named fire chief", set()),
        ("en", "Guinea names fire chief", {"Guinea"}),
        ("en", "Kathy Ireland sued", set()),
        ("en", "Paris, Texas, floods", set()),
        ("en", "Paris, New Hampshire, floods", set()),
        ("en", "Paris, London agree", {"Paris"}),
        ("en", "They left Paris", {"Paris"}),
        # a state has no friends of its own, and is not arrested
        ("en", "Chad told police he had found a purse", set()),
        ("en", "Jordan names his dog", set()),
        ("en", "Jordan names his envoy to summit", {"Jordan"}),
        ("en", "Chad arrested after bar brawl", set()),
        ("en", "Chad jailed", set()),
        ("en", "Chad jails editor", {"Chad"}),
        # a surname that a people has
        ("en", "Kim inspects missile depot", {"Kim Jong Un"}),
        ("en", "Trump to meet Kim", {"Kim Jong Un"}),
        ("en", "Putin thanks Kim for troops", {"Kim Jong Un"}),
        ("en", "Missile depot: Kim smiles", set()),
        ("en", "Kim meets neighbours", set()),
        ("en", "Kim Kardashian Meets White House Troops", set()),
        ("en", "Rep. Kim opposes Trump tariffs", set()),
        ("en", "Michael Kim opposes Trump tariffs", set()),
        ("en", "Lee, Trump agree on tariffs", {"Lee Jae-myung"}),
        ("en", "Trump on tariffs: Lee", {"Lee Jae-myung"}),
        # a weapon by a common word
        ("uk", "Місто обстріляли з «Градів»", {"Grad"}),
        ("uk", "Град побив сади", set()),
        ("uk", "Обстріл, як град", set()),
        ("uk", "Град знищив тепличний комплекс", set()),
        ("ru", "Град уничтожил урожай", set()),
        ("en", "Flamingo missiles hit depot", {"Flamingo"}),
        ("en", "Flamingo casino reopens", set()),
        # Korean: what is written on to a place, and countries by one Han character
        ("ko", "대구서 대형 화재", {"Daegu"}),
        ("ko", "대구서 사 온 옷", set()),
        ("ko", "대구에서 미국 대표단 만나", {"Daegu", "US"}),
        ("ko", "대구는 대형 화재", set()),
        ("ko", "시진핑 中 주석 방한", {"China", "Xi Jinping"}),
        ("ko", "공사 中 사고", set()),
        ("ko", "中, 희토류 막아", {"China"}),
        ("ko", "오늘 日정부 발표", {"Japan"}),
        ("ko", "오늘 日기장 발표", set()),
    ],
)
def test_a_headline_tells(matcher: Matcher, language: str, title: str, ids: set[str]) -> None:
    assert found(matcher, title, language) == ids


def test_the_rest_of_the_article_tells_whose_surname_it_is(matcher: Matcher) -> None:
    assert found(matcher, "Vance visits Kyiv", "en") == {"Vance"}
    assert found(matcher, "Vance visits Kyiv", "en", "In Kyiv, Vance met troops.") == {"Vance"}
    assert found(matcher, "Vance visits Kyiv", "en", "The writer Jack Vance signed books.") == set()
    assert found(matcher, "Vance visits Kyiv", "en", "JD Vance signed an accord.") == {"Vance"}


def test_words_that_are_needed_count_whatever_speaks_against(matcher: Matcher) -> None:
    assert found(matcher, "Georgia votes", "en", "Protests in Tbilisi; a vigil in Atlanta.") == {"Georgia"}


def test_a_language_without_words_leaves_a_name_to_what_it_needs() -> None:
    spec = EntitySpec("X", type="place", names={"sv": (Name("Jordan", needs=("Amman",), context="place"),)})
    matcher = compile_watchlists([Watchlist("all", entities=("X",))], Catalogue([spec]))
    assert not found(matcher, "Kupp i Jordan", "sv")
    assert found(matcher, "Kupp i Jordan", "sv", "Amman vaknar.") == {"X"}


def test_all_needs_of_entity_and_name_count() -> None:
    spec = EntitySpec("X", type="place", names={"en": (Name("Jordan", context="place"),)}, needs=("tank",))
    matcher = compile_watchlists([Watchlist("all", entities=("X",))], Catalogue([spec]))
    assert not found(matcher, "Tumult in Jordan", "en")
    assert found(matcher, "Tumult in Jordan: a tank", "en") == {"X"}


def test_an_unknown_context_is_refused() -> None:
    with pytest.raises(CatalogueError, match="context 'planet' is none of place, town, word, person, leader"):
        _name({"text": "Jordan", "context": "planet"})
