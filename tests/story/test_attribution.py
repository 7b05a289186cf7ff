from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import Article, Role, Zone, ZoneSpan
from monitor.story import attribution
from monitor.story.attribution import background_start, citations, cited
from monitor.story.outlets import outlets

NOW = datetime(2023, 11, 9, tzinfo=UTC)


def article(
    text: str, language: str, source: str = "Daily Planet", title: str = "", zones: tuple[ZoneSpan, ...] = ()
) -> Article:
    return Article(None, title, text, source, language, zones=zones, published=NOW)


def found(text: str, language: str, source: str = "Daily Planet", title: str = "") -> list[tuple[str, str]]:
    return [(citation.name, citation.role.value) for citation in citations(article(text, language, source, title))]


SENTENCES = [
    ("uk", "Про це передає Укрінформ із посиланням на Yonhap.", [("Ukrinform", "cite"), ("Yonhap", "cite")]),
    ("uk", "Про це повідомляє агентство «Йонхап».", [("Yonhap", "cite")]),
    ("uk", "Як нагадує Reuters, торік було інакше.", [("Reuters", "cite")]),
    ("uk", "Заяву цитує південнокорейське агентство Yonhap.", [("Yonhap", "cite")]),
    ("uk", "Опубліковані Bloomberg дані це підтверджують.", [("Bloomberg", "cite")]),
    ("uk", "Журналіст The New York Times бачив документ.", [("New York Times", "cite")]),
    ("uk", "За даними ЦТАК, пуск був успішним.", [("KCNA", "cite")]),
    ("uk", "Про це він сказав в інтерв'ю CNN.", [("CNN", "cite")]),
    ("uk", "Про це президент повідомив у Телеграмі.", [("Telegram", "social")]),
    ("uk", "Міністр написав на своїй сторінці у Facebook.", [("Facebook", "social")]),
    ("uk", "Фото: Yonhap", [("Yonhap", "photo")]),
    ("uk", "Читайте нас у Telegram та Facebook!", []),
    ("uk", "Вакцину Sputnik V закупили три країни.", []),
    ("uk", "Компанія Bloomberg відкрила офіс.", []),
    ("uk", "Як передає у п'ятницю, 15 січня, Reuters, рада завершилась.", [("Reuters", "cite")]),
    ("uk", "КИЇВ. 19 липня. УНН. Рада завершилась.", [("UNN", "relay")]),
    ("uk", "Більше новин на каналі Громадське в Telegram.", []),
    ("uk", "Посол отримав телеграму зі столиці.", []),
    ("uk", "Про це повідомляє Інтерфакс-Україна.", [("Interfax-Ukraine", "cite")]),
    ("uk", "Про це пише «Новини Донбасу».", [("Новини Донбасу", "cite")]),
    ("uk", "Про це повідомили у Службі безпеки України.", [("Security Service of Ukraine", "official")]),
    ("uk", "Як сообщает ТАСС, были вызваны спасатели.", [("TASS", "cite")]),
    ("uk", "Kyodo said the ship left the port.", [("Kyodo", "cite")]),
    ("uk", "Про це мер Ігор Терехов повідомив у Telegram.", [("Ігор Терехов", "official"), ("Telegram", "social")]),
    ("ru", "МОСКВА, 13 мая [РИА Новости]. Суд начался.", [("RIA Novosti", "relay")]),
    ("ru", "09:32 REGNUM Суд начался.", [("REGNUM", "relay")]),
    ("ru", "Он сказал это корреспонденту РБК.", [("RBC", "cite")]),
    ("ru", "Газета «Кориере делла Сера» (Corriere della Sera) пишет об этом.", [
        ("Кориере делла Сера", "cite"), ("Corriere della Sera", "cite")]),
    ("ru", "Президент Обама написал в своём Twitter.", [("Обама", "official"), ("X", "social")]),
    ("ru", "Доля фонда в Facebook выросла.", []),
    ("ru", "В интервью газете «Труд» он ответил на вопросы.", [("Труд", "cite")]),
    ("ru", "Как сообщает портал «Daily Planet», мост закрыт.", []),
    ("ru", "«Всё позади», пишет на первой странице ежедневная газета «Ла стампа».", [("La Stampa", "cite")]),
    ("ko", "KBS 기자가 3일 독자에게 답했다.", []),
    ("ru", "МОСКВА, 15 янв — РИА Новости. Встреча началась.", [("RIA Novosti", "relay")]),
    ("ru", "Об этом сообщает ТАСС со ссылкой на источник.", [("TASS", "cite")]),
    ("ru", "Как напоминает РБК, сделку отложили.", [("RBC", "cite")]),
    ("ru", "В распоряжении «Медузы» оказался документ.", [("Meduza", "cite")]),
    ("ru", "Ситуацию комментирует «Коммерсантъ».", [("Kommersant", "cite")]),
    ("ru", "По данным Интерфакса, погибших нет.", [("Interfax", "cite")]),
    ("ru", "Вакцину «Спутник V» привезли утром.", []),
    ("en", "SEOUL, Nov. 9 (Yonhap) -- Exports rose.", [("Yonhap", "relay")]),
    ("en", "The Korean Central News Agency said Kim visited a plant.", [("KCNA", "cite")]),
    ("en", "Kyodo News reported the launch, citing officials.", [("Kyodo", "cite")]),
    ("en", "The launch failed, according to the South's Yonhap news agency.", [("Yonhap", "cite")]),
    ("en", "The envoy told Reuters that talks go on.", [("Reuters", "cite")]),
    ("en", "He wrote on Truth Social that talks go on.", [("Truth Social", "social")]),
    ("en", "Kim inspects a plant in this photo released by KCNA.", [("KCNA", "cite")]),
    ("en", "The firm bought Reuters in 2008 and AP Moller in 2010.", []),
    ("en", "Follow us on Twitter and Facebook.", []),
    ("ko", "(서울=연합뉴스) 홍길동 기자 = 수출이 늘었다.", [("Yonhap", "relay")]),
    ("ko", "조선중앙통신은 10일 김정은이 공장을 방문했다고 보도했다.", [("KCNA", "cite")]),
    ("ko", "로이터 통신에 따르면 회담은 계속된다.", [("Reuters", "cite")]),
    ("ko", "AFP통신이 당국자를 인용해 전했다.", [("AFP", "cite")]),
    ("ko", "장관은 CNN과 인터뷰에서 이같이 말했다.", [("CNN", "cite")]),
    ("ko", "트럼프는 트루스소셜에 올린 글에서 이같이 적었다.", [("Truth Social", "social")]),
    ("ko", "[AP=연합뉴스 자료사진]", [("AP", "photo"), ("Yonhap", "photo")]),
    ("ko", "타스크포스는 10일 결과를 밝혔다.", []),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "expected"), SENTENCES, ids=[row[1][:30] for row in SENTENCES])
