"""Every write is repeatable, and what is read is what was written, for records of any content."""

import json
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from memory import Memory, Repositories
from memory.records import (
    Attachment,
    Brief,
    Concept,
    Cost,
    Cut,
    Deliverable,
    Finding,
    Lesson,
    Look,
    Note,
    PlacedShot,
    Quote,
    Receipt,
    ReceiptLine,
    Requirement,
    Reservation,
    Review,
    Shot,
    ShotQuote,
    StoredCalibration,
    Storyboard,
    Take,
)
from memory.tables import Row

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
SOME_WORDS = WORDS.filter(bool)
HASH = st.text("0123456789abcdef", min_size=64, max_size=64)
SHOT_ID = st.from_regex(r"S[0-9]{1,3}", fullmatch=True)
COUNT = st.integers(1, 1000)
NUMBER = st.floats(0, 1e9, allow_nan=False)
POSITIVE = st.floats(1e-3, 1e6)


def tuples(each: st.SearchStrategy[Any], *, min_size: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, min_size=min_size, max_size=3).map(tuple)


BRIEF = st.builds(
    Brief,
    text=SOME_WORDS,
    language=st.sampled_from(["en", "fr"]),
    title=st.none() | WORDS,
    seconds=POSITIVE,
    requirements=tuples(st.builds(Requirement, id=st.just("R1"), kind=st.just("must"), text=WORDS)),
    words_on_screen=tuples(WORDS),
    attachments=tuples(st.builds(Attachment, role=st.just("logo"), name=WORDS, sha256=HASH)),
    shots=st.just(()),
)
SHOT = st.builds(
    Shot,
    id=SHOT_ID,
    scene_id=WORDS,
    seconds=POSITIVE,
    description=WORDS,
    subject=WORDS,
    narration=WORDS,
    covers=st.just(("R1",)),
    first_frame=st.none() | HASH,
)
PLAN = st.tuples(
    st.builds(Concept, title=WORDS, logline=WORDS, mood=st.just("epic")),
    st.builds(Look, style=WORDS, palette=WORDS, palette_colours=tuples(WORDS), lighting=WORDS),
    st.builds(
        Storyboard,
        scenes=st.just(()),
        shots=tuples(SHOT, min_size=1),
        title_card=st.none(),
        end_card=st.none(),
        cast=st.just(()),
    ),
)
TAKE = st.builds(
    Take,
    id=SOME_WORDS,
    shot_id=SHOT_ID,
    number=COUNT,
    ok=st.booleans(),
    request_digest=HASH,
    sha256=st.none() | HASH,
    error=st.none() | WORDS,
    seconds_elapsed=NUMBER,
    peak_memory_bytes=st.integers(0, 2**40),
    weights_sha256=st.none() | HASH,
)
CUT = st.builds(
    Cut,
    version=COUNT,
    sha256=HASH,
    take_ids=tuples(WORDS),
    placed=tuples(st.builds(PlacedShot, shot_id=SHOT_ID, frame_in=COUNT, frame_out=COUNT)),
    width=COUNT,
    height=COUNT,
    fps=POSITIVE,
    num_frames=COUNT,
    upscaled_from=st.none() | st.tuples(COUNT, COUNT),
    interpolated_from_fps=st.none() | NUMBER,
    loudness_lufs=st.none() | NUMBER,
    seconds_elapsed=NUMBER,
)
FINDING = st.builds(
    Finding,
    id=SOME_WORDS,
    shot_id=st.none() | SHOT_ID,
    category=WORDS,
    severity=st.sampled_from(["info", "critical"]),
    message=WORDS,
    author=WORDS,
)
FINDINGS = st.lists(FINDING, max_size=4, unique_by=lambda finding: finding.id)
REVIEW = st.builds(
    Review,
    id=SOME_WORDS,
    version=COUNT,
    cut_sha256=HASH,
    author=WORDS,
    verdict=st.sampled_from(["approved", "needs_changes", "rejected"]),
    notes=tuples(st.builds(Note, shot_id=st.none() | SHOT_ID, text=SOME_WORDS)),
)
LESSON = st.builds(Lesson, id=SOME_WORDS, text=SOME_WORDS, why=WORDS, shot_id=st.none() | SHOT_ID)
QUOTE = st.builds(
    Quote,
    tier=st.just("draft"),
    shots=tuples(
        st.builds(ShotQuote, shot_id=SHOT_ID, seconds=NUMBER, eur=NUMBER, peak_memory_bytes=st.integers(0, 2**40))
    ),
    seconds_assembly=NUMBER,
    seconds=NUMBER,
    eur=NUMBER,
    peak_memory_bytes=st.integers(0, 2**40),
)
RESERVATION = st.builds(Reservation, id=SOME_WORDS, seconds=NUMBER, eur=NUMBER)
COST = st.builds(
    Cost, id=SOME_WORDS, what=st.sampled_from(["assembly", "measuring"]), seconds=NUMBER, reservation_id=SOME_WORDS
)
RECEIPT = st.builds(
    Receipt,
    lines=tuples(st.builds(ReceiptLine, what=WORDS, quoted_seconds=NUMBER, spent_seconds=NUMBER, takes=COUNT)),
    quoted_seconds=NUMBER,
    spent_seconds=NUMBER,
    quoted_eur=NUMBER,
    spent_eur=NUMBER,
)
DELIVERABLE = st.builds(
    Deliverable, version=COUNT, folder=WORDS, film_sha256=HASH, files=st.dictionaries(WORDS, HASH, max_size=3)
)
CALIBRATION = st.builds(
    StoredCalibration,
    weights_sha256=HASH,
    num_threads=COUNT,
    machine=WORDS,
    value=st.dictionaries(WORDS, NUMBER | WORDS | st.lists(NUMBER, max_size=2), max_size=3),
    measured_at=st.datetimes(timezones=st.just(UTC)),
    paces=st.dictionaries(WORDS, NUMBER, max_size=2),
)

