"""A reference picture from the brief to the package: its colours are read at admission, and the plan follows them."""

from pathlib import Path

import pytest

from aiprod_agents.brief_reading import read_brief
from aiprod_agents.errors import InputError
from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.outcome import ProductionOutcome
from aiprod_agents.studio import open_studio
from memory.records import Brief
from tests.studio.conftest import Bench, make_order, read_json

FIELDS = "brief: A dog runs on the beach. Then it sleeps.\nseconds: 12\naspect: '16:9'\npictures: [{}]\n"


async def produce(bench: Bench, picture: str) -> tuple[ProductionOutcome, Brief]:
    """A production of the house's own writer, from a brief with one picture beside it."""
    (bench.folder / picture).write_bytes(b"evening")
    read = read_brief(FIELDS.format(picture), name="brief.yaml", base=bench.folder)
    async with open_studio(
        bench.folder / "home",
        open_engine=lambda: bench.engine,
        open_writer=lambda engine: HouseWriter(engine.embed),
        emit=bench.events.append,
    ) as studio:
        outcome = await studio.produce(read, make_order(project="references"))
        with studio.memory.transaction() as store:
            brief = store.briefs.find(outcome.production_id)
    assert brief is not None
    return outcome, brief


async def test_a_picture_with_no_role_gives_the_film_its_colours(bench: Bench) -> None:
    outcome, brief = await produce(bench, "evening.png")
    assert [one.role for one in brief.attachments] == ["reference"]
    colours = await bench.engine.find_colours(bench.folder / "evening.png")
    assert brief.attachments[0].colours == tuple(colours)
    page = (Path(outcome.package or "") / "storyboard.html").read_text()
    assert colours[0] in page
    assert any(
        "the colours follow evening.png: palette" in note for note in read_json(outcome, "manifest.json")["notes"]
    )


async def test_a_clip_gives_no_colours_and_the_plan_says_so(bench: Bench) -> None:
    outcome, brief = await produce(bench, "evening.mp4")
    assert brief.attachments[0].colours == ()
    notes = read_json(outcome, "manifest.json")["notes"]
    assert any(note.startswith("evening.mp4 is not followed: colours are read off a still picture") for note in notes)


async def test_a_reference_that_cannot_be_read_is_bad_input(bench: Bench) -> None:
    bench.script(no_pictures=True)
    with pytest.raises(InputError, match=r"the picture evening\.png cannot be used"):
        await produce(bench, "evening.png")
