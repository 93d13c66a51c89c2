"""Light decides what every colour becomes: hour, weather, palette and style act on colours, never on pixels."""

from dataclasses import dataclass
from functools import cached_property

from render_engine.api.scene import SceneSpec
from render_engine.world.colour import RGB, blend, bound, contrast, lighter, luma, saturate, times
from render_engine.world.hours import HOURS, WEATHERS, Hourly, Overcast

__all__ = ["HOURS", "PAPER_WHITE", "RGB", "STYLES", "WEATHERS", "Hourly", "Light", "Look", "Overcast"]

PAPER_WHITE: RGB = (0.985, 0.97, 0.935)
"""The unpainted sheet of a watercolour."""


@dataclass(frozen=True)
class Look:
    """How a style draws.

    Attributes:
        edge: the strength of its edges; 0 leaves them out.
        halo: width in units and strength of the outline of light around the subject.
        line: half the width of its lines, in units.
        fading: how much fainter they are where it is farthest.
        outlined: whether clouds, too, are drawn with a line.
    """

    name: str
    edge: float
    halo: tuple[float, float]
    line: float = 0.0045
    fading: float = 0.6
    outlined: bool = False


STYLES: dict[str, Look] = {
    "flat": Look("flat", 0.0, (0.006, 0.32)),
    "paper": Look("paper", 0.55, (0.011, 0.95)),
    "pastel": Look("pastel", 0.0, (0.006, 0.32)),
    "noir": Look("noir", 0.0, (0.008, 0.8)),
    "neon": Look("neon", 1.0, (0.0, 0.0), outlined=True),
    "watercolour": Look("watercolour", 0.5, (0.008, 0.72)),
    "blueprint": Look("blueprint", 0.9, (0.009, 0.85), outlined=True),
    "woodcut": Look("woodcut", 1.0, (0.010, 0.95), line=0.0062, fading=0.15, outlined=True),
}

_PALETTES: dict[str, tuple[RGB, float, float]] = {
    # gain by channel, saturation, contrast
    "natural": ((1.0, 1.0, 1.0), 1.0, 1.0),
    "warm": ((1.12, 0.98, 0.78), 1.0, 1.0),
    "cool": ((0.80, 0.97, 1.16), 0.95, 1.0),
    "muted": ((0.99, 0.98, 0.95), 0.48, 0.84),
    "vivid": ((1.03, 1.0, 1.03), 1.5, 1.10),
}

