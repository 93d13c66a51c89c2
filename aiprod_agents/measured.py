"""Measured: every value that the critic took of the takes and of the cut, beside the limits it was judged by."""

from aiprod_agents.critique import ASPECT_RATIOS, THRESHOLDS, black_share, frozen_share, is_palette, is_still
from memory.records import Aspect, Look, Record, Sha256, Shot, Storyboard
from render_engine.api import Measures


class MeasuredValue(Record):
    """One value; `None` was not measured, and never reads as passed.

    It is a fault of that severity above `minor_above` or `major_above`, or below `minor_below`; where something is
    `asked`, the distance to it is judged. Without limits it is told and not judged.
    """

    value: float | None
    unit: str
    asked: float | None = None
    minor_above: float | None = None
    major_above: float | None = None
    minor_below: float | None = None


class MeasuredFile(Record):
    """What was measured of one file, by the measure's name."""

    sha256: Sha256
    values: dict[str, MeasuredValue]


class Measured(Record):
    """Of the film; by shot id of the shots where they stand alone in it, and of the takes that they are."""

    film: MeasuredFile
    in_film: dict[str, dict[str, MeasuredValue]]
    shots: dict[str, MeasuredFile]


def measured_film(sha256: str, measures: Measures, seconds: float, aspect: Aspect) -> MeasuredFile:
    """The film's values against what the brief asked."""
    limits = THRESHOLDS
    values = {
        "seconds": MeasuredValue(
            value=measures.seconds, unit="s", asked=seconds, major_above=limits.film_seconds + 1 / measures.fps
        ),
        "aspect": MeasuredValue(
            value=measures.width / measures.height,
            unit="width over height",
            asked=ASPECT_RATIOS[aspect],
            major_above=limits.aspect_ratio,
        ),
        "cuts": _cuts(measures),
        "loudness": MeasuredValue(
            value=measures.loudness_lufs,
            unit="LUFS",
            asked=limits.loudness_target,
            minor_above=limits.loudness_minor,
            major_above=limits.loudness_major,
        ),
        "true_peak": MeasuredValue(value=measures.true_peak_dbtp, unit="dBTP"),
        "silence": MeasuredValue(
            value=measures.silent_seconds, unit="s", major_above=limits.silent_major * measures.seconds
        ),
    }
    return MeasuredFile(sha256=sha256, values=values)


def measured_in_film(measures: Measures, storyboard: Storyboard) -> dict[str, dict[str, MeasuredValue]]:
    """Each shot's values where it stands alone in the film; cards are not judged."""
    shots = {shot.id: shot for shot in storyboard.shots}
    return {
        placed.shot_id: _motion(measures, (placed.frame_in, placed.frame_out), placed.flicker, shots[placed.shot_id])
        for placed in measures.placed
        if placed.shot_id in shots
    }


def measured_take(sha256: str, measures: Measures, num_frames: int, shot: Shot, look: Look) -> MeasuredFile:
    """A take's values; `num_frames` were asked."""
    length = MeasuredValue(
        value=measures.num_frames, unit="frames", asked=num_frames, major_above=THRESHOLDS.length_frames
    )
    motion = _motion(measures, (0, measures.num_frames), measures.flicker, shot)
    colours = _palette(measures) if is_palette(look) else _colours(measures, look)
    return MeasuredFile(sha256=sha256, values={"length": length, **motion, "cuts": _cuts(measures), **colours})


def _motion(measures: Measures, span: tuple[int, int], flicker: float | None, shot: Shot) -> dict[str, MeasuredValue]:
    limits, share = THRESHOLDS, "share of frames"
    frozen = MeasuredValue(
        value=frozen_share(measures, span),
        unit=share,
        minor_above=limits.frozen_minor,
        major_above=limits.frozen_major,
    )
    return {
        "black": MeasuredValue(
            value=black_share(measures, span),
            unit=share,
            minor_above=limits.black_minor,
            major_above=limits.black_major,
        ),
        "frozen": MeasuredValue(value=None, unit="share of frames; the shot is to be still")
        if is_still(shot)
        else frozen,
        "flicker": MeasuredValue(
            value=flicker,
            unit="second difference of luma",
            minor_above=limits.flicker_minor,
            major_above=limits.flicker_major,
        ),
    }


def _cuts(measures: Measures) -> MeasuredValue:
    return MeasuredValue(value=len(measures.cuts), unit="unwanted cuts", major_above=0)


def _palette(measures: Measures) -> dict[str, MeasuredValue]:
    limits = THRESHOLDS
    return {
        "palette": MeasuredValue(
            value=measures.palette_distance,
            unit="mean distance to the palette in a*b*",
            minor_above=limits.palette_minor,
            major_above=limits.palette_major,
        ),
        "paleness": MeasuredValue(
            value=measures.palette_paleness,
            unit="share of the palette's chroma that is lacking",
            minor_above=limits.paleness_minor,
            major_above=limits.paleness_major,
        ),
    }


def _colours(measures: Measures, look: Look) -> dict[str, MeasuredValue]:
    shares = measures.palette_shares
    return {
        f"colour {name}": MeasuredValue(
            value=shares[index] if shares else None,
            unit="share of the picture that shows it",
            minor_below=THRESHOLDS.colour_minor,
        )
        for index, name in enumerate(look.palette_colours)
    }
