"""Reviews: how a judgement becomes a record, findings and touched shots, and how findings are closed."""

from collections.abc import Mapping, Sequence

from aiprod_agents.critique import is_blocking
from aiprod_agents.ids import derive_id
from aiprod_agents.state import Judgement
from aiprod_agents.watching import WatchedTake
from memory.records import Cut, Finding, Note, Review, Storyboard

HOUSE = "policy:house"
NOTE = "note"
"""The category of a reviewer's finding."""
MAX_NOTE_CHARS = 4000


def to_review(production_id: str, cut: Cut, judgement: Judgement) -> Review:
    """The record of a judgement, its reason among the notes; the same judgement of the same cut is one review."""
    said = {note.text for note in judgement.notes}
    reason = judgement.reason.strip()[:MAX_NOTE_CHARS]
    reasons = (Note(shot_id=None, text=reason),) if reason and reason not in said else ()
    return Review(
        id=derive_id(production_id, cut.version, cut.sha256, judgement.model_dump_json()),
        version=cut.version,
        cut_sha256=cut.sha256,
        author=judgement.author,
        verdict=judgement.verdict,
        notes=(*judgement.notes, *reasons),
    )


def find_touched(storyboard: Storyboard, judgement: Judgement) -> dict[str, tuple[str, ...]]:
    """By shot id: the notes that speak of it, each once; a note on the film speaks of every shot."""
    touched = {
        shot.id: tuple(dict.fromkeys(note.text for note in judgement.notes if note.shot_id in {None, shot.id}))
        for shot in storyboard.shots
    }
    return {shot_id: notes for shot_id, notes in touched.items() if notes}


def note_findings(storyboard: Storyboard, judgement: Judgement, cut: Cut) -> list[Finding]:
    """One open finding for each note on each shot that it touches."""
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
        for shot_id, notes in find_touched(storyboard, judgement).items()
        for words in notes
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
