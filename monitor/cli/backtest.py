"""`monitor backtest`: what the watchlists would have alerted, and what another configuration would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import completion
from monitor.cli.archive import clock, open_archive, seconds
from monitor.cli.printed import harmless, print_json
from monitor.host import labelled

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from monitor.archive.backtest import (
        BacktestAlert,
        BacktestChange,
        Backtester,
        BacktestResult,
        RatedChange,
        WatchlistBacktest,
    )
    from monitor.archive.search import SearchProgress
    from monitor.config.load import Config
    from monitor.model import Watchlist
    from monitor.watch.match import Matcher

_TERMS = 8  # named in a line
_MONTH = timedelta(days=30)
_CHECK_SECONDS = 10.0
_EXAMPLES = 3


@click.command("backtest", short_help="What the watchlists would have alerted; --against: the difference.")
@click.option("--since", default="30d", show_default=True, metavar="SPAN", help="From how long ago on.")
@click.option(
    "--watchlist",
    "-w",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this one; may be given again.",
    shell_complete=completion.watchlists,
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="OTHER.yaml",
    help="What this configuration would add and remove.",
)
@click.option("--all", "everything", is_flag=True, help="Every alert, not only the latest of each watchlist.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def backtest(
    ctx: click.Context, since: str, names: tuple[str, ...], against: Path | None, everything: bool, as_json: bool
) -> int:
    """Show which stories the watchlists would have alerted, judged by the daemon's own rules on the stored articles.

    With --against, another configuration is judged as well, and what it would add and remove is shown by story. Nothing
    is sent or changed.
    """
    from monitor.app.configuration import load

    span = seconds(since, "--since", 3600.0)
    config = load(ctx.obj["config"])
    other = load(against) if against else None
    chosen = _chosen(config, other, names)
    shown = BacktestShown(clock(config), everything=everything)
    with closing_backtester(config) as tester:
        if other is None:
            found = run(tester, replace(config, watchlists=tuple(chosen)), span)
            print_json(result_json(found)) if as_json else shown.result(found)
            return 0
        change = changed(tester, config, other, span, {each.name for each in chosen})
    if as_json:
        print_json(change_json(change, against))
    else:
        shown.change(change, str(against), str(config.path))
    return 0


@contextmanager
def closing_backtester(config: Config) -> Iterator[Backtester]:
    """Open the archive for backtests by a configuration's channels. Raises StoreError where there is none."""
    from monitor import host
    from monitor.archive.backtest import Backtester
    from monitor.pipeline.term_watch import spellings_found

    store = open_archive(config)
    try:
        yield Backtester(store, config.channels, config.timezone or host.timezone(), spellings=spellings_found)
    finally:
        store.close()


def run(tester: Backtester, config: Config, span: float) -> BacktestResult:
    """Compile a configuration's watchlists and backtest them over the last `span` seconds."""
    from monitor.cli.match import compile_matcher

    matcher = compile_matcher(config)
    now = datetime.now(UTC)
    with _reading(tester.progress):
        return tester.run(matcher, now - timedelta(seconds=span), now)


def changed(tester: Backtester, config: Config, other: Config, span: float, names: set[str]) -> BacktestChange:
    """Backtest the watchlists that differ between two configurations, by each; `names` are those that count."""
    from monitor.archive.backtest import compare, differing

    before, after = list(config.watchlists), list(other.watchlists)
    if config.entities == other.entities:
        before, after = differing(before, after)
    before = [each for each in before if each.name in names]
    after = [each for each in after if each.name in names]
    tester.spellings = None  # what a change adds and removes is shown, not its terms
    old = run(tester, replace(config, watchlists=tuple(before)), span)
    tester.channels = other.channels
    return compare(old, run(tester, replace(other, watchlists=tuple(after)), span))


