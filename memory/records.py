"""The studio's records: plain, immutable values for memory and the crew; never media, only hashes."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

Aspect = Literal["16:9", "9:16", "1:1"]
Language = Literal["en", "fr"]
Tier = Literal["draft", "standard", "premium"]
Severity = Literal["info", "minor", "major", "critical"]
Verdict = Literal["approved", "needs_changes", "rejected"]
Gate = Literal["plan", "cost", "final"]
CostKind = Literal["rendering", "assembly", "animatic", "measuring", "narration"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShotId = Annotated[str, Field(pattern=r"^S[0-9]{1,3}$")]
RequirementId = Annotated[str, Field(pattern=r"^R[0-9]{1,3}$")]


class Record(BaseModel):
    """An immutable record; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ProductionStatus(StrEnum):
    """Where a production stands; the last five are ends."""

    PLANNING = "planning"
    AWAITING_PLAN = "awaiting_plan"
    AWAITING_COST = "awaiting_cost"
    RENDERING = "rendering"
    AWAITING_REVIEW = "awaiting_review"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


# ---- the brief ---------------------------------------------------------------------------------------------------


class Requirement(Record):
    """One thing the brief asks for, numbered, in its own words, so that shots and findings can cite it."""

    id: RequirementId
    kind: Literal["must", "never", "seconds", "aspect", "words", "palette", "style", "subject", "setting", "mood"]
    text: str


class Attachment(Record):
    """A picture or clip that came with the brief, under its path as written there, already stored by content hash."""

    role: Literal["first_frame", "reference", "logo"]
    name: str
    sha256: Sha256
    colours: tuple[str, ...] = ()
    """Of a reference: the "#rrggbb" that most of it is made of, the largest first; none of a clip."""


class BriefShot(Record):
    """One line of a shot list that the brief itself brings."""

    text: str = Field(min_length=1)
    seconds: float | None = Field(default=None, gt=0)
    first_frame: str | None = None
    """The name of the attachment that it opens on."""


class Budget(Record):
    """The most that a production may cost, in seconds of compute or in money; both None is no limit."""

    seconds: float | None = Field(default=None, gt=0)
    eur: float | None = Field(default=None, gt=0)


