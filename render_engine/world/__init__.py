"""The world draws captioned scenes: the animatic, the training data, and their ground truth."""

from render_engine.world.captions import canonical_caption, captions, phrases
from render_engine.world.draw import draw, draw_frame, draw_frames, subject_mask
from render_engine.world.sampler import is_held_out, sample_scene

__all__ = [
    "canonical_caption",
    "captions",
    "draw",
    "draw_frame",
    "draw_frames",
    "is_held_out",
    "phrases",
    "sample_scene",
    "subject_mask",
]
