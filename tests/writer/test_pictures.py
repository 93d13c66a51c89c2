"""A brief's pictures in its plan: a reference gives the look its colours, and what is not used is said."""

from pathlib import Path

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.pictures import nearest_palette, tint_of
from aiprod_agents.ids import digest_text
from aiprod_agents.plan import Plan, PlanInput
from memory.records import Attachment, RecalledLine

SUNSET = ("#d8502a", "#f0a040", "#7a2f30", "#f6d9a0")
SEA = ("#1f4f8f", "#3f86b0", "#9cc4dc", "#142a44")
TEXT = "A dog runs on the beach. Then it sleeps. 12 seconds, 16:9."


def picture(role: str, name: str, *colours: str) -> Attachment:
    return Attachment.model_validate({"role": role, "name": name, "sha256": name[0] * 64, "colours": colours})


async def plan_of(writer: HouseWriter, text: str, *pictures: Attachment, **question: object) -> Plan:
    brief = read_brief(text).brief.model_copy(update={"attachments": pictures})
    return await writer.ask("creative_director", PlanInput.model_validate({"brief": brief, **question}), Plan)


@pytest.mark.parametrize(
    ("colours", "palette"),
    [
        (SUNSET, "warm"),
        (("#783c2d", "#c87b4e", "#5c526f", "#95685f"), "warm"),
        (SEA, "cool"),
        (("#8a8c88", "#a6a29a", "#5c6066", "#d0cec8"), "muted"),
        (("#ff2040", "#ffb000", "#00b0a0", "#4040ff", "#ff50b0"), "vivid"),
        (("#5f8a4a", "#88a868", "#6a5238", "#b8b088"), "natural"),
    ],
)
def test_a_picture_s_palette_is_the_named_one_of_like_hue_and_chroma(colours: tuple[str, ...], palette: str):
    assert nearest_palette(colours) == palette


def test_tints_are_those_of_cie_lab():
    assert tint_of(["#ffffff"]) == pytest.approx((0, 0, 0), abs=0.05)
    assert tint_of(["#ff0000"]) == pytest.approx((80.1, 67.2, 104.6), abs=0.2)
    assert tint_of(["#0000ff"]) == pytest.approx((79.2, -107.9, 133.8), abs=0.2)


@pytest.mark.parametrize(("colours", "palette"), [(SUNSET, "warm"), (SEA, "cool")])
async def test_the_look_follows_a_reference_and_says_so(writer: HouseWriter, colours: tuple[str, ...], palette: str):
    plan = await plan_of(writer, TEXT, picture("reference", "a.png", *colours))
    assert plan.look.palette_colours == colours
    assert palette in plan.look.palette
    assert f"the colours follow a.png: palette {palette}; nothing else of the picture is followed" in plan.notes


async def test_a_reference_goes_before_memory_and_behind_the_brief_and_a_note(writer: HouseWriter):
    sunset = picture("reference", "a.png", *SUNSET)
    memory = RecalledLine(kind="look", text="palette: cool", source="production 1")
    recalled = await plan_of(writer, TEXT, sunset, recall=(memory,))
    assert recalled.look.palette_colours == SUNSET
    assert "warm" in recalled.look.palette
    told = await plan_of(writer, f"{TEXT} Cool colours.", sunset)
    assert "cool" in told.look.palette
    assert "the colours do not follow a.png: the brief names its colours itself" in told.notes
    noted = await plan_of(writer, TEXT, sunset, previous=recalled, change_request="colder colours")
    assert noted.look.palette_colours != SUNSET
    assert "the colours do not follow a.png: a note asks for other colours" in noted.notes
    forbidden = await plan_of(writer, f"{TEXT} No warm colours.", sunset)
    assert "warm" not in forbidden.look.palette
    assert "the colours do not follow a.png: their palette, warm, is not wanted" in forbidden.notes


async def test_a_reference_that_cannot_be_followed_is_a_note(writer: HouseWriter):
    clip, sea = picture("reference", "clip.mp4"), picture("reference", "b.png", *SEA)
    plan = await plan_of(writer, TEXT, clip, sea, picture("reference", "c.png", *SUNSET))
    assert plan.look.palette_colours == SEA
    said = "\n".join(plan.notes)
    assert "clip.mp4 is not followed: colours are read off a still picture" in said
    assert "c.png is not followed: the colours follow b.png" in said


async def test_more_first_frames_than_shots_are_a_note(writer: HouseWriter):
    frames = [picture("first_frame", f"{number}.png") for number in range(3)]
    plan = await plan_of(writer, TEXT, *frames, max_shots=2)
    assert [shot.first_frame for shot in plan.storyboard.shots] == [frames[0].sha256, frames[1].sha256]
    assert "2.png is not used: no shot is left that it could open" in plan.notes


async def opening_of(writer: HouseWriter, text: str, folder: Path, **question: object) -> list[str | None]:
    """The name of the picture that each shot opens on."""
    read = read_brief(text, base=folder)
    stored = [Attachment(role=one.role, name=one.name, sha256=digest_text(one.name)) for one in read.pictures]
    names = {one.sha256: one.name for one in stored if one.role == "first_frame"}
    plan_input = PlanInput.model_validate({"brief": read.with_attachments(stored), **question})
    plan = await writer.ask("creative_director", plan_input, Plan)
    return [names[shot.first_frame] if shot.first_frame else None for shot in plan.storyboard.shots]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "stills").mkdir()
    for name in ("a.png", "b.png", "stills/a.png"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


async def test_a_listed_shot_opens_on_its_own_picture(writer: HouseWriter, pictures: Path):
    listed = "Shots:\n1. A dog runs on the beach (8 s)\n2. It sleeps ![](stills/a.png) (3 s)\n"
    listed += "3. The sea at dusk, opening on b.png (3 s)\n"
    assert await opening_of(writer, listed, pictures) == [None, None, "stills/a.png", "b.png"]
    assert await opening_of(writer, f"First frame: a.png\n\n{listed}", pictures) == [
        "a.png",
        None,
        "stills/a.png",
        "b.png",
    ]
    fielded = "shots: [{text: a dog runs, first_frame: a.png}, {text: it sleeps}]\nseconds: 8\nbrief: A dog."
    assert (await opening_of(writer, fielded, pictures))[0] == "a.png"


async def test_pictures_of_a_list_without_a_place_open_its_shots_in_order(writer: HouseWriter, pictures: Path):
    listed = "pictures: [{path: a.png, role: first_frame}, {path: b.png, role: first_frame}]\nshots:"
    listed += " [{text: a dog runs, seconds: 8}, {text: it sleeps, seconds: 3}]\nbrief: A dog on the beach."
    assert await opening_of(writer, listed, pictures) == ["a.png", None, "b.png"]


async def test_a_picture_of_a_shot_that_was_left_out_opens_no_other(writer: HouseWriter, pictures: Path):
    listed = "Shots:\n1. A dog runs (3 s)\n2. It jumps ![](b.png) (3 s)\n3. It sleeps (3 s)\n"
    assert await opening_of(writer, listed, pictures, max_shots=2) == [None, None]


async def test_a_second_logo_is_a_note(writer: HouseWriter):
    plan = await plan_of(writer, TEXT, picture("logo", "a.png"), picture("logo", "b.png"))
    assert "the logo b.png is not used: the end card shows one logo" in plan.notes
    assert not [note for note in plan.notes if "a.png" in note]