class Brief(Record):
    """A validated brief: what was asked, in the asker's words, with what rules could read off it."""

    text: str = Field(min_length=1)
    language: Language
    title: str | None = None
    seconds: float = Field(gt=0)
    aspect: Aspect = "16:9"
    requirements: tuple[Requirement, ...] = ()
    words_on_screen: tuple[str, ...] = ()
    shots: tuple[BriefShot, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    wants_narration: bool = True
    wants_music: bool = True


class RecalledLine(Record):
    """One line that memory brought back, and where it came from."""

    kind: Literal["look", "note", "lesson", "accepted"]
    """Notes and lessons ask for something; `accepted` is a fault that was let pass on purpose, and asks for nothing."""
    text: str
    source: str
    """For example `production 1f0c.. look` or `review 77ab.. shot S2`."""


# ---- the plan ----------------------------------------------------------------------------------------------------


class Concept(Record):
    """The idea of the film."""

    title: str
    logline: str
    mood: Literal["calm", "warm", "bright", "tense", "sad", "epic", "playful", "mysterious"]


class Look(Record):
    """What every shot shares. `style` and `palette` are free words; `palette_colours` are "#rrggbb"."""

    style: str
    palette: str
    palette_colours: tuple[str, ...] = ()
    lighting: str = ""


class CastMember(Record):
    """A character or thing that appears in more than one shot and stays the same."""

    name: str
    subject: str
    colour: str | None = None


class Scene(Record):
    """One place and time."""

    id: str
    setting: str
    hour: str
    weather: str


class Shot(Record):
    """One continuous action between two cuts, in free words that any translator can read; `words` stand over it."""

    id: ShotId
    scene_id: str
    seconds: float = Field(gt=0)
    description: str
    subject: str
    colour: str | None = None
    action: str = "still"
    camera: str = "static"
    framing: str = "medium"
    side: str = "centre"
    words: str = ""
    narration: str = ""
    covers: tuple[RequirementId, ...] = ()
    first_frame: Sha256 | None = None
    change: str = ""
    """What a reviewer asked to change in this shot, in their words."""


class Card(Record):
    """A title or end card."""

    id: ShotId
    role: Literal["title", "end"]
    words: tuple[str, ...]
    seconds: float = Field(gt=0)
    logo: Sha256 | None = None
    covers: tuple[RequirementId, ...] = ()


class Storyboard(Record):
    """The ordered plan; the film runs title card, shots, end card."""

    scenes: tuple[Scene, ...]
    shots: tuple[Shot, ...] = Field(min_length=1)
    title_card: Card | None = None
    end_card: Card | None = None
    cast: tuple[CastMember, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the whole film, cards included."""
        cards = [card.seconds for card in (self.title_card, self.end_card) if card]
        return sum(shot.seconds for shot in self.shots) + sum(cards)

    def shot(self, shot_id: str) -> Shot:
        """The shot of that id, or KeyError."""
        for shot in self.shots:
            if shot.id == shot_id:
                return shot
        raise KeyError(shot_id)


# ---- money -------------------------------------------------------------------------------------------------------


class ShotQuote(Record):
    """What one shot should cost: `tokens` are a language model's, none where the house writes."""

    shot_id: ShotId
    seconds: float
    eur: float
    peak_memory_bytes: int
    tokens: int = 0


class Quote(Record):
    """What the scope should cost; `seconds_assembly` is the cut with its sound, `seconds` is all of it."""

    tier: Tier
    shots: tuple[ShotQuote, ...]
    seconds_assembly: float
    seconds_animatic: float = 0.0
    seconds_measuring: float = 0.0
    seconds_narration: float = 0.0
    seconds: float
    eur: float
    peak_memory_bytes: int

    def seconds_of(self, what: CostKind) -> float:
        """What one kind of the work should take."""
        by_kind: dict[CostKind, float] = {
            "rendering": sum(shot.seconds for shot in self.shots),
            "assembly": self.seconds_assembly,
            "animatic": self.seconds_animatic,
            "measuring": self.seconds_measuring,
            "narration": self.seconds_narration,
        }
        return by_kind[what]


class Reservation(Record):
    """What is set aside for a quote."""

    id: str
    seconds: float
    eur: float


class Cost(Record):
    """Something that was computed for a production besides its takes: how long it took, and which reservation pays.

    `rendering` is of a take that was stopped; a take that came to an end carries its seconds itself.
    """

    id: str
    what: CostKind
    seconds: float = Field(ge=0)
    shot_id: ShotId | None = None
    reservation_id: str | None = None
    """The newest one when it was computed; none before the first."""


class ReceiptLine(Record):
    """Quoted against spent, for one shot or one kind of the work on the whole film."""

    what: str
    quoted_seconds: float
    spent_seconds: float
    takes: int


class Receipt(Record):
    """What the production did cost."""

    lines: tuple[ReceiptLine, ...]
    quoted_seconds: float
    spent_seconds: float
    quoted_eur: float
    spent_eur: float

    @property
    def difference_eur(self) -> float:
        """Spent less quoted."""
        return self.spent_eur - self.quoted_eur


# ---- takes, cut, findings, reviews ---------------------------------------------------------------------------------


class Take(Record):
    """One rendering of one shot; a failed one has an error and no media."""

    id: str
    shot_id: ShotId
    number: int = Field(ge=1)
    ok: bool
    request_digest: Sha256
    sha256: Sha256 | None = None
    error: str | None = None
    seconds_elapsed: float = 0.0
    peak_memory_bytes: int = 0
    weights_sha256: Sha256 | None = None
    num_threads: int | None = None
    compute_dtype: str | None = None
    """What decides its pixels beside request and weights; None where an older version did not keep it."""


class PlacedShot(Record):
    """Where a shot or card lies in the cut, in frames; `frame_out` is exclusive."""

    shot_id: str
    frame_in: int
    frame_out: int


class Cut(Record):
    """An assembled film: version, content hash, which takes it joins, and where they lie."""

    version: int = Field(ge=1)
    sha256: Sha256
    take_ids: tuple[str, ...]
    placed: tuple[PlacedShot, ...]
    width: int
    height: int
    fps: float
    num_frames: int
    upscaled_from: tuple[int, int] | None = None
    interpolated_from_fps: float | None = None
    loudness_lufs: float | None = None
    seconds_elapsed: float = 0.0


class Finding(Record):
    """One thing that a critic or a person saw; no `shot_id` speaks of the whole cut, frames are of the file judged."""

    id: str
    shot_id: str | None
    take_id: str | None = None
    """The take that is judged; of a person's note, the newer one that stands since."""
    category: str
    severity: Severity
    message: str
    change: str = ""
    """What would mend it."""
    frame_in: int | None = None
    frame_out: int | None = None
    author: str
    status: Literal["open", "retaken", "fixed", "waived"] = "open"
    """Of a person's note: `retaken` when a newer take stands that nobody judged, `fixed` when a person approved it."""
    waived_by: str | None = None
    waived_reason: str | None = None


class Note(Record):
    """A reviewer's words on one shot, or on the film."""

    shot_id: ShotId | None
    text: str = Field(min_length=1, max_length=4000)


class Review(Record):
    """One judgement of one version of the cut; it binds to the cut's hash."""

    id: str
    version: int
    cut_sha256: Sha256
    author: str
    verdict: Verdict
    notes: tuple[Note, ...] = ()


class Deliverable(Record):
    """The package as delivered."""

    version: int
    folder: str
    film_sha256: Sha256
    files: dict[str, Sha256]
    void: str | None = None
    """Which later verdict voided its approval, in one line."""


# ---- what one production leaves to the next ------------------------------------------------------------------------


class Lesson(Record):
    """What a production taught its project; its id is derived, so that a node that runs twice writes it once."""

    id: str
    kind: Literal["wanted", "accepted"] = "wanted"
    """`wanted` asks the next production for something; `accepted` says what was let pass, which asks for nothing."""
    text: str = Field(min_length=1, max_length=4000)
    why: str = ""
    shot_id: ShotId | None = None


class StoredCalibration(Record):
    """How fast one set of weights runs on one machine, as the engine measured it; `value` is the engine's own JSON."""

    weights_sha256: Sha256
    num_threads: int = Field(ge=1)
    machine: str
    value: dict[str, JsonValue]
    measured_at: AwareDatetime
    paces: dict[str, float] = Field(default_factory=dict)
    """By kind of work: real seconds a calibrated one, as the work since then has shown; 1 where none has."""
