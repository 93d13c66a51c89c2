"""Contact sheets of an evaluation, for eyes: the ways side by side, swapped captions, and clips to be named blind."""

import io
import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from render_engine.api.scene import SceneSpec
from render_engine.evaluation.adherence import ADHERED
from render_engine.evaluation.kept import Kept
from render_engine.evaluation.measuring import Measured
from render_engine.evaluation.prompts import Prompt, Size, Truth
from render_engine.evaluation.rendering import Way
from render_engine.evaluation.results import Results
from render_engine.media.font import REGULAR, SEMIBOLD, load_font
from render_engine.world.noise import mix

PROMPTS_FILE, SWAPS_FILE = "prompts.png", "swaps.png"
BLIND_FILE, BLIND_DRAWN_FILE, BLIND_ANSWERS_FILE = "blind.png", "blind_drawn.png", "blind_answers.json"
NUM_SHOWN, NUM_BLIND, NUM_BLIND_DRAWN = 24, 40, 20
_COLUMNS = 3
_FRAME_WIDTH, _GAP, _MARGIN, _TAG_WIDTH, _LETTERS, _LINE = 176, 3, 14, 58, 12, 17
_PAPER, _INK, _PALE_INK = (250, 249, 246), (34, 34, 34), (120, 118, 112)


class Row(NamedTuple):
    """Some frames of a clip, with a word before them."""

    tag: str
    frames: list[Image.Image]


class Block(NamedTuple):
    """Rows of one prompt, and lines below them."""

    rows: list[Row]
    lines: list[str]


def write_sheets(kept: Kept, results: Results, size: Size) -> None:
    """Write the sheets that the measured clips allow into the evaluation's folder.

    Raises:
        RenderError: a kept clip is damaged.
    """
    sheets = {
        PROMPTS_FILE: [_compared(kept, prompt, size) for prompt in results.prompts[:NUM_SHOWN]],
        SWAPS_FILE: [_swapped(kept, prompt, size) for prompt in _prompts_of(results, Way.SWAPPED)[:NUM_SHOWN]],
    }
    chosen = blind_choice(results)
    drawn = [(Way.DRAWN, prompt) for prompt in results.prompts[-NUM_BLIND_DRAWN:]]
    sheets[BLIND_FILE] = _numbered(kept, chosen, size, 1)
    sheets[BLIND_DRAWN_FILE] = _numbered(kept, drawn, size, len(chosen) + 1)
    for name, blocks in sheets.items():
        if blocks:
            kept.write(name, _png(_laid_out(blocks)))
    read = {(clip.way, clip.index): clip for clips in results.clips.values() for clip in clips}
    answers = [_answer(number, way, prompt, read) for number, (way, prompt) in enumerate([*chosen, *drawn], 1)]
    kept.write(BLIND_ANSWERS_FILE, f"{json.dumps(answers, indent=2)}\n".encode())


def blind_choice(results: Results) -> list[tuple[Way, Prompt]]:
    """Rendered clips for naming blind: half guided and half from text alone where there are both, in no order."""
    ways = [way for way in (Way.GUIDED, Way.TEXT) if results.of_way(way)]
    clips = [(way, prompt) for way in ways for prompt in _prompts_of(results, way)]
    clips.sort(key=lambda clip: mix(clip[1].index, 31))  # a prompt's ways are neighbours, so each is taken but once
    chosen: dict[int, tuple[Way, Prompt]] = {}
    for way, prompt in clips:
        if way is ways[len(chosen) % len(ways)]:
            chosen.setdefault(prompt.index, (way, prompt))
    return list(chosen.values())[:NUM_BLIND]


def short_form(scene: SceneSpec) -> list[str]:
    """A scene's asked values in two lines."""
    return [
        f"{scene.colour} {scene.subject}, {scene.action}, {scene.setting}".replace("_", " "),
        f"{scene.hour}, {scene.weather}, {scene.style}, {scene.camera}".replace("_", " "),
    ]


def _prompts_of(results: Results, way: Way) -> list[Prompt]:
    return results.prompts_of(results.of_way(way))


