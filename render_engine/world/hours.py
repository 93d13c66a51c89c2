"""The hours and the weathers as tables: what each does to sky, light, sun and shadow, and to the papers of styles."""

from dataclasses import dataclass

from render_engine.world.colour import RGB

NOON_X = 0.5
"""The place of a sun or moon that keeps no side: it goes where the subject leaves room."""


@dataclass(frozen=True)
class Hourly:
    """An hour's sky and light, and how the styles that have one colour tone their print.

    Attributes:
        top: the sky's zenith; `middle` and `horizon` below it.
        ambient: what surfaces are multiplied with.
        veil: what a covered sky's grey is multiplied with.
        cloud: a lit cloud.
        rim: the light around the subject.
        disc: the sun or the moon, its colour; `place` (x, y) in fractions of the frame, `radius` and `glow` in units.
        shadow: how dark shadows are; `stretch` how long, to the right where positive.
        haze: how much of the horizon's colour lies over what is far, and `bloom` over everything.
        film: the tint of a monochrome print, and its `key`: gain, contrast, middle.
        blue: a blueprint's paper, and how its `glow_blue` looks at the horizon.
        sheet: a woodcut's paper.
        lit: whether lamps burn.
    """

    top: RGB
    middle: RGB
    horizon: RGB
    ambient: RGB
    veil: RGB
    cloud: RGB
    rim: RGB
    disc: RGB
    place: tuple[float, float]
    radius: float
    glow: float
    shadow: float
    stretch: float
    haze: float
    film: RGB
    key: tuple[float, float, float]
    blue: RGB
    glow_blue: RGB
    sheet: RGB
    bloom: float = 0.0
    lit: bool = False


HOURS: dict[str, Hourly] = {
    "dawn": Hourly(
        top=(0.56, 0.50, 0.82),
        middle=(0.93, 0.64, 0.80),
        horizon=(1.0, 0.84, 0.82),
        ambient=(0.94, 0.76, 0.90),
        veil=(1.04, 0.82, 1.02),
        cloud=(1.0, 0.84, 0.89),
        rim=(1.0, 0.86, 0.90),
        disc=(1.0, 0.95, 0.86),
        place=(0.13, 0.50),
        radius=0.062,
        glow=0.50,
        shadow=0.22,
        stretch=2.3,
        haze=0.72,
        film=(1.0, 0.90, 0.945),
        key=(1.0, 1.25, 0.5),
        blue=(0.36, 0.26, 0.62),
        glow_blue=(0.62, 0.40, 0.66),
        sheet=(0.95, 0.76, 0.80),
        bloom=0.08,
    ),
    "morning": Hourly(
        top=(0.48, 0.82, 0.93),
        middle=(0.74, 0.93, 0.93),
        horizon=(1.0, 0.98, 0.74),
        ambient=(1.02, 1.04, 0.95),
        veil=(1.14, 1.20, 1.02),
        cloud=(1.0, 1.0, 0.94),
        rim=(1.0, 1.0, 0.86),
        disc=(1.0, 1.0, 0.80),
        place=(0.20, 0.30),
        radius=0.060,
        glow=0.42,
        shadow=0.22,
        stretch=1.5,
        haze=0.66,
        film=(0.95, 1.0, 0.965),
        key=(1.03, 1.30, 0.42),
        blue=(0.20, 0.52, 0.68),
        glow_blue=(0.46, 0.72, 0.66),
        sheet=(0.96, 0.97, 0.78),
        bloom=0.17,
    ),
    "day": Hourly(
        top=(0.10, 0.46, 0.90),
        middle=(0.36, 0.68, 0.97),
        horizon=(0.76, 0.90, 0.99),
        ambient=(1.0, 1.0, 1.0),
        veil=(0.98, 1.0, 1.04),
        cloud=(1.0, 1.0, 1.0),
        rim=(1.0, 1.0, 0.96),
        disc=(1.0, 0.95, 0.66),
        place=(NOON_X, 0.13),
        radius=0.070,
        glow=0.42,
        shadow=0.38,
        stretch=0.8,
        haze=0.45,
        film=(1.0, 1.0, 1.0),
        key=(1.0, 1.55, 0.46),
        blue=(0.05, 0.27, 0.64),
        glow_blue=(0.16, 0.40, 0.76),
        sheet=(0.95, 0.90, 0.80),
    ),
    "golden": Hourly(
        top=(0.78, 0.66, 0.50),
        middle=(0.98, 0.76, 0.38),
        horizon=(1.0, 0.84, 0.46),
        ambient=(1.08, 0.80, 0.46),
        veil=(1.16, 0.90, 0.50),
        cloud=(1.0, 0.84, 0.52),
        rim=(1.0, 0.84, 0.44),
        disc=(1.0, 0.92, 0.60),
        place=(0.80, 0.37),
        radius=0.098,
        glow=0.85,
        shadow=0.36,
        stretch=-2.3,
        haze=0.74,
        film=(1.0, 0.88, 0.68),
        key=(1.0, 1.30, 0.48),
        blue=(0.06, 0.40, 0.38),
        glow_blue=(0.44, 0.56, 0.30),
        sheet=(0.95, 0.70, 0.30),
        bloom=0.06,
    ),
    "dusk": Hourly(
        top=(0.22, 0.14, 0.42),
        middle=(0.62, 0.24, 0.50),
        horizon=(1.0, 0.50, 0.20),
        ambient=(0.66, 0.43, 0.64),
        veil=(0.64, 0.42, 0.66),
        cloud=(0.92, 0.46, 0.48),
        rim=(1.0, 0.62, 0.40),
        disc=(1.0, 0.62, 0.26),
        place=(0.87, 0.56),
        radius=0.090,
        glow=0.60,
        shadow=0.26,
        stretch=-1.7,
        haze=0.58,
        film=(0.90, 0.74, 0.90),
        key=(1.05, 1.35, 0.44),
        blue=(0.24, 0.09, 0.36),
        glow_blue=(0.50, 0.18, 0.36),
        sheet=(0.80, 0.52, 0.58),
        lit=True,
    ),
    "night": Hourly(
        top=(0.02, 0.04, 0.16),
        middle=(0.05, 0.10, 0.30),
        horizon=(0.13, 0.24, 0.48),
        ambient=(0.28, 0.37, 0.68),
        veil=(0.22, 0.30, 0.56),
        cloud=(0.36, 0.44, 0.66),
        rim=(0.66, 0.78, 1.0),
        disc=(0.97, 0.96, 0.86),
        place=(NOON_X, 0.18),
        radius=0.056,
        glow=0.30,
        shadow=0.25,
        stretch=0.9,
        haze=0.50,
        film=(0.66, 0.82, 1.0),
        key=(1.55, 1.5, 0.44),
        blue=(0.015, 0.035, 0.13),
        glow_blue=(0.05, 0.14, 0.38),
        sheet=(0.42, 0.53, 0.74),
        lit=True,
    ),
}


