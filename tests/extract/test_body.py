"""What of a page's text is its article, whatever the markup."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.errors import ExtractError
from monitor.extract import body, page
from monitor.extract.blocks import Block, blocks
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Entry, Source
from monitor.ports import Response

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
LINK = "https://example.org/a"
HEAD = "Bridge closed until March"
TEXTS = [
    "The ministry said on Wednesday that the bridge across the river would be closed until the end of March.",
    "Engineers found cracks in two of its pillars after the flood, and trucks have been banned since Sunday night.",
    "Residents will be taken across by ferry, which leaves every hour between six in the morning and ten at night.",
    "The repair will cost about four million euros, of which the region pays a half, the minister told reporters.",
]
BOLD = [
    text.replace(word, f"<strong>{word}</strong>")
    for text, word in zip(TEXTS, ("ministry", "pillars", "ferry", "million"), strict=True)
]
OTHERS = [
    "Bridge closed until the end of March",
    "New mayor elected in the northern town",
    "Storm leaves thousands without power",
    "Museum shows the king's lost letters",
    "Team wins the cup after extra time",
    "Farmers protest against new water rules",
]
H1 = f"<h1>{HEAD}</h1>"


def paras(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read(markup: str, headline: str = HEAD) -> list[str]:
    whole = f"<html><head><meta charset=utf-8><title>{HEAD}</title></head><body>{markup}</body></html>"
    entry = Entry(key="k", guid="g", link=LINK, title=headline)
    response = Response(LINK, 200, (), whole.encode())
    return ArticleExtractor().extract(Source("S", LINK), entry, response, NOW).text.split("\n\n")


def refused(markup: str, headline: str = HEAD) -> str:
    with pytest.raises(ExtractError) as caught:
        read(markup, headline)
    return str(caught.value)


@pytest.mark.parametrize(
    "markup",
    [
        f"<div>{H1}<div class=t>{'<br><br>'.join(BOLD)}</div></div>",
        f"<div>{H1}{''.join(f'<div>{text}</div>' for text in BOLD)}</div>",
        f"<div>{H1}{''.join(f'<div><span>{text}</span></div>' for text in BOLD)}</div>",
        f"<article>{H1}{''.join(f'<div>{text}</div>' for text in BOLD)}</article>",
        f"<table><tr><td>{H1}{'<br><br>'.join(BOLD)}</td></tr></table>",
    ],
)
def test_a_page_without_paragraphs_is_not_cut_at_bold_words(markup: str) -> None:
    assert read(markup) == TEXTS


def test_a_page_of_one_run_is_one_paragraph() -> None:
    assert read(f"{H1}{' '.join(BOLD)}") == [" ".join(TEXTS)]


def test_paragraphs_stand_in_the_order_of_the_page() -> None:
    mixed = f"<strong>{TEXTS[0]}</strong> {TEXTS[1]}<div>{TEXTS[2]}</div>{TEXTS[3]}"
    assert read(f"<div class=content>{H1}<div class=text>{mixed}</div></div>") == [" ".join(TEXTS[:2]), *TEXTS[2:]]


def test_a_line_broken_in_the_source_is_one_paragraph() -> None:
    wrapped = [text.replace(" ", "\n", 12) for text in TEXTS]
    assert read(f"<div><span>{H1}</span>{paras(*wrapped)}</div>") == TEXTS


@pytest.mark.parametrize("wrapper", ["{}", "<article>{}</article>", "<div class=text>{}</div>"])
def test_a_list_between_paragraphs_stays(wrapper: str) -> None:
    items = ["Trucks over 3.5 tonnes", "Buses of the northern line", "Cyclists after dark"]
    listed = f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
    found = read(wrapper.format(f"{H1}{paras(*TEXTS[:2])}{listed}{paras(*TEXTS[2:])}"))
    assert found == [*TEXTS[:2], *(f"- {item}" for item in items), *TEXTS[2:]]
    found = read(wrapper.format(f"{H1}{paras(*TEXTS)}{listed}"))
    assert found == [*TEXTS, *(f"- {item}" for item in items)]


def test_a_list_of_links_is_not_taken_for_one_of_the_article() -> None:
    links = "".join(f"<li><a href=/{number}>{other}</a></li>" for number, other in enumerate(OTHERS))
    assert read(f"{H1}{paras(*TEXTS)}<ul>{links}</ul>") == TEXTS


def test_a_table_is_read_by_rows() -> None:
    table = "<table><tr><th>Day</th><th>Ferries</th></tr><tr><td>Monday</td><td>14</td></tr></table>"
    assert read(f"<article>{H1}{paras(*TEXTS)}{table}</article>") == [*TEXTS, "Day | Ferries", "Monday | 14"]


def test_what_the_fast_way_misses_is_looked_for_again() -> None:
    hidden = f"<div class=teaser>{paras(*(f'{n}. {text}' for n in range(4) for text in TEXTS))}</div>"
    found = read(f"<div class=article-body>{paras(*TEXTS)}{hidden}</div>")
    assert len(found) > len(TEXTS)


def teaser(shape: str, texts: list[str] = TEXTS) -> str:
    return "".join(
        shape.format(number=number, other=other, text=f"{number}. {texts[number % 4]}")
        for number, other in enumerate(OTHERS)
    )


TEASERS = [
    "<article><h2><a href=/{number}>{other}</a></h2><p>{text}</p></article>",
    "<div class=item><a href=/{number}><h3>{other}</h3></a><div>{text}</div></div>",
    "<li><a href=/{number}><span>{other}</span></a><p>{text}</p><time>12:0{number}</time></li>",
    "<a href=/{number}><h3>{other}</h3><p>{text}</p></a>",
    "<p><a href=/{number}>{other}</a> {text}</p>",
    "<li><a href=/{number}>{other}</a></li>",
]


@pytest.mark.parametrize("shape", TEASERS)
def test_a_list_of_teasers_is_no_article(shape: str) -> None:
    for markup in (f"<main><h1>Region</h1>{teaser(shape)}</main>", f"<div>{teaser(shape)}</div>"):
        assert refused(markup) == "the page is a list of other articles"


@pytest.mark.parametrize("shape", TEASERS)
def test_an_article_before_teasers_is_read(shape: str) -> None:
    short = teaser(shape, [text[:60] for text in TEXTS])
    assert read(f"<article>{H1}{paras(TEXTS[0])}</article><section>{short}</section>") == TEXTS[:1]
    assert read(f"<article>{H1}{paras(*TEXTS)}</article><section>{short}</section>") == TEXTS


def test_a_live_page_is_an_article() -> None:
    posts = "".join(f"<article><h2>{other}</h2><p>{n}. {TEXTS[n % 4]}</p></article>" for n, other in enumerate(OTHERS))
    assert len(read(f"<main>{H1}{posts}</main>")) > len(OTHERS)


def test_an_article_with_links_between_its_paragraphs_is_one() -> None:
    linked = "".join(f"<p>{text}</p><p><a href=/{n}>{OTHERS[n]}</a></p>" for n, text in enumerate(TEXTS[:3]))
    assert set(TEXTS) <= set(read(f"<article>{H1}{linked}{paras(TEXTS[3])}</article>"))


def test_forty_characters_of_chinese_are_an_article() -> None:
    text = "国务院15日宣布,自明年一月起对十二个国家的公民实行免签入境政策,期限一年。"
    assert len(text) <= 40
    assert read(f"<h1>免签政策扩大</h1><p>{text}</p>", "免签政策扩大") == [text]


def test_a_long_container_is_taken_where_little_else_was_found() -> None:
    inner = "".join(f"<div><div><i>{text}</i></div></div>" for text in TEXTS)
    tree = page.parse(f"<html><body><p>{TEXTS[0]}</p><div itemprop=articleBody>{inner}</div></body></html>")
    assert set(TEXTS) <= set(body.paragraphs(tree, blocks(page.body_of(tree))))


def test_blocks_tell_links_and_headings() -> None:
    tree = page.parse(
        "<html><body>Loose<h2><a href=/x>One</a></h2><div>Two <b>bold</b><br>three<br><br>four<p>five</p>six</div>"
        "<nav>menu</nav><div id=comments>said</div><a href=/y>seven</a> eight</body></html>"
    )
    found = blocks(page.body_of(tree))
    assert [block.text for block in found] == ["Loose", "One", "Two bold three", "four", "five", "six", "seven eight"]
    assert [block.is_link for block in found] == [False, True, False, False, False, False, False]
    assert [block.heading for block in found] == [False, True, False, False, False, False, False]
    assert found[-1] == Block("seven eight", 5, node=found[-1].node)


def test_what_no_reader_sees_is_stripped() -> None:
    tree = page.parse(
        '<html><head><style>a</style><script type="application/ld+json">{}</script></head><body><script>x</script>'
        "<nav>n</nav><p>text</p><button>b</button><aside>kept</aside></body></html>"
    )
    page.strip(tree)
    assert [node.tag for node in tree.iter()] == ["html", "head", "script", "body", "p", "aside"]


def test_sections_that_end_in_a_link_are_no_teasers() -> None:
    sections = "".join(
        f"<h2>{other}</h2><p>{number}. {TEXTS[number % 4]}</p><p><a href=/{number}>Learn more about {number}</a></p>"
        for number, other in enumerate(OTHERS)
    )
    assert len(read(f"<main>{H1}{sections}</main>")) >= len(OTHERS)


REST = paras(*TEXTS[1:])
LEAD = TEXTS[0]


@pytest.mark.parametrize(
    "markup",
    [
        f"{H1}<div><strong>{LEAD}</strong>{REST}</div>",
        f"<div>{H1}<div class=lead>{LEAD}</div>{REST}</div>",
        f"<div>{H1}<span class=lead>{LEAD}</span>{REST}</div>",
        f"<div>{H1}<div>Kyiv, 30 November</div>{LEAD}{REST}</div>",
        f"{H1}<font>{'<p>'.join(TEXTS)}</font>",
        f"{H1}{'<p>'.join(TEXTS)}",
        f"<table><tr><td><a href=/a>Home</a></td><td>{H1}<b>{LEAD}</b>{REST}</td></tr></table>",
    ],
)
def test_the_first_paragraph_stays_whatever_it_stands_in(markup: str) -> None:
    """trafilatura passes over it where the others are `<p>`: the names of a lead were found nowhere."""
    assert read(markup) == TEXTS


@pytest.mark.parametrize(
    "before",
    [
        f"{LEAD}<h2>More about the bridge</h2>",
        f"<div class=photo-caption>{LEAD}</div>",
        f"<div><a href=/b>{LEAD}</a></div>",
        f"<section><div>{LEAD}</div></section>",
        "<div>Kyiv, 30 November, by our reporter</div>",
    ],
)
def test_not_all_before_the_first_paragraph_is_a_lead(before: str) -> None:
    assert read(f"<div>{before}{REST}</div>") == TEXTS[1:]


def test_an_article_in_what_is_beside_others_is_read() -> None:
    assert read(f"<aside><article>{H1}{paras(*TEXTS)}</article></aside>") == TEXTS
