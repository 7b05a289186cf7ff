from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import data
from monitor.extract.zones import is_background, is_credit, is_promotion, zones
from monitor.model import Zone

TITLE = "Росія допомагає КНДР розвивати військові програми – Блінкен"
REFERENCE = [
    "Росія надає Північній Кореї зброярські технології та підтримку для її військових програм, заявив Ентоні Блінкен.",
    "Про це державний секретар США сказав у Сеулі, передає Укрінформ із посиланням на Yonhap.",
    "Занепокоєння викликає технологія міжконтинентальної балістичної ракети, яку може отримати Пхеньян.",
    "Як повідомляв Укрінформ, наприкінці жовтня розвідка Південної Кореї заявила про понад мільйон снарядів із КНДР.",
    "Блінкен прибув до Сеула після зустрічі міністрів у Токіо.",
    "Фото: Yonhap",
]


def named(title: str, paragraphs: list[str], language: str = "uk") -> list[str]:
    """Return the zone of each paragraph's last character."""
    text = "\n\n".join(paragraphs)
    spans = zones(title, text, language)
    document = f"{title}\n\n{text}" if title else text
    assert [span.start for span in spans][1:] == [span.end for span in spans][:-1]
    assert (spans[0].start, spans[-1].end) == (0, len(document))
    found: list[str] = []
    at = len(title) + 2 if title else 0
    for paragraph in paragraphs:
        at = document.index(paragraph, at) + len(paragraph)
        found.append(next(span.zone.value for span in spans if span.start < at <= span.end))
    return found


def test_the_reference_article() -> None:
    assert named(TITLE, REFERENCE) == ["lead", "body", "body", "background", "background", "credit"]
    spans = zones(TITLE, "\n\n".join(REFERENCE), "uk")
    assert [span.zone for span in spans] == [Zone.TITLE, Zone.LEAD, Zone.BODY, Zone.BACKGROUND, Zone.CREDIT]


def test_without_a_title_the_offsets_are_the_text_s() -> None:
    assert named("", REFERENCE)[0] == "lead"
    assert zones("", "\n\n".join(REFERENCE), "uk")[0].zone is Zone.LEAD


def test_a_credit_in_the_middle_does_not_end_the_background() -> None:
    paragraphs = [
        *REFERENCE[:3],
        "Фото: AP",
        "Нагадаємо, торік було інакше.",
        "Фото: Yonhap",
        "Тоді йшлося про снаряди.",
    ]
    assert named(TITLE, paragraphs)[3:] == ["credit", "background", "credit", "background"]


def test_a_background_phrase_in_the_first_paragraph_still_leads() -> None:
    paragraphs = [
        "Раніше цього дня в Сеулі держсекретар США Ентоні Блінкен зустрівся з міністром.",
        "Вони говорили про ракети.",
        "Вони говорили довго.",
    ]
    assert named("Т", paragraphs) == ["lead", "body", "body"]


OUTLETS = data.load("outlets")


@pytest.mark.parametrize("name", [name for row in OUTLETS.values() for name in row.get("dateline", ())])
def test_every_outlet_s_dateline_is_none_of_the_text(name: str) -> None:
    for head in (f"SEOUL ({name}) -- ", f"КИЇВ (Yonhap-{name}). — "):
        spans = zones("Title", f"{head}Exports rose by a tenth.", "en")
        assert [span.zone for span in spans] == [Zone.TITLE, Zone.CREDIT, Zone.LEAD]
        assert spans[1].end == len(f"Title\n\n{head}")


