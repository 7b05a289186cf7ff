"""A small newsroom for tests: one day of stories, some of them look-alikes, written for this project."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.model import Article
from monitor.story.attribution import citations
from monitor.story.index import Assignment, StoryIndex
from monitor.urls import article_key

DAY = datetime(2023, 11, 9, tzinfo=UTC)


@dataclass(slots=True)
class Newsroom:
    """Publishes articles into an index, as the daemon does."""

    index: StoryIndex = field(default_factory=StoryIndex)
    placed: list[Assignment] = field(default_factory=list)
    stories: list[int] = field(default_factory=list)

    def publish(self, article: Article, entities: frozenset[str] = frozenset()) -> Assignment:
        ident = len(self.placed) + 1
        found = citations(article)
        result = self.index.assign(article, now=article.when, entities=entities, citations=found)
        story = ident if result.story_id is None else result.story_id
        stored = Article(**{name: getattr(article, name) for name in article.__slots__} | {"id": ident})
        self.index.add(stored, story, entities=entities, citations=found)
        self.placed.append(result)
        self.stories.append(story)
        return result


def article(
    source: str, language: str, at: str, title: str, text: str, url: str | None = None, guid: str | None = None
) -> Article:
    hour, minute = map(int, at.split(":"))
    when = DAY + timedelta(hours=hour, minutes=minute)
    key = article_key(url) if url else ""
    return Article(url, title, text, source, language, published=when, seen_at=when, key=key, guid=guid)


def yonhap(number: int, revision: int, at: str, title: str, text: str) -> Article:
    url = f"https://en.yna.co.kr/view/AEN20231109{number:04}{revision:02}315"
    return article("Yonhap", "en", at, title, text, url)


BLINKEN = """SEOUL, Nov. 9 (Yonhap) -- U.S. Secretary of State Antony Blinken said Thursday that Russia is giving North Korea
technology and support for its military programs in return for artillery shells.

"We see the DPRK providing military equipment to Russia for its war against Ukraine, but we also see Russia giving
technology to the DPRK for its own military programs," Blinken told a joint news conference with Foreign Minister Park Jin
after talks in Seoul.

Park said the two sides agreed to watch the possible transfer of intercontinental ballistic missile and satellite technology."""
BLINKEN_FLASH = """SEOUL, Nov. 9 (Yonhap) -- U.S. Secretary of State Antony Blinken said Thursday that Russia is giving
North Korea technology and support for its military programs in return for artillery shells."""
BLINKEN_LONG = (
    BLINKEN
    + """

The secretary arrived in Seoul on Wednesday from Tokyo, where he met his counterparts of the Group of Seven nations.

Blinken also paid a courtesy call on President Yoon Suk Yeol, who asked for a firm joint response to any provocation."""
)

UKRINFORM = """Росія надає Північній Кореї технології та підтримку для її військових програм, заявив у Сеулі держсекретар США
Ентоні Блінкен.

Про це передає Укрінформ із посиланням на Yonhap.

«Ми бачимо, як КНДР надає Росії військове обладнання для війни проти України, але бачимо також, як Росія надає технології
КНДР для її власних військових програм», - сказав Блінкен на спільній пресконференції з міністром закордонних справ Пак Чжином.

За його словами, йдеться зокрема про технології міжконтинентальної балістичної ракети.

Як повідомляв Укрінформ, Пхеньян готує третю спробу запуску супутника-шпигуна.

Фото: Yonhap"""

LAUNCH_EAST = """SEOUL, Nov. 9 (Yonhap) -- North Korea fired two short-range ballistic missiles toward the East Sea on Thursday,
South Korea's military said.

The Joint Chiefs of Staff said it detected the launch from the Sunan area in Pyongyang at around 7:10 a.m. and that the
missiles flew about 360 kilometers.

"Our military has stepped up surveillance and maintains full readiness in close coordination with the United States," it said."""
LAUNCH_WEST = """SEOUL, Nov. 9 (Yonhap) -- North Korea fired several cruise missiles into the Yellow Sea on Thursday,
South Korea's military said.

The Joint Chiefs of Staff said it detected the launch from the Nampo area at around 11:45 p.m. and that the analysis of the
cruise missiles is under way.

"Our military has stepped up surveillance and maintains full readiness in close coordination with the United States," it said."""
TRADE = """SEOUL, Nov. 9 (Yonhap) -- South Korea's exports rose 3.2 percent in the first ten days of November on the back of brisk
demand for chips, customs data showed.

Outbound shipments came to US$18.2 billion, the Korea Customs Service said."""
