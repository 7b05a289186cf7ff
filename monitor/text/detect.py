"""Language detection: by script and letters first, then by a model (py3langid) among the script's languages."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from monitor.text import bytewise
from monitor.text.language_model import CANDIDATES, rank

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
    ("bengali", "\u0985-\u09b9\u09ce\u09dc-\u09e1\u09f0\u09f1"),
    ("gurmukhi", "\u0a05-\u0a39\u0a59-\u0a5e\u0a72-\u0a74"),
    ("gujarati", "\u0a85-\u0ab9"),
    ("oriya", "\u0b05-\u0b39\u0b5c-\u0b61\u0b71"),
    ("tamil", "\u0b83-\u0bb9"),
    ("telugu", "\u0c05-\u0c39\u0c58-\u0c61"),
    ("kannada", "\u0c85-\u0cb9\u0cde-\u0ce1"),
    ("malayalam", "\u0d05-\u0d3a\u0d54-\u0d61\u0d7a-\u0d7f"),
    ("sinhala", "\u0d85-\u0dc6"),
    ("thai", "\u0e01-\u0e30"),
    ("lao", "\u0e81-\u0eb0\u0edc-\u0edf"),
    ("burmese", "\u1000-\u102a\u103f\u1050-\u1055"),
    ("ethiopic", "\u1200-\u135a\u1380-\u138f\u2d80-\u2dde"),
    ("khmer", "\u1780-\u17b3"),
)
_LETTER = re.compile("|".join(f"(?P<{name}>[{letters}])" for name, letters in _SCRIPTS))
_SAMPLE = 20_000  # characters looked at: more changes no answer
_ONE_LANGUAGE = {
    "hangul": "ko",
    "kana": "ja",
    "han": "zh",
    "hebrew": "he",
    "greek": "el",
    "armenian": "hy",
    "georgian": "ka",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "oriya": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "thai": "th",
    "lao": "lo",
    "burmese": "my",
    "ethiopic": "am",
    "khmer": "km",
}
_PARAGRAPH = re.compile(r"\S[^\n]*(?:\n(?![^\S\n]*\n)[^\n]*)*")


def script(text: str) -> str:
    """Return the name of the script that most letters of `text` are in, 'none' where there are no letters."""
    text = text[:_SAMPLE]
    counts = _counted(text, *bytewise.letters_and_others(text))
    return counts.most_common(1)[0][0] if counts else "none"


def _counted(text: str, letters: bytewise.Letters, others: str) -> Counter[str]:
    """Count letters by script, from the counts within the code page and the text's other letters."""
    counts = _by_char(others)
    counts.update(latin=letters.latin, cyrillic=letters.cyrillic)
    if others:
        (_, most), (_, next_most), *_ = counts.most_common()
        if most == next_most:  # of equals, the first in the text counts
            return _by_char(text)
    return +counts