def test_sentences(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, language) == expected


TITLES = [
    ("uk", "КНДР запустила ракету — Reuters", "Reuters"),
    ("uk", "Reuters: КНДР запустила ракету", "Reuters"),
    ("uk", "КНДР запустила ракету - ЗМІ", None),
    ("ru", "Bloomberg: санкции усилят", "Bloomberg"),
    ("en", "N. Korea fires missile: KCNA", "KCNA"),
    ("en", "Talks go on (Yonhap)", "Yonhap"),
    ("en", "Bloomberg opens an office", None),
    ("ko", "북한 미사일 발사 <교도>", "Kyodo"),
]


@pytest.mark.parametrize(("language", "title", "name"), TITLES, ids=[row[1] for row in TITLES])
def test_heads_and_tails_of_titles(language: str, title: str, name: str | None) -> None:
    assert found("…", language, title=title) == ([(name, "cite")] if name else [])


REFERENCE = """Росія надає КНДР технології, заявив Ентоні Блінкен.

Про це передає Укрінформ із посиланням на Yonhap.

Як повідомляв Укрінформ, раніше про це писало Reuters.

Фото: Yonhap"""


def test_the_own_outlet_background_and_photos_give_no_origins() -> None:
    own = citations(article(REFERENCE, "uk", "Ukrinform", "Росія допомагає КНДР"))
    assert [(c.outlet, c.role) for c in own] == [
        ("ukrinform", Role.SELF),
        ("yonhap", Role.CITE),
        ("ukrinform", Role.SELF),
        ("reuters", Role.BACKGROUND),
        ("yonhap", Role.PHOTO),
    ]
    assert cited(own) == ("Yonhap",)
    document = article(REFERENCE, "uk", title="Росія допомагає КНДР").document
    assert document[own[1].start : own[1].end] == "Yonhap"


