"""A production from brief to package."""

import json
from pathlib import Path

from memory.records import ProductionStatus
from tests.studio.conftest import Bench, make_brief, make_order


async def test_a_brief_becomes_a_package(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert outcome.status == ProductionStatus.DELIVERED, outcome
    package = Path(outcome.package or "")
    names = {path.name for path in package.iterdir()}
    assert names == {
        "film.mp4",
        "animatic.mp4",
        "captions.srt",
        "manifest.json",
        "receipt.json",
        "qa.json",
        "storyboard.html",
    }
    manifest = json.loads((package / "manifest.json").read_text())
    assert [shot["id"] for shot in manifest["shots"]] == ["S1", "S2", "S3"]
    print(outcome)
