"""Korean word lists: particles, suffixes, titles, and nouns that are attached to a name.

The particles and the endings of the copula are those of any grammar of Korean (조사 and 서술격 조사; e.g. Yeon and
Brown, 'Korean: A Comprehensive Grammar', chapters 3 and 4). The nouns are those that news writes on to names of
people, places and organisations. `AFTER_CONSONANT` and `AFTER_VOWEL` hold the two shapes of what agrees with the
syllable before it.
"""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What follows the copula's stem 이: the stem is written after a consonant and may be left out after a vowel.
_COPULA = _set(
    """
        다 다가 다고 다는 라 라고 라고도 라고는 라는 라는데 라도 라든가 라든지 라며 라면 라면서 라서 라야 라지만
        란 랍니다 래 랬다 며 면 면서 고 고도 고는 고서 나 나마 니 니까 든 든가 든지 지 지만 지는 지도 자 죠 던
        던데 거나 건 기 기는 기도 기만 기에 때문 군 구나 네 네요 야 야말로 요 므로 며도 면서도 ㄴ데
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

AFTER_CONSONANT = (
    _set("은 이 을 과 과의 으로 으로서 으로써 으로부터 으로도 으로는 으로만")
    | _set("이나 이랑 이란 이든 이든지 아 이여 이시여 은커녕 을랑")
    | frozenset("이" + ending for ending in _COPULA)
    | frozenset("이었" + ending for ending in _PAST)
)
AFTER_VOWEL = (
    _set("는 가 를 와 와의 로 로서 로써 로부터 로도 로는 로만 나 랑 란 든 든지 야 여 며 는커녕 를랑")
    | frozenset(ending for ending in _COPULA if ending not in _VERBAL)
    | frozenset("였" + ending for ending in _PAST)
)
AFTER_ANY = _set(
    """
        의 에 에서 에게 에게서 에게로 께 께서 께서는 한테 한테서 더러 보고 하고 도 만 까지 마저 조차 부터 밖에 뿐
        처럼 같이 만큼 만한 보다 마다 대로 치고 커녕 에는 에도 에만 에다 에다가 에서는 에서도 에서만 에서의
        에서부터 에서조차 에의 에게는 에게도 에게만 까지는 까지도 까지의 부터는 부터의 보다는 보다도 처럼은 만은
        만이 만을 만의 만으로 만으로도 도록 뿐만 뿐이 밖에는 이야 인 인가 인가요 인데 인지 인지라 일 일까 일지
        일지도 임 임을 임에도 임은 입니다 입니까 이에요 예요 이요 이라 에요 이던 같은 같이도 마냥 이니 이면 이라도
        이라고 이라는 따라
        """
)
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
LONGEST = max(map(len, AFTER_CONSONANT | AFTER_VOWEL | AFTER_ANY | TITLES))

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

# With these a verb, an adjective or an adverb is made: 하다, 되다, 시키다, 스럽다, 롭다, 답다, 당하다, 받다.
VERB_STARTS = tuple(
    _set(
        """
        하 한 할 함 합 해 했 되 된 될 됨 됐 돼 됩 시키 시킨 시킬 시켜 시켰 스러 스럽 스런 로운 로워 롭 답게 다운
        다워 당하 당한 당할 당해 당했 받는 받은 받을 받아 받았 받고 드리 드렸 껏 다면 더니 더라 던 려고 려는 려면
        자고 자마자
        """
    )
)

# Verbal nouns of two syllables that news uses: with them alone a verb's ending is a form of the term.
VERBAL_NOUNS = _set(
    """
        발사 시험 실험 도발 위협 제재 공격 침공 침략 점령 병합 합병 공습 폭격 포격 타격 반격 공세 방어 요격 격추
        격침 나포 억류 체포 구속 구금 석방 송환 추방 처형 사살 사망 부상 전사 실종 피격 암살 테러 해킹 파병 배치
        전개 철수 이동 배상 보복 응징 규탄 비난 비판 항의 경고 촉구 요구 요청 제안 거부 거절 반대 찬성 지지 동의
        합의 협상 협의 회담 회동 면담 방문 방북 방한 방미 방중 방러 방일 초청 참석 참가 참여 개최 개막 폐막 연설
        발표 발언 언급 강조 주장 부인 확인 인정 시인 선언 선포 공개 보도 인용 전달 통보 통지 통화 대화 접촉 교류
        협력 지원 원조 제공 공급 수출 수입 거래 교역 밀수 밀매 환적 운송 이전 판매 구매 구입 생산 제조 개발 연구
        건설 건조 설치 가동 중단 재개 폐쇄 폐기 파괴 훼손 붕괴 폭발 화재 침몰 추락 충돌 훈련 연습 기동 감시 정찰
        탐지 추적 분석 평가 판단 예상 예측 전망 우려 논의 검토 결정 결의 채택 통과 비준 서명 체결 파기 탈퇴 가입
        위반 준수 이행 유예 연기 취소 해제 완화 강화 확대 축소 증가 감소 상승 하락 급증 급감 임명 해임 사임 사퇴
        취임 퇴임 당선 선출 출마 투표 선거 탄핵 기소 재판 수사 조사 압수 수색 단속 처벌 처분 동결 봉쇄 차단 통제
        제한 금지 허용 승인 허가 입국 출국 입항 출항 탈북 망명 귀순 월북 남침 북침 통일 비핵 무장 동원 징집 복무
        휴전 정전 종전 항복 해방 독립 분리 대피 구조 구호 피란 수리 복구 재건 연합 동맹 결속 단결 대응 대비 대처
        준비 계획 추진 실시 시행 착수 시작 완료 종료 성공 실패 승리 패배 진격 후퇴 돌파 포위 함락 탈환 교전 전투
        투입 투하 탑재 장착 장전 점화 진입 재진입 낙하 비행 이륙 착륙 운항 선고 판결 사과 유감 환영 축하 애도 추모
        기념 관람 시찰 현지지도 지도 지시 명령 보고 기여 침해 도청 감청 유출 누설 조작 왜곡 은폐 부정
        """
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
        하나 다섯 여섯 일곱 여덟 아홉 이하 이상 이후 이전 이외 이내 미만 초과 이번 저번 지난 다음 이제 지금 아까
        방금 오늘 내일 어제 모레 그때 이때 당시 언제 어디 누구 무엇 여기 저기 거기 이곳 그곳 저곳 이것 그것 저것
        우리 저희 너희 그들 이들 그녀 당신 자기 자신 서로 모두 전부 대부 일부 각각 각자 따로 다시 또한 그런 이런
        저런 어떤 무슨 아무 모든 온갖 여러 다른 같은 달리 같이 함께 바로 먼저 나중 아주 매우 너무 정말 진짜 참으
        가장 제일 더욱 훨씬 거의 약간 조금 많이 자주 가끔 항상 늘상 이미 벌써 아직 계속 다만 단지 오직 결국 마침
        드디 역시 과연 혹시 만약 만일 아마 설마 비록 때문 동안 만큼 정도 가량 경우 대신 덕분 따라 대해 위해 통해
        관해 의해 인해 비해 향해 오히 차라 도리 그냥 그저 그만 이만 저만 그래 이래 어째 왜냐 하지 그러 그리 이리
        저리 보고 나도 너도 저도 이나 이든 이랑 이라 이야 이여 에서 에게 까지 부터 보다 처럼 마다 조차 마저 밖에
        대로 해서 하고 하며 하는 했다 한다 된다 되고 있는 있다 없는 없다
        """
)

