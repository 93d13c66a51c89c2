"""Drawing: from a `SceneSpec` to frames and to the subject's mask."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeGuard

import torch
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.world.camera import plan_move
from render_engine.world.cast import Player, find_companion_spot, find_spot, in_water, place
from render_engine.world.focus import soften
from render_engine.world.light import Light
from render_engine.world.motion import Path, plan_path, standing
from render_engine.world.pen import Patch
from render_engine.world.settings import SETTINGS
from render_engine.world.stage import BANK, Ground, Layer, Overlay, Painted, Stage
from render_engine.world.textures import find_texture
from render_engine.world.view import view_of
from render_engine.world.weather import add_veil, add_weather


@torch.no_grad()
def draw(scene: SceneSpec, width: int, height: int, num_frames: int, fps: float, *, plain: bool = False) -> Tensor:
    """Draw a scene as (F, H, W, 3) uint8.

    Args:
        scene: what to draw; equal scenes give equal frames.
        width: pixels; any aspect composes.
        height: pixels.
        num_frames: how many frames.
        fps: frames a second; a move or an action spans the whole shot.
        plain: leave out what only decorates: falling and drifting weather, glints, near plants, outlines.

    Raises:
        ValueError: a size, count or rate that is not positive.
    """
    _check(width, height, num_frames, fps)
    seconds = torch.arange(num_frames, dtype=torch.float32) / fps
    stage, _ = build_stage(scene, (width, height), seconds, (num_frames - 1) / fps, plain=plain)
    return paint(stage)


@torch.no_grad()
def draw_frames(scene: SceneSpec, width: int, height: int, num_frames: int, fps: float) -> Iterator[Tensor]:
    """The same frames one by one, (H, W, 3) uint8, so that whoever draws can stop between two."""
    _check(width, height, num_frames, fps)
    seconds = torch.arange(num_frames, dtype=torch.float32) / fps
    stage, _ = build_stage(scene, (width, height), seconds, (num_frames - 1) / fps)
    return paint_frames(stage)


def board_of(scene: SceneSpec) -> SceneSpec:
    """The scene as an animatic shows it: by plain daylight, in flat style and natural colours, without weather."""
    return scene.model_copy(update={"hour": "day", "weather": "clear", "style": "flat", "palette": "natural"})


def draw_board(scene: SceneSpec, width: int, height: int, num_frames: int, fps: float) -> Tensor:
    """Draw a scene's animatic as (F, H, W, 3) uint8: flat and plain, so that what it leaves out is the model's work."""
    return draw(board_of(scene), width, height, num_frames, fps, plain=True)


@torch.no_grad()
def draw_frame(scene: SceneSpec, width: int, height: int, seconds: float, *, duration: float = 4.0) -> Tensor:
    """Draw one frame, (H, W, 3) uint8, as it is `seconds` into a shot of `duration` seconds."""
    _check(width, height, 1, 1.0)
    stage, _ = build_stage(scene, (width, height), torch.tensor([seconds], dtype=torch.float32), duration)
    return paint(stage)[0]


@torch.no_grad()
def subject_mask(scene: SceneSpec, width: int, height: int, num_frames: int, fps: float) -> Tensor:
    """Where the subject is, (F, H, W) bool: what it covers by half or more and nothing nearer hides.

    Rim, shadow, reflection, steam and beams of light are not the subject.
    """
    _check(width, height, num_frames, fps)
    seconds = torch.arange(num_frames, dtype=torch.float32) / fps
    stage, subject = build_stage(scene, (width, height), seconds, (num_frames - 1) / fps, mask_only=True)
    return _mask_of(stage, subject)


@torch.no_grad()
def draw_with_mask(scene: SceneSpec, width: int, height: int, num_frames: int, fps: float) -> tuple[Tensor, Tensor]:
    """What `draw` and `subject_mask` give, from one stage."""
    _check(width, height, num_frames, fps)
    seconds = torch.arange(num_frames, dtype=torch.float32) / fps
    stage, subject = build_stage(scene, (width, height), seconds, (num_frames - 1) / fps)
    return paint(stage), _mask_of(stage, subject)


def _mask_of(stage: Stage, subject: Overlay) -> Tensor:
    """What the subject covers by half or more of each pixel and no still layer nearer hides: (F, H, W) bool."""
    width, height = stage.size
    coverage = subject.patch.planes[3] if subject.coverage is None else subject.coverage
    white = Overlay(Patch(coverage.expand(4, *coverage.shape), subject.patch.corner))
    cover = torch.tensor([0.0, 0.0, 0.0, 1.0]).view(4, 1, 1, 1)
    after = next(i for i, item in enumerate(stage.items) if item is subject) + 1
    near: list[Painted] = [replace(item, planes=item.planes * cover) for item in stage.items[after:] if _fixed(item)]
    frames = torch.zeros(len(stage.seconds), 3, height, width)
    for index, frame in enumerate(frames):
        for item in [white, *near]:
            item.paint(frame, index)
    return frames[:, 0] > 0.5


def build_stage(
    scene: SceneSpec,
    size: tuple[int, int],
    seconds: Tensor,
    duration: float,
    *,
    plain: bool = False,
    mask_only: bool = False,
) -> tuple[Stage, Overlay]:
    """Everything of a shot, far to near, and the subject among it.

    Args:
        scene: what to draw.
        size: (width, height) in pixels.
        seconds: (F,) the time of each frame.
        duration: seconds of the whole shot.
        plain: see `draw`.
        mask_only: leave blank what lies behind the subject.
    """
    view = view_of(*size)
    path = plan_path(scene, seconds, duration)
    move = plan_move(scene.camera, seconds, duration, path.dx, path.dy)
    stage = Stage(scene, view, Light(scene, view.unit_px), move, seconds, plain, mask_only)
    ground = SETTINGS[scene.setting](stage)
    hero, companion = _cast(scene, ground, stage, path)
    front = _split_front(stage, 1.0 if hero.wet else BANK)
    if companion and companion.spot.parallax < 1:
        stage.items.append(place(stage, companion))
    subject = soften(stage, place(stage, hero))
    stage.items.append(subject)
    stage.items.extend(front)
    if companion and companion.spot.parallax >= 1:
        stage.items.append(place(stage, companion))
    _close(stage, ground)
    return stage, subject


def _cast(scene: SceneSpec, ground: Ground, stage: Stage, path: Path) -> tuple[Player, Player | None]:
    """The subject, and the companion if there is one."""
    spot = find_spot(scene, ground, stage.view)
    hero = Player(scene.subject, scene.colour, spot, path, in_water(scene.subject, ground))
    if scene.companion is None:
        return hero, None
    where = find_companion_spot(scene, scene.companion, ground, stage.view, spot)
    waits = standing(stage.seconds, faces_left=where.x > spot.x)
    wet = in_water(scene.companion, ground) and not where.floating
    return hero, Player(scene.companion, scene.companion_colour, where, waits, wet)


def _close(stage: Stage, ground: Ground) -> None:
    """Weather before everything, outdoors; then what the style lays over the frame."""
    if not ground.indoors:
        add_veil(stage)
        add_weather(stage)
    texture = find_texture(stage)
    if texture is not None:
        stage.items.append(texture)


def _split_front(stage: Stage, limit: float) -> list[Painted]:
    """Take the layers nearer than a parallax off the stage."""
    front: list[Painted] = []
    back: list[Painted] = []
    for item in stage.items:
        near = isinstance(item, Layer) and item.parallax > limit
        (front if near else back).append(item)
    stage.items = back
    return front


def paint(stage: Stage) -> Tensor:
    """Lay the items over one another, frame by frame: (F, H, W, 3) uint8."""
    width, height = stage.size
    frames = torch.empty(len(stage.seconds), height, width, 3, dtype=torch.uint8, device=stage.seconds.device)
    for index, frame in enumerate(paint_frames(stage)):
        frames[index] = frame
    return frames


@torch.no_grad()
def paint_frames(stage: Stage) -> Iterator[Tensor]:
    """The same one by one, (H, W, 3) uint8."""
    width, height = stage.size
    items = _merge(stage)
    for index in range(len(stage.seconds)):
        first = items[0]
        if not isinstance(first, Layer):
            raise TypeError("a stage begins with a layer that covers the frame")
        frame = first.sample(width, height, index)[:3].clone(memory_format=torch.contiguous_format)
        for item in items[1:]:
            item.paint(frame, index)
        yield frame.mul_(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to(torch.uint8)


def _merge(stage: Stage) -> list[Painted]:
    """Under a camera that stands still, lay neighbouring still layers together once."""
    if not stage.move.stands:
        return stage.items
    merged: list[Painted] = []
    for item in stage.items:
        last = merged[-1] if merged else None
        if _fixed(item) and _fixed(last) and last.margin == item.margin:
            planes = last.planes.clone()
            planes.mul_(1 - item.planes[3]).add_(item.planes)
            merged[-1] = Layer(planes, last.margin, last.parallax, last.move, last.unit_px)
        else:
            merged.append(item)
    return merged


def _fixed(item: Painted | None) -> TypeGuard[Layer]:
    """Whether an item is a layer that does not drift."""
    return isinstance(item, Layer) and item.drift is None


def _check(width: int, height: int, num_frames: int, fps: float) -> None:
    if min(width, height) < 8 or num_frames < 1 or fps <= 0:
        asked = f"{num_frames} frames of {width}x{height} at {fps} fps"
        raise ValueError(f"cannot draw {asked}: sizes start at 8 pixels, counts at 1, fps lies above 0")
