"""German and Dutch verbs whose first part stands apart: 'greift … an' is of angreifen, 'viel … aan' of aanvallen.

The parts are those of the grammars (Duden 4, 'Partikelverben'; the Algemene Nederlandse Spraakkunst, 12.2.2). A finite
form stands before its particle, which ends the clause.
"""

from __future__ import annotations

_PARTICLES = {
    "de": "zusammen zurück weiter wieder statt nieder durch fort fest frei heim teil nach auf aus bei ein her hin los "
    "mit vor weg ab an um zu",
    "nl": "samen terug neer vast door over voor toe mee weg aan bij in na om op af uit",
}
_SHORTEST = 5  # letters of the verb without its particle: 'fangen'
_INFINITIVES = {"de": ("en", "ern", "eln"), "nl": ("en",)}
PARTICLES = frozenset(" ".join(_PARTICLES.values()).split())
"""The first parts of all such verbs."""
BEFORE_INFINITIVE = "te"  # Dutch 'aan te vallen'; in German it is one word: 'anzugreifen'
_CONJUNCTIONS_TEXT = "und oder sowie aber als wie nachdem weil en of maar dat toen omdat nadat terwijl"
CONJUNCTIONS = frozenset(_CONJUNCTIONS_TEXT.split())
"""What may follow the end of a clause without a sign."""


def parted(verb: str, language: str) -> tuple[str, str] | None:
    """Return the particle and the rest of a separable verb in small letters, None of any other word."""
    if not verb.endswith(_INFINITIVES.get(language, ("\0",))):
        return None
    for particle in _PARTICLES[language].split():
        rest = verb.removeprefix(particle)
        if rest != verb and len(rest) >= _SHORTEST:
            return particle, rest
    return None