def _by_char(text: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for char, count in Counter(text).items():
        name = _script_of(char)
        if name is not None:
            counts[name] += count
    return counts


@lru_cache(maxsize=20_000)
def _script_of(char: str) -> str | None:
    found = _LETTER.match(char)
    return found.lastgroup if found else None


def detect(text: str, hint: str | None = None) -> str:
    """Return the ISO 639-1 code of the language of `text`, 'und' where it has no letters.

    `hint` (what the source is configured as) decides where the text leaves it open, never against its script.
    """
    text = text[:_SAMPLE]
    letters, others = bytewise.letters_and_others(text)
    if others:
        name, language = _by_script(_counted(text, letters, others))
        if language:
            return language
    elif any(letters):
        name = "latin" if letters.latin >= letters.cyrillic else "cyrillic"
    else:
        return "und"
    if name == "cyrillic":
        language, candidates = _cyrillic(text, _letters(text.lower()) if others else letters, hint)
    else:
        language, candidates = _by_words(text) if name == "latin" else None, CANDIDATES[name]
    return language or _model(text, candidates, hint)


def _by_script(counts: Counter[str]) -> tuple[str, str | None]:
    """Return the script of most letters, and the language where the script alone decides."""
    if not counts:
        return "none", "und"
    name = counts.most_common(1)[0][0]
    if counts["hangul"] and counts["hangul"] * 5 >= counts.total():
        return name, "ko"  # Korean news is full of Latin names
    if name in {"han", "kana"}:
        return name, "ja" if counts["kana"] * 10 >= counts.total() else "zh"
    return name, _ONE_LANGUAGE.get(name)


def _cyrillic(text: str, letters: bytewise.Letters, hint: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return 'uk' or 'ru' where letters or words that only one of them has decide, and the model's candidates.

    Letters alone do not decide in a short text: a Mongolian or Macedonian headline may be in those of Russian. There
    most words must stand in one of the two dictionaries.
    """
    every = CANDIDATES["cyrillic"]
    if letters.foreign:
        return None, every
    ukrainian, russian = letters.ukrainian, letters.russian
    if ukrainian <= russian and any(map(text.__contains__, _APOSTROPHES)):  # else they decide nothing
        ukrainian += len(_APOSTROPHE.findall(text))
    if 0 < max(ukrainian, russian) < _MIXED * min(ukrainian, russian):
        return None, every  # Belarusian has і and ы
    bulgarian = russian <= letters.hard > 0  # which is full of ъ
    decided = None if bulgarian else _majority(ukrainian, russian)
    if decided and letters.cyrillic >= _LETTERS_TELL:
        return decided, ()
    words = _WORD.findall(text[:_BEGINNING].lower())[:_WORDS_LOOKED_AT]
    only_ukrainian, only_russian, strange = _known_words(words)
    if strange > (_STRANGE / 2 if bulgarian else _STRANGE) * len(words):
        return None, every
    both = ("uk", "ru")
    decided = decided or _majority(only_ukrainian, only_russian) or (hint if hint in both else None)
    return decided, every if bulgarian else (*both, hint) if hint in every else both


def _majority(ukrainian: int, russian: int) -> str | None:
    return None if ukrainian == russian else "uk" if ukrainian > russian else "ru"


def _letters(text: str) -> bytewise.Letters:
    """Count the letters of a small-lettered text that the code page cannot hold."""
    ukrainian, russian, foreign = (sum(map(text.count, chars)) for chars in ("іїєґ", "ыэё", _OTHER_CYRILLIC))
    return bytewise.Letters(0, ukrainian, russian, text.count("ъ"), foreign, 0)


def _known_words(words: list[str]) -> tuple[int, int, int]:
    """Count the words that only the Ukrainian, only the Russian, and neither dictionary has."""
    from monitor.text.forms.cyrillic_lexicon import tags

    ukrainian = {word for word in words if tags(word, "uk")}
    russian = {word for word in words if tags(word, "ru")}
    neither = sum(word not in ukrainian and word not in russian for word in words)
    return len(ukrainian - russian), len(russian - ukrainian), neither


_OTHER_CYRILLIC = "ўђћџљњѓќѕјәғқңөұүһҳҷӣӯ"
_APOSTROPHES = "'’ʼ"
# It looks back from an apostrophe, not from each character.
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}](?<=[А-Яа-я].)(?=[яюЯЮ])")
_WORD = re.compile("[а-яёіїєґ]{3,}")
_WORDS_LOOKED_AT = 40
_MIXED = 4  # of its own letters, a language has more than so many for each of the other's in a quotation or a name
_LETTERS_TELL = 150  # letters: a longer text in neither language has letters of its own
_STRANGE = 0.35  # of the words, in neither dictionary; Russian headlines reach .3, nine of ten Bulgarian ones .4


def _model(text: str, candidates: tuple[str, ...], hint: str | None) -> str:
    """Return the model's choice, of a long text by parts of it where these leave no doubt: each letter takes time."""
    parts = _parts(text)
    ranked = rank(parts, candidates)
    if parts is not text and ranked[0][1] - ranked[1][1] < _CLEAR:
        ranked = rank(text, candidates)
    best = ranked[0][0]
    likely = hint if hint in candidates else "en"
    if likely in candidates and best != likely:
        score = dict(ranked)
        if score[best] - score[likely] < _weight(text, hinted=hint == likely):
            return likely
    return str(best)


def _parts(text: str) -> str:
    """Return a text's parts at even distances, its beginning and end among them; a short text as it is."""
    if len(text) <= _LONG:
        return text
    step = (len(text) - _PART) / (_PARTS - 1)
    starts = [round(number * step) for number in range(_PARTS)]
    return "\n".join(text[start : start + _PART] for start in starts)


def _by_words(text: str) -> str | None:
    """Return the language whose commonest words are frequent in the text, and far more so than any other's.

    Nearly every English article is decided so in microseconds, by its beginning.
    """
    return _by_words_of(text[:_BEGINNING]) or (_by_words_of(text[:_HEAD]) if len(text) > _BEGINNING else None)


def _by_words_of(head: str) -> str | None:
    words = bytewise.words(head) or re.findall(r"[^\W\d_]+", head.lower())
    scores = dict.fromkeys(_WORDS, 0)
    for word, count in Counter(filter(_LANGUAGES_OF.__contains__, words)).items():
        for code in _LANGUAGES_OF[word]:
            scores[code] += count
    (best, code), (second, _) = sorted(((score, code) for code, score in scores.items()), reverse=True)[:2]
    sure = best >= _SURE and best >= 3 * second and best >= 0.12 * len(words)
    return code if sure else None


def _weight(text: str, *, hinted: bool) -> float:
    """Return how far, in log-probability, the model must prefer another language over the hint, or over English.

    Less for long texts. Measured on the first words of English, German, French, Spanish and Polish sentences.
    """
    if len(text) < _SHORT:
        return 25.0 if hinted else 6.0
    return 5.0 if hinted else 0.0


_A_FEW_WORDS = 20  # characters
_SHORT = 80  # characters
_BEGINNING, _HEAD = 1000, 4000  # characters: where common words are looked for at first, and where that is not enough
_PARTS, _PART, _LONG = 8, 150, 1500  # parts that the model looks at, characters of each, and of a text that has parts
_CLEAR = 30.0  # in log-probability. Of 213 texts in 20 languages the parts of none say another language than the whole
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
_LANGUAGES_OF = {
    word: tuple(code for code, others in _WORDS.items() if word in others.split())
    for words in _WORDS.values()
    for word in words.split()
}


def paragraphs(text: str, hint: str | None = None) -> list[tuple[int, int, str]]:
    """Return (start, end, language) of each paragraph.

    What a paragraph leaves open is decided by the paragraphs before it in the same script, then by the whole text.
    """
    whole = detect(text, hint)
    seen = {script(text): whole}
    found = []
    for paragraph in _PARAGRAPH.finditer(text):
        body = paragraph.group()
        name = script(body)
        language = detect(body, seen.get(name, hint)) if name != "none" else whole
        if len(body) < _A_FEW_WORDS:
            language = seen.get(name, language)
        else:
            seen[name] = language
        found.append((paragraph.start(), paragraph.end(), language))
    return found
