"""The financial orchestrator prices what is to be rendered, keeps the gates before it, and settles the bill after.

Three kinds of scope are priced. A plan must fit the budget and pass the plan and cost gates. Retakes that the critic
orders must fit the allowance that came with the last approved price. A round that a reviewer asked for must fit what
is left of the budget, passes the cost gate, and brings an allowance of its own.
"""

from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.approvals import keep_cost_answer, keep_plan_answer, say_yes, say_yes_to_both
from aiprod_agents.budgets import find_left
from aiprod_agents.calibrating import open_estimator
from aiprod_agents.context import Event, StudioContext
from aiprod_agents.gates import ask_answer
from aiprod_agents.hand_edits.edits import AnimaticEdit
from aiprod_agents.ids import derive_id
from aiprod_agents.learning import record_lessons
from aiprod_agents.limits import MAX_PLAN_CHANGES, MAX_RETAKES, MAX_SAVINGS, RETAKE_ALLOWANCE
from aiprod_agents.plan_page import PAGE, plan_folder
from aiprod_agents.questions import cost_question, plan_question
from aiprod_agents.quoting import Estimator, Work, budget_seconds
from aiprod_agents.receipts import draw_bill, free_unspent, settle_bill, spent_seconds
from aiprod_agents.state import (
    Answer,
    Approval,
    Commission,
    Decision,
    Phase,
    PricedOption,
    ShotRequest,
    State,
)
from aiprod_agents.tiers import find_tier
from memory.records import (
    Brief,
    Concept,
    Cut,
    Deliverable,
    Finding,
    Gate,
    ProductionStatus,
    Quote,
    Receipt,
    Reservation,
    Review,
    Storyboard,
    Take,
    Tier,
)


class FinanceInput(TypedDict, total=False):
    """The requests in scope and the budget; once rendered, the takes and the verdict."""

    commission: Commission
    brief: Brief
    concept: Concept
    storyboard: Storyboard
    plan_notes: list[str]
    edit: AnimaticEdit | None
    decision: Decision
    phase: Phase
    gate: Gate | None
    scope: list[str]
    tier: Tier
    requests: dict[str, ShotRequest]
    quote: Quote
    quotes: dict[str, Quote]
    options: list[PricedOption]
    allowance_seconds: float
    savings: list[str]
    num_savings: int
    last_price: float | None
    num_plan_changes: int
    change_request: str
    approvals: list[Approval]
    num_retakes: dict[str, int]
    num_review_rounds: int
    takes: dict[str, Take]
    cut: Cut | None
    findings: list[Finding]
    review: Review | None
    deliverable: Deliverable


class FinanceOutput(TypedDict, total=False):
    """A quote, a reservation, a refusal, or a receipt; and what comes next."""

    decision: Decision
    phase: Phase
    gate: Gate | None
    edit: AnimaticEdit | None
    scope: list[str]
    tier: Tier
    quote: Quote
    quotes: dict[str, Quote]
    options: list[PricedOption]
    reservation: Reservation | None
    allowance_seconds: float
    nearest_plan: str
    last_price: float | None
    num_plan_changes: int
    approvals: list[Approval]
    change_request: str
    retakes_allowed: bool
    receipt: Receipt
    status: ProductionStatus
    reason: str


async def orchestrate_money(state: FinanceInput, runtime: Runtime[StudioContext]) -> FinanceOutput:
    """Price, ask, reserve or refuse; and at the end, settle."""
    context = runtime.context
    if state["phase"] == "settle":
        return settle(state, context)
    if state.get("gate") == "plan":
        return pass_plan_gate(state, context)
    if state.get("gate") == "cost":
        return pass_cost_gate(state, context)
    production_id = state["commission"].production_id
    estimator = await open_estimator(context, State.FINANCIAL_ORCHESTRATOR, production_id)
    return quote_scope(state, context, estimator)


# ---- phase quote -----------------------------------------------------------------------------------------------


