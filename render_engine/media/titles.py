"""Titles: words and logos on cards, and words over the lower third of a take; never cut off at any aspect.

Overlays are uint8 (H, W, 4) RGBA, to be laid over a frame at an opacity.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from render_engine.api import CardItem, RenderError
from render_engine.media.font import REGULAR, SEMIBOLD, check_words, load_font
from render_engine.media.read import Frame, read_picture

Overlay = NDArray[np.uint8]

CARD_MARGIN = 0.12
"""Of the width, on each side of a card."""
TITLE_SIZE, TEXT_SIZE = 0.105, 0.048
"""Of the shorter side."""
LOWER_SIZE, LOWER_MARGIN = 0.050, 0.07
LEADING = 1.26
"""Line height over letter size; room for accents above capitals."""
MIN_SIZE = 9
"""Pixels; words that do not fit even so small are refused."""
SCRIM_OPACITY = 0.62


Breaking = Callable[[str, ImageFont.FreeTypeFont, int], list[str]]


class _Line(NamedTuple):
    text: str
    font: ImageFont.FreeTypeFont
    gap_above: int


def card_ground(card: CardItem, width: int, height: int) -> Frame:
    """The plain ground of a card, lit a little from above so that it does not look empty."""
    colour = np.array([int(card.ground[at : at + 2], 16) for at in (1, 3, 5)], np.float32)
    rows = np.linspace(1.03, 0.96, height, dtype=np.float32)[:, None, None]
    plain = np.broadcast_to(colour * rows, (height, width, 3))
    return np.clip(plain + _dither(height, width), 0, 255).astype(np.uint8)


def _dither(height: int, width: int) -> NDArray[np.float32]:
    """A fixed pattern below one level, against bands in the slow gradient."""
    rows, columns = np.indices((height, width), dtype=np.float32)
    return np.modf(52.9829189 * np.modf(0.06711056 * columns + 0.00583715 * rows)[0])[0][..., None]


def card_overlay(card: CardItem, width: int, height: int) -> Overlay:
    """A card's words or logo, centred, as large as their place allows.

    Raises:
        RenderError: nothing to show, letters the font lacks, words too many for the card, or a logo that is no picture.
    """
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    words = tuple(line for line in (" ".join(line.split()) for line in card.words) if line)
    if not words and card.logo is None:
        raise RenderError(f"card {card.shot_id} has neither words nor a logo; give it one of them")
    check_words("".join(words))
    box_height = int(height * (1 - 2 * CARD_MARGIN))
    logo = _fit_logo(card.logo, int(width * 0.5), int(box_height * (0.45 if words else 0.6))) if card.logo else None
    gap = int(min(width, height) * 0.07) if logo and words else 0
    above = (logo.height if logo else 0) + gap
    lines = _fit_card_words(words, int(width * (1 - 2 * CARD_MARGIN)), box_height - above, min(width, height))
    top = (height - above - _height(lines)) // 2
    if logo is not None:
        layer.alpha_composite(logo, ((width - logo.width) // 2, top))
    _draw_centred(layer, lines, top + above, card.ink)
    return np.asarray(layer)


def find_fault(words: str, width: int, height: int) -> str:
    """Why a card or a lower third of that size cannot show the words; empty when both can."""
    try:
        card_overlay(CardItem(shot_id="words", words=(words,), seconds=1.0), width, height)
        lower_third(words, width, height)
    except RenderError as error:
        return str(error)
    return ""


def _fit_logo(path: Path, width: int, height: int) -> Image.Image:
    logo = Image.fromarray(read_picture(path))
    logo = logo.crop(logo.getbbox() or (0, 0, *logo.size))
    scale = min(width / logo.width, height / logo.height)
    size = (max(1, round(logo.width * scale)), max(1, round(logo.height * scale)))
    return logo.resize(size, Image.Resampling.LANCZOS)


def _fit_card_words(words: Sequence[str], width: int, height: int, side: int) -> list[_Line]:
    """Lay out the first line large and the rest quiet, smaller and smaller until all fits."""
    scale = 1.0
    while True:
        title, text = (max(MIN_SIZE, int(side * size * scale)) for size in (TITLE_SIZE, TEXT_SIZE))
        lines = _card_lines(words, width, (title, text), _greedy)
        if _height(lines) <= height and all(_width(line) <= width for line in lines):
            return _card_lines(words, width, (title, text), wrap)
        if title == MIN_SIZE:
            raise RenderError(
                f"the words do not fit a card of {width} x {height} pixels: {words[0][:40]!r}; shorten them"
            )
        scale *= 0.92


def _card_lines(words: Sequence[str], width: int, sizes: tuple[int, int], breaking: Breaking) -> list[_Line]:
    title, text = sizes
    lines: list[_Line] = []
    for at, line in enumerate(words):
        size, weight = (title, SEMIBOLD) if at == 0 else (text, REGULAR)
        gap = (0, title // 2)[at] if at < 2 else text
        for part in breaking(line, load_font(size, weight), width):
            lines.append(_Line(part, load_font(size, weight), gap))
            gap = size // 8
    return lines


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break at spaces into the fewest lines that fit, then as evenly as those allow."""
    lines = _greedy(text, font, width)
    if len(lines) < 2:
        return lines
    narrow, wide = 0, width
    while wide - narrow > 4:
        middle = (narrow + wide) // 2
        tried = _greedy(text, font, middle)
        fits = len(tried) <= len(lines) and all(font.getlength(line) <= width for line in tried)
        narrow, wide = (narrow, middle) if fits else (middle, wide)
    return _greedy(text, font, wide)


