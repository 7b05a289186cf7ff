"""Compiles a configuration's watchlists, with forms kept between runs. Light: commands that only match load no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import structlog

from monitor import host
from monitor.app import kept_catalogue
from monitor.app.forms_cache import FormsCache, default_path
from monitor.app.forms_workers import FormsMissingError, KeptForms, ShowProgress, make_forms, make_missing
from monitor.config.load import Config
from monitor.errors import ConfigError, Problem, SandboxError
from monitor.model import Watchlist
from monitor.pipeline.ruleset import CompiledCatalogue, NotCompiled, Rules
from monitor.sandbox import MEMORY, PARSERS, LoneChild
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.index.form_index import versions
from monitor.watch.match import Matcher

log = structlog.get_logger(__name__)

_MANY, _TOO_MANY = 300, 5_000  # terms that are compiled in a child
_CHILD_CPU = 120.0  # seconds for them: a hundred times what they take


@lru_cache(maxsize=1)
def _forms() -> FormsCache:
    """Return this process's compiled forms: a reload compiles only what is new, and takes effect within two seconds."""
    return FormsCache(default_path())


def compile_config(config: Config, progress: ShowProgress | None = None, *, in_child: bool = False) -> Matcher:
    """Compile a configuration's watchlists; `progress` is called with the progress now and then. Raises ConfigError.

    `in_child`: forms that are not kept are made in a child, so that this process never loads the dictionaries.
    """
    forms, catalogue = _forms(), shipped().merged(config.entities)
    try:
        if in_child:
            return _compiled_light(config.watchlists, catalogue, progress)
        make_forms(config.watchlists, forms, progress)
        matcher = compile_watchlists(config.watchlists, catalogue, forms)
    except CompileError as error:
        raise ConfigError([Problem(str(config.path), 0, 0, "watchlists", str(error))]) from error
    forms.save()
    return matcher


def compile_catalogue(catalogue: Catalogue, progress: ShowProgress | None = None, *, in_child: bool = False) -> Matcher:
    """Compile every entity as a term of one watchlist: what stories share across languages."""
    forms = _forms()
    kept = kept_catalogue.read(forms, catalogue)
    if kept is not None:
        return kept
    entities = [Watchlist(name="catalogue", entities=tuple(catalogue.ids()))]
    if in_child:
        matcher = _compiled_light(entities, catalogue, progress)
    else:
        matcher = compile_watchlists(entities, catalogue, forms)
    kept_catalogue.keep(forms, catalogue, matcher)
    forms.save()
    return matcher


def query_compiler(config: Config, *, in_child: bool = False) -> Callable[[Sequence[Watchlist]], Matcher]:
    """Return what compiles queries of searches by the entities of a configuration; `in_child` as `compile_config`.

    It raises CompileError.
    """
    catalogue = shipped().merged(config.entities)

    def compile_lists(lists: Sequence[Watchlist]) -> Matcher:
        if in_child:
            return _compiled_light(lists, catalogue, None)
        matcher = compile_watchlists(lists, catalogue, _forms())
        _forms().save()
        return matcher

    return compile_lists


def _compiled_light(watchlists: Sequence[Watchlist], catalogue: Catalogue, progress: ShowProgress | None) -> Matcher:
    """Compile from kept forms alone; where some are missing, once they are made in other processes."""
    forms = _forms()
    with suppress(FormsMissingError):
        return _compiled_kept(watchlists, catalogue, forms)
    make_forms(watchlists, forms, progress)
    make_missing(watchlists, catalogue, forms, progress)
    with suppress(FormsMissingError):  # where nothing can be kept
        return _compiled_kept(watchlists, catalogue, forms)
    matcher = compile_watchlists(watchlists, catalogue, forms)
    forms.save()
    return matcher


def _compiled_kept(watchlists: Sequence[Watchlist], catalogue: Catalogue, forms: FormsCache) -> Matcher:
    """Compile from kept forms, many terms in a child: what compiling leaves between the results takes as much memory.

    Too many would take the child's memory, and the result would stop the event loop while it is read. Raises
    FormsMissingError.
    """
    terms = sum(len(one.entities) + len(one.keywords) + len(one.exclude) for one in watchlists)
    if _MANY <= terms <= _TOO_MANY:
        try:
            with LoneChild(MEMORY, PARSERS) as child:
                made = child.run(_compile_in_child, watchlists, catalogue, forms.path, cpu=_CHILD_CPU)
            if made is not None:
                return made
        except SandboxError as error:
            log.warning("terms are compiled in the daemon, and cost it memory", terms=terms, error=str(error))
    return compile_watchlists(watchlists, catalogue, KeptForms(forms))


def _compile_in_child(watchlists: Sequence[Watchlist], catalogue: Catalogue, path: Path) -> Matcher | None:
    """Return the matcher; None where the daemon has to find out itself what is wrong with which watchlist."""
    with suppress(CompileError):
        return compile_watchlists(watchlists, catalogue, KeptForms(FormsCache(path)))
    return None


def make_rules(config: Config, before: Rules | None = None, progress: ShowProgress | None = None) -> Rules:
    """Compile what the daemon needs; takes seconds when cold, so call it off the event loop. Raises ConfigError.

    `before` is what was in force: what did not change is taken from it. `progress` is called with the progress now
    and then.
    """
    matcher = compile_config(config, progress, in_child=True)
    for warning in matcher.warnings:
        log.warning("watchlist", note=str(warning))
    merged = shipped().merged(config.entities)
    fingerprint = sha256(f"{merged.fingerprint()} {versions()}".encode()).hexdigest()[:16]
    if before is not None and before.catalogue.fingerprint == fingerprint:
        catalogue = before.catalogue
    else:
        catalogue = CompiledCatalogue(compile_catalogue(merged, progress, in_child=True), merged, fingerprint)
    _forms().save()
    return _rules(config, matcher, catalogue)


def outline(config: Config) -> Rules:
    """Return what needs no compiling: enough to poll, to hold and to send, while articles wait to be judged."""
    return _rules(config, NotCompiled(), CompiledCatalogue(NotCompiled()))


def _rules(config: Config, matcher: Matcher, catalogue: CompiledCatalogue) -> Rules:
    return Rules(
        matcher=matcher,
        catalogue=catalogue,
        config=config,
        timezone=config.timezone or host.timezone(),
    )
