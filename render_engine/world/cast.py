"""Casting: where the subject stands in the frame, how large, and its patch with rim, shadow and reflection."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.world.colour import ALBEDO, blend
from render_engine.world.motion import Path
from render_engine.world.noise import Dice
from render_engine.world.pen import Patch, Pen, blank, spread
from render_engine.world.shapes import box, circle, ellipse
from render_engine.world.stage import Ground, Overlay, Stage
from render_engine.world.subjects import SUBJECTS, Art, Pose
from render_engine.world.view import View

_FRAMING = {"wide": 0.60, "medium": 1.0, "close": 1.5}
_LIFT = {"wide": -0.05, "medium": 0.0, "close": 0.045}


@dataclass(frozen=True)
class Spot:
    """Where the subject's ground point rests (scene units) and the size of one local unit."""

    x: float
    y: float
    size: float
    floating: bool


def find_spot(scene: SceneSpec, ground: Ground, view: View) -> Spot:
    """Compose: thirds by side, size by framing within the frame's width, feet by setting."""
    art = SUBJECTS[scene.subject]
    body_width, body_height = art.body[2] - art.body[0], art.body[3] - art.body[1]
    wanted = art.height * _FRAMING[scene.framing] / body_height
    size = min(wanted, (0.98 if scene.framing == "close" else 0.80) * 2 * view.half_width * _room(scene) / body_width)
    size = min(size, 1.04 * (_feet(scene, ground, view) - view.y(0.02)) / body_height)
    x = {"left": -0.36, "centre": 0.0, "right": 0.36}[scene.side] * view.half_width
    x *= 0.55 if scene.framing == "close" else 1.0
    floating = art.place == "air" or (art.place == "water" and ground.water is None and scene.subject == "fish")
    if floating:
        middle = (art.body[1] + art.body[3]) / 2
        return Spot(x, view.y(0.44) - middle * size, size, floating)
    return Spot(x, _feet(scene, ground, view), size, floating)


def in_water(scene: SceneSpec, ground: Ground) -> bool:
    """Whether the subject stands in a setting's water; the bank then lies before it."""
    return ground.water is not None and (SUBJECTS[scene.subject].place == "water" or scene.subject == "lighthouse")


def _feet(scene: SceneSpec, ground: Ground, view: View) -> float:
    if ground.water is not None and in_water(scene, ground):
        return view.y(ground.water + 0.4 * _LIFT[scene.framing])
    return view.y(ground.feet + _LIFT[scene.framing])


def _room(scene: SceneSpec) -> float:
    """The share of the width that a subject may take at each framing."""
    return {"wide": 0.62, "medium": 0.92, "close": 1.15}[scene.framing]


def place(stage: Stage, spot: Spot, path: Path, *, wet: bool) -> Overlay:
    """Draw the subject over all frames and return it; its shadow and reflection go on the stage first."""
    art = SUBJECTS[stage.scene.subject]
    if stage.scene.subject == "train":
        _rails(stage, spot.y, spot.size)
    if not stage.mask_only and not wet and not spot.floating and art.place == "ground":
        _shadow(stage, spot, path, art)
    affine = _affine(stage, spot, path)
    patch, local = _patch_for(affine, art, stage)
    pen = Pen(patch.planes, local, stage.light, hero=True)
    if spot.floating and stage.scene.subject == "fish":
        _bubble(pen)
    art.draw(pen, _pose(stage, spot, path))
    if wet and not stage.mask_only:
        stage.items.append(Overlay(_reflection(stage, patch, local)))
    cropped = _cropped(patch, math.ceil(0.02 * stage.view.unit_px) + 2)
    return Overlay(cropped if stage.mask_only else _rimmed(stage, cropped), cropped.planes[3])


def _pose(stage: Stage, spot: Spot, path: Path) -> Pose:
    column = (-1, 1, 1)
    return Pose(
        ALBEDO[stage.scene.colour],
        (path.covered / spot.size).view(column),
        stage.seconds.view(column),
        path.walking,
        stage.light.lit,
        Dice(stage.scene.seed, 77),
    )


def _affine(stage: Stage, spot: Spot, path: Path) -> Tensor:
    """(F, 2, 3): local units to frame pixels, with facing, lean, growth and the camera."""
    x, y, zoom = stage.move.at(1.0)
    unit, (width, height) = stage.view.unit_px, stage.size
    mirror = -1.0 if path.faces_left else 1.0
    scale = spot.size * path.size * zoom * unit
    cos, sin = torch.cos(path.lean), torch.sin(path.lean)
    affine = torch.zeros(len(x), 2, 3, device=x.device)
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
    stretch = 1.5 if stage.scene.hour in {"dawn", "dusk"} else 1.0
    half = art.shadow * spot.size
    grounded = Path(path.dx, path.dy * 0, path.lean * 0, path.size, path.covered, path.walking, path.faces_left)
    affine = _affine(stage, Spot(spot.x, spot.y, 1.0, floating=False), grounded)
    area = Art(art.draw, (-half * 2.2, -0.06, half * 2.2, 0.08), art.bounds, "ground", 1.0, half)
    patch, local = _patch_for(affine, area, stage)
    pen = Pen(patch.planes, local, stage.light)
    fade = (1 + path.dy * 2.2).clamp(0.35, 1).view(-1, 1, 1)
    strength = stage.light.hour.shadow + 0.12
    shift = (stretch - 1) * half * (1.0 if stage.scene.side == "left" else -1.0) * 0.5
    pen.raw(ellipse(shift, 0.008, half * stretch, 0.020 + 0.05 * half), stage.light.shadow, strength * fade, soft=0.025)
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
    style = stage.scene.style
    if style == "neon" or stage.plain:
        return patch
    thick = {"paper": 0.011, "noir": 0.008}.get(style, 0.006)
    grown = spread(patch.planes[3], max(1.0, thick * stage.view.unit_px))
    colour = (0.99, 0.97, 0.93) if style == "paper" else stage.light.rim
    if style == "noir":
        colour = blend(stage.light.rim, (0.9, 0.9, 0.9), 0.6)
    strength = {"paper": 0.95, "noir": 0.8}.get(style, 0.45 if stage.scene.hour in {"dusk", "night"} else 0.32)
    under = grown * strength
    tint = torch.tensor((*colour, 1.0), device=under.device).view(4, 1, 1, 1)
    planes = torch.addcmul(patch.planes, tint, under.mul_(1 - patch.planes[3]))
    return Patch(planes, patch.corner)
