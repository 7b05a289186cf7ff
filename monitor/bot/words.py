"""What the bot says, in English and Ukrainian: the texts of `monitor/data/bot/`, filled in.

A text is a template: `{name}` takes plain text or a `Run`, so that what is bold, code or a link stays so wherever a
language puts it; what stands between backticks is code. Texts that count hold their plural forms apart by ` | `:
one | many in English, one | few | many in Ukrainian.

To add a language: its file, and its line in `_FORMS`. A test holds all files together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter

from monitor import data
from monitor.model import Line, Run

ENGLISH, UKRAINIAN = "en", "uk"


def _english(n: int) -> int:
    return 0 if n == 1 else 1


def _ukrainian(n: int) -> int:
    ones, tens = n % 10, n % 100
    if ones == 1 and tens != 11:  # noqa: PLR2004 - CLDR
        return 0
    return 1 if 2 <= ones <= 4 and not 12 <= tens <= 14 else 2  # noqa: PLR2004 - CLDR


# Which form goes with a whole number, by CLDR's rules of plurals.
_FORMS: Mapping[str, Callable[[int], int]] = {ENGLISH: _english, UKRAINIAN: _ukrainian}
LANGUAGES = tuple(_FORMS)


def language_of(tag: str | None) -> str:
    """Give the language that answers a client with this IETF tag: its own where the bot has it, else English."""
    code = (tag or "").lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else ENGLISH


@cache
def texts(language: str) -> Mapping[str, str]:
    """Give all texts of a language by key."""
    return data.load(f"bot/{language}")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts in one language."""

    language: str

    def text(self, key: str, /, **values: object) -> str:
        """Give a text as plain text. Raises KeyError for a key that there is not."""
        return "".join(run.text for run in self.line(key, **values))

    def line(self, key: str, /, **values: object) -> Line:
        """Give a text as one line; `{name}` becomes the run, or the text, that is given for it."""
        runs: list[Run] = []
        code = False
        for literal, name, _, _ in Formatter().parse(texts(self.language)[key]):
            for at, piece in enumerate(literal.split("`")):
                code = code != bool(at)
                if piece:
                    runs.append(Run(piece, code=code))
            if name:
                value = values[name]
                runs.append(value if isinstance(value, Run) else Run(str(value), code=code))
        return tuple(runs)

    def count(self, key: str, n: int) -> str:
        """Give a text that counts, in the form that goes with `n`."""
        forms = texts(self.language)[key].split(" | ")
        return forms[_FORMS[self.language](n)].replace("{n}", str(n))
