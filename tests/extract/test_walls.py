"""What stands in an article's place or before it, in fourteen languages; and reports that have the same words."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from doubles.yaml_cases import read_cases

from monitor.errors import ExtractError
from monitor.extract import walls
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Article, Entry, Source
from monitor.ports import Response

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
LINK = "https://example.org/a"
SOURCE = Source("Outlet", "https://example.org/feed")

TEXTS: dict[str, Any] = read_cases(Path(__file__).with_name("walls.yaml"))
LANGUAGES = pytest.mark.parametrize("language", TEXTS)


def document(title: str, body: str) -> str:
    return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{escape(title)}</title></head><body>{body}</body></html>"


def paras(*texts: str) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def dialogue(texts: list[str]) -> str:
    said = [text for text in texts if text[-1] in ".。"]
    return paras(*said) + "".join(f"<button>{escape(text)}</button>" for text in texts if text not in said)


def form(texts: list[str]) -> str:
    first, user, word, *rest = map(escape, texts)
    return (
        f"<form action=/login><b>{first}</b><label>{user} <input name=u></label><label>{word} <input type=password></label>"
        + "".join(f"<p>{text}</p>" for text in rest)
        + f"<button>{first}</button></form>"
    )


def read(page: str, headline: str = "") -> Article:
    entry = Entry(key="k", guid="g", link=LINK, title=headline)
    return ArticleExtractor().extract(SOURCE, entry, Response(LINK, 200, (), page.encode()), NOW)


def refused(page: str, headline: str = "") -> str:
    with pytest.raises(ExtractError) as caught:
        read(page, headline)
    return str(caught.value)


@LANGUAGES
def test_a_consent_wall_is_one(language: str) -> None:
    of = TEXTS[language]
    shapes = (
        f"<main><h1>{of['title']}</h1>{dialogue(of['consent'])}</main>",
        f"<div id=cookie-consent role=dialog><h2>{of['title']}</h2>{dialogue(of['consent'])}</div><div id=root></div>",
        paras(of["title"], *of["consent"]),
        f"<article><h1>{of['headline']}</h1>{dialogue(of['consent'])}</article>",
        f"<div>{'<br>'.join(of['consent'])}</div>",
    )
    for body in shapes:
        assert refused(document(of["title"], body)) == "the page is a consent wall"
        assert refused(document(of["headline"], body), of["headline"]) == "the page is a consent wall"


@LANGUAGES
@pytest.mark.parametrize("said", ["consent", "banner"])
def test_a_dialogue_before_a_flash_is_not_its_lead(language: str, said: str) -> None:
    of = TEXTS[language]
    asked = dialogue(of[said])
    flash = f"<article><h1>{of['headline']}</h1><p>{of['flash']}</p></article>"
    bare = f"<h1>{of['headline']}</h1><p>{of['flash']}</p>"
    for body in (
        f"<div class=cookie-banner>{asked}</div>{flash}",
        f"<div class=x1>{asked}</div>{flash}",
        f"<div class=x1>{asked}</div>{bare}",
        f"<main><div>{asked}</div>{bare}</main>",
        f"{flash}<div class=x1>{asked}</div>",
        f"<div class=x1>{asked}</div><div class=x2>{bare}</div>",
        f"<div role=dialog aria-modal=true>{asked}</div><div class=x2><h1>{of['headline']}</h1><div>{of['flash']}</div></div>",
    ):
        for headline in (of["headline"], ""):
            assert read(document(of["headline"], body), headline).text == of["flash"], body


@LANGUAGES
def test_a_flash_with_a_login_form_is_an_article(language: str) -> None:
    of = TEXTS[language]
    flash = f"<article><h1>{of['headline']}</h1><p>{of['flash']}</p></article>"
    bare = f"<div class=text><h1>{of['headline']}</h1><p>{of['flash']}</p></div>"
    for body in (
        f"<header>{form(of['form'])}</header>{flash}",
        f"<div class=login>{form(of['form'])}</div>{bare}",
        f"{bare}<div class=login>{form(of['form'])}</div>",
        f"{flash}<div>{paras(*of['form'])}<input type=password></div>",
    ):
        assert read(document(of["headline"], body), of["headline"]).text == of["flash"], body


@LANGUAGES
@pytest.mark.parametrize("subject", ["cookies", "passwords"])
def test_a_report_on_cookies_or_passwords_is_an_article(language: str, subject: str) -> None:
    of = TEXTS[language]
    body = f"<div>{form(of['form'])}</div><article><h1>{of['headline']}</h1><p>{of[subject]}</p></article>"
    assert read(document(of["headline"], body), of["headline"]).text == of[subject]
    long = f"<article><h1>{of['headline']}</h1>{paras(of[subject], of['flash'], of[subject], of['flash'])}</article>"
    assert read(document(of["headline"], long)).text.startswith(of[subject])


@LANGUAGES
def test_a_paywall_is_a_login_wall(language: str) -> None:
    of = TEXTS[language]
    for body in (
        f"<main><h1>{of['headline']}</h1>{paras(*of['locked'])}{form(of['form'])}</main>",
        f"<article><h1>{of['headline']}</h1>{paras(of['flash'], *of['locked'])}</article>",
    ):
        assert refused(document(of["headline"], body), of["headline"]) == "the page is a login wall"


@pytest.mark.parametrize(
    "said", [said for of in TEXTS.values() for said in of["maintenance"]], ids=lambda said: said[0]
)
def test_a_site_under_maintenance_is_no_article(said: list[str]) -> None:
    menu = "<ul><li><a href=/1>Menu</a></li></ul>"
    head, *lines = said
    for page in (
        document(head, f"<h1>{head}</h1>{paras(*lines)}"),
        document("Example", f"{menu}<div><h1>{head}</h1><div>{'<br>'.join(lines)}</div></div>"),
    ):
        assert refused(page, TEXTS["en"]["headline"]) == "the page says that the site is under maintenance"


@LANGUAGES
def test_a_form_alone_is_a_login_wall(language: str) -> None:
    of = TEXTS[language]
    assert refused(document(of["form"][0], f"<main>{form(of['form'])}</main>")) == "the page is a login wall"


@LANGUAGES
def test_a_flash_counts_as_enough_text(language: str) -> None:
    assert walls.letters(TEXTS[language]["flash"]) >= walls.SHORT


@pytest.mark.parametrize(
    "said", [said for of in TEXTS.values() for said in of.get("others", ())], ids=lambda said: said[0]
)
def test_a_dialogue_in_other_words_is_one(said: list[str]) -> None:
    shown = [text for text in said if text.endswith((".", "。"))]
    links = "".join(f"<a class=btn href='#'>{escape(text)}</a>" for text in said if text not in shown)
    asked = f"<div><h2>{escape(said[-1])}</h2>{paras(*shown)}{links}</div>"
    assert refused(document("Example", asked)) == "the page is a consent wall"
    of = TEXTS["en"]
    flash = f"<div><h1>{of['headline']}</h1><p>{of['flash']}</p></div>"
    assert read(document(of["headline"], asked + flash), of["headline"]).text == of["flash"]


@pytest.mark.parametrize(
    ("headline", "text"), [near for of in TEXTS.values() for near in of.get("near", ())], ids=lambda text: text[:30]
)
def test_a_report_that_is_near_a_wall_is_an_article(headline: str, text: str) -> None:
    for body in (
        f"<article><h1>{headline}</h1><p>{escape(text)}</p></article>",
        f"<div><h1>{headline}</h1><div>{escape(text)}</div></div><form><input type=password></form>",
    ):
        assert read(document(f"{headline} | Example News", body), headline).text == text


@LANGUAGES
def test_a_flash_among_menus_and_forms_stands_alone(language: str) -> None:
    of = TEXTS[language]
    head, flash = f"<h1>{of['headline']}</h1>", f"<p>{of['flash']}</p>"
    menu = f"<ul>{''.join(f'<li><a href=/{number}>Menu {number}</a></li>' for number in range(9))}</ul>"
    date, tags = "<span>15.11.2026, 09:14</span>", "<div><a href=/t>#tag</a></div>"
    share = "<div><a href=#>Facebook</a> <a href=#>X</a></div>"
    for body in (
        f"{menu}<div>{date}{head}{flash}{tags}</div><footer>© 2026 Example</footer>",
        f"<article>{head}<time>15.11.2026 09:14</time>{share}<div class=text>{of['flash']}</div></article>",
        f"<div>{dialogue(of['banner'])}</div>{form(of['form'])}{menu}<article>{head}<div>{flash}</div></article>{menu}",
        f"<table><tr><td>{menu}</td><td>{head}{flash}</td></tr></table>",
        f"<div class=content>{head}{of['flash']}<br><br><a href=/x>Back</a></div>",
        f"<div>{'<br>'.join(of['form'])}</div><input type=password>{head}{flash}",
    ):
        for headline in (of["headline"], ""):
            assert read(document(of["headline"], body), headline).text == of["flash"], body
