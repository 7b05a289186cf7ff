"""A package, and the tools of others that check it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from doubles.authority import StampAuthorityDouble
from doubles.evidence_samples import stamped, story_contents
from doubles.patience import HANG

from monitor.evidence.package import PackageContents, files_of, summary_of

Unpack = Callable[[Mapping[str, bytes]], Path]


def test_it_has_texts_differences_headers_records_alerts_and_the_chain(package: dict[str, bytes]) -> None:
    assert list(package) == [
        "chain.jsonl", "evidence.warc.gz", "story.json", "alerts.json", "changes.json", "texts/7-1.txt", "texts/7-2.txt",
        "headers/3.json", "headers/5.json", "diffs/7-1-2.txt", "report.txt", "manifest.json", "SHA256SUMS",
    ]  # fmt: skip
    assert package["texts/7-1.txt"].decode() == "КНДР запустила ракету\n\nТри ракети."
    assert "КНДР запустила [-ракету-]{+ракети+}\n\n[-Три-]{+Дві+} ракети." in package["diffs/7-1-2.txt"].decode()
    assert json.loads(package["alerts.json"])[0]["message_id"] == 71
    assert json.loads(package["story.json"])["lineage"] == "Yonhap → Укрінформ"
    rows = [json.loads(row) for row in package["chain.jsonl"].splitlines()]
    assert [("facts" in row) for row in rows] == [True, False, True, True], "others' entries are shown by their digest"


def test_its_page_for_people_says_what_was_found_and_what_is_missing(package: dict[str, bytes]) -> None:
    page = package["report.txt"].decode()
    for words in (
        "EVIDENCE ON STORY 5: КНДР запустила ракету",
        "1: desk, Arms: sent 14:06 UTC, message 71",
        "2: me, alert: ready",
        "entry 3, 2026-11-30 14:05:00 UTC: reading, HTTP 200, version 1",
        "2026-11-30 15:05:00 UTC: headline changed: КНДР запустила ракету -> КНДР запустила ракети",
        "2026-11-30 16:05:00 UTC: gone (404)",
        "entry 6: its text was deleted by the clean-up",
        "article 9 (Third): no evidence was kept of it",
        "no time stamps",
        "same event",
    ):
        assert words in page
    assert "\x1b" not in page


def test_without_raw_pages_the_records_have_headers_and_texts() -> None:
    contents = story_contents(raw=False)
    files = files_of(contents)
    kinds = [row["kind"] for row in json.loads(files["manifest.json"])["warc"]["records"]]
    assert kinds == ["metadata", "conversion", "metadata", "conversion"]
    assert any("evidence.raw was off" in line for line in summary_of(contents))


def test_a_story_of_which_nothing_was_kept_makes_a_package_too() -> None:
    contents = story_contents()
    bare = replace(contents, links=[], versions=[], headers={}, records={}, changes=[], alerts=[])
    manifest = json.loads(files_of(bare)["manifest.json"])
    assert manifest["chain"]["first"] is None
    assert len(manifest["missing"]) == 3


def test_headlines_of_two_pages_are_compared_where_both_are_known() -> None:
    contents = story_contents()
    old, new = (replace(each, headline=f"Page {each.number}") for each in contents.versions)
    diff = files_of(replace(contents, versions=[old, new]))["diffs/7-1-2.txt"].decode()
    assert "Page [-1-]{+2+}" in diff


def test_times_that_are_not_known_are_question_marks() -> None:
    contents = story_contents()
    versions = [replace(each, at=None) for each in contents.versions]
    files = files_of(replace(contents, versions=versions))
    assert files["diffs/7-1-2.txt"].decode().startswith("version 1 of ? -> version 2 of ?")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANG, check=False)


def test_sha256sum_and_warcio_find_it_whole(package: dict[str, bytes], unpack: Unpack) -> None:
    folder = unpack(package)
    found = run(folder, "sha256sum", "-c", "SHA256SUMS")
    assert found.returncode == 0, found.stdout
    warcio = run(folder, sys.executable, "-c", "from warcio.cli import main; main()", "check", "-v", "evidence.warc.gz")
    assert warcio.returncode == 0, warcio.stdout
    assert warcio.stdout.count("digest pass") == 5
    assert "digest failed" not in warcio.stdout


def test_warcio_finds_a_changed_byte_in_a_record(unpack: Unpack) -> None:
    import gzip

    plain = gzip.decompress(files_of(story_contents())["evidence.warc.gz"])
    folder = unpack({"evidence.warc": plain.replace("Три".encode(), "Сім".encode())})
    assert run(folder, sys.executable, "-c", "from warcio.cli import main; main()", "check", "evidence.warc").returncode


def test_openssl_verifies_a_time_stamp(authority: StampAuthorityDouble, unpack: Unpack) -> None:
    contents: PackageContents = stamped(story_contents(), authority)
    files = files_of(contents)
    folder = unpack(files)
    check = "openssl", "ts", "-verify", "-data", "timestamps/6.hash", "-in", "timestamps/6.tsr"
    assert " ".join(check) in files["report.txt"].decode()
    assert run(folder, *check, "-CAfile", str(authority.certificate)).returncode == 0
    (folder / "timestamps/6.hash").write_bytes(contents.links[0].hash.encode())
    assert run(folder, *check, "-CAfile", str(authority.certificate)).returncode != 0