def test_zones_decide_what_is_background_and_credit() -> None:
    text = "Reuters reported the launch.\n\nAFP reported it too.\n\nREUTERS"
    first, second = text.index("AFP"), text.index("REUTERS")
    zones = (
        ZoneSpan(Zone.LEAD, 0, first),
        ZoneSpan(Zone.BACKGROUND, first, second),
        ZoneSpan(Zone.CREDIT, second, len(text)),
    )
    roles = [(c.outlet, c.role) for c in citations(article(text, "en", zones=zones))]
    assert roles == [("reuters", Role.CITE), ("afp", Role.BACKGROUND), ("reuters", Role.PHOTO)]


@pytest.mark.parametrize("language", ["uk", "ru", "en", "ko", "und", "fr"])
def test_any_language_has_rules_by_its_script(language: str) -> None:
    assert found("Kyodo News reported the launch.", "und") == [("Kyodo", "cite")]
    assert background_start(article("Перше.\n\nДруге.", language)) == len("Перше.\n\nДруге.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("조선중앙통신에 따르면 북한이 위성을 쐈다.", "kcna"), ("За даними Yonhap, ракета впала в море.", "yonhap")],
)
def test_an_unknown_language_is_read_by_its_script(text: str, expected: str) -> None:
    assert [citation.outlet for citation in citations(article(text, "und"))] == [expected]


def test_the_first_paragraph_is_never_background() -> None:
    text = "Нагадаємо, сьогодні вибори.\n\nНагадаємо, торік виборів не було."
    assert background_start(article(text, "uk")) == text.rindex("Нагадаємо")


def test_every_language_file_says_what_each_rule_needs() -> None:
    for language in attribution.languages():
        lexicon = attribution._lexicon(language)
        assert lexicon.rules
        assert all(rule.before or rule.after for rule in lexicon.rules)


@pytest.mark.parametrize(
    "text", ["\x00" * 2000, "(" * 5000, "Reuters " * 3000, "сказав " * 5000, "[" * 3000 + "연합뉴스"]
)
def test_odd_texts_end_soon(text: str) -> None:
    for language in ("uk", "ru", "en", "ko"):
        assert len(citations(article(text, language))) <= 3000


@pytest.mark.parametrize("known", sorted(outlets()))
def test_no_outlet_cites_itself(known: str) -> None:
    for alias in outlets()[known].aliases:
        name = alias.replace("*", "")
        for language, text in (("uk", f"Про це повідомляє {name}."), ("en", f"Talks go on, {name} reported.")):
            own = citations(article(text, language, outlets()[known].name))
            assert {each.role for each in own} <= {Role.SELF}, text
            assert cited(own) == ()


def test_an_office_counts_as_an_origin_in_the_head_alone() -> None:
    head = "За даними Генштабу, боїв стало більше."
    assert cited(citations(article(head, "uk"))) == ("General Staff",)
    assert cited(citations(article(f"{'Слово. ' * 200}\n\n{head}", "uk"))) == ()


def test_a_network_that_carries_a_word_is_no_origin() -> None:
    own = "Про це Ігор Терехов повідомив у Telegram."
    assert cited(citations(article(own, "uk"))) == ("Ігор Терехов",)
    assert cited(citations(article("Про це повідомили у Telegram.", "uk"))) == ("Telegram",)


def test_outlets_come_before_offices() -> None:
    text = "За даними Генштабу, боїв стало більше, пише Reuters."
    assert cited(citations(article(text, "uk"))) == ("Reuters", "General Staff")


def test_a_letter_that_is_two_in_lower_case_moves_nothing() -> None:
    text = "İ İ İ Про це пише Reuters. Про це пише «Новини Донбасу»."
    assert [text[each.start : each.end] for each in citations(article(text, "uk"))] == ["Reuters", "Новини Донбасу"]


def test_a_credit_in_a_photo_is_no_office() -> None:
    assert found("Фото: Нацполіція", "uk") == [("Police", "photo")]
