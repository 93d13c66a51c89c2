"""The storyboard page: the whole production on one HTML file that needs no server and asks the network for nothing.

It can be written before the render, with the animatic's pictures alone, and after it, with the takes beside them.
"""

import base64
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import Field

from aiprod_agents.cutting import part_name
from aiprod_agents.state import Approval
from memory.records import (
    Brief,
    Card,
    Concept,
    Cut,
    Finding,
    Look,
    ProductionStatus,
    Quote,
    RecalledLine,
    Receipt,
    Record,
    Review,
    Scene,
    Severity,
    Shot,
    Tier,
    Verdict,
)

THUMBNAIL_WIDTH = 640
JPEG_MAGIC = b"\xff\xd8\xff"
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "info")
STATUS_WORDS: dict[ProductionStatus, str] = {
    ProductionStatus.PLANNING: "planned, not rendered yet",
    ProductionStatus.AWAITING_PLAN: "waits for the plan's approval",
    ProductionStatus.AWAITING_COST: "waits for the price's approval",
    ProductionStatus.RENDERING: "being rendered",
    ProductionStatus.AWAITING_REVIEW: "waits for a reviewer",
    ProductionStatus.DELIVERED: "delivered",
    ProductionStatus.REJECTED: "rejected",
    ProductionStatus.REFUSED: "refused",
    ProductionStatus.CANCELLED: "cancelled",
    ProductionStatus.FAILED: "failed",
}


STATUS_KINDS: dict[ProductionStatus, str] = {
    ProductionStatus.DELIVERED: "good",
    ProductionStatus.REJECTED: "bad",
    ProductionStatus.REFUSED: "bad",
    ProductionStatus.FAILED: "bad",
}
"""How a status is coloured; the others are plain."""
VOID_WORDS: dict[Verdict, str] = {
    "rejected": "delivered, then rejected",
    "needs_changes": "delivered, then sent back for changes",
}


class PageShot(Record):
    """One shot as the page shows it; pictures are JPEG files, left out when they are not there yet."""

    shot: Shot
    """With a change, its camera and framing are the changed ones; its description stays the one first planned."""
    scene: Scene
    """Where and when it is drawn."""
    animatic: Path | None = None
    take: Path | None = None
    take_number: int | None = None
    prompt: str = ""
    """The words the renderer was given."""
    animatic_strength: float | None = Field(default=None, ge=0, le=1)
    """How strongly the animatic guided the render: 0 is text alone, 1 is the animatic itself."""
    animatic_over_picture: bool = False
    """Whether the animatic is a camera move over the brief's own picture, and no drawing."""
    notes: tuple[str, ...] = ()
    """A line for everything that was bent or taken up: what stands in for it, or what was done about it."""


class PageCard(Record):
    """A title or end card, with its picture from the cut when there is one."""

    card: Card
    picture: Path | None = None


class StoryboardPage(Record):
    """Everything the page shows. What is None or empty is left out of the page, never guessed."""

    production_id: str | None = None
    status: ProductionStatus = ProductionStatus.PLANNING
    tier: Tier
    seed: int
    brief: Brief
    concept: Concept
    look: Look
    shots: tuple[PageShot, ...] = Field(min_length=1)
    title_card: PageCard | None = None
    end_card: PageCard | None = None
    plan_notes: tuple[str, ...] = ()
    """What was understood or left out of the brief, a line each."""
    recall: tuple[RecalledLine, ...] = ()
    cut: Cut | None = None
    film: str | None = None
    """The film's file name beside the page."""
    findings: tuple[Finding, ...] = ()
    not_measured: tuple[str, ...] = ()
    """What the brief requires and nothing measured; it stands first on the page."""
    review: Review | None = None
    quote: Quote | None = None
    receipt: Receipt | None = None
    approvals: tuple[Approval, ...] = ()
    """What was answered at the plan and cost gates."""
    renderer: str = ""
    """Name of the model and the start of its weights' hash."""

    @property
    def cards(self) -> tuple[PageCard, ...]:
        """The cards that are there, title first."""
        return tuple(card for card in (self.title_card, self.end_card) if card)


class Segment(Record):
    """One stretch of the film on the page's time line, in seconds."""

    id: str
    label: str
    start_seconds: float
    seconds: float


def write_storyboard(page: StoryboardPage, path: Path) -> Path:
    """Write the page to `path`, replacing it whole.

    Raises:
        ValueError: a picture is not a JPEG file.
        OSError: a picture cannot be read, or the page cannot be written.
    """
    html = render_storyboard(page)
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_text(html, "utf-8")
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return path


