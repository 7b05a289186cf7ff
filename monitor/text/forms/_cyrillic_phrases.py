"""The base form of a Ukrainian or Russian phrase that is written in another case: 'Північній Кореї'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import eq

from monitor.text.forms import cyrillic_lexicon as lexicon
from monitor.text.forms.cyrillic_lexicon import WordAnalysis

_GENDERS = frozenset({"masc", "femn", "neut"})
_CASES = frozenset({"nomn", "gent", "datv", "accs", "ablt", "loct", "voct", "gen2", "acc2", "loc2"})
_ADJECTIVES = frozenset({"ADJF", "PRTF"})
_PERSONS = frozenset({"Surn", "Name", "Patr"})
_INFLECTED = frozenset({"NOUN"}) | _ADJECTIVES
_OF_PLACES = frozenset({"в", "у", "во", "на"})

Readings = Sequence[Sequence[WordAnalysis]]


def base_of(words: Sequence[str], codes: Sequence[str]) -> str | None:
    """Return the phrase with its head in the nominative; None where it is, or where no language tells.

    The head is a noun before which only adjectives stand, all in its case; the names after it that are in its case go
    with it ('Володимиру Зеленському'), and whatever else follows stays as it is. A preposition of place before a name
    is left out: 'в Курську'.
    """
    placed = len(words) > 1 and words[0].lower() in _OF_PLACES and words[1][:1].isupper()
    words = words[1:] if placed else words
    found = None
    for code in codes:
        readings = [_readings(word, code) for word in words]
        if placed:
            readings = [_of_places(each) or each for each in readings]
        heads = [(at, noun) for at in _heads(readings) for noun in readings[at] if _agree(readings[:at], noun)]
        if any("nomn" in noun.tag or noun.tag.isdisjoint(_CASES) for _, noun in heads):
            return None
        if heads and found is None:
            at, noun = max(heads, key=lambda head: head[0])
            found = _nominative(words, readings, at, noun)
    return found


def _readings(word: str, code: str) -> list[WordAnalysis]:
    """Return the dictionary's readings of a word; of one in small letters none that is a person's name."""
    found = lexicon.known(word.lower(), code)
    return [one for one in found if word[0].isupper() or one.tag.isdisjoint(_PERSONS)]


def _of_places(readings: Sequence[WordAnalysis]) -> list[WordAnalysis]:
    """Return the readings that are no persons' names: 'в Києві' is Київ before кий, 'на Сході' Схід before сход."""
    found = [one for one in readings if one.tag.isdisjoint(_PERSONS)]
    return sorted(found, key=lambda one: (-len(one.normal), sum(map(eq, one.normal, one.word))))


def _heads(readings: Readings) -> Iterator[int]:
    """Yield the places of words that may be the head; none where a word before them is of another part of speech."""
    for at, found in enumerate(readings):
        if any(one.tag.isdisjoint(_INFLECTED) for one in found):
            return
        if any("NOUN" in one.tag for one in found):
            yield at
        if all(one.tag.isdisjoint(_ADJECTIVES) for one in found):
            return


def _agree(adjectives: Readings, noun: WordAnalysis) -> bool:
    return "NOUN" in noun.tag and all(any(_fits(one, noun) for one in found) for found in adjectives)


def _fits(adjective: WordAnalysis, noun: WordAnalysis) -> bool:
    """Return whether an adjective has the noun's case, number and gender."""
    if adjective.tag.isdisjoint(_ADJECTIVES) or adjective.plural != noun.plural:
        return False
    return (noun.plural or bool(adjective.tag & noun.tag & _GENDERS)) and bool(adjective.tag & noun.tag & _CASES)


def _nominative(words: Sequence[str], readings: Readings, head: int, noun: WordAnalysis) -> str | None:
    """Return the words with the head, its adjectives and its names in the nominative; of a name in its own number."""
    singular = any("nomn" in tag and "plur" not in tag for _, tag in noun.lexeme)
    plural = noun.plural and (not singular or words[head][0].isupper())
    gender = next((tag & _GENDERS for _, tag in noun.lexeme if tag & _GENDERS), frozenset())
    made = [
        _form(found, noun, gender, plural=plural) or word for word, found in zip(words[:head], readings, strict=False)
    ]
    made.append(next((form for form, tag in noun.lexeme if "nomn" in tag and ("plur" in tag) == plural), noun.normal))
    for word, found in zip(words[head + 1 :], readings[head + 1 :], strict=True):
        name = _form(found, noun, gender, plural=plural) if word[0].isupper() else None
        if name is None:
            if word[0].isupper() and not _is_attribute(found):
                return None  # a name that the dictionary does not have: 'Каш Патель' is none of 'Каша'
            break
        made.append(name)
    cased = [_cased(form, word) for form, word in zip(made, words, strict=False)]
    return " ".join((*cased, *words[len(cased) :]))


def _is_attribute(found: Sequence[WordAnalysis]) -> bool:
    """Return whether a word may stand in the genitive beside a noun: 'України'."""
    return bool(found) and not any("nomn" in one.tag and not one.plural for one in found)


def _form(found: Sequence[WordAnalysis], noun: WordAnalysis, gender: frozenset[str], *, plural: bool) -> str | None:
    """Return the nominative of an adjective that agrees with a noun."""
    lexemes = (one.lexeme for one in found if _fits(one, noun))
    return next(
        (
            form
            for form, tag in chain.from_iterable(lexemes)
            if "nomn" in tag and ("plur" in tag) == plural and (plural or gender <= tag)
        ),
        None,
    )


def _cased(form: str, word: str) -> str:
    return form.capitalize() if word[0].isupper() else form
