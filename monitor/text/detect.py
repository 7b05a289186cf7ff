"""The language of a text: by script and letters first, then by a model (py3langid) among what the script allows."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

_SCRIPTS = (
    ("latin", "A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u1e00-\u1eff"),
    ("cyrillic", "\u0400-\u0482\u048a-\u052f"),
    ("hangul", "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"),
    ("kana", "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"),
    ("han", "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"),
    ("arabic", "\u0620-\u064a\u066e-\u06d3\u0750-\u077f"),
    ("hebrew", "\u05d0-\u05f2"),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("armenian", "\u0531-\u0587"),
    ("georgian", "\u10a0-\u10ff"),
    ("devanagari", "\u0904-\u0939"),
    ("thai", "\u0e01-\u0e30"),
)
_RUNS = re.compile("|".join(f"(?P<{name}>[{letters}]+)" for name, letters in _SCRIPTS))
_SAMPLE = 20_000  # characters looked at: more changes no answer
_ONE_LANGUAGE = {
    "hangul": "ko",
    "kana": "ja",
    "han": "zh",
    "hebrew": "he",
    "greek": "el",
    "armenian": "hy",
    "georgian": "ka",
    "thai": "th",
}
_CANDIDATES = {
    "latin": (
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "pl",
        "cs",
        "sk",
        "sl",
        "hr",
        "ro",
        "hu",
        "nl",
        "sv",
        "da",
        "no",
        "fi",
        "tr",
        "id",
        "vi",
        "lt",
        "lv",
        "et",
    ),
    "cyrillic": ("uk", "ru", "bg", "be", "sr", "mk", "kk"),
    "arabic": ("ar", "fa", "ur"),
    "devanagari": ("hi", "mr", "ne"),
}
_PARAGRAPH = re.compile(r"\S(?:[^\n]|\n(?![^\S\n]*\n))*", re.DOTALL)


def script(text: str) -> str:
    """Give the name of the script that most letters of `text` are in, 'none' where there are no letters."""
    counts = _script_counts(text[:_SAMPLE])
    return counts.most_common(1)[0][0] if counts else "none"


def _script_counts(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for found in _RUNS.finditer(text):
        counts[str(found.lastgroup)] += len(found.group())
    return counts


def detect(text: str, hint: str | None = None) -> str:
    """Give the ISO 639-1 code of the language of `text`, 'und' where it has no letters.

    `hint` (what the source is configured as) decides where the text leaves it open, never against its script.
    """
    text = text[:_SAMPLE]
    counts = _script_counts(text)
    if not counts:
        return "und"
    name = counts.most_common(1)[0][0]
    if counts["hangul"] and counts["hangul"] * 3 >= counts.total():
        return "ko"  # Korean news is full of Latin names
    if name in {"han", "kana"}:
        return "ja" if counts["kana"] * 10 >= counts.total() else "zh"
    if name in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[name]
    if name == "cyrillic":
        by_letters = _cyrillic(text.lower(), hint)
        if by_letters:
            return by_letters
    return _model(text, name, hint)


def _cyrillic(text: str, hint: str | None) -> str | None:
    """Tell Ukrainian from Russian by the letters and the short words that only one of them has."""
    ukrainian = len(re.findall("[іїєґ]|[а-я]'[а-я]", text))
    russian = len(re.findall("[ыэъё]", text))
    if re.search("[ўђћџљњѓќәғқңөұүһ]", text):
        return None
    if ukrainian > russian:
        return "uk"
    if russian > ukrainian:
        return "ru"
    return hint if hint in {"uk", "ru"} else None


def _model(text: str, name: str, hint: str | None) -> str:
    candidates = _CANDIDATES.get(name, ())
    if not candidates:
        return hint or "und"
    certain = _by_words(text) if name == "latin" else None
    if certain:
        return certain
    ranked = _identifier(candidates).rank(text)
    best = ranked[0][0]
    if hint in candidates and best != hint:
        score = dict(ranked)
        if score[best] - score[hint] < _hint_weight(text):
            return str(hint)
    return str(best)


def _by_words(text: str) -> str | None:
    """Give the language whose commonest words stand in the text often enough, and far oftener than any other's.

    Nearly every English article is told so in microseconds; the model takes seconds and 130 MB to load.
    """
    words = Counter(re.findall(r"[^\W\d_]+", text[:4000].lower()))
    scores = sorted(((sum(words[w] for w in common), code) for code, common in _COMMON.items()), reverse=True)
    (best, code), (second, _) = scores[0], scores[1]
    sure = best >= _SURE and best >= 3 * second and best >= 0.12 * words.total()
    return code if sure else None


def _hint_weight(text: str) -> float:
    """Give how far, in log-probability, the model must prefer another language over the hint: less for long texts."""
    return 25.0 if len(text) < _SHORT else 5.0


_SHORT = 80  # characters
_SURE = 4  # common words, at the least
# Short words that are frequent in one language and rare or absent in the others.
_WORDS = {
    "en": "the of and to that is was with for said has his by from have",
    "de": "der die das und ist nicht mit auf für sich dem den eine wurde",
    "fr": "le les des est une dans du pour qui sur que au et ont",
    "es": "el los las del que por una con para su y se al fue",
    "pl": "w na się nie jest że do z oraz przez który został po dla",
    "tr": "ve bir bu için ile olarak daha da de olan gibi sonra",
    "it": "il gli della che di per una con sono nel alla ha",
    "nl": "het een van en dat niet zijn voor met door ook aan",
    "pt": "os uma do da não em para com dos que foi mais ao",
}
_COMMON = {code: frozenset(words.split()) for code, words in _WORDS.items()}


@cache
def _identifier(candidates: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(candidates))
    return identifier


def paragraphs(text: str, hint: str | None = None) -> list[tuple[int, int, str]]:
    """Give (start, end, language) of each paragraph; a paragraph too short to tell has the whole text's language."""
    whole = detect(text, hint)
    found = []
    for paragraph in _PARAGRAPH.finditer(text):
        body = paragraph.group()
        language = detect(body, whole) if len(body) >= 20 else whole  # noqa: PLR2004 - two or three words
        found.append((paragraph.start(), paragraph.end(), whole if language == "und" else language))
    return found
