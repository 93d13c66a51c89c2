"""What a benchmark found, as plain values; what was not measured says why."""

from render_engine.api.values import Value


class Figure(Value):
    """The time of one piece of work over several rounds, and the most memory that was held during the last.

    On the CPU memory is the whole process's, on a GPU all that torch held there; both count the weights, once.
    """

    seconds_min: float
    seconds_median: float
    num_rounds: int
    peak_memory_bytes: int | None


class Row(Value):
    """One piece of work at one size, ours and the reference's; a side without a figure was not measured."""

    model: str
    num_layers: int | None = None
    """Of the transformer; None of an autoencoder."""
    clip: str
    num_tokens: int
    work: str
    ours: Figure | None = None
    reference: Figure | None = None
    max_abs_difference: float | None = None
    """Between the two outputs, on the same weights and input."""
    reference_deviation: float | None = None
    """The standard deviation of the reference's output, beside which the difference is to be read."""
    ratio: float | None = None
    """Our shortest time over the reference's: below 1 ours is faster."""
    ratio_of_medians: float | None = None
    note: str = ""
    """Why a side was not measured."""


class BenchReport(Value):
    """All rows, with what they hold for."""

    device: str
    device_name: str
    dtype: str
    num_threads: int
    seconds_elapsed: float
    torch_version: str
    reference: str
    """The reference and its version, or why there is none."""
    rows: tuple[Row, ...]
