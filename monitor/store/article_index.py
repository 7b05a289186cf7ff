"""The index for searches: which stored articles have some words.

On SQLite an FTS5 table that keeps no text and no positions, on PostgreSQL a table of `tsvector`. It is written with the
article, in one transaction. `index_state` says which code made its words, and from which article id on it is complete:
what is older is added in the background, newest first. An index of another version is left alone until it is made anew.

FTS5 deletes a row of such a table by the words that it was added with: they are made again of the stored text.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, islice, takewhile
from typing import Any

import structlog
from sqlalchemy import BindParameter, Row, bindparam, column, func, select, table, text, update

from monitor.model import Article
from monitor.store.base import Repository
from monitor.store.columns import clean
from monitor.store.schema import articles, index_state
from monitor.watch.plan import ANY, NONE, AllOf, AnyOf, Anything, Plan, Word, all_of, any_of

log = structlog.get_logger(__name__)

_STATE = select(index_state.c.version, index_state.c.low)
_MAKE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE article_index USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')",
        "CREATE VIRTUAL TABLE article_words USING fts5vocab(article_index, row)",
    ),
    "postgresql": (
        (
            "CREATE TABLE article_index"
            " (article_id BIGINT PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE, words tsvector NOT NULL)"
        ),
        "CREATE INDEX ix_article_index_words ON article_index USING gin (words) WITH (fastupdate = off)",
        'CREATE TABLE article_words (term text COLLATE "C" PRIMARY KEY)',
    ),
}
_DROP = ("DROP TABLE IF EXISTS article_words", "DROP TABLE IF EXISTS article_index")
_VOCABULARY = text("INSERT INTO article_words SELECT unnest(CAST(:words AS text[])) ON CONFLICT DO NOTHING")
"""The words that PostgreSQL has a table of its own for; those that retention leaves behind are found in no article."""
_ADD = {
    "sqlite": text("INSERT INTO article_index (rowid, words) VALUES (:article, :words)"),
    "postgresql": text(
        "INSERT INTO article_index (article_id, words) VALUES (:article, array_to_tsvector(CAST(:words AS text[])))"
        " ON CONFLICT (article_id) DO UPDATE SET words = excluded.words"
    ),
}
_REMOVE = {
    "sqlite": text("INSERT INTO article_index (article_index, rowid, words) VALUES ('delete', :article, :words)"),
    "postgresql": text("DELETE FROM article_index WHERE article_id = :article"),
}
_INDEX = table("article_index", column("rowid"), column("article_id"))
_FTS5 = text("article_index MATCH :query AND rowid BETWEEN :low AND :high")
_GIN = text("words @@ CAST(:query AS tsquery) AND article_id BETWEEN :low AND :high")
_MOST: BindParameter[int] = bindparam("most")
_FIND_SQLITE = select(_INDEX.c.rowid).where(_FTS5).order_by(_INDEX.c.rowid.desc()).limit(_MOST)
_COUNT_SQLITE = select(func.count()).select_from(select(_INDEX.c.rowid).where(_FTS5).subquery())
_HOLDS = {
    "sqlite": text("SELECT term FROM article_words WHERE instr(term, :part) > 0 LIMIT :most"),
    "postgresql": text("SELECT term FROM article_words WHERE position(CAST(:part AS text) IN term) > 0 LIMIT :most"),
}
_NEAR = text(
    "SELECT term FROM json_each(:ranges) AS near CROSS JOIN article_words"
    " WHERE term BETWEEN json_extract(near.value, '$[0]') AND json_extract(near.value, '$[1]') LIMIT :most"
)
_FOUND = select(_INDEX.c.article_id).where(_GIN)
_WALK = _FOUND.order_by(_INDEX.c.article_id.desc()).limit(_MOST)
# The fence keeps PostgreSQL from walking down all ids in the hope of so many rows that have a rare word.
_FENCED = _FOUND.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
_LOOK_UP = select(_FENCED.c.article_id).order_by(_FENCED.c.article_id.desc()).limit(_MOST)
_COUNT_POSTGRES = select(func.count()).select_from(_FOUND.subquery())
_ESTIMATE = text(f"EXPLAIN (FORMAT JSON) SELECT article_id FROM article_index WHERE {_GIN.text}")  # noqa: S608 - ours
_COMMON = 0.02
"""The share of articles from which on PostgreSQL walks down the ids: so few are passed over that it is faster."""
_MOST_BYTES = 1_000_000
"""Bytes of an article's words that PostgreSQL is given: a `tsvector` counts places in it by twenty bits."""
_MOST_HOLDING = 200
"""Words that hold some letters and are looked up; where there are more, that says too little."""
_PRUNED = 30
"""Words of a plan from which on those that no article has are left out first: it takes as long as some words less."""
_SAME = 3
"""Letters that words share which are looked up together: the forms of a name lie side by side in the index."""
_MOST_NEAR = 5_000
"""Words that the index has between those; where there are more, looking takes longer than leaving the plan as it is."""
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class IndexState:
    """What the index holds: all articles whose id is `low` or higher; nothing, where it is not `usable`."""

    usable: bool
    low: int


