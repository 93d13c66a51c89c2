"""Approvals: who answered the plan and cost gates, and to what, kept in order so that a manifest can say it."""

from typing import TypedDict

from aiprod_agents.state import Answer, Approval
from memory.records import Gate, Quote, Storyboard

YES = "policy:yes"
"""Who answers where `--yes` was given: nobody was asked."""


class Answered(TypedDict, total=False):
    """What was answered so far, and the plan."""

    approvals: list[Approval]
    storyboard: Storyboard
    num_plan_changes: int


def say_yes(gate: Gate) -> Answer:
    """The answer of the policy that `--yes` names."""
    return Answer.model_validate({"gate": gate, "choice": "approve", "author": YES})


def say_yes_to_both(state: Answered, quote: Quote) -> list[Approval]:
    """Everything on record, with that policy's answers to the plan and its price."""
    return keep_cost_answer({"approvals": keep_plan_answer(state, say_yes("plan"))}, say_yes("cost"), quote)


def keep_plan_answer(state: Answered, answer: Answer) -> list[Approval]:
    """Everything on record, with this answer to the plan that stands."""
    shots, seconds = state["storyboard"].shots, state["storyboard"].seconds
    return _keep(state, answer, f"plan {state['num_plan_changes'] + 1}: {len(shots)} shots, {seconds:.2f} s")


def keep_cost_answer(state: Answered, answer: Answer, quote: Quote) -> list[Approval]:
    """Everything on record, with this answer to a price."""
    shots = ", ".join(shot.shot_id for shot in quote.shots)
    return _keep(state, answer, f"{shots} at {quote.tier}: {quote.seconds:.1f} s of compute, {quote.eur:.4f} EUR")


def _keep(state: Answered, answer: Answer, about: str) -> list[Approval]:
    return [*state.get("approvals", []), Approval(about=about, **answer.model_dump())]
