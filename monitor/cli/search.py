"""`monitor search`: the archive, in the query language."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import completion
from monitor.cli.archive import clock, open_archive
from monitor.cli.printed import harmless
from monitor.host import labelled

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.archive.search import ArchiveQuery, ArchiveSearch, FoundArticle, SearchProgress
    from monitor.config.load import Config
    from monitor.model import Zone
    from monitor.store import Database
    from monitor.store.archive import ArchiveScope, IndexedUntil
    from monitor.watch.query.parse import QueryError

_SENTENCE = 300  # units of a sentence
_TITLE = 160
_QUIET = 2.0  # seconds without a result after which the progress is shown
_BAR = 40  # columns of the longest bar
_TIMES = "a duration such as 30d or 12h, or a date such as 2026-11-01"


@click.command("search", short_help="Search the archive by a query, as a watchlist matches.")
@click.argument("query")
@click.option("--since", metavar="WHEN", help=f"Only what was seen since: {_TIMES}.")
@click.option("--until", metavar="WHEN", help="Only what was seen before.")
@click.option(
    "--source",
    "sources",
    shell_complete=completion.sources,
    multiple=True,
    metavar="NAME",
    help="Only this source; may be repeated.",
)
@click.option(
    "--language",
    "languages",
    shell_complete=completion.languages,
    multiple=True,
    metavar="CODE",
    help="Only this language; may be repeated.",
)
@click.option(
    "--watchlist",
    shell_complete=completion.watchlists,
    metavar="NAME",
    help="Only what the daemon found for this watchlist.",
)
@click.option("--stories/--articles", "by_story", default=True, help="One result a story (the default), or an article.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many; 0: all.")
@click.option("--count", is_flag=True, help="Only count.")
@click.option("--histogram", is_flag=True, help="How many a day, as bars.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object a line for each result.")
@click.pass_context
def search(
    ctx: click.Context,
    query: str,
    since: str | None,
    until: str | None,
    sources: tuple[str, ...],
    languages: tuple[str, ...],
    watchlist: str | None,
    by_story: bool,
    limit: int,
    count: bool,
    histogram: bool,
    as_json: bool,
) -> int:
    """Find what a watchlist with this QUERY would have matched, newest first.

    The query is written as that of a watchlist, and every stored article is judged as the daemon judges: in any
    inflected form, in the title, the lead and the body. Ctrl-C ends it at any time.
    """
    from monitor.app.compile import query_compiler
    from monitor.app.configuration import load
    from monitor.archive.search import ArchiveSearch
    from monitor.i18n import ENGLISH
    from monitor.store.archive import ArchiveScope
    from monitor.watch.query.parse import QueryError
    from monitor.watch.wording import note_in

    config = load(ctx.obj["config"])
    zone, now = clock(config), datetime.now(UTC)
    scope = ArchiveScope(
        since=_moment("--since", since, now, zone),
        until=_moment("--until", until, now, zone),
        languages=frozenset(_language(one) for one in languages),
        watchlist=None if watchlist is None else _watchlist(watchlist, [one.name for one in config.watchlists]),
    )
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        raise click.UsageError("--since is not before --until: nothing can lie between")
    with closing(open_archive(config)) as store:
        scope = replace(scope, sources=_sources(sources, config, store))
        archive = ArchiveSearch(store, query_compiler(config))
        try:
            compiled = archive.compile(query)
        except QueryError as error:
            raise click.UsageError(pointed(query, error)) from error
        for note in compiled.matcher.warnings:
            click.echo(f"note: {harmless(note_in(note.text, config.language or ENGLISH))}", err=True)
        with closing(_Searching(archive, compiled, scope, zone)) as searching:
            if count or histogram:
                return _summed(searching, histogram=histogram, as_json=as_json)
            return _listed(searching, config, by_story=by_story, limit=limit, as_json=as_json)


def pointed(query: str, error: QueryError) -> str:
    """Return a query error under the query, with a mark under its column."""
    from rich.cells import cell_len

    shown = harmless(query.replace("\n", " ").replace("\t", " "))
    start = max(error.position - 60, 0)  # of a long query, the part around the place
    lead = "…" if start else ""
    rest = shown[start : start + 100] + ("…" if len(shown) > start + 100 else "")
    indent = " " * cell_len(lead + shown[start : error.position])
    said = f"the query cannot be read: {harmless(error.message)}"
    return f"{said}\n\n  {lead}{rest}\n  {indent}^" if shown.strip() else said


# --------------------------------------------------------------------------- what was asked for


def _moment(option: str, text: str | None, now: datetime, zone: tzinfo) -> datetime | None:
    from monitor.fields.values import parse_duration

    if text is None:
        return None
    seconds = parse_duration(text)
    if seconds is not None:
        with suppress(OverflowError):
            return now - timedelta(seconds=seconds)
        return datetime(1970, 1, 2, tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{text!r} is no time: write {_TIMES}", param_hint=option) from error


def _sources(names: Sequence[str], config: Config, store: Database) -> frozenset[str]:
    """Return the names of sources as they are written in the configuration, or were in an earlier one.

    Raises click.BadParameter for a name that was never configured.
    """
    from monitor.fields.likeness import nearest

    if not names:
        return frozenset()
    configured = [source.name for source in config.sources]
    with store.begin() as tx:
        former = sorted(set(tx.source_names()) - set(configured))
    found = set()
    for name in names:
        one = _known(name, configured) or _known(name, former)
        if one is None:
            near = nearest(name, configured) or nearest(name, former)
            hint = f"did you mean {near!r}?" if near else "`monitor status` lists them"
            raise click.BadParameter(f"no such source: {name!r}; {hint}", param_hint="--source")
        found.add(one)
    return frozenset(found)


def _watchlist(name: str, known: list[str]) -> str:
    """Return a watchlist's name as it is configured; one that is not may be that of an earlier configuration."""
    from monitor.fields.likeness import nearest

    found = _known(name, known)
    if found is not None:
        return found
    near = nearest(name, known)
    if near:
        raise click.BadParameter(f"{name!r} is not configured; did you mean {near!r}?", param_hint="--watchlist")
    click.echo(f"--watchlist: {name!r} is not configured", err=True)
    return name


