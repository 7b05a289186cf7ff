"""The command that groups a stream of articles into stories."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

import click

from monitor.cli.jsonl import LineError, language_of

if TYPE_CHECKING:
    from monitor.model import Article
    from monitor.story.index import StoryIndex

_DATE = "a date such as 2023-11-09T09:40:00+02:00 is wanted"
_FIRST_YEAR = 1970
_PRUNE = 1000  # articles between two sweeps of what is no longer alive


@click.command("cluster", short_help="Group a stream of articles into stories.")
@click.option("--jsonl", is_flag=True, help="Read JSON lines from stdin and write JSON lines; the only form so far.")
def cluster(jsonl: bool) -> int:
    """Group articles into stories: one JSON object a line in, {"id", "story", "relation"} a line out, in order.

    Where an article shows that another story is the same event, "merged" names that one: from then on it is this story.
    """
    if not jsonl:
        raise click.UsageError("say --jsonl: articles are read from stdin, one JSON object a line")
    return run(sys.stdin, sys.stdout, sys.stderr)


@click.group("stories", short_help="Show what operators did to stories by hand.")
def stories() -> None:
    """Show what operators did to stories by hand."""


@stories.command("export", short_help="Print each split and merge by hand as JSON lines.")
@click.pass_context
def export(ctx: click.Context) -> int:
    """Write each split and merge by hand as a JSON object a line: whether two articles are of one event.

    {"same", "at", "user", "one", "other"}: `same` is true for a merge; an article has source, language, title, text
    (its head), url and at. They stay when the articles themselves are deleted.
    """
    from dataclasses import asdict

    from monitor.app.configuration import load
    from monitor.cli.archive import open_archive
    from monitor.model import GroupingDeed

    with closing(open_archive(load(ctx.obj["config"]))) as store, store.begin() as tx:
        for decision in tx.grouping_decisions():
            pair = {"one": asdict(decision.one), "other": asdict(decision.other)}
            found = {"same": decision.deed is GroupingDeed.MERGE, "at": decision.at, "user": decision.user, **pair}
            click.echo(json.dumps(found, ensure_ascii=False, default=datetime.isoformat))
    return 0


@dataclass(slots=True)
class _Grouper:
    """Assigns articles one by one, in the order given; keeps live stories only."""

    index: StoryIndex
    entities: Callable[[Article], frozenset[str]]
    encode: Callable[[Article], bytes]
    names: dict[int, Any] = field(default_factory=dict)  # story → the id of its first article, as given
    count: int = 0
    now: datetime | None = None  # the newest time so far

    def take(self, row: dict[str, Any]) -> dict[str, Any]:
        """Place one article; raises LineError where a field is wrong."""
        from monitor.story.attribution import citations
        from monitor.story.features import features

        self.count += 1
        article = read_article(row, self.count, self.now)
        self.now = max(self.now or article.when, article.when)
        if self.count % _PRUNE == 0:
            self._prune(self.now)
        cites = citations(article)
        found = features(article, self.entities(article), cites, vector=self.encode(article))
        placed = self.index.assign_features(found, article.id, now=article.when)
        story = self.count if placed.story_id is None else placed.story_id
        self.names.setdefault(story, row["id"])
        self.index.insert(self.count, story, self.index.place_features(found))
        said = {"id": row["id"], "story": self.names[story], "relation": placed.relation.value}
        if placed.bridge is None:
            return said
        kept, gone = sorted((story, placed.bridge.story))  # stories are numbered by their first articles: by age
        self.index.regroup(dict.fromkeys(self.index.members[gone], kept))
        return said | {"story": self.names[kept], "merged": self.names.pop(gone)}

    def _prune(self, now: datetime) -> None:
        self.index.forget(now - timedelta(seconds=self.index.window))
        for story in [story for story in self.names if story not in self.index.members]:
            del self.names[story]


def run(source: TextIO, target: TextIO, complaints: TextIO) -> int:
    """Group the articles of `source`; return 0, or 1 where a line was bad (the others are grouped all the same)."""
    from monitor.story.index import StoryIndex

    grouper = _Grouper(StoryIndex(), entity_finder(), vector_maker())
    bad = 0
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            placed = grouper.take(_row(line))
        except LineError as error:
            bad += 1
            complaints.write(f"stdin:{number}: {error}\n")
            continue
        target.write(json.dumps(placed, ensure_ascii=False) + "\n")
        target.flush()
    return 1 if bad else 0


@cache
def entity_finder() -> Callable[[Article], frozenset[str]]:
    """Return a function that finds the shipped catalogue's entities in an article, background and credits left out."""
    from monitor.app.compile import compile_catalogue
    from monitor.cli.progress import busy
    from monitor.pipeline.examine import entities
    from monitor.watch.catalogue import shipped

    with busy("compiling the catalogue"):
        matcher = compile_catalogue(shipped())
    return lambda article: entities(article, matcher)


@cache
def vector_maker() -> Callable[[Article], bytes]:
    """Return a function that makes an article's vector; b"" for all where the encoder is not installed."""
    from monitor.extract import encoder

    encoder.use_one_thread()
    if not encoder.available():
        return lambda _: b""
    return lambda article: encoder.encode(article.title, article.text, article.language)


def read_article(row: dict[str, Any], number: int, fallback: datetime | None) -> Article:
    """Make an article of a line's fields; `fallback` is its time where it gives none. Raises LineError."""
    from monitor.extract.zones import zones
    from monitor.model import Article
    from monitor.text.detect import detect
    from monitor.urls import article_key, site

    title, text = _text(row, "title"), _text(row, "text")
    if not (title + text).strip():
        raise LineError('there is neither "title" nor "text": give at least one')
    url, named = _text(row, "url") or None, _text(row, "source")
    # Without a name each article is its own outlet: none can then be taken for another's revision.
    source = named or (site(url) if url else "") or f"unnamed {number}"
    language = language_of(row) or detect(f"{title}\n{text}")
    return Article(
        url=url,
        title=title,
        text=text,
        source=source,
        language=language,
        zones=zones(title, text, language, named or None),
        published=_time(row.get("published"), fallback),
        key=article_key(url) if url else "",
        id=number,
    )


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise LineError(f"not JSON ({error}): one object a line is wanted") from error
    except RecursionError as error:
        raise LineError("nested too deep: one flat object a line is wanted") from error
    if not isinstance(row, dict):
        raise LineError('not an object: {"id", "title", "text", "published"} is wanted')
    if not isinstance(row.get("id"), (str, int)):
        raise LineError('"id" is missing: give a text or a number')
    return row


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise LineError(f'"{key}" is {type(value).__name__}: text is wanted')
    return value or ""


def _time(value: Any, fallback: datetime | None) -> datetime:
    """Read ISO 8601, RFC 2822 or seconds since 1970; UTC where there is no offset."""
    if value is None or value == "":
        return fallback or datetime.fromtimestamp(0, UTC)
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, OSError) as error:
        raise LineError(f'"published" is {value!r}: {_DATE}') from error
    if moment.year < _FIRST_YEAR:
        raise LineError(f'"published" is {value!r}, before there were feeds: {_DATE}')
    return moment


def _moment(value: Any) -> datetime:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = parsedate_to_datetime(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
