"""Speakers in Korean: the topic of a sentence, in front of its quotation, with a verb of speech behind it."""

from __future__ import annotations

import re

from monitor.story.mentions import mentions
from monitor.story.outlets import OFFICE

QUOTED = re.compile(r"“[^“”]+”|\"[^\"”]+[\"”]|‘[^‘’]+’")
_BACK = 900  # characters in which who spoke earlier stands
_KO_VERB = re.compile(
    r"[”\"’']?\s?(?:이?라고|이?라며|이?라면서|다고|다며|고|며|면서|이?라는|는)(?![가-힣])[^.\n]{0,60}?"
    r"(?:말했|말하|밝혔|밝히|강조했|주장했|전했|덧붙였|경고했|설명했|지적했|비판했|반박했|촉구했|평가했|적었|썼다|토로했|요구했"
    r"|당부했|언급했|답했|했다|물었|호소했|선언했|발표했|역설했|다짐했|제안했|반문했|털어놨)"
)
_KO_INDIRECT = re.compile(
    r"(?:다고|라고|다며|라며|다면서|냐고|자고)\s[^.\n]{0,40}?"
    r"(?:말했|밝혔|강조했|주장했|전했|덧붙였|경고했|설명했|지적했|비판했|반박했|촉구했|평가했|요구했|언급했|발표했|보도했|선언했)"
)
_KO_TITLE = (
    r"(?:대통령|총리|장관|차관|위원장|부위원장|의원|대표|대변인|시장|지사|교수|회장|사장|소장|국장|실장|원장|청장|본부장|사령관|총장|총재"
    r"|의장|후보|감독|씨|대사|특사|차장|국무위원|주석|총비서|비서|부장|부부장|수석|보좌관|연구위원|연구원|변호사|판사|검사|군수|구청장|총서기|국왕|교황"
    r"|중장|소장|대장|대령|중령|선수|작가|배우|코치|단장|팀장|서기장|사무총장|보도관|장군)"
)
_KO_TOPIC = re.compile(
    r"(?<![가-힣])(?P<name>(?:(?:[가-힣A-Za-z]+(?<![은는이가을를의에])|[가-힣]) )?(?:[가-힣A-Za-z·]+?))"
    r"(?P<particle>은|는|이|가)(?=[\s,])"
    rf"(?!\s(?:[가-힣]+\s)?{_KO_TITLE}(?![가-힣]{{2}}))"
)
_KO_NOBODY = re.compile(
    r"(?:관계자|당국자|소식통|전문가|외신|언론|매체|측|이들|우리|저|나|누리꾼|네티즌|주민|시민|일부|사람|자신|당사자|증인|목격자|이날|오늘|내일|이번|지난해|올해)$"
)
_KO_SOME = ("이", "한", "두", "전")  # 'this', 'a', 'two', 'former', though 이 and 전 are surnames, too
_KO_SURNAMED = ("대표", "씨")
_KO_PRONOUN = re.compile(r"(?:^|\s)(?:그|그녀)(?:은|는)\s|^(?:이어|또|또한|아울러|그러면서)\s")
_KO_ADNOMINAL = re.compile(r"(?:하|되|있|없|같|않|받|오|보|시키|지키|다|라|려|던|많|좋|높|낮|깊|젊)$")
_KO_END = re.compile(r"(?<=[다요까])[.!?][”\"]?\s+|\n")


def korean(document: str, start: int, end: int, found: tuple[int, int] | None) -> str | None:
    """Return who says the Korean sentence `document[start:end]`, with the quotation `found`; None if none is sure."""
    floor = document.rfind("\n", 0, start if found is None else found[0]) + 1
    stop = document.find("\n", end)
    stop = len(document) if stop < 0 else stop
    if found is None:
        sentence = document[start:end]
        return _topic(sentence) if _KO_INDIRECT.search(sentence) else None
    opened, closed = found
    if not _KO_VERB.match(document, closed, stop):
        return None
    head = document[floor:opened]
    bare = QUOTED.sub(lambda match: "\x00" * len(match[0]), head)  # sentences inside quotations are not its own
    ends = [match.end() for match in _KO_END.finditer(bare)]
    own = bare[ends[-1] if ends else 0 :]
    if "인용" in own:
        return None
    name = _topic(own)
    if name is None and (_KO_PRONOUN.search(own) or not re.search(r"[가-힣]+(?:은|는|이|가)\s", own)):
        earlier = document[max(0, opened - _BACK) : floor + (ends[-1] if ends else 0)].rstrip()
        previous = _KO_END.split(QUOTED.sub(" ", earlier))
        lines = [line for line in previous if line.strip()]
        return _topic(lines[-1]) if lines and not _KO_NOBODY.search(lines[-1]) else None
    return name


def _topic(sentence: str) -> str | None:
    """Return the name that a Korean sentence has for its topic, with the title behind it."""
    for match in _KO_TOPIC.finditer(sentence):
        name = match["name"].strip()
        *_, last = name.split()
        if _KO_ADNOMINAL.search(last) and match["particle"] in "은는" and not re.search(rf"{_KO_TITLE}$", last):
            continue
        if last in ("그", "그녀"):
            return None
        if _KO_NOBODY.search(last):
            return None
        if match["particle"] in "이가" and re.search(r"[가-힣](?:은|는)\s", sentence[match.end() :]):
            continue
        titled = re.fullmatch(rf"(?:[가-힣]+)?{_KO_TITLE}", last)
        if titled and re.fullmatch(_KO_TITLE, last) and name != last:
            return None if name.split()[0] in _KO_SOME and last not in _KO_SURNAMED else name
        if re.fullmatch(_KO_TITLE, last):
            return None
        body = any(each.outlet.kind == OFFICE for each in mentions(last)[0])
        person = re.fullmatch(r"[가-힣]{2,4}", last) or titled
        return last if body or person else None
    return None
