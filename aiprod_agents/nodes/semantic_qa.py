"""Semantic QA watches the takes and the cut, sends failing shots back alone, and keeps the person's final gate.

A reviewer's note is followed by code, and closed by a person alone: nothing measures whether a new take answers it.
"""

from typing import TypedDict

from langgraph.runtime import Runtime

from aiprod_agents.context import Event, StudioContext
from aiprod_agents.critique import find_unmeasured, is_blocking, judge_colours, judge_cut, only_new
from aiprod_agents.errors import StudioError
from aiprod_agents.gates import Question, ask_judgement
from aiprod_agents.limits import MAX_RETAKES
from aiprod_agents.questions import final_question
from aiprod_agents.reviewing import (
    HOUSE,
    close_notes,
    find_touched,
    follow_notes,
    note_findings,
    to_review,
    unmeasured_notes,
    waive,
)
from aiprod_agents.shot_requests import reseed
from aiprod_agents.state import Commission, Decision, Judgement, Phase, ShotRequest, State
from aiprod_agents.voiding import void_package
from aiprod_agents.watching import WatchedTake, choose_best, is_stormy, watch_cut, watch_takes
from memory.records import (
    Brief,
    Cut,
    Deliverable,
    Finding,
    Gate,
    Look,
    ProductionStatus,
    Review,
    Shot,
    Storyboard,
    Take,
    Tier,
)


class QaInput(TypedDict, total=False):
    """The takes and the cut, what was asked of them, and a later verdict, if one comes in."""

    commission: Commission
    brief: Brief
    look: Look
    storyboard: Storyboard
    tier: Tier
    gate: Gate | None
    requests: dict[str, ShotRequest]
    requests_made: dict[str, ShotRequest]
    takes: dict[str, Take]
    superseded: list[str]
    cut: Cut | None
    findings: list[Finding]
    unmeasured: list[str]
    num_retakes: dict[str, int]
    retakes_allowed: bool
    num_review_rounds: int
    judgement: Judgement | None
    deliverable: Deliverable
    nearest_plan: str
    reason: str


class QaOutput(TypedDict, total=False):
    """Findings, the shots that go back, or the verdict."""

    decision: Decision
    phase: Phase
    gate: Gate | None
    scope: list[str]
    storyboard: Storyboard
    requests: dict[str, ShotRequest]
    superseded: list[str]
    findings: list[Finding]
    unmeasured: list[str]
    num_retakes: dict[str, int]
    retakes_allowed: bool
    num_review_rounds: int
    judgement: Judgement | None
    deliverable: Deliverable
    review: Review | None
    status: ProductionStatus
    reason: str


async def judge(state: QaInput, runtime: Runtime[StudioContext]) -> QaOutput:
    """Watch, or take a verdict: at the open gate, or one that comes after delivery."""
    late = state.get("judgement")
    if late:
        return take_late_verdict(state, late, runtime.context)
    if state.get("gate") == "final":
        return take_verdict(state, ask_judgement(ask_for_verdict(state)), runtime.context)
    return await watch(state, runtime.context)


# ---- watching --------------------------------------------------------------------------------------------------


async def watch(state: QaInput, context: StudioContext) -> QaOutput:
    """Measure takes and cut; retake what fails while that is allowed, else come to a verdict."""
    emit(state, context, "watching the takes")
    storyboard = state["storyboard"]
    watched = await watch_takes(context, storyboard, state["look"], state["requests_made"], state["takes"])
    best = choose_best(watched, state.get("superseded", []))
    standing = {shot.id: best.get(shot.id) or last_of(shot, watched) for shot in storyboard.shots}
    on_shots = [finding for entry in standing.values() for finding in entry.findings]
    noted = follow_notes(state.get("findings", []), best, state.get("superseded", []), state["requests_made"])
    failing = find_failing(state, [*on_shots, *(note for note in noted if note.take_id is None)])
    if failing:
        return retake(state, failing, [*on_shots, *noted], context)
    cut = state["cut"]
    if cut is None:
        why = [describe_missing(storyboard, best, standing), state.get("nearest_plan", "")]
        raise StudioError("; ".join(filter(None, why)))
    measures = await watch_cut(context, cut, state["brief"], storyboard)
    clips = [entry.measures for entry in best.values() if entry.measures]
    made = state["requests_made"]
    stormy = frozenset(shot_id for shot_id, entry in best.items() if is_stormy(made[entry.take.request_digest]))
    on_film = judge_cut(cut, state["brief"], storyboard, measures, stormy)
    on_film = [*on_film, *judge_colours(cut, state["look"], clips)]
    findings = [*only_new(on_film, on_shots), *on_shots, *noted]
    unmeasured = find_unmeasured(state["brief"], storyboard, measures, clips) + unmeasured_notes(noted)
    return conclude({**state, "findings": findings, "unmeasured": unmeasured}, context)


def last_of(shot: Shot, watched: list[WatchedTake]) -> WatchedTake:
    """The newest take of a shot of which none can be shown."""
    return [entry for entry in watched if entry.take.shot_id == shot.id][-1]


def find_failing(state: QaInput, findings: list[Finding]) -> list[str]:
    """Shots with a blocking finding and a retake left, in the film's order."""
    if not state["retakes_allowed"]:
        return []
    blocked = {finding.shot_id for finding in findings if is_blocking(finding)}
    most = MAX_RETAKES[state["tier"]]
    return [
        shot.id
        for shot in state["storyboard"].shots
        if shot.id in blocked and state["num_retakes"].get(shot.id, 0) < most
    ]


