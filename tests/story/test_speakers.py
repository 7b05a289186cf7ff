from __future__ import annotations

import pytest

from monitor.story.speakers import speaker

SPEAKERS = [
    ("«Ми бачимо це», — заявив держсекретар США Ентоні Блінкен.", "Ентоні Блінкен"),
    ("Блінкен наголосив, що переговори тривають.", "Блінкен"),
    ("За словами міністра Дмитра Кулеби, переговори тривають.", "Дмитра Кулеби"),
    ("«Мы видим это», - сказал госсекретарь Энтони Блинкен.", "Энтони Блинкен"),
    ("Блинкен заявил, что переговоры идут.", "Блинкен"),
    ('"We see it," said U.S. Secretary of State Antony Blinken.', "Antony Blinken"),
    ('"We see it," Blinken told reporters in Seoul.', "Blinken"),
    ("Park Jin, the foreign minister, said the talks go on.", "Park Jin"),
    ("According to Prime Minister Fumio Kishida, the talks go on.", "Fumio Kishida"),
    ("박진 장관은 북한이 도발을 멈춰야 한다고 말했다.", "박진 장관"),
    ("Він додав, що переговори тривають.", None),
    ("He said the talks go on.", None),
    ("Північна Корея запустила ракету.", None),
    ("The president arrived in Seoul.", None),
    ("", None),
]


@pytest.mark.parametrize(("sentence", "name"), SPEAKERS, ids=[row[0][:30] for row in SPEAKERS])
def test_speakers(sentence: str, name: str | None) -> None:
    assert speaker(sentence, 0, len(sentence)) == name


def test_a_speaker_named_after_the_quotation() -> None:
    document = "«Ми бачимо це.» — сказав Блінкен. Потім він поїхав."
    assert speaker(document, 0, document.index("»") + 1) == "Блінкен"
    other = "«Ми бачимо це.» Потім прибув Кулеба, сказав Блінкен."
    assert speaker(other, 0, other.index("»") + 1) is None


