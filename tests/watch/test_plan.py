"""Plans as values: what joining them leaves."""

from __future__ import annotations

from monitor.watch.plan import ANY, NONE, AllOf, AnyOf, Word, all_of, any_of, size

A, B, C = map(Word, "abc")


def test_joined_plans_are_flat_and_hold_each_part_once() -> None:
    assert all_of([A, all_of([B, A]), ANY]) == AllOf((A, B))
    assert any_of([A, any_of([B, A])]) == AnyOf((A, B))
    assert all_of([A, A]) == any_of([A]) == A
    assert all_of([any_of([A, B]), C]) == AllOf((AnyOf((A, B)), C))


def test_what_says_nothing_is_left_out_or_decides() -> None:
    assert all_of([]) == all_of([ANY]) == ANY
    assert any_of([A, ANY]) == ANY
    assert any_of([]) == any_of([NONE]) == NONE
    assert all_of([A, NONE]) == NONE
    assert any_of([A, NONE]) == A


def test_the_size_counts_words() -> None:
    assert [size(plan) for plan in (A, all_of([A, any_of([B, C])]), NONE)] == [1, 3, 0]