class ArticleIndex(Repository):
    """The index of articles' words, and its state."""

    # ------------------------------------------------------------------ state

    def index_state(self) -> IndexState:
        """Return what the index holds; not usable where there is none, or one that another version made."""
        row = self.connection.execute(_STATE).one_or_none()
        usable = row is not None and row.version == self._own_version()
        return IndexState(usable, row.low if usable and row is not None else 0)

    def _own_version(self) -> str:
        return _version() if self.dialect == "sqlite" else f"{_version()} words"

    def begin_index(self) -> bool:
        """Make the index, empty, where there is none that this version can use; return whether it was made."""
        if self.index_state().usable:
            return False
        newest = self.connection.scalar(select(func.max(articles.c.id))) or 0
        state = self.upsert(index_state).values(id=1, version=self._own_version(), low=newest + 1)
        changes = {"version": state.excluded.version, "low": state.excluded.low}
        self.connection.execute(state.on_conflict_do_update(index_elements=["id"], set_=changes))
        for statement in (*_DROP, *_MAKE[self.dialect]):
            self.connection.execute(text(statement))
        return True

    def extend_index(self, most: int) -> int:
        """Add the newest articles, at most so many, that are not in the index yet; return how many were added."""
        state = self.index_state()
        if not state.usable or state.low == 0:
            return 0
        found = select(articles).where(articles.c.id < state.low).order_by(articles.c.id.desc()).limit(most)
        rows = self.connection.execute(found).all()
        low = rows[-1].id if len(rows) == most else 0  # 0: nothing older is left
        self.connection.execute(update(index_state).values(low=low))
        # Upwards: for an id below the last one, FTS5 would write out what it has.
        self._add((row.id, _stored_words(row)) for row in reversed(rows))
        return len(rows)

    # ------------------------------------------------------------------ changes

    def indexed_before(self, key: str) -> Row[Any] | None:
        """Return the index's state beside the stored article with this key, whose columns are NULL where none is in it.

        None where there is no index that can be used. `reindex` takes it after the article was written.
        """
        row = self.connection.execute(_before(), {"the_key": key}).one_or_none()
        return row if row is not None and row.index_version == self._own_version() else None

    def reindex(self, article_id: int, article: Article, state: Row[Any] | None) -> None:
        """Put an article into the index that was just written; `state` is what `indexed_before` said.

        Whatever is wrong with the index, the article stays: an index that cannot be written is made anew later.
        """
        if state is None or article_id < state.index_low:
            return
        before = None if state.id is None else state
        with self.apart(self._damaged):
            if before is not None:
                article = replace(article, url=before.url)  # the address stays that of the first sight
            new = _words_of(_cleaned(article))
            old = None if before is None else _stored_words(before)
            if old != new:
                self._remove([] if old is None else [(article_id, old)])
                self._add([(article_id, new)])

    def unindex(self, rows: Iterable[Row[Any]]) -> None:
        """Take stored articles out of the index before they are deleted."""
        if self.dialect == "sqlite":  # elsewhere the row goes with the article
            state = self.index_state()
            if state.usable:
                with self.apart(self._damaged):
                    self._remove([(row.id, _stored_words(row)) for row in rows if row.id >= state.low])

    def _damaged(self, error: Exception) -> None:
        """Have the index made anew: none, damaged, or of words that it refuses."""
        log.error("the search index cannot be written, and is made anew", exc_info=error)
        self.connection.execute(update(index_state).values(version=""))

    def _add(self, rows: Iterable[tuple[int, list[str]]]) -> None:
        values = [{"article": ident, "words": self._written(words)} for ident, words in rows]
        if values:
            self.connection.execute(_ADD[self.dialect], values)
            if self.dialect == "postgresql":
                self.connection.execute(_VOCABULARY, values)

    def _remove(self, rows: Iterable[tuple[int, list[str]]]) -> None:
        values = [{"article": ident, "words": self._written(words)} for ident, words in rows]
        if values and self.dialect == "sqlite":
            self.connection.execute(_REMOVE[self.dialect], values)

    def _written(self, words: list[str]) -> str | list[str]:
        if self.dialect == "sqlite":
            return " ".join(words)
        return words if sum(len(word.encode()) for word in words) < _MOST_BYTES else [_anything()]

    # ------------------------------------------------------------------ queries

    def candidate_ids(self, plan: Plan, low: int, high: int, most: int) -> list[int] | None:
        """Return the ids from `low` to `high` of articles that a plan finds in the index, the highest first.

        None where the index cannot tell.
        """
        query = self._query(plan)
        if query is None:
            return None
        values = {"query": query, "low": low, "high": high, "most": most}
        if self.dialect == "sqlite":
            return list(self.connection.scalars(_FIND_SQLITE, values))
        return list(self.connection.scalars(_WALK if self._is_common(values) else _LOOK_UP, values))

    def candidate_count(self, plan: Plan, low: int, high: int) -> int | None:
        """Return how many articles of these ids a plan finds in the index; None where that cannot tell."""
        query = self._query(plan)
        if query is None:
            return None
        count = _COUNT_SQLITE if self.dialect == "sqlite" else _COUNT_POSTGRES
        return int(self.connection.scalar(count, {"query": query, "low": low, "high": high}) or 0)

    def pruned_plan(self, plan: Plan) -> Plan:
        """Return a plan without the words that no article has, where it asks for many: most forms of a name are rare.

        It finds what the plan does until an article is added. PostgreSQL's index passes over such words by itself.
        """
        words = sorted(_words_in(plan), key=lambda word: word.text)
        if len(words) < _PRUNED or self.dialect != "sqlite":
            return plan
        ranges = []
        for _, group in groupby(words, key=lambda word: word.text[:_SAME]):
            near = list(group)
            ranges.append((near[0].text, max(word.text + _LAST if word.begins else word.text for word in near)))
        found = list(self.connection.scalars(_NEAR, {"ranges": json.dumps(ranges), "most": _MOST_NEAR + 1}))
        return plan if len(found) > _MOST_NEAR else _known_part(plan, sorted(found), frozenset(found))

    def _is_common(self, values: dict[str, Any]) -> bool:
        (found,) = self.connection.scalar(_ESTIMATE, values)
        total = values["high"] - values["low"] + 1
        return bool(found["Plan"]["Plan Rows"] > _COMMON * total)

    def _query(self, plan: Plan) -> str | None:
        """Return a plan in the database's own query language; None where every article is a candidate."""
        plan = self._looked_up(plan)
        if isinstance(plan, Anything):
            return None
        return _fts5(plan) if self.dialect == "sqlite" else _tsquery(plan)

    def _looked_up(self, plan: Plan) -> Plan:
        """Return a plan with the index's own words in place of letters that stand inside some."""
        match plan:
            case Word(holds=True):
                asked = {"part": plan.text, "most": _MOST_HOLDING + 1}
                found = list(self.connection.scalars(_HOLDS[self.dialect], asked))
                return ANY if len(found) > _MOST_HOLDING else any_of(map(Word, found))
            case AllOf():
                return all_of(map(self._looked_up, plan.parts))
            case AnyOf():
                return any_of(map(self._looked_up, plan.parts))
            case Word() | Anything():
                return plan


