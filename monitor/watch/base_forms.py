"""Terms of the languages learned from tables that are not written in their base form: *rakietami*, *Soldaten*.

What a term of Ukrainian, Russian, English or Korean is a form of is known where its forms are made. Of other languages
only their whole tables tell (see `text.known_words`), which is too much for a daemon: `check` and `forms` ask here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from monitor.i18n import Phrases
from monitor.model import Term, Watchlist
from monitor.text.forms import expand, tables
from monitor.text.normalise import key
from monitor.watch.query.nodes import LeafKind
from monitor.watch.query.parse import QueryError, parse_term
from monitor.watch.wording import FOLDER, TermNote

_SAID = Phrases(FOLDER)

_SEVERAL = 2  # forms: tables have slips, such as Dutch *schepens* of *schepen*
_FEW = 3  # forms of a noun that has a plural at most

LookUp = Callable[[Iterable[str], str], Mapping[str, str]]
"""Base forms of the words of a language that are forms of others (`text.known_words.base_forms`)."""


def notes_on_watchlists(watchlists: Iterable[Watchlist], look_up: LookUp) -> Iterator[TermNote]:
    """Yield a note on each keyword, or term under `exclude`, that is not in its base form."""
    written: dict[Term, list[str]] = defaultdict(list)
    for watchlist in watchlists:
        for term in (*watchlist.keywords, *watchlist.exclude):
            written[term].append(watchlist.name)
    for term, text in notes_on_terms(written, look_up):
        yield from (TermNote(name, term.text, text) for name in dict.fromkeys(written[term]))


def notes_on_terms(terms: Iterable[Term], look_up: LookUp) -> Iterator[tuple[Term, str]]:
    """Yield a note on each of the terms that is not in its base form; each language's words are looked up at once."""
    words: dict[str, dict[Term, str]] = defaultdict(dict)
    for term in terms:
        word = _word(term)
        if term.language is not None and word is not None:
            words[term.language][term] = word
    for language, of_language in words.items():
        forms = {word: _forms(word, language) for word in of_language.values()}
        bases = look_up(dict.fromkeys(chain(forms, *forms.values())), language)
        for term, word in of_language.items():
            base = bases.get(word)
            own = sum(bases.get(form, "").lower() == word.lower() for form in forms[word])
            # a base form, too: Slovenian *vojna* is 'war', and a form of *vojen*
            if base is None or own >= (_SEVERAL if len(forms[word]) > _FEW else 1):
                continue
            base = _cased(base, word)
            if _is_form(word, base, language):
                yield term, _SAID.text("term base phrase", term=word, meant=base)


def _forms(word: str, language: str) -> list[str]:
    """Return the forms of a term, with a capital where it has one."""
    return [_cased(form, word) for form in expand(word, language).forms]


def _cased(form: str, word: str) -> str:
    return form.capitalize() if word[0].isupper() else form


def _word(term: Term) -> str | None:
    """Return a term that is one word of a language learned from tables, and stands for all its forms; else None."""
    if term.language not in tables.LANGUAGES:
        return None
    try:
        leaf = parse_term(term.text)
    except QueryError:  # told where the term is compiled
        return None
    plain = leaf.kind in (LeafKind.WORD, LeafKind.PHRASE) and leaf.text.isalpha() and not leaf.text.isupper()
    return leaf.text if plain and not tables.is_function_word(leaf.text, term.language) else None


def _is_form(word: str, base: str, language: str) -> bool:
    """Return whether the base form as a term would find the word, and the word does not find the base form."""
    return key(word) in expand(base, language).forms and key(base) not in expand(word, language).forms
