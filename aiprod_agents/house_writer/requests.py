"""What is asked besides the brief: remembered notes and changes of plan, older ones first, each named in the notes."""

from dataclasses import dataclass

from aiprod_agents.house_writer.changes import Changes, join_changes, parse_changes, split_by_shot
from aiprod_agents.plan import PlanInput

_ASKED = 'change asked: "'


@dataclass(frozen=True)
class Requests:
    """The sum of the changes, what is asked of single shots by their id, and a note for each request."""

    changes: Changes
    by_shot: dict[str, str]
    notes: tuple[str, ...]


def gather_requests(question: PlanInput) -> Requests:
    """Join what memory brings, what earlier plans were asked (their notes say it), and what is asked now.

    Memory gives the newest line first, so it is read backwards: the newer word is the later one, and counts. What was
    let pass is named and changes nothing: `The sky is too dark` was accepted, and is no wish for light.
    """
    all_changes: list[Changes] = []
    notes: list[str] = []
    by_shot: dict[str, str] = {}
    for line in reversed(question.recall):
        if line.kind == "accepted":
            notes.append(f"from memory ({line.source}): {line.text}; it asks for nothing")
        elif line.kind != "look":
            changes = parse_changes(line.text)
            all_changes.append(changes)
            effect = "" if changes else " (nothing in it that the house can act on)"
            notes.append(f"from memory ({line.source}): {line.text}{effect}")
    for text in _asked(question):
        general, of_shots = split_by_shot(text)
        changes = parse_changes(general)
        all_changes.append(changes)
        by_shot |= of_shots
        effect = "" if changes or of_shots else " (nothing in it that the house can act on)"
        notes.append(f'{_ASKED}{" ".join(text.split())}"{effect}')
    return Requests(join_changes(all_changes), by_shot, tuple(notes))


def _asked(question: PlanInput) -> list[str]:
    """Changes asked so far, oldest first: those that only the earlier plan's notes tell of, then the question's."""
    asked = [" ".join(line.split()) for line in question.change_request.splitlines() if line.strip()]
    earlier = question.previous.notes if question.previous else ()
    noted = [note.removeprefix(_ASKED).rpartition('"')[0] for note in earlier if note.startswith(_ASKED)]
    return [*(text for text in noted if text not in asked), *asked]
