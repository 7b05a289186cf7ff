"""The check of a package: the first thing that is broken is named."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from doubles.authority import StampAuthorityDouble, make_authority
from doubles.evidence_samples import stamped, story_contents, summed, zipped

from monitor.evidence import timestamp
from monitor.evidence.package import files_of
from monitor.evidence.verify import PackageCheck, check_archive, check_package
from monitor.evidence.warc import info_record

Files = dict[str, bytes]


def checked(data: bytes, *authorities: bytes) -> PackageCheck:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return check_package(archive, authorities)


def test_a_whole_package_holds(package: Files) -> None:
    found = checked(zipped(package))
    assert found.problem is None
    assert "4 entries of the chain follow each other, 3 of them on this story" in found.lines
    assert any(line.startswith("note: entry 6") for line in found.lines)
    assert any(line.startswith("end of the chain") for line in found.lines)


def test_one_changed_byte_of_any_file_is_found_and_named(package: Files) -> None:
    for name, data in package.items():
        for place in {0, len(data) // 2, len(data) - 1}:
            changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            found = checked(zipped(package | {name: changed}))
            assert found.problem is not None, name
            assert name == "SHA256SUMS" or found.problem.startswith(f"{name}: "), found.problem


def test_a_changed_web_archive_is_named_with_its_record(package: Files) -> None:
    data = bytearray(package["evidence.warc.gz"])
    data[len(data) // 2] ^= 1
    problem = checked(zipped(package | {"evidence.warc.gz": bytes(data)})).problem or ""
    assert problem.startswith("evidence.warc.gz: it was changed")
    assert "record" in problem


def test_a_byte_changed_within_the_zip_file_is_named(package: Files) -> None:
    whole = zipped(package)
    place = whole.index(package["evidence.warc.gz"]) + 40
    problem = checked(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]).problem or ""
    assert problem.startswith("evidence.warc.gz: it was changed")


def rows(files: Files) -> list[dict[str, Any]]:
    return [json.loads(row) for row in files["chain.jsonl"].splitlines()]


def with_rows(files: Files, found: list[dict[str, Any]]) -> Files:
    return files | {"chain.jsonl": "".join(json.dumps(row) + "\n" for row in found).encode()}


def with_manifest(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    manifest = json.loads(files["manifest.json"])
    change(manifest)
    return files | {"manifest.json": json.dumps(manifest).encode()}


def other_end(files: Files) -> Files:
    return with_manifest(files, lambda manifest: manifest["chain"]["end"].update(hash="0" * 64))


def other_place(files: Files) -> Files:
    return with_manifest(files, lambda manifest: manifest["warc"]["records"][0].update(start=0))


def other_seq(files: Files) -> Files:
    """Return a chain whose hashes hold, and whose entries say that they are others."""
    contents = story_contents()
    links = [replace(link, seq=link.seq + 1) for link in contents.links]
    return files_of(replace(contents, links=links, end=(9, "0"), headers={}, records={}, versions=[]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda f: f | {"texts/7-1.txt": b"Forged."},
            "texts/7-1.txt: it is not what entry 3 of the chain has the hash",
        ),
        (lambda f: f | {"headers/5.json": b"[]"}, "headers/5.json: it is not what entry 5 of the chain"),
        (lambda f: f | {"texts/8-9.txt": b"Put in."}, "texts/8-9.txt: no entry of the chain has its hash"),
        (lambda f: with_rows(f, rows(f)[:1] + rows(f)[2:]), "chain.jsonl: entry 4 is missing: 5 follows 3"),
        (lambda f: with_rows(f, rows(f)[1:]), "chain.jsonl: entry 4 does not follow"),
        (lambda f: with_rows(f, [rows(f)[0] | {"facts": "{}"}]), "chain.jsonl: entry 3 was changed"),
        (lambda f: f | {"chain.jsonl": b"no JSON\n"}, "chain.jsonl: line 1 is no entry"),
        (lambda f: with_rows(f, [rows(f)[0] | {"facts": 7}]), "chain.jsonl: entry 3 was changed"),
        (other_end, "manifest.json: the end of the chain"),
        (other_place, "evidence.warc.gz: the response of entry 3 is not what the chain has the hash of"),
        (other_seq, "chain.jsonl: entry 4 says that it is entry 3"),
        (lambda f: f | {"evidence.warc.gz": f["evidence.warc.gz"] + b"x"}, "evidence.warc.gz: record 6"),
        (lambda f: f | {"manifest.json": b'{"format": "news-monitor evidence 2", "files": []}'}, "of another format"),
        (lambda f: f | {"manifest.json": b'{"format": "news-monitor evidence 1", "files": []}'}, "it cannot be read"),
        (
            lambda f: with_manifest(f, lambda m: m["warc"].update(records=[{}])),
            "manifest.json: it does not fit the chain",
        ),
        (lambda f: with_manifest(f, lambda m: m["timestamps"].append({"entry": 3})), "timestamps/3.tsr: it is missing"),
    ],
)
def test_a_forger_who_mends_all_hashes_is_found_by_the_chain(
    package: Files, change: Callable[[Files], Files], words: str
) -> None:
    files = change(package)
    with contextlib.suppress(KeyError):
        files = summed(files)
    if files["manifest.json"] != package["manifest.json"] and b'"files": []' in files["manifest.json"]:
        from monitor.evidence.chain import digest_of

        sums = "".join(f"{digest_of(data)}  {name}\n" for name, data in files.items() if name != "SHA256SUMS")
        files |= {"SHA256SUMS": sums.encode()}
    if "texts/8-9.txt" in files:
        files = with_manifest(files, lambda m: m["files"].append(_listed(files, "texts/8-9.txt")))
        files = summed(files)
    assert words in (checked(zipped(files)).problem or "")


def _listed(files: Files, name: str) -> dict[str, Any]:
    return {"name": name, "bytes": len(files[name]), "sha256": ""}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: {name: data for name, data in f.items() if name != "SHA256SUMS"}, "SHA256SUMS: it is missing"),
        (lambda f: {name: data for name, data in f.items() if name != "texts/7-2.txt"}, "texts/7-2.txt: it is missing"),
        (lambda f: {name: data for name, data in f.items() if name != "manifest.json"}, "manifest.json: it is missing"),
        (lambda f: f | {"more.txt": b"x"}, "more.txt: it does not belong to the package"),
        (lambda f: f | {"SHA256SUMS": f["SHA256SUMS"] + b"x\n"}, "SHA256SUMS: line 13 is no hash and name"),
        (lambda f: f | {"SHA256SUMS": f["SHA256SUMS"] * 2}, "SHA256SUMS: line 13 is no hash and name"),
        (
            lambda f: f | {"report.txt": b"x", "SHA256SUMS": summed(f | {"report.txt": b"x"})["SHA256SUMS"]},
            "manifest.json: ",
        ),
    ],
)
def test_files_that_are_missing_or_too_many_are_named(
    package: Files, change: Callable[[Files], Files], words: str
) -> None:
    assert words in (checked(zipped(change(package))).problem or "")


def test_a_file_that_only_the_list_of_hashes_has_right_is_named(package: Files) -> None:
    from monitor.evidence.chain import digest_of

    files = package | {"report.txt": b"x"}
    sums = "".join(f"{digest_of(data)}  {name}\n" for name, data in files.items() if name != "SHA256SUMS")
    assert "report.txt: it is not the file that manifest.json lists" in (
        checked(zipped(files | {"SHA256SUMS": sums.encode()})).problem or ""
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(package: Files) -> None:
    out = io.BytesIO(zipped(package))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("report.txt", b"another")
    assert (checked(out.getvalue()).problem or "") == "report.txt: it is there twice"


def test_a_package_of_any_size_is_not_read(package: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.evidence.verify._MOST", 100)
    assert "larger than any" in (checked(zipped(package)).problem or "")


def test_time_stamps_are_checked_as_far_as_can_be(
    authority: StampAuthorityDouble, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    contents = stamped(story_contents(), authority)
    data = zipped(files_of(contents))
    trusted, stranger = authority.certificate, make_authority(tmp_path_factory.mktemp("stranger")).certificate
    assert any("signature not checked" in line for line in checked(data).lines)
    assert any("signed by the authority" in line for line in checked(data, trusted.read_bytes()).lines)
    assert "timestamps/6.tsr: the signature" in (checked(data, stranger.read_bytes()).problem or "")
    other = replace(contents.stamps[0], seq=5)
    assert "timestamps/5.tsr: it is no time stamp of entry 5" in (
        checked(zipped(files_of(replace(contents, stamps=[other])))).problem or ""
    )
    monkeypatch.setattr(timestamp, "find_spec", lambda name: None)
    assert any("needs the extra `timestamps`" in line for line in checked(data).lines)


def test_a_web_archive_is_checked_by_itself(package: Files) -> None:
    data = package["evidence.warc.gz"]
    assert check_archive(data).problem is None
    place = len(data) // 2
    assert "record" in (check_archive(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]).problem or "")


def test_another_web_archive_that_is_whole_is_found(package: Files) -> None:
    archive = info_record(datetime(2026, 1, 1, tzinfo=UTC), {"software": "another"})
    problem = checked(zipped(package | {"evidence.warc.gz": archive})).problem
    assert problem == "evidence.warc.gz: it was changed: its SHA-256 is not the one in SHA256SUMS"
