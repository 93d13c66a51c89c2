"""Casting: where the subject stands in the frame, how large, and its patch with rim, shadow and reflection."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.world.colour import ALBEDO
from render_engine.world.motion import Path
from render_engine.world.noise import Dice
from render_engine.world.pen import Patch, Pen, blank, spread
from render_engine.world.shapes import box, circle, ellipse
from render_engine.world.stage import Ground, Overlay, Stage
from render_engine.world.subjects import SUBJECTS, Art, Pose
from render_engine.world.view import View

_FRAMING = {"wide": 0.60, "medium": 1.0, "close": 1.5}
_LIFT = {"wide": -0.05, "medium": 0.0, "close": 0.045}
_RELATIONS = {
    # size, how much lower the feet are, parallax, distance from the middle as a share of half the width
    "beside": (0.80, 0.0, 1.0, 0.48),
    "behind": (0.56, -0.055, 0.82, 0.46),
    "before": (1.0, 0.055, 1.18, 0.70),
    "above": (0.50, 0.0, 0.9, 0.42),
}


@dataclass(frozen=True)
class Spot:
    """Where a subject's ground point rests (scene units), the size of one local unit, and its parallax."""

    x: float
    y: float
    size: float
    floating: bool = False
    parallax: float = 1.0


@dataclass(frozen=True)
class Player:
    """A subject as it is cast: what it is, its colour, where it stands, how it moves, whether it stands in water."""

    subject: str
    colour: str
    spot: Spot
    path: Path
    wet: bool

    @property
    def art(self) -> Art:
        """Its drawing."""
        return SUBJECTS[self.subject]


def find_spot(scene: SceneSpec, ground: Ground, view: View) -> Spot:
    """Compose: thirds by side, size by framing within the frame's width, headroom, feet by setting."""
    art = SUBJECTS[scene.subject]
    body_width, body_height = art.body[2] - art.body[0], art.body[3] - art.body[1]
    wanted = art.height * _FRAMING[scene.framing] / body_height
    size = min(wanted, (0.98 if scene.framing == "close" else 0.80) * 2 * view.half_width * _room(scene) / body_width)
    feet = _feet(scene.subject, scene, ground, view)
    size = min(size, 0.97 * (feet - view.y(0.02)) / body_height)
    x = {"left": -0.36, "centre": 0.0, "right": 0.36}[scene.side] * view.half_width
    x *= 0.55 if scene.framing == "close" else 1.0
    if floats(scene.subject, ground):
        middle = (art.body[1] + art.body[3]) / 2
        return Spot(x, view.y(0.44) - middle * size, size, floating=True)
    return Spot(x, feet, size)


def find_companion_spot(scene: SceneSpec, subject: str, ground: Ground, view: View, beside: Spot) -> Spot:
    """Where a companion goes: on the side that the subject leaves free, smaller behind, larger before, aloft above."""
    art = SUBJECTS[subject]
    scale, lift, parallax, aside = _RELATIONS[scene.relation]
    body_width, body_height = art.body[2] - art.body[0], art.body[3] - art.body[1]
    size = art.height * scale * min(_FRAMING[scene.framing], 1.15) / body_height
    size = min(size, 0.34 * 2 * view.half_width * scale / 0.8 / body_width)
    free = {"left": 1.0, "right": -1.0}.get(scene.side, 1.0 if Dice(scene.seed, 91).pick("free", 2) else -1.0)
    x = free * aside * view.half_width
    if scene.relation == "above" or floats(subject, ground):
        middle = (art.body[1] + art.body[3]) / 2
        return Spot(x * 0.8, view.y(0.24) - middle * size, size, floating=True, parallax=parallax)
    feet = beside.y if not beside.floating else _feet(subject, scene, ground, view)
    return Spot(x, feet + lift, size, parallax=parallax)


def floats(subject: str, ground: Ground) -> bool:
    """Whether a subject hangs in the air: one that flies, or a fish where there is no water."""
    return SUBJECTS[subject].place == "air" or (subject == "fish" and ground.water is None)


def in_water(subject: str, ground: Ground) -> bool:
    """Whether a subject stands in a setting's water; the bank then lies before it."""
    return ground.water is not None and (SUBJECTS[subject].place == "water" or subject == "lighthouse")


