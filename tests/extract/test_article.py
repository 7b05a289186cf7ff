from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.errors import ExtractError
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Article, Entry, Source, Zone
from monitor.ports import Response

NOW = datetime(2023, 11, 9, 12, 0, tzinfo=UTC)
UKRINFORM = Source("Ukrinform", "https://www.ukrinform.ua/rss/block-lastnews", language="uk", timezone="Europe/Kyiv")
YONHAP = Source("Yonhap", "https://en.yna.co.kr/RSS/nk.xml", timezone="Asia/Seoul")
LINK = "https://www.ukrinform.ua/rubric-world/3784400-rosia.html"

TITLE = "Росія допомагає КНДР розвивати військові програми – Блінкен"
LEAD = "Росія надає Північній Кореї технології та підтримку для її військових програм, заявив держсекретар США Ентоні Блінкен."
BODY = "Про це він сказав на пресконференції в Сеулі, передає Укрінформ із посиланням на Yonhap. За його словами, ідеться про технологію ракети."
PAST = "Як повідомляв Укрінформ, наприкінці жовтня розвідка Південної Кореї заявила про понад мільйон снарядів із КНДР."

PAGE = f"""<!DOCTYPE html><html lang="uk"><head><meta charset="utf-8"><title>{TITLE} | Укрінформ</title>
<meta property="og:title" content="{TITLE}">
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "{TITLE}",
 "datePublished": "2023-11-09T09:40:00+02:00", "author": [{{"@type": "Person", "name": "Олена Коваль"}}]}}</script></head>
<body><header><h1>Укрінформ</h1><nav><a href="/">Головна</a><a href="/ato">Війна</a></nav></header>
<main><article><h1>{TITLE}</h1><time datetime="2023-11-09T09:40">09.11.2023 09:40</time>
<div class="newsText"><div><p>{LEAD}</p><p>{BODY}</p>
<section class="read"><p>Читайте також: <a href="/1">Футболісти виграли матч у Ризі</a></p></section>
<p>Читайте також: Футболісти виграли матч у Ризі</p>
<p>{PAST}</p><p>Фото: Yonhap</p></div></div></article>
<aside><h3>Останні новини</h3><ul><li><a href="/2">У Львові відкрили виставку котів</a></li></ul></aside></main>
<footer><p>При цитуванні і використанні будь-яких матеріалів посилання на сайт обов'язкове.</p><p>© Укрінформ</p></footer></body></html>"""

