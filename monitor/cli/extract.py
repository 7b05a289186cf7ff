"""The command that reads one article: extract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.printed import harmless, print_json, print_screen
from monitor.cli.reading import read_target

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.config.load import Config
    from monitor.model import Article


@click.command("extract", short_help="The article that the monitor reads from a page.")
@click.argument("target", metavar="FILE|URL|-")
@click.option("--all", "everything", is_flag=True, help="The whole article, however long.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def extract(ctx: click.Context, target: str, everything: bool, as_json: bool) -> int:
    """Show the article that the monitor reads from a page: title, text, author, published, language, zones.

    An address is fetched under the configuration's network rules; a file or standard input (`-`) needs no
    configuration. Plain text is read as `explain` reads it. What does not fit on one screen is left out, but for --all.
    """
    article = read_target(target, _config(ctx.obj["config"], target))
    if as_json:
        print_json(_fields(article))
        return 0

    def show(console: Console) -> None:
        _show(console, article)

    print_screen(show, brief=show, everything=everything)
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


def _show(console: Console, article: Article) -> None:
    from rich.text import Text

    published = f"{article.published:%Y-%m-%d %H:%M} UTC" if article.published else None
    facts = (article.source, article.language, article.author, published, article.url)
    console.print(Text(harmless(" · ".join(fact for fact in facts if fact)), style="cyan"))
    for span in article.zones:
        words = article.document[span.start : span.end].strip("\n")
        console.print(Text(f"[{span.zone.value}] ", style="magenta") + Text(harmless(words)) + Text("\n"))
