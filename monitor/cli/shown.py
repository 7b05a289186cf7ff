"""Terminal output of matching: the article with its hits, tables of decisions and of forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.printed import harmless, print_screen
from monitor.model import Zone
from monitor.text.sentences import paragraphs

if TYPE_CHECKING:
    from monitor.model import Citation, EntitySpec, Hit, Name, Quote, Verdict
    from monitor.watch.explain import Explanation, ShownForm, ShownTerm

_ENTITY = 36  # columns of an entity on a wide terminal
_STYLES = {
    Zone.TITLE: "bold",
    Zone.LEAD: "",
    Zone.BODY: "",
    Zone.BACKGROUND: "dim",
    Zone.CREDIT: "dim italic",
}
_HIT = "black on yellow"
_HIT_OUTSIDE = "black on bright_black"
_WATCHLISTS = 8
"""Watchlists of a brief table."""


def show_explanation(
    explanation: Explanation,
    cited: Sequence[Citation],
    quoted: Sequence[Quote],
    facts: Mapping[str, Sequence[str]],
    compared: Mapping[str, Any] | None = None,
    *,
    everything: bool = False,
) -> None:
    """Print the article with hits highlighted, each hit's rule, the decisions, attribution, quotes and facts.

    What does not fit on one screen is printed without the article and cut, unless `everything` is wanted.
    """
    safe = _harmless(explanation)

    def whole(console: Console) -> None:
        _show_facts(console, safe)
        for span in safe.zones:
            for start, end in _paragraphs(safe.article.document, span.start, span.end):
                console.print(_marked(safe, span.zone, start, end))
        console.print()
        _show_hits(console, safe)
        console.print(_verdicts_table(safe.verdicts))
        _show_rest(console, safe, cited, quoted)
        _show_story(console, facts, compared)

    def brief(console: Console) -> None:
        _show_facts(console, safe)
        if safe.article.title:
            console.print(_marked(safe, Zone.TITLE, 0, len(safe.article.title)), no_wrap=True, overflow="ellipsis")
        _show_story(console, facts, compared)
        matched = [verdict for verdict in safe.verdicts if verdict.matched]
        shown = (matched + [verdict for verdict in safe.verdicts if not verdict.matched])[:_WATCHLISTS]
        console.print(_verdicts_table(shown))
        if len(shown) < len(safe.verdicts):
            console.print(Text(f"{len(safe.verdicts)} watchlists, {len(matched)} of them match", style="dim"))
        _show_hits(console, safe)
        _show_rest(console, safe, cited, quoted)

    print_screen(whole, brief=brief, everything=everything)


def _harmless(explanation: Explanation) -> Explanation:
    """Return the explanation with the article's own words made harmless to a terminal; offsets stay."""
    article = explanation.article
    url, source = (harmless(one) if one else one for one in (article.url, article.source))
    article = replace(article, title=harmless(article.title), text=harmless(article.text), url=url, source=source or "")
    hits = tuple(replace(hit, surface=harmless(hit.surface)) for hit in explanation.hits)
    return replace(explanation, article=article, hits=hits)


def _show_facts(console: Console, explanation: Explanation) -> None:
    article = explanation.article
    facts = (article.source, f"language: {article.language}", article.url)
    console.print(Text(" · ".join(filter(None, facts)), style="cyan"))


def _show_rest(console: Console, explanation: Explanation, cited: Sequence[Citation], quoted: Sequence[Quote]) -> None:
    """Print what was bounded, the sources named and the quotes."""
    for note in explanation.notes:
        console.print(Text(f"Note: {note}", style="yellow"))
    if cited:
        console.print(Text(harmless("Sources named: " + ", ".join(f"{one.name} ({one.role})" for one in cited))))
    for quote in quoted:
        said = quote.text if quote.text[:1] in '“«„"' else f"“{quote.text}”"
        console.print(Text(harmless(said + (f" — {quote.speaker}" if quote.speaker else "")), style="italic"))


def _show_story(console: Console, facts: Mapping[str, Sequence[str]], compared: Mapping[str, Any] | None) -> None:
    """Print the facts that tell the event from others, and how the article stands to a story."""
    if facts:
        listed = "; ".join(f"{name} {', '.join(values)}" for name, values in facts.items())
        console.print(Text(harmless(f"Facts: {listed}")))
    if compared is not None:
        console.print(Text(harmless(f"Against story {compared['story']}: {compared['answer']}"), style="bold"))


def _paragraphs(document: str, start: int, end: int) -> list[tuple[int, int]]:
    return [(start + one, start + two) for one, two in paragraphs(document[start:end])]


