"""No quoted sentence begins with a pronoun whose meaning stands in front of it, in any language that has pronouns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import Article, Hit, Quote, Zone
from monitor.story.antecedents import dangles, reported, with_antecedent, without_pronoun
from monitor.story.quotes import quotes
from monitor.text.sentences import sentences

DANGLING = [
    ("uk", "За його словами, КНДР готує пуск."),
    ("uk", "На їхню думку, цього мало."),
    ("uk", "Як він зазначив, пуск був удень."),
    ("uk", "Вони прибули до Сеула."),
    ("uk", "Серед них — КНДР."),
    ("uk", "«Він поїде до КНДР»"),
    ("uk", "Це вже третій пуск."),
    ("ru", "По его словам, КНДР готовит пуск."),
    ("ru", "Она прибыла в Сеул."),
    ("ru", "С ним был министр."),
    ("en", "He said North Korea fired a missile."),
    ("en", "According to him, it was a test."),
    ("en", "One of them was a missile."),
    ("en", "They met in Seoul."),
    ("en", "This is the third launch."),
    ("en", "It said the missile flew 600 km."),
    ("ko", "그는 북한이 미사일을 발사했다고 말했다."),
    ("ko", "그에 따르면 발사는 오전이었다."),
    ("pl", "Jego zdaniem to za mało."),
    ("pl", "Według niego pocisk spadł do morza."),
    ("de", "Er sprach von einer Rakete."),
    ("de", "Ihm zufolge war es ein Test."),
    ("de", "Das ist der dritte Start."),
]
STANDING = [
    ("uk", "Ентоні Блінкен заявив, що він прибуде завтра."),
    ("uk", "Цей тиждень був спокійний."),
    ("uk", "Вонсан прийняв гостей."),
    ("ru", "Этот пуск стал третьим."),
    ("en", "It is the third time this year that a missile flew."),
    ("en", "This week North Korea fired a missile."),
    ("en", "Hearing nothing, Seoul waited."),
    ("en", "After he arrived, Blinken spoke."),
    ("ko", "그리고 북한은 침묵했다."),
    ("de", "Das Ministerium schweigt."),
    ("ja", "彼は言った。"),
]


@pytest.mark.parametrize(("language", "text"), DANGLING)
def test_what_points_back_is_known(language: str, text: str) -> None:
    assert dangles(text, language)


@pytest.mark.parametrize(("language", "text"), STANDING)
def test_what_stands_by_itself_is_not(language: str, text: str) -> None:
    assert not dangles(text, language)


def quoted(text: str, *terms: str, language: str = "uk", title: str = "") -> tuple[Quote, ...]:
    article = Article(None, title, text, "X", language, published=datetime(2023, 11, 9, tzinfo=UTC))
    document = article.document
    hits = []
    for term in terms:
        at = document.index(term, len(title))
        span = next((start, end) for start, end in sentences(document) if start <= at < end)
        hits.append(Hit(term, term, at, at + len(term), Zone.BODY, sentence=span))
    found = quotes(article, hits)
    for each in found:
        assert [each.text[a:b] for a, b in each.marks]
        assert not dangles(each.text, language)
    return found


def test_who_a_pronoun_is_stands_behind_what_was_said() -> None:
    (found,) = quoted("Ентоні Блінкен заявив, що прибув до Сеула. За його словами, КНДР готує пуск.", "КНДР")
    assert (found.text, found.speaker) == ("…КНДР готує пуск.", "Ентоні Блінкен")
    (found,) = quoted("Blinken said talks went well. He said that the DPRK was told.", "DPRK", language="en")
    assert (found.text, found.speaker) == ("…the DPRK was told.", "Blinken")


def test_a_term_within_who_said_it_keeps_its_sentence() -> None:
    text = "Блінкен заявив, що прибув. За його словами, КНДР мовчить."
    (found,) = quoted(text, "словами")
    assert found.text == text


def test_else_the_sentence_in_front_comes_along() -> None:
    text = "Міністр Пак і радник Кім прибули до Сеула.\n\nВони говорили про КНДР."
    (found,) = quoted(text, "КНДР", title="Зустріч")
    assert " ".join(found.text.split()) == "Міністр Пак і радник Кім прибули до Сеула. Вони говорили про КНДР."


def test_the_title_is_no_sentence_in_front() -> None:
    (found,) = quoted("Вони говорили про КНДР та про інше.", "КНДР", title="Пак і Кім зустрілися")
    assert found.text == "…говорили про КНДР та про інше."


def test_what_would_be_too_long_is_cut_behind_its_pronoun() -> None:
    long = "Слово " * 60 + "кінець."
    (found,) = quoted(f"{long} Вони бачать КНДР.", "КНДР")
    assert found.text == "…бачать КНДР."
    (found,) = quoted(f"{long[:200]}. Вони є. {'Вони тут і там. ' * 14}Вони бачать КНДР.", "КНДР")
    assert found.text == "…бачать КНДР."


def test_a_sentence_that_stands_by_itself_is_better() -> None:
    text = "Вони знають КНДР. Сеул стежить за КНДР."
    article = Article(None, "", text, "X", "uk", published=datetime(2023, 11, 9, tzinfo=UTC))
    spots = [text.index("КНДР"), text.rindex("КНДР")]
    spans = sentences(text)
    hits = [Hit("DPRK", "КНДР", at, at + 4, Zone.BODY, sentence=span) for at, span in zip(spots, spans, strict=True)]
    assert [each.text for each in quotes(article, hits)] == ["Сеул стежить за КНДР."]


def test_of_direct_speech_that_points_back_the_whole_sentence_is_quoted() -> None:
    (found,) = quoted("Блінкен сказав про міністра: «Він добре знає КНДР та її сусідів».", "КНДР")
    assert found.text.startswith("Блінкен сказав про міністра")


def test_a_sentence_that_only_repeats_the_headline_is_not_quoted() -> None:
    title = "КНДР запустила балістичну ракету в бік Японського моря"
    assert quoted("КНДР запустила ракету в бік Японського моря, повідомляє Yonhap.", "КНДР", title=title) == ()
    (found,) = quoted("КНДР запустила ракету у бік моря, і Сеул скликав раду безпеки.", "КНДР", title=title)
    assert found.text.startswith("КНДР запустила")
    (found,) = quoted("КНДР запустила «Хвасон» у бік Японського моря.", "Хвасон", title=title)
    assert found.marks
    assert quoted("북한이 미사일을 발사했다.", "북한", title="북한, 미사일 발사", language="ko") == ()


def test_each_function_bears_what_has_no_pronoun() -> None:
    text = "Сеул мовчить. Він чекає."
    assert reported(text, (0, 13), "uk") is None
    assert reported(text, (14, 24), "ja") is None
    assert reported("그는 말했다.", (0, 7), "ko") is None
    assert without_pronoun(text, (0, 13), "uk") == 0
    assert without_pronoun(text, (14, 24), "ja") == 14
    assert with_antecedent(text, (14, 24), "uk") == (0, 24)
    assert with_antecedent(text, (14, 24), "uk", 14) is None
