"""`monitor trends`: how many stories a day mention a watchlist or an entity, and when they burst."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import completion
from monitor.cli.archive import open_archive, seconds
from monitor.cli.printed import harmless, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.archive.trends import Trend, TrendPoint, TrendReport
    from monitor.config.load import Config
    from monitor.model.trends import Subject

_ENTITIES = 10  # shown beside the watchlists where nobody asked for any
_LEAST_CELLS, _NAME, _BESIDE = 8, 24, 36  # columns: of a sparkline, of a name, of what stands right of a sparkline
_BAR = 40
_BURSTS = 2  # named in a line
_MOST_HOURS = 14 * 86400.0
_DEFAULT = {"hour": "48h", "day": "30d", "week": "182d"}


@click.command("trends", short_help="Stories a day on watchlists and entities, bursts marked.")
@click.argument("names", nargs=-1, shell_complete=completion.subjects, metavar="[WATCHLIST|@ENTITY]...")
@click.option("--since", metavar="SPAN", help="From how long ago on.  [default: 30d; by hour 48h, by week 182d]")
@click.option(
    "--by",
    "step",
    type=click.Choice(["hour", "day", "week"]),
    default="day",
    show_default=True,
    help="What one bar counts.",
)
@click.option("--quiet", is_flag=True, help="Mark only bursts that chance explains once in a million.")
@click.option("--all", "everything", is_flag=True, help="Every entity, not only the ten busiest.")
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw a picture into this file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def trends(
    ctx: click.Context,
    names: tuple[str, ...],
    since: str | None,
    step: str,
    quiet: bool,
    everything: bool,
    png: Path | None,
    as_json: bool,
) -> int:
    """Show how many stories mention each watchlist and the busiest entities, or those that are named.

    Stories are counted, not articles: each on the day on which it first mentioned the subject. A burst has at least
    six stories, and six times as many as usual.
    """
    from monitor import host
    from monitor.app.configuration import load
    from monitor.archive.trends import Step, report

    config = load(ctx.obj["config"])
    span = seconds(since or _DEFAULT[step], "--since", 3600.0)
    if step == "hour" and span > _MOST_HOURS:
        raise click.BadParameter("by hour, 14d are the most; --by day shows more", param_hint="--since")
    now = datetime.now(UTC)
    store = open_archive(config)
    try:
        with store.begin() as tx:
            subjects = _subjects(config, names, tx.trend_subjects()) if names else None
            zone = config.timezone or host.timezone()
            found = report(tx, subjects, now - timedelta(seconds=span), now, zone, Step(step), quiet=quiet)
    finally:
        store.close()
    if not names:
        found = _chosen(found, config, everything=everything)
    if png is not None:
        _draw(found, png)
    if as_json:
        from monitor.archive.trends import to_json

        print_json(to_json(found))
    elif png is None:
        _show(found, one=len(names) == 1)
    return 0


def _subjects(config: Config, names: Sequence[str], mentioned: Sequence[Subject]) -> list[Subject]:
    """Return the subjects that were asked for. Raises click.UsageError for one that there is not."""
    from monitor.archive.subjects import UnknownSubjectError, find
    from monitor.watch.catalogue import shipped

    catalogue = shipped().merged(config.entities)
    lists = [each.name for each in config.watchlists]
    try:
        return list(dict.fromkeys(find(name, lists, catalogue, mentioned) for name in names))
    except UnknownSubjectError as error:
        raise click.UsageError(str(error)) from error


def _chosen(found: TrendReport, config: Config, *, everything: bool) -> TrendReport:
    """Return the configured watchlists and the busiest entities."""
    from dataclasses import replace

    from monitor.archive.trends import blank, busiest
    from monitor.model.trends import Subject, SubjectKind

    by_subject = {each.subject: each for each in found.trends}
    lists = [Subject(SubjectKind.WATCHLIST, each.name) for each in config.watchlists]
    chosen = [by_subject.get(each) or blank(found, each) for each in lists]
    chosen += busiest(found.trends, len(found.trends) if everything else _ENTITIES)
    return replace(found, trends=tuple(chosen))


# --------------------------------------------------------------------------- output


def _show(found: TrendReport, *, one: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if found.first_day is None:
        console.print("Nothing is counted yet: the daemon counts each article as it comes, and older ones beside that.")
        return
    if one:
        _show_one(console, found, found.trends[0])
    else:
        _show_lines(console, found)
    if not found.complete:
        console.print("Older articles are still being counted: earlier numbers may grow.", style="yellow")


def _show_lines(console: Console, found: TrendReport) -> None:
    from rich.table import Table
    from rich.text import Text

    from monitor.alert.sparkline import sparkline

    name = min(max((len(str(each.subject)) for each in found.trends), default=1), _NAME, console.width // 3)
    cells = max(min(console.width - name - _BESIDE, 60), _LEAST_CELLS)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", max_width=name, overflow="fold")
    table.add_column(f"by {found.step.value} since {found.since:%d %b}", no_wrap=True)
    table.add_column("new stories", justify="right")
    table.add_column("bursts", overflow="fold")
    for each in found.trends:
        bar = sparkline([point.stories if point.known else None for point in each.points], cells)
        named = [_burst(found, point) for point in each.bursts[::-1][:_BURSTS]]
        more = len(each.bursts) - len(named)
        told = ", ".join(named) + (f" and {more} more" if more else "")
        table.add_row(Text(harmless(str(each.subject))), bar, str(each.stories), Text(told, style="bold red"))
    console.print(table)


def _show_one(console: Console, found: TrendReport, trend: Trend) -> None:
    from rich.table import Table
    from rich.text import Text

    stories = f"{trend.stories} {'story' if trend.stories == 1 else 'stories'}"
    articles = f"{trend.articles} {'article' if trend.articles == 1 else 'articles'}"
    title = f"{harmless(str(trend.subject))}: {stories}, {articles} since "
    console.print(Text(title + f"{found.since:%Y-%m-%d %H:%M}", style="bold"))
    most = max((point.stories for point in trend.points), default=0) or 1
    table = Table(box=None, pad_edge=False, show_header=False)
    room = max(min(_BAR, console.width - 40), _LEAST_CELLS)
    known = [point for point in trend.points if point.known]
    if len(known) < len(trend.points):
        console.print(f"Nothing is known of the time before {known[0].at:%Y-%m-%d}." if known else "Nothing is known.")
    for point in known:
        when = Text(_when(found, point), style="dim")
        bar = "█" * max(round(point.stories / most * room), 1 if point.stories else 0)
        burst = f"burst: {point.burst.stories}, usually {point.burst.usual:.1f}" if point.burst else ""
        numbers = f"{point.stories}" + (f" ({point.articles})" if point.articles != point.stories else "")
        table.add_row(when, bar, numbers if point.articles else "", Text(burst, style="bold red"))
    console.print(table)


def _when(found: TrendReport, point: TrendPoint) -> str:
    return f"{point.at:%a %d %b %H:%M}" if found.step.value == "hour" else f"{point.at:%a %d %b}"


def _burst(found: TrendReport, point: TrendPoint) -> str:
    when = f"{point.at:%d %b %H:00}" if found.step.value == "hour" else f"{point.at:%d %b}"
    return f"{when}: {point.burst.stories if point.burst else 0}"


def _draw(found: TrendReport, png: Path) -> None:
    from monitor.archive.charts import draw
    from monitor.archive.trends import to_json
    from monitor.errors import MonitorError

    picture = draw(to_json(found))
    for note in picture.notes:
        click.echo(note, err=True)
    try:
        png.write_bytes(picture.png)
    except OSError as error:
        raise MonitorError(f"{png} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {png}", err=True)
