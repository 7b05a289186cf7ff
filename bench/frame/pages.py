"""Made-up news: articles with people, places and figures of their own, and pages of some 60 kB in several layouts.

An article is a function of its site and number, so that a feed, its pages and a second run show the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


def _listed(text: str) -> list[str]:
    return text.split("|")


_FIRST = _listed(
    "Olena|Andriy|Maria|Petro|Anna|Viktor|Nadia|Stefan|Ines|Karim|Lucia|Tomas|Yuna|Daniel|Greta|Omar|Ivan|Sofia"
)
_LAST = _listed(
    "Kovalenko|Bondar|Hrytsenko|Marchuk|Novak|Lindqvist|Moreau|Okafor|Tanaka|Rossi|Duarte|Schreiber|Haddad|"
    "Petrenko|Walsh|Jensen|Varga|Costa|Melnyk|Brandt|Ferreira|Nowak|Soler|Kimura|Adeyemi|Larsen|Orban|Silva|"
    "Weiss|Horvat"
)
_PLACES = _listed(
    "Kyiv|Lviv|Odesa|Kharkiv|Warsaw|Prague|Vienna|Tallinn|Seoul|Busan|Lisbon|Geneva|Oslo|Dublin|Ankara|"
    "Nairobi|Lima|Tbilisi|Vilnius|Athens|Zagreb|Bern|Riga|Helsinki|Rabat"
)
_BODIES = _listed(
    "the ministry|the parliament|the city council|the central bank|the regional court|the rescue service|"
    "the university|the railway operator|the health agency|the port authority|the energy company|"
    "the election commission"
)
_THINGS = _listed(
    "shells|air defence systems|grain exports|a new rail line|the state budget|drinking water|power stations|"
    "school buildings|border crossings|a research reactor|winter tyres|hospital beds|fishing quotas|bus fares"
)
_ACTS = _listed("approved|rejected|postponed|announced|reviewed|defended|criticised|extended|cancelled|published")
_SENTENCES = (
    "{who} of {body} {act} plans for {thing} in {place} on {day}, after talks that took {number} hours.",
    "“We expect a decision on {thing} before the end of the {span},” {who} told reporters in {place}.",
    "According to {body}, {number} people were affected, most of them in the suburbs of {place}.",
    "Officials in {place} said that the cost of {thing} had risen by {number} per cent since last {span}.",
    "{who}, who has led {body} since 20{year}, declined to comment on the figures.",
    "The {span} before, {body} had {act} a similar proposal by {number} votes.",
    "Residents of {place} have waited for {thing} for more than {number} months, a survey shows.",
    "In a statement, {body} thanked {who} and called the agreement on {thing} an important step.",
    "Critics such as {who} say that {thing} should not depend on {body} alone.",
    "Work is to begin in {place} next {span}, and {number} companies have taken part in the tender.",
)
_DAYS = _listed("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday")
_SPANS = _listed("week|month|quarter|year|season")
_TITLES = (
    "{body} {act} {thing} in {place}",
    "{who}: {thing} for {place} “a question of the {span}”",
    "{place}: {number} people affected as {body} {act} {thing}",
    "{thing} in {place} cost {number} per cent more, says {who}",
)


@dataclass(frozen=True, slots=True)
class News:
    """A made-up article: its paragraphs, of some 4,000 characters in all."""

    title: str
    paragraphs: tuple[str, ...]


def news(site: int, number: int, word: str = "") -> News:
    """Return the article of a site; `word` stands in its title."""
    rng = random.Random(site * 1_000_003 + number)
    people = [f"{rng.choice(_FIRST)} {rng.choice(_LAST)}" for _ in range(4)]
    places, bodies, things = (rng.sample(each, 3) for each in (_PLACES, _BODIES, _THINGS))

    def filled(pattern: str) -> str:
        text = pattern.format(
            who=rng.choice(people),
            place=rng.choice(places),
            body=rng.choice(bodies),
            thing=rng.choice(things),
            act=rng.choice(_ACTS),
            day=rng.choice(_DAYS),
            span=rng.choice(_SPANS),
            number=rng.randrange(3, 900),
            year=rng.randrange(10, 26),
        )
        return text[:1].upper() + text[1:]

    title = filled(rng.choice(_TITLES)) + (f", {word}" if word else "")
    return News(title, tuple(" ".join(filled(rng.choice(_SENTENCES)) for _ in range(4)) for _ in range(10)))


# What stands around the text of an article, by layout: before it and behind it.
_LAYOUTS = (
    (
        "<main><article><h1>{title}</h1><time datetime='{date}'>{date}</time>",
        "</article>{beside}</main>",
    ),
    (
        "<div id='content'><div class='post'><h1 class='entry-title'>{title}</h1><div class='entry-content'>",
        "</div></div></div>{beside}",
    ),
    (
        "<section class='story'><header><h1>{title}</h1><p class='by'>By A. Reporter</p></header><div class='body'>",
        "</div></section>{beside}",
    ),
    (
        "<table><tr><td class='main'><h2>{title}</h2><div class='text'>",
        "</div></td><td>{beside}</td></tr></table>",
    ),
    (
        "{beside}<div role='main'><div itemprop='articleBody'><h1>{title}</h1>",
        "</div></div>",
    ),
    (
        "<div class='wrap'><aside>{beside}</aside><div class='col-8'><h1>{title}</h1><span class='date'>{date}</span>",
        "</div></div>",
    ),
)


def page(site: int, number: int, word: str = "", date: str = "2026-01-01T10:00:00Z") -> bytes:
    """Return the page of an article, in its site's layout: some 60 kB, most of which is not the article."""
    rng = random.Random(site * 7_919 + number)
    article = news(site, number, word)
    others = [news(site + 1, one) for one in range(8)]
    before, behind = _LAYOUTS[site % len(_LAYOUTS)]

    def links(count: int) -> str:
        return "".join(
            f'<li><a href="/t/{rng.randrange(10**9)}">{rng.choice(others).title[:40]}</a></li>' for _ in range(count)
        )

    teasers = "".join(
        f'<div class="teaser"><a href="/n/{one}"><img src="/i/{one}.jpg" alt=""><h3>{rng.choice(others).title}</h3></a>'
        f'<span class="date">1{one % 10}:0{one % 6}</span><p>{rng.choice(others).paragraphs[0][:160]}</p></div>'
        for one in range(90)
    )
    comments = "".join(
        f'<div class="comment"><b>User {one}</b><p>{rng.choice(others).paragraphs[one % 10][:120]}</p></div>'
        for one in range(rng.randrange(25))
    )
    script = "".join(f"window.data{one}={{a:{rng.randrange(10**6)},b:'{one * 7}',c:[1,2,3]}};" for one in range(350))
    text = "".join(f"<p>{each}</p>" for each in article.paragraphs)
    beside = f"<div class='more'>{teasers}</div>"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{article.title} - Site {site}</title>'
        f'<meta property="og:title" content="{article.title}"><meta property="article:published_time" content="{date}">'
        f"<script>{script}</script></head><body><header><nav><ul>{links(70)}</ul></nav></header>"
        f"{before.format(title=article.title, date=date, beside=beside)}{text}{behind.format(beside=beside)}"
        f'<section class="comments">{comments}</section><footer><ul>{links(40)}</ul></footer></body></html>'
    ).encode()
