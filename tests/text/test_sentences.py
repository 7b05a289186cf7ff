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
