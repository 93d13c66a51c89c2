"""A shot on the storyboard page: what the renderer was really asked, also after a reviewer changed it."""

from pathlib import Path

from aiprod_agents.page_shots import build_page_shot
from aiprod_agents.state import Answer, Judgement, ShotRequest
from memory.records import Note, Scene, Shot, Storyboard
from render_engine.api import SceneSpec
from tests.studio.conftest import Bench, make_brief, make_order, make_request

BOARD = Storyboard(
    scenes=(Scene(id="A", setting="sea", hour="day", weather="clear"),),
    shots=tuple(
        Shot(id=f"S{number}", scene_id="A", seconds=3, description="The yellow balloon rises.", subject="balloon")
        for number in (1, 2)
    ),
)


def ask(shot_id: str, change: str = "", **drawn: str) -> ShotRequest:
    scene = SceneSpec.model_validate({"subject": "balloon", "setting": "beach", **drawn})
    request = make_request(prompt="a red balloon")
    return ShotRequest(
        shot_id=shot_id, scene=scene, request=request, digest="ab" * 32, animatic_sha256=None, change=change
    )


def place(entry_of: ShotRequest, *others: ShotRequest) -> tuple[str, str, str]:
    scene = build_page_shot(BOARD, BOARD.shot(entry_of.shot_id), entry_of, [entry_of, *others]).scene
    return scene.setting, scene.hour, scene.weather


def test_an_unchanged_shot_keeps_the_brief_s_word_for_its_place() -> None:
    assert place(ask("S1")) == ("sea", "day", "clear")


def test_a_changed_hour_is_told_and_the_place_stays_in_the_brief_s_word() -> None:
    changed = ask("S1", "a red balloon at dusk", hour="dusk", weather="fog")
    assert place(changed, ask("S1")) == ("sea", "dusk", "fog"), (
        "the shot's first request tells what the sea is drawn as"
    )
    assert place(changed, ask("S2")) == ("sea", "dusk", "fog"), "and so does another shot in the same place"


def test_a_changed_place_is_told_as_it_is_drawn() -> None:
    changed = ask("S1", "in the woods", setting="forest")
    assert place(changed, ask("S2")) == ("forest", "day", "clear")
    assert place(changed) == ("forest", "day", "clear")


def test_camera_framing_and_change_are_the_request_s() -> None:
    changed = ask("S1", "closer, from below", camera="tilt_up", framing="close", action="rise")
    entry = build_page_shot(BOARD, BOARD.shots[0], changed, [changed])
    told = (entry.shot.camera, entry.shot.framing, entry.shot.action, entry.shot.change, entry.prompt)
    assert told == ("tilt_up", "close", "rise", "closer, from below", "a red balloon")


async def test_after_a_round_the_film_s_page_says_what_was_asked_and_what_was_planned(bench: Bench) -> None:
    async with bench.open() as studio:
        outcome = await studio.produce(make_brief(), make_order())
        notes = (Note(shot_id="S2", text="a red cat <at> dusk"),)
        await studio.review(outcome.production_id, Judgement(verdict="needs_changes", author="ada", notes=notes))
        outcome = await studio.review(outcome.production_id, Judgement(verdict="approved", author="ada"))
    page = read_page(f"{outcome.package}/storyboard.html")
    assert 'As asked: a red cat &lt;at&gt; dusk</p>\n<p class="soft">As planned: a cat runs</p>' in page
    assert page.count("As asked") == 1
    assert "beach, day, clear" in page, "what is drawn, where the plan said dawn"
    assert '<div class="finding fixed">\n<p><b>Fixed</b> on S2: a red cat' in page
    assert "To mend it: a red cat" not in page, "which says the same again"


async def test_the_plan_s_page_and_gate_tell_what_is_drawn(bench: Bench) -> None:
    async with bench.open() as studio:
        waiting = await studio.produce(make_brief(), make_order(auto_approve=False))
        question = waiting.question
        assert question
        page = read_page(question.lines[0].text)
        assert "beach, day, clear" in page
        assert ("S1", "rendered from: dog on a beach") in {(line.about, line.text) for line in question.lines}
        answer = Answer(gate="plan", choice="change", text="S1: more sea")
        assert (await studio.answer(waiting.production_id, answer)).question


def read_page(path: str) -> str:
    return Path(path).read_text("utf-8")
