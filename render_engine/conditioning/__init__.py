"""Conditioning: what a render starts from and must keep, as items that each change the latent state."""

from render_engine.conditioning.items import AnimaticItem, ConditioningItem, FramesItem, ReferenceItem, RegionItem
from render_engine.conditioning.state import KeyframeStyle, LatentState, LatentTools

__all__ = [
    "AnimaticItem",
    "ConditioningItem",
    "FramesItem",
    "KeyframeStyle",
    "LatentState",
    "LatentTools",
    "ReferenceItem",
    "RegionItem",
]
