"""What an evaluation found, as plain values; what was not measured is not there, and says why."""

from pydantic import Field

from render_engine.api.render import Sha256
from render_engine.api.values import Value
from render_engine.evaluation.rendering import RenderSettings

Shares = dict[str, float]
"""Attribute, or way -> a share from 0 to 1."""
Intervals = dict[str, tuple[float, float]]
"""Attribute -> the 95 % interval of its share."""


class MotionScores(Value):
    """Flow against the asked scene's, in pixels a frame; `still_px` is what a clip without motion would be off.

    `correlation`, from -1 to 1, is that of the directions, over the clips whose scene moves.
    """

    error_px: float
    still_px: float
    correlation: float | None
    error_px_by_camera: dict[str, float]
    error_px_by_action: dict[str, float]


class EvaluationReport(Value):
    """All scores of one release, with what they hold for.

    Attributes:
        adherence: of clips from the caption alone, how often the reader reads what was asked; `adherence_*` of clips
            made in other ways: `guided` by the animatic, `distilled` and `guided_30` the same in fewer and more steps,
            `identity` without the transformer, `paraphrased` from other words. Of the truth itself, `drawn` and through
            the autoencoder, `codec`: no render can be expected to be read better.
        adherence_mean: way -> the mean over the seven attributes.
        adherence_held_out_pairs: the mean over the seven, of prompts with a pairing that training never showed.
        adherence_held_out_pairs_difference: to the other prompts, in points.
        distilled_minus_guided: distilled less guided in 30 steps on the same prompts, mean over the seven, in points;
            `distilled_minus_standard` less guided at the standard tier.
        swapped: attribute -> how often the reader reads what the changed caption says, the animatic being kept;
            `swapped_to_board` what the animatic shows, `swapped_to_other` neither, `swapped_drawn` is the truth's.
        vae: the autoencoder on drawn clips. `psnr_linear_db` is its closed-form linear codec's. Edge errors are levels
            a pixel.
        critic: right captions of drawn clips against ones with one attribute changed.
        retrieval: way -> how often a clip's own caption fits it best of `retrieval_captions`.
        frechet: way -> distance in the critic's features from drawn clips of other prompts; `floor` is drawn clips'.
        motion: way -> flow against the asked scene's.
        flicker: way -> mean second difference of brightness over time, in levels; `*_ratio` against the drawn clips'.
        grid: way -> steps at the borders of patches against others, over the drawings' own ratio: 1 is no grid.
        first_frame: PSNR of the shown first frame against the picture given, `ceiling_db` is the autoencoder's;
            `keyframe` the same of the last frame.
        draft_final: draft clips against standard ones of the same requests.
        seconds_per_clip: tier -> seconds of one clip of `timed_frames`; `peak_memory_bytes` of the whole process.
        counts: way -> how many clips were measured.
        not_measured: what -> why.
    """

    release: str
    version: str
    weights_sha256: Sha256
    hashes: dict[str, Sha256]
    num_prompts: int
    clip: str
    settings: RenderSettings
    num_threads: int
    device: str
    compute_dtype: str
    versions: dict[str, str]
    counts: dict[str, int]
    not_measured: dict[str, str] = Field(default_factory=dict)

    adherence: Shares | None = None
    adherence_interval: Intervals | None = None
    adherence_guided: Shares | None = None
    adherence_guided_interval: Intervals | None = None
    adherence_distilled: Shares | None = None
    adherence_distilled_interval: Intervals | None = None
    adherence_guided_30: Shares | None = None
    adherence_guided_30_interval: Intervals | None = None
    adherence_identity: Shares | None = None
    adherence_identity_interval: Intervals | None = None
    adherence_paraphrased: Shares | None = None
    adherence_paraphrased_interval: Intervals | None = None
    adherence_drawn: Shares | None = None
    adherence_drawn_interval: Intervals | None = None
    adherence_codec: Shares | None = None
    adherence_codec_interval: Intervals | None = None
    adherence_mean: Shares | None = None
    adherence_held_out_pairs: float | None = None
    adherence_held_out_pairs_difference: float | None = None
    adherence_guided_held_out_pairs: float | None = None
    adherence_guided_held_out_pairs_difference: float | None = None
    adherence_drawn_held_out_pairs: float | None = None
    adherence_drawn_held_out_pairs_difference: float | None = None
    distilled_minus_guided: float | None = None
    distilled_minus_standard: float | None = None
    swapped: Shares | None = None
    swapped_interval: Intervals | None = None
    swapped_to_board: Shares | None = None
    swapped_to_other: Shares | None = None
    swapped_drawn: Shares | None = None

    vae: dict[str, float] | None = None
    critic: dict[str, float] | None = None
    retrieval: Shares | None = None
    retrieval_captions: int | None = None
    frechet: dict[str, float] | None = None
    motion: dict[str, MotionScores] | None = None
    flicker: dict[str, float] | None = None
    grid: dict[str, float] | None = None
    first_frame: dict[str, float] | None = None
    keyframe: dict[str, float] | None = None
    draft_final: dict[str, float] | None = None
    seconds_per_clip: dict[str, float] | None = None
    peak_memory_bytes: dict[str, int] | None = None
    timed_frames: int | None = None

    def to_json(self) -> str:
        """Without what was not measured."""
        return self.model_dump_json(indent=2, exclude_none=True)
