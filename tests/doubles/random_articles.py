"""A day of articles made by chance: versions, copies, rewrites, twins, edits, in four languages. Texts are our own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import Article
from monitor.urls import article_key

START = datetime(2023, 11, 9, 6, tzinfo=UTC)

_OUTLETS = {
    "en": ("Yonhap", "Housekeeping", "Gazette"),
    "uk": ("Ukrinform", "УНН"),
    "ru": ("Interfax", "Вестник"),
    "ko": ("Yonhap Korean", "신문"),
}
_WORDS = {
    "en": "minister envoy talks missile launch harbour grain export border fire flood court verdict budget strike train"
    " power plant school doctors market inflation treaty summit drill vessel radar satellite rescue bridge storm"
    " police inquiry election ballot protest parliament",
    "uk": "міністр посол переговори ракета запуск порт зерно експорт кордон пожежа повінь суд вирок бюджет удар поїзд"
    " електростанція школа лікарі ринок інфляція договір саміт навчання судно супутник рятувальники міст буря",
    "ru": "министр посол переговоры ракета запуск порт зерно экспорт граница пожар наводнение суд приговор бюджет удар"
    " поезд электростанция школа врачи рынок инфляция договор саммит учения судно спутник спасатели мост",
    "ko": "장관 대사 회담 미사일 발사 항구 곡물 수출 국경 화재 홍수 법원 판결 예산 파업 열차 발전소 학교 의사 시장 물가 조약 정상",
}
_NAMES = {
    "en": "Blinken Seoul Pyongyang Kyiv Odesa Geneva Tokyo Park Lavrov Ankara Hwasong Kharkiv",
    "uk": "Блінкен Сеул Пхеньян Київ Одеса Женева Токіо Пак Лавров Анкара Хвасон Харків",
    "ru": "Блинкен Сеул Пхеньян Киев Одесса Женева Токио Пак Лавров Анкара Хвасон Харьков",
    "ko": "블링컨 서울 평양 키이우 오데사 제네바 도쿄 박진 라브로프 앙카라 화성 하르키우",
}
_ENTITIES = ("DPRK", "US", "Blinken", "ICBM", "Ukraine", "Russia", "Seoul")


class Event:
    """What several outlets write about."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self.rng = rng
        self.topics = [rng.randrange(22) for _ in range(9)]
        self.names = [rng.randrange(12) for _ in range(3)]
        self.numbers = [rng.randrange(11, 4000) for _ in range(3)]
        self.entities = frozenset(rng.sample(_ENTITIES, 2))
        self.language = language

    def sentence(self, language: str) -> str:
        words, names = _WORDS[language].split(), _NAMES[language].split()
        some = [words[self.rng.choice(self.topics)] for _ in range(7)] + [self.rng.choice(words) for _ in range(3)]
        some.insert(3, names[self.rng.choice(self.names)])
        some.insert(6, str(self.rng.choice(self.numbers)))
        return " ".join(some).capitalize() + "."

    def text(self, language: str, paragraphs: int) -> str:
        return "\n\n".join(
            " ".join(self.sentence(language) for _ in range(self.rng.randint(1, 3))) for _ in range(paragraphs)
        )

    def title(self, language: str) -> str:
        return self.sentence(language).removesuffix(".")


def newsday(seed: int, count: int, *, edits: bool = False) -> Iterator[tuple[Article, frozenset[str]]]:
    """Return articles as they come, with the ids of the catalogue's entities in them. The same seed, the same day.

    With `edits`, some come twice: with the key of an earlier one, another text and a later time.
    """
    rng = random.Random(seed)
    events = [Event(rng, rng.choice(list(_WORDS))) for _ in range(max(1, count // 4))]
    done: list[tuple[Article, frozenset[str]]] = []
    at = START
    for number in range(count):
        at += timedelta(seconds=rng.randrange(20, 20 * 3600 // count + 40))
        event = rng.choice(events)
        kind = rng.random()
        before, entities = rng.choice(done) if done else (None, event.entities)
        if before is not None and kind < 0.3:
            text = before.text + "\n\n" + event.text(before.language, 1) if kind < 0.2 else before.text
            outlet = before.source if kind < 0.2 else rng.choice(_OUTLETS[before.language])
            title = f"(LEAD) {before.title}" if kind < 0.1 else before.title
            made = replace(before, text=text, title=title, source=outlet, published=at, seen_at=at)
        else:
            language = event.language if kind < 0.8 else rng.choice(list(_WORDS))
            outlet, entities = rng.choice(_OUTLETS[language]), event.entities
            text, title = event.text(language, rng.randint(1, 6)), event.title(language)
            made = Article(None, title, text, outlet, language, published=at, seen_at=at)
        if not (edits and before is not None and kind < 0.05):
            url = f"https://{rng.randrange(9)}.example/news/{number}"
            made = replace(made, url=url, key=article_key(url), guid=f"g{number}")
        done.append((made, entities))
        yield made, entities