@pytest.mark.parametrize("name", [name for row in OUTLETS.values() for name in row.get("credit", ())])
def test_every_outlet_s_credit_is_one_in_capitals_or_not(name: str) -> None:
    assert is_credit(name)
    assert is_credit(f"({name.upper()} News)")
    assert not is_credit(f"{name} was there.")


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("uk", "Як повідомляв Укрінформ, торік було інакше."),
        ("uk", "Як раніше повідомляло агентство, торік було інакше."),
        ("uk", "Як уже повідомлялося, торік було інакше."),
        ("uk", "Раніше повідомлялося, що торік було інакше."),
        ("uk", "Нагадаємо, торік було інакше."),
        ("uk", "Раніше Блінкен відвідав Токіо."),
        ("uk", "Як відомо, торік було інакше."),
        ("uk", "Довідка. Організацію створено 1949 року."),
        ("ru", "Как сообщал Укринформ, в прошлом году было иначе."),
        ("ru", "Как ранее сообщалось, было иначе."),
        ("ru", "Напомним, в прошлом году было иначе."),
        ("ru", "Ранее Блинкен посетил Токио."),
        ("ru", "Как известно, было иначе."),
        ("en", "Earlier, Blinken visited Tokyo."),
        ("en", "As previously reported, Blinken visited Tokyo."),
        ("en", "As Ukrinform reported earlier, Blinken visited Tokyo."),
        ("en", "As reported by Ukrinform, Blinken visited Tokyo."),
        ("en", "Background: the two states signed a treaty in 1961."),
        ("en", "Last month, the North launched a satellite."),
        ("ko", "앞서 북한은 지난달 위성을 발사했다."),
        ("ko", "한편 블링컨 장관은 도쿄를 방문했다."),
        ("ko", "이에 앞서 북한은 위성을 발사했다."),
    ],
)
def test_background_holds_to_the_end(language: str, phrase: str) -> None:
    lead = {
        "ko": "토니 블링컨 미국 국무장관은 9일 서울에서 기자회견을 했다.",
        "en": "Secretary of State Antony Blinken spoke to reporters in Seoul on Thursday.",
    }.get(language, "Держсекретар США Ентоні Блінкен виступив перед журналістами в Сеулі в четвер.")
    paragraphs = [lead, lead.replace("Сеул", "Токіо"), phrase, lead]
    assert named("T", paragraphs, language) == ["lead", "body", "background", "background"]
    assert is_background(phrase)


@pytest.mark.parametrize(
    "line",
    [
        "Як повідомляє Укрінформ, Блінкен прибув до Сеула.",
        "Как сообщает Yonhap, Блинкен прибыл в Сеул.",
        "Ранений солдат вернулся домой.",
        "Earliest reports spoke of two missiles.",
        "Background-checks bill passes the House.",
        "한편의 영화가 개봉했다.",
        "Раніший звіт спростовано.",
        "Lastly, the North fired a missile.",
    ],
)
def test_what_is_no_background(line: str) -> None:
    assert not is_background(line)


def test_the_order_of_a_day_in_the_middle_of_a_long_report_is_no_background() -> None:
    body = ["The United States and South Korea agreed on further steps against the arms trade."] * 12
    paragraphs = [body[0], "Earlier in the day, Blinken met the foreign minister.", *body]
    assert set(named("T", paragraphs, "en")[1:]) == {"body"}


@pytest.mark.parametrize(
    "line",
    [
        "Фото: Yonhap",
        "Фото: Офіс Президента",
        "Фото ОП",
        "Фото з відкритих джерел: соцмережі",
        "Відео: Генштаб ЗСУ",
        "Світлина: Reuters",
        "Photo: AFP",
        "Photo by Kim Min-seo",
        "Photo courtesy of the ministry",
        "사진=연합뉴스",
        "[연합뉴스 자료사진]",
        "[조선중앙TV 화면 캡처. 재판매 및 DB 금지]",
        "(Yonhap)",
        "Kim Jong-un inspects a factory in this photo. (Yonhap)",
        "This photo, provided by the ministry, shows a launch.",
        "The leader watches a launch. (For Use Only in the Republic of Korea. No Redistribution) (Yonhap)",
        "홍길동 기자 hong@example.com",
        "hong@example.com",
        "By Kim Min-seo",
        "(END)",
        "<저작권자(c) 연합뉴스, 무단 전재-재배포 금지>",
        "© Укрінформ, 2015-2023",
        "При цитуванні і використанні матеріалів посилання обов'язкове.",
        "All rights reserved.",
    ],
)
def test_credits(line: str) -> None:
    assert is_credit(line)


