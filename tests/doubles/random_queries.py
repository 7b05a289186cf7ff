"""Hard texts, and queries of every form that may match them. The same seed, the same texts and queries."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from monitor.model import Article

START = datetime(2024, 5, 1, tzinfo=UTC)

_PIECES = """
ракета|ракети|балістичної ракети|балістичні ракети|Хвасон-18|Hwasong-18|hwasong18|міжконтинентальна балістична ракета
США|С.Ш.А.|U.S.|US|us|N.K.|N. Korea|p.m.|PM|КНДР|KHДP|КНДР-івський|МБР|ІСВМ|ICBM|NATO|Nato|НАТО
об'єкт|об’єкти|об"єкт|п’ять|Слов”янськ|O'Brien|l'armée|Türkiye'nin|Biden's|Байдена|ë|ёлка|елка|Ёлки
УкраїнаКоманда|РосіяНапад|SanctionsNow|MissileTest|iPhone|SpaceX|БпЛА
південно-корейський|південнокорейський|южно-корейских|по-друге|друге|F-16|F16|С-300|Covid-19|№ 2397|№2397|Resolution No. 2397
북한|북한군의|북한이|한·미·일|한·미의|한미|대북제재|탄도미사일을|탄도 미사일|대륙간탄도미사일|미사일|블링컨|'ICBM'이란|K팝의|핵|핵실험|성북한옥|국무장관은
国务卿安东尼·布林肯说|布林肯|中国|发展中国家|朝鲜半岛|朝鲜|美|北|クルーズミサイル|ミサイル|ジョージア|弾道ミサイル|北朝鮮
ра\u0301кета|раке\u00adта|m\u200bissile|ｍｉｓｓｉｌｅ|ﬁre|ﬀ|Straße|STRASSE|İstanbul|ıstanbul|ﻻ|الصاروخ|صَارُوخ|कखग|กขค|ไทย
mіssile|pакета|санкції|санкціями|sanctions|sanction|sanctioned|Sanctions|missile|missiles|Missiles|MISSILE|fire|fires|football|футбол
Блінкен|Блінкена|Ентоні Блінкен|Blinken|Antony Blinken|Пхеньяну|Пхеньян|Північній Кореї|Північна Корея|North Korea|Seoul|Сеулі
2397|18|1,000|3.14|C++|C#|C|R&D|AT&T|noc@x.com|https://t.example/a|under_score|a_missile_b|ракета5|5ракет|xmissile|missilex
"""
PIECES = [piece for line in _PIECES.strip().split("\n") for piece in line.split("|")]
_GAPS = [" "] * 12 + [", ", ". ", "\n\n", "-", " – ", "«", "» ", "", "·", "/", "'", "’", " (", ") ", "\n"]
_TERMS = [
    "ракета", "балістична ракета", "Хвасон-18", "Hwasong-18", "США", "US", "U.S.", "N.K.", "p.m.", "КНДР", "МБР", "ICBM",
    "об'єкт", "п'ять", "O'Brien", "Türkiye", "Байден", "ёлка", "Україна", "Росія напад", "missile test", "SpaceX", "БпЛА",
    "південно-корейський", "південнокорейський", "друге", "F-16", "С-300", "резолюція № 2397", "북한", "한미", "제재",
    "탄도미사일", "탄도 미사일", "미사일", "블링컨", "핵", "핵실험", "장관", "팝의", "布林肯", "中国", "朝鲜", "美", "北", "ミサイル",
    "クルーズ", "missile", "sanctions", "sanction", "fire", "футбол", "Блінкен", "Ентоні Блінкен", "Antony Blinken",
    "Пхеньян", "Північна Корея", "North Korea", "Seoul", "2397", "C++", "C", "AT&T", "Straße", "istanbul", "الصاروخ", "कखग",
]  # fmt: skip
_ENTITIES = ["DPRK", "ICBM", "Blinken", "US", "Seoul", "Pyongyang", "Ukraine", "Russia", "NATO", "China"]
_REGEXES = [
    r"/Hwasong-\d+/", r"/\bHwasong-?\d+/", r"/ракет[аиу]/", r"/\bракет\w*/", r"/об.?єкт/", r"/\bєкт/", r"/[Мм]іссіл/",
    r"/\bo(?:nly|bject)|mis+ile/", r"/(?:foo|ракет){1,2}[аи]/", r"/북한\w*/", r"/한·미/", r"/布林肯|国务卿/", r"/\d{4}/",
    r"/№ ?2397/", r"/issile/", r"/(?:САНКЦ|санкц)\w+/", r"/\bСША\b/", r"/U\.S\./", r"/Straße/", r"/\bstrass/", r"/fire\b/",
    r"/мі(?:ж|н)/", r"/https:..t/", r"/score/", r"/\bscore/", r"/sanction(?:s|ed)?/", r"/^\S+/", r"/C\+\+/", r"/미사일/",
]  # fmt: skip
_FIELDS = ["title", "lead", "body", "background", "url", "author"]


def hard_articles(seed: int, count: int) -> Iterator[Article]:
    """Yield articles of words and signs that are hard to cut, to fold and to find."""
    rng = random.Random(seed)
    for number in range(count):
        text = "".join(rng.choice(PIECES) + rng.choice(_GAPS) for _ in range(rng.randint(3, 60)))
        title = " ".join(rng.choice(PIECES) for _ in range(rng.randint(0, 5)))
        slug = "-".join(rng.choice(PIECES) for _ in range(2)).replace(" ", "%20")
        yield Article(
            url=rng.choice([None, f"https://news.example/{number}/{slug}"]),
            title=title.upper() if rng.random() < 0.1 else title,
            text=text,
            source=rng.choice(["Ukrinform", "Yonhap"]),
            language=rng.choice(["uk", "en", "ko", "ru", "zh"]),
            author=rng.choice([None, rng.choice(PIECES)]),
            key=f"k{seed}-{number}",
            seen_at=START + timedelta(minutes=number),
        )


def random_queries(seed: int, count: int, texts: Sequence[str] = ()) -> Iterator[str]:
    """Yield queries of every form; some of their terms are taken from `texts`. A few may be refused."""
    rng = random.Random(seed)
    for _ in range(count):
        yield _query(rng, rng.choice([0, 1, 1, 2, 2, 3]), texts, inside=False)


def _query(rng: random.Random, depth: int, texts: Sequence[str], *, inside: bool) -> str:  # noqa: PLR0911 - a form each
    if not depth:
        return _term(rng, texts)
    one, two = (_query(rng, depth - 1, texts, inside=inside) for _ in range(2))
    form = rng.randrange(9)
    if form < 2 or (inside and form > 6):
        return f"({one}) {rng.choice(['AND', 'OR', 'OR'])} ({two})"
    if form == 2:
        return f"({one}) AND NOT ({two})"
    if form == 3:
        return f"{_term(rng, texts)} {rng.choice(['', 'O'])}NEAR/{rng.randint(1, 9)} {_term(rng, texts)}"
    if form == 4:
        return f"({one}) {rng.choice(['SENTENCE', 'PARAGRAPH'])} (NOT ({two}))"
    if form == 5:
        return f"atleast/{rng.randint(1, 3)}({_term(rng, texts)} OR {_term(rng, texts)})"
    if form == 6:
        return f"({_term(rng, texts)}) {rng.choice(['SENTENCE', 'PARAGRAPH'])} ({_term(rng, texts)})"
    return f"{rng.choice(_FIELDS)}:({_query(rng, depth - 1, texts, inside=True)})"


def _term(rng: random.Random, texts: Sequence[str]) -> str:
    form = rng.randrange(12)
    if form == 0:
        return f"@{rng.choice(_ENTITIES)}"
    if form == 1:
        return rng.choice(_REGEXES)
    if form < 6 and texts:
        return _taken(rng, rng.choice(texts))
    word = rng.choice(_TERMS)
    quoted = f'"{word}"'
    if form == 6:
        return f"={quoted}"
    letters = re.match(r"\w{3,}", word)
    if form == 7 and letters:
        found = letters.group()
        return f"{found[: rng.randint(3, len(found))]}*"
    return quoted


def _taken(rng: random.Random, text: str) -> str:
    """Return some words of a text as a term: in quotes, exact, as a prefix or as an expression."""
    words = re.findall(r"\w+", text) or ["missile"]
    at = rng.randrange(len(words))
    word = words[at]
    form = rng.randrange(5)
    if form == 0:
        return f'"{" ".join(words[at : at + rng.randint(1, 3)])}"'
    if form == 1:
        return f'="{word}"'
    if form == 2 and len(word) >= 3:
        return f"{word[: rng.randint(3, len(word))]}*"
    if form == 3:
        return rng.choice([f"/{word}/", rf"/\b{word}/", f"/{word[1:] or word}/", f"/{word[:-1] or word}\\w?/"])
    return f'"{word}"'
