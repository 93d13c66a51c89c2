"""What is asked besides the brief: remembered notes and changes of plan, older ones first, each named in the notes."""

from collections import defaultdict
from dataclasses import dataclass, field

from aiprod_agents.house_writer.asking import NOTHING, ShotName, find_not_understood, split_by_shot
from aiprod_agents.house_writer.changes import Changes, join_changes, parse_changes
from aiprod_agents.house_writer.recalling import find_own, remember
from aiprod_agents.plan import PlanInput

_ASKED = 'change asked: "'


@dataclass(frozen=True)
class Requests:
    """The sum of the changes, and a note for each request."""

    changes: Changes
    by_shot: dict[ShotName, tuple[str, ...]]
    """What is asked of single shots, the newest last."""
    notes: tuple[str, ...]
    colours: dict[str, str] = field(default_factory=dict)
    """Subject value -> the colour that memory has of a thing which the brief names without one."""


def gather_requests(question: PlanInput) -> Requests:
    """Join what memory brings, what earlier plans were asked (their notes say it), and what is asked now.

    Memory gives the newest line first, so it is read backwards: the newer word is the later one, and counts. What was
    let pass is named and changes nothing: `The sky is too dark` was accepted, and is no wish for light.
    """
    own = find_own(question.brief)
    all_changes: list[Changes] = []
    notes: list[str] = []
    colours: dict[str, str] = {}
    by_shot: dict[ShotName, tuple[str, ...]] = defaultdict(tuple)
    for line in reversed(question.recall):
        if line.kind == "accepted":
            notes.append(f"from memory ({line.source}): {line.text}; it asks for nothing")
        elif line.kind != "look":
            remembered = remember(line, own)
            all_changes.append(remembered.changes)
            colours |= remembered.colours
            notes.append(remembered.note)
    for text in _asked(question):
        general, of_shots = split_by_shot(text)
        changes = parse_changes(general)
        all_changes.append(changes)
        for number, said in of_shots.items():
            by_shot[number] += (said,)
        notes += _note_asked(text, general, is_understood=bool(changes or of_shots))
    return Requests(join_changes(all_changes), dict(by_shot), tuple(notes), colours)


def _note_asked(text: str, general: str, *, is_understood: bool) -> list[str]:
    """A line for the request, and one for each piece of it that nobody can act on."""
    said = f'{_ASKED}{" ".join(text.split())}"'
    if not is_understood:
        return [f"{said} ({NOTHING})"]
    missed = find_not_understood(general)
    return [said, *(f'of what is asked, "{piece}": {NOTHING}' for piece in missed)]


def _asked(question: PlanInput) -> list[str]:
    """Changes asked so far, oldest first: those that only the earlier plan's notes tell of, then the question's."""
    asked = [" ".join(line.split()) for line in question.change_request.splitlines() if line.strip()]
    earlier = question.previous.notes if question.previous else ()
    noted = [note.removeprefix(_ASKED).rpartition('"')[0] for note in earlier if note.startswith(_ASKED)]
    return [*(text for text in noted if text not in asked), *asked]


def rename(question: PlanInput, title: str) -> PlanInput:
    """The question with the film under the title that was asked for, where the brief shows the old one too."""
    brief, old = question.brief, question.brief.title
    if not title or title == old:
        return question
    words = tuple(title if words == old else words for words in brief.words_on_screen)
    asked = [
        one.model_copy(update={"text": one.text.replace(old, title)}) if old and one.kind == "words" else one
        for one in brief.requirements
    ]
    renamed = brief.model_copy(update={"title": title, "words_on_screen": words, "requirements": tuple(asked)})
    return question.model_copy(update={"brief": renamed})