def _chosen(config: Config, other: Config | None, names: Sequence[str]) -> list[Watchlist]:
    """Return the watchlists that were asked for. Raises click.UsageError for a name that there is not."""
    from monitor.fields.likeness import suggest

    known = {each.name: each for each in (*(other.watchlists if other else ()), *config.watchlists)}
    if not names:
        return list(known.values())
    folded = {name.casefold(): each for name, each in known.items()}
    for name in names:
        if name.casefold() not in folded:
            hint = suggest(name, known) or f" There are: {', '.join(known)}"
            raise click.UsageError(f"there is no watchlist {name!r}.{hint}")
    return [folded[name.casefold()] for name in dict.fromkeys(names)]


@dataclass(frozen=True, slots=True)
class _ProgressLine:
    """A line that shows how far a backtest has come, each time that it is drawn."""

    progress: SearchProgress

    def __rich__(self) -> str:
        """Return the line."""
        reached = self.progress.reached
        back = f", back to {reached.astimezone(UTC):%d %b %H:%M} UTC" if reached else ""
        return f"reading the archive: {self.progress.read:,} articles{back} …"


@contextmanager
def _reading(progress: SearchProgress) -> Iterator[None]:
    from rich.console import Console

    with Console(stderr=True).status(_ProgressLine(progress)):
        yield


# --------------------------------------------------------------------------- JSON


def alert_json(alert: BacktestAlert) -> dict[str, Any]:
    """Return an alert as JSON; `story` is null where the article is in none."""
    kind, ident = alert.story
    return {
        "watchlist": alert.watchlist,
        "story": ident if kind == "story" else None,
        "article": alert.article_id,
        "at": alert.at.isoformat(),
        "title": alert.title,
        "source": alert.source,
        "language": alert.language,
        "url": alert.url,
        "terms": list(alert.terms),
        "sentence": alert.sentence,
        "hits": [list(span) for span in alert.spans],
        "rings": list(alert.rings),
        "held": list(alert.held),
    }


def result_json(found: BacktestResult) -> dict[str, Any]:
    """Return a backtest as JSON."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "articles": found.read,
        "stories": len(found.stories),
        "alerts": [alert_json(alert) for alert in found.alerts],
        "watchlists": [_watchlist_json(each, found) for each in found.watchlists],
    }


def _watchlist_json(each: WatchlistBacktest, found: BacktestResult) -> dict[str, Any]:
    return {
        "name": each.name,
        "alerts": len(each.alerts),
        "terms": [
            {
                "term": term.term,
                "stories": term.stories,
                "alone": term.alone,
                "useful": term.useful,
                "not_useful": term.not_useful,
                "edits": term.edits,
            }
            for term in each.terms
        ],
        "unused": list(each.unused),
        "spellings": [{"term": term, "found": list(alike)} for term, alike in _spellings(each, found)],
        "noisy": [term.term for term in each.noisy],
    }


def _spellings(each: WatchlistBacktest, found: BacktestResult) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the unused terms of a watchlist of which the archive has other spellings, with those."""
    for term in each.unused:
        if term in found.spellings:
            yield term, found.spellings[term]


def change_json(change: BacktestChange, against: object) -> dict[str, Any]:
    """Return the difference of two configurations as JSON."""
    rated = change.rated
    return {
        "against": str(against),
        "since": change.after.since.isoformat(),
        "until": change.after.until.isoformat(),
        "stories_added": change.stories_added,
        "stories_removed": change.stories_removed,
        "watchlists": [
            {
                "name": each.name,
                "before": each.before,
                "after": each.after,
                "added": [alert_json(alert) for alert in each.added],
                "removed": [alert_json(alert) for alert in each.removed],
            }
            for each in change.watchlists
        ],
        "rated": {
            "useful": rated.useful,
            "useful_kept": rated.useful_kept,
            "not_useful": rated.not_useful,
            "not_useful_kept": rated.not_useful_kept,
        },
    }


# --------------------------------------------------------------------------- `monitor check`


