"""Newsdays made of the templates in tests/quality/stories/, and the measures of their grouping."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from doubles.yaml_cases import read_cases

from monitor.model import Article

FOLDER = Path(__file__).parents[1] / "quality" / "stories"
DAY = datetime(2024, 3, 7, tzinfo=UTC)
OUTLETS = {
    "en": ("Gazette", "Herald", "Courier"),
    "uk": ("Вісник", "Новини дня"),
    "ru": ("Вестник", "Курьер"),
    "ko": ("한빛일보", "새벽신문"),
}
_EVENTS_APART = timedelta(hours=3)  # of one kind: twins of one day
_REPORTS_APART = timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class Report:
    """An article, and the event that it is on."""

    article: Article
    event: str


def reports() -> list[Report]:
    """Return all articles in order of time; ids count from 1."""
    made = [report for path in sorted(FOLDER.glob("*.yaml")) for report in _of_kind(path)]
    made.sort(key=lambda report: report.article.when)
    return numbered(made)


def days() -> dict[str, list[Report]]:
    """Return the days that are written out, by name: look-alike events, each article in its own words."""
    found = {}
    for path in sorted((FOLDER / "days").glob("*.yaml")):
        made = [_written(row) for row in read_cases(path)]
        found[path.stem] = numbered(sorted(made, key=lambda report: report.article.when))
    return found


def twins() -> dict[str, list[dict[str, Article]]]:
    """Return short notices of twin events by kind: of each event the article in each language, in its own words.

    Events of a kind differ in names alone, or in little else, and no table of the product has most of these.
    """
    return {path.stem: _notices(path) for path in sorted((FOLDER / "twins").glob("*.yaml"))}


def pairs() -> dict[str, list[tuple[Article, Article]]]:
    """Return pairs of short notices: under 'same' both are on one event, under 'other' on two that are alike."""
    written = read_cases(FOLDER / "pairs" / "notices.yaml")
    at = DAY + timedelta(hours=9)
    return {
        kind: [tuple(_notice(row, number, at) for number, row in enumerate(pair)) for pair in listed]  # type: ignore[misc]
        for kind, listed in written.items()
    }


def _notice(row: Mapping[str, str], number: int, at: datetime) -> Article:
    language = row["language"]
    outlet = OUTLETS[language][number]
    url = f"https://{language}{number}.example/{sum(row['title'].encode())}"
    return Article(url, row["title"], row["text"], outlet, language, published=at, seen_at=at, key=url)


def _notices(path: Path) -> list[dict[str, Article]]:
    kind = read_cases(path)
    found = []
    for number, event in enumerate(kind["events"]):
        of_event: dict[str, Article] = {}
        for language, (form,) in kind["templates"].items():
            title, text = (_filled(form[part], event, language) for part in ("title", "text"))
            at = DAY + timedelta(hours=8 + 2 * number, minutes=7 * len(of_event))
            outlet, key = OUTLETS[language][number % 2], f"{path.stem} {number} {language}"
            of_event[language] = Article(None, title, text, outlet, language, published=at, seen_at=at, key=key)
        found.append(of_event)
    return found


def _written(row: Mapping[str, str]) -> Report:
    hour, minute = (int(part) for part in row["at"].split(":"))
    at = DAY + timedelta(hours=hour, minutes=minute)
    made = Article(
        None, row["title"], row["text"], row["outlet"], row["language"], published=at, seen_at=at, key=row["title"]
    )
    return Report(made, row["event"])


def numbered(made: Sequence[Report]) -> list[Report]:
    """Return articles with ids in their order."""
    return [Report(_with(report.article, id=number), report.event) for number, report in enumerate(made, 1)]


def reordered(made: Sequence[Report], seed: int) -> list[Report]:
    """Return articles in another order, each event's among themselves as well, at the times that the places had."""
    times = [report.article.when for report in made]
    mixed = list(made)
    random.Random(seed).shuffle(mixed)
    # What is shuffled over days would end twins' time together: the day of an event stays, its reports change places.
    mixed.sort(key=_day)
    return numbered(
        [
            Report(_with(each.article, published=at, seen_at=at), each.event)
            for each, at in zip(mixed, times, strict=True)
        ]
    )


def _day(report: Report) -> int:
    return (report.article.when - DAY).days


def _of_kind(path: Path) -> Iterator[Report]:
    """Yield a flash, all reports and a LEAD on each event of a file."""
    kind = read_cases(path)
    for number, event in enumerate(kind["events"]):
        at = DAY + number * _EVENTS_APART + timedelta(minutes=sum(path.stem.encode()) % 60)
        for part, (outlet, language, title, text) in enumerate(_versions(kind["templates"], event)):
            key = f"{path.stem} {number} {part}"
            made = Article(None, title, text, outlet, language, published=at, seen_at=at, key=key)
            yield Report(made, f"{path.stem} {number}")
            at += _REPORTS_APART


def _versions(templates: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield outlet, language, title and text of each article on an event."""
    for language, forms in templates.items():
        for outlet, form in zip(OUTLETS[language], forms, strict=False):
            title, text = (_filled(form[part], event, language) for part in ("title", "text"))
            if (language, outlet) == ("en", OUTLETS["en"][0]):
                yield outlet, language, f"(URGENT) {title}", ""
            yield outlet, language, title, text
    title, text = (_filled(templates["en"][0][part], event, "en") for part in ("title", "text"))
    yield OUTLETS["en"][0], "en", f"(LEAD) {title}", f"{text}\n\nMore was to be made known in the course of the day."


def _filled(template: str, event: Mapping[str, Any], language: str) -> str:
    values = {name: value.get(language, "") if isinstance(value, dict) else value for name, value in event.items()}
    if "at" in event:
        values |= _hours(event["at"])
    return template.format(**values)


def _hours(at: str) -> dict[str, str]:
    hour, minute = (int(part) for part in at.split(":"))
    half, korean = ("a.m.", "오전") if hour < 12 else ("p.m.", "오후")
    shown = (hour - 1) % 12 + 1
    return {"hour": at, "hour12": f"{shown}:{minute:02} {half}", "hour_ko": f"{korean} {shown}시 {minute}분"}


def _with(article: Article, **more: Any) -> Article:
    return Article(**{name: getattr(article, name) for name in article.__slots__} | more)


@dataclass(frozen=True, slots=True)
class Grouping:
    """How well articles were grouped. B³ after Bagga and Baldwin (1998); `missed` is the share of events of which no
    article opened a story: they raised no alert; `alerts` is the number of stories for each event."""

    precision: float
    recall: float
    missed: float
    alerts: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of B³ precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def measure(events: Sequence[str], stories: Sequence[int]) -> Grouping:
    """Return the measures of a grouping: the event and the story of each article, in order."""
    by_event, by_story, opened = defaultdict(set), defaultdict(set), dict[int, str]()
    for number, (event, story) in enumerate(zip(events, stories, strict=True)):
        by_event[event].add(number)
        by_story[story].add(number)
        opened.setdefault(story, event)
    pairs = [(by_event[event], by_story[story]) for event, story in zip(events, stories, strict=True)]
    return Grouping(
        precision=sum(len(event & story) / len(story) for event, story in pairs) / len(pairs),
        recall=sum(len(event & story) / len(event) for event, story in pairs) / len(pairs),
        missed=1 - len(set(opened.values())) / len(by_event),
        alerts=len(by_story) / len(by_event),
    )
