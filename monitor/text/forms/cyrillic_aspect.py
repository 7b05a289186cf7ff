"""Aspect partners of Ukrainian and Russian verbs: 'запустити' and 'запускати'.

A suffix makes the imperfective one, by rules of the endings, after Vykhovanets and Horodenska, *Теоретична морфологія
української мови*, and Zaliznyak; what a rule makes counts where the dictionary has it as a verb of the other aspect.
Pairs that no rule makes (by prefix: 'робити', 'зробити') are in `monitor/data/forms/aspect.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from monitor import data
from monitor.text.forms import cyrillic_lexicon as lexicon

_REFLEXIVE = "ся"
# Ends of perfective infinitives, and those of imperfective ones: the first row that the dictionary bears out counts.
_UKRAINIAN = """
    йняти-ймати няти-німати яти-инати чати-чинати ірвати-ривати рвати-ривати ібрати-бирати брати-бирати
    іслати-силати слати-силати ігнати-ганяти гнати-ганяти ізвати-зивати звати-зивати дати-давати
    стати-ставати ийти-иходити ійти-ходити йти-ходити їхати-їжджати пасти-падати красти-крадати їсти-їдати
    ести-одити ести-осити езти-озити ости-остати класти-кладати мерти-мирати терти-тирати перти-пирати
    могти-магати гти-гати кти-кати ерегти-ерігати
    янути-ядати ернути-ертати инути-идати снути-скати нути-вати нути-ати
    стити-скати стити-щати/щувати здити-жджати дити-джувати/джати тити-чувати/чати зити-жувати/жати
    сити-шувати/шати бити-бляти/блювати пити-пляти/плювати вити-вляти/влювати мити-мляти/млювати
    значити-значати купити-купувати
    ити-ивати ити-ювати ити-увати ити-яти ити-ати їти-ювати оїти-оювати іти-івати іти-ювати іти-яти іти-ічати
    ути-увати яти-ювати увати-овувати ювати-ьовувати ати-увати ати-авати
"""
_RUSSIAN = """
    нять-нимать ять-имать ять-инать чать-чинать зорвать-зрывать орвать-рывать рвать-рывать обрать-обирать
    брать-бирать ослать-сылать слать-сылать огнать-гонять гнать-гонять озвать-зывать звать-зывать дать-давать
    стать-ставать ийти-иходить ойти-ходить йти-ходить ехать-езжать есть-едать асть-адать
    ести-одить ести-осить езти-озить асти-астать ереть-ирать
    зойти-сходить ложить-кладывать/лагать жать-жимать казать-казывать
    жечь-жигать ичь-игать очь-огать ечь-екать ечь-егать
    инуть-идать инуть-идывать нуть-вать нуть-ать нуть-ывать нуть-ивать
    стить-щать стить-скать стить-щивать здить-зживать дить-ждать дить-живать тить-чать тить-щать тить-чивать
    тить-тывать зить-жать зить-живать сить-шать сить-шивать
    бить-блять бить-бливать пить-плять пить-пливать вить-влять вить-вливать мить-млять мить-мливать
    ить-ивать ить-ять ить-ывать ить-ать еть-евать еть-ивать еть-ать
    ыть-ывать уть-увать ять-ивать овать-овывать евать-ёвывать ать-ывать ать-ивать ать-авать
"""
_RULES = {
    code: tuple((old, tuple(new.split("/"))) for old, _, new in (row.partition("-") for row in rows.split()))
    for code, rows in (("uk", _UKRAINIAN), ("ru", _RUSSIAN))
}
# Imperfective verbs that only look as if a rule had made them.
_ALONE = frozenset({"вимагати", "намагатися", "вважати", "требовать", "хватать", "бывать"})


def partners(verb: str, language: str) -> tuple[str, ...]:
    """Return the verbs of the other aspect that say the same, () for one that is unknown or has none.

    `verb` is an infinitive in small letters. Of verbs of both aspects ('атаковать') none is asked for.
    """
    aspects = _aspects(verb, language)
    if aspects == {"perf"}:
        return _imperfective(verb, language)
    listed = _by_imperfective(language).get(verb, ())
    if "impf" not in aspects or verb in _ALONE:
        return listed
    rows = (
        tuple(one for one in row if verb in _imperfective(one, language))
        for row in _made(verb, language, perfective=False)
    )
    return tuple(dict.fromkeys((*next(filter(None, rows), ()), *listed)))


@cache
def _pairs(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the listed imperfective partners of each perfective verb."""
    return {perfective: tuple(made.split()) for perfective, made in data.load("forms/aspect")[language].items()}


@cache
def _by_imperfective(language: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for perfective, imperfectives in _pairs(language).items():
        for imperfective in imperfectives:
            found[imperfective] = (*found.get(imperfective, ()), perfective)
    return found


def _imperfective(verb: str, language: str) -> tuple[str, ...]:
    """Return the imperfective partners of a perfective verb: one, or what differs in its suffix alone."""
    return _pairs(language).get(verb) or next(_made(verb, language, perfective=True), ())


def _made(verb: str, language: str, *, perfective: bool) -> Iterator[tuple[str, ...]]:
    """Yield, rule by rule, what is made of a verb of one aspect, and the dictionary has with the other."""
    stem = verb.removesuffix(_REFLEXIVE)
    reflexive = verb[len(stem) :]
    for old, new in _RULES[language] if perfective else reversed(_RULES[language]):
        froms, tos = ((old,), new) if perfective else (new, (old,))
        ends = [end for end in froms if stem.endswith(end)]
        made = (
            root + to + reflexive
            for end in ends
            for to in tos
            for root in _roots(stem[: len(stem) - len(end)], language, to if perfective else end, perfective=perfective)
        )
        found = tuple(one for one in made if one != verb and _WANTED[perfective] in _aspects(one, language))
        if found:
            yield found


_WANTED = {True: "impf", False: "perf"}


def _roots(root: str, language: str, suffix: str, *, perfective: bool) -> tuple[str, ...]:
    """Return a root, and how it is before -ывать and -ивать in Russian: 'остановить', 'останавливать'."""
    old, new = "оа" if perfective else "ао"
    at = max(map(root.rfind, "аеёиоуыэюя"))
    if language != "ru" or not suffix.endswith(("ывать", "ивать")) or at < 0 or root[at] != old:
        return (root,)
    return root[:at] + new + root[at + 1 :], root


def _aspects(verb: str, language: str) -> set[str]:
    """Return the aspects of an infinitive, as the dictionary has it."""
    readings = (one for one in lexicon.known(verb, language) if one.infinitive)
    return {aspect for one in readings for aspect in one.tag & {"perf", "impf"}}
