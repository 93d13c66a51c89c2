"""Which review is in force, what lessons stay, and what becomes of money set aside."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import Memory, StoreError
from memory.entries import Production
from memory.records import (
    Brief,
    Lesson,
    Quote,
    Receipt,
    Reservation,
    Review,
    StoredCalibration,
    Take,
)

Begin = Callable[..., Production]
Judge = Callable[..., Review]


def test_a_later_review_voids_the_approval_and_both_stay(memory: Memory, begin: Begin, judge: Judge):
    production = begin()
    approval = judge(production.id, "approved", id="r1")
    later = judge(production.id, "needs_changes", id="r2", S1="Warmer light.")
    with memory.transaction() as store:
        entries = store.reviews.list(production.id)
        assert [entry.review for entry in entries] == [approval, later]
        assert [entry.in_force for entry in entries] == [False, True]
        assert entries[0].recorded_at < entries[1].recorded_at
        assert store.reviews.find_in_force(production.id) == later


def test_an_approval_repeated_after_a_later_review_stays_void(memory: Memory, begin: Begin, judge: Judge):
    production = begin()
    judge(production.id, "approved", id="r1")
    later = judge(production.id, "rejected", id="r2")
    judge(production.id, "approved", id="r1")
    with memory.transaction() as store:
        assert store.reviews.find_in_force(production.id) == later


def test_a_review_on_record_is_never_rewritten(begin: Begin, judge: Judge):
    production = begin()
    judge(production.id, "rejected")
    with pytest.raises(StoreError, match=r"Review r1 is on record with other words"):
        judge(production.id, "approved")


def test_two_productions_may_use_the_same_review_id(memory: Memory, begin: Begin, judge: Judge):
    first, second = begin(), begin()
    judge(first.id, "approved")
    judge(second.id, "rejected")
    with memory.transaction() as store:
        assert [len(store.reviews.list(production.id)) for production in (first, second)] == [1, 1]


def test_a_lesson_needs_its_production_and_is_rewritten_by_its_id(memory: Memory, begin: Begin):
    production = begin()
    with memory.transaction() as store:
        store.lessons.save(production.id, Lesson(id="l1", text="No red."))
        store.lessons.save(production.id, Lesson(id="l1", text="No red skies.", shot_id="S1"))
        assert store.lessons.list(production.id) == (Lesson(id="l1", text="No red skies.", shot_id="S1"),)
        with pytest.raises(StoreError, match=r"no production 'nowhere'"):
            store.lessons.save("nowhere", Lesson(id="l1", text="No red."))


def test_takes_stand_by_shot_and_number(memory: Memory, begin: Begin):
    production = begin()
    takes = [
        Take(id=f"{shot}-{number}", shot_id=shot, number=number, ok=False, request_digest="d" * 64, error="burnt")
        for shot, number in [("S10", 1), ("S2", 2), ("S2", 1)]
    ]
    with memory.transaction() as store:
        for take in takes:
            store.takes.save(production.id, take)
        assert [take.id for take in store.takes.list(production.id)] == ["S2-1", "S2-2", "S10-1"]
        assert [take.id for take in store.takes.list(production.id, "S10")] == ["S10-1"]


def quote(eur: float) -> Quote:
    return Quote(tier="draft", shots=(), seconds_assembly=1, seconds=2, eur=eur, peak_memory_bytes=3)


def test_quotes_keep_their_order_and_a_key_keeps_its_price(memory: Memory, begin: Begin):
    production = begin()
    with memory.transaction() as store:
        for eur in (3, 1, 2, 1):
            store.quotes.save(production.id, quote(eur))
        assert [found.eur for found in store.quotes.list(production.id)] == [3, 1, 2]
        store.quotes.save(production.id, quote(1), "round 2")
        store.quotes.save(production.id, quote(1), "round 2")
        assert [found.eur for found in store.quotes.list(production.id)] == [3, 1, 2, 1]
        with pytest.raises(StoreError, match=r"Quote round 2 is on record with another price"):
            store.quotes.save(production.id, quote(9), "round 2")


def test_a_receipt_of_a_later_version_is_the_receipt(memory: Memory, begin: Begin):
    production = begin()
    first, second = (
        Receipt(lines=(), quoted_seconds=1, spent_seconds=spent, quoted_eur=1, spent_eur=1) for spent in (1, 2)
    )
    with memory.transaction() as store:
        store.receipts.save(production.id, second, version=2)
        store.receipts.save(production.id, first, version=1)
        assert store.receipts.find(production.id) == second


def test_a_later_calibration_replaces_the_earlier_one(memory: Memory):
    old, new = (
        StoredCalibration(
            weights_sha256="a" * 64,
            num_threads=2,
            machine="desk",
            value={"seconds_per_step": speed},
            measured_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for speed in (2.0, 1.0)
    )
    with memory.transaction() as store:
        store.calibrations.save(old)
        store.calibrations.save(new)
        assert store.calibrations.find("a" * 64, 2, "desk") == new
        assert store.calibrations.find("a" * 64, 1, "desk") is None


STEPS = st.lists(st.sampled_from(["reserve", "free", "settle"]), max_size=8)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_reservation_ends_once_however_often_its_steps_repeat(memory: Memory, steps: list[str]):
    """Its first end is its end: the same end again changes nothing, another end is refused."""
    brief = Brief(text="A lighthouse.", language="en", seconds=12)
    expected: str | None = None
    with memory.transaction() as store:
        production = store.productions.create("harbour", brief, tier="draft", seed=1)
        actions = {
            "reserve": lambda: store.reservations.reserve(production.id, Reservation(id="a", seconds=5, eur=1)),
            "free": lambda: store.reservations.free(production.id, "a"),
            "settle": lambda: store.reservations.settle(production.id, "a", spent_seconds=4, spent_eur=0.5),
        }
        ends = {"reserve": "reserved", "free": "freed", "settle": "settled"}
        for step in steps:
            possible = step == "reserve" if expected is None else expected in {"reserved", ends[step]}
            if possible or step == "reserve":
                actions[step]()
                expected = ends[step] if expected in {None, "reserved"} else expected
            else:
                with pytest.raises(StoreError):
                    actions[step]()
        assert [entry.status for entry in store.reservations.list(production.id)] == ([expected] if expected else [])


def test_a_reservation_of_another_sum_is_refused_and_what_was_spent_last_stands(memory: Memory, begin: Begin):
    """A production that failed is settled, goes on, and is settled again with more."""
    production = begin()
    with memory.transaction() as store:
        store.reservations.reserve(production.id, Reservation(id="a", seconds=5, eur=1))
        with pytest.raises(StoreError, match=r"a new sum needs a new id"):
            store.reservations.reserve(production.id, Reservation(id="a", seconds=6, eur=1))
        store.reservations.settle(production.id, "a", spent_seconds=4, spent_eur=0.5)
        store.reservations.settle(production.id, "a", spent_seconds=9, spent_eur=1.5)
        [entry] = store.reservations.list(production.id)
        assert (entry.spent_seconds, entry.spent_eur) == (9, 1.5)