@dataclass(frozen=True)
class Overcast:
    """A weather's sky and air.

    Attributes:
        grey: the covered sky at noon.
        cover: how far the sky goes there, at the top and at the horizon.
        dim: how far the light dims.
        reach: how much haze lies over everything, and how much more over what is farthest.
        crown: how bright clouds are.
        wind: how fast they drift, in units a second.
        sun: how clearly sun, moon and stars show.
        shade: how strongly things throw shadows.
    """

    grey: RGB
    cover: tuple[float, float]
    dim: float
    reach: tuple[float, float]
    crown: float
    wind: float
    sun: float
    shade: float


WEATHERS: dict[str, Overcast] = {
    "clear": Overcast((0.80, 0.80, 0.80), (0.0, 0.0), 1.0, (0.0, 0.0), 0.80, 0.018, 1.0, 1.0),
    "cloudy": Overcast((0.56, 0.60, 0.65), (0.84, 0.62), 0.86, (0.0, 0.10), 0.62, 0.024, 0.45, 0.45),
    "rain": Overcast((0.47, 0.51, 0.57), (0.92, 0.78), 0.74, (0.06, 0.30), 0.12, 0.030, 0.0, 0.35),
    "snow": Overcast((0.67, 0.70, 0.76), (0.88, 0.74), 0.95, (0.08, 0.34), 0.40, 0.016, 0.0, 0.35),
    "fog": Overcast((0.82, 0.84, 0.86), (0.92, 0.84), 0.97, (0.22, 0.70), 0.40, 0.010, 0.0, 0.20),
    "storm": Overcast((0.10, 0.115, 0.15), (0.97, 0.32), 0.56, (0.05, 0.28), 0.05, 0.110, 0.0, 0.25),
}