def _known(name: str, known: Sequence[str]) -> str | None:
    return next((each for each in known if each.casefold() == name.casefold()), None)


def _language(code: str) -> str:
    from monitor.fields.languages import LANGUAGES, no_language

    if code.lower() not in LANGUAGES:
        raise click.BadParameter(no_language(code), param_hint="--language")
    return code.lower()


# --------------------------------------------------------------------------- the search


class _Searching:
    """One search, with its progress on a terminal where it takes longer than a moment."""

    def __init__(self, archive: ArchiveSearch, query: ArchiveQuery, scope: ArchiveScope, zone: tzinfo) -> None:
        from rich.console import Console
        from rich.status import Status

        from monitor.archive.search import SearchProgress

        self.query, self.scope, self.zone = query, scope, zone
        self.progress: SearchProgress = SearchProgress(moved=self._tick)
        self.indexed: IndexedUntil = archive.indexed_until()
        self.candidates = archive.candidates(query, scope)
        self._found = archive.found(query, scope, self.progress)
        self._status: Status | None = Status("", console=Console(stderr=True)) if sys.stderr.isatty() else None
        self._quiet_since, self._shown = time.monotonic(), False
        self.read_all = False

    def __iter__(self) -> Iterator[FoundArticle]:
        for one in self._found:
            self._hide()
            yield one
            self._quiet_since = time.monotonic()
        self.read_all = True
        self._hide()

    def close(self) -> None:
        """End the search."""
        self._hide()
        self._found.close()

    def _tick(self) -> None:
        if self._status is None or time.monotonic() - self._quiet_since < _QUIET:
            return
        reached = self.progress.reached
        back = f", back to {reached.astimezone(self.zone):%Y-%m-%d}" if reached else ""
        total = f" of about {self.candidates:,} candidates" if self.candidates is not None else ""
        self._status.update(f"searching: {self.progress.read:,} articles read{total}{back}; Ctrl-C ends it")
        if not self._shown:
            self._status.start()
            self._shown = True

    def _hide(self) -> None:
        if self._shown and self._status is not None:
            self._status.stop()
            self._shown = False

    def note_index(self) -> None:
        """Print on stderr how far the index reaches, unless it covers the whole scope of the search."""
        since = self.indexed.since
        if self.indexed.whole or (since and self.scope.since and self.scope.since >= since):
            return
        until = f"indexed until {since.astimezone(self.zone):%Y-%m-%d %H:%M}" if since else "not indexed yet"
        left = f"{self.indexed.left:,} articles"
        what = f"the {left} before that are read one by one" if since else f"{left} are read one by one"
        click.echo(f"{until}: {what}, which takes longer; the daemon goes on indexing", err=True)


@dataclass(slots=True)
class _Totals:
    """Counts of what was found."""

    articles: int = 0
    stories: int = 0


