"""A realistic production for the page's tests, with pictures that are drawn here."""

from pathlib import Path

from PIL import Image, ImageDraw

from aiprod_agents.pages import PageCard, PageShot, StoryboardPage
from memory.records import (
    Aspect,
    Brief,
    Card,
    Concept,
    Cut,
    Finding,
    Look,
    Note,
    PlacedShot,
    ProductionStatus,
    Quote,
    Receipt,
    ReceiptLine,
    Requirement,
    Review,
    Scene,
    Shot,
)

SIZES: dict[Aspect, tuple[int, int]] = {"16:9": (320, 180), "9:16": (180, 320), "1:1": (240, 240)}
FILM_SHA = "ab" * 32


def drawn_jpeg(path: Path, size: tuple[int, int], sky: str, sail: str = "#b23a2e") -> Path:
    """A sail on the sea, as a JPEG file."""
    picture = Image.new("RGB", size, sky)
    pen = ImageDraw.Draw(picture)
    width, height = size
    pen.rectangle((0, height * 0.6, width, height), fill="#3c5a6e")
    pen.polygon([(width * 0.4, height * 0.65), (width * 0.4, height * 0.3), (width * 0.55, height * 0.65)], fill=sail)
    picture.save(path, quality=85)
    return path


def brief(aspect: Aspect = "16:9", text: str = "A red sailboat leaves at dawn. Never show people.") -> Brief:
    return Brief(
        text=text,
        language="en",
        title="Harbour morning",
        seconds=12,
        aspect=aspect,
        requirements=(
            Requirement(id="R1", kind="seconds", text="12 seconds"),
            Requirement(id="R2", kind="subject", text="a red sailboat"),
            Requirement(id="R3", kind="words", text='"Come home by water" at the end'),
            Requirement(id="R4", kind="must", text="ends on the logo"),
        ),
    )


def shot(number: int, seconds: float, description: str) -> Shot:
    return Shot(
        id=f"S{number}",
        scene_id="A",
        seconds=seconds,
        description=description,
        subject="red sailboat",
        action="move_right",
        camera="follow",
        narration="Before the town is awake, the water is." if number == 1 else "",
        words="Every morning" if number == 2 else "",
        covers=("R2",) if number == 1 else (),
    )


def planned_page(folder: Path, aspect: Aspect = "16:9", **changes: object) -> StoryboardPage:
    """The page before the render: drawn pictures, no take, a quote."""
    scene = Scene(id="A", setting="harbour", hour="dawn", weather="clear")
    skies = ("#f5be8c", "#96c8dc")
    shots = tuple(
        PageShot(
            shot=shot(number, 5.0, f"The boat passes the lighthouse, part {number}."),
            scene=scene,
            animatic=drawn_jpeg(folder / f"animatic_{number}.jpg", SIZES[aspect], sky),
            prompt="a paper film of a red sailboat in a harbour at dawn",
            notes=("gulls: no flock can be drawn; one bird stands for them",) if number == 2 else (),
        )
        for number, sky in enumerate(skies, start=1)
    )
    page = StoryboardPage(
        production_id="1f0c2a77-5d0e-5c58-9a0f-0d7f3c1d2e3f",
        tier="draft",
        seed=7,
        brief=brief(aspect),
        concept=Concept(title="Harbour morning", logline="A boat leaves before the town wakes.", mood="calm"),
        look=Look(style="cut paper", palette="warm dawn", palette_colours=("#f5be8c", "#3c5a6e")),
        shots=shots,
        title_card=PageCard(card=Card(id="S0", role="title", words=("Harbour morning",), seconds=1)),
        end_card=PageCard(card=Card(id="S9", role="end", words=("Come home by water",), seconds=1, covers=("R3",))),
        quote=Quote(tier="draft", shots=(), seconds_assembly=9, seconds=66, eur=0.0066, peak_memory_bytes=2**31),
    )
    return page.model_copy(update=changes)


def delivered_page(folder: Path, aspect: Aspect = "16:9", **changes: object) -> StoryboardPage:
    """The page of a delivered film: takes beside the drawings, findings, a verdict, a receipt."""
    page = planned_page(folder, aspect)
    shots = tuple(
        entry.model_copy(
            update={
                "take": drawn_jpeg(folder / f"take_{entry.shot.id}.jpg", SIZES[aspect], "#d0a080"),
                "take_number": 1,
                "animatic_strength": 0.7,
            }
        )
        for entry in page.shots
    )
    lies = (("S0", 0, 24), ("S1", 24, 150), ("S2", 150, 264), ("S9", 264, 288))
    delivered = {
        "shots": shots,
        "status": ProductionStatus.DELIVERED,
        "film": "film.mp4",
        "not_measured": ('R2: whether "a red sailboat" is seen',),
        "cut": Cut(
            version=1,
            sha256=FILM_SHA,
            take_ids=(),
            placed=tuple(PlacedShot(shot_id=i, frame_in=a, frame_out=b) for i, a, b in lies),
            width=1280,
            height=720,
            fps=24,
            num_frames=288,
        ),
        "findings": (
            Finding(id="f1", shot_id="S2", category="flicker", severity="minor", message="flickers", author="critic"),
            Finding(id="f2", shot_id="S2", category="black", severity="critical", message="is black", author="critic"),
            Finding(id="f3", shot_id=None, category="sound", severity="info", message="-16.2 LUFS", author="critic"),
        ),
        "review": Review(
            id="r",
            version=1,
            cut_sha256=FILM_SHA,
            author="policy:house",
            verdict="approved",
            notes=(Note(shot_id="S2", text="Keep this distance."),),
        ),
        "receipt": Receipt(
            lines=(ReceiptLine(what="S1", quoted_seconds=14.2, spent_seconds=13.8, takes=1),),
            quoted_seconds=14.2,
            spent_seconds=13.8,
            quoted_eur=0.0014,
            spent_eur=0.0013,
        ),
    }
    return page.model_copy(update=delivered | changes)
