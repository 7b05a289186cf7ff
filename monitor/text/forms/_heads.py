"""Generic nouns at the head of names: 'Foreign Ministry', 'Верховний суд', 'Чёрное море'.

A name of two ordinary words is told from other words by its capital ('White House', 'Новая газета'). Where one of the
words is such a noun, no capital is needed: 'the foreign ministry' is what it says.
"""

from __future__ import annotations

_ENGLISH = """
    academy administration airport archive association board bourse brotherhood bureau church clinic club college
    commissariat company conference congregation consulate convention cooperative customs exchange faculty factory
    hospital inspectorate institution laboratory legion library militia movement museum observatory orchestra panel
    party patriarchate prosecution registry school secretariat seminary society squad squadron station synod theatre
    theater treasury trust agency alliance ambassador army assembly authority bank brigade cabinet center centre
    chamber command commission committee confederation congress corps council court department directorate division
    embassy federation fleet force forces front fund government guard headquarters institute league legislature
    marines ministry minister mission navy office organisation organization parliament peninsula police president
    prosecutor regime republic senate service staff summit system tribunal troops union university island islands
    lake mountains ocean province region river sea strait
"""
_UKRAINIAN = """
    адвокатура аеропорт архів асоціація бібліотека біржа братство бюджет відділ відомство галерея главк гімназія
    громада держава диспансер екіпаж завод заповідник збори з'їзд загін з'єднання інспекторат інтернат каса кафедра
    клініка клуб колегія колектив коледж комбінат комендатура компанія консульство концерн конвенція конференція
    кооператив лабораторія лікарня ліга ліцей митниця музей нарада об'єднання орган орден оркестр осередок парк
    пароплавство патріархат підприємство представництво приймальня префектура редакція резиденція резерв рух
    семінарія сенат синод собор станція театр товариство траст факультет фабрика ферма флотилія хор церква школа
    академія адміністрація агентство альянс армія асамблея банк батальйон бригада бюро війська гвардія дума
    департамент дивізія дирекція інспекція інститут кабінет кодекс комісія комітет конгрес корпус корпорація
    міністерство місія організація палата парламент партія полк поліція посольство прокуратура рада республіка
    розвідка сили служба союз спілка суд трибунал управління університет уряд федерація флот фонд фронт центр штаб
    область озеро океан острів острови море півострів площа протока район регіон річка столиця
"""
_RUSSIAN = """
    адвокатура аэропорт архив ассоциация библиотека биржа братство бюджет ведомство отдел галерея главк гимназия
    община государство диспансер экипаж завод заповедник собрание соединение интернат касса кафедра клиника клуб
    коллегия коллектив колледж комбинат комендатура компания консульство концерн конвенция конференция кооператив
    лаборатория больница лига лицей таможня музей совещание орган орден оркестр ячейка парк пароходство патриархат
    предприятие представительство приёмная префектура редакция резиденция резерв движение семинария сенат синод
    собор станция театр товарищество траст факультет фабрика ферма флотилия хор церковь школа общество отряд дружина
    съезд академия администрация агентство альянс армия ассамблея банк батальон бригада бюро войска гвардия дума
    департамент дивизия дирекция инспекция институт кабинет кодекс комиссия комитет конгресс корпус корпорация
    министерство миссия объединение организация палата парламент партия полк полиция посольство прокуратура совет
    республика разведка силы служба союз суд трибунал управление университет правительство федерация флот фонд фронт
    центр штаб область озеро океан остров острова море полуостров площадь пролив район регион река край столица
"""
ENGLISH = frozenset(_ENGLISH.split())
CYRILLIC = frozenset((_UKRAINIAN + _RUSSIAN).split())