_NEON_DARK: RGB = (0.030, 0.022, 0.080)


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
        self.weather = WEATHERS[scene.weather]
        self.style = STYLES[scene.style]

    @property
    def lit(self) -> bool:
        """Whether lamps and windows burn."""
        return self.hour.lit

    @cached_property
    def sky(self) -> tuple[RGB, RGB, RGB]:
        """The sky from top to horizon, finished."""
        high, low = self.weather.cover
        stops = (self.hour.top, self.hour.middle, self.hour.horizon)
        mixed = [blend(stop, self._veil, high + (low - high) * i / 2) for i, stop in enumerate(stops)]
        if self.style.name == "neon":
            lift = self._neon_lift
            mixed = [blend(_NEON_DARK, saturate(stop, 1.7), lift * (0.09 + 0.20 * i)) for i, stop in enumerate(mixed)]
            return self._grade(mixed[0]), self._grade(mixed[1]), self._grade(mixed[2])
        if self.style.name == "woodcut" and self.scene.weather in {"rain", "snow"}:
            mixed = [times(stop, (0.72, 0.72, 0.72)) for stop in mixed]  # so that what falls is carved out of it
        top, middle, horizon = self.finish(mixed[0]), self.finish(mixed[1]), self.finish(mixed[2])
        if self.style.name == "blueprint":
            shine = 0.75 * (1 - 0.6 * low)
            horizon = blend(horizon, self._grade(self.hour.glow_blue), shine)
            middle = blend(middle, horizon, 0.25)
        return top, middle, horizon

    @cached_property
    def _veil(self) -> RGB:
        """The covered sky of this hour."""
        return bound(times(self.weather.grey, self.hour.veil))

    @cached_property
    def mist(self) -> RGB:
        """Mist near by, finished."""
        if self.style.name == "blueprint":
            return blend(self.sky[2], (1.0, 1.0, 1.0), 0.30)
        return self.sheet if self.style.name == "woodcut" else self.sky[2]

    def clarity(self, depth: float) -> float:
        """How much of a line's strength the air leaves at a depth in [0, 1]."""
        nearest, more = self.weather.reach
        return (1 - 0.5 * nearest) * (1 - min(more * 1.3, 0.95) * depth)

    @cached_property
    def shadow(self) -> RGB:
        """The colour that shadows mix in."""
        dark = times((0.16, 0.12, 0.26), blend(self.hour.ambient, (1, 1, 1), 0.3))
        printed = self.style.name in {"noir", "blueprint", "woodcut"}
        return self.finish(dark) if printed else self._grade(dark)

    @cached_property
    def rim(self) -> RGB:
        """The light that outlines the subject."""
        name = self.style.name
        if name == "noir":
            return blend(self._grade(self.hour.rim), (0.9, 0.9, 0.9), 0.6)
        own: dict[str, RGB] = {"paper": (0.99, 0.97, 0.93), "watercolour": PAPER_WHITE, "blueprint": self.hour.blue}
        own["woodcut"] = self.sheet
        return own.get(name, self._grade(self.hour.rim))

    @property
    def halo(self) -> tuple[float, float]:
        """Width in units and strength of the light around the subject; lamps make it stronger."""
        wide, strength = self.style.halo
        return wide, 0.45 if self.lit and strength == 0.32 else strength

    @cached_property
    def ink(self) -> RGB:
        """What a woodcut prints with."""
        return self._grade(blend((0.10, 0.075, 0.08), times((0.14, 0.10, 0.14), self.hour.ambient), 0.6))

    @cached_property
    def sheet(self) -> RGB:
        """What a woodcut prints on."""
        return self._grade(self.hour.sheet)

    def shade(self, albedo: RGB, depth: float) -> RGB:
        """A surface of the surroundings at a depth in [0, 1]: lit, hazed, finished."""
        cover, low = self.weather.cover
        lit = times(albedo, self.hour.ambient)
        if self.scene.weather == "snow":
            lit = blend(lit, times((0.93, 0.95, 0.99), self.hour.ambient), 0.34)
        lit = saturate(times(lit, (self._dim, self._dim, self._dim)), 1 - 0.35 * cover)
        if self.style.name == "neon":
            return self._unlit(lit, depth)
        haze = blend(self.hour.horizon, self._veil, low)
        nearest, more = self.weather.reach
        nearest = max(nearest, self.hour.bloom)
        reach = nearest + self.hour.haze * depth * (1 - nearest) + more * depth**0.7
        return self.finish(blend(lit, haze, min(reach, 0.96)))

    def _unlit(self, lit: RGB, depth: float) -> RGB:
        """A surface between neon tubes: nearly black, with a glimmer of the sky."""
        dark = blend(_NEON_DARK, saturate(self.hour.middle, 1.7), self._neon_lift * (0.11 + 0.05 * depth))
        colour = blend(dark, saturate(lit, 1.4), 0.08 + 0.06 * depth)
        if self.scene.weather == "fog":
            colour = blend(colour, times(self._veil, (0.34, 0.34, 0.38)), 0.25 + 0.65 * depth)
        return self._grade(colour)

    @property
    def _neon_lift(self) -> float:
        """How much of the sky's light gets into a neon picture: by day more than when the lamps burn."""
        return 0.7 if self.lit else 1.4

    @property
    def _dim(self) -> float:
        """How far the weather dims; where there is little light it takes less."""
        dim = self.weather.dim
        return dim + (1 - dim) * 0.45 if self.lit else dim

    def hero(self, albedo: RGB) -> RGB:
        """A surface of the subject: the hour tints it, and its colour stays readable."""
        if self.style.name == "neon":
            return self._grade(blend((0.03, 0.02, 0.07), saturate(albedo, 1.2), 0.30))
        tint = blend((1, 1, 1), self.hour.ambient, 0.34)
        dim = self._dim**0.5
        lit = times(times(albedo, tint), (dim, dim, dim))
        if self.scene.weather == "fog":
            lit = blend(lit, self.hour.horizon, 0.10)
        return self.finish(saturate(lit, 1 - 0.12 * self.weather.cover[0]), keep=0.5)

    def lamp(self, colour: RGB) -> RGB:
        """Something that shines by itself: the hour doesn't dim it."""
        if self.style.name == "woodcut":
            return self._grade(blend(lighter(self.hour.sheet, 0.72), colour, 0.30))
        if self.style.name == "blueprint":
            return self._grade(blend((0.94, 0.97, 1.0), colour, 0.45))
        return self.finish(colour, keep=0.3)

    def line(self, colour: RGB, *, hero: bool) -> RGB:
        """The line around a surface of this albedo, in a style that draws with lines."""
        if self.style.name == "woodcut":
            return self.ink
        if self.style.name == "blueprint":
            pale = self._grade(blend(lighter(self.hour.blue, 0.55), (0.92, 0.96, 1.0), 0.35))
            return blend(self.tube(colour), (1.0, 1.0, 1.0), 0.12) if hero else pale
        tube = self.tube(colour)
        return tube if hero else blend(tube, self._grade(saturate(self.hour.middle, 1.5)), 0.36)

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
            colour = blend(soft, blend(self.hour.horizon, (1.0, 0.97, 0.97), 0.72), 0.40)
        elif name == "noir":
            colour = blend(times(self._grey(colour, keep), self.hour.film), colour, 0.86 * keep)
        elif name == "watercolour":
            colour = blend(saturate(colour, 1.02), PAPER_WHITE, 0.04 if self.scene.hour == "night" else 0.14)
        elif name == "blueprint":
            colour = self._blueprint(colour, keep)
        elif name == "woodcut":
            return self._print(colour, keep)
        return self._grade(colour, keep)

    def _grey(self, colour: RGB, keep: float) -> RGB:
        """The monochrome print of a colour, in the hour's key; the subject needs no gain."""
        gain, stretch, middle = self.hour.key
        level = luma(colour) * (gain if keep == 0 else 1.0)
        level = contrast((level, level, level), stretch, middle)[0]
        level = min(level, 0.82 + 0.45 * (level - 0.82)) if keep == 0 else level  # white walls keep their detail
        return (level, level, level)

    def _blueprint(self, colour: RGB, keep: float) -> RGB:
        """Paper, a little darker or lighter; the subject is washed with its own colour."""
        blue = self.hour.blue
        level = min(1.0, luma(colour) / (1.0 if keep else luma(self.hour.ambient)) ** 0.85)
        dark = times(blue, (0.62, 0.62, 0.68))
        washed = blend(dark, blend(blue, (0.66, 0.80, 1.0), 0.32), level)
        return blend(washed, colour, 0.72 * keep)

    def _print(self, colour: RGB, keep: float) -> RGB:
        """Ink on paper by darkness; the subject's hue is the one other block."""
        even = 1.0 if keep else luma(self.hour.ambient) ** 0.62 * self._dim**0.5
        level = contrast((luma(colour) / even,) * 3, 1.25 if keep == 0 else 1.0, 0.48)[0]
        if keep and max(colour) - min(colour) > 0.22:
            return self._grade(saturate(colour, 1.15), keep)
        return blend(self.ink, self.sheet, level)

    def _grade(self, colour: RGB, keep: float = 0.0) -> RGB:
        gain, saturation, stretch = _PALETTES[self.scene.palette]
        if self.style.name == "noir":
            saturation = min(saturation, 1.0)  # a vivid print must not turn its tint into colour
        graded = contrast(saturate(bound(times(colour, gain)), saturation), stretch)
        return blend(graded, bound(colour), keep)
