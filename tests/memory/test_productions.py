"""Productions: their ids, their names, their places; and the names that a project may have."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory import Memory, StoreError
from memory.entries import Production
from memory.records import Attachment, Brief, ProductionStatus
from memory.repositories.productions import brief_sha256

Begin = Callable[..., Production]

ODD_NAMES = ["été", "🎬🎞️", "מגדלור", "Robert'); DROP TABLE productions;--", "100% _done_", "灯台", "x" * 80]


def test_an_id_is_derived_from_workspace_brief_and_ordinal(memory: Memory, begin: Begin):
    brief = Brief(text="A lighthouse at dusk.", language="en", seconds=12)
    production = begin()
    assert production.id == str(uuid5(UUID(memory.workspace_id), f"production {brief_sha256(brief)} 1"))
    assert production.status is ProductionStatus.PLANNING
    assert production.created_at.tzinfo is not None


def test_the_same_brief_again_is_another_production(begin: Begin):
    first, second, other = begin(), begin(), begin(text="A harbour.")
    assert (first.ordinal, second.ordinal, other.ordinal) == (1, 2, 1)
    assert len({first.id, second.id, other.id}) == 3


def test_a_brief_with_another_picture_is_another_brief():
    words = {"text": "A lighthouse.", "language": "en", "seconds": 12}
    plain = Brief.model_validate(words)
    pictured = Brief.model_validate(words | {"attachments": [Attachment(role="logo", name="l", sha256="a" * 64)]})
    assert brief_sha256(plain) != brief_sha256(pictured)


def test_with_an_ordinal_creation_is_repeatable(memory: Memory):
    brief = Brief(text="A lighthouse.", language="en", seconds=12)
    with memory.transaction() as store:
        first = store.productions.create("harbour", brief, tier="draft", seed=1, ordinal=3)
        again = store.productions.create("harbour", brief, tier="draft", seed=1, ordinal=3)
        assert again == first
        with pytest.raises(StoreError, match=r"belongs to project 'harbour'"):
            store.productions.create("another", brief, tier="draft", seed=1, ordinal=3)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_an_impossible_seed_is_refused(memory: Memory, seed: int):
    brief = Brief(text="A lighthouse.", language="en", seconds=12)
    with pytest.raises(StoreError, match=f"this one is {seed}"), memory.transaction() as store:
        store.productions.create("harbour", brief, tier="draft", seed=seed)


def test_a_title_is_given_or_the_briefs_or_its_first_words(memory: Memory, begin: Begin):
    assert begin(text="A lighthouse.\n\nAt dusk.").title == "A lighthouse. At dusk."
    long = begin(text="word " * 40).title
    assert long.endswith("word …")
    assert len(long) <= 62
    brief = Brief(text="A lighthouse.", language="en", seconds=12, title="The lamp")
    with memory.transaction() as store:
        titled = store.productions.create("harbour", brief, tier="draft", seed=1)
        assert titled.title == "The lamp"
        assert store.productions.set_title(titled.id, "The last lamp").title == "The last lamp"


def test_a_status_has_its_reason_and_the_same_again_does_not_touch_the_clock(memory: Memory, begin: Begin):
    production = begin()
    with memory.transaction() as store:
        refused = store.productions.set_status(production.id, ProductionStatus.REFUSED, "over the budget")
        again = store.productions.set_status(production.id, ProductionStatus.REFUSED, "over the budget")
        assert (refused.status, refused.reason) == (ProductionStatus.REFUSED, "over the budget")
        assert again == refused
        assert refused.updated_at > production.updated_at
        packaged = store.productions.set_package(production.id, Path("/films/1"))
        assert packaged.package == "/films/1"
        assert packaged.status is ProductionStatus.REFUSED


def test_a_production_is_found_by_a_prefix_that_is_its_own(memory: Memory, begin: Begin):
    productions = [begin(text=f"Brief {number}.") for number in range(40)]
    chosen = productions[0]
    with memory.transaction() as store:
        assert store.productions.get_by_prefix(chosen.id) == chosen
        assert store.productions.get_by_prefix(f" {chosen.id[:30].upper()} ") == chosen
        shared = next(p.id[0] for p in productions if sum(q.id[0] == p.id[0] for q in productions) > 1)
        with pytest.raises(StoreError, match=r"Several productions begin with"):
            store.productions.get_by_prefix(shared)


@pytest.mark.parametrize("prefix", ["", "%", "_", "zz", "'; --", "f" * 40])
def test_a_prefix_of_nothing_is_refused(memory: Memory, begin: Begin, prefix: str):
    begin()
    with memory.transaction() as store, pytest.raises(StoreError, match=r"aiprod list"):
        store.productions.get_by_prefix(prefix)


def test_what_is_not_there_is_none_or_an_error(memory: Memory):
    nowhere = "00000000-0000-0000-0000-000000000000"
    with memory.transaction() as store:
        assert store.productions.find(nowhere) is None
        with pytest.raises(StoreError, match=nowhere):
            store.productions.get(nowhere)
        assert store.briefs.find(nowhere) is None
        assert store.plans.find(nowhere) is None
        assert store.plans.find(nowhere, 1) is None
        assert store.cuts.find(nowhere) is None
        assert store.deliverables.find(nowhere) is None
        assert store.receipts.find(nowhere) is None
        assert store.reviews.find_in_force(nowhere) is None
        assert store.calibrations.find("a" * 64, 1, "here") is None
        assert store.productions.list("never begun") == ()


def test_a_take_of_no_production_is_one_line(memory: Memory):
    with pytest.raises(StoreError, match=r"FOREIGN KEY") as caught, memory.transaction() as store:
        store.briefs.save("nowhere", Brief(text="A lighthouse.", language="en", seconds=12))
    assert "\n" not in str(caught.value)


def test_productions_are_listed_newest_first_and_by_project(memory: Memory, begin: Begin):
    first, second, other = begin("a"), begin("a"), begin("b")
    with memory.transaction() as store:
        assert store.productions.list() == (other, second, first)
        assert store.productions.list("a") == (second, first)
        assert store.productions.list("a", limit=1) == (second,)
        assert store.productions.find(other.id) == other


def test_a_plan_in_versions(memory: Memory, begin: Begin, plan: Callable[..., tuple]):
    production = begin()
    with memory.transaction() as store:
        assert store.plans.save(production.id, *plan("watercolour")).version == 1
        assert store.plans.save(production.id, *plan("watercolour")).version == 1
        assert store.plans.save(production.id, *plan("ink")).version == 2
        assert store.plans.save(production.id, *plan("watercolour")).version == 3
        assert [version.look.style for version in store.plans.list(production.id)] == [
            "watercolour",
            "ink",
            "watercolour",
        ]
        second = store.plans.find(production.id, 2)
        assert second is not None
        assert second.look.style == "ink"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_script_and_sign_names_a_project(memory: Memory, begin: Begin, name: str):
    production = begin(name)
    assert production.project == name
    with memory.transaction() as store:
        assert store.productions.list(name) == (production,)
        assert store.projects.ensure(name) == name
        assert store.projects.list() == (name,)


def test_the_same_name_in_another_encoding_is_the_same_project(memory: Memory):
    with memory.transaction() as store:
        assert store.projects.ensure("e\u0301te\u0301 ") == store.projects.ensure("\u00e9t\u00e9")
        assert len(store.projects.list()) == 1


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 81, "a/b", "a\\b", "..", ".", "a\nb", "a\x00b", "a\x1bb", "a\u2028b", "a\ud800b"]
)
def test_an_impossible_project_name_is_one_line(memory: Memory, name: str):
    with memory.transaction() as store, pytest.raises(StoreError, match=r"^A project's name [^\n]*\.$"):
        store.projects.ensure(name)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=90))
def test_a_name_is_kept_or_refused_and_nothing_else(memory: Memory, name: str):
    with memory.transaction() as store:
        try:
            kept = store.projects.ensure(name)
        except StoreError:
            return
        assert kept in store.projects.list()
        assert store.projects.ensure(kept) == kept