# Longer words that begin like a name and are something else: by term, how the rest of the token must not start.
_TRAPS_TEXT = """
    가나 안 다라; 개성 적 있 만점 파; 경기 장 력 침체 부양 회복 둔화 불황 종료 결과; 고양 이; 광주 리; 그리스 도
    기아 대책 상태; 나비 넥 효과; 남북 전쟁; 남포 동 등; 남한 산성; 대구 탕 포; 대만 족; 대전 차 제 료; 동아 리 줄
    동해 안 시; 마니 아; 방한 복 용 모 장갑; 부산 물 스; 북극 성; 북한 산성; 서울 신문 경제신문; 세종 대왕; 아랍 어권
    엑소 시스트; 여주 인; 연평 균; 영주 권; 오만 원 가지; 워싱턴 포스트 타임스; 원산 지; 이대 로; 이순 간 신
    이천 만 년 명 원 억; 사천 만 년 명 원 억; 인도 네시아 양 차이나 주의 적; 일본 뇌염; 전주 곡; 정전 기
    조선 일보 시대 왕조 업 소 해양 호텔 후기 초기 중기 대학; 중앙 일보; 진주 만 목걸이; 천안 문 함; 청진 기
    체코 슬로바키아; 통일 교 신라 벼; 한국 일보 경제신문; 한미 약품 반도체; 호주 머니; 러시아 워; 몰리 는 고 며 던 지
    가자 고 미 며; 대사 증후 질환; 무기 징역 력 명투표 질; 반도 체; 사고 력 방식; 안보 리; 파리 바게; 평양 냉면
    현대 미술 무용 음악 의학 사회 문학 적 사 인 화 판; 안아 라 서 주 들 보
"""

# The same, where the longer word must end with it, particles aside: 국경일, but 국경일대; 휴전선, but 휴전선언.
_LONGER_TEXT = """
    국경 일; 남한 강; 독도 법; 로마 자; 무기 수; 북한 강; 서울 우유; 서해 안; 중국 집; 한국 화; 휴전 선
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (row.split() for row in text.replace("\n", ";").split(";") if row.strip())
    return {term: tuple(rest) for term, *rest in rows}


TRAPS = _table(_TRAPS_TEXT)
LONGER = _table(_LONGER_TEXT)
