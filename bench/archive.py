"""The archive's goals beside tantivy and FTS5 on raw text: bytes, newest 20, counts, commits, and no match missed.

    .venv/bin/python -m bench.archive [--articles 200000] [--random 1000] [--database URL] [--no-peers]

Articles of 2 KB in four languages are made by chance, and stored and indexed by the product in a database of its own.
tantivy gets the very words that our index gets, and FTS5 the texts. Queries are of every form; of each the 20 newest
judged matches are timed (CPU time), and the candidates counted. `--random`: so many queries of every form on hard
texts, each compared with a full scan by the matcher. With PostgreSQL's URL an empty database of the server is filled;
as the server works in other processes, the shortest of five wall times stands there.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from doubles.random_queries import hard_articles, random_queries
from sqlalchemy import insert

from bench.frame import peers
from monitor.archive.search import ArchiveQuery, ArchiveSearch
from monitor.archive.trends import busiest, report
from monitor.model import Article, Watchlist
from monitor.model.trends import Subject, SubjectKind
from monitor.store import Database, open_store
from monitor.store.trend_tables import trend, trend_subjects
from monitor.watch.catalogue import shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.index_words import words_of
from monitor.watch.match import Matcher
from monitor.watch.plan import AllOf, AnyOf, Anything, Plan, Word
from monitor.watch.query.parse import QueryError

START = datetime(2024, 1, 1, tzinfo=UTC)
LETTERS = {"uk": "абвгдежзиклмнопрстухчшюяії", "en": "abcdefghiklmnoprstuvwy", "ru": "абвгдежзиклмнопрстухчшюяы"}
TOPICS = {
    "uk": "ракета ракети ракетами міністр міністра посол посла Сеулі Пхеньяну КНДР Блінкен Блінкена санкції порт",
    "en": "missile missiles minister ministers sanctions Seoul Pyongyang DPRK Blinken harbour grain court fire",
    "ru": "ракета ракеты ракетами министр министра посол посла Сеуле Пхеньяне КНДР Блинкен Блинкена санкции порт",
    "ko": "미사일 미사일을 장관 장관이 대사 서울 서울에서 평양 북한 북한군의 제재 블링컨 항구",
}
QUERIES = [
    *(
        "ракета",
        "missile",
        "미사일",
        "порт",
        "Блінкен",
        "sanctions",
        "Seoul",
        "장관",
        "북한",
        "minister",
        "harbour",
        "grain",
    ),
    *("@DPRK", "@Blinken", "@Seoul", '"балістична ракета"', '"ballistic missile"', "missile AND Seoul", "missil*"),
    *(
        "ракета AND (посол OR порт)",
        "missile OR ракета OR 미사일",
        "minister NEAR/5 sanctions",
        "ракет*",
        "title:missile",
    ),
    *("fire NOT court", "@DPRK AND @Blinken", "sanctions SENTENCE Seoul", r"/\bmissile\w*/", "/북한군/"),
    *("atleast/2(missile OR harbour)", "grain", "title:missile"),
]
_BATCH = 500
_COMMITS = 200


def texts(count: int, seed: int = 1) -> Iterator[Article]:
    """Yield articles of some 2 KB with about 160 distinct words, most of them rare, as in news."""
    rng = random.Random(seed)
    known = {language: [_word(rng, letters) for _ in range(40_000)] for language, letters in LETTERS.items()}
    known["ko"] = ["".join(chr(rng.randrange(0xAC00, 0xD7A3)) for _ in range(rng.randint(2, 4))) for _ in range(40_000)]
    for number in range(count):
        language = rng.choices(["uk", "en", "ru", "ko"], [5, 3, 2, 1])[0]
        words, topics = known[language], TOPICS[language].split()
        ranks = (min(int(rng.paretovariate(0.55)), len(words)) - 1 for _ in range(270))
        body = [words[rank] for rank in ranks]
        for _ in range(rng.choice([0, 0, 1, 2])):
            body.insert(rng.randrange(len(body)), rng.choice(topics))
        sentences = [" ".join(body[at : at + 14]).capitalize() + "." for at in range(0, len(body), 14)]
        title = " ".join(rng.choices(words[:2000], k=7) + rng.choices(topics, k=rng.random() < 0.1))
        url = f"https://news.example/{language}/{number:06x}"
        seen = START + timedelta(seconds=60 * number)
        yield Article(url, title, " ".join(sentences), f"S{number % 50}", language, key=f"k{number}", seen_at=seen)


def _word(rng: random.Random, letters: str) -> str:
    return "".join(rng.choices(letters, k=rng.randint(2, 11)))


def main() -> int:
    """Measure; print the table. Return 1 where a match was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--random", type=int, default=1000, help="queries on hard texts (0: none)")
    parser.add_argument("--database", help="an empty PostgreSQL database in place of a SQLite file")
    parser.add_argument("--no-peers", action="store_true", help="leave out tantivy and FTS5 on raw text")
    asked = parser.parse_args()
    print("| what | monitor | peers | ratio | goal |\n|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory(prefix="monitor-bench-archive-") as folder,
        closing(open_store(asked.database or f"sqlite:///{folder}/monitor.db")) as store,
    ):
        _measure(store, Path(folder), asked.articles, with_peers=not asked.no_peers)
    return _missed(asked.random) if asked.random else 0


