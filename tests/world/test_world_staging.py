"""Staging: companions stand where their relation says, cameras do what their names say, boards leave the look out."""

import pytest
import torch
from torch import Tensor

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.world import draw, draw_board, draw_with_mask, is_held_out, sample_scene, subject_mask
from render_engine.world.camera import plan_move
from render_engine.world.sense import ACTIONS, COMPANIONS, settings_for
from render_engine.world.subjects import SUBJECTS

SIZE = (128, 72)
PERSON = SceneSpec(subject="person", setting="meadow", side="left")


def changed(one: Tensor, other: Tensor) -> Tensor:
    """Where two clips (F, H, W, 3) differ visibly, in their first frame: (H, W)."""
    return (one[0].int() - other[0].int()).abs().amax(-1) > 40


def centre(mask: Tensor) -> tuple[float, float]:
    """Mean (column, row) of a mask."""
    rows, columns = mask.nonzero(as_tuple=True)
    return float(columns.float().mean()), float(rows.float().mean())


@pytest.mark.parametrize("relation", ["beside", "behind", "before", "above"])
def test_a_companion_stands_where_its_relation_says(relation: str):
    whom = "bird" if relation == "above" else "dog"
    together = PERSON.model_copy(update={"companion": whom, "relation": relation, "companion_colour": "red"})
    other = together.model_copy(update={"companion_colour": "blue"})
    place = changed(draw(together, *SIZE, 1, 1.0), draw(other, *SIZE, 1, 1.0))
    subject = subject_mask(together, *SIZE, 1, 1.0)[0]
    assert int(place.sum()) > 25
    assert int((place & subject).sum()) <= 0.2 * int(place.sum())
    assert centre(place)[0] > centre(subject)[0] + 0.15 * SIZE[0]
    lower = centre(place)[1] - centre(subject)[1]
    assert (lower < 0) == (relation == "above")


def test_what_is_before_is_larger_than_what_is_behind():
    sizes = []
    for relation in ("before", "beside", "behind"):
        clips = [
            draw(
                PERSON.model_copy(update={"companion": "dog", "relation": relation, "companion_colour": c}),
                *SIZE,
                1,
                1.0,
            )
            for c in ("red", "blue")
        ]
        sizes.append(int(changed(*clips).sum()))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1.3 * sizes[2]


@pytest.mark.parametrize("name", ["hour", "weather", "style", "palette"])
def test_a_board_is_the_same_whatever_the_look(name: str):
    base = SceneSpec(subject="car", setting="city", camera="pan_left", action="move_right")
    board = draw_board(base, *SIZE, 3, 2.0)
    for value in ATTRIBUTES[name]:
        assert torch.equal(draw_board(base.model_copy(update={name: value}), *SIZE, 3, 2.0), board)


@pytest.mark.parametrize("name", ["subject", "setting", "camera", "action", "colour", "framing", "side"])
def test_a_board_shows_all_that_is_no_look(name: str):
    base = SceneSpec(subject="dog", setting="city", action="move_right")
    board = draw_board(base, *SIZE, 4, 2.0)
    for value in ATTRIBUTES[name]:
        if value != getattr(base, name):
            other = draw_board(base.model_copy(update={name: value}), *SIZE, 4, 2.0)
            assert float((other.float() - board.float()).abs().mean()) > 0.2, value


def move(camera: str):
    seconds = torch.arange(25) / 12
    return plan_move(camera, seconds, 2.0, torch.zeros(25), torch.zeros(25))


def test_an_orbit_keeps_the_subject_and_moves_far_and_near_against_each_other():
    far, subject, near = (move("orbit").at(parallax)[0] for parallax in (0.2, 1.0, 1.5))
    assert float(subject.abs().max()) == 0
    assert float((far[-1] - far[0]) * (near[-1] - near[0])) < 0


def test_a_crane_leaves_the_sky_and_lifts_off_the_ground_while_a_tilt_takes_both():
    sky, ground = (move("crane").at(parallax)[1] for parallax in (0.0, 1.0))
    assert float(sky.abs().max()) == 0
    assert float(ground[0] - ground[-1]) > 0.1
    assert float(move("tilt_up").at(0.0)[1].abs().max()) > 0


def test_a_hand_shakes_everything_alike_and_comes_back():
    far, near = move("handheld").at(0.0)[0], move("handheld").at(1.4)[0]
    assert torch.equal(far, near)
    assert int((far.diff().sign().diff() != 0).sum()) >= 4


def sharpness(frame: Tensor, where: Tensor) -> float:
    """Mean step between neighbouring pixels of a frame (H, W, 3) within a mask."""
    steps = (frame.float()[:, 1:] - frame.float()[:, :-1]).abs().mean(-1)
    return float(steps[where[:, 1:] & where[:, :-1]].mean())


def test_a_pull_of_focus_goes_from_the_surroundings_to_the_subject():
    asked = SceneSpec(subject="bus", setting="city", camera="rack")
    clip, mask = draw_with_mask(asked, *SIZE, 13, 12.0)
    assert sharpness(clip[-1], mask[-1]) > 1.5 * sharpness(clip[0], mask[0])
    assert sharpness(clip[0], ~mask[0]) > 1.5 * sharpness(clip[-1], ~mask[-1])


def test_every_subject_has_a_place_and_something_to_do():
    assert set(SUBJECTS) == set(ATTRIBUTES["subject"]) == set(ACTIONS)
    for subject in SUBJECTS:
        assert set(settings_for(subject)) <= set(ATTRIBUTES["setting"])
        assert set(ACTIONS[subject]) <= set(ATTRIBUTES["action"])
    assert {name for names in COMPANIONS.values() for name in names} <= set(SUBJECTS)


def test_the_test_split_has_the_pairings_of_training_in_other_scenes():
    train, test = ({sample_scene(seed, split) for seed in range(150)} for split in ("train", "test"))
    assert not any(is_held_out(scene) for scene in train | test)
    assert not train & test


def test_every_word_is_sampled():
    scenes = [sample_scene(seed, "train") for seed in range(1500)]
    for name, values in ATTRIBUTES.items():
        assert {getattr(scene, name) for scene in scenes} == set(values), name


@pytest.mark.parametrize("framing", ATTRIBUTES["framing"])
@pytest.mark.parametrize("subject", ["person", "castle", "bus", "phone", "aeroplane", "whale"])
def test_a_subject_has_headroom_and_keeps_to_its_third(subject: str, framing: str):
    for side, low, high in (("left", 0.1, 0.55), ("centre", 0.3, 0.7), ("right", 0.45, 0.9)):
        asked = SceneSpec.model_validate({"subject": subject, "setting": "beach", "framing": framing, "side": side})
        mask = subject_mask(asked, *SIZE, 1, 1.0)[0]
        column, _ = centre(mask)
        assert low < column / SIZE[0] < high, side
        assert not mask[0].any(), "the top of the subject is cut off"
