"""Money: quotes by the calibration's formula, budgets, the nearest plan that fits, receipts and reservations."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiprod_agents.prices import PriceTable, load_prices
from aiprod_agents.quoting import Estimator, Work, budget_seconds, num_frames_for
from aiprod_agents.receipts import Bill, build_receipt, spent_by_reservation
from aiprod_agents.tiers import TIER_ORDER, TIERS, lower_tiers
from memory.records import Budget, Cost, CostKind, Take
from render_engine.api import RendererCard
from tests.studio.conftest import make_request
from tests.studio.fake_engine import CARD, SPEED

ESTIMATOR = Estimator(card=CARD, calibration=SPEED, prices=PriceTable(eur_per_second=0.01))
ONE = Work({"S1": make_request()}, 10.0)
BOTH = Work({"S1": make_request(), "S2": make_request()}, 10.0)


@given(seconds=st.floats(0.1, 5.0))
def test_frames_are_the_fewest_that_last_long_enough(seconds: float) -> None:
    frames = num_frames_for(seconds, CARD)
    assert (frames - 1) % 8 == 0
    assert frames / 8.0 >= seconds - 1e-6
    assert frames == 1 or (frames - 8) / 8.0 < seconds


def test_a_render_is_priced_by_the_formula_of_the_calibration() -> None:
    tokens = (256 // 16) * (144 // 16) * 5
    assert ESTIMATOR.render_seconds(make_request()) == pytest.approx(0.5 + tokens * (0.0005 * 8 + 0.001))
    guided = make_request(guidance_scale=2.0)
    assert ESTIMATOR.render_seconds(guided) == pytest.approx(0.5 + tokens * (0.0005 * 16 + 0.001))


def test_a_quote_adds_up_and_money_follows_seconds() -> None:
    quote = ESTIMATOR.quote(BOTH, "draft")
    assert quote.seconds_assembly == 2.5
    assert quote.seconds_measuring == pytest.approx(10.0 / 16 + 2 * (33 / 8.0) / 32)
    assert (quote.seconds_animatic, quote.seconds_narration) == (0.0, 0.0)
    assert quote.seconds == pytest.approx(quote.seconds_of("rendering") + 2.5 + quote.seconds_measuring)
    assert quote.eur == pytest.approx(quote.seconds * 0.01)


def test_a_plan_is_quoted_with_its_animatic_and_its_narration() -> None:
    less = ESTIMATOR.quote(BOTH, "draft")
    quote = ESTIMATOR.quote(BOTH._replace(lines=["abcd", "efgh"], with_animatic=True), "draft")
    assert quote.seconds_animatic == 1.25
    assert quote.seconds_narration == 0.5 + 8 / 64
    assert quote.seconds == pytest.approx(less.seconds + 1.25 + 0.625)


def test_a_shot_s_memory_grows_with_its_size_and_a_quote_needs_the_most_of_its_shots() -> None:
    small, large = make_request(num_frames=9), make_request()
    quote = ESTIMATOR.quote(Work({"S1": small, "S2": large}, 10.0), "draft")
    tokens = 16 * 9
    assert [shot.peak_memory_bytes for shot in quote.shots] == [10**8 + 2 * tokens * 10**5, 10**8 + 5 * tokens * 10**5]
    assert quote.peak_memory_bytes == 10**8 + 5 * tokens * 10**5
    assert [shot.tokens for shot in quote.shots] == [0, 0]


def test_a_quote_follows_the_pace_of_the_machine() -> None:
    usual, slow = ESTIMATOR, replace(ESTIMATOR, paces={"rendering": 2.0, "assembly": 3.0})
    before, after = usual.quote(BOTH, "draft"), slow.quote(BOTH, "draft")
    assert after.seconds_of("rendering") == pytest.approx(2 * before.seconds_of("rendering"))
    assert after.seconds - after.seconds_of("rendering") == pytest.approx(
        3 * (before.seconds - before.seconds_of("rendering"))
    )


def test_a_dearer_tier_costs_more() -> None:
    prices = [option.seconds for option in ESTIMATOR.options(ONE)]
    assert prices == sorted(prices)
    assert len(set(prices)) == len(TIER_ORDER)
    assert lower_tiers("premium") == ("standard", "draft")
    assert TIERS["draft"].animatic_strength > TIERS["premium"].animatic_strength


@pytest.mark.parametrize(
    ("limit", "words"),
    [(20.0, "the same storyboard at tier standard fits"), (6.0, "a film of "), (0.5, "nothing fits")],
)
def test_the_nearest_plan_is_named_with_its_price(limit: float, words: str) -> None:
    options = ESTIMATOR.options(ONE)
    nearest = ESTIMATOR.name_nearest(options, "16:9", 10.0, limit)
    assert nearest.startswith(words)
    assert nearest.endswith("EUR")


def test_budgets_are_the_smaller_of_time_and_money() -> None:
    prices = PriceTable(eur_per_second=0.01)
    assert math.isinf(budget_seconds(Budget(), prices))
    assert budget_seconds(Budget(eur=1.0), prices) == 100.0
    assert budget_seconds(Budget(seconds=20.0, eur=1.0), prices) == 20.0
    assert load_prices().eur(1.0) > 0


def test_a_receipt_counts_failed_and_retaken_takes() -> None:
    quote = ESTIMATOR.quote(BOTH, "draft")
    takes = [
        Take(id=str(number), shot_id="S2", number=number, ok=number > 1, request_digest="ab" * 32, seconds_elapsed=2.0)
        for number in (1, 2)
    ]
    costs = [make_cost("assembly", 3.0), make_cost("measuring", 0.5), make_cost("rendering", 1.0, shot_id="S1")]
    receipt = build_receipt(Bill({"r0": quote}, takes, costs, ESTIMATOR.prices))
    assert [(line.what, line.takes, line.spent_seconds) for line in receipt.lines] == [
        ("S1", 0, 1.0),
        ("S2", 2, 4.0),
        ("assembly", 0, 3.0),
        ("measuring", 0, 0.5),
    ]
    assert receipt.quoted_seconds == pytest.approx(quote.seconds)
    assert receipt.difference_eur == pytest.approx(8.5 * 0.01 - quote.eur)
    assert build_receipt(Bill({}, [], [], ESTIMATOR.prices)).lines == ()


def make_cost(what: CostKind, seconds: float, payer: str | None = None, shot_id: str | None = None) -> Cost:
    return Cost(id="c", what=what, seconds=seconds, shot_id=shot_id, reservation_id=payer)


def make_take(shot_id: str, number: int, seconds: float) -> Take:
    digest = "ab" * 32
    values = {"shot_id": shot_id, "number": number, "seconds_elapsed": seconds, "request_digest": digest}
    return Take(id=f"{shot_id} {number}", ok=True, **values)


def test_what_was_spent_stands_on_the_reservation_that_foresaw_it() -> None:
    both = ESTIMATOR.quote(BOTH, "draft")
    retake = ESTIMATOR.quote(Work({"S2": make_request()}, 10.0), "draft")
    takes = [make_take("S2", 2, 16.0), make_take("S1", 1, 1.0), make_take("S2", 1, 2.0)]
    costs = [
        make_cost("assembly", 4.0, "r0"),
        make_cost("assembly", 8.0, "r1"),
        make_cost("narration", 0.5),
        make_cost("animatic", 0.25, "a reservation that was lost"),
    ]
    bill = Bill({"r0": both, "r1": retake}, takes, costs, ESTIMATOR.prices)
    assert spent_by_reservation(bill) == {"r0": 1.0 + 2.0 + 4.0, "r1": 16.0 + 8.0 + 0.5 + 0.25}
    assert spent_by_reservation(bill._replace(takes=[], costs=[])) == {"r0": 0.0, "r1": 0.0}


@given(
    takes=st.lists(st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.floats(0, 100)), max_size=9),
    assemblies=st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["r0", "r1", "r2", None])), max_size=4),
    scopes=st.lists(st.sets(st.sampled_from(["S1", "S2"]), min_size=1), min_size=1, max_size=3),
)
def test_reservations_together_hold_everything_that_was_spent(
    takes: list[tuple[str, float]], assemblies: list[tuple[float, str | None]], scopes: list[set[str]]
) -> None:
    quotes = {
        f"r{i}": ESTIMATOR.quote(Work(dict.fromkeys(scope, make_request()), 10.0), "draft")
        for i, scope in enumerate(scopes)
    }
    made = [make_take(shot_id, number, seconds) for number, (shot_id, seconds) in enumerate(takes, 1)]
    costs = [make_cost("assembly", seconds, payer) for seconds, payer in assemblies]
    bill = Bill(quotes, made, costs, ESTIMATOR.prices)
    spent = spent_by_reservation(bill)
    assert list(spent) == list(quotes)
    assert sum(spent.values()) == pytest.approx(build_receipt(bill).spent_seconds)
    assert spent == spent_by_reservation(bill._replace(takes=made[::-1]))


def test_a_card_whose_sizes_its_own_model_cannot_render_is_no_card() -> None:
    for values, says in (
        ({"max_num_frames": 40}, "40 frames are not 8k\\+1"),
        ({"native_sizes": {"1:1": (192, 200)}}, "192x200 are no multiples of 16"),
    ):
        with pytest.raises(ValueError, match=says):
            RendererCard.model_validate(CARD.model_dump() | values)
