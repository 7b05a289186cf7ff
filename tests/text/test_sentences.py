"""Where sentences and paragraphs end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.sentences import paragraphs, sentences

# Sentences are parted by | here.
CASES = [
    "Блінкен прибув до Сеула.|Він зустрівся з міністром.",
    "Він народився у м. Київ, а живе на вул. Шевченка, 5.|Працює в НАН ім. Патона.",
    "Про це сказав Дж. Байден у середу.|Ентоні Дж. Блінкен погодився.",
    "«Ми бачимо це!» – сказав він.|«Чому?»|Ніхто не знає.",
    "Він сказав: «Ми готові.»|Потім пішов.",
    "Витрати склали 5 млн грн.|Це багато.",
    "У 2023 р. почалася криза.|Триває досі.",
    "У 2023 р. і далі тривала криза.",
    "Ракети, дрони тощо…|Усе це є.",
    "Так… і ні.",
    "Про це заявив гр. Петренко.|Справу відкрито.",
    "Ціна зросла до 3.5 долара.|Експерти здивовані.",
    "Путин прибыл в Пхеньян.|Его встретил Ким Чен Ын.",
    "Об этом сообщил т. н. источник.|Подробностей нет.",
    "Он живёт в г. Москва, ул. Ленина, д. 5.|Ему 40 лет.",
    "Blinken met Yoon in Seoul on Nov. 9 and left.|He returned on Dec. 1.",
    "U.S. Secretary of State Antony J. Blinken spoke.|Mr. Park agreed.",
    "He lives in the U.S.|He is happy.",
    "The U.S. Department of Defense objected.",
    "It costs 3.5 million.|That is a lot!|Really?|Yes.",
    'He said, "We will respond."|Then he left.',
    "Is it true?” she asked.",
    "The firm, Hanwha Corp., grew.|Samsung Inc.|Both rose.",
    "It was 5 p.m. in Seoul.|Nobody came.",
    "N.K. fires missile.|S.K. responds.",
    "북한이 미사일을 발사했다.|한국은 규탄했다.",
    "(서울=연합뉴스) 김철수 기자 = 북한이 미사일을 발사했다.|군은 분석 중이다.",
    '"우리는 준비됐다."|그는 말했다.',
    "그는 3.5% 올랐다고 했다.|끝.",
    "北朝鮮がミサイルを発射した。|日本は抗議した。",
    "1. Blinken arrived.|2. He spoke.",
    '이어 "단호히 대응하겠다."|장관의 말이다.',
    "Зустріч відбудеться на вул. Банковій, 11, о 10 год. 30 хв.|Вхід вільний.",
    "За 9 міс. 2023 р. експорт зріс до 3,5 тис. т зерна.|Про це повідомив Ю. Бойко.",
    "Це було в ХХ ст.|Європа змінилася.",
    "Йдеться про ракети, дрони, снаряди і т. д. Росія це заперечує.",
    "Йдеться про ракети, дрони, снаряди і т. д. і т. п., пише видання.",
    "«Ми не здамося…» — сказав президент.|Він подякував союзникам.",
    "— Ви готові? — запитав він.|— Так.",
    "«Чи буде війна?» — запитав журналіст.|«Ні!» — відповів міністр.",
    "Її зустрів В. О. Зеленський.|Потім вони пішли.",
    "На думку проф. С. Коваля, це помилка.",
    "Бюджет – 1,2 млрд грн.|Уряд його схвалив.",
    "Сума – 5 тис. доларів.|Рахунок відкрито.",
    "Про це повідомляє Reuters.|За даними The New York Times, це не так.",
    "О 14.30 пролунав вибух.|О 15:00 – другий.",
    "Вони (їх було 5.) пішли.",
    "Загинули 3 ос., 5 поранено.|Серед них дитина.",
    "КНДР запустила ракету «Хвасон-18».|Сеул засудив пуск.",
    "Встреча прошла в г. Сеул.|Участвовали представители США, КНР и др. страны.",
    "В 1945 г. война закончилась.|В 1950 г. началась другая.",
    "Он род. в 1960 г. в с. Ивановка.",
    "А. С. Пушкин родился в Москве.|Ему было 37 лет.",
    "Об этом сообщает РИА «Новости» со ссылкой на и. о. министра И. И. Иванова.",
    "Цена — 100 руб. за кг.|Это дорого.",
    "«Мы готовы», — сказал он.|«Когда?» — спросили его.",
    "Т. е. это не война.|Это конфликт.",
    "По словам ген. Петрова, потери составили 10 тыс. человек.",
    "Это был т. н. «план Б».|Никто не знал.",
    "Mr. and Mrs. Kim arrived at 5 p.m. Friday.|They left on Sept. 3.",
    "The U.S. and South Korea agreed.|The U.N. Security Council met.",
    "He works for Apple Inc. in the U.S.|The company denied it.",
    "Gen. Mark A. Milley said Lt. Col. Smith was right.",
    "Prices rose 3.5 percent.|Oil hit $80.25 a barrel.",
    '"I am ready," he said.|"Are you?"',
    '"We won!" he shouted.|Everyone laughed.',
    'He asked: "Why?"|Nobody answered.',
    "Yoon (62) said no.|(He later agreed.)|Kim smiled.",
    "The missile flew about 1,000 km.|Japan protested.",
    "See Fig. 3 and p. 12 for details, e.g. the Hwasong-18.|It is new.",
    "St. Petersburg and Washington, D.C. are cities.",
    "He left the U.K.|He never returned.",
    "Seoul vs. Tokyo: No. 1 wins.|What next?",
    "Dr. Kim Jong Un Jr. did it...|Or not?",
    "Wait... what?|Yes.",
    '그는 "북한이 도발했다"고 말했다.|이어 "단호히 대응하겠다"고 덧붙였다.',
    "정부는 3.1절을 기념했다.|올해는 105주년이다.",
    '합참은 9일 "오전 7시 10분께 포착했다"고 밝혔다.|군은 경계를 강화했다.',
    '윤 대통령은 "우리는 준비됐다.|두렵지 않다"고 했다.',
    "김 위원장은 러시아로 갔다!|푸틴을 만났을까?|그렇다.",
    "(평양 AFP=연합뉴스) 북한이 발사했다.|끝.",
    "1) Перше.|2) Друге.",
    "• КНДР.|• США.",
    "На саміті були США, Велика Британія, Франція та ін.|Китай не приїхав.",
    "Він сказав: «Це кінець».|Потім пішов.",
    "Він сказав: «Це кінець.»|Потім пішов.",
    "Про це пише «Укр. правда».|Деталі невідомі.",
    "Це сталося 5 листоп. 2023 р.|Ніхто не загинув.",
    "У м. Києві, на просп. Перемоги, буд. 5, кв. 7.",
    "ICBM-ы запустили.|Да.",
    "Yonhap: N. Korea fires.|S. Korea responds.",
    "The rocket (a Hwasong-17, etc.) failed.|It fell.",
    "Mt. Paektu is high.|Ft. Bragg is not.",
    "Kim Jong Un, b. 1984, leads.|He rules.",
    "Ph.D. student J. R. R. Smith left.|Bye.",
    "Е. в. королева.|Дальше.",
    "Сказав він у ефірі 1+1.|Відео додано.",
    "Понад 1000 грн.|Так!|Ні?!|Що…",
]


@pytest.mark.parametrize("case", CASES)
def test_sentences(case: str) -> None:
    text = case.replace("した。|日", "した。日").replace("|", " ")
    assert [text[start:end] for start, end in sentences(text)] == case.split("|")


def test_a_paragraph_ends_its_last_sentence() -> None:
    text = "Заголовок без крапки\n\nПерше речення. Друге\nречення.\n \n  Третій абзац  \n"
    assert [text[start:end] for start, end in sentences(text)] == [
        "Заголовок без крапки",
        "Перше речення.",
        "Друге\nречення.",
        "Третій абзац",
    ]
    assert [text[start:end] for start, end in paragraphs(text)] == [
        "Заголовок без крапки",
        "Перше речення. Друге\nречення.",
        "Третій абзац",
    ]


@given(st.lists(st.sampled_from([*"аБa1.!?…»\"' \n。다U", "м.", "U.S.", "Mr."]), max_size=60).map("".join))
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    spans = sentences(text)
    covered = [at for start, end in spans for at in range(start, end)]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize("unit", [".", ". ", ".)", "a.b", "\n ", "?!", "Mr. "])
def test_long_monotonous_texts_are_cut_to_the_end(unit: str) -> None:
    text = "Початок " + unit * 50_000 + " кінець"
    assert sentences(text)[-1][1] == len(text)
