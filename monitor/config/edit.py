"""Changes to config.yaml that leave every other line as the user wrote it: comments, order, quotes, line ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Lines
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic_core import PydanticCustomError

from monitor.config import pack
from monitor.config.report import Report
from monitor.config.yaml_reader import parse
from monitor.config.yaml_tree import Document, Mapping, Node, Scalar, Sequence, resolve
from monitor.errors import MonitorError
from monitor.fields import read_url
from monitor.fields.languages import LANGUAGES
from monitor.fields.values import short
from monitor.model import Source
from monitor.urls import canonical

_writing = threading.Lock()
_PLAIN = re.compile(r"\w[\w .()/+-]*(?<! )")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9_/.?=&%+~:-]*[A-Za-z0-9_/=&%+~-]")


@dataclass(slots=True)
class Edit:
    """A changed text, what was added to it, what is there already, and what cannot be added and why."""

    text: str
    added: list[Source] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)


def add_sources(text: str, name: str, sources: Iterable[Source]) -> Edit:
    r"""Add sources whose addresses are not there yet; names that are taken get a number.

    `text` is the file's, with `\n` as line ends; `name` is for error messages. Raises ConfigError where it is no YAML.
    """
    report = Report()
    root = parse(Document(name, text), report)
    report.check()
    node = root.get("sources") if isinstance(root, Mapping) else None
    edit = Edit(text)
    known, names = _known(text, name)
    for source in sources:
        reason = _unusable(source)
        if reason:
            edit.unusable.append(f"{source.name}: {reason}")
            continue
        if canonical(source.url) in known:
            edit.skipped.append(f"{source.name}: is there already")
            continue
        known.add(canonical(source.url))
        edit.added.append(replace(source, name=_free_name(source.name, names)))
    if edit.added and isinstance(root, Mapping):
        edit.text = _inserted(text, root, node, edit.added)
    return edit


def source_line(source: Source) -> str:
    """Return a source as an item of `sources:` on one line."""
    return _flow(source)


def _known(text: str, file: str) -> tuple[set[str], set[str]]:
    """Return the addresses and names of a configuration's sources, those of the pack as well."""
    addresses, names = set(), set()
    root = parse(Document(file, text), Report())
    if isinstance(root, Mapping):
        pack.expand(root, Report())
    node = root.get("sources") if isinstance(root, Mapping) else None
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            url, name = item.get("url"), item.get("name")
            if isinstance(url, Scalar):
                addresses.add(canonical(url.text.strip()))
            if isinstance(name, Scalar):
                names.add(name.text.strip().casefold())
    return addresses, names


def _unusable(source: Source) -> str | None:
    try:
        read_url(source.url)
    except PydanticCustomError as error:
        return f"{source.url} {error.message()}"
    return None


def _free_name(name: str, names: set[str]) -> str:
    found, number = name, 2
    while found.casefold() in names:
        found, number = f"{name} {number}", number + 1
    names.add(found.casefold())
    return found


def _inserted(text: str, root: Mapping, node: Node | None, sources: list[Source]) -> str:
    """Put the sources behind the last one there is, in the style of the list."""
    if isinstance(node, Sequence) and node.items and node.flow:
        before = text[: node.end - 1].rstrip()
        comma = "" if before.endswith(",") else ","
        return before + comma + " " + ", ".join(map(_flow, sources)) + text[node.end - 1 :]
    if isinstance(node, Sequence) and node.items:
        indent = node.place.column - 1
        inner = max(node.items[0].place.column - node.place.column, 2)
        return _after_line(text, _end(node), _block(sources, indent, inner))
    block = _block(sources, 2, 2)
    key = root.key("sources")
    if key is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}\nsources:\n{block}"
    if isinstance(node, Sequence | Scalar) and node.end > node.start:  # [] or ~: the entries come below the key instead
        text = text[: node.start].rstrip() + text[node.end :]
    return _after_line(text, key.end, block)


def _after_line(text: str, offset: int, block: str) -> str:
    end = text.find("\n", max(offset - 1, 0))
    return f"{text}\n{block}" if end < 0 else text[: end + 1] + block + text[end + 1 :]