def of_the_last_month(config: Config, matcher: Matcher) -> BacktestResult | None:
    """Backtest a configuration over the last 30 days, for ten seconds at most; None where there is no archive yet.

    What keeps the archive from being read is told on stderr: the configuration may be good all the same.
    """
    from monitor.errors import StoreError
    from monitor.store import is_missing

    if is_missing(config.storage.url):
        return None
    now = datetime.now(UTC)
    try:
        with closing_backtester(config) as tester, _reading(tester.progress):
            tester.seconds = _CHECK_SECONDS
            found = tester.run(matcher, now - _MONTH, now)
    except StoreError as error:
        click.echo(f"the archive cannot be read for a backtest: {error}", err=True)
        return None
    return found if found.begins is not None else None


def brief_json(found: BacktestResult) -> dict[str, Any]:
    """Return what `check --json` says of a backtest."""
    lists = [_watchlist_json(each, found) for each in found.watchlists]
    return {"since": found.since.isoformat(), "complete": found.complete, "watchlists": lists}


def brief_lines(found: BacktestResult) -> Iterator[str]:
    """Yield what `check` says of each watchlist: its alerts, and terms that bring none, or mostly 👎."""
    days = max(round((found.until - found.since) / timedelta(days=1)), 1)
    more = "" if found.complete else "; `monitor backtest` reads further back"
    yield f"the last {days} d, as `monitor backtest` judges them{more}:"
    for each in found.watchlists:
        told = [f"would have rung {_count(len(each.alerts), 'time')}"]
        if each.alerts:
            told += [f"never by {', '.join(each.unused[:_TERMS])}"] if each.unused else []
            told += [f"the archive has {', '.join(others)} for {term}" for term, others in _spellings(each, found)]
            told += [f"{term.term}: {term.not_useful} 👎, {term.useful} 👍" for term in each.noisy[:_EXAMPLES]]
        yield f"  {harmless(each.name)}: {'; '.join(told)}"


# --------------------------------------------------------------------------- on a terminal


