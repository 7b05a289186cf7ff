"""`monitor sources`: the feeds of known outlets that `use:` in config.yaml takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from monitor.cli import completion

if TYPE_CHECKING:
    from monitor.config.pack import FeedPlace, PackFeed, PackOutlet

_GAP = 2  # blanks between two columns


def complete(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the ids that begin with what is typed, for shells."""
    from monitor.config import pack

    return [CompletionItem(name) for name in pack.ids() if name.startswith(incomplete.casefold())]


@click.command("sources", short_help="The shipped feeds of known outlets; with NAME, one outlet's feeds.")
@click.argument("name", required=False, shell_complete=complete)
@click.option(
    "--language",
    shell_complete=completion.languages,
    metavar="CODE",
    help="Only outlets with a feed in this language (two letters: uk).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sources(name: str | None, language: str | None, as_json: bool) -> int:
    """List known outlets with public feeds, or show one: its feeds, quirks, and where their addresses were seen.

    NAME is an outlet's id. Any other word lists the outlets that have it in their ids, their names, or in what their
    feeds are about.
    """
    from monitor.config import pack

    ident = name.strip().casefold().partition("/")[0] if name else ""
    if ident in pack.pack():
        _show_outlet(name or "", pack.pack()[ident], as_json=as_json)
        return 0
    found = [outlet for outlet in pack.pack().values() if _has(outlet, name, language)]
    if not found:
        raise click.UsageError(pack.unknown(name) if name else f"the pack has no feed in the language {language!r}")
    if as_json:
        click.echo(json.dumps([_as_json(outlet) for outlet in found], ensure_ascii=False))
        return 0
    _list(found)
    return 0


def _has(outlet: PackOutlet, word: str | None, language: str | None) -> bool:
    texts = [outlet.id, outlet.name]
    for feed in outlet.feeds.values():
        texts += [feed.id, str(feed.settings["name"]), feed.about or ""]
    named = word is None or any(word.strip().casefold() in text.casefold() for text in texts)
    return named and (language is None or language.casefold() in outlet.languages)


def _list(outlets: Sequence[PackOutlet]) -> None:
    rows = [("outlet", "name", "kind", "languages", "feeds", "confirmed")]
    for outlet in outlets:
        confirmed = sum(feed.confirmed for feed in outlet.feeds.values())
        languages = " ".join(outlet.languages)
        rows.append((outlet.id, outlet.name, outlet.kind, languages, str(len(outlet.feeds)), str(confirmed)))
    for number, row in enumerate(_padded(rows)):
        click.echo(row if number else click.style(row, bold=True))
    click.echo("\nmonitor sources NAME shows an outlet's feeds; `- use: NAME` under `sources:` takes one", err=True)


def _padded(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) + _GAP for column in zip(*rows, strict=True)]
    return ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


# --------------------------------------------------------------------------- one outlet


def _show_outlet(name: str, outlet: PackOutlet, *, as_json: bool) -> None:
    from monitor.config import pack

    feed = pack.find(name)
    if feed is None:
        raise click.UsageError(pack.unknown(name))
    if as_json:
        click.echo(json.dumps(_as_json(outlet), ensure_ascii=False))
        return
    click.echo(click.style(outlet.name, bold=True) + f"  {outlet.kind}  {outlet.timezone or 'UTC'}")
    if outlet.note:
        click.echo(f"Note: {outlet.note}")
    shown = [feed] if "/" in name else outlet.feeds.values()
    for each in shown:
        click.echo()
        _show_feed(each)
    click.echo(f"\nIn config.yaml:\n\nsources:\n  - use: {feed.id}")


def _show_feed(feed: PackFeed) -> None:
    settings = feed.settings
    click.echo(click.style(feed.id, bold=True) + f"  {feed.about}" * bool(feed.about))
    click.echo(f"  name       {settings['name']}")
    click.echo(f"  url        {settings['url']}")
    click.echo(f"  language   {settings['language']}")
    for key, value in settings.items():
        if key not in ("name", "url", "language", "timezone"):
            later = "" if key in feed.applied else " (this version has no such setting)"
            click.echo(f"  {key:<11}{str(value).lower() if isinstance(value, bool) else value}{later}")
    if feed.note:
        click.echo(f"  note       {feed.note}")
    failed = f" (a check of {feed.failed} found it not to answer)" if feed.failed else ""
    click.echo(f"  confirmed  {'yes' if feed.confirmed else 'no'}{failed}")
    for place in feed.places.values():
        click.echo(f"  seen       {_place(place)}")


def _place(place: FeedPlace) -> str:
    checked = f", found to answer {place.checked}" if place.checked else ""
    return f"{place.seen} in {place.where}{checked}"


def _as_json(outlet: PackOutlet) -> dict[str, Any]:
    return {
        "id": outlet.id,
        "name": outlet.name,
        "kind": outlet.kind,
        "timezone": outlet.timezone,
        "languages": list(outlet.languages),
        "note": outlet.note,
        "feeds": [_feed_as_json(feed) for feed in outlet.feeds.values()],
    }


def _feed_as_json(feed: PackFeed) -> dict[str, Any]:
    keys = ("where", "seen", "checked")
    return {
        "use": feed.id,
        "about": feed.about,
        "note": feed.note,
        "confirmed": feed.confirmed,
        "failed": feed.failed,
        "settings": dict(feed.settings),
        "applied": sorted(feed.applied),
        "seen": [{key: getattr(place, key) for key in keys} for place in feed.places.values()],
    }
