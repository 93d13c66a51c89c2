"""Reviews: how a judgement becomes a record, findings and touched shots, and how findings are closed."""

from collections.abc import Mapping, Sequence

from aiprod_agents.critique import is_blocking
from aiprod_agents.ids import derive_id
from aiprod_agents.state import Judgement
from aiprod_agents.watching import WatchedTake
from memory.records import Cut, Finding, Review, Storyboard

HOUSE = "policy:house"
NOTE = "note"
"""The category of a reviewer's finding."""


def to_review(production_id: str, cut: Cut, judgement: Judgement) -> Review:
    """The record of a judgement; the same judgement of the same cut is one review."""
    return Review(
        id=derive_id(production_id, cut.version, cut.sha256, judgement.model_dump_json()),
        version=cut.version,
        cut_sha256=cut.sha256,
        author=judgement.author,
        verdict=judgement.verdict,
        notes=judgement.notes,
    )


def find_touched(storyboard: Storyboard, judgement: Judgement) -> dict[str, str]:
    """By shot id: the words of the notes that speak of it; a note on the film speaks of every shot."""
    touched: dict[str, str] = {}
    for shot in storyboard.shots:
        words = [note.text for note in judgement.notes if note.shot_id in {None, shot.id}]
        if words:
            touched[shot.id] = "; ".join(words)
    return touched


def note_findings(storyboard: Storyboard, judgement: Judgement, cut: Cut) -> list[Finding]:
    """One open finding for each touched shot."""
    return [
        Finding(
            id=derive_id(cut.sha256, cut.version, shot_id, words),
            shot_id=shot_id,
            category=NOTE,
            severity="major",
            message=words,
            change=words,
            author=judgement.author,
        )
        for shot_id, words in find_touched(storyboard, judgement).items()
    ]


def close_fixed(
    findings: Sequence[Finding], best: Mapping[str, WatchedTake], superseded: Sequence[str]
) -> list[Finding]:
    """The reviewers' findings, fixed where a newer take of the shot stands in the cut."""
    closed = []
    for finding in findings:
        if finding.category == NOTE:
            standing = best.get(finding.shot_id or "")
            is_fixed = standing is not None and standing.take.id not in superseded
            update = {"status": "fixed", "take_id": standing.take.id} if is_fixed and standing else {}
            closed.append(finding.model_copy(update=update) if finding.status == "open" else finding)
    return closed


def waive(findings: Sequence[Finding], judgement: Judgement) -> list[Finding]:
    """What an approval lets pass, by name and reason; a rejection leaves everything open."""
    if judgement.verdict != "approved" or not judgement.reason:
        return list(findings)
    update = {"status": "waived", "waived_by": judgement.author, "waived_reason": judgement.reason}
    return [finding.model_copy(update=update) if is_blocking(finding) else finding for finding in findings]