def retake(state: QaInput, failing: list[str], findings: list[Finding], context: StudioContext) -> QaOutput:
    """Send the failing shots back alone: with another seed, and by the translator where the words must change."""
    emit(state, context, f"{', '.join(failing)} must be taken again")
    counts = {**state["num_retakes"], **{shot_id: state["num_retakes"].get(shot_id, 0) + 1 for shot_id in failing}}
    back: QaOutput = {"scope": failing, "phase": "quote", "num_retakes": counts, "findings": findings}
    if any(finding.change for finding in findings if finding.shot_id in failing and is_blocking(finding)):
        return {**back, "decision": "rewrite"}
    attempts = [take.shot_id for take in state["takes"].values() if take.sha256]
    seed = state["commission"].seed
    requests = {shot: reseed(state["requests"][shot], seed, attempts.count(shot)) for shot in failing}
    return {**back, "decision": "retake", "requests": requests}


def describe_missing(storyboard: Storyboard, best: dict[str, WatchedTake], standing: dict[str, WatchedTake]) -> str:
    """Why there is no film, in one line."""
    missing = [shot.id for shot in storyboard.shots if shot.id not in best]
    return f"{', '.join(missing)} could not be rendered: {standing[missing[0]].take.error}"


def conclude(state: QaInput, context: StudioContext) -> QaOutput:
    """The policy of the house lets a faultless cut pass when nobody wants to be asked; else a person judges.

    Once a person has asked for changes, nothing measures whether they were made: that is the person's to say.
    """
    record_findings(state, context)
    seen: QaOutput = {"findings": state["findings"], "unmeasured": state["unmeasured"]}
    may_pass = state["commission"].auto_approve and state["num_review_rounds"] == 0
    if may_pass and not any(is_blocking(finding) for finding in state["findings"]):
        return {**seen, **take_verdict(state, Judgement(verdict="approved", author=HOUSE), context)}
    emit(state, context, "the cut waits for a reviewer")
    return {**seen, "decision": "ask", "gate": "final", "status": ProductionStatus.AWAITING_REVIEW}


# ---- the verdict -----------------------------------------------------------------------------------------------


def ask_for_verdict(state: QaInput) -> Question:
    """The question that stands at the final gate."""
    return final_question(
        get_cut(state),
        state["storyboard"],
        state["findings"],
        state["unmeasured"],
        state["num_review_rounds"],
        state.get("nearest_plan", ""),
    )


def take_late_verdict(state: QaInput, judgement: Judgement, context: StudioContext) -> QaOutput:
    """The same for a film that was delivered; where it is not approved again, its package says so from now on."""
    judged, production_id = take_verdict(state, judgement, context), state["commission"].production_id
    if judgement.verdict == "approved":
        return judged
    deliverable = void_package(state["deliverable"], production_id, to_review(production_id, get_cut(state), judgement))
    with context.memory.transaction() as store:
        store.deliverables.save(production_id, deliverable)
    return {**judged, "deliverable": deliverable}


def take_verdict(state: QaInput, judgement: Judgement, context: StudioContext) -> QaOutput:
    """Put a judgement on record, bound to the cut that was judged, and turn it into work or an end."""
    cut = get_cut(state)
    review = to_review(state["commission"].production_id, cut, judgement)
    with context.memory.transaction() as store:
        store.reviews.append(state["commission"].production_id, review)
    emit(state, context, f"version {cut.version} is {judgement.verdict} by {judgement.author}")
    judged: QaOutput = {"judgement": None, "gate": None, "review": review, "num_retakes": {}, "retakes_allowed": True}
    if judgement.verdict == "needs_changes":
        return {**judged, **open_round(state, judgement, context)}
    findings = close_notes(waive(state["findings"], judgement), judgement)
    record_findings({**state, "findings": findings}, context)
    closed = set(unmeasured_notes(state["findings"])) - set(unmeasured_notes(findings))
    return {
        **judged,
        "decision": "settle",
        "phase": "settle",
        "findings": findings,
        "unmeasured": [line for line in state["unmeasured"] if line not in closed],
        "reason": judgement.reason or "; ".join(note.text for note in judgement.notes),
    }


def open_round(state: QaInput, judgement: Judgement, context: StudioContext) -> QaOutput:
    """The touched shots go back with the reviewer's words; their takes so far stand only until newer ones do."""
    storyboard = state["storyboard"]
    touched = find_touched(storyboard, judgement)
    findings = [*state["findings"], *note_findings(storyboard, judgement, get_cut(state))]
    record_findings({**state, "findings": findings}, context)
    shots = tuple(
        shot.model_copy(update={"change": "; ".join(touched[shot.id])}) if shot.id in touched else shot
        for shot in storyboard.shots
    )
    old = [take.id for take in state["takes"].values() if take.shot_id in touched]
    return {
        "decision": "rewrite",
        "phase": "quote",
        "scope": [shot.id for shot in storyboard.shots if shot.id in touched],
        "storyboard": storyboard.model_copy(update={"shots": shots}),
        "superseded": sorted({*state.get("superseded", []), *old}),
        "findings": findings,
        "num_review_rounds": state["num_review_rounds"] + 1,
        "status": ProductionStatus.RENDERING,
    }


def get_cut(state: QaInput) -> Cut:
    """The cut that is judged; a production is never judged without one."""
    cut = state["cut"]
    if cut is None:
        raise StudioError("there is no cut to judge: resume the production.")
    return cut


def record_findings(state: QaInput, context: StudioContext) -> None:
    """Let memory hold exactly these findings on this version."""
    with context.memory.transaction() as store:
        store.findings.replace(state["commission"].production_id, get_cut(state).version, state["findings"])


def emit(state: QaInput, context: StudioContext, message: str) -> None:
    """Tell those who watch."""
    spent = sum(take.seconds_elapsed for take in state["takes"].values())
    context.emit(Event(state["commission"].production_id, State.SEMANTIC_QA, message, seconds_spent=spent))