@pytest.mark.parametrize(
    "line",
    [
        "Фото ракети опублікувало північнокорейське агентство.",
        "Відео пуску показало державне телебачення КНДР",
        "These photos show that North Korea is building a new submarine.",
        "Photos of the launch were published by the state media.",
        "Yonhap reported that the North fired a missile.",
        "При використанні ракет Північна Корея порушила резолюції.",
        "By Monday the North had fired two missiles.",
        "Copyright law was changed by the parliament.",
        "사진을 공개한 북한은 발사가 성공했다고 주장했다.",
        "연합뉴스에 따르면 북한이 미사일을 발사했다.",
    ],
)
def test_what_is_no_credit(line: str) -> None:
    assert not is_credit(line)


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        ("SEOUL, Nov. 9 (Yonhap) -- ", "U.S. Secretary of State Antony Blinken said Thursday that Russia helps."),
        (
            "SEOUL/WASHINGTON, Nov. 9 (Yonhap) -- ",
            "The allies agreed on further steps against the arms trade of the North.",
        ),
        ("KYIV (Reuters) - ", "Ukraine said on Thursday that it had shot down ten of twelve drones overnight."),
        (
            "KYIV. November 9 (Interfax-Ukraine) – ",
            "Ukraine said on Thursday that it had shot down ten of twelve drones.",
        ),
        ("(서울=연합뉴스) 홍길동 기자 = ", "토니 블링컨 미국 국무장관은 9일 서울에서 기자회견을 했다."),
        ("(서울·도쿄=연합뉴스) 홍길동 김철수 기자 = ", "토니 블링컨 미국 국무장관은 9일 서울에서 기자회견을 했다."),
        ("[서울=뉴시스] 홍길동 기자 = ", "토니 블링컨 미국 국무장관은 9일 서울에서 기자회견을 했다."),
        ("КИЇВ, 9 листопада /Укрінформ/. ", "Держсекретар США Ентоні Блінкен виступив перед журналістами в Сеулі."),
    ],
)
def test_the_dateline_does_not_lead(head: str, rest: str) -> None:
    spans = zones("T", head + rest + "\n\nMore.", "en")
    lead = next(span for span in spans if span.zone is Zone.LEAD)
    assert ("T\n\n" + head + rest)[lead.start :].startswith(rest[:10])


@pytest.mark.parametrize(
    "text",
    [
        "КНДР (Північна Корея) заявила, що запустила супутник, передає Укрінформ.",
        "ICBM (intercontinental ballistic missile) tests go on, the ministry said on Thursday.",
    ],
)
def test_what_is_no_dateline(text: str) -> None:
    assert [span.zone for span in zones("", text, "uk")] == [Zone.LEAD]


def test_a_very_short_first_paragraph_leads_with_the_next() -> None:
    paragraphs = [
        "Блінкен у Сеулі",
        "Держсекретар США заявив, що Росія допомагає Північній Кореї.",
        "Він говорив довго.",
    ]
    assert named("T", paragraphs) == ["lead", "lead", "body"]


def test_a_credit_before_the_text_is_not_the_lead() -> None:
    assert named("T", ["Фото: AP", REFERENCE[0], "Далі буде."]) == ["credit", "lead", "body"]


def test_a_credit_on_its_own_line_of_a_paragraph() -> None:
    text = f"{REFERENCE[0]}\nФото: Yonhap"
    assert [span.zone for span in zones("T", text, "uk")] == [Zone.TITLE, Zone.LEAD, Zone.CREDIT]