def _marked(explanation: Explanation, zone: Zone, start: int, end: int) -> Text:
    """Return one paragraph or sentence with its zone, its language where that is another, and its hits highlighted."""
    article = explanation.article
    text = Text(" ".join(article.document[start:end].split("\n")), style=_STYLES[zone])
    style = _HIT_OUTSIDE if zone in (Zone.BACKGROUND, Zone.CREDIT) else _HIT
    for hit in explanation.hits:
        if start <= hit.start < end:
            text.stylize(style, hit.start - start, hit.end - start)
    language = explanation.language(start)
    label = zone.value if language in (article.language, "und") else f"{zone} · {language}"
    return Text.assemble((f"[{label}] ", "magenta"), text)


def _show_hits(console: Console, explanation: Explanation) -> None:
    """Print each sentence with its hits: the forms found, their terms and rules."""
    if not explanation.hits:
        return
    for (start, end), hits in groupby(explanation.hits, key=lambda hit: hit.sentence):
        found = list(hits)
        console.print(_marked(explanation, found[0].zone, start, end))
        for _, same in groupby(found, key=lambda hit: (hit.start, hit.end)):
            one, *others = list(same)
            terms = ", ".join(dict.fromkeys(hit.term for hit in (one, *others)))
            surface = " ".join(one.surface.split())
            console.print(Text.assemble("    ", (surface, "bold"), f" → {terms}", (f"  {_why(one)}", "dim")))
    console.print()


def _why(hit: Hit) -> str:
    """Return which rule made the form, and of which name, where the term has several."""
    other = hit.form and hit.form.casefold() not in (hit.term.casefold(), hit.surface.casefold())
    named = (
        other and not hit.form.startswith("/") and hit.term.lstrip("=@").strip('"').casefold() != hit.form.casefold()
    )
    return f"{hit.rule}, of {hit.form}" if named else hit.rule


def _verdicts_table(verdicts: Sequence[Verdict]) -> Table:
    table = Table("watchlist", "", "why", "terms", title="Watchlists", title_justify="left")
    for verdict in verdicts:
        mark = Text("match", style="green") if verdict.matched else Text("no", style="red")
        table.add_row(Text(verdict.watchlist), mark, Text(verdict.reason), Text(", ".join(verdict.terms)))
    return table


def show_term(shown: ShownTerm) -> None:
    """Print every form of a term, spelling by spelling."""
    console = Console(highlight=False)
    for spelling in shown.spellings:
        suffix = " (under conditions)" if spelling.guarded else ""
        console.print(Text(spelling.name, style="bold") + Text(suffix, style="dim"))
        for number, word in enumerate(spelling.words, 1):
            if len(spelling.words) > 1:
                console.print(Text(f"  word {number}", style="dim"))
            console.print(_forms_table(word))
    if not shown.spellings:
        console.print(Text(f"{shown.term}: a regular expression has no list of forms"))
    for warning in shown.warnings:
        console.print(Text(f"Note: {warning}", style="yellow"))


def _forms_table(word: Sequence[ShownForm]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2))
    for form in word:
        table.add_row(Text(form.form), Text(form.rule, style="dim"), Text(form.condition, style="yellow"))
    return table


def show_entities(specs: Sequence[EntitySpec], console: Console) -> None:
    """Print a line an entity in columns; what is too long for a column goes on below itself, on 40 columns, too."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("entity", max_width=max(min(console.width // 3, _ENTITY), 1), overflow="fold")
    table.add_column("type", style="dim", no_wrap=True)
    table.add_column("languages", overflow="fold")
    for spec in specs:
        table.add_row(Text(spec.id), spec.type, " ".join(spec.names))
    console.print(table)


def show_entity(spec: EntitySpec) -> None:
    """Print an entity's names by language, with their conditions."""
    console = Console(highlight=False)
    console.print(Text(spec.id, style="bold") + Text(f"  {spec.type}  {spec.link or ''}", style="dim"))
    table = Table(show_header=False, box=None, padding=(0, 2))
    for language, names in spec.names.items():
        for number, name in enumerate(names):
            table.add_row(
                Text("" if number else language, style="cyan"), Text(name.text), Text(_conditions(name), style="dim")
            )
    for language, adjectives in spec.adjectives.items():
        table.add_row(
            Text(language, style="cyan"),
            Text(", ".join(name.text for name in adjectives)),
            Text("adjective", style="dim"),
        )
    console.print(table)
    for label, words in (("needs", spec.needs), ("not before", spec.not_before), ("not after", spec.not_after)):
        if words:
            console.print(Text(f"{label}: {', '.join(words)}", style="dim"))


def _conditions(name: Name) -> str:
    parts = [
        f"{label} {', '.join(words)}"
        for label, words in (
            ("needs", name.needs),
            ("or stands as a", (name.context,) if name.context else ()),
            ("unless beside", name.unless),
            ("not right after", name.not_before),
            ("not right before", name.not_after),
            ("also", name.add_forms),
            ("never", name.drop_forms),
        )
        if words
    ]
    return "; ".join(parts + ["case as written"] * name.exact_case + ["whole words"] * name.whole)
