"""What the bot says, in English and Ukrainian: the texts of `monitor/data/bot/`, filled in.

A text is a template: `{name}` takes plain text or a `Run`, so that what is bold, code or a link stays so wherever a
language puts it; what stands between backticks is code. Texts that count hold their plural forms apart by ` | `, in
CLDR's order: one | other in English, one | few | many in Ukrainian.

To add a language: its file, and `make data`. A test holds all files together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter

from monitor import data
from monitor.model import Line, Run

ENGLISH, UKRAINIAN = "en", "uk"

LANGUAGES = tuple(name.removeprefix("bot/") for name in data.names("bot"))

_PLURALS = ("zero", "one", "two", "few", "many", "other")  # CLDR's order


def language_of(tag: str | None) -> str:
    """Return the language that answers a client with this IETF tag: its own where the bot has it, else English."""
    code = (tag or "").lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else ENGLISH


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return all texts of a language by key."""
    return data.load(f"bot/{language}")


@cache
def _rule(language: str) -> tuple[Callable[[int], str], list[str]]:
    """Return CLDR's rule of plurals, and the names of the forms in their order (reading a locale costs 10 ms)."""
    from babel import Locale

    rule = Locale(language).plural_form
    return rule, [name for name in _PLURALS if name in rule.tags or name == "other"]


def _plural(language: str, n: int) -> int:
    """Return which of the forms goes with a whole number."""
    rule, names = _rule(language)
    return names.index(rule(n))


@dataclass(frozen=True, slots=True)
class Words:
    """The texts in one language."""

    language: str

    def text(self, key: str, /, **values: object) -> str:
        """Return a text as plain text. Raises KeyError for a key that there is not."""
        return "".join(run.text for run in self.line(key, **values))

    def line(self, key: str, /, **values: object) -> Line:
        """Return a text as one line; `{name}` becomes the run, or the text, that is given for it."""
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
        """Return a text that counts, in the form that goes with `n`."""
        forms = texts(self.language)[key].split(" | ")
        return forms[_plural(self.language, n)].replace("{n}", str(n))
