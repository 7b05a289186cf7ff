"""Russian closed paradigms: the case endings of names, by ending, gender and kind.

After Zaliznyak's grammatical dictionary (the appendix on proper names). Forms of several paradigms are united where the
ending leaves the gender or the kind open: a form that no writer uses costs nothing. ё is written as е, as keys are.
"""

from __future__ import annotations

from monitor.text.forms.cyrillic_rules import ParadigmRule, rules

_HARD = "бвгдзклмнпрстфх"
_SIBILANT = "жчшщ"
_VOWEL = "аеиоуыэюяё"

RULES: tuple[ParadigmRule, ...] = rules(
    # masculine nouns
    ("name, masculine hard", f"[{_HARD}]", 0, "а у ом е", "surname given place"),
    ("name, masculine mixed", f"[{_SIBILANT}ц]", 0, "а у ем ом е", "surname given place"),
    ("name, masculine -ь", "ь", 1, "я ю ем е", "surname given place"),
    ("name, masculine -й", f"[{_VOWEL}]й", 1, "я ю ем е", "surname given place"),
    ("name, masculine -ий", "ий", 1, "и", "given place"),
    ("surname -ов", "[ое]в|[иы]н", 0, "ым", "surname"),
    ("surname -ов, plural", "[ое]в|[иы]н", 0, "ы ых ыми", "surname"),
    # fleeting vowels
    ("name -ец", f"[^{_VOWEL}]ец", 2, "ца цу цом цем це", "surname place"),
    ("name -ец after a vowel", f"[{_VOWEL}]ец", 2, "йца йцу йцом йцем йце", "surname place"),
    ("name -лец", "лец", 2, "ьца ьцу ьцом ьцем ьце", "surname place"),
    ("name -ень", "ень", 3, "ня ню нем не", "surname place"),
    ("name -ок", f"[{_VOWEL}].+ок", 2, "ка ку ком ке", "surname place"),
    ("name -ей", "ей", 2, "ья ью ьем ье", "surname"),
    # adjectival
    ("surname -ый", "[ыо]й", 2, "ого ому ым ом", "surname place"),
    ("surname -ой, velar", "[гкхжшщ]ой", 2, "им", "surname place"),
    ("surname -ий", "ий", 2, "ого его ому ему им ом ем", "surname place"),
    ("surname -ая", "ая", 2, "ой ую ою ей", "surname place"),
    ("surname -яя", "яя", 2, "ей юю ею", "surname place"),
    ("place -ое", "ое", 2, "ого ому ым им ом", "place"),
    ("place -ее", "ее", 2, "его ему им ем", "place"),
    ("place -ые, plural", "ые", 2, "ых ым ыми", "place"),
    ("place -ие, plural", "ие", 2, "их им ими", "place"),
    # feminine and common nouns
    ("name -а", "[бвдзлмнпрстф]а", 1, "ы е у ой ою", "surname given place"),
    ("name -а, velar", "[гкх]а", 1, "и е у ой ою", "surname given place"),
    ("name -а, mixed", f"[{_SIBILANT}]а", 1, "и е у ей ой ею ою", "surname given place"),
    ("name -ца", "ца", 1, "ы е у ей ой ею", "surname given place"),
    ("name -а after a vowel", f"[{_VOWEL}]а", 1, "ы е у ой", "surname given place"),
    ("name -я", "[^и]я", 1, "и е ю ей ею", "surname given place"),
    ("name -ия", "ия", 1, "и ю ей ею", "surname given place"),
    ("name, feminine -ь", "ь", 1, "и ью", "given place"),
    # neuter and plural places
    ("place -о", "(?:[ое]в|[иыдтврлб]н|сл|озер)о", 1, "а у ом е", "place"),
    ("place -ище", "[щц]е", 1, "а у ем е", "place"),
    ("place -ле", "[рл]е", 1, "я ю ем", "place"),
    ("place -ье", "[ьи]е", 1, "я ю ем и", "place"),
    ("place -ы, plural", "ы", 1, " ов ев ам ами ах", "place"),
    ("place -и, plural", "и", 1, " ь ов ев ей ам ами ах ям ями ях", "place"),
)

# Families and peoples: never of what the dictionary knows as a name, where 'Иван' would be 'Иванов'.
PLURALS: tuple[ParadigmRule, ...] = rules(
    ("plural, hard", "[бвдзлмнпрстф]", 0, "ы ов ам ами ах", "surname"),
    ("plural, velar", "[гкх]", 0, "и ов ам ами ах", "surname"),
    ("plural, mixed", f"[{_SIBILANT}]", 0, "и ей ам ами ах", "surname"),
    ("plural, soft", "[^аоуеиыэюя]ь", 1, "и ей ям ями ях", "surname"),
)
