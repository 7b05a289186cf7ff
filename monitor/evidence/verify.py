"""The check of a package of evidence, by the package alone: the first thing that is broken is named."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile, ZipFile

from monitor.evidence import timestamp
from monitor.evidence.chain import ChainLink, digest_of, first_break
from monitor.evidence.package import CHAIN, FORMAT, MANIFEST, SUMS, WARC, headers_name, stamp_name, text_name
from monitor.evidence.warc import BrokenRecordError, StoredRecord, records

_SUM = re.compile(r"([0-9a-f]{64})  (\S.*)")
_MOST = 4_000_000_000  # bytes of all files: a package of this size was not made here
_NEEDED = (MANIFEST, CHAIN, WARC)


@dataclass(frozen=True, slots=True)
class PackageCheck:
    """What a check found: `problem` is None where all holds. `lines` say what was checked, and what could not be."""

    problem: str | None
    lines: tuple[str, ...] = ()


class _BrokenPackage(Exception):  # noqa: N818 — the first thing that is broken, within this module
    pass


def check_package(archive: ZipFile, authorities: Sequence[bytes] = ()) -> PackageCheck:
    """Check a package. `authorities`: certificates in PEM that time stamps must lead to."""
    try:
        files = _files(archive)
        manifest = _manifest(files)
        links = _links(files[CHAIN], manifest["chain"])
        found = _records(files[WARC])
        proved = _entries(links, manifest, files)
        _unproved(files, proved)
        stamps = _stamps(links, manifest, files, authorities)
    except _BrokenPackage as broken:
        return PackageCheck(str(broken))
    except (KeyError, TypeError, ValueError, AttributeError) as error:  # hashes hold, and it is still not as made here
        return PackageCheck(f"{MANIFEST}: it does not fit the chain: {type(error).__name__} {error}")
    own = sum(link.facts is not None for link in links)
    end = manifest["chain"]["end"]
    return PackageCheck(
        None,
        (
            f"{len(files)} files have their SHA-256",
            f"{len(links)} entries of the chain follow each other, {own} of them on this story",
            f"{len(found)} records of {WARC} have their digests",
            *stamps,
            *(f"note: {each}" for each in manifest["missing"]),
            f"end of the chain when it was made: entry {end['entry']}, hash {end['hash']}",
        ),
    )


def check_archive(data: bytes) -> PackageCheck:
    """Check a web archive by itself: each record against its digests. Only a package says whether they were kept so."""
    try:
        found = list(records(data))
    except BrokenRecordError as error:
        return PackageCheck(str(error))
    return PackageCheck(
        None, (f"{len(found)} records have their digests; a package says whether they are the kept ones",)
    )


def _files(archive: ZipFile) -> dict[str, bytes]:
    """Return the files, each with the hash that the list of hashes says."""
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise _BrokenPackage(f"{next(name for name in names if names.count(name) > 1)}: it is there twice")
    if sum(info.file_size for info in archive.infolist()) > _MOST:
        raise _BrokenPackage("the package is larger than any that was made")
    if SUMS not in names:
        raise _BrokenPackage(f"{SUMS}: it is missing: this is no package of evidence, or a part of one")
    sums = _sums(_read(archive, SUMS).decode("utf-8", "replace"))
    lost = next((name for name in (*_NEEDED, *sums) if name not in names), None)
    if lost is not None:
        raise _BrokenPackage(f"{lost}: it is missing")
    files = {}
    for name in (name for name in names if name != SUMS):
        data = _read(archive, name)
        if name not in sums:
            raise _BrokenPackage(f"{name}: it does not belong to the package: {SUMS} does not have it")
        if digest_of(data) != sums[name]:
            raise _BrokenPackage(f"{name}: it was changed: its SHA-256 is not the one in {SUMS}{_where(name, data)}")
        files[name] = data
    return files


def _sums(text: str) -> dict[str, str]:
    sums: dict[str, str] = {}
    rows = text.split("\n")  # not by other line ends: this file has no hash, and each byte of it must count
    for number, row in enumerate(rows[:-1] if not rows[-1] else rows, 1):
        match = _SUM.fullmatch(row)
        if match is None or match[2] in sums or number == len(rows):
            raise _BrokenPackage(f"{SUMS}: line {number} is no hash and name of a file: it was changed")
        sums[match[2]] = match[1]
    return sums


def _read(archive: ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _BrokenPackage(f"{name}: it was changed or cut: {error}") from error


def _where(name: str, data: bytes) -> str:
    """Return which record of the web archive is broken, where that is the file that was changed."""
    if name != WARC:
        return ""
    try:
        list(records(data))
    except BrokenRecordError as error:
        return f"; {error}"
    return ""


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(files[MANIFEST])
        if manifest["format"] != FORMAT:
            raise _BrokenPackage(
                f"{MANIFEST}: it is of another format ({manifest['format']}): check it with a newer monitor"
            )
        listed = {row["name"]: row["sha256"] for row in manifest["files"]}
        _ = manifest["chain"]["before"], manifest["chain"]["end"]["hash"], manifest["warc"]["records"]
        _ = manifest["missing"], manifest["timestamps"]
    except (ValueError, KeyError, TypeError) as error:
        raise _BrokenPackage(f"{MANIFEST}: it cannot be read: {type(error).__name__} {error}") from error
    for name, data in files.items():
        if name != MANIFEST and listed.get(name) != digest_of(data):
            raise _BrokenPackage(f"{name}: it is not the file that {MANIFEST} lists")
    return manifest


def _links(data: bytes, about: Mapping[str, Any]) -> list[ChainLink]:
    links = []
    for number, row in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        try:
            found = json.loads(row)
            text = None if found.get("facts") is None else str(found["facts"])
            link = ChainLink(int(found["seq"]), str(found["digest"]), str(found["hash"]), text)
        except (ValueError, KeyError, TypeError) as error:
            raise _BrokenPackage(f"{CHAIN}: line {number} is no entry of the chain") from error
        links.append(link)
    if (problem := first_break(links, about["before"])) is not None:
        raise _BrokenPackage(f"{CHAIN}: {problem}")
    ends = [link.hash for link in links if link.seq == about["end"]["entry"]]
    if ends and ends != [about["end"]["hash"]]:
        raise _BrokenPackage(f"{MANIFEST}: the end of the chain that it names is not the one in {CHAIN}")
    return links


def _records(data: bytes) -> list[StoredRecord]:
    try:
        return list(records(data))
    except BrokenRecordError as error:
        raise _BrokenPackage(f"{WARC}: {error}") from error


def _entries(links: Sequence[ChainLink], manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> set[str]:
    """Compare what the story's entries say with the files; return the names of files that they prove."""
    proved: set[str] = set()
    places = {(row["entry"], row["kind"]): row for row in manifest["warc"]["records"]}
    for link in links:
        if link.facts is None:
            continue
        facts = json.loads(link.facts)
        if facts.get("seq") != link.seq:
            raise _BrokenPackage(f"{CHAIN}: entry {link.seq} says that it is entry {facts.get('seq')}")
        named = [(text_name(facts["article"], facts.get("version", 0)), facts.get("text"))]
        named.append((headers_name(link.seq), facts.get("headers")))
        for name, digest in named:
            if digest and name in files:
                if digest_of(files[name]) != digest:
                    raise _BrokenPackage(f"{name}: it is not what entry {link.seq} of the chain has the hash of")
                proved.add(name)
        place = places.get((link.seq, "response"))
        if place is not None:
            record = files[WARC][place["start"] : place["start"] + place["length"]]
            if digest_of(record) != facts.get("record"):
                raise _BrokenPackage(f"{WARC}: the response of entry {link.seq} is not what the chain has the hash of")
    return proved


