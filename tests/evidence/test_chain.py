"""The chain: every entry follows from the one before."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from monitor.evidence.chain import START, ChainLink, canonical, digest_of, first_break, linked


def chain(count: int) -> list[ChainLink]:
    links, before = [], START
    for seq in range(1, count + 1):
        facts = canonical({"seq": seq, "source": "Укрінформ"})
        before = linked(before, digest_of(facts))
        links.append(ChainLink(seq, digest_of(facts), before, facts))
    return links


def test_a_hash_is_what_the_page_on_evidence_says() -> None:
    facts = canonical({"b": 1, "a": "é"})
    assert facts == '{"a":"\\u00e9","b":1}'
    inner = hashlib.sha256(facts.encode()).hexdigest()
    assert linked(START, digest_of(facts)) == hashlib.sha256(f"{'0' * 64}\n{inner}".encode()).hexdigest()
    assert digest_of(b"x") == digest_of("x")


def test_a_whole_chain_and_any_piece_of_it_hold() -> None:
    links = chain(5)
    assert first_break(links) is None
    assert first_break(links[2:], links[1].hash) is None
    assert first_break([replace(link, facts=None) for link in links]) is None, "others' facts are not needed"
    assert first_break([]) is None


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ([*chain(2), *chain(5)[3:]], "entry 3 is missing: 4 follows 2"),
        ([replace(chain(1)[0], facts="{}")], "entry 1 was changed"),
        ([chain(2)[0], replace(chain(2)[1], facts="{}", digest=digest_of("{}"))], "entry 2 does not follow"),
        ([chain(2)[0], replace(chain(2)[1], hash="0" * 64)], "entry 2 does not follow"),
        ([chain(2)[1]], "entry 2 does not follow"),
    ],
    ids=["removed", "facts", "facts and digest", "hash", "beginning cut off"],
)
def test_what_was_tampered_with_is_named(links: list[ChainLink], words: str) -> None:
    assert words in (first_break(links) or "")
