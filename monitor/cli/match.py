"""Commands around matching: explain, match, forms, entities."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from monitor.cli import completion
from monitor.cli.printed import print_json
from monitor.cli.reading import read_target

if TYPE_CHECKING:
    from io import BufferedIOBase

    from monitor.config.load import Config
    from monitor.model.settings import PartOfSpeech
    from monitor.watch.catalogue import Catalogue
    from monitor.watch.match import Matcher


@click.command("explain", short_help="What the watchlists see in one article, and why.")
@click.argument("target", metavar="FILE|URL|-")
@click.option("--all", "everything", is_flag=True, help="The whole article and every hit, however long.")
@click.option("--against", type=int, metavar="STORY", help="Say whether it would join this story, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def explain(ctx: click.Context, target: str, everything: bool, against: int | None, as_json: bool) -> int:
    """Show what the watchlists see in one article, and why each decided as it did.

    The article is a page (a file or an address), or plain text, whose first line is the title where a blank line
    follows it. `-` reads standard input. What does not fit on one screen is left out, but for --all.
    """
    from monitor.app.probe import is_address
    from monitor.cli.against import compare
    from monitor.story.attribution import citations
    from monitor.story.facts import named
    from monitor.story.features import article_facts
    from monitor.story.quotes import quotes
    from monitor.watch.explain import explain as explain_article
    from monitor.watch.explain import in_language

    is_address(target)  # raises, before the configuration is read, for one that is none
    config = _config(ctx)
    article = read_target(target, config)
    explanation = explain_article(article, compile_matcher(config))
    cited = citations(article)
    quoted = quotes(article, explanation.hits)
    facts = named(article_facts(article))
    compared = compare(config, article, against) if against is not None else None
    if as_json:
        whole = explanation.to_json() | {
            "citations": [asdict(one) | {"role": one.role.value} for one in cited],
            "quotes": [{"text": one.text, "speaker": one.speaker} for one in quoted],
            "facts": facts,
        }
        if compared is not None:
            whole["against"] = compared
        print_json(whole)
        return 0
    from monitor.cli.shown import show_explanation

    told = in_language(explanation, config.language)
    show_explanation(told, cited, quoted, facts, compared, everything=everything)
    return 0


@click.command("match", short_help="Match a stream of articles, one JSON object a line.")
@click.option("--jsonl", is_flag=True, help="Read JSON lines from stdin and write JSON lines; the only form so far.")
@click.option(
    "--workers",
    type=click.IntRange(0, 256),
    default=0,
    help="Processes to match in; by default, or 0, one a core. The order of lines is kept.",
)
@click.pass_context
def match(ctx: click.Context, jsonl: bool, workers: int) -> int:
    """Match a stream of articles: one JSON object a line in, one a line out, in order.

    In: {"id", "text", "title"?, "language"?, "source"?}. Out: {"id", "language", "hits", "watchlists"}. A bad line is
    told on stderr and left out; the exit code is then 1. Answers are written whenever no further line is waiting, so
    that a program may ask line by line.
    """
    if not jsonl:
        raise click.UsageError("say --jsonl: articles are read from stdin, one JSON object a line")
    from monitor.cli.jsonl import run

    matcher = compile_matcher(_config(ctx))
    return run(matcher, cast("BufferedIOBase", sys.stdin.buffer), sys.stdout, sys.stderr, workers)


@click.command("forms", short_help="Every form that a term matches, and why.")
@click.argument("term")
@click.option(
    "--language",
    "-l",
    shell_complete=completion.languages,
    help="ISO 639-1, such as uk; without it the script decides.",
)
@click.option("--pos", type=click.Choice(["noun", "verb", "adjective"]), help="Only this part of speech.")
@click.option("--both-aspects", is_flag=True, help="A Ukrainian or Russian verb with its partner.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def forms(
    ctx: click.Context, term: str, language: str | None, pos: PartOfSpeech | None, both_aspects: bool, as_json: bool
) -> int:
    """Show every form that a TERM matches: a word, a "phrase", =exact, prefix* or @ENTITY."""
    from monitor.fields.languages import LANGUAGES, no_language
    from monitor.model import Term
    from monitor.text.known_words import base_forms
    from monitor.watch.base_forms import notes_on_terms
    from monitor.watch.compile import CompileError
    from monitor.watch.explain import show_forms
    from monitor.watch.query.parse import QueryError

    if language is not None and language not in LANGUAGES:
        raise click.BadParameter(no_language(language), param_hint="--language")
    try:
        asked = Term(term, language=language, pos=pos, both_aspects=both_aspects)
        shown = show_forms(asked, _catalogue(ctx))
    except (QueryError, CompileError) as error:
        raise click.UsageError(str(error)) from error
    notes = (note for _, note in notes_on_terms([asked], base_forms))
    shown = replace(shown, warnings=(*shown.warnings, *notes))
    if as_json:
        print_json(asdict(shown))
        return 0
    from monitor.cli.shown import show_term

    show_term(shown.told(_config(ctx).language if ctx.obj["config"].exists() else None))
    return 0


@click.command("entities", short_help="The entities that watchlists may name; with NAME, one of them.")
@click.argument("name", required=False, shell_complete=completion.entities)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def entities(ctx: click.Context, name: str | None, as_json: bool) -> int:
    """List the entities that watchlists may name, or show one: its names in each language and their conditions."""
    catalogue = _catalogue(ctx)
    if name is None:
        _list_entities(catalogue, as_json=as_json)
        return 0
    spec = catalogue.find(name.removeprefix("@"))
    if spec is None:
        near = catalogue.suggest(name.removeprefix("@"))
        hint = f"did you mean {' or '.join(near)}?" if near else "`monitor entities` lists them"
        raise click.UsageError(f"no entity {name!r}: {hint}")
    if as_json:
        print_json(asdict(spec))
        return 0
    from monitor.cli.shown import show_entity

    show_entity(spec)
    return 0


def _list_entities(catalogue: Catalogue, *, as_json: bool) -> None:
    specs = [catalogue.entities[id_] for id_ in catalogue.ids()]
    if as_json:
        print_json([{"id": spec.id, "type": spec.type, "languages": list(spec.names)} for spec in specs])
        return
    if not sys.stdout.isatty():  # for cut and awk
        for spec in specs:
            click.echo(f"{spec.id}\t{spec.type}\t{' '.join(spec.names)}")
        return
    from rich.console import Console

    from monitor.cli.shown import show_entities

    show_entities(specs, Console(highlight=False))


# --------------------------------------------------------------------------- what they share


def compile_matcher(config: Config) -> Matcher:
    """Compile a configuration's watchlists, with a spinner on stderr. Raises ConfigError."""
    from rich.console import Console

    from monitor.app.compile import compile_config

    console = Console(stderr=True)
    with console.status("compiling the watchlists …") as status:

        def tell(done: int, total: int) -> None:
            line = f"making the forms of {total} terms, once: {100 * done // total} %"
            status.update(line)
            if not console.is_terminal and done == total:
                click.echo(f"made the forms of {total} terms; they are kept for the next time", err=True)

        return compile_config(config, tell)


def _config(ctx: click.Context) -> Config:
    from monitor.app.configuration import load

    return load(ctx.obj["config"])


def _catalogue(ctx: click.Context) -> Catalogue:
    """Return the shipped entities, with the user's where there is a configuration."""
    from monitor.watch.catalogue import shipped

    path: Path = ctx.obj["config"]
    return shipped().merged(_config(ctx).entities) if path.exists() else shipped()