def quote_scope(state: FinanceInput, context: StudioContext, estimator: Estimator) -> FinanceOutput:
    """Price the scope, and decide by its kind."""
    work = find_work(state)
    quote = estimator.quote(work, state["tier"])
    shots = "1 shot" if len(quote.shots) == 1 else f"{len(quote.shots)} shots"
    _emit(context, state, f"{shots} at tier {quote.tier}: {estimator.describe(quote.seconds)}")
    with context.memory.transaction() as store:
        store.quotes.save(state["commission"].production_id, quote)
    if is_retake(state):
        return quote_retakes(state, quote, context)
    if state["num_review_rounds"]:
        return quote_round(state, quote, context, estimator)
    options = estimator.options(work)
    priced: FinanceOutput = {"quote": quote, "options": options, "last_price": quote.seconds}
    limit = budget_seconds(state["commission"].budget, context.prices)
    if quote.seconds > limit:
        return {**priced, **save_or_refuse(state, quote, options, estimator, limit)}
    if state["commission"].auto_approve:
        return {**priced, "approvals": say_yes_to_both(state, quote), **reserve(state, quote, context)}
    if state.get("decision") == "retier":  # the plan was approved, and is the same
        return {**priced, "decision": "ask", "gate": "cost", "status": ProductionStatus.AWAITING_COST}
    return {**priced, "decision": "ask", "gate": "plan", "status": ProductionStatus.AWAITING_PLAN}


def find_work(state: FinanceInput) -> Work:
    """What the scope means: the plan is also narrated and drawn as a film, a later version only drawn anew."""
    is_plan, is_version = not state.get("quotes"), "deliverable" in state and not is_retake(state)
    speaks = is_plan and state["brief"].wants_narration
    return Work(
        requests={shot_id: state["requests"][shot_id].request for shot_id in state["scope"]},
        film_seconds=state["storyboard"].seconds,
        lines=[shot.narration for shot in state["storyboard"].shots if shot.narration] if speaks else (),
        with_animatic=is_plan or is_version,
    )


def is_retake(state: FinanceInput) -> bool:
    """Whether the critic ordered this scope, since a person last judged."""
    return any(state["num_retakes"].get(shot_id, 0) for shot_id in state["scope"])


def quote_retakes(state: FinanceInput, quote: Quote, context: StudioContext) -> FinanceOutput:
    """Retakes come out of the allowance, and never past the budget; else the cut is judged as it stands."""
    allowed = min(state["allowance_seconds"], get_left(state, context))
    if quote.seconds > allowed:
        shots = ", ".join(state["scope"])
        why = f"another take of {shots} costs {quote.seconds:.1f} s where {allowed:.1f} s are allowed"
        return turn_back(state, quote, why, context)
    reserved = reserve(state, quote, context)
    left = state["allowance_seconds"] - quote.seconds
    return {"quote": quote, **reserved, "allowance_seconds": left}


def quote_round(state: FinanceInput, quote: Quote, context: StudioContext, estimator: Estimator) -> FinanceOutput:
    """A reviewer's round must fit what is left of the budget, and a person is asked whether it is worth its price."""
    left = get_left(state, context)
    if quote.seconds > left:
        what = f"the changes cost {estimator.describe(quote.seconds)} where {estimator.describe(left)} are left"
        return turn_back(state, quote, f"{what}; {name_fitting(state, estimator, left)}", context)
    if state["commission"].auto_approve:
        agreed = keep_cost_answer(state, say_yes("cost"), quote)
        return {"quote": quote, "approvals": agreed, **reserve(state, quote, context)}
    status = ProductionStatus.AWAITING_COST
    return {"quote": quote, "options": [], "decision": "ask", "gate": "cost", "status": status}


def turn_back(state: FinanceInput, quote: Quote, why: str, context: StudioContext) -> FinanceOutput:
    """Render nothing more: the cut is judged as it stands, and whoever judges it is told why."""
    _emit(context, state, why)
    back: FinanceOutput = {"decision": "judge", "phase": "judge", "gate": None, "retakes_allowed": False}
    return {**back, "quote": quote, "nearest_plan": why}