def _words_in(plan: Plan) -> set[Word]:
    """Return the words of a plan that stand in the index as they are, or begin so."""
    found: set[Word] = set()
    waiting = [plan]
    while waiting:
        part = waiting.pop()
        if isinstance(part, AllOf | AnyOf):
            waiting += part.parts
        elif isinstance(part, Word) and not part.holds:
            found.add(part)
    return found


def _is_unknown(part: Plan, known: frozenset[str]) -> bool:
    return isinstance(part, Word) and not (part.begins or part.holds or part.text in known)


def _known_part(plan: Plan, terms: Sequence[str], known: frozenset[str]) -> Plan:
    """Return what is left of a plan where the index has, of all that it may mean, these terms, in order.

    Of the thousand forms of a name few are there: those that are not are passed over in one look (`known`).
    """
    match plan:
        case Word(holds=False, begins=False):
            return plan if plan.text in known else NONE
        case Word(holds=False):
            at = bisect_left(terms, plan.text)
            return any_of(map(Word, takewhile(lambda term: term.startswith(plan.text), islice(terms, at, None))))
        case AllOf():
            return all_of(_known_part(part, terms, known) for part in plan.parts)
        case AnyOf():
            kept = (part for part in plan.parts if not _is_unknown(part, known))
            return any_of(_known_part(part, terms, known) for part in kept)
        case Word() | Anything():
            return plan


