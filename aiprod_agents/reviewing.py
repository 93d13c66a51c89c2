"""Reviews: how a judgement becomes a record, findings and touched shots, and how a person's notes are closed."""

from collections.abc import Mapping, Sequence

from aiprod_agents.critique import is_blocking
from aiprod_agents.ids import derive_id
from aiprod_agents.state import Judgement, ShotRequest
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


def follow_notes(
    findings: Sequence[Finding],
    best: Mapping[str, WatchedTake],
    superseded: Sequence[str],
    requests: Mapping[str, ShotRequest],
) -> list[Finding]:
    """The reviewers' notes: retaken where a newer take stands that was made to answer them; nobody has judged it yet.

    Args:
        findings: all that are known; the notes among them are followed.
        best: by shot id, the take that stands.
        superseded: ids of takes that a reviewer wanted changed.
        requests: by digest, what each take was made of; a note of which it says that nothing could be done stays open.
    """
    followed = []
    for finding in findings:
        if finding.category == NOTE and finding.status in {"open", "retaken"}:
            standing = best.get(finding.shot_id or "")
            newer = standing.take if standing and standing.take.id not in superseded else None
            is_answered = newer is not None and finding.change not in requests[newer.request_digest].unanswered
            update = {"status": "retaken" if is_answered else "open", "take_id": newer.id if newer else None}
            followed.append(finding.model_copy(update=update))
        elif finding.category == NOTE:
            followed.append(finding)
    return followed


def unmeasured_notes(findings: Sequence[Finding]) -> list[str]:
    """A line for each note that a newer take is to answer, because nothing measures whether it does."""
    return [
        f"note of {finding.author} on {finding.shot_id} ({finding.message}): a new take stands, and nothing measured"
        " whether it answers the note"
        for finding in findings
        if finding.category == NOTE and finding.status == "retaken"
    ]


def close_notes(findings: Sequence[Finding], judgement: Judgement) -> list[Finding]:
    """A person's approval closes the notes that newer takes were to answer."""
    if judgement.verdict != "approved" or judgement.author == HOUSE:
        return list(findings)
    return [
        finding.model_copy(update={"status": "fixed"}) if finding.status == "retaken" else finding
        for finding in findings
    ]


def waive(findings: Sequence[Finding], judgement: Judgement) -> list[Finding]:
    """What an approval lets pass, by name and reason; a rejection leaves everything open."""
    if judgement.verdict != "approved" or not judgement.reason:
        return list(findings)
    update = {"status": "waived", "waived_by": judgement.author, "waived_reason": judgement.reason}
    return [finding.model_copy(update=update) if is_blocking(finding) else finding for finding in findings]