def name_fitting(state: FinanceInput, estimator: Estimator, left: float) -> str:
    """Which of the changes would fit what is left, the cheapest ones first, in one line."""
    work, fitting = find_work(state), None
    shots = sorted(work.requests, key=lambda shot_id: estimator.render_seconds(work.requests[shot_id]))
    for count in range(1, len(shots) + 1):
        some = [shot_id for shot_id in work.requests if shot_id in shots[:count]]
        price = estimator.quote(work._replace(requests={name: work.requests[name] for name in some}), state["tier"])
        if price.seconds > left:
            break
        fitting = f"{', '.join(some)} alone would fit: {estimator.describe(price.seconds)}"
    cheapest = estimator.quote(work._replace(requests={shots[0]: work.requests[shots[0]]}), state["tier"])
    return fitting or f"nothing fits: the cheapest, {shots[0]} alone, costs {estimator.describe(cheapest.seconds)}"


def get_left(state: FinanceInput, context: StudioContext) -> float:
    """Seconds that the budget still bears."""
    with context.memory.reading() as store:
        return find_left(store, state["commission"], state.get("quotes", {}), context.prices)


def save_or_refuse(
    state: FinanceInput, quote: Quote, options: list[PricedOption], estimator: Estimator, limit: float
) -> FinanceOutput:
    """Over budget: to the optimizer while that still helps, else a refusal that names what would fit."""
    last = state["last_price"]
    if state["num_savings"] < MAX_SAVINGS and (last is None or quote.seconds < last):
        return {"decision": "save"}
    nearest = estimator.name_nearest(options, state["brief"].aspect, state["brief"].seconds, limit)
    reason = (
        f"over budget: {estimator.describe(quote.seconds)} where {estimator.describe(limit)} are allowed; {nearest}"
    )
    return {**refusal(reason), "nearest_plan": nearest}


def refusal(reason: str) -> FinanceOutput:
    """The end that spends nothing."""
    return {
        "decision": "refuse",
        "gate": None,
        "reservation": None,
        "status": ProductionStatus.REFUSED,
        "reason": reason,
    }


def reserve(state: FinanceInput, quote: Quote, context: StudioContext) -> FinanceOutput:
    """Set the price aside and let the render begin.

    The sum is part of the id: a node that runs again after a kill may find that the machine's pace has changed.
    """
    production_id = state["commission"].production_id
    reservation = Reservation(
        id=derive_id(production_id, "reservation", len(state.get("quotes", {})), quote.seconds),
        seconds=quote.seconds,
        eur=quote.eur,
    )
    with context.memory.transaction() as store:
        store.reservations.reserve(production_id, reservation)
    reserved: FinanceOutput = {
        "decision": "render",
        "phase": "render",
        "gate": None,
        "quotes": {reservation.id: quote},
        "reservation": reservation,
        "nearest_plan": "",
        "status": ProductionStatus.RENDERING,
    }
    if not is_retake(state):
        reserved["allowance_seconds"] = find_allowance(state, quote, context)
        reserved["retakes_allowed"] = True
    return reserved


def find_allowance(state: FinanceInput, quote: Quote, context: StudioContext) -> float:
    """What retakes may cost besides: half the price, at least the dearest shot's retakes, within what is left."""
    dearest = max(shot.seconds for shot in quote.shots) + quote.seconds_assembly + quote.seconds_measuring
    retakes = dearest * MAX_RETAKES[quote.tier]
    left = get_left(state, context) - quote.seconds
    return max(0.0, min(left, max(quote.seconds * RETAKE_ALLOWANCE, retakes)))


# ---- the gates -------------------------------------------------------------------------------------------------


def pass_plan_gate(state: FinanceInput, context: StudioContext) -> FinanceOutput:
    """Show the storyboard and its animatics; then the price."""
    page = plan_folder(context.workspace, state["commission"].production_id) / PAGE
    remarks = {"note": state["plan_notes"], "saving": state["savings"]}
    question = plan_question(
        state["concept"], state["storyboard"], state["requests"], remarks, page, state["num_plan_changes"]
    )
    answer = ask_answer(question)
    kept: FinanceOutput = {"approvals": keep_plan_answer(state, answer)}
    if answer.choice == "approve":
        _emit(context, state, f"{answer.author} approved the plan")
        return {**kept, "decision": "ask", "gate": "cost", "status": ProductionStatus.AWAITING_COST}
    return {**kept, **changed_or_declined(state, answer)}


