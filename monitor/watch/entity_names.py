"""The name of an entity in a reader's language."""

from __future__ import annotations

from monitor.model import Name
from monitor.watch.catalogue import Catalogue


def entity_name(catalogue: Catalogue, called: str, language: str) -> str | None:
    """Return what a language calls the entity that `called` names; None where there is none, or no name of it.

    Of several names the first one of as many words: 'Blinken' is 'Блінкен', not 'Ентоні Блінкен'.
    """
    spec = catalogue.find(called)
    if spec is None:
        return None
    names = [name.text for name in spec.names.get(language, ()) if _stands_alone(name)]
    words = len(called.split())
    return next((name for name in names if len(name.split()) == words), names[0] if names else None)


def term_name(catalogue: Catalogue, term: str, entities: frozenset[str], language: str) -> str | None:
    """Return what a language calls a term that a watchlist wrote as an entity, or its query as '@entity'; else None."""
    if term in entities:
        return entity_name(catalogue, term, language)
    return entity_name(catalogue, term[1:].strip('"'), language) if term.startswith("@") else None


def _stands_alone(name: Name) -> bool:
    return not (name.needs or name.not_before or name.not_after)
