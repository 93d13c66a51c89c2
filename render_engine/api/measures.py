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
    expected_seconds: float | None = None
    expects_sound: bool = False
    placed: tuple[Placed, ...] = ()
    palette: tuple[str, ...] = ()
    still_expected: bool = False
    """A card or a still shot: no motion is not a fault there."""


class Measures(Value):
    """Per-frame series and their summaries; a list index is a frame of the file.

    `luma` mean luma in [0, 1]; `difference` mean absolute RGB difference to the frame before, in [0, 1];
    `flicker` second difference of luma; `palette_distance` mean CIE76 distance to the nearest palette colour.
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
    palette_distance: float | None = None
    has_sound: bool = False
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    silent_seconds: float | None = None
    not_measured: tuple[str, ...] = Field(default=())
