"""Cameras: smooth moves given as an offset and a zoom in each frame; what is near moves more than what is far."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Move:
    """Where the camera looks in each frame: `x` and `y` (F,) in scene units, `zoom` (F,) at the subject's depth."""

    x: Tensor
    y: Tensor
    zoom: Tensor

    def at(self, parallax: float) -> tuple[Tensor, Tensor, Tensor]:
        """(x, y, zoom) of a layer: parallax 0 stands still, 1 is the subject's depth, more is in front."""
        zoom = 1 + (self.zoom - 1) * (0.3 + 0.7 * parallax)
        return self.x * parallax, self.y * (0.4 + 0.6 * parallax), zoom

    @property
    def reach(self) -> tuple[float, float]:
        """The farthest the camera strays from the centre, in x and y."""
        return float(self.x.abs().max()), float(self.y.abs().max())

    @property
    def zooms(self) -> bool:
        """Whether the zoom ever leaves 1."""
        return bool((self.zoom != 1).any())


def plan_move(camera: str, seconds: Tensor, duration: float, subject_x: Tensor, subject_y: Tensor) -> Move:
    """The move of a named camera.

    Args:
        camera: one of the vocabulary's cameras.
        seconds: (F,) the time of each frame.
        duration: seconds of the whole shot; a move covers a ground that grows with it, up to a bound.
        subject_x: (F,) the subject's path, for the camera that follows it.
        subject_y: (F,) likewise.
    """
    still = torch.zeros_like(seconds)
    share = (seconds / max(duration, 1e-6)).clamp(0, 1)
    eased = share - 0.06 * torch.sin(share * 2 * torch.pi) - 0.5
    travel = min(0.16 * duration, 0.55)
    if camera in {"pan_left", "pan_right"}:
        sign = 1 if camera == "pan_right" else -1
        return Move(sign * travel * eased, still, still + 1)
    if camera in {"tilt_up", "tilt_down"}:
        sign = 1 if camera == "tilt_down" else -1
        return Move(still, sign * min(travel, 0.17) * eased, still + 1)
    if camera in {"push_in", "pull_out"}:
        sign = 1 if camera == "push_in" else -1
        growth = min(0.11 * duration, 0.34)
        return Move(still, still, 1 + growth * (0.5 + sign * eased))
    if camera == "follow":
        drift = 0.035 * torch.sin(seconds * 1.9)
        bob = 0.012 * torch.sin(seconds * 2.6)
        return Move(subject_x + drift, subject_y * 0.7 + bob, still + 1)
    return Move(still, still, still + 1)