@given(
    st.text(max_size=40),
    st.lists(st.sampled_from([*REFERENCE, "", " ", "\n", "(END)", "앞서 북한은"]) | st.text(max_size=60), max_size=8),
    st.sampled_from(["uk", "ko", "und"]),
)
def test_zones_cover_any_document_without_gaps(title: str, paragraphs: list[str], language: str) -> None:
    text = "\n\n".join(paragraphs)
    document = f"{title}\n\n{text}" if title else text
    spans = zones(title, text, language)
    assert "".join(document[span.start : span.end] for span in spans) == document
    assert all(left.end == right.start and left.zone is not right.zone for left, right in pairwise(spans))


@pytest.mark.parametrize(
    "line",
    [
        "The street on Monday. (YONHAP)",
        "The street on Monday (File Photo), seen from above",
        "거리의 모습 [연합뉴스]",
        "John Smith <j.smith@example.org>",
        "The house. ALL RIGHTS RESERVED",
        "The house. all rıghts reſerved",
        "본 기사는 무단전재 금지",
    ],
)
def test_what_tells_a_credit_may_stand_later_in_the_line(line: str) -> None:
    assert is_credit(line)
    assert not is_credit(line.translate({ord(char): None for char in "([@rR단"}))


PROMOTION = [
    "Читайте нас у Telegram", "Читайте нас в Telegram і Facebook", "Підпишіться на наш Telegram-канал, щоб не пропустити",
    "Слідкуйте за новинами у Viber", "Більше новин – у нашому Telegram-каналі", "Ми у Facebook", "Наш канал у Telegram: @news",
    "Хочете дізнаватися новини першими? Підписуйтесь на наш канал", "Помітили помилку? Виділіть її та натисніть Ctrl+Enter",
    "Читайте нас в «Яндекс.Дзене»", "Подпишитесь на наш канал в Яндекс.Дзен", "Мы в соцсетях: VK, Telegram",
    "Самые важные новости — в нашем телеграм-канале", "Нашли опечатку? Выделите её и нажмите Ctrl+Enter",
    "Follow Yonhap on Facebook", "Follow Yonhap News Agency on Facebook and Twitter", "For more news, follow us on Telegram",
    "Get the latest news on Telegram", "Download our app", "Reporting by John Smith; Editing by Jane Doe",
    "네이버에서 연합뉴스를 구독하세요", "▶ 연합뉴스 앱 지금 바로 다운받기", "■ 제보하기", "▶제보는 카톡 okjebo",
    "이 기사는 언론사에서 정치 섹션으로 분류했습니다", "공감언론 뉴시스", "구독과 좋아요 부탁드립니다",
]  # fmt: skip


@pytest.mark.parametrize("line", PROMOTION)
def test_an_outlet_s_own_promotion_is_none_of_the_text(line: str) -> None:
    assert is_promotion(line)
    assert named("T", ["Держсекретар США прибув до Сеула в четвер уранці.", line]) == ["lead", "credit"]


@pytest.mark.parametrize(
    "line",
    [
        "Читайте вірші, порадив міністр школярам.",
        "Ми в Telegram обговорювали це з послом, сказав він журналістам.",
        "Останні новини щодо блокування Telegram обговорили депутати.",
        "Follow-up talks on the pact will be held in Seoul next month.",
        "Join the army on Facebook, ads urge Russians in the east",
        "Subscribe rates of the service fell for a third quarter in a row.",
        "Reporting by the ministry showed that five people died.",
        "구독료 인상안이 국회를 통과했다고 방송통신위원회가 10일 밝혔다.",
        "제보자는 경찰 조사에서 혐의를 부인했다.",
        "Читайте нас у Telegram " + "дуже " * 60,
    ],
)
def test_what_is_no_promotion(line: str) -> None:
    assert not is_promotion(line)
    assert named("T", ["Держсекретар США прибув до Сеула в четвер уранці.", line]) == ["lead", "body"]
