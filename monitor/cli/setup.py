"""Commands around config.yaml: check, schema, import, export."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import urls
from monitor.cli.printed import harmless

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.errors import ConfigError
    from monitor.model import Source
    from monitor.sources.opml import Outline
    from monitor.sources.reader_rules import ReaderRule
    from monitor.watch.match import Matcher

_BAD_CONFIGURATION = 78
_NO_ENCODER = (
    "without the encoder a story that is told in several languages may alert once in each; "
    "install it with: make stories, or pip install 'news-monitor[stories]'"
)


def schema_text() -> str:
    """Return config.schema.json."""
    from monitor.app.configuration import schema

    return json.dumps(schema().json, ensure_ascii=False, indent=2) + "\n"


@click.command("schema")
def schema() -> int:
    """Print the JSON Schema of config.yaml."""
    click.echo(schema_text(), nl=False)
    return 0


# --------------------------------------------------------------------------- check


@click.command("check", short_help="Validate the configuration; --probe also asks sources, channels.")
@click.option("--probe", is_flag=True, help="Also poll each source and ask each channel once, sending nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def check(ctx: click.Context, probe: bool, as_json: bool) -> int:
    """Validate the configuration: exit 0 good, 78 bad, 1 where a probe failed."""
    from monitor import log
    from monitor.app.configuration import load
    from monitor.cli.backtest import brief_json, brief_lines, of_the_last_month
    from monitor.cli.match import compile_matcher
    from monitor.errors import ConfigError
    from monitor.i18n import ENGLISH
    from monitor.text.known_words import base_forms
    from monitor.watch.base_forms import notes_on_watchlists

    try:
        config = load(ctx.obj["config"])
        matcher = compile_matcher(config)
    except ConfigError as error:
        if not as_json:
            raise
        click.echo(json.dumps(_bad(error), ensure_ascii=False))
        return _BAD_CONFIGURATION
    # of terms: what is not found, or found where it is not meant
    notes = (*matcher.warnings, *notes_on_watchlists(config.watchlists, base_forms))
    told = (f"watchlist {note.told(config.language or ENGLISH)}" for note in notes)
    config = replace(config, warnings=(*config.warnings, *told, *_unmatched(config, matcher), *_apart(config)))
    if config.token is not None:
        log.hide(config.token.reveal())
    results = _probe(config) if probe else []
    tested = of_the_last_month(config, matcher)
    if as_json:
        tests = {} if tested is None else {"backtest": brief_json(tested)}
        click.echo(json.dumps(_good(config, results, probed=probe) | tests, ensure_ascii=False))
    else:
        _show(config, results)
        for line in brief_lines(tested) if tested is not None else ():
            click.echo(f"  {line}")
    return 0 if all(result["ok"] for result in results) else 1


def _apart(config: Config) -> list[str]:
    """Return a warning where sources have several languages, and the encoder that joins their articles is missing."""
    from monitor.extract import encoder

    languages = sorted({source.language for source in config.sources if source.language})
    if len(languages) < 2 or encoder.available():  # noqa: PLR2004 — two languages
        return []
    return [f"sources in {', '.join(languages)}: {_NO_ENCODER}"]


def _unmatched(config: Config, matcher: Matcher) -> list[str]:
    """Return a warning for each term that has matched nothing for long; none where there is no database yet."""
    from monitor.errors import StoreError
    from monitor.i18n import alert_phrases
    from monitor.pipeline.term_watch import LONG, spellings_found, unmatched_lines
    from monitor.store import is_missing, open_store
    from monitor.store.columns import shorten

    if is_missing(config.storage.url):
        return []
    try:
        store = open_store(config.storage.url, read_only=True)
    except StoreError:
        return []
    here = {(shorten(rule.watchlist.name), shorten(slot.written)) for rule in matcher.rules for slot in rule.slots}
    try:
        with store.begin() as tx:
            now = datetime.now(UTC)
            terms = [one for one in tx.unmatched_terms(now - LONG) if (one.watchlist, one.term) in here]
            alike = spellings_found(tx, [one.term for one in terms], now - LONG)
    finally:
        store.close()
    return unmatched_lines(terms, alike, alert_phrases(config.language), warn=True)


def _probe(config: Config) -> list[dict[str, Any]]:
    from monitor import log
    from monitor.app.probe import probe
    from monitor.cli.progress import busy

    log.configure("error", config.log.format)
    with busy("asking every source and channel"):
        return asyncio.run(probe(config))


def _bad(error: ConfigError) -> dict[str, Any]:
    keys = ("file", "line", "column", "path", "message")
    return {"ok": False, "problems": [{key: getattr(problem, key) for key in keys} for problem in error.problems]}


def _good(config: Config, results: Sequence[dict[str, Any]], *, probed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ok": all(result["ok"] for result in results),
        "problems": [],
        "files": [str(file) for file in config.files],
        "sources": [source.name for source in config.sources],
        "uses": {source.name: {"use": source.use, **_taken(source)} for source in config.sources if source.use},
        "watchlists": [watchlist.name for watchlist in config.watchlists],
        "channels": {channel.name: channel.kind for channel in config.channels.values()},
        "warnings": list(config.warnings),
    }
    return found | ({"probes": list(results)} if probed else {})


def _show(config: Config, results: Sequence[dict[str, Any]]) -> None:
    click.echo(f"{', '.join(map(str, config.files))}: good")
    click.echo(f"  sources     {_counted([source.name for source in config.sources])}")
    for source in config.sources:
        if source.use:
            click.echo(f"    {source.name}: use {source.use} is {', '.join(_taken(source).values())}")
    click.echo(f"  watchlists  {_counted([watchlist.name for watchlist in config.watchlists])}")
    channels = [f"{channel.name} ({channel.kind})" for channel in config.channels.values()]
    click.echo(f"  channels    {_counted(channels)}")
    for warning in config.warnings:
        click.echo(f"  warning: {warning}")
    for result in results:
        mark = click.style("ok", fg="green") if result["ok"] else click.style("failed", fg="red")
        click.echo(f"  {result['kind']} {result['name']}: {mark} in {result['seconds']:.1f} s, {result['detail']}")


def _taken(source: Source) -> dict[str, str]:
    """Return what a source that the pack gives stands for, without what is not set."""
    taken = {"url": source.url, "language": source.language, "timezone": source.timezone}
    return {key: value for key, value in taken.items() if value}


def _counted(names: Sequence[str], most: int = 8) -> str:
    rest = f", and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)}" + (f": {', '.join(names[:most])}{rest}" if names else "")


# --------------------------------------------------------------------------- OPML


@click.command("import", short_help="Add the feeds of an OPML file, or a list of addresses, to config.yaml.")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be added, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def import_(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> int:
    """Add the feeds of FILE to config.yaml, leaving its other lines as they are.

    FILE is OPML, or a list with an address a line. Addresses that may be pages are asked: those that are feeds are
    added, for others the feeds that they name are proposed, with the line to write. Feeds that cannot be polled are
    named and left out. The exit code is 1 where something is proposed or left out.
    """
    from monitor.app.configuration import load
    from monitor.config.edit import add_sources
    from monitor.sources import opml

    data = sys.stdin.buffer.read(opml.MAX_BYTES + 1) if str(file) == "-" else file.read_bytes()
    listing = opml.read(data)
    path: Path = ctx.obj["config"]
    original = _original(path)
    sources = [_source(outline) for outline in listing.feeds]
    asked = _ask_pages(path, listing.pages) if listing.pages else _AskedPages()
    edit = add_sources(original.text, str(path), [*sources, *asked.feeds])
    unusable = [*listing.unusable, *asked.unusable, *edit.unusable]
    if edit.added:
        load(path, text=edit.text)
        if not dry_run:
            original.write(edit.text)
    code = 1 if unusable or asked.proposed or listing.rules else 0
    if as_json:
        added = [{"name": source.name, "url": source.url} for source in edit.added]
        rules = [asdict(rule) for rule in listing.rules]
        left_out = {"skipped": edit.skipped, "unusable": unusable, "proposed": asked.proposed, "rules": rules}
        click.echo(json.dumps({"added": added, **left_out, "written": bool(added) and not dry_run}, ensure_ascii=False))
        return code
    for source in edit.added:
        click.echo(f"{'would add' if dry_run else 'added'} {source.name}: {source.url}")
    _show_proposed(asked.proposed)
    _show_rules(listing.rules)
    for reason in (*edit.skipped, *unusable):
        click.echo(f"left out {reason}", err=True)
    if not edit.added:
        click.echo("nothing to add", err=True)
    return code


@dataclass(slots=True)
class _AskedPages:
    """What addresses that may be pages are: feeds, pages that name feeds, or neither and why."""

    feeds: list[Source] = field(default_factory=list)
    proposed: list[dict[str, Any]] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


def _ask_pages(path: Path, pages: Sequence[Outline]) -> _AskedPages:
    from monitor.app.configuration import load
    from monitor.app.probe import look_at
    from monitor.cli.progress import busy
    from monitor.config.edit import source_line
    from monitor.model import Source

    config = load(path)
    with busy(f"asking {len(pages)} addresses for their feeds"):
        looks = asyncio.run(look_at(config, [page.url for page in pages]))
    asked = _AskedPages()
    for page, look in zip(pages, looks, strict=True):
        if look.feeds.is_feed and not look.error:
            name = page.title if page.title != urls.host(page.url) else look.title[:100].strip() or page.title
            asked.feeds.append(Source(name, page.url, language=page.language))
        elif look.feeds.feeds:
            feeds = [
                {
                    "url": feed.url,
                    "title": feed.title,
                    "line": source_line(Source(page.title, feed.url, language=page.language)),
                }
                for feed in look.feeds.feeds
            ]
            asked.proposed.append({"page": page.url, "feeds": feeds})
        else:
            asked.unusable.append(f"{page.title}: {page.url}: {look.error}")
    return asked


def _show_proposed(proposed: Sequence[dict[str, Any]]) -> None:
    for page in proposed:
        click.echo(f"{page['page']} is a web page, not a feed; to watch what it names, write below `sources:`")
        for feed in page["feeds"]:
            click.echo(f"  - {feed['line']}" + (f"  # {feed['title']}" if feed["title"] else ""))


def _source(outline: Outline) -> Source:
    """Return the source of an outline; what an earlier export wrote and is none is left out."""
    from monitor.fields.values import parse_duration, read_timezone
    from monitor.model import Source

    zone = "UTC"
    if outline.timezone:
        with contextlib.suppress(ValueError):
            zone = read_timezone(outline.timezone)
    every = parse_duration(outline.every) if outline.every else None
    return Source(outline.title, outline.url, language=outline.language, timezone=zone, every=every)


def _show_rules(rules: Sequence[ReaderRule]) -> None:
    """Print what filters of another reader would be here: they are proposed, as a watchlist is what decides."""
    if rules:
        click.echo("The other reader filters these feeds. To have the like in a watchlist with that source, write:")
    for rule in rules:
        name = f"{harmless(rule.feed)}: {harmless(rule.text)}"
        if rule.terms:
            terms = ", ".join("'" + harmless(term).replace("'", "''") + "'" for term in rule.terms)
            click.echo(f"  {rule.key}: [{terms}]  # {name}")
        else:
            click.echo(f"  # nothing does the same as {name}")


def _original(path: Path) -> Any:
    """Read the configuration's bytes; a file that cannot be read is a ConfigError, as for every other command."""
    from monitor.app.configuration import load
    from monitor.config.edit import Original

    try:
        original = Original(path, path.read_bytes())
        _ = original.text
    except (OSError, UnicodeDecodeError):
        load(path)
        raise
    return original


@click.command("export")
@click.pass_context
def export(ctx: click.Context) -> int:
    """Print the sources as OPML."""
    from monitor.app.configuration import load
    from monitor.sources import opml

    click.echo(opml.dump(load(ctx.obj["config"]).sources), nl=False)
    return 0
