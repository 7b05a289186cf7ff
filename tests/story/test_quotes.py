from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import Article, Hit, Zone
from monitor.story.quotes import quotes

TITLE = "КНДР і Росія"
TEXT = "Росія надає КНДР зброю. КНДР мовчить.\n\nСеул стежить за КНДР і Росією. Кінець."
ARTICLE = Article(None, TITLE, TEXT, "X", "uk", published=datetime(2023, 11, 9, tzinfo=UTC))


def hits(*words: str, zone: Zone = Zone.BODY, after: int = len(TITLE)) -> list[Hit]:
    document = ARTICLE.document
    out = []
    for word in words:
        at = document.find(word, after)
        while at >= 0:
            out.append(Hit(word, word, at, at + len(word), zone))
            at = document.find(word, at + 1)
    return out


def test_the_sentence_with_most_terms_comes_first_and_marks_stand_on_surfaces() -> None:
    (first,) = quotes(ARTICLE, hits("КНДР", "Росія"))
    assert first.text == "Росія надає КНДР зброю."
    assert [first.text[a:b] for a, b in first.marks] == ["Росія", "КНДР"]


def test_a_second_sentence_only_for_further_terms() -> None:
    found = quotes(ARTICLE, hits("КНДР", "Росія", "Сеул"))
    assert [quote.text for quote in found] == ["Росія надає КНДР зброю.", "Сеул стежить за КНДР і Росією."]
    assert len(quotes(ARTICLE, hits("КНДР", "Росія", "Сеул"), limit=1)) == 1


@pytest.mark.parametrize("zone", [Zone.TITLE, Zone.BACKGROUND, Zone.CREDIT])
def test_titles_background_and_credits_are_not_quoted(zone: Zone) -> None:
    assert quotes(ARTICLE, hits("КНДР", zone=zone)) == ()


def test_sentences_given_with_hits_are_used() -> None:
    start = ARTICLE.document.index("Сеул")
    end = ARTICLE.document.index(" Кінець")
    hit = Hit("Сеул", "Сеул", start, start + 4, Zone.LEAD, sentence=(start, end))
    assert quotes(ARTICLE, [hit])[0].text == "Сеул стежить за КНДР і Росією."


def test_hits_out_of_place_are_passed_over() -> None:
    assert quotes(ARTICLE, [Hit("x", "x", 5000, 5001, Zone.BODY), Hit("x", "x", 9, 9, Zone.BODY)]) == ()


DIRECT = [
    ("«Ми бачимо, як КНДР надає військове обладнання», — заявив держсекретар США Ентоні Блінкен у Сеулі.",
     "«Ми бачимо, як КНДР надає військове обладнання»", "Ентоні Блінкен"),
    ("Блінкен заявив: «Ми бачимо, як КНДР надає військове обладнання».",
     "«Ми бачимо, як КНДР надає військове обладнання»", "Блінкен"),
    ('"We see the КНДР giving military equipment," Blinken told reporters in Seoul.',
     '"We see the КНДР giving military equipment,"', "Blinken"),
    ("“We see the КНДР giving military equipment,” said U.S. Secretary of State Antony Blinken.",
     "“We see the КНДР giving military equipment,”", "Antony Blinken"),
    ("Блінкен заявив, що КНДР надає обладнання.", "Блінкен заявив, що КНДР надає обладнання.", None),
    ("SEOUL, Nov. 9 (Yonhap) -- The КНДР fired a missile.", "The КНДР fired a missile.", None),
    ("(서울=연합뉴스) 홍길동 기자 = КНДР가 미사일을 발사했다.", "КНДР가 미사일을 발사했다.", None),
    ("МОСКВА, 9 ноя — РИА Новости. КНДР запустила ракету.", "КНДР запустила ракету.", None),
    ("Штаб «Північ» бачить КНДР.", "Штаб «Північ» бачить КНДР.", None),
]  # fmt: skip


def quote_of(text: str) -> tuple[str, str | None]:
    item = Article(None, "", text, "X", "uk", published=datetime(2023, 11, 9, tzinfo=UTC))
    at = text.index("КНДР")
    end = text.find("\n\n")
    hit = Hit("DPRK", "КНДР", at, at + 4, Zone.BODY, sentence=(0 if end < 0 or at < end else end + 2, len(text)))
    (found,) = quotes(item, [hit])
    assert [found.text[a:b] for a, b in found.marks] == ["КНДР"]
    return found.text, found.speaker


