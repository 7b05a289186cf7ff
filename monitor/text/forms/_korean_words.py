"""Korean word lists: particles, suffixes, titles, and nouns that are attached to a name.

The particles and the endings of the copula are those of any grammar of Korean (조사 and 서술격 조사; e.g. Yeon and
Brown, 'Korean: A Comprehensive Grammar', chapters 3 and 4). The nouns are those that news writes on to names of
people, places and organisations. `AFTER_CONSONANT` and `AFTER_VOWEL` hold the two shapes of what agrees with the
syllable before it.
"""

from __future__ import annotations

from collections.abc import Iterable


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def lengths(parts: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the lengths of the parts that begin with each syllable, the longest first."""
    found: dict[str, set[int]] = {}
    for part in parts:
        found.setdefault(part[0], set()).add(len(part))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}


# What follows the copula's stem 이: the stem is written after a consonant and may be left out after a vowel.
_COPULA = _set(
    """
        다 다가 다고 다는 라 라고 라고도 라고는 라는 라는데 라도 라든가 라든지 라며 라면 라면서 라서 라야 라지만
        란 랍니다 래 랬다 며 면 면서 고 고도 고는 고서 나 나마 니 니까 든 든가 든지 지 지만 지는 지도 자 죠 던
        던데 거나 건 기 기는 기도 기만 기에 라기보다 라기보다는 때문 군 구나 네 네요 야 야말로 요 므로 며도 면서도 ㄴ데
        """
)
_PAST = _set(
    """
        다 다고 다가 고 고요 던 던데 으나 으며 으면 으므로 지 지만 는데 는지 을 음 음을 기 기에 습니다 어요 죠 네
        거나 어도 다면 다는 다며
        """
)

# After a vowel these nearly always end a verb or a longer word (메시지, 달리던): no copula without its stem.
_VERBAL = _set("지 지는 지도 기 기는 기도 기만 기에 자 군 네 건 니 래 던 던데 거나 구나 든지")

# With 이 before them these are particles, too, which a vowel does not take: 미국이나, 호주나.
_PARTICLE_TOO = _set("나 나마 란 든 든지 든가 야 야말로 라도")

AFTER_CONSONANT = (
    _set("엔 에선 에겐 으론 으로선 은 이 을 과 과의 으로 으로서 으로써 으로부터 으로도 으로는 으로만")
    | _set("이나 이랑 이란 이든 이든지 아 이여 이시여 은커녕 을랑")
    | frozenset("이" + ending for ending in _COPULA)
    | frozenset("이었" + ending for ending in _PAST)
)
AFTER_VOWEL = (
    _set("는 가 를 와 와의 로 로서 로써 로부터 로도 로는 로만 나 랑 란 든 든지 야 여 며 는커녕 를랑")
    | frozenset(ending for ending in _COPULA if ending not in _VERBAL)
    | frozenset("이" + ending for ending in _COPULA - _PARTICLE_TOO)
    | frozenset("이었" + ending for ending in _PAST)
    | _set("엔 에선 에겐 론 로선")
    | frozenset("였" + ending for ending in _PAST)
)
AFTER_ANY = _set(
    """
        의 에 에서 에게 에게서 에게로 께 께서 께서는 한테 한테서 더러 보고 하고 도 만 까지 마저 조차 부터 밖에 뿐
        처럼 같이 만큼 만한 보다 마다 대로 치고 커녕 에는 에도 에만 에다 에다가 에서는 에서도 에서만 에서의
        에서부터 에서조차 에의 에게는 에게도 에게만 까지는 까지도 까지의 부터는 부터의 보다는 보다도 처럼은 만은
        만이 만을 만의 만으로 만으로도 도록 뿐만 뿐이 밖에는 이야 인 인가 인가요 인데 인지 인지라 일 일까 일지
        일지도 임 임을 임에도 임은 입니다 입니까 이에요 예요 이요 이라 에요 이던 같은 같이도 마냥 이니 이면 이라도
        이라고 이라는 따라 까진 부턴 보단 조차도 하에 하에서 하에서는 하에서도 하의
        """
)
PARTICLES = AFTER_CONSONANT | AFTER_VOWEL | AFTER_ANY | _set("서 인들 커녕 이기 일수록 이어서 여서 라기보다 라기보다는")
# Of one syllable: nouns hardly ever end in the first, often in the second, and in others (일, 아, 서) as often as not.
SURE_PARTICLES, OFTEN_PARTICLES = _set("은 는 이 을 를 에 와"), _set("가 의 도 로 만")
LONG_PARTICLES = ("들", *sorted(part for part in PARTICLES if len(part) > 1))
PARTICLE_STARTS = frozenset(part[0] for part in AFTER_CONSONANT | AFTER_VOWEL | AFTER_ANY)

# One syllable each. People, then places and states, then organisations, then what may follow any noun.
SUFFIXES = _set(
    """
        씨 님 군 양 옹 측 네 댁 형 딸 팀 팬 편 짱 산 제 발 행 인 어 말 식 령 땅 시 도 구 동 읍 면 주 역 항 섬 강
        만 내 외 계 파 풍 국 선 호 법 부 처 청 회 단 점 학 차 집 갑 병 등 들 간 중 전 후 상 쪽 판 쯤 급 별 용 건
        안 권 책 망 론 설 연 적 째 뿐 때 것 탓 밑 옆 앞 뒤 곁 속 밖
        """
)

TITLES = _set(
    """
        대통령 주석 총리 장관 차관 총서기 서기 위원장 부위원장 의장 부의장 대표 부대표 총재 총장 사장 회장 부회장
        원장 부장 차장 국장 실장 과장 팀장 단장 청장 처장 본부장 대변인 대사 공사 영사 특사 보좌관 비서관 비서
        수석 의원 국회의원 지사 도지사 시장 구청장 군수 교수 박사 감독 코치 선수 배우 가수 작가 기자 앵커 아나운서
        변호사 검사 판사 대법관 재판관 목사 신부 스님 추기경 교황 국왕 여왕 왕자 공주 왕비 황제 장군 제독 대장
        중장 소장 준장 대령 중령 소령 대위 중위 소위 상사 병장 상병 일병 사령관 참모총장 여사 선생 선생님 씨네
        형님 누나 언니 오빠 동생 아저씨 아줌마 할머니 할아버지 어머니 아버지 엄마 아빠 형제 자매 남매 부부 부자
        모녀 가족 일가 일행 일당 후보 당선인 당선자 이사장 이사 전무 상무 대리 주임
        """
)

# Bodies end like this, and 장 after them is their head: 국정원장, 경찰청장.
HEADED = _set("원 청 처 국 부 회 단 소 실 행 팀")

AFTER_PERSONS = ("씨", "님", *sorted(TITLES))

# Nouns that are written on to a name; the rest of the token may go on as it likes.
NOUNS = tuple(
    sorted(
        _set(
            """
        정부 정권 당국 대사관 총영사관 영사관 외교부 외무성 국방부 국무부 주민 국민 시민 인민 사람 여성 남성 남자
        여자 아이 청년 노동자 선원 어선 선박 함정 군함 항공 공군 육군 해군 해병 해경 군사 병력 병사 군대 군인 부대
        사령부 함대 미사일 핵무기 핵실험 무기 로켓 위성 도발 위협 문제 사태 상황 관계 협상 회담 정상 제재 지원
        원조 방문 외교 경제 무역 시장 투자 기업 회사 공장 은행 금융 증시 축구 야구 농구 배구 골프 올림픽 월드컵
        아시안게임 대회 리그 선수 대표 대표팀 감독 영화 드라마 음악 노래 공연 콘서트 방송 뉴스 신문 일보 통신
        타임스 언론 기자 대학 대학교 대학원 학교 초등 중학교 고등학교 병원 의료원 경찰 검찰 법원 지검 지법 고법
        고검 중앙 지방 지역 지구 지방법원 광역시 특별시 특별자치 시청 도청 구청 군청 시의회 도의회 시교육청
        도교육청 교육청 시내 역사 공항 국제 항만 터미널 고속 광장 대교 공원 호텔 백화점 마트 카드 그룹 전자 건설
        중공업 자동차 화학 생명 화재 증권 홈쇼핑 제과 텔레콤 노조 노총 협회 연맹 연합 위원회 재단 센터 연구소
        연구원 본부 지부 지사 지점 사무소 사무실 공사 공단 기구 기금 포럼 엑스포 박람회 축제 영화제 국제영화제
        시리즈 스타일 프로 팬클럽 앨범 사건 사고 전쟁 전투 침공 점령 남부 북부 동부 서부 중부 전역 일대 부근 인근
        근처 주변 해역 해안 영토 국경 국적 출신 방향 방면 시각 시간 현지 최대 최고 최초 최신 이후 이전 이상 이하
        이외 이내 당시 사이 아래 덕분 때문 관련 중심 소속 주재 주둔 담당 전용 명의 모두 자신 자체 역시 결과 조사
        발표 보고서 성명 연설 발언 사진 동영상 그림 작품 소설 만화 게임 공포 생일 이름 얼굴 목소리 하나 프랑스
        모터쇼 투어 만세 몰래
        """
        )
    )
)

# Affixes of one syllable, of Chinese origin but for a few, as grammars list them (접두사, 접미사; mecab-ko's XPN and
# XSN, the rarest aside), with the abbreviations that compounds of the news begin or end with.
PREFIXES = _set(
    """
        대 반 친 탈 재 신 구 전 현 총 각 본 제 초 최 고 저 무 불 비 부 준 소 급 경 핵 주 방 남 북
        동 서 한 미 일 러 양 외 새 첫 옛 헛 맨 타 생 범 피 역 민 군 유 강 여 당 항 난 노 냉 폐 잔
        왕 명 악 맞 덧 영 중 인 독 단 다
        """
)
NOUN_SUFFIXES = SUFFIXES | _set(
    """
        성 화 자 율 률 권 론 력 감 형 류 품 물 비 금 난 량 액 장 원 사 층 실 관 기 소 업 직 체 수
        진 대 증 심 문 로 탄 함 포 가 단 각 령 민 복 생 술 씩 어 왕 인 작 전 족 지 차 참 창 촌 치
        통 투 패 풍 향 회
        """
)

# Particles, and endings of the copula, that hardly follow a suffix; nouns that end in one that does follow them, which
# are meant all the same where what is before them is no body: 정상회의, but 국회의, 협의회의.
RARELY_AFTER_SUFFIXES = _set("고 면 일 란 임 요 여 야 아 다 랑 서 인 나 라 며")
ENDING_IN_PARTICLES = _set("회의")

# States by one syllable: of two of them, and of one with 대, 방, 주, 친, 반, 탈, words are made (한미, 대북, 주한).
_STATES = "한미일중러북남우영불독"
STATES = frozenset(one + other for one in _STATES for other in _STATES if one != other) | frozenset(
    before + state for before in "대방주친반탈" for state in _STATES
)

AT = _set("서 서도 서는 서만 서의")
"""What headlines write for 에서 after a place: 평양서, 미국서는."""
PLACES = _set(
    """
        강선 교황청 구성 국회 나선 나토 나진 니코폴 다보스 라선 라진 랴잔 레소토 루츠크 리가 리스본 마린카 민스크
        바쿠 버마 베냉 베른 벨리즈 부차 북극 북극해 비엔나 빈니차 빌뉴스 사마라 삼지연 세이셸 소치 소피아 수단 수리남
        수미 아프간 안도라 압하스 연해주 예레반 우크라 우파 유엔 이르핀 이줌 인도 인천 제다 철산 체첸 카잔 코모로
        키예프 타이완 탈린 토고 투발루 툴라 트베리 팔라우 평양 폴타바 하산 호주 흑해
    """
)
"""Places, beside the names by which compounds are cut, and houses where much is said."""

NOUN_PREFIXES = _set(
    "핵 군 남 북 한 미 일 러 중 주 당 반 친 탈"
)  # of the news: 핵무기 is about 무기, 주한미군 about 미군
NAME_PREFIXES = _set("반 친 탈 대")  # against, for, away from, towards: 반트럼프
# What makes another word of an ordinary noun before it, of who does it and of a field of study: 연구가들이, 교육학.
# What may be a particle too (가, 자) counts before particles that it does not take as one.
DERIVING = {
    "가": ("들", "를", "의", "는", "가", "와", "에", "로"),
    "자": ("들", "를", "의", "는", "가", "와", "에", "로", "도"),
    "학": ("", "은", "의", "이", "을", "에", "과", "으로", "도", "자"),
}
# What news is about: a word for who does it or suffers it, for its place, gear, paper or crime is about it still
# (사망자, 훈련소, 폭발물, 테러범), while of other nouns such a word is another (노동자).
EVENTS = _set(
    """
        감염 감청 강간 개표 격리 경호 계엄 공습 공작 관세 교전 구금 구속 구조 구호 군축 귀순 기뢰 나포 난민 납치 뇌물
        대피 도발 도청 드론 마약 망명 매복 무장 밀수 밀입국 반란 방공 방역 방첩 방화 배터리 백신 봉쇄 부상 붕괴 불법체류
        사격 사망 사찰 사형 산불 살인 살해 생존 석방 선거 송환 수색 수송 수입 수출 수사 숙청 순찰 습격 시위 실종 심판
        암살 어뢰 요격 우라늄 원전 위조 유괴 유세 유출 이민 인질 입국 재판 저격 전사 전쟁 전투 접경 정찰 조난
        조종 지뢰 지진 진압 처형 체포 추락 추방 출마 침략 침몰 침입 침투 쿠데타 탄압 탄약 탄핵 탈북 탈영 탈옥 탈출 테러
        투표 투항 특수전 파괴 파병 파업 판결 포격 포로 폭격 폭동 폭발 폭탄 폭파 피격 피난 피란 피랍 학살 합의 항복 해고
        해킹 협상 협정 화재 확진 환자 횡령 회담 훈련 희생 간첩 방사능 방사선 해적 총격 공격 부대 조사 외교
        정보 소방 포병
    """
)
OF_EVENTS = _set(
    "자 범 수 민 대 관 장 소 촌 물 음 력 죄 객 극 조 망 품 율 률 문 서 사 기 함 정 탄 밭 견 왕 증 병 원 가 고 로 터"
)
# With 'by' they end like 포로, 'a prisoner of war': 해안포로 공격했다. Others are known nouns: 자주포.
GUNS = ("대포", "해안포", "전차포", "고사포", "로켓포", "박격포", "견인포", "대공포", "레일건포", "함포", "야포")
SITE = "장"  # of known nouns of three syllables and more: 핵실험장 is about 핵실험
DEEMED = "시"  # before -하다, -되다: 적대시하다, 'to deem an enemy'
# What a word is about still with one of these before it: 핵무기, 반정부, 신기술; but 동시대, 소생산, 경범죄.
ADDED = _set("대 반 친 탈 재 신 구 전 현 총 본 초 최 핵 주 방 남 북 한 미 일 러 중 외 민 군 당 항 준 폐")
NEGATIONS = _set("불 비 무 미 부 몰")  # with these a word means the opposite: 불가능, 비합법, 무관심
ISM = "주의"  # -ism
CAUTIONS = tuple("주의" + more for more in ("보", "력", "사항", "령", "단계", "경보", "의무"))  # of 주의, 'caution'

# Verbs and adjectives that are made of a noun: 하다, 되다, 시키다, 당하다, 받다, 드리다, 스럽다, 롭다, 답다, 없다,
# 있다. Each row is the stem, then its shapes before -은/-ㄴ, -을/-ㄹ, -음/-ㅁ, -습니다/-ㅂ니다, -아/-어, -았-/-었-.
LIGHT_VERBS = tuple(
    tuple(row.split())
    for row in (
        "하 한 할 함 합 해 했",
        "되 된 될 됨 됩 돼 됐",
        "시키 시킨 시킬 시킴 시킵 시켜 시켰",
        "당하 당한 당할 당함 당합 당해 당했",
        "받 받은 받을 받음 받습 받아 받았",
        "드리 드린 드릴 드림 드립 드려 드렸",
        "스럽 스러운 스러울 스러움 스럽습 스러워 스러웠",
        "롭 로운 로울 로움 롭습 로워 로웠",
        "답 다운 다울 다움 답습 다워 다웠",
        "없 없은 없을 없음 없습 없어 없었",
        "있 있은 있을 있음 있습 있어 있었",
    )
)
# -하지, -하게, -하기로 …; adverbs.
CONTRACTED = _set(
    "케 케끔 키 키로 키로는 키로도 키로한 키로했다 치 치는 치도 토록 코자 컨대 히 히도 스런 스레 스러이 로이"
)
# Feelings, which are given names and titles as well: what is made of these says what somebody feels, and names nothing.
FEELINGS = _set("사랑 행복 소망 동경 축복 질투 갈망 그리움 슬픔 기쁨")
# The verb or adjective that is made of these is of another word: 인도하다 'to hand over', 중대하다 'grave'.
UNLIKE_VERBS = _set("인도 오만 정당 중대 진지 무고 공고 상주 말리 고성 화성")
# Names and nouns that are a verb's stem as well; what follows the stem is no particle: 말리고, 배우며.
STEMS = _set("말리 몰리 알리 배우 지니 가지 물리 이기 올리 조이 다리 버리 그리 여기 하니")
AFTER_STEMS = _set(
    """
        고 고도 고서 고는 며 면 면서 던 지 지만 지는 지도 지를 기 기도 기만 기를 기에 기로 려 려고 려는 려면 자 자마자
        도록 게 게도 다가 거나 겠다 니까 네 죠
        """
)
# What follows the stem; what follows its shapes in -ㄴ, in -ㄹ, in -아/-어 (there also other verbs: 해왔다, 해주는).
AFTER_STEM = _set(
    """
        고 고는 고도 고서 고요 고자 며 면 면서 면서도 는 는데 는데도 는지 는지를 는가 는바 는걸 던 던데 지
        지만 지는 지도 지를 지가 지요 죠 게 게도 게는 게끔 기 자 자고 자는 자며 자면 자마자 도록 려 려고
        려는 려면 려다 러 거나 거든 건 니 니까 니라 다 다가 다가는 다고 다는 다며 다면 다시피 더니 더라
        더라도 더라면 던지 든 든지 든가 라 라고 라는 라며 라면 느라 느냐 느니 네 네요 나 나요 듯 듯이 여
        여서 여야 여야만 여도 여라 어 어서 어야 어야만 어도 었 였 겠 시 신 십 으며 으면 으면서 으려 으려고
        으려는 으나 으니 으니까 은 을 이 는다 는다고 는다는 는다며 는다면 오
        다면서 다던데 다거나 다니 다니까 다기보다 다기보다는 라기보다 라기보다는
        """
)
AFTER_STEM_OPEN = _set("여 어 었 였 겠 시 십 기 다는 다고 려")  # with these it may go on as it likes: 하였습니다만
AFTER_NIEUN = _set(
    """
        다 다고 다면서 다거나 다니 다던데 다기보다 다기보다는 다는 다며 다면 다던 다지만 데 데도 데다 지 지도 지는
        가 가를 들 바 뒤 후 채
        """
)
AFTER_RIEUL = _set("지 지도 지는 지를 까 까봐 수록 게 게요 만 만한 뿐 듯 듯한 텐데 때 것 것이다 거 수 수는 수도 만큼")
AFTER_VOWEL_STEM = _set("서 서는 서도 서야 선 도 야 야만 야지 야할 야하는 라 요 다오 달라 달라고 가며 가면서")
OTHER_VERBS = tuple(
    _set(
        """
        주 준 줄 줬 줘 왔 온 올 오고 오는 오던 오다 나갈 나간 나가 냈 낸 낼 내고 내는 내기 내며 본 볼 봤
        보고 보는 보면 보자 보니 버렸 버린 버리 버려 졌 져 진 질 지고 지는 지면 지며 지기 지자 지다 놓고
        놓은 놨 둔 두고 뒀 갔 간 갈 가고 가는 있 달라는
        """
    )
)

# Syllables with which Korean nouns hardly ever start, transliterations often do or go on.
FOREIGN_SYLLABLES = _set(
    """
        크 트 프 츠 드 그 브 르 즈 퍼 카 타 티 케 코 토 쿠 키 커 터 텔 텐 텡 틴 컬 켈 렌 렉 렐 루 를 리 릭 린 릴
        레 라 란 랜 랭 러 로 롭 뢰 베 벨 벤 빈 빌 버 번 벅 팀 퀸 튼 턴 펠 펜 핀 필 폴 폰 셀 셰 쉬 스 슨 슬 시스 네
        넬 넷 닉 니 뉴 던 덴 델 딘 딜 덱 자베 저 젤 잭 제 지엥 쯔
        """
)

# Ordinary words of two syllables that are no nouns of their own: numerals, pronouns, adverbs, bound nouns. As a term
# each counts only with a title or a noun written on to it ('하나은행'), as a Cyrillic term that is an ordinary word
# needs its capital.
FUNCTION_WORDS = _set(
    """
        이하 이상 이후 이전 이외 이내 미만 초과 하나 다섯 여섯 일곱 여덟 아홉 저번 지난 다음 이제 아까
        방금 내일 언제 어디 누구 무엇 여기 저기 거기 이곳 그곳 저곳 이것 그것 저것
        우리 저희 너희 그들 이들 그녀 당신 서로 각각 각자 따로 다시 또한 그런 이런
        저런 어떤 무슨 아무 모든 온갖 여러 다른 같은 달리 같이 함께 바로 먼저 나중 아주 매우 너무 정말 진짜 참으
        가장 제일 더욱 훨씬 거의 약간 조금 많이 자주 가끔 항상 늘상 이미 벌써 아직 계속 다만 단지 오직 결국 마침
        드디 역시 과연 혹시 만약 만일 아마 설마 비록 만큼 따라 대해 위해 통해
        관해 의해 인해 비해 향해 오히 차라 도리 그냥 그저 그만 이만 저만 그래 이래 어째 왜냐 하지 그러 그리 이리
        저리 보고 나도 너도 저도 이나 이든 이랑 이라 이야 이여 에서 에게 까지 부터 보다 처럼 마다 조차 마저 밖에
        대로 해서 하고 하며 하는 했다 한다 된다 되고 있는 있다 없는 없다
        """
)

# Nouns that nearly every text has.
EVERYDAY = _set(
    """
        지금 당시 자기 자신 전부 대부 일부 때문 동안 정도 가량 경우 대신 덕분 그때 이때 오늘 어제
        모레 이번 모두
        """
)

# Bound nouns with a particle, which are nouns of their own elsewhere ('the capital', 'a map'): 할 수도 있다,
# 할 지도 모른다.
BOUND = _set("수도 수가 지도")
AFTER_BOUND = ("있", "없", "모르", "모른", "모를", "몰")

# Longer words that begin like a name and are something else: by term, how the rest of the token must not start.
_TRAPS_TEXT = """
    가나 안 다라; 개성 적 있 만점 파; 경기 장 력 침체 부양 회복 둔화 불황 종료 결과; 고양 이; 광주 리; 그리스 도
    기아 대책 상태; 나비 넥 효과; 남북 전쟁; 남포 동 등; 남한 산성; 대구 탕 포; 대만 족; 대전 차 제 료; 동아 리 줄
    동해 안 시; 마니 아; 방한 복 용 모 장갑; 부산 물 스; 북극 성; 북한 산성; 서울 신문 경제신문; 세종 대왕; 아랍 어권
    엑소 시스트; 여주 인; 연평 균; 영주 권; 오만 원 가지; 워싱턴 포스트 타임스; 원산 지; 이대 로; 이순 간 신
    이천 만 년 명 원 억; 사천 만 년 명 원 억; 인도 네시아 양 차이나 주의 적; 일본 뇌염; 전주 곡; 정전 기
    조선 일보 시대 왕조 업 소 해양 호텔 후기 초기 중기 대학; 중앙 일보; 진주 만 목걸이; 천안 문 함; 청진 기
    체코 슬로바키아; 통일 교 신라 벼; 한국 일보 경제신문; 한미 약품 반도체; 호주 머니; 러시아 워; 몰리 는 고 며 던 지
    가자 고 미 며; 대사 증후 질환; 무기 징역 력 명투표 질 한; 반도 체; 사고 력 방식; 안보 리; 파리 바게; 평양 냉면
    구조 물 조정 주의; 공작 새 물 기계; 전투 기; 구속 력
    울산 바위; 현대 미술 무용 음악 의학 사회 문학 적 사 인 화 판; 안아 라 서 주 들 보
"""

# The same, where the longer word must end with it, particles aside: 국경일, but 국경일대; 휴전선, but 휴전선언.
_LONGER_TEXT = """
    국경 일; 남한 강; 독도 법; 로마 자; 부산 한 하게 히; 무기 수; 북한 강; 서울 우유; 서해 안; 중국 집; 한국 화; 휴전 선
    이민 정 기 서 호 지 우 영 수 석 규 혁
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (row.split() for row in text.replace("\n", ";").split(";") if row.strip())
    return {term: tuple(rest) for term, *rest in rows}


TRAPS = _table(_TRAPS_TEXT)
LONGER = _table(_LONGER_TEXT)