def _compared(kept: Kept, prompt: Prompt, size: Size) -> Block:
    truth = Truth(prompt, size)
    clips = {"board": truth.board, "drawn": truth.drawn}
    for way in (Way.GUIDED, Way.TEXT):
        frames = kept.find_clip(way, prompt.index)
        if frames is not None:
            clips[way.value] = frames
    lines = [f"{prompt.index + 1}  {line}" if not at else line for at, line in enumerate(short_form(prompt.scene))]
    return Block([Row(tag, _frames(frames)) for tag, frames in clips.items()], lines)


def _swapped(kept: Kept, prompt: Prompt, size: Size) -> Block:
    truth, name = Truth(prompt, size), prompt.swapped_attribute
    own, other = kept.find_clip(Way.GUIDED, prompt.index), kept.find_clip(Way.SWAPPED, prompt.index)
    clips = {"board": truth.board, "guided": own, "swapped": other, "drawn": truth.swapped}
    rows = [Row(tag, _frames(frames)) for tag, frames in clips.items() if frames is not None]
    change = f"{name}: {getattr(prompt.scene, name)} to {getattr(prompt.swapped_scene, name)}"
    return Block(rows, [f"{prompt.index + 1}  {change}", short_form(prompt.scene)[0]])


def _numbered(kept: Kept, clips: Sequence[tuple[Way, Prompt]], size: Size, first: int) -> list[Block]:
    blocks = []
    for number, (way, prompt) in enumerate(clips, first):
        frames = Truth(prompt, size).drawn if way is Way.DRAWN else kept.find_clip(way, prompt.index)
        if frames is not None:
            blocks.append(Block([Row(str(number), _frames(frames))], []))
    return blocks


def _answer(number: int, way: Way, prompt: Prompt, read: dict[tuple[Way, int], Measured]) -> dict[str, object]:
    """What was asked, and what the reader reads there."""
    asked = {name: getattr(prompt.scene, name) for name in ADHERED}
    answer: dict[str, object] = {"number": number, "way": way.value, "prompt": prompt.index, "asked": asked}
    clip = read.get((way, prompt.index))
    return answer | ({"read": {name: clip.read[name] for name in ADHERED}} if clip and clip.read else {})


def _frames(frames_FHW3: Tensor) -> list[Image.Image]:
    """The first, the middle and the last, at the sheet's size."""
    last = len(frames_FHW3) - 1
    pictures = [Image.fromarray(np.asarray(frames_FHW3[index])) for index in (0, last // 2, last)]
    return [_scaled(picture) for picture in pictures]


def _scaled(picture: Image.Image) -> Image.Image:
    height = round(picture.height * _FRAME_WIDTH / picture.width)
    return picture.resize((_FRAME_WIDTH, height), Image.Resampling.LANCZOS)


def _laid_out(blocks: Sequence[Block]) -> Image.Image:
    """Blocks in columns, each as high as the highest."""
    columns = min(_COLUMNS, len(blocks))
    height = max(_height_of(block) for block in blocks) + _MARGIN
    width = _TAG_WIDTH + 3 * (_FRAME_WIDTH + _GAP) + _MARGIN
    rows = -(-len(blocks) // columns)
    sheet = Image.new("RGB", (columns * width + _MARGIN, rows * height + _MARGIN), _PAPER)
    for number, block in enumerate(blocks):
        _draw(sheet, block, (_MARGIN + number % columns * width, _MARGIN + number // columns * height))
    return sheet


def _height_of(block: Block) -> int:
    return sum(row.frames[0].height + _GAP for row in block.rows) + _LINE * len(block.lines)


def _draw(sheet: Image.Image, block: Block, corner: tuple[int, int]) -> None:
    pen, (left, top) = ImageDraw.Draw(sheet), corner
    for row in block.rows:
        pen.text((left, top), row.tag, _PALE_INK, load_font(_LETTERS, REGULAR))
        for number, frame in enumerate(row.frames):
            sheet.paste(frame, (left + _TAG_WIDTH + number * (_FRAME_WIDTH + _GAP), top))
        top += row.frames[0].height + _GAP
    for number, line in enumerate(block.lines):
        weight = REGULAR if number else SEMIBOLD
        pen.text((left + _TAG_WIDTH, top + _LINE * number), line, _INK, load_font(_LETTERS, weight))


def _png(sheet: Image.Image) -> bytes:
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()