def _unproved(files: Mapping[str, bytes], proved: set[str]) -> None:
    for name in files:
        if name.startswith(("texts/", "headers/")) and name not in proved:
            raise _BrokenPackage(f"{name}: no entry of the chain has its hash")


def _stamps(
    links: Sequence[ChainLink], manifest: Mapping[str, Any], files: Mapping[str, bytes], authorities: Sequence[bytes]
) -> list[str]:
    hashes = {link.seq: link.hash for link in links}
    lines = []
    for row in manifest["timestamps"]:
        seq, name = row["entry"], stamp_name(row["entry"])
        if name not in files or seq not in hashes:
            raise _BrokenPackage(f"{name}: it is missing, or the entry that it stamps")
        if not timestamp.covers(files[name], hashes[seq]):
            raise _BrokenPackage(f"{name}: it is no time stamp of entry {seq}")
        lines.append(_stamp(name, files[name], hashes[seq], authorities))
    return lines


def _stamp(name: str, token: bytes, entry_hash: str, authorities: Sequence[bytes]) -> str:
    if not timestamp.available():
        return f"{name}: it is of the chain; signature and time not checked: that needs the extra `timestamps`"
    try:
        moment = timestamp.granted(token, entry_hash)
        if authorities:
            timestamp.signed_by(token, entry_hash, authorities)
    except timestamp.StampError as error:
        raise _BrokenPackage(f"{name}: {error}") from error
    how = "signed by the authority" if authorities else "signature not checked: --authority CERTIFICATES.pem"
    return f"{name}: stamped {moment:%Y-%m-%d %H:%M:%S} UTC, {how}"
