"""Generic nouns at the head of names: 'Foreign Ministry', 'Верховний суд', 'Чёрное море'.

A name of two ordinary words is told from other words by its capital ('White House', 'Новая газета'). Where one of the
words is such a noun, no capital is needed: 'the foreign ministry' is what it says.
"""

from __future__ import annotations

_ENGLISH = """
    academy administration agency alliance ambassador army assembly association authority bank brigade bureau cabinet
    center centre chamber command commission committee confederation congress corps council court department directorate
    division embassy federation fleet force forces front fund government guard headquarters institute league legislature
    marines ministry minister mission navy office organisation organization parliament party peninsula police president
    prosecutor regime republic senate service staff summit system tribunal troops union university
    island islands lake mountains ocean province region river sea strait
"""
_UKRAINIAN = """
    академія адміністрація агентство альянс армія асамблея банк батальйон бригада бюро війська гвардія дума
    департамент дивізія дирекція інспекція інститут кабінет кодекс комісія комітет конгрес корпус корпорація
    міністерство місія об'єднання організація палата парламент партія полк поліція посольство прокуратура рада
    республіка розвідка
    сили служба союз спілка суд трибунал управління університет уряд федерація флот фонд фронт центр штаб
    область озеро океан острів острови море півострів площа протока район регіон річка столиця
"""
_RUSSIAN = """
    академия администрация агентство альянс армия ассамблея банк батальон бригада бюро войска гвардия дума департамент
    дивизия дирекция инспекция институт кабинет кодекс комиссия комитет конгресс корпус корпорация министерство миссия
    объединение организация палата парламент партия полк полиция посольство прокуратура совет республика разведка
    силы служба союз суд трибунал управление университет правительство федерация флот фонд фронт центр штаб
    область озеро океан остров острова море полуостров площадь пролив район регион река край столица
"""
ENGLISH = frozenset(_ENGLISH.split())
CYRILLIC = frozenset((_UKRAINIAN + _RUSSIAN).split())
