"""The colours of a film's cards, taken from its look: a dark ground and light letters of the same family."""

import colorsys
from collections.abc import Sequence
from typing import NamedTuple

PLAIN = ("#101418", "#f4f1ea")
"""For a look that names no colours."""
GROUND_LIGHTNESS, GROUND_SATURATION = 0.13, 0.45
"""At most."""
INK_LIGHTNESS, INK_SATURATION = 0.93, 0.6
"""At least, and at most."""


class CardColours(NamedTuple):
    """Both as "#rrggbb"; letters stand out from the ground by more than 10 to 1."""

    ground: str
    ink: str


def card_colours(palette: Sequence[str]) -> CardColours:
    """The palette's darkest colour, darkened, under its lightest, lightened."""
    shades = sorted((_hls(colour) for colour in palette or PLAIN), key=lambda shade: shade[1])
    (dark_hue, dark, dark_saturation), (light_hue, light, light_saturation) = shades[0], shades[-1]
    ground = dark_hue, min(dark, GROUND_LIGHTNESS), min(dark_saturation, GROUND_SATURATION)
    ink = light_hue, max(light, INK_LIGHTNESS), min(light_saturation, INK_SATURATION)
    return CardColours(_hex(ground), _hex(ink))


def _hls(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)


def _hex(hls: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colorsys.hls_to_rgb(*hls))
