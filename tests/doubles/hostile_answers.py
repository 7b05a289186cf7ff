"""What hostile and broken servers answer to a poll, and what must come of it, as data.

Each answer is served to a source that was read before: `KNOWN` is the item that it had. What is read shows `NEWS`.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from doubles.rawserver import Handler, plain

KNOWN = "North Korea counts its goats in Kanggye"
NEWS = "North Korea opens a ski school at Masikryong"
RSS = "Content-Type: application/rss+xml"


@dataclass(frozen=True)
class HostileAnswer:
    """An answer of a numbered case. Either `error` is found in what is recorded, or `titles` are new."""

    number: int
    name: str
    answer: bytes | Handler
    error: str = ""
    titles: tuple[str, ...] = (NEWS,)
    deadline: float = 30.0  # seconds for the exchange; short where the case is that it never ends
    flood: bool = False  # costs a child its life

    def __str__(self) -> str:
        """Return the id of the test."""
        return f"{self.number:02}-{self.name}"


def row(title: str, more: str = "", link: str = "") -> str:
    """Return an item of RSS whose guid is its title."""
    address = f"<link>{link}</link>" if link else ""
    return f"<item><title>{escape(title)}</title>{address}<guid isPermaLink='false'>{escape(title)}</guid>{more}</item>"


def document(*rows: str, head: str = '<?xml version="1.0" encoding="utf-8"?>', more: str = "") -> str:
    return f'{head}<rss version="2.0"><channel><title>Wire</title>{more}{"".join(rows)}</channel></rss>'


BODY = document(row(NEWS), row(KNOWN)).encode()


def feed(body: bytes | str = BODY, *headers: str, status: str = "200 OK") -> bytes:
    return plain(body.encode() if isinstance(body, str) else body, *(headers or (RSS,)), status=status)


def news(title: str = NEWS, *, codec: str = "utf-8", label: str = "utf-8", declared: str | None = None) -> bytes:
    """Return a feed in a codec, labelled in its header (none: '') and in its XML."""
    said = label if declared is None else declared
    head = f'<?xml version="1.0" encoding="{said}"?>' if said else '<?xml version="1.0"?>'
    body = document(row(title), row(KNOWN), head=head).encode(codec)
    return feed(body, f"Content-Type: application/rss+xml{f'; charset={label}' if label else ''}")


def pieces(*parts: bytes, each: bytes = b"", pause: float = 0.01) -> Handler:
    """Return a server that sends parts, and then `each` for ever."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.writelines(parts)
        await writer.drain()
        while each:
            writer.write(each)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def reset(data: bytes) -> Handler:
    """Return a server that sends some bytes, then resets the connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.05)  # what was sent is read before the reset takes it away
        writer.transport.abort()

    return answer


def _cut(keep: float) -> bytes:
    whole = document(row(NEWS), row(KNOWN), row("North Korea plants trees", "<description>x</description>" * 20))
    return b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + whole.encode()[: int(len(whole) * keep)]


@cache
def _zip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(64)), packer.flush()])


def _entities(subset: str, use: str = "&a;") -> bytes:
    return feed(document(row("x").replace("x<", f"{use}<"), head=f"<!DOCTYPE rss [{subset}]>"))


def _redirect(location: str, status: str = "302 Found") -> bytes:
    return plain(b"", f"Location: {location}", status=status)


TRANSPORT = (
    HostileAnswer(5, "headers-drip", pieces(b"HTTP/1.1 200 OK\r\nX: ", each=b"a"), "no complete answer", deadline=1.0),
    HostileAnswer(
        6, "body-drips", pieces(b"HTTP/1.1 200 OK\r\n\r\n<rss>", each=b" "), "no complete answer", deadline=1.0
    ),
    HostileAnswer(
        7, "endless-body", pieces(b"HTTP/1.1 200 OK\r\n\r\n<rss>", each=bytes(500_000), pause=0.0), "larger than"
    ),
    HostileAnswer(8, "short-body", _cut(0.6)),
    HostileAnswer(8, "reset-within-the-body", reset(_cut(0.6))),
    HostileAnswer(8, "cut-before-an-item", _cut(0.1), "not complete"),
    HostileAnswer(8, "closed-without-a-byte", b"", "without an answer"),
    HostileAnswer(9, "headers-of-200-kb", plain(BODY, "X-Pad: " + "a" * 200_000), "headers are larger"),
    HostileAnswer(9, "headers-of-90-kb-at-once", plain(BODY, "Set-Cookie: a=" + "b" * 90_000), "headers are larger"),
    HostileAnswer(10, "ssh-banner", b"SSH-2.0-OpenSSH_9.2p1\r\n", "does not speak HTTP"),
    HostileAnswer(
        11,
        "http2-goaway",
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        "HTTP/2 alone",
    ),
    HostileAnswer(12, "gzip-bomb", feed(_zip_bomb(), "Content-Encoding: gzip"), "larger than"),
    HostileAnswer(12, "undeclared-gzip-bomb", feed(_zip_bomb()), "larger than"),
    HostileAnswer(
        12,
        "two-codings",
        feed(gzip.compress(gzip.compress(BODY, mtime=0), mtime=0), "Content-Encoding: gzip, gzip"),
        "coding",
    ),
    HostileAnswer(
        13, "coding-that-is-a-lie", feed(b"not gzip" + BODY, "Content-Encoding: gzip"), "not what Content-Encoding says"
    ),
    HostileAnswer(13, "gzip-unlabelled", feed(gzip.compress(BODY, mtime=0))),
    HostileAnswer(13, "a-word-for-a-coding", feed(BODY, "Content-Encoding: UTF-8")),
    HostileAnswer(16, "204-unasked", plain(b"", status="204 No Content"), "answered 204"),
    HostileAnswer(16, "206-unasked", feed(status="206 Partial Content"), "answered 206"),
)

_PRIVATE = {
    "loopback": "http://127.0.0.9/",
    "loopback-as-a-number": "http://2130706433/",
    "loopback-in-octal": "http://0177.0.0.1/",
    "loopback-short": "http://127.1/",
    "link-local": "http://169.254.169.254/latest/meta-data/",
    "private": "http://10.0.0.1/",
    "ipv6-loopback": "http://[::1]/",
    "mapped": "http://[::ffff:127.0.0.1]/",
    "nat64": "http://[64:ff9b::7f00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "unspecified": "http://0.0.0.0/",
    "another-port": "http://93.184.215.14:22/",
}

STATUS = (
    HostileAnswer(
        17, "a-web-page", feed("<!DOCTYPE html><html><body><p>Hello</p></body></html>", "Content-Type: text/html"),
        "web page, not a feed",
    ),
    HostileAnswer(18, "empty-200", feed(b""), "empty"),
    *(
        HostileAnswer(22, f"redirect-to-{scheme}", _redirect(target), "redirected to .*(http|address)")
        for scheme, target in {
            "file": "file:///etc/passwd",
            "ftp": "ftp://127.0.0.1/feed",
            "gopher": "gopher://127.0.0.1/1",
            "javascript": "javascript:alert(1)",
        }.items()
    ),
    *(HostileAnswer(23, f"redirect-to-{name}", _redirect(url), "refused|no IP address") for name, url in _PRIVATE.items()),
    HostileAnswer(21, "redirect-to-itself", _redirect("?again"), "redirects, or a loop"),
    HostileAnswer(26, "304-without-a-question", plain(b"", status="304 Not Modified"), "answered 304"),
    HostileAnswer(31, "401", feed(b"who are you", status="401 Unauthorized"), "answered 401"),
    HostileAnswer(32, "403", feed(b"Just a moment", status="403 Forbidden"), "answered 403"),
    HostileAnswer(
        32, "challenge-page-with-200",
        feed("<html><head><title>Just a moment...</title></head><body>Checking</body></html>"), "web page, not a feed",
    ),
    HostileAnswer(33, "404", feed(b"gone fishing", status="404 Not Found"), "answered 404"),
    HostileAnswer(34, "410", feed(b"gone", status="410 Gone"), "answered 410"),
    *(
        HostileAnswer(number, name, plain(b"", f"Retry-After: {value}", status="429 Too Many Requests"), "answered 429")
        for number, name, value in (
            (35, "retry-after-in-seconds", "120"),
            (36, "retry-after-as-a-date", "Thu, 09 Nov 2023 09:00:00 GMT"),
            (37, "retry-after-absurd", "999999999999999999999"),
            (37, "retry-after-unreadable", "tomorrow, maybe"),
        )
    ),
    HostileAnswer(38, "500", feed(b"oops", status="500 Internal Server Error"), "answered 500"),
    HostileAnswer(38, "503", feed(b"busy", status="503 Service Unavailable"), "answered 503"),
    HostileAnswer(39, "huge-ttl", feed(document(row(NEWS), row(KNOWN), more="<ttl>99999999999999999999</ttl>"))),
    HostileAnswer(39, "huge-max-age", feed(BODY, "Cache-Control: max-age=99999999999999")),
)  # fmt: skip

_UK = "КНДР відкрила лижну школу в горах Масікрьон"
_KO = "북한이 마식령에 스키 학교를 열었다고 조선중앙통신이 보도했다"
# 똠 is in no KS X 1001, but in CP949.
_CP949 = "북한 똠방각하 연극이 평양에서 다시 공연되었다"


def _bad_byte() -> bytes:
    return news(_UK).replace("ж".encode(), b"\xd0")


_DEEP = "<a>" * 100_000 + "</a>" * 100_000

BYTES = (
    HostileAnswer(40, "cp1251-labelled-utf-8", news(_UK, codec="cp1251", label="utf-8"), titles=(_UK,)),
    HostileAnswer(40, "utf-8-labelled-latin-1", news(_UK, label="iso-8859-1"), titles=(_UK,)),
    HostileAnswer(41, "no-charset", news(_UK, codec="cp1251", label="", declared=""), titles=(_UK,)),
    HostileAnswer(41, "no-charset-korean", news(_KO, codec="euc-kr", label="", declared=""), titles=(_KO,)),
    HostileAnswer(42, "cp949-labelled-euc-kr", news(_CP949, codec="cp949", label="euc-kr"), titles=(_CP949,)),
    HostileAnswer(43, "windows-1251", news(_UK, codec="cp1251", label="windows-1251"), titles=(_UK,)),
    HostileAnswer(43, "koi8-u", news(_UK, codec="koi8_u", label="koi8-u"), titles=(_UK,)),
    HostileAnswer(44, "utf-16-declared-utf-8", news(_UK, codec="utf-16", label="utf-8"), titles=(_UK,)),
    HostileAnswer(45, "byte-order-mark", news(_UK, codec="utf-8-sig", label="windows-1251"), titles=(_UK,)),
    HostileAnswer(46, "utf-7", news(label="utf-7", codec="utf-7"), "utf-7"),
    HostileAnswer(47, "one-bad-byte", _bad_byte(), titles=(_UK.replace("лижну", "ли\ufffdну"),)),
    HostileAnswer(48, "control-characters", feed(BODY.replace(b"ski", b"s\x00k\x01\x1bi&#0;&#x1F;"))),
    HostileAnswer(49, "truncated", feed(document(row(NEWS), "<item><title>North Korea se").partition("</channel>")[0])),
    HostileAnswer(50, "junk-before-the-xml", feed(b"<br />\n<b>Warning</b>: mysql_connect() in /a.php on line 3\n" + BODY)),
    HostileAnswer(51, "undeclared-entity", feed(BODY.replace(b"ski school", b"ski&nbsp;school &middot; &bogus; &"))
                  , titles=("North Korea opens a ski school · &bogus; & at Masikryong",)),
    HostileAnswer(51, "undeclared-prefix", feed(BODY.replace(b"<item>", b"<item><media:x y='1'/><foo:bar>1</foo:bar>"))),
    HostileAnswer(52, "entity-bomb", _entities('<!ENTITY b "ha"><!ENTITY a "&b;&b;&b;&b;">'), "document type"),
    HostileAnswer(52, "one-large-entity", _entities(f'<!ENTITY a "{"b" * 100_000}">', "&a;" * 1_000), "document type"),
    HostileAnswer(53, "entity-of-a-file", _entities('<!ENTITY a SYSTEM "file:///etc/passwd">'), "document type"),
    HostileAnswer(53, "dtd-elsewhere", _entities('<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;'), "document type"),
    HostileAnswer(54, "100000-levels", feed(document(row(NEWS, _DEEP), row(KNOWN))), "deep"),
    HostileAnswer(54, "100000-levels-of-json", feed('{"items": ' + "[" * 100_000), "broken"),
    HostileAnswer(55, "50-mb", pieces(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n", each=b" " * 500_000, pause=0.0), "larger than"),
    HostileAnswer(56, "flood-of-authors", feed(document(row(NEWS, f"<author>{'a.' * 60_000}</author>"))), "parsed", flood=True),
    HostileAnswer(56, "flood-of-categories", feed(document(row(NEWS, "<category>a</category>" * 20_000), row(KNOWN)))),
    HostileAnswer(56, "flood-of-attributes", feed(document(row(NEWS, "<x " + " ".join(f"a{n}='b'" for n in range(20_000)) + "/>"))), "parsed", flood=True),
    HostileAnswer(56, "flood-of-comments", feed(document(row(NEWS, "<!-- x -->" * 50_000), row(KNOWN)))),
    HostileAnswer(57, "a-feed-that-became-a-page", feed("<html><head><title>Welcome</title></head><body>Our new site</body></html>"), "web page, not a feed"),
)  # fmt: skip

_LONG = "North Korea opens a " + "long " * 900_000
_FRESH = f"<guid>{NEWS}</guid>"


def _item(title: str, *tags: str) -> bytes:
    return feed(document(f"<item><title>{title}</title>{''.join(tags)}</item>", row(KNOWN)))


ITEMS = (
    HostileAnswer(58, "no-guid", _item(NEWS, "<link>/a</link>")),
    HostileAnswer(58, "no-guid-and-no-link", _item(NEWS)),
    HostileAnswer(59, "no-link", _item(NEWS, _FRESH)),
    HostileAnswer(65, "the-same-item-five-times", feed(document(*[row(NEWS, link="/a")] * 5, row(KNOWN)))),
    HostileAnswer(71, "javascript-link", _item(NEWS, _FRESH, "<link>javascript:alert(1)</link>")),
    HostileAnswer(71, "data-link", _item(NEWS, _FRESH, "<link>data:text/html,hi</link>")),
    *(
        HostileAnswer(72, f"dated-{name}", _item(NEWS, _FRESH, f"<pubDate>{date}</pubDate>"))
        for name, date in {
            "in-1970": "Thu, 01 Jan 1970 00:00:00 GMT",
            "in-2099": "Fri, 01 Jan 2099 00:00:00 GMT",
            "not-at-all": "",
            "by-nonsense": "99/99/9999 soon",
        }.items()
    ),
    HostileAnswer(75, "escaped-twice", _item("North Korea opens a &amp;lt;b&amp;gt;ski&amp;lt;/b&amp;gt; school at Masikryong", _FRESH)),
    HostileAnswer(75, "cdata-with-markup", _item("<![CDATA[North Korea opens a <i>ski</i> school at <b>Masikryong</b>]]>", _FRESH)),
    HostileAnswer(77, "a-title-of-5-mb", feed(document(row(_LONG), row(KNOWN))), titles=(" ".join(_LONG.split())[:1_000],)),
)  # fmt: skip

ANSWERS = (*TRANSPORT, *STATUS, *BYTES, *ITEMS)