ASKED = [  # {…} is the sentence that is asked about
    ("Як зазначив міністр Олег Немчинов, {«реформу завершать уже цього року в усіх областях»}.", "Олег Немчинов"),
    ("За словами Кулеби, {«переговори триватимуть і наступного тижня»}.", "Кулеби"),
    ("{«Мені здається, — продовжив Брод, — що це рішення запізнилося на рік»}.", "Брод"),
    ("Кулеба заявив, що зустріч буде. {«Ми готові говорити про все, крім територій»}, — додав він.", "Кулеба"),
    ("Кулеба заявив Блінкену, що зустріч буде. {«Ми готові говорити про все»}, — додав він.", None),
    ("Прибув Кулеба. {«Ми готові говорити про все, крім територій»}, — додав він.", None),
    ("Сонце сідало. {«Ми готові говорити про все, крім територій»}, — додав він.", None),
    ("{«Ми готові говорити про все, крім територій»}, — додав він.", None),
    ("«Ми перевірили все вчора», — сказала Олена Ковальчук. {«Пошкоджень у будівлі немає зовсім»}.", "Олена Ковальчук"),
    ("«Ми перевірили все вчора ввечері». Сонце сідало. {«Пошкоджень у будівлі немає зовсім»}.", None),
    ("{«Міст відкриють для руху в понеділок уранці»}, — сказав мер Харкова Ігор Терехов.", "Ігор Терехов"),
    ("{«Міст відкриють для руху в понеділок уранці»}, — сказав лідер КНДР Кім Чен Ин.", "Кім Чен Ин"),
    ("{«Турция наравне с Россией является игроком»}, — сказал Роман Коноплев Русской службе.", "Роман Коноплев"),
    ("{«Це рішення суду ми оскаржимо в апеляції»}, — сказав адвокат Порошенка.", None),
    ("{«Це рішення суду ми оскаржимо в апеляції»}, — сказав адвокат Петра Порошенка.", None),
    ("{«Це рішення суду ми оскаржимо в апеляції»}, — сказав адвокат Петро Гончар.", "Петро Гончар"),
    ("{«Это решение мы обжалуем уже на этой неделе»}, - сказал представитель Microsoft.", None),
    ("{«Это решение мы обжалуем на этой неделе»}, — рассказал рабочий Алексей Павлов из Омска.", "Алексей Павлов"),
    ("Рабочие Vestas сказали, что {«захват завода является тем, что надо сделать»}.", None),
    ("Парламентарий от ОБСЕ наблюдатель Хуан Суареш сообщил: {«Мы подытожим всю информацию»}.", "Хуан Суареш"),
    ("В беседе с агентством лидер движения Павел Белов сказал: {«Это стало переломным моментом»}.", "Павел Белов"),
    ("Учора, «у неділю», прем'єр сказав: {«Ми все перевірили ще вчора ввечері»}.", None),
    ("{«За добу відбулося сто сорок бойових зіткнень»}, — повідомив Генштаб.", "Генштаб"),
    ("{«За добу відбулося сто сорок бойових зіткнень»}, — повідомив начальник Генштабу.", None),
    ("{«За добу відбулося сто сорок бойових зіткнень»}, — повідомила українська Нацполіція.", "Нацполіція"),
    ("{«За добу відбулося сто сорок бойових зіткнень»}, — повідомили в Генштабі.", None),
    ("{«Ракета впала в море за триста кілометрів»}, — повідомило міністерство.", "міністерство"),
    ("{«Ракета впала в море за триста кілометрів»}, — повідомили в міністерство.", None),
    ("{«Ракета впала в море за триста кілометрів»}, — повідомляє Reuters.", None),
    ("{«Ракета впала в море за триста кілометрів»}. Потім усі поїхали до міста.", None),
    ("Сонце сідало за обрій, і почалася злива {«Великого очищення після довгого літа»} на площі.", None),
    ("{«Мы приветствуем это решение наших партнёров»}, — заявила Урсула фон дер Ляйен.", "Урсула фон дер Ляйен"),
    ("Зустріч з Олегом Ковалем тривала, Петро Коваль сказав: {«Ми все перевірили ще вчора»}.", "Петро Коваль"),
    ("Учора слюсар Миколи Гончара сказав: {«Ми все перевірили ще вчора ввечері»}.", None),
    ("Учора слюсар Петра Гончара сказав: {«Ми все перевірили ще вчора ввечері»}.", None),
    ("Учора слюсар Анною Ковальською сказала: {«Ми все перевірили ще вчора»}.", None),
    ("Кулеба заявив, що зустріч буде. Так було. {«Ми готові говорити про все»}, — додав він.", "Кулеба"),
    ('총리가 온 날 신현지는 {"운이 내게 조금 더 있었다고 생각한다"}라고 소감을 밝혔다.', "신현지"),
    ("Анною Ковальською сказала: {«Ми все перевірили ще вчора ввечері»}.", None),
    ("Учора слюсар Микола Гончар сказав: {«Ми все перевірили ще вчора ввечері»}.", "Микола Гончар"),
    ("{“We face a lot of competition, and transit can help,”} said Joe Sternlieb, a resident.", "Joe Sternlieb"),
    ("{“We face a lot of competition, and it can help,”} House Committee Chairman Nick Rahall said.", "Nick Rahall"),
    ("{“We face a lot of competition, and it can help,”} said Trump's lawyer Rudy Giuliani.", "Rudy Giuliani"),
    ("{“We face a lot of competition, and it can help,”} said Trump's.", None),
    ("{“We face a lot of competition, and it can help,”} said a spokesman for Donald Trump.", None),
    ("{“We face a lot of competition, and it can help,”} said a Western diplomat.", None),
    ("{“We face a lot of competition, and it can help,”} the Joint Chiefs of Staff said.", "Joint Chiefs of Staff"),
    ("{“We face a lot of competition, and it can help,”} the Navy chief said.", None),
    ("{“We face a lot of competition, and it can help,”} the ministry said.", "the ministry"),
    ("{“We face a lot of competition, and it can help.”} Blinken said.", "Blinken"),
    ("{“We face a lot of competition, and it can help.”} Later the talks ended in Seoul.", None),
    ("{“We face a lot of competition, and it can help,”} said Ann Lee - a friend - and Bob Ray.", "Ann Lee"),
    ("{“We face a lot of competition, and it can help,”} said Ann Lee then Bob Ray.", "Ann Lee"),
    ("{“We face a lot of competition, and it can help,”} said again Lee then Ray.", "Ray"),
    ("{“We face a lot of competition, and it can help,”} again Lee then Ray said.", None),
    ("{“We face a lot of competition, and it can help,”} said 15 - Ann Lee.", None),
    ("{“We face a lot of competition, and it can help,”} said Trump's Smith's dog.", None),
    ("{“We face a lot of competition, and it can help,”} said Blinken Inc in a note.", None),
    ("{“We face a lot of competition, and it can help,”} said Prime Minister.", None),
    ("{«Ракета впала в море за триста кілометрів»}, — сказав Іван Гончар Слюсар Директор.", "Іван Гончар Слюсар"),
    ("{«Ракета впала в море за триста кілометрів»}, — сказав Іван Гончар КПРС.", "Іван Гончар"),
    ("{«Ракета впала в море за триста кілометрів»}, — сказав слюсар Сяйва Неба Іван Гончар.", "Іван Гончар"),
    ("{“We face a lot of competition, and it can help,”} González Anaya says.", "González Anaya"),
    ('회담을 원하는 리병철은 {"무기체계의 성능이 다시 확인됐다"}고 말했다.', "리병철"),
    ("Park Jin, the foreign minister, said: {“We face a lot of competition, and it can help.”}", "Park Jin"),
    ("It was late, the rain fell: {“We face a lot of competition, and it can help.”}", None),
    (", said: {“We face a lot of competition, and it can help.”}", None),
    ("In 2010 * Ann Lee said: {“We face a lot of competition, and it can help.”}", "Ann Lee"),
    ("{Blinken told Kishida the talks ended.}", "Blinken"),
    ("{The talks go on, he said.}", None),
    ("{The talks go on, said nobody in this large room.}", None),
    ('박진 장관은 {"북한은 도발을 즉각 멈추고 대화에 나와야 한다"}고 말했다.', "박진 장관"),
    ('이 대표는 이어 {"민생을 살리는 일에 여야가 따로 없다"}고 말했다.', "이 대표"),
    ('한 의원은 이어 {"민생을 살리는 일에 여야가 따로 없다"}고 말했다.', None),
    ('대변인은 {"민생을 살리는 일에 여야가 따로 없다"}고 말했다.', None),
    ('신현지는 {"운이 내게 조금 더 있었다고 생각한다"}라고 소감을 밝혔다.', "신현지"),
    ('이 관계자는 {"드라마 출연을 앞두고 있어 더욱 예민하다"}고 전했다.', None),
    ('KBS는 대변인 말을 인용, {"두 명의 소재를 파악하고 출동했다"}고 전했다.', None),
    ('합참은 {"우리 군은 만반의 대비태세를 유지하고 있다"}고 밝혔다.', "합참"),
    ('그는 {"아무것도 결정된 바가 없다고 들었다"}고 덧붙였다.', None),
    ('조태열 장관은 회담이 열린다고 말했다. 이어 {"모든 문제를 논의할 준비가 되어 있다"}고 덧붙였다.', "조태열 장관"),
    ('{"모든 문제를 논의할 준비가 되어 있다"}고 덧붙였다.', None),
    ('회담장에 {"모든 문제를 논의할 준비가 되어 있다"}는 글이 붙었다.', None),
    ('북한이 쏘자 리병철은 {"무기체계의 성능이 다시 확인됐다"}고 말했다.', "리병철"),
    ('방문하는 총리는 {"양국 관계를 한 단계 높이겠다"}고 말했다.', None),
    ('가나다라마바사는 {"양국 관계를 한 단계 높이겠다"}고 말했다.', None),
    ("{박진 장관은 북한이 도발을 멈춰야 한다고 말했다.}", "박진 장관"),
    ("{북한이 10일 동해상으로 탄도미사일을 발사했다.}", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), ASKED, ids=[str(number) for number in range(len(ASKED))])
def test_who_says_a_sentence(text: str, name: str | None) -> None:
    start, end = text.index("{"), text.index("}") - 1
    assert speaker(text.replace("{", "").replace("}", ""), start, end) == name


@pytest.mark.parametrize(
    "text", ["«" * 4000, "сказав " * 3000, '"a" ' * 3000, "said X " * 3000, "가는 " * 3000, "«А» " * 2000]
)
def test_odd_texts_end_soon(text: str) -> None:
    for start in (0, len(text) // 2):
        assert speaker(text, start, start + 40) in (None, "X")