def render_storyboard(page: StoryboardPage) -> str:
    """The page as HTML, with every picture inside it. Text is escaped, so a script in a brief is only words."""
    return (
        _open_templates()
        .get_template("storyboard.html")
        .render(
            page=page,
            review=page.review,
            is_void=False,
            status_words=STATUS_WORDS[page.status],
            status_kind=STATUS_KINDS.get(page.status, ""),
            segments=segments(page),
            covered_by=covered_by(page),
            part_names={part.id: part_name(part) for part in parts_of(page)},
            film_findings=findings_of(page, None),
            findings_by_shot={entry.shot.id: findings_of(page, entry.shot.id) for entry in page.shots},
            other_findings=[finding for finding in page.findings if _is_elsewhere(page, finding)],
        )
    )


def retell_verdict(html: str, review: Review) -> str:
    """A delivered film's page with a later review in force, which voids its approval; all else stays.

    Raises:
        ValueError: the page has no place for a verdict.
    """
    facts = {
        "review": review,
        "is_void": True,
        "status_words": VOID_WORDS[review.verdict],
        "status_kind": STATUS_KINDS[ProductionStatus.REJECTED],
    }
    templates = _open_templates()
    for name in ("status", "verdict"):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = html.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"the page has no place for a {name}")
        html = f"{before}{begin}{templates.get_template(f'{name}.html').render(facts)}\n{end}{after}"
    return html


def _open_templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("aiprod_agents", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = data_uri
    environment.filters["clock"] = clock
    environment.filters["number"] = number
    environment.filters["tenths"] = tenths
    return environment


def segments(page: StoryboardPage) -> list[Segment]:
    """Where each card and shot lies, up to the next: as cut when there is a cut, else as planned.

    Where two parts melt into each other, the time that they share counts to the later one.
    """
    if page.cut:
        fps, num_frames = page.cut.fps, page.cut.num_frames
        labels = {segment.id: segment.label for segment in _planned(page)}
        placed = page.cut.placed
        ends = [*(following.frame_in for following in placed[1:]), num_frames]
        return [
            Segment(
                id=part.shot_id,
                label=labels.get(part.shot_id, part.shot_id),
                start_seconds=part.frame_in / fps,
                seconds=max(end - part.frame_in, 0) / fps,
            )
            for part, end in zip(placed, ends, strict=True)
        ]
    return list(_planned(page))


def _planned(page: StoryboardPage) -> Iterator[Segment]:
    title = [(page.title_card.card.id, "title", page.title_card.card.seconds)] if page.title_card else []
    end = [(page.end_card.card.id, "end", page.end_card.card.seconds)] if page.end_card else []
    shots = [(entry.shot.id, entry.shot.id, entry.shot.seconds) for entry in page.shots]
    start = 0.0
    for segment_id, label, seconds in chain(title, shots, end):
        yield Segment(id=segment_id, label=label, start_seconds=start, seconds=seconds)
        start += seconds


def covered_by(page: StoryboardPage) -> dict[str, list[str]]:
    """By requirement id: the shots and cards that answer to it, in the film's order."""
    parts = parts_of(page)
    return {need.id: [part.id for part in parts if need.id in part.covers] for need in page.brief.requirements}


def parts_of(page: StoryboardPage) -> list[Shot | Card]:
    """Title card, shots, end card, those that are there."""
    title = [page.title_card.card] if page.title_card else []
    end = [page.end_card.card] if page.end_card else []
    return [*title, *(entry.shot for entry in page.shots), *end]


def findings_of(page: StoryboardPage, shot_id: str | None) -> list[Finding]:
    """The findings on one shot, or on the film as a whole (None); the worst first."""
    found = [finding for finding in page.findings if finding.shot_id == shot_id]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _is_elsewhere(page: StoryboardPage, finding: Finding) -> bool:
    """Whether a finding speaks of something that has no place of its own on the page, such as a card."""
    return finding.shot_id is not None and finding.shot_id not in {entry.shot.id for entry in page.shots}


def data_uri(picture: Path) -> str:
    """The picture itself, as an address inside the page; `ValueError` when the file is not a JPEG."""
    content = picture.read_bytes()
    if not content.startswith(JPEG_MAGIC):
        raise ValueError(f"{picture.name} is not a JPEG file, so it cannot stand on the storyboard page.")
    return "data:image/jpeg;base64," + base64.b64encode(content).decode("ascii")


def clock(seconds: float) -> str:
    """Seconds as minutes, seconds and tenths: 0:03.5."""
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"


def number(value: float) -> str:
    """A number with at most two places and no idle noughts: 2.75, 2.5, 12."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def tenths(seconds: float) -> str:
    """Seconds with one place, as every length of a part is told: 2.0."""
    return f"{seconds:.1f}"