def _feet(subject: str, scene: SceneSpec, ground: Ground, view: View) -> float:
    if ground.water is not None and in_water(subject, ground):
        return view.y(ground.water + 0.4 * _LIFT[scene.framing])
    return view.y(ground.feet + _LIFT[scene.framing])


def _room(scene: SceneSpec) -> float:
    """The share of the width that a subject may take at each framing, less where another one is beside it."""
    room = {"wide": 0.62, "medium": 0.92, "close": 1.15}[scene.framing]
    return room * (0.72 if scene.companion else 1.0)


def place(stage: Stage, player: Player) -> Overlay:
    """Draw a subject over all frames and return it; its shadow and reflection go on the stage first."""
    art, spot, path = player.art, player.spot, player.path
    if player.subject == "train":
        _rails(stage, spot.y, spot.size)
    if not stage.mask_only and not player.wet and not spot.floating and art.place == "ground":
        _shadow(stage, spot, path, art)
    affine = _affine(stage, spot, path)
    patch, local = _patch_for(affine, art, stage)
    pen = Pen(patch.planes, local, stage.light, hero=True)
    if spot.floating and player.subject == "fish":
        _bubble(pen)
    art.draw(pen, _pose(stage, player))
    if player.wet and not stage.mask_only:
        stage.items.append(Overlay(_reflection(stage, patch, local)))
    cropped = _cropped(patch, math.ceil(0.02 * stage.view.unit_px) + 2)
    shown = cropped if stage.mask_only else _rimmed(stage, cropped)
    return Overlay(shown, cropped.planes[3], affine, spot.parallax)


def _pose(stage: Stage, player: Player) -> Pose:
    column = (-1, 1, 1)
    return Pose(
        ALBEDO[player.colour],
        (player.path.covered / player.spot.size).view(column),
        stage.seconds.view(column),
        player.path.walking,
        stage.light.lit,
        Dice(stage.scene.seed, 77),
        player.path.talking,
    )


def _affine(stage: Stage, spot: Spot, path: Path) -> Tensor:
    """(F, 2, 3): local units to frame pixels, with facing, lean, growth and the camera."""
    x, y, zoom = stage.move.at(spot.parallax)
    unit, (width, height) = stage.view.unit_px, stage.size
    mirror = -path.width if path.faces_left else path.width
    scale = spot.size * path.size * zoom * unit
    cos, sin = torch.cos(path.lean), torch.sin(path.lean)
    affine = torch.zeros(len(stage.seconds), 2, 3, device=stage.seconds.device)
    affine[:, 0, 0], affine[:, 0, 1] = scale * cos * mirror, -scale * sin
    affine[:, 1, 0], affine[:, 1, 1] = scale * sin * mirror, scale * cos
    growth = (path.size - 1) * 0.12
    affine[:, 0, 2] = width / 2 + (spot.x + path.dx - x) * zoom * unit
    affine[:, 1, 2] = height / 2 + (spot.y + path.dy + growth - y) * zoom * unit
    return affine


def _patch_for(affine: Tensor, art: Art, stage: Stage) -> tuple[Patch, Tensor]:
    """Empty planes around the subject in every frame, and the map from local units into them."""
    x0, y0, x1, y1 = art.bounds
    corners = torch.tensor([[x0, x1, x0, x1], [y0, y0, y1, y1], [1.0] * 4], device=affine.device)
    pixels = affine @ corners
    margin = math.ceil(0.03 * stage.view.unit_px) + 2
    low = pixels.amin(2).floor().long() - margin
    high = pixels.amax(2).ceil().long() + margin
    width, height = stage.size
    low = torch.maximum(low, torch.tensor([-margin, -margin], device=low.device))
    high = torch.minimum(high, torch.tensor([width + margin, height + margin], device=low.device))
    extent = (high - low).clamp_min(1).amax(0).tolist()
    local = affine.clone()
    local[:, :, 2] -= low
    return Patch(blank(len(affine), (extent[0], extent[1]), affine.device), low), local


def _rails(stage: Stage, y: float, size: float) -> None:
    """A track across the frame."""
    pen = stage.pen(1.0, 0.0)
    pen.fill(box(0.0, y + 0.022 * size, 9.0, 0.030 * size), (0.56, 0.50, 0.46), plain=True)
    for i in range(-24, 25):
        pen.fill(box(i * 0.16 * size, y + 0.024 * size, 0.045 * size, 0.013 * size), (0.40, 0.29, 0.22), plain=True)
    pen.fill(box(0.0, y + 0.008 * size, 9.0, 0.010 * size), (0.36, 0.36, 0.42), plain=True)


