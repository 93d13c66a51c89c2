"""A production from brief to package, and what stands before and after it."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from PIL import Image

from aiprod_agents.brief_reading import AttachedPicture, ReadBrief
from aiprod_agents.errors import InputError, StudioError
from aiprod_agents.package import _swap, check_replaceable
from aiprod_agents.state import Judgement
from aiprod_agents.tiers import TIERS
from memory.records import Budget, Note, ProductionStatus
from render_engine.api import FirstFrame
from tests.studio.conftest import Bench, list_files, make_brief, make_order, read_json
from tests.studio.fake_engine import WEIGHTS, hash_file

FILES = {
    "film.mp4", "animatic.mp4", "captions.srt", "manifest.json", "receipt.json", "qa.json", "storyboard.html",
}  # fmt: skip


def with_pictures(folder: Path, suffix: str = "png") -> ReadBrief:
    pictures = []
    for role, colour in (("first_frame", "red"), ("logo", "blue")):
        path = folder / f"{role}.{suffix}"
        Image.new("RGB", (16, 16), colour).save(path)
        pictures.append(AttachedPicture.model_validate({"role": role, "name": path.name, "path": path}))
    return make_brief().model_copy(update={"pictures": tuple(pictures)})


async def test_a_brief_becomes_a_package(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    files = list_files(outcome)
    assert set(files) == FILES
    manifest = read_json(outcome, "manifest.json")
    assert manifest["film"]["sha256"] == hash_file(Path(outcome.film or ""))
    assert manifest["language_model"] == "scripted 1"
    shot = manifest["shots"][1]
    strength = TIERS["standard"].animatic_strength
    assert (shot["id"], shot["animatic_strength"], shot["weights_sha256"]) == ("S2", strength, WEIGHTS)
    assert shot["settings"]["num_steps"] == 16
    assert files["captions.srt"].startswith(b"1\n00:00:01,200 --> ")
    receipt = read_json(outcome, "receipt.json")
    assert receipt["spent_seconds"] == pytest.approx(3 * 2.0 + 2 * 3.0, abs=0.5)
    assert receipt["difference_seconds"] == pytest.approx(receipt["spent_seconds"] - receipt["quoted_seconds"])
    assert receipt["left_out"].startswith("planning, drawing and thumbnails")
    qa = read_json(outcome, "qa.json")
    assert qa["review"]["author"] == "policy:house"
    assert qa["not_measured"] == [
        "R2 (subject: a dog), planned in S1, S2, S3: nothing measured it",
        *outcome.unmeasured[1:],
    ]
    assert b"R2" in files["storyboard.html"]


async def test_the_package_lies_where_it_was_asked_and_replaces_nothing_else(bench: Bench) -> None:
    out = bench.folder / "out"
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(out=str(out)))
        assert outcome.package == str(out)
        film, owner = list_files(outcome), outcome.production_id
        with pytest.raises(InputError, match=f"out holds the film of production {owner[:8]}: choose another folder"):
            await studio.produce(make_brief(), make_order(out=str(out)))
        assert len(studio.list()) == 1
    assert list_files(outcome) == film


def test_only_an_empty_folder_or_the_production_s_own_package_may_be_replaced(tmp_path: Path) -> None:
    mine, others, file = tmp_path / "mine", tmp_path / "others", tmp_path / "file"
    for folder, manifest in ((mine, '{"production_id": "p"}'), (others, "[1]")):
        folder.mkdir()
        check_replaceable(folder)
        (folder / "manifest.json").write_text(manifest)
    file.write_text("")
    check_replaceable(mine, "p")
    check_replaceable(tmp_path / "not there")
    for owner in ("q", None):
        with pytest.raises(StudioError, match=r"mine holds the film of production p: choose another folder"):
            check_replaceable(mine, owner)
    with pytest.raises(StudioError, match="others holds other files: choose an empty folder"):
        check_replaceable(others, "p")
    with pytest.raises(StudioError, match="file is a file: choose a folder"):
        check_replaceable(file)


def test_a_package_that_cannot_take_its_place_leaves_the_one_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(FileNotFoundError):
        _swap(tmp_path / "never written", folder)
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    assert list(tmp_path.iterdir()) == [folder]


async def test_the_same_brief_seed_and_weights_give_the_same_film(bench: Bench, tmp_path: Path) -> None:
    other = Bench(tmp_path / "elsewhere")
    other.folder.mkdir()
    films, digests = [], []
    for place, suffix in ((bench, "png"), (other, "PNG")):
        async with place.open() as studio:
            outcome = await studio.produce(with_pictures(place.folder, suffix), make_order())
            films.append(list_files(outcome)["film.mp4"])
            digests.append([shot["request_sha256"] for shot in read_json(outcome, "manifest.json")["shots"]])
    assert films[0] == films[1]
    assert digests[0] == digests[1]


async def test_the_brief_s_own_pictures_are_stored_and_used(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(with_pictures(bench.folder), make_order())
        with studio.memory.transaction() as store:
            brief = store.briefs.find(outcome.production_id)
        values = (await studio._snapshot(outcome.production_id)).values
    assert brief is not None
    assert [attachment.role for attachment in brief.attachments] == ["first_frame", "logo"]
    frames = [item for item in values["requests"]["S1"].request.conditioning if isinstance(item, FirstFrame)]
    assert frames[0].picture.stem == brief.attachments[0].sha256
    assert brief.attachments[1].sha256.encode() in list_files(outcome)["film.mp4"]


async def test_the_animatic_of_a_shot_that_opens_on_a_picture_moves_over_that_picture(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(with_pictures(bench.folder), make_order())
        conditioning = (await studio._snapshot(outcome.production_id)).values["requests"]["S1"].request.conditioning
    picture = hash_file(bench.folder / "first_frame.png")
    guide, opening = conditioning
    assert guide.picture == opening.picture
    assert sorted(bench.engine.calls("draw")) == ["bird", "cat", f"dog over {picture}"]
    manifest = read_json(outcome, "manifest.json")
    assert [shot["animatic_picture_sha256"] for shot in manifest["shots"]] == [picture, None, None]
    assert manifest["animatic"]["what"].endswith("S1: a camera move over the brief's own picture")
    page = list_files(outcome)["storyboard.html"].decode()
    assert page.count("Animatic, a move over the brief") == 1
    assert page.count("Animatic, drawn") == 2


async def test_a_picture_that_is_none_leaves_nothing_behind(bench: Bench) -> None:
    bench.script(no_pictures=True)
    async with bench.open() as studio:
        with pytest.raises(InputError, match=r"the picture first_frame.png cannot be used: .* give a PNG or JPEG"):
            await studio.produce(with_pictures(bench.folder), make_order())
        assert studio.list() == ()


async def test_a_logo_that_moves_is_refused_before_anything_is_spent(bench: Bench) -> None:
    async with bench.open() as studio:
        with pytest.raises(InputError, match=r"the logo logo.gif is a clip: give a PNG, JPEG or WebP picture"):
            await studio.produce(with_pictures(bench.folder, "gif"), make_order())
        assert studio.list() == ()


async def test_a_full_disk_is_told_before_anything_begins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100, 99, 1))
    async with bench.open() as studio:
        with pytest.raises(InputError, match="is full: make 256 MiB of room"):
            await studio.produce(make_brief(), make_order())


async def test_a_workspace_that_cannot_be_written_is_told(bench: Bench) -> None:
    async with bench.open() as studio:
        context = studio._open_context()
        shutil.rmtree(context.workspace)
        with pytest.raises(InputError, match="cannot be written: No such file"):
            await studio.produce(make_brief(), make_order())


@pytest.mark.parametrize(
    ("fault", "category"), [("silent", "sound"), ("quiet", "loudness"), ("jump", "cut"), ("short", "length")]
)
async def test_a_faulty_cut_is_not_let_pass_by_the_policy(bench: Bench, fault: str, category: str) -> None:
    bench.script(film_fault=fault)
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
    assert outcome.status == ProductionStatus.AWAITING_REVIEW
    assert [finding.category for finding in outcome.findings] == [category]
    assert outcome.question is not None
    assert outcome.question.open_faults == 1


async def test_a_reviewer_s_words_are_recalled_in_the_next_production_and_named_in_its_manifest(bench: Bench) -> None:
    async with bench.open() as studio:
        first = await studio.produce(make_brief(), make_order())
        notes = (Note(shot_id="S1", text="more sky"),)
        await studio.review(first.production_id, Judgement(verdict="needs_changes", author="ada", notes=notes))
        await studio.review(first.production_id, Judgement(verdict="approved", author="ada", reason="so be it"))
        second = await studio.produce(make_brief(), make_order(seed=8))
        elsewhere = await studio.produce(make_brief(), make_order(project="other"))
    recalled = read_json(second, "manifest.json")["recall"]
    assert "more sky" in {line["text"] for line in recalled}
    assert any(line["kind"] == "look" for line in recalled)
    assert read_json(elsewhere, "manifest.json")["recall"] == []


async def test_what_is_in_the_checkpoints_comes_back_as_it_was_and_holds_no_media(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order(auto_approve=False, budget=Budget(eur=1.0)))
    async with bench.open() as studio:
        values = (await studio._snapshot(outcome.production_id)).values
    assert values["commission"].budget == Budget(eur=1.0)
    assert values["requests"]["S1"].request.conditioning[0].kind == "animatic"
    size = (bench.folder / "home" / "checkpoints.db").stat().st_size
    assert size < 2**20


async def test_a_production_is_named_by_its_concept_and_found_by_the_beginning_of_its_id(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        assert studio.get(outcome.production_id[:6]).title == "Film"
        assert (await studio.status(outcome.production_id[:6])).package == outcome.package
        assert [production.id for production in studio.list("beach")] == [outcome.production_id]
    assert bench.engine.is_closed


async def test_the_machine_is_measured_once_and_whoever_watches_is_told(bench: Bench) -> None:
    said = "measuring this machine, once: it takes up to a minute"
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        assert [event.production_id for event in bench.events if event.message == said] == [outcome.production_id]
        await studio.produce(make_brief(), make_order())
        bench.engine.weights = "cd" * 32
        await studio.produce(make_brief(), make_order(budget=Budget(seconds=60)))
    told = [(event.production_id, event.state) for event in bench.events if event.message == said]
    assert told == [(outcome.production_id, "financial_orchestrator"), ("", "intake")]
    assert len(bench.engine.calls("calibrate")) == 2