@cache
def _before() -> Any:
    own = (articles.c.key == bindparam("the_key")) & (articles.c.id >= index_state.c.low)
    state = index_state.c.version.label("index_version"), index_state.c.low.label("index_low")
    return select(*state, articles).select_from(index_state.outerjoin(articles, own))


def _version() -> str:
    from monitor.watch.index_words import version  # what cuts texts into words is not loaded by commands that only look

    return version()


def _anything() -> str:
    from monitor.watch.index_words import ANYTHING  # likewise

    return ANYTHING


def _words_of(article: Article) -> list[str]:
    from monitor.watch.index_words import words_of  # likewise

    try:
        return words_of(article)
    except Exception:  # the outermost loop of the index: a bug in it must keep no article from being stored
        log.exception("the words of an article are not found: every search looks at it", key=article.key)
        return [_anything()]


def _stored_words(row: Row[Any]) -> list[str]:
    """Return the words of a stored article, as they were when it was written."""
    return _words_of(Article(row.url, row.title, row.text, row.source, row.language, author=row.author))


def _cleaned(article: Article) -> Article:
    """Return an article as it is stored."""
    url, author = (None if one is None else clean(one) for one in (article.url, article.author))
    return replace(article, title=clean(article.title), text=clean(article.text), url=url, author=author)


def _fts5(plan: Plan) -> str:
    """Write a plan for FTS5: words in quotes hold nothing that it would cut."""
    match plan:
        case Word():
            return f'"{plan.text}"' + "*" * plan.begins
        case AllOf():
            return f"({' AND '.join(map(_fts5, plan.parts))})"
        case AnyOf(parts=()):
            return '""'
        case AnyOf():
            return f"({' OR '.join(map(_fts5, plan.parts))})"
        case Anything():
            raise ValueError("an index cannot look for anything")


def _tsquery(plan: Plan) -> str:
    """Write a plan for PostgreSQL's `tsquery`."""
    match plan:
        case Word():
            return f"'{plan.text}'" + ":*" * plan.begins
        case AllOf():
            return f"({' & '.join(map(_tsquery, plan.parts))})"
        case AnyOf(parts=()):
            return "'\ue002'"  # no article has it
        case AnyOf():
            return f"({' | '.join(map(_tsquery, plan.parts))})"
        case Anything():
            raise ValueError("an index cannot look for anything")
