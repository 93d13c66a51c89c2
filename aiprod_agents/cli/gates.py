"""`aiprod answer` and `aiprod review`: what a person says at the three gates, and of a film that was delivered."""

import getpass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from aiprod_agents.cli.desk import get_desk
from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.options import AnimaticOption, IdArgument, JsonOption
from aiprod_agents.cli.printing import print_json, print_result
from aiprod_agents.cli.running import ask_studio, run_production
from aiprod_agents.cli.showing import describe
from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.reading import read_edit_file
from aiprod_agents.state import Answer, Judgement
from memory.records import Note, Review, Verdict

if TYPE_CHECKING:
    from aiprod_agents.outcome import ProductionOutcome
    from aiprod_agents.studio import Studio

GateOption = Annotated[Literal["plan", "cost"], typer.Option("--gate", help="The gate that is answered.")]
ChangeOption = Annotated[str | None, typer.Option("--change", metavar="TEXT", help="Ask for another plan, in words.")]
DeclineOption = Annotated[bool, typer.Option("--decline", metavar="", help="End the production here.")]
YesOption = Annotated[bool, typer.Option("--approve", metavar="", help="Say yes, and go on.")]
ApproveOption = Annotated[
    bool, typer.Option("--approve", metavar="", help="Pass the film; --note says why when faults are open.")
]
ChangesOption = Annotated[
    list[str] | None,
    typer.Option("--needs-changes", metavar="SHOT", help="A shot to render again, or `film`; may be given repeatedly."),
]
NoteOption = Annotated[
    list[str] | None, typer.Option("--note", metavar="TEXT", help="What to change, or why; one for each shot.")
]
RejectOption = Annotated[bool, typer.Option("--reject", metavar="", help="Refuse the film; --note says why.")]
AuthorOption = Annotated[
    str | None, typer.Option("--author", metavar="NAME", help="Who says it, on record; the login name by default.")
]
NOBODY = "somebody"
"""Who is on record where nobody says and the system knows no login name."""
MAX_NAME_CHARS = 80


def answer(  # noqa: PLR0913 - one parameter an option
    context: typer.Context,
    production_id: IdArgument,
    *,
    gate: GateOption,
    approve: YesOption = False,
    change: ChangeOption = None,
    animatic: AnimaticOption = None,
    decline: DeclineOption = False,
    author: AuthorOption = None,
    json: JsonOption = False,
) -> int:
    """Answer the plan or the cost of a production that waits, and go on."""
    said = {"approve": approve, "decline": decline, "change": change is not None, "animatic": animatic is not None}
    if sum(said.values()) != 1:
        raise InputError("give one answer: --approve, --change TEXT, --animatic FILE or --decline")
    given = Answer(gate=gate, choice="approve" if approve else "decline", author=name_author(author))
    if change is not None or animatic is not None:
        edit = read_edit_file(animatic) if animatic else None
        given = given.model_copy(update={"choice": "change", "text": change or "", "edit": edit})
    return run_production(get_desk(context), lambda studio: studio.answer(production_id, given), json=json)


def review(  # noqa: PLR0913 - one parameter an option
    context: typer.Context,
    production_id: IdArgument,
    *,
    approve: ApproveOption = False,
    needs_changes: ChangesOption = None,
    note: NoteOption = None,
    reject: RejectOption = False,
    author: AuthorOption = None,
    json: JsonOption = False,
) -> int:
    """Show a cut with its findings and notes; or judge it, also after it was delivered, and go on."""
    desk = get_desk(context)
    changes, notes = needs_changes or [], note or []
    if not (approve or reject or changes or notes):
        outcome, reviews = ask_studio(desk, lambda studio: look_at(studio, production_id))
        show_review(outcome, reviews, json=json)
        return ExitCode.DELIVERED
    judgement = build_judgement(changes, notes, name_author(author), approve=approve, reject=reject)
    return run_production(desk, lambda studio: studio.review(production_id, judgement), json=json)


def name_author(given: str | None) -> str:
    """Who is on record: the name given, else the login name; InputError for a name that is none, or the house's own."""
    if given is None:
        try:
            return getpass.getuser()
        except (OSError, KeyError):  # a user without a name, as in some containers: KeyError before Python 3.13
            return NOBODY
    name = " ".join(given.split())
    if not 0 < len(name) <= MAX_NAME_CHARS or not name.isprintable():
        raise InputError(f"--author wants a name of 1 to {MAX_NAME_CHARS} characters")
    if name.lower().startswith(("policy:", "critic:")):
        raise InputError(f"{name!r} is no person: --author takes the name of who says it")
    return name


def build_judgement(changes: list[str], notes: list[str], author: str, *, approve: bool, reject: bool) -> Judgement:
    """The one verdict that was given, with its notes; InputError for none, several, or notes that do not fit."""
    if approve + reject + bool(changes) != 1:
        raise InputError("give one verdict: --approve, --needs-changes SHOT --note TEXT, or --reject --note TEXT")
    if not all(text.strip() for text in notes):
        raise InputError("a note is empty: say something in it, or leave it out")
    if changes:
        if len(changes) != len(notes):
            raise InputError("every --needs-changes SHOT wants a --note TEXT of its own")
        return Judgement(verdict="needs_changes", author=author, notes=tuple(map(build_note, changes, notes)))
    if reject and not notes:
        raise InputError("a rejection wants a --note TEXT that says why")
    verdict: Verdict = "approved" if approve else "rejected"
    return Judgement(verdict=verdict, author=author, reason=" ".join(notes))


def build_note(shot: str, text: str) -> Note:
    """A note on a shot, or on the whole film; InputError when the shot cannot be one."""
    if shot.lower() == "film":
        return Note(shot_id=None, text=text)
    name = shot.upper()
    if not (name.startswith("S") and name[1:].isascii() and name[1:].isdigit() and len(name) < 5):
        raise InputError(f"{shot!r} names no shot: give its id, such as S2, or film")
    return Note(shot_id=name, text=text)


async def look_at(studio: "Studio", production_id: str) -> "tuple[ProductionOutcome, list[Review]]":
    """Where a production stands, and every review of it."""
    outcome = await studio.status(production_id)
    with studio.memory.reading() as store:
        return outcome, [entry.review for entry in store.reviews.list(outcome.production_id)]


def show_review(outcome: "ProductionOutcome", reviews: list[Review], *, json: bool) -> None:
    """The cut, its findings, and what reviewers said so far."""
    if json:
        print_json(outcome.model_dump(mode="json") | {"reviews": [entry.model_dump(mode="json") for entry in reviews]})
        return
    lines = describe(outcome)
    for entry in reviews:
        lines.append(f"  version {entry.version}: {entry.verdict.replace('_', ' ')} by {entry.author}")
        lines += [f"    {said.shot_id or 'film'}: {said.text}" for said in entry.notes]
    print_result("\n".join(lines))
