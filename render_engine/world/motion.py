"""Actions: where the subject is, how it leans, grows, turns and steps in each frame."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec

_SPEEDS = {
    "person": 0.17,
    "robot": 0.15,
    "cat": 0.18,
    "dog": 0.21,
    "horse": 0.26,
    "bird": 0.28,
    "balloon": 0.12,
    "car": 0.30,
    "train": 0.30,
    "bicycle": 0.30,
    "cow": 0.13,
    "sheep": 0.14,
    "elephant": 0.13,
    "rabbit": 0.22,
    "fox": 0.24,
    "bus": 0.28,
    "truck": 0.28,
    "motorcycle": 0.32,
    "child": 0.14,
    "dancer": 0.20,
    "speaker": 0.10,
    "butterfly": 0.20,
    "duck": 0.12,
    "whale": 0.14,
    "ship": 0.16,
    "aeroplane": 0.32,
    "helicopter": 0.26,
}
_ALOFT = ("balloon", "bird", "butterfly", "aeroplane", "helicopter")
NARROWEST = 0.16
"""The least width a turning subject keeps, as a share of its own: a drawing seen from its edge would vanish."""


@dataclass(frozen=True)
class Path:
    """Per frame, all (F,): offsets from the anchor in scene units, lean in radians, factors of size and of width.

    `covered` is the ground covered in scene units; `width` is negative where the subject faces the other way.
    """

    dx: Tensor
    dy: Tensor
    lean: Tensor
    size: Tensor
    width: Tensor
    covered: Tensor
    walking: float = 0.0
    talking: float = 0.0
    faces_left: bool = False


def speed_of(subject: str) -> float:
    """Scene units a second at medium framing."""
    return _SPEEDS.get(subject, 0.15)


def standing(seconds: Tensor, *, faces_left: bool = False) -> Path:
    """The path of what stays where it is."""
    still = torch.zeros_like(seconds)
    return Path(still, still, still, still + 1, still + 1, still, faces_left=faces_left)


def plan_path(scene: SceneSpec, seconds: Tensor, duration: float) -> Path:
    """The path of a scene's subject; a move crosses the anchor at the middle of the shot."""
    action = scene.action
    base = standing(seconds, faces_left=action == "move_left" or (action != "move_right" and scene.side == "right"))
    share = (seconds / max(duration, 1e-6)).clamp(0, 1) - 0.5
    if action in {"move_left", "move_right", "approach", "recede", "circle"}:
        return _travel(scene, base, seconds, share, duration)
    climb = min(0.16 * duration, 0.34) * (0.75 if scene.subject == "balloon" else 1.0)
    aloft = 0.5 if scene.subject in _ALOFT else 0.0
    if action == "rise":
        return replace(base, dy=-climb * (share + 0.5 - aloft))
    if action == "fall":
        return replace(base, dy=climb * (share - 0.5 + aloft))
    return _gesture(action, base, seconds)


def _gesture(action: str, base: Path, seconds: Tensor) -> Path:
    """What a subject does on the spot."""
    if action == "bounce":
        beat = torch.sin(seconds * 4.4)
        return replace(base, dy=-0.13 * beat.abs(), lean=0.03 * beat)
    if action == "sway":
        return replace(base, lean=0.13 * torch.sin(seconds * 2.7))
    if action == "turn":
        return replace(base, width=_seen_width(torch.cos(seconds * 3.4)))
    if action == "talk":
        return replace(base, talking=1.0, lean=0.02 * torch.sin(seconds * 5.3))
    return base


def _travel(scene: SceneSpec, base: Path, seconds: Tensor, share: Tensor, duration: float) -> Path:
    """The paths that cover ground."""
    speed = speed_of(scene.subject)
    walks = replace(base, walking=1.0, covered=seconds * speed)
    growth = min(0.36 * duration, 0.85)
    if scene.action == "approach":
        return replace(walks, size=torch.exp(growth * share))
    if scene.action == "recede":
        return replace(walks, size=torch.exp(-growth * share))
    if scene.action == "circle":
        angle = seconds * 3.1 + 0.6
        return replace(
            walks,
            dx=0.17 * torch.cos(angle),
            dy=0.055 * torch.sin(angle),
            size=1 + 0.10 * torch.sin(angle),
            width=_seen_width(-torch.sin(angle) * 2.5),
        )
    sign = 1 if scene.action == "move_right" else -1
    return replace(walks, dx=sign * min(speed * duration, 0.62) * share)


def _seen_width(turned: Tensor) -> Tensor:
    """From a cosine of how far something has turned to the width it shows."""
    wide = turned.abs().clamp(NARROWEST, 1)
    return torch.where(turned < 0, -wide, wide)
