"""The one font that ships, Noto Sans: its weights, and the characters it can show."""

import functools
import struct
import unicodedata
from pathlib import Path

import fontpkg
from PIL import ImageFont

from render_engine.api import RenderError

REGULAR, SEMIBOLD = 400, 600
INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
MAX_NAMED = 8


def font_path() -> Path:
    """The variable upright font file."""
    return Path(fontpkg.path("Noto Sans", REGULAR))


@functools.lru_cache(maxsize=64)
def load_font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels and a weight from 100 to 900."""
    font = ImageFont.truetype(str(font_path()), size)
    font.set_variation_by_axes([weight, 100])
    return font


def check_words(words: str) -> None:
    """Raise `RenderError` naming the characters that the font cannot show."""
    known = characters_known()
    missing = sorted({sign for sign in words if ord(sign) not in known and unicodedata.category(sign) not in INVISIBLE})
    if missing:
        named = " ".join(missing[:MAX_NAMED]) + (" ..." if len(missing) > MAX_NAMED else "")
        raise RenderError(f"the title font has no letters for: {named}; write these words in Latin, Greek or Cyrillic")


@functools.cache
def characters_known() -> frozenset[int]:
    """Every code point with a glyph, read from the font's `cmap` table (OpenType, format 12 or 4)."""
    data = font_path().read_bytes()
    cmap = _table(data, b"cmap")
    num_tables = struct.unpack_from(">H", data, cmap + 2)[0]
    records = [struct.unpack_from(">HHI", data, cmap + 4 + 8 * index) for index in range(num_tables)]
    points: set[int] = set()
    for _platform, _encoding, offset in records:
        kind = struct.unpack_from(">H", data, cmap + offset)[0]
        if kind == 12:
            points |= _format_12(data, cmap + offset)
        elif kind == 4:
            points |= _format_4(data, cmap + offset)
    return frozenset(points)


def _table(data: bytes, tag: bytes) -> int:
    num_tables = struct.unpack_from(">H", data, 4)[0]
    for index in range(num_tables):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise RenderError(f"{font_path().name} is not a font: it has no {tag.decode()} table; install the package again")


def _format_12(data: bytes, start: int) -> set[int]:
    num_groups = struct.unpack_from(">I", data, start + 12)[0]
    groups = (struct.unpack_from(">III", data, start + 16 + 12 * index) for index in range(num_groups))
    return {point for first, last, _glyph in groups for point in range(first, last + 1)}


def _format_4(data: bytes, start: int) -> set[int]:
    """Segments; one whose glyphs are looked up may hold gaps, so each of its glyphs is looked at."""
    count = struct.unpack_from(">H", data, start + 6)[0] // 2
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{count}H", data, start + at)
        for at in (14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count)
    )
    points: set[int] = set()
    for segment in range(count):
        lookup = start + 16 + 6 * count + 2 * segment + offsets[segment]
        for point in range(starts[segment], min(ends[segment], 0xFFFE) + 1):
            if offsets[segment]:
                glyph = struct.unpack_from(">H", data, lookup + 2 * (point - starts[segment]))[0]
            else:
                glyph = (point + deltas[segment]) & 0xFFFF
            if glyph:
                points.add(point)
    return points