def _bubble(pen: Pen) -> None:
    """What carries a fish where there is no water."""
    pen.fill(circle(-0.06, -0.42, 0.66), (0.62, 0.86, 0.96), 0.34, plain=True)
    pen.fill(circle(-0.06, -0.42, 0.66) - circle(-0.04, -0.40, 0.635), (1.0, 1.0, 1.0), 0.75, plain=True)
    pen.fill(ellipse(-0.34, -0.80, 0.10, 0.055), (1.0, 1.0, 1.0), 0.7, plain=True)


def _shadow(stage: Stage, spot: Spot, path: Path, art: Art) -> None:
    """The contact shadow: it stays on the ground while the subject hops, and stretches away from a low sun."""
    stretch = abs(stage.light.hour.stretch)
    half = art.shadow * spot.size
    grounded = replace(path, dy=path.dy.clamp_min(0), lean=path.lean * 0, width=path.width.abs().clamp_min(0.6))
    affine = _affine(stage, replace(spot, size=1.0), grounded)
    reach = half * 2.2 * max(stretch, 1)
    area = Art(art.draw, (-reach, -0.06, reach, 0.08), art.bounds, "ground", 1.0, half)
    patch, local = _patch_for(affine, area, stage)
    pen = Pen(patch.planes, local, stage.light)
    fade = (1 + path.dy * 2.2).clamp(0.35, 1).view(-1, 1, 1)
    strength = (stage.light.hour.shadow + 0.12) * (0.4 + 0.6 * stage.light.weather.shade)
    away = math.copysign(max(stretch - 1, 0), stage.light.hour.stretch) * (-1.0 if path.faces_left else 1.0)
    long = ellipse(away * half * 0.9, 0.010, half * stretch, 0.020 + 0.05 * half)
    pen.raw(long, stage.light.shadow, strength * stage.light.weather.shade**0.5 * fade, soft=0.025)
    pen.raw(ellipse(0.0, 0.004, half * 0.8, 0.010 + 0.016 * half), stage.light.shadow, strength * fade, soft=0.01)
    stage.items.append(Overlay(patch))


def _reflection(stage: Stage, patch: Patch, local: Tensor) -> Patch:
    """The subject upside down below its waterline, fading and rippling."""
    frames, height = patch.planes.shape[1], patch.planes.shape[2]
    line = local[:, 1, 2].round().long()
    planes = patch.planes.flip(2)
    rows = torch.arange(height, device=planes.device, dtype=torch.float32)
    depth = rows / max(height, 1)
    fade = (0.42 * (1 - depth * 1.15)).clamp_min(0).view(1, 1, -1, 1)
    corner = patch.corner.clone()
    corner[:, 1] += 2 * line - height
    ripple = 1 + 0.35 * torch.sin(
        rows.view(1, 1, -1, 1) / stage.view.unit_px * 190 + stage.seconds.view(1, frames, 1, 1) * 5
    )
    return Patch(planes * (fade * ripple).clamp(0, 1), corner)


def _cropped(patch: Patch, margin: int) -> Patch:
    """The patch without the empty bands around what it holds in any frame."""
    held = patch.planes[3].amax(0)
    rows, columns = held.amax(1).nonzero(), held.amax(0).nonzero()
    if len(rows) == 0:
        return patch
    top, left = max(int(rows[0]) - margin, 0), max(int(columns[0]) - margin, 0)
    planes = patch.planes[:, :, top : int(rows[-1]) + 1 + margin, left : int(columns[-1]) + 1 + margin]
    return Patch(planes, patch.corner + torch.tensor([left, top], device=patch.corner.device))


def _rimmed(stage: Stage, patch: Patch) -> Patch:
    """The subject over a soft outline of light that parts it from what lies behind."""
    thick, strength = stage.light.halo
    if strength == 0 or stage.plain:
        return patch
    grown = spread(patch.planes[3], max(1.0, thick * stage.view.unit_px))
    under = grown * strength
    tint = torch.tensor((*stage.light.rim, 1.0), device=under.device).view(4, 1, 1, 1)
    planes = torch.addcmul(patch.planes, tint, under.mul_(1 - patch.planes[3]))
    return Patch(planes, patch.corner)