def _row(what: str, ours: str, theirs: str = "", ratio: str = "", goal: str = "") -> None:
    print(f"| {what} | {ours} | {theirs} | {ratio} | {goal} |", flush=True)


def _measure(store: Database, folder: Path, count: int, *, with_peers: bool) -> None:
    with store.begin() as tx:
        tx.begin_index()
    whole = texts(count)
    while batch := list(islice(whole, _BATCH)):
        with store.begin() as tx:
            for article in batch:
                tx.add_article(article)
    search = ArchiveSearch(store, _compile)
    queries = [search.compile(text) for text in QUERIES]
    rival = _Tantivy(folder / "tantivy", count) if with_peers else None
    size = _index_bytes(store) / count
    raw = _raw_bytes(folder / "raw.db", count) / count if with_peers else 0.0
    _row(
        f"bytes of index an article, {count:,} articles",
        f"{size:,.0f}",
        f"tantivy {rival.size / count:,.0f}, FTS5 on raw text {raw:,.0f}" if rival else "",
        f"{size / (rival.size / count):.2f}, {size / raw:.2f}" if rival else "",
        "≤ 1.1, ≤ .4",
    )
    with store.begin() as tx:
        timed, clock = (_timed, "CPU") if tx.dialect == "sqlite" else (_shortest, "wall")
    newest = [timed(lambda q=query: list(islice(search.found(q), 20))) for query in queries]  # type: ignore[misc]
    counts = [timed(lambda q=query: search.candidates(q)) for query in queries]  # type: ignore[misc]
    theirs = [rival.ask(query.plan) for query in queries] if rival else []
    found = [one for one in theirs if one]
    _row(
        f"20 newest matches, judged, {clock}, p50 / p95",
        _points(newest),
        *_beside(found, "newest", newest),
        "≤ 20 / ≤ 150 ms",
    )
    _row(f"count of candidates, {clock}, p50 / p95", _points(counts), *_beside(found, "count", counts), "≤ 2 ×, ≤ 4 ×")
    with_index, without = _commits(store)
    _row("commit of an article, CPU, p50 / p99", f"{with_index}", f"without an index {without}", "", "index ≤ .5 ms")
    _measure_trends(store, timed, clock)


def _measure_trends(store: Database, timed: Callable[[Callable[[], object]], float], clock: str) -> None:
    """Time the trends of 480 entities over 400 days, some bursting, and those of one."""
    rng = random.Random(1)
    until = START + timedelta(days=400)
    rows = [
        {"subject_id": number, "day": until.toordinal() - back, "stories": stories, "articles": 2 * stories}
        for number, mean in ((number, min(rng.paretovariate(0.7), 40.0)) for number in range(1, 481))
        for back in range(428)
        if (stories := round(rng.gammavariate(2, mean / 2) * (20 if rng.random() < 0.0005 else 1)))
    ]
    with store.begin() as tx:
        tx.connection.execute(
            insert(trend_subjects), [{"kind": SubjectKind.ENTITY, "name": f"E{number}"} for number in range(480)]
        )
        tx.connection.execute(insert(trend), rows)
    one = [Subject(SubjectKind.ENTITY, "E7")]
    with store.begin() as tx:
        whole = timed(lambda: busiest(report(tx, None, START, until, "UTC").trends, 10))
        single = timed(lambda: report(tx, one, START, until, "UTC").trends[0].points)
    _row(f"trends of 480 entities, 400 days, {len(rows):,} rows, {clock}", f"{whole:.0f} ms", "", "", "≤ 100 ms")
    _row(f"trend of one of them, {clock}", f"{single:.1f} ms", "", "", "≤ 10 ms")


def _beside(found: Sequence[dict[str, float]], what: str, ours: Sequence[float]) -> tuple[str, str]:
    if not found:
        return "", ""
    theirs = [one[what] for one in found]
    ratio = statistics.median(ours) / statistics.median(theirs)
    return f"tantivy, unjudged {_points(theirs)}", f"{ratio:.1f}, {_high(ours) / _high(theirs):.1f}"


def _points(figures: Sequence[float]) -> str:
    return f"{statistics.median(figures):.2f} / {_high(figures):.2f} ms"


def _high(figures: Sequence[float]) -> float:
    return sorted(figures)[min(round(len(figures) * 0.95), len(figures) - 1)]


