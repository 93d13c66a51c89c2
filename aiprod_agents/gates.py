"""The person's gates: the small question that an interrupt carries, and the check of its answer before it is let in."""

from typing import Literal

from langgraph.types import interrupt

from aiprod_agents.errors import StudioError
from aiprod_agents.state import Answer, Judgement
from memory.records import Gate, Record

Choice = Literal["approve", "change", "decline", "needs_changes", "reject"]


class GateLine(Record):
    """One line of a question: what it is about, and the words."""

    about: str
    text: str


class Question(Record):
    """What stands at a gate: small, and complete enough to be answered from."""

    gate: Gate
    choices: tuple[Choice, ...]
    title: str
    lines: tuple[GateLine, ...] = ()
    shot_ids: tuple[str, ...] = ()
    """Shots that a note may name."""
    cut_sha256: str | None = None
    version: int | None = None
    open_faults: int = 0
    """Open findings of severity major or worse, which an approval must waive with a reason."""


VERDICT_CHOICE: dict[str, Choice] = {"approved": "approve", "needs_changes": "needs_changes", "rejected": "reject"}


def ask_answer(question: Question) -> Answer:
    """Stop at the plan or cost gate until a person answers; StudioError for an answer that the gate does not take."""
    answer = Answer.model_validate(interrupt(question.model_dump(mode="json")))
    check_answer(question, answer)
    return answer


def ask_judgement(question: Question) -> Judgement:
    """Stop at the final gate until a reviewer judges; StudioError for a judgement that the gate does not take."""
    judgement = Judgement.model_validate(interrupt(question.model_dump(mode="json")))
    check_judgement(question, judgement)
    return judgement


def check_answer(question: Question, answer: Answer) -> None:
    """Whether that gate takes that answer now; StudioError says what it takes."""
    if answer.gate != question.gate:
        raise StudioError(f"the {question.gate} gate is open, not the {answer.gate} gate: answer that one.")
    _check_choice(question, answer.choice)
    if answer.choice == "change" and not answer.text.strip() and not answer.edit:
        raise StudioError("say what to change: a change needs a text.")


def check_judgement(question: Question, judgement: Judgement) -> None:
    """Whether the final gate takes that judgement now; StudioError says what it takes."""
    if question.gate != "final":
        raise StudioError(f"the {question.gate} gate is open: a review comes when there is a cut.")
    _check_choice(question, VERDICT_CHOICE[judgement.verdict])
    unknown = [note.shot_id for note in judgement.notes if note.shot_id and note.shot_id not in question.shot_ids]
    if unknown:
        raise StudioError(f"there is no shot {unknown[0]} to change: the shots are {', '.join(question.shot_ids)}.")
    if judgement.verdict == "needs_changes" and not judgement.notes:
        raise StudioError("say what to change: needs-changes wants a note on a shot, or on the film.")
    if judgement.verdict == "rejected" and not (judgement.reason or judgement.notes):
        raise StudioError("say why: a rejection needs a note.")
    if judgement.verdict == "approved" and question.open_faults and not judgement.reason:
        raise StudioError(
            f"{question.open_faults} findings of severity major or worse are open: approve with a note that says why."
        )


def _check_choice(question: Question, choice: Choice) -> None:
    if choice not in question.choices:
        raise StudioError(f"the {question.gate} gate takes {' or '.join(question.choices)}, not {choice}.")
