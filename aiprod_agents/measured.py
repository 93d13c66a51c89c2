"""Measured: every value that the critic took of the takes and of the cut, beside the limits it was judged by."""

from aiprod_agents.critique import ASPECT_RATIOS, THRESHOLDS, black_share, frozen_share
from memory.records import Aspect, Record, Sha256
from render_engine.api import Measures


class MeasuredValue(Record):
    """One value; `None` was not measured, and never reads as passed.

    It is a fault of that severity from more than `minor_above` or `major_above` on; where something is `asked`, the
    distance to it is judged. Without limits it is told and not judged.
    """

    value: float | None
    unit: str
    asked: float | None = None
    minor_above: float | None = None
    major_above: float | None = None


class MeasuredFile(Record):
    """What was measured of one file, by the measure's name."""

    sha256: Sha256
    values: dict[str, MeasuredValue]


class Measured(Record):
    """Of the film, and by shot id of the take that stands in it."""

    film: MeasuredFile
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
        **_picture(measures),
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


def measured_take(sha256: str, measures: Measures, num_frames: int) -> MeasuredFile:
    """A take's values; `num_frames` were asked."""
    length = MeasuredValue(
        value=measures.num_frames, unit="frames", asked=num_frames, major_above=THRESHOLDS.length_frames
    )
    return MeasuredFile(sha256=sha256, values={"length": length, **_picture(measures)})


def _picture(measures: Measures) -> dict[str, MeasuredValue]:
    limits = THRESHOLDS
    return {
        "black": MeasuredValue(
            value=black_share(measures),
            unit="share of frames",
            minor_above=limits.black_minor,
            major_above=limits.black_major,
        ),
        "frozen": MeasuredValue(
            value=frozen_share(measures),
            unit="share of frames",
            minor_above=limits.frozen_minor,
            major_above=limits.frozen_major,
        ),
        "flicker": MeasuredValue(
            value=measures.flicker,
            unit="second difference of luma",
            minor_above=limits.flicker_minor,
            major_above=limits.flicker_major,
        ),
        "cuts": MeasuredValue(value=len(measures.cuts), unit="unwanted cuts", major_above=0),
        "palette": MeasuredValue(
            value=measures.palette_distance,
            unit="CIE76 distance",
            minor_above=limits.palette_minor,
            major_above=limits.palette_major,
        ),
    }
