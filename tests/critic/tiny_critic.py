"""A critic in miniature, the clips that it sees, and the captions that it hears."""

import numpy as np
import torch

from render_engine.api import ATTRIBUTES
from render_engine.critic.text_tower import TextTowerConfig
from render_engine.critic.video_text import VideoTextConfig, VideoTextModel
from render_engine.critic.video_tower import VideoTowerConfig
from render_engine.training.attribute_clips import AttributeClip, attributes_loss
from render_engine.training.caption_pairs import reading_loss, together
from render_engine.training.draw import draw_clip
from render_engine.world import sample_scene

TINY = VideoTextConfig(
    video=VideoTowerConfig(
        frame_width=64, frame_height=48, num_frames=3, stem_channels=(8, 16), dim=32, num_layers=1, num_heads=2
    ),
    text=TextTowerConfig(dim=48, num_heads=2),
)


def drawn_clips(count, num_frames=3):
    clips = [draw_clip(seed, "train", (64, 48), num_frames, 2.0) for seed in range(count)]
    return [AttributeClip(clip.frames, clip.coverage, clip.record.scene) for clip in clips]


def overfitted(clips, captions, steps=80):
    """A model that has seen these clips and heard these captions until it knows them."""
    torch.manual_seed(0)
    model = VideoTextModel(TINY)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    frames = torch.stack([clip.frames for clip in clips]).movedim(-1, 2).float() / 127.5 - 1
    embeds, mask = together(captions)
    for _ in range(steps):
        loss = attributes_loss(model.video(frames).logits, [clip.scene for clip in clips])
        loss = loss + reading_loss(model.text(embeds, mask), captions)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def scenes(count):
    return [sample_scene(seed, "train") for seed in range(count)]


def sure_of(scene, strength=6.0):
    """The logits of a tower that sees a scene as it is."""
    return {
        name: strength * torch.eye(len(values))[values.index(getattr(scene, name))][None]
        for name, values in ATTRIBUTES.items()
    }


def heard_as(said, strength=12.0):
    """The logits of a tower that hears exactly what is said: attribute -> value."""
    rows = {name: (values.index(said[name]) if name in said else len(values)) for name, values in ATTRIBUTES.items()}
    return {name: strength * torch.eye(len(ATTRIBUTES[name]) + 1)[row][None] for name, row in rows.items()}


def rng(seed=0):
    return np.random.default_rng(seed)
