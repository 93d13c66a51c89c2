"""Cameras: smooth moves as offsets, a zoom and a focus in each frame; what is near moves more than what is far."""

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Move:
    """What the camera does in each frame; all tensors (F,), lengths in scene units.

    Attributes:
        x: how far it has gone to the right, felt by parallax.
        y: how far it looks down, felt less by parallax, as a tilt is.
        zoom: magnification at the subject's depth.
        arc: how far it has gone round the subject: what is behind goes one way, what is before the other.
        lift: how far it has risen above the ground; the sky stays.
        shake: (2, F) how far the whole picture is off, in x and y.
        focus: 1 where the subject is sharp and its surroundings soft, 0 where it is the other way; None: all is sharp.
    """

    x: Tensor
    y: Tensor
    zoom: Tensor
    arc: Tensor = field(default_factory=lambda: torch.zeros(1))
    lift: Tensor = field(default_factory=lambda: torch.zeros(1))
    shake: Tensor = field(default_factory=lambda: torch.zeros(2, 1))
    focus: Tensor | None = None

    def at(self, parallax: float) -> tuple[Tensor, Tensor, Tensor]:
        """(x, y, zoom) of a layer: parallax 0 stands still, 1 is the subject's depth, more is in front."""
        zoom = 1 + (self.zoom - 1) * (0.3 + 0.7 * parallax)
        x = self.x * parallax + self.arc * (parallax - 1) + self.shake[0]
        y = self.y * (0.4 + 0.6 * parallax) - self.lift * parallax + self.shake[1]
        return x, y, zoom

    @property
    def stands(self) -> bool:
        """Whether the picture is the same in every frame but for what moves in it."""
        offsets = (self.x, self.y, self.arc, self.lift, self.shake)
        return not self.zooms and self.focus is None and not any(bool(offset.any()) for offset in offsets)

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
    return _free_move(camera, seconds, share, eased, duration)


def _free_move(camera: str, seconds: Tensor, share: Tensor, eased: Tensor, duration: float) -> Move:
    """The moves that are neither along an axis nor after the subject."""
    still = torch.zeros_like(seconds)
    if camera == "orbit":
        return Move(still, still, still + 1, arc=min(0.22 * duration, 0.6) * eased)
    if camera == "handheld":
        x = 0.014 * torch.sin(seconds * 8.3 + 0.4) + 0.010 * torch.sin(seconds * 14.1)
        y = 0.012 * torch.sin(seconds * 9.7 + 1.9) + 0.008 * torch.sin(seconds * 16.3 + 0.7)
        return Move(still, still, still + 1, shake=torch.stack((x, y)))
    if camera == "crane":
        rise = min(0.10 * duration, 0.26)
        return Move(still, still, 1 + min(0.09 * duration, 0.24) * (0.5 - eased), lift=rise * (eased + 0.25))
    if camera == "rack":
        turn = ((share - 0.5) * 6 + 0.5).clamp(0, 1)
        return Move(still, still, still + 1, focus=turn * turn * (3 - 2 * turn))
    return Move(still, still, still + 1)
