"""Ground truth agrees with the drawing: motion explains the next frame, what is nearer is nearer, edges are edges."""

import pytest
import torch
import torch.nn.functional as nnf
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.world import draw, draw_with_mask, ground_truth, subject_mask
from render_engine.world.truth import find_edges

SIZE = (128, 72)


def scene(camera: str, action: str = "still", subject: str = "balloon", setting: str = "meadow") -> SceneSpec:
    return SceneSpec.model_validate({"subject": subject, "setting": setting, "camera": camera, "action": action})


def carried_back(frame: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """The next frame (H, W, 3) brought back along the flow, and where that lies within the picture."""
    height, width = frame.shape[:2]
    rows, columns = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    grid = torch.stack(((columns + flow[0]) * 2 / width - 1, (rows + flow[1]) * 2 / height - 1), -1)
    back = nnf.grid_sample(frame.permute(2, 0, 1)[None].float(), grid[None], align_corners=False)[0]
    return back.permute(1, 2, 0), (grid.abs() < 0.97).all(-1)


@pytest.mark.parametrize(
    ("camera", "most"),
    [("pan_left", 0.5), ("tilt_up", 0.5), ("crane", 0.6), ("handheld", 0.85), ("push_in", 0.9), ("orbit", 0.95)],
)
def test_the_flow_explains_what_changes_between_two_frames_but_for_limbs_and_resampling(camera: str, most: float):
    asked = scene(camera, setting="city")
    clip = draw(asked, *SIZE, 13, 12.0, plain=True)
    truth = ground_truth(asked, *SIZE, 13, 12.0)
    back, inside = carried_back(clip[7], truth.flow[6])
    left = (back - clip[6].float()).abs()[inside].mean()
    assert left < most * (clip[7].float() - clip[6].float()).abs()[inside].mean()


def test_a_subject_goes_where_its_action_says():
    asked = scene("static", "move_right", "car")
    truth = ground_truth(asked, *SIZE, 9, 12.0)
    mask = subject_mask(asked, *SIZE, 9, 12.0)
    assert float(truth.flow[4, 0][mask[4]].median()) > 0.3
    assert float(truth.flow[4][:, ~mask[4]].abs().median()) == 0


@pytest.mark.parametrize("setting", ["meadow", "city", "harbour", "room", "farm"])
def test_the_sky_is_farthest_and_the_subject_nearer_than_what_is_behind_it(setting: str):
    asked = scene("static", subject="person", setting=setting)
    truth = ground_truth(asked, *SIZE, 1, 12.0)
    mask = subject_mask(asked, *SIZE, 1, 12.0)[0]
    assert float(truth.nearness[0][mask].median()) == 1
    assert float(truth.nearness[0].min()) < 0.7
    assert truth.nearness.shape == (1, SIZE[1], SIZE[0])


def test_edges_outline_the_subject():
    asked = scene("static", subject="bus")
    clip, mask = draw_with_mask(asked, *SIZE, 1, 12.0)
    edges = find_edges(clip)[0]
    border = nnf.max_pool2d(mask.float(), 3, 1, 1)[0] - mask[0].float() > 0
    assert float(edges[border].float().mean()) > 2 * float(edges.float().mean())


def test_key_frames_are_the_ends_the_middle_and_where_the_subject_turns_back():
    assert ground_truth(scene("static", "move_left"), 32, 24, 25, 12.0).keyframes == (0, 12, 24)
    hops = ground_truth(scene("static", "bounce", "dog"), 32, 24, 25, 12.0).keyframes
    assert {0, 12, 24} < set(hops)


def test_a_clip_of_one_frame_has_its_truth_too():
    truth = ground_truth(scene("pan_left"), 32, 24, 1, 12.0)
    assert truth.flow.shape == (0, 2, 24, 32)
    assert truth.keyframes == (0,)
