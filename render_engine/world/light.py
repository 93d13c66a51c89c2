"""Light decides what every colour becomes: hour, weather, palette and style act on colours, never on pixels."""

from dataclasses import dataclass
from functools import cached_property

from render_engine.api.scene import SceneSpec
from render_engine.world.colour import RGB, blend, bound, contrast, luma, saturate, times

__all__ = ["HOURS", "RGB", "STYLES", "Hourly", "Light", "Look"]


@dataclass(frozen=True)
class Hourly:
    """An hour's sky, from top to horizon, the light it casts, and where sun or moon stands (fractions of the frame)."""

    top: RGB
    middle: RGB
    horizon: RGB
    ambient: RGB
    disc: RGB
    disc_y: float
    shadow: float
    lit: bool = False


HOURS: dict[str, Hourly] = {
    "dawn": Hourly(
        (0.45, 0.52, 0.80),
        (0.95, 0.70, 0.72),
        (1.0, 0.88, 0.66),
        (1.0, 0.86, 0.84),
        (1.0, 0.95, 0.80),
        0.50,
        0.20,
    ),
    "day": Hourly(
        (0.22, 0.58, 0.90),
        (0.50, 0.78, 0.96),
        (0.85, 0.95, 0.98),
        (1.0, 1.0, 1.0),
        (1.0, 0.96, 0.72),
        0.17,
        0.30,
    ),
    "dusk": Hourly(
        (0.24, 0.17, 0.42),
        (0.80, 0.30, 0.42),
        (1.0, 0.62, 0.28),
        (0.86, 0.58, 0.62),
        (1.0, 0.78, 0.42),
        0.53,
        0.24,
        lit=True,
    ),
    "night": Hourly(
        (0.03, 0.05, 0.17),
        (0.07, 0.12, 0.31),
        (0.17, 0.27, 0.48),
        (0.33, 0.42, 0.68),
        (0.97, 0.96, 0.86),
        0.18,
        0.25,
        lit=True,
    ),
}


@dataclass(frozen=True)
class Look:
    """How a style draws: the strength of its edges, and whether lines glow or paper casts shadows."""

    name: str
    edge: float


STYLES: dict[str, Look] = {
    "flat": Look("flat", 0.0),
    "paper": Look("paper", 0.55),
    "pastel": Look("pastel", 0.0),
    "noir": Look("noir", 0.0),
    "neon": Look("neon", 1.0),
}

_OVERCAST: dict[str, tuple[RGB, float, float]] = {
    # grey of the sky by day, how far the sky goes there, how far the light dims
    "clear": ((0.8, 0.8, 0.8), 0.0, 1.0),
    "cloudy": ((0.66, 0.71, 0.77), 0.62, 0.92),
    "rain": ((0.44, 0.52, 0.62), 0.72, 0.80),
    "snow": ((0.78, 0.83, 0.90), 0.80, 0.97),
    "fog": ((0.82, 0.86, 0.88), 0.80, 0.97),
}

_PALETTES: dict[str, tuple[RGB, float, float]] = {
    # gain by channel, saturation, contrast
    "natural": ((1.0, 1.0, 1.0), 1.0, 1.0),
    "warm": ((1.12, 0.98, 0.78), 1.0, 1.0),
    "cool": ((0.80, 0.97, 1.16), 0.95, 1.0),
    "muted": ((0.99, 0.98, 0.95), 0.48, 0.84),
    "vivid": ((1.03, 1.0, 1.03), 1.5, 1.10),
}