def _greedy(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _line_height(line: _Line) -> int:
    return round(line.font.size * LEADING)


def _height(lines: Sequence[_Line]) -> int:
    return sum(line.gap_above + _line_height(line) for line in lines)


def _width(line: _Line) -> float:
    left, _top, right, _bottom = line.font.getbbox(line.text)
    return right - left


def _draw_centred(layer: Image.Image, lines: Sequence[_Line], top: int, ink: str) -> None:
    drawing = ImageDraw.Draw(layer)
    for line in lines:
        top += line.gap_above
        drawing.text((layer.width / 2, top), line.text, font=line.font, fill=ink, anchor="ma")
        top += _line_height(line)


def lower_third(words: str, width: int, height: int) -> Overlay:
    """Words at the lower left over a scrim that darkens the picture only where they stand.

    Raises:
        RenderError: letters the font lacks, or more words than the lower third holds.
    """
    check_words(words)
    side, margin = min(width, height), int(min(width, height) * LOWER_MARGIN)
    lines = _fit_lower(" ".join(words.split()), width - 2 * margin, height // 3 - margin, side)
    top = height - margin - _height(lines)
    layer = Image.fromarray(_scrim(width, height, top - margin))
    drawing = ImageDraw.Draw(layer)
    for line in lines:
        drawing.text((margin, top + line.gap_above), line.text, font=line.font, fill="#ffffff")
        top += line.gap_above + _line_height(line)
    return np.asarray(layer)


def _fit_lower(words: str, width: int, height: int, side: int) -> list[_Line]:
    for size in range(max(MIN_SIZE, int(side * LOWER_SIZE)), MIN_SIZE - 1, -1):
        font = load_font(size, SEMIBOLD)
        lines = [_Line(part, font, 0) for part in _greedy(words, font, width)]
        if _height(lines) <= height and all(_width(line) <= width for line in lines):
            return [_Line(part, font, 0) for part in wrap(words, font, width)]
    raise RenderError(f"the words do not fit the lower third: {words[:40]!r}; shorten them")


def _scrim(width: int, height: int, top: int) -> Overlay:
    """Black, from nothing at `top` to its full opacity at the foot, by a smooth step without an edge."""
    rows = np.clip((np.arange(height) - top) / max(1, height - top), 0, 1)
    opacity = SCRIM_OPACITY * np.sqrt(rows * rows * (3 - 2 * rows))
    scrim = np.zeros((height, width, 4), np.uint8)
    scrim[..., 3] = np.round(255 * opacity)[:, None]
    return scrim


def lay_over(frame: Frame, overlay: Overlay, opacity: float) -> Frame:
    """The frame (H, W, 3) with the overlay on it at `opacity` in [0, 1]."""
    if opacity <= 0:
        return frame
    alpha = overlay[..., 3:].astype(np.float32) * (opacity / 255)
    mixed = frame + alpha * (overlay[..., :3].astype(np.float32) - frame)
    laid: Frame = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return laid
