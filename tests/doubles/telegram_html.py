"""The Bot API's HTML: the grammar and the error texts of Telegram's own parser (td, MessageEntity.cpp, parse_html)."""

from __future__ import annotations

from dataclasses import dataclass, field

TAGS = {
    *("a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "tg-emoji"),
    *("span", "pre", "code", "blockquote"),
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = b" \t\r\n\v\f"


class HtmlError(ValueError):
    """The text is not what the Bot API calls HTML."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece of formatting; offset and length in UTF-16 units of the text."""

    type: str
    offset: int
    length: int
    url: str | None = None

    def as_json(self) -> dict[str, object]:
        plain: dict[str, object] = {"type": self.type, "offset": self.offset, "length": self.length}
        return plain | ({"url": self.url} if self.url else {})


_TYPES = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("tg-spoiler", "span"), "spoiler"),
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}


def units(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(html: str) -> tuple[str, list[Entity]]:
    """Return text and entities. Raises HtmlError in the server's words; offsets there count bytes."""
    return _Parser(html).run()


@dataclass(slots=True)
class _Parser:
    html: str
    data: bytes = b""
    at: int = 0
    out: bytearray = field(default_factory=bytearray)
    open: list[tuple[str, str | None, int]] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> tuple[str, list[Entity]]:
        try:
            self.data = self.html.encode()
        except UnicodeEncodeError:
            raise HtmlError("Text must be encoded in UTF-8") from None
        while self.at < len(self.data):
            char = self.data[self.at : self.at + 1]
            if char == b"&":
                self._entity(self.out)
            elif char == b"<":
                self._tag()
            else:
                self.out += char
                self.at += 1
        if self.open:
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        return self.out.decode(), sorted(self.entities, key=lambda entity: (entity.offset, -entity.length))

    def _entity(self, into: bytearray) -> None:
        """Decode a character reference, or take the ampersand as it is."""
        end = self.at + 1
        if self.data[end : end + 1] == b"#":
            decoded, end = self._numeric(end + 1)
        else:
            while self.data[end : end + 1].isalpha():
                end += 1
            decoded = _NAMED.get(self.data[self.at + 1 : end].decode("ascii", "replace"), "")
        if not decoded:
            into += b"&"
            self.at += 1
            return
        into += decoded.encode()
        self.at = end + (self.data[end : end + 1] == b";")

    def _numeric(self, start: int) -> tuple[str, int]:
        base, digits = (16, b"0123456789abcdefABCDEF") if self.data[start : start + 1] == b"x" else (10, b"0123456789")
        end = begin = start + (base == 16)
        while self.data[end : end + 1] and self.data[end : end + 1] in digits and end - begin < 8:
            end += 1
        code = int(self.data[begin:end] or b"0", base)
        if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            return "", end
        return chr(code), end

    def _peek(self) -> bytes:
        return self.data[self.at : self.at + 1]

    def _skip_space(self) -> None:
        while self._peek() and self._peek() in _SPACE:
            self.at += 1

    def _word(self, stops: bytes) -> str:
        begin = self.at
        while self._peek() and self._peek() not in _SPACE + stops:
            self.at += 1
        return self.data[begin : self.at].decode("utf-8", "replace").lower()

    def _tag(self) -> None:
        begin = self.at
        self.at += 1
        if self._peek() == b"/":
            self.at += 1
            self._end_tag(begin)
            return
        name = self._word(b">")
        if not self._peek():
            raise HtmlError(f"Unclosed start tag at byte offset {begin}")
        if name not in TAGS:
            raise HtmlError(f'Unsupported start tag "{name}" at byte offset {begin}')
        argument = self._attributes(name, begin)
        if name == "span" and argument != "tg-spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.at += 1
        self.open.append((name, argument, len(self.out)))

    def _attributes(self, name: str, begin: int) -> str | None:
        argument: str | None = None
        while self._peek() != b">":
            self._skip_space()
            if self._peek() == b">":
                break
            attribute = self._word(b"=>")
            if not attribute:
                raise HtmlError(f'Empty attribute name in the tag "{name}" at byte offset {begin}')
            self._skip_space()
            if self._peek() != b"=":
                if attribute == "expandable" and name == "blockquote":
                    continue
                raise HtmlError(
                    f'Expected equal sign in declaration of an attribute of the tag "{name}" at byte offset {begin}'
                )
            self.at += 1
            self._skip_space()
            value = self._value(name, begin)
            if (name, attribute) in {("a", "href"), ("span", "class"), ("tg-emoji", "emoji-id")}:
                argument = value
        return argument

    def _value(self, name: str, begin: int) -> str:
        quote = self._peek()
        if not quote:
            raise HtmlError(f'Unclosed start tag "{name}" at byte offset {begin}')
        value = bytearray()
        if quote not in b"'\"":
            start = self.at
            while self._peek().isalnum() or (self._peek() and self._peek() in b".-"):
                value += self._peek().lower()
                self.at += 1
            if self._peek() not in {b">", *(bytes([space]) for space in _SPACE)}:
                raise HtmlError(f"Unexpected end of name token at byte offset {start}")
            return value.decode()
        self.at += 1
        while self._peek() and self._peek() != quote:
            if self._peek() == b"&":
                self._entity(value)
            else:
                value += self._peek()
                self.at += 1
        if not self._peek():
            raise HtmlError(f'Unclosed start tag "{name}" at byte offset {begin}')
        self.at += 1
        return value.decode()

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise HtmlError(f"Unexpected end tag at byte offset {begin}")
        found = self._word(b">")
        self._skip_space()
        if self._peek() != b">":
            raise HtmlError(f"Unclosed end tag at byte offset {begin}")
        name, argument, start = self.open.pop()
        if found and found != name:
            raise HtmlError(f'Unmatched end tag at byte offset {begin}, expected "</{name}>", found "</{found}>"')
        self.at += 1
        self._close(name, argument, start)

    def _close(self, name: str, argument: str | None, start: int) -> None:
        before, inside = self.out[:start].decode(), self.out[start:].decode()
        if not inside:
            return
        url = argument if name == "a" else None
        if name == "a" and not url:
            url = inside  # the link is its own text
        self.entities.append(Entity(_TYPES[name], units(before), units(inside), url))
