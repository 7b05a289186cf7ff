"""The command that reads one article: extract."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.model import Article


@click.command("extract", short_help="The article that the monitor reads from a page.")
@click.argument("target", metavar="FILE|URL")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def extract(ctx: click.Context, target: str, as_json: bool) -> int:
    """Show the article that the monitor reads from a page: title, text, author, published, language, zones.

    An address is fetched under the configuration's network rules; a file needs no configuration.
    """
    from monitor.app.probe import read_article

    try:
        article = asyncio.run(read_article(target, _config(ctx.obj["config"], target)))
    except OSError as error:
        raise click.UsageError(f"{target}: {error.strerror}: give a file or an http(s) address") from error
    if as_json:
        click.echo(json.dumps(_fields(article), ensure_ascii=False, indent=2))
    else:
        _show(article)
    return 0


def _config(path: Path, target: str) -> Config | None:
    from monitor.app.configuration import load
    from monitor.app.probe import is_address

    return load(path) if is_address(target) or path.exists() else None


def _fields(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "text": article.text,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "zones": [{"zone": span.zone.value, "start": span.start, "end": span.end} for span in article.zones],
        "url": article.url,
        "source": article.source,
    }


def _show(article: Article) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    published = f"{article.published:%Y-%m-%d %H:%M} UTC" if article.published else None
    facts = (article.source, article.language, article.author, published, article.url)
    console.print(Text(" · ".join(fact for fact in facts if fact), style="cyan"))
    for span in article.zones:
        words = article.document[span.start : span.end].strip("\n")
        console.print(Text(f"[{span.zone.value}] ", style="magenta") + Text(words) + Text("\n"))