Write = Callable[[Repositories, str, Any], object]
Read = Callable[[Repositories, str, Any], object]
KINDS: dict[str, tuple[st.SearchStrategy[Any], Write, Read]] = {
    "brief": (BRIEF, lambda s, p, brief: s.briefs.save(p, brief), lambda s, p, _: s.briefs.find(p)),
    "plan": (
        PLAN,
        lambda s, p, plan: s.plans.save(p, *plan),
        lambda s, p, _: (found := s.plans.find(p)) and (found.concept, found.look, found.storyboard),
    ),
    "take": (
        TAKE,
        lambda s, p, take: s.takes.save(p, take),
        lambda s, p, take: next(found for found in s.takes.list(p, take.shot_id) if found.id == take.id),
    ),
    "cut": (CUT, lambda s, p, cut: s.cuts.save(p, cut), lambda s, p, cut: s.cuts.find(p, cut.version)),
    "findings": (
        FINDINGS,
        lambda s, p, findings: s.findings.replace(p, 3, findings),
        lambda s, p, _: list(s.findings.list(p, 3)),
    ),
    "review": (
        REVIEW,
        lambda s, p, review: s.reviews.append(p, review),
        lambda s, p, _: s.reviews.find_in_force(p),
    ),
    "lesson": (LESSON, lambda s, p, lesson: s.lessons.save(p, lesson), lambda s, p, _: s.lessons.list(p)[-1]),
    "quote": (QUOTE, lambda s, p, quote: s.quotes.save(p, quote), lambda s, p, _: s.quotes.list(p)[-1]),
    "reservation": (
        RESERVATION,
        lambda s, p, reservation: s.reservations.reserve(p, reservation),
        lambda s, p, _: s.reservations.list(p)[-1].reservation,
    ),
    "cost": (COST, lambda s, p, cost: s.costs.save(p, cost), lambda s, p, _: s.costs.list(p)[-1]),
    "receipt": (
        RECEIPT,
        lambda s, p, receipt: s.receipts.save(p, receipt, version=2),
        lambda s, p, _: s.receipts.find(p),
    ),
    "deliverable": (
        DELIVERABLE,
        lambda s, p, deliverable: s.deliverables.save(p, deliverable),
        lambda s, p, deliverable: s.deliverables.find(p, deliverable.version),
    ),
    "calibration": (
        CALIBRATION,
        lambda s, _, calibration: s.calibrations.save(calibration),
        lambda s, _, found: s.calibrations.find(found.weights_sha256, found.num_threads, found.machine),
    ),
}


def everything(memory: Memory) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with memory._database.transaction() as session:
        return {
            name: sorted(json.dumps([repr(value) for value in row]) for row in session.execute(select(table)).all())
            for name, table in Row.metadata.tables.items()
        }


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_same_record_again_changes_nothing_and_reads_back_equal(memory: Memory, kind: str, data: st.DataObject):
    record_strategy, write, read = KINDS[kind]
    record = data.draw(record_strategy)
    with memory.transaction() as store:
        brief = Brief(text="A lighthouse.", language="en", seconds=12)
        production = store.productions.create("harbour", brief, tier="draft", seed=1)
        write(store, production.id, record)
    before = everything(memory)
    with memory.transaction() as store:
        write(store, production.id, record)
        assert read(store, production.id, record) == record
    assert everything(memory) == before


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FINDINGS, then=FINDINGS)
def test_findings_are_those_of_the_last_judgement_in_its_order(
    memory: Memory, first: list[Finding], then: list[Finding]
):
    with memory.transaction() as store:
        brief = Brief(text="A lighthouse.", language="en", seconds=12)
        production = store.productions.create("harbour", brief, tier="draft", seed=1)
        store.findings.replace(production.id, 1, first)
        store.findings.replace(production.id, 2, first)
        store.findings.replace(production.id, 2, then)
        assert store.findings.list(production.id, 2) == tuple(then)
        assert store.findings.list(production.id, 1) == tuple(first)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(takes=st.lists(TAKE, max_size=6), text=SOME_WORDS)
def test_a_transaction_that_fails_leaves_nothing(memory: Memory, takes: list[Take], text: str):
    def write_and_fail() -> None:
        with memory.transaction() as store:
            brief = Brief(text=text, language="en", seconds=12)
            production = store.productions.create("harbour", brief, tier="draft", seed=1)
            for take in takes:
                store.takes.save(production.id, take)
            raise LookupError

    before = everything(memory)
    with pytest.raises(LookupError):
        write_and_fail()
    assert everything(memory) == before