def _timed(work: Callable[[], object]) -> float:
    """Return the median milliseconds of five runs, after one."""
    work()
    taken = []
    for _ in range(5):
        begun = time.process_time()
        work()
        taken.append((time.process_time() - begun) * 1e3)
    return statistics.median(taken)


def _shortest(work: Callable[[], object]) -> float:
    """Return the milliseconds of the shortest of five runs by the wall clock, after one."""
    work()
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1e3)
    return min(taken)


def _index_bytes(store: Database) -> int:
    with store.begin() as tx:
        if tx.dialect == "postgresql":
            return int(tx.connection.exec_driver_sql("SELECT pg_total_relation_size('article_index')").scalar() or 0)
        found = tx.connection.exec_driver_sql("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'article_index%'")
        return int(found.scalar() or 0)


def _raw_bytes(path: Path, count: int) -> int:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE VIRTUAL TABLE raw USING fts5(t, content='')")
        rows = ((number, article.document) for number, article in enumerate(texts(count), 1))
        raw.executemany("INSERT INTO raw (rowid, t) VALUES (?, ?)", rows)
        raw.commit()
    return path.stat().st_size


def _commits(store: Database) -> tuple[str, str]:
    """Return the milliseconds of committing an article with the index, and without one."""
    figures = []
    for label in ("with", "without"):
        taken = []
        for number, article in enumerate(texts(_COMMITS, seed=2)):
            begun = time.process_time()
            with store.begin() as tx:
                tx.add_article(_again(article, f"{label}{number}"))
            taken.append((time.process_time() - begun) * 1e3)
        figures.append(f"{statistics.median(taken):.2f} / {sorted(taken)[-2]:.1f} ms")
        with store.begin() as tx:
            tx.connection.exec_driver_sql("UPDATE index_state SET version = ''")
    return figures[0], figures[1]


def _again(article: Article, key: str) -> Article:
    from dataclasses import replace

    return replace(article, key=key)


class _Tantivy:
    """tantivy in its own environment, with our words of the same articles."""

    def __init__(self, folder: Path, count: int) -> None:
        folder.mkdir()
        side = Path(__file__).parent / "sides" / "tantivy_index.py"
        command = [str(peers.python("tantivy")), str(side), str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number, article in enumerate(texts(count), 1):
            self._send({"id": number, "words": " ".join(words_of(article))})
        self.size: int = self._answer({"commit": True})["bytes"]

    def ask(self, plan: Plan) -> dict[str, float] | None:
        """Return what it needs for a query; None for one that only our plan can say (prefixes)."""
        lists = _lists(plan)
        return None if lists is None else self._answer({"query": lists})

    def _send(self, row: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        self._process.stdin.write(json.dumps(row) + "\n")

    def _answer(self, row: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._send(row)
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def _lists(plan: Plan) -> list[list[str]] | None:
    """Return a plan as lists of words of which one each must be there; None for another shape."""
    match plan:
        case Word():
            return None if plan.begins or plan.holds else [[plan.text]]
        case AnyOf():
            parts = [_lists(part) for part in plan.parts if part != Word("\ue001")]
            if len(parts) == 1:
                return parts[0]
            flat = [part[0] for part in parts if part is not None and len(part) == 1]
            return [[word for words in flat for word in words]] if len(flat) == len(parts) else None
        case AllOf():
            each = [_lists(part) for part in plan.parts]
            return None if None in each else [words for part in each for words in part or ()]
        case Anything():
            return None


_FORMS: dict[str, bytes] = {}


def _compile(lists: Sequence[Watchlist]) -> Matcher:
    return compile_watchlists(lists, shipped(), _FORMS)


def _missed(count: int) -> int:
    """Compare searches with full scans on hard texts; print what was missed."""
    articles = list(hard_articles(7, 400))
    tried = matches = missed = read = 0
    with closing(open_store("sqlite://")) as store:
        with store.begin() as tx:
            tx.begin_index()
            for article in articles:
                tx.add_article(article)
        search = ArchiveSearch(store, _compile)
        for text in random_queries(7, count, [one.document for one in articles]):
            try:
                query: ArchiveQuery = search.compile(text)
            except QueryError:
                continue
            expected = {one.key for one in articles if query.matcher.match(one)[0].matched}
            found = {one.article.key for one in search.found(query)}
            tried, matches, read = (
                tried + 1,
                matches + len(expected),
                read + (search.candidates(query) or len(articles)),
            )
            if found != expected:
                missed += len(expected - found)
                print(f"missed {sorted(expected - found)} of {text}", file=sys.stderr)
    share = read / max(tried, 1) / len(articles)
    _row(f"matches missed of {matches:,}, {tried:,} random queries on hard texts", f"{missed}", "", "", "0")
    _row("articles read by such a query, mean", f"{share:.0%}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
