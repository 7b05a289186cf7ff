"""The language codes of ISO 639-1, and common mistakes for them."""

from __future__ import annotations

import re

from monitor.fields.likeness import nearest

LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st
    su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905 - a table of 184 quoted strings is harder to check
) - {"kr"}
"""Two-letter codes. Kanuri (kr) is left out: who writes it means Korean."""

# Country codes and names that are written for a language.
_MEANT = {
    "ua": "uk", "kr": "ko", "jp": "ja", "cn": "zh", "gb": "en", "us": "en", "eng": "en", "ukr": "uk", "rus": "ru",
    "kor": "ko", "cz": "cs", "dk": "da", "gr": "el", "se": "sv", "by": "be", "kz": "kk", "ge": "ka", "il": "he",
    "ukrainian": "uk", "russian": "ru", "english": "en", "korean": "ko", "chinese": "zh", "japanese": "ja",
    "polish": "pl", "german": "de", "french": "fr", "spanish": "es", "arabic": "ar", "turkish": "tr", "italian": "it",
    "portuguese": "pt", "czech": "cs", "українська": "uk", "русский": "ru", "한국어": "ko", "中文": "zh",
    "日本語": "ja", "deutsch": "de", "français": "fr", "español": "es", "polski": "pl",
}  # fmt: skip


def no_language(text: str) -> str:
    """Return what is wrong with a text that is no code of `LANGUAGES`, and what would be right."""
    return f"{text!r} is no language code.{language_hint(text)} Write two letters, such as uk, en or ko"


def language_hint(text: str) -> str:
    """Return ` Did you mean 'uk'?` for what is written instead of a code, else nothing."""
    word = text.casefold()
    short = re.match(r"([a-z]{2,3})(?=$|[-_])", word)  # EN, en-US, uk_UA, ukr
    code = _MEANT.get(word) or (short[1] if short and short[1] in LANGUAGES else None)
    code = code or _MEANT.get(nearest(word, _MEANT, cutoff=0.8) or "")
    return f" Did you mean {code!r}?" if code else ""