class Light:
    """The light of one scene.

    Args:
        scene: whose hour, weather, style and palette count.
        unit_px: pixels in one scene unit, by which style marks keep their width.
    """

    def __init__(self, scene: SceneSpec, unit_px: float) -> None:
        self.scene = scene
        self.unit_px = unit_px
        self.hour = HOURS[scene.hour]
        self.style = STYLES[scene.style]

    @property
    def lit(self) -> bool:
        """Whether lamps and windows burn."""
        return self.hour.lit

    @cached_property
    def sky(self) -> tuple[RGB, RGB, RGB]:
        """The sky from top to horizon, finished."""
        grey, amount, _ = _OVERCAST[self.scene.weather]
        veil = times(grey, blend(self.hour.ambient, (1, 1, 1), 0.12))
        stops = (self.hour.top, self.hour.middle, self.hour.horizon)
        mixed = [blend(stop, veil, amount * (1 - 0.15 * i)) for i, stop in enumerate(stops)]
        if self.style.name == "neon":
            mixed = [blend((0.03, 0.02, 0.08), saturate(stop, 1.3), 0.05 + 0.13 * i) for i, stop in enumerate(mixed)]
            return self._grade(mixed[0]), self._grade(mixed[1]), self._grade(mixed[2])
        return self.finish(mixed[0]), self.finish(mixed[1]), self.finish(mixed[2])

    @cached_property
    def shadow(self) -> RGB:
        """The colour that shadows mix in."""
        return self._grade(times((0.16, 0.12, 0.26), blend(self.hour.ambient, (1, 1, 1), 0.3)))

    @cached_property
    def rim(self) -> RGB:
        """The light that outlines the subject."""
        rims: dict[str, RGB] = {
            "dawn": (1.0, 0.90, 0.76),
            "day": (1.0, 1.0, 0.96),
            "dusk": (1.0, 0.74, 0.48),
            "night": (0.66, 0.78, 1.0),
        }
        return self._grade(rims[self.scene.hour])

    def shade(self, albedo: RGB, depth: float) -> RGB:
        """A surface of the surroundings at a depth in [0, 1]: lit, hazed, finished."""
        grey, amount, dim = _OVERCAST[self.scene.weather]
        lit = times(albedo, self.hour.ambient)
        if self.scene.weather == "snow":
            lit = blend(lit, times((0.93, 0.95, 0.99), self.hour.ambient), 0.34)
        lit = saturate(times(lit, (dim, dim, dim)), 1 - 0.35 * amount)
        if self.style.name == "neon":
            return self._grade(blend((0.035, 0.025, 0.085), saturate(lit, 1.4), 0.09 + 0.06 * depth))
        haze = blend(self.hour.horizon, times(grey, blend(self.hour.ambient, (1, 1, 1), 0.2)), amount)
        reach = 0.55 * depth
        if self.scene.weather == "fog":
            reach = 0.16 + 0.80 * depth**0.6
        elif self.scene.weather in {"rain", "snow"}:
            reach = 0.06 + 0.66 * depth
        return self.finish(blend(lit, haze, min(reach, 0.96)))

    def hero(self, albedo: RGB) -> RGB:
        """A surface of the subject: the hour tints it, and its colour stays readable."""
        if self.style.name == "neon":
            return self._grade(blend((0.03, 0.02, 0.07), saturate(albedo, 1.2), 0.30))
        _, amount, dim = _OVERCAST[self.scene.weather]
        tint = blend((1, 1, 1), self.hour.ambient, 0.34)
        lit = times(times(albedo, tint), (dim**0.5, dim**0.5, dim**0.5))
        if self.scene.weather == "fog":
            lit = blend(lit, self.hour.horizon, 0.10)
        return self.finish(saturate(lit, 1 - 0.12 * amount), keep=0.5)

    def lamp(self, colour: RGB) -> RGB:
        """Something that shines by itself: the hour doesn't dim it."""
        return self.finish(colour, keep=0.3)

    def tube(self, colour: RGB) -> RGB:
        """The neon line that outlines a surface of this albedo."""
        grey = luma(colour)
        if max(colour) - min(colour) < 0.08:
            return self._grade(blend((0.46, 0.48, 0.54), (1.0, 1.0, 1.0), min(1.0, grey * 1.2)))
        peak = max(colour)
        bright = bound(times(colour, (1 / peak, 1 / peak, 1 / peak)))
        return self._grade(saturate(bright, 1.35), keep=0.5)

    def finish(self, colour: RGB, keep: float = 0.0) -> RGB:
        """Style, then palette; `keep` holds a subject's hue against both."""
        name = self.style.name
        if name == "pastel":
            soft = saturate(colour, 0.95 + 0.15 * keep)
            chalk: RGB = (0.80, 0.82, 0.98) if self.scene.hour == "night" else (1.0, 0.95, 0.95)
            colour = blend(soft, chalk, 0.40)
        elif name == "noir":
            level = luma(colour) * (1.7 if self.scene.hour == "night" and keep == 0 else 1.0)
            grey = contrast((level, level, level), 1.5, 0.44)
            colour = blend(grey, colour, 0.86 * keep)
        return self._grade(colour, keep)

    def _grade(self, colour: RGB, keep: float = 0.0) -> RGB:
        gain, saturation, stretch = _PALETTES[self.scene.palette]
        graded = contrast(saturate(bound(times(colour, gain)), saturation), stretch)
        return blend(graded, bound(colour), keep)
