"""The world draws captioned scenes: the animatic, the training data, and their ground truth."""

from render_engine.world.captions import canonical_caption, captions, phrases
from render_engine.world.draw import draw, draw_board, draw_frame, draw_frames, draw_with_mask, subject_mask
from render_engine.world.sampler import is_held_out, sample_scene
from render_engine.world.truth import GroundTruth, ground_truth

__all__ = [
    "GroundTruth",
    "canonical_caption",
    "captions",
    "draw",
    "draw_board",
    "draw_frame",
    "draw_frames",
    "draw_with_mask",
    "ground_truth",
    "is_held_out",
    "phrases",
    "sample_scene",
    "subject_mask",
]
