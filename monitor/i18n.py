"""The program's own phrases in one language: templates of `monitor/data/<folder>/<language>.yaml`, filled in.

In a template `{name}` takes plain text or a `Run`, so that what is bold, code or a link stays so wherever a language
puts it; what stands between backticks is code. Templates that count hold their plural forms apart by ` | `, in CLDR's
order, those that whole numbers take: one | other in English, one | few | many in Ukrainian. Months and cities come
from CLDR, by Babel, which is imported where it is needed, as that takes 30 ms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from string import Formatter

from monitor import data
from monitor.model import Line, TextRun

ENGLISH = "en"

ALERTS = "alerts"
"""The folder of what alerts, digests, notices and their buttons say."""

PROBLEMS = "problems"
"""The folder of what is wrong in a configuration, or in a query."""

_SECTIONS = ("part", "problem", "query")

_PLURALS = ("zero", "one", "two", "few", "many", "other")  # CLDR's order
_UNITS = ((1.5 * 86400, 86400, "days"), (1.5 * 3600, 3600, "hours"), (60, 60, "minutes"))  # from, size in seconds
_GIGABYTE, _MEGABYTE = 1_000_000_000, 1_000_000
_RENAMED = {"Europe/Kyiv": "Europe/Kiev"}  # IANA's names that CLDR has under an older one


@cache
def languages(folder: str) -> tuple[str, ...]:
    """Return the languages that a folder of `monitor/data` has a file for, sorted."""
    return tuple(name.removeprefix(f"{folder}/") for name in data.names(folder))


@cache
def texts(folder: str, language: str) -> Mapping[str, str]:
    """Return all templates of a language by key."""
    return data.load(f"{folder}/{language}")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one folder in one language."""

    folder: str
    language: str = ENGLISH

    def text(self, key: str, /, **values: object) -> str:
        """Return a phrase as plain text. Raises KeyError for a key that there is not."""
        return _told(texts(self.folder, self.language)[key], values)

    def line(self, key: str, /, **values: object) -> Line:
        """Return a phrase as one line; `{name}` becomes the run, or the text, that is given for it."""
        return _filled(texts(self.folder, self.language)[key], values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """Return a phrase that counts, in the form that goes with `n`, which `{n}` stands for."""
        forms = texts(self.folder, self.language)[key].split(" | ")
        form = forms[min(_plural(self.language, n), len(forms) - 1)]  # a text of one form does not vary
        return _told(form, {"n": n, **values})

    def day(self, day: date, *, year: bool = False) -> str:
        """Return '8 Nov', or '8 Nov 2023' with its year."""
        month = _months(self.language)[day.month]
        return self.text("day in year" if year else "day", day=day.day, month=month, year=day.year)

    def duration(self, span: timedelta) -> str:
        """Return a duration in its greatest unit: '40 s', '12 min', '3 h', '5 d'."""
        seconds = max(span.total_seconds(), 0.0)
        for least, size, key in _UNITS:
            if seconds >= least:
                return self.text(key, n=f"{seconds / size:.0f}")
        return self.text("seconds", n=f"{seconds:.0f}")

    def number(self, value: float, *, digits: int = 0) -> str:
        """Return a number with so many decimals, its thousands apart: '12,345.6', '12 345,6'."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(round(value, digits), format=pattern, locale=self.language)

    def size(self, count: int) -> str:
        """Return a number of bytes in gigabytes, or in megabytes below one: '12.3 GB', '12,3 ГБ'."""
        from babel.units import format_unit

        if count >= _GIGABYTE:
            return format_unit(count / _GIGABYTE, "digital-gigabyte", "short", format="0.0", locale=self.language)
        return format_unit(count / _MEGABYTE, "digital-megabyte", "short", format="0", locale=self.language)

    def translated(self, text: str, section: str, inner: Callable[[str], str] = str) -> str:
        """Return in this language what was kept in English: a text that a key of `section` gives.

        What none of them gives stays as it is: an older version may have had other words. `inner` translates what its
        gaps hold.
        """
        if self.language == ENGLISH:
            return text
        for key, pattern in _patterns(self.folder, section):
            found = pattern.fullmatch(text)
            if found:
                return self.text(key, **{name: inner(value) for name, value in found.groupdict().items()})
        return text

    def key_of(self, text: str, section: str) -> str | None:
        """Return the key of `section` that gives a text that was kept in English; None where none does."""
        return next((key for key, pattern in _patterns(self.folder, section) if pattern.fullmatch(text)), None)

    def error(self, text: str) -> str:
        """Return in this language an error that was kept in English, as far as its words are known."""
        return self.translated(text, "error", self.error)

    def city(self, timezone: str) -> str:
        """Return the city that stands for an IANA time zone: 'Seoul', 'Сеул'; as IANA spells it where CLDR has none."""
        return _city(self.language, timezone)


DEFAULT = Phrases(ALERTS)
"""What alerts say where no language is chosen."""


def alert_phrases(language: str | None) -> Phrases:
    """Return what alerts say in a language; in English where that is None, or the running version does not have it."""
    return Phrases(ALERTS, language) if language in languages(ALERTS) else DEFAULT


def problem_text(text: str, language: str | None) -> str:
    """Return in a language what is wrong in a configuration or a query, kept in English as `monitor check` prints it.

    The text may stand behind its place (`config.yaml:3:5: sources[0].url: is missing …`), which stays as it is. What is
    not known by its words stays in English. Backticks are left out, as of all phrases in plain text.
    """
    if language is None or language not in languages(PROBLEMS):
        return text
    phrases = Phrases(PROBLEMS, language)

    def told(message: str, *sections: str) -> str:
        for section in sections:
            found = phrases.translated(message, section, lambda gap: told(gap, *_SECTIONS))
            if found != message:
                return found
        return message

    pieces = text.replace("`", "").split(": ")
    for at in range(len(pieces)):
        message = ": ".join(pieces[at:])
        found = told(message, "problem", "query")
        if found != message:
            return ": ".join([*pieces[:at], found])
    return text


@cache
def _patterns(folder: str, section: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the keys of a section with patterns of their English texts, those without gaps first."""
    found = [(key, text) for key, text in texts(folder, ENGLISH).items() if key.startswith(f"{section} ")]
    found.sort(key=lambda each: "{" in each[1])
    return tuple((key, re.compile(_pattern(text))) for key, text in found)


def _pattern(template: str) -> str:
    """Return the regular expression of a template's texts; a gap that it has twice holds the same in both places."""
    seen: set[str] = set()
    parts = []
    for literal, name, _ in _pieces(template):
        parts.append(re.escape(literal))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            seen.add(name)
    return "".join(parts)


@cache
def _pieces(template: str) -> tuple[tuple[str, str | None, bool], ...]:
    """Return a template's literals with the name of the gap behind each, and whether that is within backticks."""
    pieces: list[tuple[str, str | None, bool]] = []
    code = False
    for literal, name, _, _ in Formatter().parse(template):
        first, *others = literal.split("`")
        pieces.append((first, None, code))
        for piece in others:
            code = not code
            pieces.append((piece, None, code))
        if name:
            pieces.append(("", name, code))
    return tuple(pieces)


def _told(template: str, values: Mapping[str, object]) -> str:
    """Return a template filled in, as plain text."""
    parts = []
    for literal, name, _ in _pieces(template):
        value = values[name] if name else literal
        parts.append(value.text if isinstance(value, TextRun) else str(value))
    return "".join(parts)


def _filled(template: str, values: Mapping[str, object]) -> Line:
    runs: list[TextRun] = []
    for literal, name, code in _pieces(template):
        if literal:
            runs.append(TextRun(literal, code=code))
        if name:
            value = values[name]
            runs.append(value if isinstance(value, TextRun) else TextRun(str(value), code=code))
    return tuple(runs)


@cache
def plural_forms(language: str) -> tuple[str, ...]:
    """Return the names of the plural forms that whole numbers take, in CLDR's order."""
    taken = {_rule(language)(n) for n in range(200)}
    return tuple(name for name in _PLURALS if name in taken)


@cache
def _rule(language: str) -> Callable[[int], str]:
    """Return CLDR's rule of plurals (reading a locale costs 10 ms)."""
    from babel import Locale

    rule: Callable[[int], str] = Locale(language).plural_form
    return rule


def _plural(language: str, n: int) -> int:
    """Return which of the forms goes with a whole number; the last one where it takes a form of its own (millions)."""
    names, name = plural_forms(language), _rule(language)(n)
    return names.index(name) if name in names else len(names) - 1


@cache
def _months(language: str) -> Mapping[int, str]:
    """Return the abbreviated names of the months, by number."""
    from babel import Locale

    names: Mapping[int, str] = Locale(language).months["format"]["abbreviated"]
    return dict(names)


@cache
def _city(language: str, timezone: str) -> str:
    from babel import Locale

    known = Locale(language).time_zones.get(_RENAMED.get(timezone, timezone), {})
    return str(known.get("city") or timezone.rpartition("/")[2].replace("_", " "))
