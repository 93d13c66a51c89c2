"""Actions: where the subject is, how it leans, grows and steps in each frame."""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec


@dataclass(frozen=True)
class Path:
    """Per frame, all (F,): offsets from the anchor in scene units, lean in radians, size factor, ground covered."""

    dx: Tensor
    dy: Tensor
    lean: Tensor
    size: Tensor
    covered: Tensor
    walking: float
    faces_left: bool


def speed_of(subject: str) -> float:
    """Scene units a second at medium framing."""
    speeds = {"person": 0.17, "robot": 0.15, "cat": 0.18, "dog": 0.21, "horse": 0.26, "bird": 0.28, "balloon": 0.12}
    return speeds.get(subject, 0.30 if subject in {"car", "train", "bicycle"} else 0.15)


def plan_path(scene: SceneSpec, seconds: Tensor, duration: float) -> Path:
    """The path of a scene's subject; a move crosses the anchor at the middle of the shot."""
    still = torch.zeros_like(seconds)
    share = (seconds / max(duration, 1e-6)).clamp(0, 1) - 0.5
    dx, dy, lean, size = still, still, still, still + 1
    action = scene.action
    reach = min(speed_of(scene.subject) * duration, 0.62)
    climb = min(0.16 * duration, 0.34)
    climb *= 0.75 if scene.subject == "balloon" else 1.0
    aloft = 0.5 if scene.subject in {"balloon", "bird"} else 0.0
    if action in {"move_left", "move_right"}:
        dx = (1 if action == "move_right" else -1) * reach * share
    elif action == "rise":
        dy = -climb * (share + 0.5 - aloft)
    elif action == "fall":
        dy = climb * (share - 0.5 + aloft)
    elif action == "bounce":
        dy = -0.13 * torch.sin(seconds * 4.4).abs()
        lean = 0.03 * torch.sin(seconds * 4.4)
    elif action == "sway":
        lean = 0.13 * torch.sin(seconds * 2.7)
    elif action == "approach":
        size = torch.exp(min(0.36 * duration, 0.85) * share)
    walking = 1.0 if action in {"move_left", "move_right", "approach"} else 0.0
    covered = seconds * speed_of(scene.subject) if walking else still
    faces_left = action == "move_left" or (action != "move_right" and scene.side == "right")
    return Path(dx, dy, lean, size, covered, walking, faces_left)