def _end(node: Node) -> int:
    """Return the offset behind the last thing written in a node."""
    if isinstance(node, Sequence) and not node.flow:
        return max(map(_end, node.items))
    if isinstance(node, Mapping) and not node.flow:
        return max(max(key.end, _end(value)) for key, value in node.pairs)
    return getattr(node, "end", 0)


def _lines(source: Source, *, quote: bool = False) -> list[str]:
    lines = [f"name: {_quoted(source.name, quote=quote)}", f"url: {_quoted(source.url, quote=quote)}"]
    lines += [f"language: {source.language}"] if source.language in LANGUAGES else []
    lines += [f"timezone: {source.timezone}"] if source.timezone != "UTC" else []
    return [*lines, f"every: {short(source.every)}"] if source.every else lines


def _block(sources: list[Source], indent: int, inner: int) -> str:
    rows = []
    for source in sources:
        first, *rest = _lines(source)
        rows.append(" " * indent + "-" + " " * (inner - 1) + first + "\n")
        rows += [" " * (indent + inner) + line + "\n" for line in rest]
    return "".join(rows)


def _flow(source: Source) -> str:
    return "{" + ", ".join(_lines(source, quote=True)) + "}"


def _quoted(text: str, *, quote: bool) -> str:
    plain = (_PLAIN.fullmatch(text) or _PLAIN_URL.fullmatch(text)) and isinstance(resolve(text), str)
    return text if plain and not quote else "'" + text.replace("'", "''") + "'"


# --------------------------------------------------------------------------- the file


class ChangedMeanwhileError(MonitorError):
    """Somebody else changed the file."""


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was read, so that a change made by others meanwhile is not overwritten."""

    path: Path
    data: bytes

    @property
    def text(self) -> str:
        r"""Return the text with `\n` as line ends. Raises UnicodeDecodeError."""
        return "\n".join(line for line, _ in self._lines())

    def _lines(self) -> list[tuple[str, str]]:
        """Return each line and its end; the last one has none."""
        parts = re.split(r"(\r\n|\r|\n)", self.data.decode("utf-8-sig"))
        return list(zip(parts[::2], [*parts[1::2], ""], strict=True))

    def encoded(self, text: str) -> bytes:
        r"""Return the bytes of a changed text (with `\n` as line ends): unchanged lines keep their own ends."""
        old, new = self._lines(), text.split("\n")
        head, tail = unchanged([line for line, _ in old], new)
        kept = (
            [end for _, end in old[:head]]
            + [""] * (len(new) - head - tail)
            + [end for _, end in old[len(old) - tail :]]
        )
        usual = next((end for _, end in reversed(old[: head + 1]) if end), "") or old[0][1] or "\n"
        ends = [end or usual for end in kept[:-1]] + [""]
        mark = b"\xef\xbb\xbf" if self.data.startswith(b"\xef\xbb\xbf") else b""
        return mark + "".join(line + end for line, end in zip(new, ends, strict=True)).encode("utf-8")

    def write(self, text: str, *, backup: bool = False) -> None:
        """Replace the file, in one step, keeping its mode and line ends; with `backup`, keep the old as `NAME.bak`.

        Raises ChangedMeanwhileError, or MonitorError where the file cannot be written.
        """
        data = self.encoded(text)
        target = self.path.resolve()  # a link stays a link
        try:
            with _alone(target.parent):
                if target.read_bytes() != self.data:
                    raise ChangedMeanwhileError(f"{self.path} was changed meanwhile: nothing is written; try again")
                if backup:
                    shutil.copy2(target, target.with_name(target.name + ".bak"))
                _replace(target, data)
        except OSError as error:
            raise MonitorError(f"{self.path} cannot be written: {error.strerror or error}", retryable=False) from error


def unchanged(old: Lines[str], new: Lines[str]) -> tuple[int, int]:
    """Count the lines that two texts share at their start, and then at their end."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    return head, tail


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other threads and processes of ours from writing in a folder: two edits of one file must not both win."""
    with _writing, contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # some file systems lock nothing
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _sync(folder: Path) -> None:
    """Let the new name survive a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        info = target.stat()
        Path(name).chmod(stat.S_IMODE(info.st_mode))
        with contextlib.suppress(OSError):  # only root may give a file away
            os.chown(name, info.st_uid, info.st_gid)
        Path(name).replace(target)
        _sync(target.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