def pass_cost_gate(state: FinanceInput, context: StudioContext) -> FinanceOutput:
    """Show the price; then spend it. A reviewer's changes are bought or left: there is no other plan to ask for."""
    allowance = find_allowance(state, state["quote"], context)
    is_round = state["num_review_rounds"] > 0
    num_plan_changes = MAX_PLAN_CHANGES if is_round else state["num_plan_changes"]
    answer = ask_answer(cost_question(state["quote"], state["options"], allowance, num_plan_changes))
    kept: FinanceOutput = {"approvals": keep_cost_answer(state, answer, state["quote"])}
    if answer.choice == "approve":
        _emit(context, state, f"{answer.author} approved the price")
        return {**kept, **reserve(state, state["quote"], context)}
    if is_round:
        why = f"the changes were declined for their price{': ' + answer.text if answer.text else ''}"
        return {**kept, **turn_back(state, state["quote"], why, context)}
    if tier := find_tier(answer.text) if answer.choice == "change" else None:
        return {**kept, **at_another_tier(state, tier)}
    return {**kept, **changed_or_declined(state, answer)}


def at_another_tier(state: FinanceInput, tier: Tier) -> FinanceOutput:
    """The same plan at the tier that was asked, priced anew."""
    return {
        "decision": "retier",
        "tier": tier,
        "gate": None,
        "last_price": None,
        "num_plan_changes": state["num_plan_changes"] + 1,
        "status": ProductionStatus.PLANNING,
    }


def changed_or_declined(state: FinanceInput, answer: Answer) -> FinanceOutput:
    """The same plan with an animatic edited by hand over it, another plan, or none.

    Words make another plan, to which an animatic that was edited before them does not belong any more.
    """
    if answer.choice != "change":
        return refusal(f"declined at the {answer.gate} gate{': ' + answer.text if answer.text else ''}")
    earlier = state.get("edit")
    changed: FinanceOutput = {
        "gate": None,
        "num_plan_changes": state["num_plan_changes"] + 1,
        "status": ProductionStatus.PLANNING,
    }
    if answer.edit:
        shots = [shot.id for shot in state["storyboard"].shots]
        over = answer.edit.over(earlier)
        return {**changed, "decision": "redraw", "edit": over, "scope": shots, "last_price": None}
    request = add_request(state.get("change_request", ""), answer.text)
    return {**changed, "decision": "replan", "change_request": request, "edit": earlier and earlier.put_aside()}


def add_request(earlier: str, text: str) -> str:
    """Every change asked so far, a line each, the newest last."""
    return "\n".join([*earlier.splitlines(), " ".join(text.split())])


# ---- phase settle ----------------------------------------------------------------------------------------------


def settle(state: FinanceInput, context: StudioContext) -> FinanceOutput:
    """Write the receipt and what was spent of each reservation; run twice, it writes the same."""
    production_id, review = state["commission"].production_id, state["review"]
    with context.memory.transaction() as store:
        bill = draw_bill(store, production_id, state["quotes"], context.prices)
        receipt = settle_bill(store, production_id, bill, version=review.version if review else 0)
        free_unspent(store, production_id)
    _emit(context, state, f"spent {receipt.spent_seconds:.1f} s so far of {receipt.quoted_seconds:.1f} s quoted")
    settled: FinanceOutput = {"receipt": receipt, "reservation": None, "gate": None}
    if review and review.verdict == "approved":
        return {**settled, "decision": "deliver"}
    record_lessons(context, production_id, state["findings"], review)
    return {**settled, "decision": "reject", "status": ProductionStatus.REJECTED}


def _emit(context: StudioContext, state: FinanceInput, message: str) -> None:
    production_id = state["commission"].production_id
    with context.memory.reading() as store:
        spent = spent_seconds(store, production_id)
    context.emit(Event(production_id, State.FINANCIAL_ORCHESTRATOR, message, seconds_spent=spent))