def _summed(searching: _Searching, *, histogram: bool, as_json: bool) -> int:
    totals, seen = _Totals(), set[int]()
    days: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    searching.note_index()
    for one in searching:
        moment = one.article.seen_at or one.article.when
        day = f"{moment.astimezone(searching.zone):%Y-%m-%d}"
        totals.articles += 1
        days[day] += 1
        if one.story_id is None or one.story_id not in seen:
            totals.stories += 1
            stories[day] += 1
        if one.story_id is not None:
            seen.add(one.story_id)
    whole: dict[str, Any] = {"articles": totals.articles, "stories": totals.stories}
    if histogram:
        whole["days"] = [
            {"day": day, "articles": days[day], "stories": stories[day]} for day in _every_day(sorted(days))
        ]
    if as_json:
        click.echo(json.dumps(whole))
    elif histogram:
        most = max(days.values(), default=1)
        for row in whole["days"]:
            bar = "█" * round(row["articles"] / most * _BAR) or ("▏" if row["articles"] else "")
            click.echo(f"{row['day']}  {row['articles']:>6}  {bar}".rstrip())
    if not as_json:
        click.echo(f"{_many(totals.articles, 'article')}, {_many(totals.stories, 'story', 'stories')}")
    return 0


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _every_day(days: list[str]) -> Iterable[str]:
    """Return all days from the first to the last."""
    if not days:
        return []
    first, last = (datetime.fromisoformat(day) for day in (days[0], days[-1]))
    return [f"{first + timedelta(days=at):%Y-%m-%d}" for at in range((last - first).days + 1)]


# --------------------------------------------------------------------------- results


def _listed(searching: _Searching, config: Config, *, by_story: bool, limit: int, as_json: bool) -> int:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    seen, count = set[int](), 0
    searching.note_index()
    for one in searching:
        if by_story and one.story_id is not None:
            if one.story_id in seen:
                continue
            seen.add(one.story_id)
        if limit and count == limit:
            break
        count += 1
        if as_json:
            click.echo(json.dumps(_row(one), ensure_ascii=False))
            sys.stdout.flush()
        else:
            _show(console, one, searching.zone, first=count == 1)
    if not as_json:
        _end(searching, config, count)
    return 0


def _end(searching: _Searching, config: Config, count: int) -> None:
    """Print on stderr how many matches are not shown, and the watchlist that would alert on later matches."""
    if not count:
        click.echo(f"nothing found{_names(searching.query.text, config)}", err=True)
    elif not searching.read_all:
        more = f", of about {searching.candidates:,} articles" if searching.candidates else ""
        click.echo(f"\n{count} shown{more}: --limit 0 shows all, --since 7d the newest", err=True)
    if sys.stdout.isatty() and sys.stderr.isatty():
        place = f"below `watchlists:` in {config.path.name}"
        click.echo(f"\nTo be alerted of what matches from now on, add {place}:", err=True)
        click.echo(as_watchlist(searching.query.text, next(iter(config.channels), "screen")), err=True)


def _names(query: str, config: Config) -> str:
    """Return what to try where a word that found nothing is the name of an entity, which has many names."""
    from monitor.watch.catalogue import shipped

    spec = None if query.startswith("@") else shipped().merged(config.entities).find(query)
    return f": the word alone was looked for; @{spec.id} looks for all names of it" if spec else ""


def as_watchlist(query: str, channel: str) -> str:
    """Return the line of config.yaml that makes a watchlist of a query."""
    name, text = (json.dumps(harmless(" ".join(one.split())), ensure_ascii=False) for one in (query[:40], query))
    return f"  - {{name: {name}, query: {text}, notify: [{channel}]}}"


def _row(one: FoundArticle) -> dict[str, Any]:
    article = one.article
    return {
        "article": article.id,
        "story": one.story_id,
        "title": article.title,
        "source": article.source,
        "language": article.language,
        "url": article.url,
        "published": article.published.isoformat() if article.published else None,
        "seen": article.seen_at.isoformat() if article.seen_at else None,
        "sentence": one.sentence,
        "spans": [list(span) for span in one.spans],
        "hits": [
            {"term": hit.term, "surface": hit.surface, "zone": _zone(hit.zone), "start": hit.start, "end": hit.end}
            for hit in one.hits
        ],
    }


def _zone(zone: Zone) -> str:
    return zone.value


def _show(console: Console, one: FoundArticle, zone: tzinfo, *, first: bool) -> None:
    """Print when and where, the title, the sentence with its hits, the address."""
    from rich.text import Text

    from monitor.alert.sanitize import clean, clip, clip_around

    article = one.article
    moment = labelled(f"{article.when.astimezone(zone):%Y-%m-%d %H:%M}", zone)
    story = f"  story {one.story_id}" if one.story_id is not None else ""
    if not first:
        console.print()
    console.print(Text(f"{moment}  {harmless(article.source)} ({article.language}){story}", style="dim"))
    if article.title:
        console.print(Text(clip(clean(harmless(article.title)), _TITLE), style="bold"))
    if one.sentence and one.sentence.strip() != article.title.strip():
        shown, marks = clip_around(harmless(one.sentence).replace("\n", " "), one.spans, _SENTENCE)
        line = Text(shown)
        for start, end in marks:
            line.stylize("black on yellow" if console.is_terminal else "bold", start, end)
        console.print(line)
    if article.url:
        console.print(Text(harmless(article.url), style="blue"), soft_wrap=True)
