"""What a critic measured of one file, by decoding it. `None` means not measured, and never reads as passed."""

from pathlib import Path

from pydantic import Field

from render_engine.api.media import Placed
from render_engine.api.values import Value


class MeasureRequest(Value):
    """A file to measure, and what is expected of it.

    `placed` names the shots inside a film, so that a cut between two of them is wanted and one inside is not.
    `palette` is what the look asked for, as "#rrggbb".
    """

    path: Path
    expects_sound: bool = False
    placed: tuple[Placed, ...] = ()
    palette: tuple[str, ...] = ()
    still_expected: bool = False
    """A card or a still shot: no motion is not a fault there."""


class PlacedMeasures(Value):
    """A placed shot where it stands alone, without its crossfades: from `frame_in` up to `frame_out`, and its flicker.

    Black and frozen frames and cuts are numbered through the file, so that they can be told by these places.
    """

    shot_id: str
    frame_in: int
    frame_out: int
    flicker: float | None


class Measures(Value):
    """Per-frame series and their summaries; a list index is a frame of the file.

    `luma` mean luma in [0, 1]; `difference` mean absolute RGB difference to the frame before, in [0, 1];
    `flicker` second difference of luma.
    """

    width: int
    height: int
    fps: float
    num_frames: int
    seconds: float
    luma: tuple[float, ...] = ()
    difference: tuple[float, ...] = ()
    black_frames: tuple[int, ...] = ()
    frozen_runs: tuple[tuple[int, int], ...] = ()
    """(first frame, number of frames) of runs that do not change."""
    cuts: tuple[int, ...] = ()
    """Frames at which the picture changes at once."""
    flicker: float | None = None
    placed: tuple[PlacedMeasures, ...] = ()
    """Of each placed shot that stands alone somewhere, in the film's order."""
    palette_distance: float | None = None
    """Mean distance, in the a*b* plane of CIE L*a*b*, by which the picture's colours lie outside the palette's mixtures
    with each other and with grey."""
    palette_paleness: float | None = None
    """Share of the palette's mean chroma that the picture's coloured parts lack, in [0, 1]."""
    palette_shares: tuple[float, ...] = ()
    """For each colour of the palette, the largest share of a frame that shows it, in [0, 1]."""
    has_sound: bool = False
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    silent_seconds: float | None = None
    not_measured: tuple[str, ...] = Field(default=())
