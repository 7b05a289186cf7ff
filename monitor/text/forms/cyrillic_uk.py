"""Ukrainian closed paradigms: the case endings of names, by ending, gender and kind.

After the 2019 orthography, §§ 71-111 (declension of nouns, surnames, given and place names). Forms of several paradigms
are united where the ending leaves the gender or the kind open: a form that no writer uses costs nothing.
"""

from __future__ import annotations

from monitor.text.forms.cyrillic_rules import ParadigmRule, rules

_HARD = "бвгґдзклмнпрстфх"
_SIBILANT = "жчшщ"
_VOWEL = "аеєиіїоуюя"

# Endings follow the stem; `*` first softens its last consonant (г→з, к→ц, х→с), `!` hushes it (г→ж, к→ч, х→ш, ц→ч),
# `+` doubles it.
RULES: tuple[ParadigmRule, ...] = rules(
    # masculine nouns
    ("name, masculine hard", f"[{_HARD}]", 0, "а у ові ом *і !е", "surname given place"),
    ("name, masculine -р soft", "[аяи]р", 0, "я ю еві ем і", "surname given"),
    ("name, masculine mixed", f"[{_SIBILANT}]", 0, "а у еві ем і е", "surname given place"),
    ("name, masculine -ц", "ц", 0, "а у ові ом еві ем і !е", "surname given place"),
    ("name, masculine -ь", "ь", 1, "я ю еві ем і", "surname given place"),
    ("name, masculine -й", "[аеєіїоуюя]й", 1, "я ю єві єм ї", "surname given place"),
    ("name, masculine -о", "(?:к|л|г|хн|шн|др|тр|рт)о", 1, "а у ові ом еві ем *і е", "surname given place"),
    ("name, masculine -ьо", "ьо", 2, "я ю еві ем і", "surname given"),
    ("surname -ів", "ів", 2, "ова ову овові ові овом овим ове ева еву еві евом евим еве", "surname place"),
    ("surname -їв", "їв", 2, "єва єву євові єві євом євим єве", "surname place"),
    ("surname -ов", "[оеєії]в|[іїи]н", 0, "им", "surname"),
    ("surname -ов, plural", "[оеє]в|[іїи]н", 0, "и их ими", "surname"),
    # fleeting vowels and о/е in an open syllable
    ("name -ець", f"[^{_VOWEL}]ець", 3, "ця цю цеві цем ці цю", "surname place"),
    ("name -лець", "лець", 3, "ьця ьцю ьцеві ьцем ьці", "surname place"),
    ("name -єць", "єць", 3, "йця йцю йцеві йцем йці", "surname place"),
    ("name -інь", "інь", 3, "еня еню еневі енем ені", "surname place"),
    ("name -ень", "ень", 3, "ня ню неві нем ні", "surname place"),
    ("name -ок", f"[{_VOWEL}].+ок", 2, "ка ку кові ком", "surname place"),
    ("name -ей", "[бвмп]ей", 2, "'я 'ю 'єві 'єм 'ї", "surname"),
    ("name, о for і", "[лртгдзс]", 0, "~а ~у ~ові ~ом ~*і", "surname place"),
    # adjectival
    ("surname -ий", "ий", 2, "ого ому им ім", "surname place"),
    ("surname -ой", "[нктв]ой", 2, "ого ому им ім", "surname"),
    ("surname -ій", "ій", 2, "ього ьому ім", "surname place"),
    ("surname -а, feminine", "(?:[скцз]ьк|н|[оеє]в|т|р|ж|ч|к|в|л|х|щ|с|г|д)а", 1, "ої ій у ою", "surname place"),
    ("surname -я, feminine", "ня", 1, "ьої ій ю ьою", "surname"),
    ("place -е", "(?:[сцз]ьк|н|в|т|ж)е", 1, "ого ому им ім", "place surname"),
    # feminine and common nouns
    ("name -а", f"[{_HARD}ц]а", 1, "и *і у ою о", "surname given place"),
    ("name -а, mixed", f"[{_SIBILANT}]а", 1, "і у ею е о", "surname given place"),
    ("name -я", f"[^{_VOWEL}'й]я", 1, "і ю ею е", "surname given place"),
    ("name -я after a vowel", f"[{_VOWEL}'й]я", 1, "ї ю єю є", "surname given place"),
    ("name, feminine -ь", "ь", 1, "і ю +ю", "given place"),
    ("name, feminine mixed", f"[{_SIBILANT}]", 0, "і ю +ю", "place"),
    ("place -я, neuter", "([^аеєиіїоуюяь])\\1я", 1, "ю ям і", "place"),
    # plural places
    ("place -и, plural", "и", 1, " ів ам ами ах", "place"),
    ("place -і, plural", "[^ії]і", 1, "ь їв ів ей ям ями ях ам ами ах", "place"),
    ("place -ї, plural", "ї", 1, "й їв ям ями ях", "place"),
)

# Families and peoples: never of what the dictionary knows as a name, where 'Іван' would be 'Іванів'.
PLURALS: tuple[ParadigmRule, ...] = rules(
    ("plural, hard", f"[{_HARD}]", 0, "и ів ам ами ах", "surname"),
    ("plural, mixed", f"[{_SIBILANT}]", 0, "і ів ам ами ах", "surname"),
    ("plural, soft", "[^аоуеєиіїюя]ь", 1, "і ів ям ями ях", "surname"),
)

# Words whose first letter is в or у as their neighbours sound: 'взяли', 'узяли'. Only those that mean the same with
# either: 'вклад' is no 'уклад', 'вступ' no 'уступ', 'вплив' no 'управа'.
_EUPHONIC_TEXT = """
    вбезпечити вбезпечувати вберегти вберігати вбивати вбивство вбивця вбити вболівальник вболівати вбитий
    ввести вводити ввійти ввімкнути ввірвати ввірватися вдарити вдаритися вдаряти вдаватися вдатися вдержати
    вдосконалити вдосконалення вдосконалювати вжити вживати вжиток взаконити взаконення взброїти взгодити взяти
    взятися вказати вказувати вклонитися включати включити вкрасти вкриття владнати владнання влаштовувати
    влаштування влаштувати влучати влучання влучити вмерти вмирати вмовити вмовляти внеможливити внеможливлювати
    впасти впевнитися впізнати впізнавати впіймати вповільнити вповільнення вповноважений вповноважити
    впорядкувати впорядкування впроваджувати впровадження впровадити вражати вражений вразити вразливий
    вразливість врахувати враховувати врахування врегулювати врегулювання врожай врожайність врятувати
    врятований врівноважити всвідомити всвідомлювати всвідомлення всиновити всиновлення всиновлювати встановити
    встановлення встановлювати встигати встигнути втеча втекти втікати втікач втілити втілення втілювати втопити
    втрата втратити втрачати втримати втримувати втримання втруситися втрутитися втручання втручатися втягнути
    втягувати втягти вхопити вцілити вцілілий вціліти вчений вчення вчинити вчиняти вчинок вчитель вчителька
    вчити вчитися вшанувати вшанування вшановувати
"""
_EUPHONIC = frozenset(_EUPHONIC_TEXT.split())


def twin(word: str) -> str | None:
    """Return a word in small letters with its other first letter, where it has one and means the same."""
    other = {"в": "у", "у": "в"}.get(word[:1], "") + word[1:]
    return other if other != word[1:] and not _EUPHONIC.isdisjoint((word, other)) else None
