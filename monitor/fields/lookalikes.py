"""Letters of one script that look like another's: Cyrillic о and Latin o."""

from __future__ import annotations

import unicodedata

# Pairs that look the same in common typefaces. One letter, one twin.
_CYRILLIC = "АВЕІКМНОРСТУХЅЈаеіорсухѕјЇї"
_LATIN = "ABEIKMHOPCTYXSJaeiopcyxsjÏï"
_GREEK, _OF_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo"
TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_LATIN = TO_LATIN | str.maketrans(_GREEK, _OF_GREEK)
_UNSEEN = "Cf"  # Unicode's category of characters that are not shown


def as_latin(text: str) -> str:
    """Return a text with Latin letters for Cyrillic and Greek ones that look like them, without unseen characters."""
    return "".join(char for char in text if unicodedata.category(char) != _UNSEEN).translate(_TO_LATIN)


def odd_letters(text: str, meant: str) -> str:
    """Return the letters that tell a text from the Latin one that it looks like: 'Cyrillic о, с'.

    '' where the two are the same, or do not look the same; case does not count.
    """
    if text.casefold() == meant.casefold() or as_latin(text).casefold() != meant.casefold():
        return ""
    unseen = [char for char in text if unicodedata.category(char) == _UNSEEN]
    odd: dict[str, list[str]] = {}
    for char in dict.fromkeys(char for char in text if char.translate(_TO_LATIN) != char):
        odd.setdefault(_script(char), []).append(char)
    said = [f"{script} {', '.join(letters)}" for script, letters in odd.items()]
    said += [f"U+{ord(char):04X}, which cannot be seen" for char in dict.fromkeys(unseen)]
    return " and ".join(said)


def _script(letter: str) -> str:
    """Return a letter's script: Unicode's names begin with it."""
    return unicodedata.name(letter).split()[0].capitalize()