@pytest.mark.parametrize(("text", "shown", "name"), DIRECT, ids=[row[0][:30] for row in DIRECT])
def test_direct_speech_is_cut_to_the_quotation(text: str, shown: str, name: str | None) -> None:
    assert quote_of(text) == (shown, name)


def test_a_pronoun_is_the_last_who_spoke() -> None:
    text = "Блінкен заявив, що переговори тривають.\n\n«Ми бачимо, як КНДР надає військове обладнання», — додав він."
    assert quote_of(text) == ("«Ми бачимо, як КНДР надає військове обладнання»", "Блінкен")


def test_overlapping_hits_are_marked_once() -> None:
    text = "Сьогодні міжконтинентальна балістична ракета впала в море."
    whole, part = "міжконтинентальна балістична ракета", "балістична ракета"
    spans = [(text.index(words), text.index(words) + len(words)) for words in (whole, part)]
    article = Article(url=None, title="", text=text, source="", language="uk")
    hits = [Hit(words, words, start, end, Zone.LEAD, sentence=(0, len(text))) for words, (start, end) in zip(
        (whole, part), spans, strict=True)]  # fmt: skip
    assert quotes(article, hits)[0].marks == (spans[0],)


def test_a_quotation_without_the_hit_is_shown_with_its_sentence() -> None:
    text = "«Ми бачимо, що постачання зброї триває далі», — заявив Блінкен у Сеулі про КНДР."
    at = text.index("КНДР")
    article = Article(url=None, title="", text=text, source="", language="uk")
    hit = Hit("DPRK", "КНДР", at, at + 4, Zone.LEAD, sentence=(0, len(text)))
    assert quotes(article, [hit])[0].text == text


EXPLAINED = (
    "Росія надає Північній Кореї технології для її військових програм. "
    "Про це в Сеулі заявив держсекретар США Ентоні Блінкен, передає агентство. Пхеньян мовчить."
)


def of_sentences(text: str, *terms: tuple[str, str]) -> list[Hit]:
    """Return hits (term, surface), each with the sentence that it stands in."""
    found = []
    for term, surface in terms:
        at = text.index(surface)
        start = text.rfind(". ", 0, at) + 2 if ". " in text[:at] else 0
        found.append(Hit(term, surface, at, at + len(surface), Zone.BODY, sentence=(start, text.index(".", at) + 1)))
    return found


@pytest.mark.parametrize("orders", [(0, 1), (1, 0)])
def test_a_sentence_that_explains_another_is_not_quoted_twice(orders: tuple[int, int]) -> None:
    terms = [("DPRK", "Північній Кореї"), ("Blinken", "Блінкен")]
    article = Article(url=None, title="", text=EXPLAINED, source="", language="uk")
    (found,) = quotes(article, of_sentences(EXPLAINED, *(terms[at] for at in orders)))
    assert found.text == EXPLAINED.removesuffix(" Пхеньян мовчить.")
    assert [found.text[a:b] for a, b in found.marks] == ["Північній Кореї", "Блінкен"]


def test_the_place_of_a_doubled_sentence_is_free_for_another_term() -> None:
    surfaces = ("Росія", "Північній Кореї", "програм", "Сеулі", "Блінкен", "Пхеньян")
    terms = [(surface, surface) for surface in surfaces]
    article = Article(url=None, title="", text=EXPLAINED, source="", language="uk")
    found = quotes(article, of_sentences(EXPLAINED, *terms))
    assert [quote.text for quote in found] == [EXPLAINED.removesuffix(" Пхеньян мовчить."), "Пхеньян мовчить."]


def test_the_sentence_chosen_first_brings_what_explains_it() -> None:
    text = EXPLAINED.replace("агентство", "агентство у Вашингтоні")
    terms = [("Blinken", "Блінкен"), ("Washington", "Вашингтоні"), ("DPRK", "Північній Кореї")]
    article = Article(url=None, title="", text=text, source="", language="uk")
    (found,) = quotes(article, of_sentences(text, *terms))
    assert [found.text[a:b] for a, b in found.marks] == ["Північній Кореї", "Блінкен", "Вашингтоні"]