class BacktestShown:
    """Prints backtests on a terminal."""

    def __init__(self, zone: tzinfo, *, everything: bool = False) -> None:
        from rich.console import Console

        self._console: Console = Console(highlight=False)
        self._zone = zone
        self._most = None if everything else _EXAMPLES

    def result(self, found: BacktestResult) -> None:
        """Print what each watchlist would have alerted."""
        if not found.read and not found.alerts:
            self._console.print(f"No stored article since {self._day(found.since)} can match.")
        alerts = _count(len(found.alerts), "alert")
        self._console.print(
            f"{self._day(found.since)} to {self._day(found.until)}: {alerts} on {_count(len(found.stories), 'story')}",
            style="bold",
        )
        for each in found.watchlists:
            self._console.print()
            self._watchlist(each, found)
        rated = _ratings(found)
        if rated:
            self._console.print(f"\nPeople rated {rated}.")

    def _watchlist(self, each: WatchlistBacktest, found: BacktestResult) -> None:
        from rich.text import Text

        from monitor.alert.sparkline import sparkline

        days = sparkline(self._per_day(each.alerts, found), max(self._console.width - 40, 10))
        held = sum(not alert.rings and bool(alert.held) for alert in each.alerts)
        waits = f", {held} held" if held else ""
        self._console.print(Text(f"{harmless(each.name)}: {_count(len(each.alerts), 'alert')}{waits}", style="bold"))
        if each.alerts:
            self._console.print(f"  {days}")
        told = [f"{term.term} {term.stories}" for term in each.terms if term.stories][:_TERMS]
        self._line("terms", ", ".join(told))
        late = [f"{term.term} {term.edits}" for term in each.terms if not term.stories and term.edits][:_TERMS]
        self._line("in edits only", ", ".join(late))
        self._line("never", ", ".join(each.unused), style="yellow")
        alike = [f"{', '.join(others)} (for {term})" for term, others in _spellings(each, found)]
        self._line("the archive has", "; ".join(alike), style="yellow")
        noisy = [f"{term.term} ({term.not_useful} 👎, {term.useful} 👍)" for term in each.noisy]
        self._line("noisy", ", ".join(noisy), style="yellow")
        for alert in each.alerts[::-1][: self._most]:
            self._alert(alert, " ")

    def change(self, change: BacktestChange, other: str, own: str) -> None:
        """Print what another configuration would add and remove."""
        since, until = self._day(change.after.since), self._day(change.after.until)
        self._console.print(f"{other} in place of {own}, {since} to {until}:", style="bold")
        if not change.watchlists:
            self._console.print("no watchlist differs")
            return
        added = _count(change.stories_added, "story")
        self._console.print(f"+ {added}, − {_count(change.stories_removed, 'story')}")
        for each in change.watchlists:
            if not each.added and not each.removed:
                self._console.print(f"\n{harmless(each.name)}: the same {_count(each.after, 'alert')}", markup=False)
                continue
            self._console.print(
                f"\n{harmless(each.name)}: {each.before} → {each.after} alerts", style="bold", markup=False
            )
            for sign, alerts in (("+", each.added), ("−", each.removed)):
                for alert in alerts[::-1][: self._most]:
                    self._alert(alert, sign)
                if self._most is not None and len(alerts) > self._most:
                    self._console.print(f"  {sign} … and {len(alerts) - self._most} more (--all)")
        self._console.print(f"\n{rated_line(change.rated)}")

    def _print(self, renderable: RenderableType) -> None:
        """Print without the blanks that fill up a padded line: they make a narrow terminal's lines wrap."""
        with self._console.capture() as captured:
            self._console.print(renderable)
        for line in captured.get().splitlines():
            click.echo(line.rstrip())

    def _alert(self, alert: BacktestAlert, sign: str) -> None:
        from rich.padding import Padding
        from rich.text import Text

        colour = {"+": "green", "−": "red"}.get(sign, "")
        when = labelled(f"{alert.at.astimezone(self._zone):%d %b %H:%M}", self._zone)
        head = Text(f"{sign} ", style=colour) + Text(f"{when} {harmless(alert.source)}: ", style="dim")
        whole = head + Text(harmless(alert.title))
        # A long title goes on below the title, not below its sign: signs stand alone at the margin.
        for at, line in enumerate(whole.wrap(self._console, max(self._console.width - 4, 20))):
            self._print(Padding(line, (0, 0, 0, 4 if at else 2)))
        if alert.sentence.strip() in ("", alert.title.strip()):
            return
        sentence = Text(harmless(alert.sentence).replace("\n", " "))
        for start, end in alert.spans:
            sentence.stylize("bold", start, end)
        self._print(Padding(sentence, (0, 0, 0, 6)))

    def _line(self, name: str, told: str, style: str = "") -> None:
        from rich.padding import Padding
        from rich.text import Text

        if told:
            self._print(Padding(Text(f"{name}: ", style="dim") + Text(harmless(told), style=style), (0, 0, 0, 2)))

    def _day(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%d %b %Y}"

    def _per_day(self, alerts: Sequence[BacktestAlert], found: BacktestResult) -> list[int]:
        first, last = (at.astimezone(self._zone).date() for at in (found.since, found.until))
        counts = [0] * ((last - first).days + 1)
        for alert in alerts:
            counts[(alert.at.astimezone(self._zone).date() - first).days] += 1
        return counts


def rated_line(rated: RatedChange) -> str:
    """Return 'of 40 rated alerts it keeps 30 of 32 👍 and drops 6 of 8 👎'."""
    total = rated.useful + rated.not_useful
    if not total:
        return "No rated alert is of these watchlists."
    dropped = rated.not_useful - rated.not_useful_kept
    return (
        f"Of {total} rated alerts it keeps {rated.useful_kept} of {rated.useful} 👍"
        f" and drops {dropped} of {rated.not_useful} 👎."
    )


def _ratings(found: BacktestResult) -> str:
    """Return what people thought of alerts that the backtest has."""
    stories = {ident for kind, ident in found.stories if kind == "story"}
    rated = [each for each in found.rated if each.story_id in stories]
    good = sum(each.good for each in rated)
    return f"{_count(len(rated), 'of these alerts')}: {good} 👍, {len(rated) - good} 👎" if rated else ""


_PLURALS: Mapping[str, str] = {"story": "stories", "of these alerts": "of these alerts"}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else _PLURALS.get(what, what + 's')}"
