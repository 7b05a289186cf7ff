"""The query language's grammar, for lark, and its errors, for people.

Mistakes that people make (an open quote, `and` in small letters, NEAR without its number) are tokens of their own,
whose only meaning is their error message.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import NoReturn

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

FIELDS = ("title", "lead", "body", "background", "url", "author")
OUTER_FIELDS = ("url", "author")
"""Fields that are not part of the article's text."""

GRAMMAR = r"""
?start: disjunction
disjunction: conjunction (_OR conjunction)*
conjunction: _negated (_AND? _negated)*
_negated: negation | nearness
negation: _NOT _negated
?nearness: atom
    | nearness NEAR atom -> near
    | nearness UNIT atom -> within
?atom: leaf
    | FIELD atom -> field
    | ATLEAST "(" disjunction ")" -> atleast
    | "(" disjunction ")"
leaf: WORD | PHRASE | EXACT | PREFIX | ENTITY | REGEX

_AND.9: /(AND(?![^\s()"])|&&?)/
_OR.9: /(OR(?![^\s()"])|\|\|?)/
_NOT.9: /(NOT(?![^\s()"])|-)/
NEAR.9: /O?NEAR\/\d+(?![^\s()"@=])/
UNIT.9: /(SENTENCE|PARAGRAPH)(?![^\s()"])/
FIELD.9: /(title|lead|body|background|url|author):(?=[^\s:])/
ATLEAST.9: /atleast\/\d+\s*(?=\()/
PHRASE.9: /("[^"]*"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»)/
EXACT.9: /=("[^"]*"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|[^\s()"«»“”„&|:*=@\/-][^\s()"«»“”„&|:*]*+)/
ENTITY.9: /@("[^"]*"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|[^\s()"«»“”„&|:*=@]+)/
REGEX.9: /\/(?:[^\/\\\n]|\\.)+\/(?![^\s()])/
PREFIX.3: /[^\s()"«»“”„&|:*=@\/-][^\s()"«»“”„&|:*]*+\*(?![^\s()|&])/
WORD.2: /[^\s()"«»“”„&|:*=@\/-][^\s()"«»“”„&|:*]*+(?![:*"])/

BAD_OPERATOR.8: /(and|or|not|near|onear|sentence|paragraph|And|Or|Not|Near|Sentence|Paragraph)(\/\d*)?(?![^\s()"])/
BAD_NEAR.8: /O?NEAR(?![A-Za-z])[^\s()"]*/
BAD_ATLEAST.8: /[Aa][Tt][Ll][Ee][Aa][Ss][Tt](\/[^\s(]*|(?=\s*\())/
BAD_FIELD.1: /[^\s()"«»“”„&|:*=@\/-][^\s()"«»“”„&|:*]*+:/
BAD_STAR.1: /[^\s()]*\*[^\s()]*/
BAD_QUOTE.1: /["“”„«»]/
BAD_REGEX.1: /\/[^\n]*/
BAD_MARK.1: /[=@:]/

SPACE: /\s+/
%ignore SPACE
%ignore BAD_OPERATOR
%ignore BAD_NEAR
%ignore BAD_ATLEAST
%ignore BAD_FIELD
%ignore BAD_STAR
%ignore BAD_QUOTE
%ignore BAD_REGEX
%ignore BAD_MARK
"""


class QueryError(ValueError):
    """A query or a term cannot be read; `position` counts its characters, from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position


def _refuse(message: Callable[[str], str]) -> Callable[[Token], NoReturn]:
    def refuse(token: Token) -> NoReturn:
        raise QueryError(message(str(token)), token.start_pos or 0)

    return refuse


def _bad_operator(text: str) -> str:
    name = text.partition("/")[0]
    if name.upper() in ("NEAR", "ONEAR"):
        return f"operators are written in capitals and NEAR needs a number: {name.upper()}/5"
    return f'operators are written in capitals: {name.upper()} (to search for the word itself, write "{name}")'


def _bad_near(text: str) -> str:
    name = "ONEAR" if text.startswith("O") else "NEAR"
    return f"{name} needs the number of words that may stand between, without spaces: {name}/5"


def _bad_field(text: str) -> str:
    near = get_close_matches(text[:-1].casefold(), FIELDS, n=1)
    hint = f"did you mean {near[0]}:?" if near else f"the fields are {', '.join(name + ':' for name in FIELDS)}"
    if text[:-1] in FIELDS:
        return f"{text} needs a term right after it, without a space: {text}missile"
    return f"{text} is no field ({hint}); a colon inside a term needs quotes"


def other_quote(text: str) -> str:
    """Return the message on a quotation mark that opens nothing in this language."""
    return f'{text} opens no phrase here: write straight quotes, "…", or leave it out'


def _bad_quote(text: str) -> str:
    if text in "”»":
        return other_quote(text)
    partner = {"“": "”", "„": "“", "«": "»"}.get(text, text)
    return f"this quote is not closed: add {partner}"


MISTAKES: dict[str, Callable[[Token], Token]] = {
    "BAD_OPERATOR": _refuse(_bad_operator),
    "BAD_NEAR": _refuse(_bad_near),
    "BAD_ATLEAST": _refuse(lambda _: "atleast needs a number and brackets: atleast/3(missile)"),
    "BAD_FIELD": _refuse(_bad_field),
    "BAD_STAR": _refuse(lambda _: "a star stands at the end of a word, and only there: missil*"),
    "BAD_QUOTE": _refuse(_bad_quote),
    "BAD_REGEX": _refuse(
        lambda _: "a regular expression stands between two slashes, with a space after: /rocket \\d+/"
    ),
    "BAD_MARK": _refuse(lambda text: f"{text} needs a word right after it, without a space"),
}


_OPERATORS = frozenset({"_AND", "_OR", "NEAR", "UNIT"})


def explain(error: UnexpectedInput, text: str) -> QueryError:
    """Turn lark's error into one for people."""
    if not isinstance(error, UnexpectedToken):
        at: int = getattr(error, "pos_in_stream", None) or 0
        return QueryError(f"{text[at : at + 1]!r} is not expected here: put the term in quotes", at)
    token = error.token
    at = len(text) if token.start_pos is None else token.start_pos
    if token.type == "$END":
        return QueryError("the query ends too early: a term is missing at its end", len(text.rstrip()))
    if token.type in _OPERATORS:
        return QueryError(f"{token} needs a term on its left", at)
    if token.type == "_NOT":
        return QueryError("NOT cannot stand right after NEAR, SENTENCE or a field: put it in brackets, (NOT x)", at)
    # What is left is a closing bracket: terms that stand side by side mean AND, so that any other token may follow one.
    return QueryError("a term is missing before this bracket", at)