YONHAP_LEAD = "U.S. Secretary of State Antony Blinken said Thursday that Russia is giving North Korea technology for its military programs."
YONHAP_PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>(2nd LD) Blinken says Russia giving N.K. technology</title></head><body>
<div class="view"><h1>(2nd LD) Blinken says Russia giving N.K. technology</h1><article class="story-news">
<p>(ATTN: UPDATES with remarks on China in last three paras; ADDS photo)</p><p>By Kim Min-seo</p>
<p>SEOUL, Nov. 9 (Yonhap) -- {YONHAP_LEAD}</p>
<figure><img src="x.jpg"><figcaption>Blinken speaks in Seoul on Nov. 9, 2023. (Yonhap)</figcaption></figure>
<p>"We see the North providing military equipment to Russia," Blinken told a joint press conference with the minister.</p>
<p>minseo@example.com</p><p>(END)</p></article></div></body></html>"""


def entry(title: str = "", summary: str = "", **fields: Any) -> Entry:
    return Entry(key="k", guid="g", link=LINK, title=title, summary=summary, **fields)


def extract(
    page: str | bytes, source: Source = UKRINFORM, kind: str = "text/html; charset=utf-8", item: Entry | None = None
) -> Article:
    body = page.encode() if isinstance(page, str) else page
    return ArticleExtractor().extract(
        source, item or entry(), Response(LINK, 200, (("content-type", kind),), body), NOW
    )


def refused(page: str | bytes, kind: str = "text/html; charset=utf-8", item: Entry | None = None) -> str:
    with pytest.raises(ExtractError) as caught:
        extract(page, kind=kind, item=item)
    assert not caught.value.retryable
    return str(caught.value)


def test_an_article_of_ukrinform() -> None:
    article = extract(PAGE)
    assert article.title == TITLE
    assert article.text.split("\n\n") == [LEAD, BODY, PAST, "Фото: Yonhap"]
    assert [span.zone for span in article.zones] == [Zone.TITLE, Zone.LEAD, Zone.BODY, Zone.BACKGROUND, Zone.CREDIT]
    assert article.author == "Олена Коваль"
    assert article.published == datetime(2023, 11, 9, 7, 40, tzinfo=UTC)
    assert (article.language, article.source, article.url) == ("uk", "Ukrinform", LINK)
    assert article.key == "ukrinform.ua:3784400"
    assert article.from_summary is None
    assert pickle.loads(pickle.dumps(article)) == article  # noqa: S301 — our own bytes


def test_what_the_feed_says_goes_before_what_the_page_says() -> None:
    at = datetime(2023, 11, 9, 7, 41, tzinfo=UTC)
    article = extract(PAGE, item=entry("Назва зі стрічки", author="Редакція", published=at))
    assert (article.title, article.author, article.published) == ("Назва зі стрічки", "Редакція", at)
    assert TITLE not in article.text


def test_an_article_of_yonhap() -> None:
    article = extract(YONHAP_PAGE, YONHAP)
    assert article.title.startswith("(2nd LD) Blinken")
    assert "ATTN" not in article.text
    assert "By Kim" not in article.text
    assert "@" not in article.text
    assert "(END)" not in article.text
    lead = next(span for span in article.zones if span.zone is Zone.LEAD)
    assert article.document[lead.start : lead.end].strip() == YONHAP_LEAD


def test_a_summary_article_before_the_real_one() -> None:
    sentence = (
        "토니 블링컨 미국 국무장관은 9일 러시아가 북한의 군사 프로그램에 기술과 지원을 제공하고 있다고 서울에서 밝혔다."
    )
    page = (
        "<html lang=ko><head><meta charset=utf-8><title>블링컨 방한</title></head><body><article class='summary'><p>블링컨 방한</p><p>세 줄 요약</p></article>"
        f"<article class='story-news'><h1>블링컨 방한</h1>{''.join(f'<p>{n}. {sentence}</p>' for n in range(6))}</article></body></html>"
    )
    article = extract(page, YONHAP)
    assert article.language == "ko"
    assert article.text.count(sentence) == 6


def test_a_flash_of_one_sentence_is_an_article() -> None:
    page = "<html><body><article><h1>(URGENT) N. Korea fires missile</h1><p>SEOUL, Nov. 9 (Yonhap) -- North Korea fired a ballistic missile on Thursday, the South's military said.</p></article></body></html>"
    assert "ballistic missile" in extract(page, YONHAP).text


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("cp1251", "windows-1251"),
        ("cp1251", "utf-8"),
        ("koi8_u", "koi8-u"),
        ("utf-8", "windows-1251"),
        ("utf-16", "utf-8"),
    ],
)
def test_wrong_charsets(codec: str, label: str) -> None:
    page = PAGE.replace('charset="utf-8"', f'charset="{label}"').encode(codec, "replace")
    assert extract(page, kind=f"text/html; charset={label}").text.startswith("Росія надає Північній Кореї")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><head><title>Ваша приватність</title></head><body><h1>Ми цінуємо вашу приватність</h1><p>Ми та наші партнери зберігаємо файли cookie на вашому пристрої. Натисніть «Прийняти все», щоб продовжити читання статті.</p></body></html>", "consent wall"),
        ("<html><head><title>Before you continue</title></head><body><p>We and our partners use cookies to store and access information. Accept all to continue, or manage your privacy choices here.</p></body></html>", "consent wall"),
        ("<html><head><title>Just a moment...</title></head><body><p>Checking if the site connection is secure. Enable JavaScript and cookies to continue.</p></body></html>", "check for robots"),
        ("<html><head><title>404 – Сторінку не знайдено</title></head><body><p>На жаль, такої сторінки в нас немає. Спробуйте пошук або перейдіть на головну сторінку сайту.</p></body></html>", "not found"),
        ("<html><head><title>News</title></head><body><h1>Page not found</h1><p>The page you are looking for may have been moved.</p></body></html>", "not found"),
        ("<html><head><title>알림</title></head><body><p>요청하신 페이지를 찾을 수 없습니다. 주소를 다시 확인해 주시기 바랍니다.</p></body></html>", "not found"),
        ("<html><head><title>Sign in to read</title></head><body><form><input type=password></form><p>Already a subscriber? Log in to continue reading this article and all of our news.</p></body></html>", "login wall"),
        ("<html><head><title>Стаття</title></head><body><p>Увійдіть, щоб читати далі. Доступно лише для передплатників нашого видання, оформіть передплату.</p></body></html>", "login wall"),
        ("<html><head><title>News</title><script>boot()</script></head><body><div id=root></div><script src=a.js></script></body></html>", "JavaScript"),
        ("<html><head><title>News</title></head><body><p>Hi.</p></body></html>", "almost no text"),
        ("<html><head><title>News</title></head><body></body></html>", "no article text"),
        ("", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF file"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"PK\x03\x04aaaa", "an archive"),
        (bytes(range(256)) * 40, "not text"),
        ('{"error": "busy", "html": "<p>Try the <b>home</b> page again later, or write to the desk.</p>"}', "no article text"),
        ("\n[1, 2]", "no article text"),
    ],
)  # fmt: skip
def test_what_stands_instead_of_an_article_is_named(page: str | bytes, reason: str) -> None:
    assert reason in refused(page)


def test_a_type_that_is_no_page() -> None:
    assert refused("x", kind="application/pdf") == "the page is a PDF file"
    assert refused("x", kind="video/mp4") == "the page is a film"


def test_an_article_on_cookies_and_404_is_an_article() -> None:
    text = "".join(
        f"<p>{n}. The privacy regulator said that cookie consent walls must let readers log in to pages, and that a page not found is no answer.</p>"
        for n in range(14)
    )
    assert (
        "regulator"
        in extract(
            f"<html><head><title>Regulator rules on consent</title></head><body><article>{text}</article></body></html>"
        ).text
    )


def test_a_page_with_less_text_than_the_feed() -> None:
    page = f"<html><body><article><h1>T</h1><p>{LEAD}</p></article></body></html>"
    assert "less text than the feed" in refused(page, item=entry("T", "Довгий виклад зі стрічки. " * 20))


def test_line_breaks_by_the_thousand_are_no_burden() -> None:
    page = f"<html><body><article><p>{LEAD}</p>{'<br>' * 100_000}<p>{BODY}</p></article></body></html>"
    assert LEAD in extract(page).text


def test_a_thousand_levels_are_read_or_named() -> None:
    page = "<html><body>" + "<div>" * 1000 + f"<p>{LEAD}</p>" + "</div>" * 1000 + "</body></html>"
    assert "text" in refused(page)


def test_ten_megabytes_are_cut_at_two() -> None:
    page = (
        f"<html><body><article><p>{LEAD}</p><p>{BODY}</p></article>"
        + "<!-- x -->" * 1_000_000
        + "<p>NEVER READ</p></body></html>"
    )
    assert "NEVER READ" not in extract(page).text


def test_markup_is_text_nowhere() -> None:
    page = f'<html><body><article><h1>T</h1><p>{LEAD} &lt;script&gt;alert(1)&lt;/script&gt;</p><p><a href="tg://user?id=1">{BODY}</a></p><script>steal()</script></article></body></html>'
    article = extract(page)
    assert "steal" not in article.text
    assert "tg://" not in article.text


def test_plain_text_has_its_title_in_the_first_line() -> None:
    article = extract(f"{TITLE}\n\n{LEAD}\n\n{BODY}\n\n{PAST}", kind="text/plain")
    assert article.title == TITLE
    assert article.text.split("\n\n") == [LEAD, BODY, PAST]


@pytest.mark.parametrize("first", ["[속보] 북한 발사", "{Live} updates", "[" * 100_000, '{"a": 1} is what they said'])
def test_plain_text_in_brackets_is_no_data(first: str) -> None:
    assert LEAD in extract(f"{first}\n\n{LEAD}\n\n{BODY}", kind="text/plain").text


def test_broken_metadata_is_passed_over() -> None:
    page = PAGE.replace('{"@context"', '{{"@context').replace("2023-11-09T09:40", "soon")
    article = extract(page)
    assert article.title == TITLE
    assert article.published is None


def test_where_nothing_has_a_title_the_address_stands_in() -> None:
    item = replace(entry("", ""), link="https://www.ukrinform.ua/rubric-ato/3784521-rosia-dopomagae-kndr.html")
    assert (
        ArticleExtractor().from_summary(UKRINFORM, item, "the page answered 404", NOW).title == "rosia dopomagae kndr"
    )
    told = replace(item, summary=LEAD)
    assert ArticleExtractor().from_summary(UKRINFORM, told, "the page answered 404", NOW).title == ""


def test_the_summary_stands_in() -> None:
    item = entry(TITLE, LEAD, published=NOW)
    article = ArticleExtractor().from_summary(UKRINFORM, item, "the page is a consent wall", NOW)
    assert (article.text, article.from_summary) == (LEAD, "the page is a consent wall")
    assert [span.zone for span in article.zones] == [Zone.TITLE, Zone.LEAD]
    assert article.key == extract(PAGE, item=item).key


def test_a_summary_that_repeats_the_title_adds_nothing() -> None:
    article = ArticleExtractor().from_summary(YONHAP, entry("(URGENT) A fires B", "(URGENT) A fires B"), "x", NOW)
    assert article.text == ""
    assert [span.zone for span in article.zones] == [Zone.TITLE]


def test_an_entry_without_words_is_still_an_article() -> None:
    article = ArticleExtractor().from_summary(YONHAP, entry(), "x", NOW)
    assert (article.document, article.zones, article.language) == ("", (), "und")


def test_characters_that_no_text_has_are_dropped() -> None:
    page = PAGE.replace("Росія надає", "Росія\x01 надає\ufffe")
    assert extract(page).text.startswith(LEAD)
    assert extract(PAGE.replace("Росія надає", "Росія надає\uffff")).text.startswith(LEAD)
    assert extract(PAGE.replace("Росія надає", "Росія\x0b надає").encode("utf-16")).text.startswith(LEAD)
