"""What the renderer takes and gives: requests, conditioning, clips, progress, and the card that says what it can do."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from render_engine.api.scene import SceneSpec
from render_engine.api.values import Value

Pipeline = Literal["one_stage", "two_stages", "distilled", "keyframe_interpolation", "ic_lora", "extend", "retake"]
MAX_SIDE = 16_384
"""Pixels; the encoder takes no more."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AnimaticGuide(Value):
    """Start from the animatic's latents at `sigma = 1 - strength`: 0 is text alone, 1 is the animatic itself.

    The animatic is the drawn scene; with a `picture`, the scene's camera moving over that picture instead.
    """

    kind: Literal["animatic"] = "animatic"
    scene: SceneSpec
    strength: float = Field(ge=0, le=1)
    picture: Path | None = None


class FirstFrame(Value):
    """A picture the clip must open on, held at `strength`: 1 is wholly.

    LTX-Video stirs what it holds before each step, for livelier motion, and leaves a faint noise on it.
    It fills the frame about its centre; or, where an animatic moves over the same picture, as that animatic begins.
    """

    kind: Literal["first_frame"] = "first_frame"
    picture: Path
    strength: float = Field(default=1.0, gt=0, le=1)


class Keyframe(Value):
    """A picture or a clip that the video shows from `frame_index` on; -1 has it end with the video.

    A clip is taken frame by frame, as many as the compression allows and fit. `strength` 1 holds it wholly.
    """

    kind: Literal["keyframe"] = "keyframe"
    media: Path
    frame_index: int = Field(default=0, ge=-1)
    strength: float = Field(default=1.0, gt=0, le=1)


class Reference(Value):
    """A picture or clip that the render follows without showing it, as an adapter was trained to (IC-LoRA).

    `attention` is how much the video sees of it: 0 is nothing. A `mask` picture dims it further, where it is dark.
    """

    kind: Literal["reference"] = "reference"
    media: Path
    strength: float = Field(default=1.0, gt=0, le=1)
    attention: float = Field(default=1.0, ge=0, le=1)
    mask: Path | None = None


class Retake(Value):
    """A clip as long as the video, of which only a part is rendered anew.

    The part is what lies between the seconds (None: from the start, to the end) and where the `mask` picture is bright.
    """

    kind: Literal["retake"] = "retake"
    media: Path
    start_seconds: float | None = Field(default=None, ge=0)
    end_seconds: float | None = Field(default=None, gt=0)
    mask: Path | None = None

    @model_validator(mode="after")
    def _has_a_part(self) -> Self:
        if self.start_seconds is None and self.end_seconds is None and self.mask is None:
            raise ValueError("a retake needs start_seconds, end_seconds or a mask: which part is rendered anew?")
        return self


Conditioning = Annotated[AnimaticGuide | FirstFrame | Keyframe | Reference | Retake, Field(discriminator="kind")]


class Adapter(Value):
    """A LoRA file with its strength, for all stages of a pipeline or for one of two."""

    path: Path
    strength: float = Field(default=1.0, ge=-4, le=4)
    stage: Literal["all", "first", "second"] = "all"


class RenderRequest(Value):
    """Everything that decides one clip's pixels, with the weights and the thread count of the card.

    `width`, `height` in pixels, multiples of the card's spatial compression; `num_frames` is one more than a
    multiple of its temporal compression, at `fps`;
    `guidance_scale` 1 is off; `seed` decides the noise. `num_steps` are those of the only or the first stage.
    """

    prompt: str = Field(min_length=1, max_length=2000)
    negative_prompt: str = Field(default="", max_length=2000)
    width: int = Field(gt=0, le=MAX_SIDE)
    height: int = Field(gt=0, le=MAX_SIDE)
    num_frames: int = Field(gt=0)
    fps: float = Field(ge=0.1, le=240)
    seed: int = Field(ge=0, lt=2**63)
    pipeline: Pipeline = "one_stage"
    num_steps: int = Field(ge=1, le=200)
    guidance_scale: float = Field(default=1.0, ge=1, le=20)
    conditioning: tuple[Conditioning, ...] = ()
    adapters: tuple[Adapter, ...] = ()


class Clip(Value):
    """A picture-bearing media file on disk as its decoder reports it."""

    path: Path
    sha256: Sha256
    width: int
    height: int
    fps: float
    num_frames: int
    has_sound: bool = False

    @property
    def seconds(self) -> float:
        """Length by frames, in seconds."""
        return self.num_frames / self.fps


class Progress(Value):
    """How far one call has come: `step` of `num_steps` of the phase that `phase` names."""

    phase: str
    step: int
    num_steps: int


class RenderResult(Value):
    """A rendered clip with what it really cost and what made it."""

    clip: Clip
    weights_sha256: Sha256
    seconds_elapsed: float
    peak_memory_bytes: int
    num_threads: int
    compute_dtype: str | None = None
    """In what the renderer calculated, such as "bfloat16"; another dtype gives other pixels."""
    device: str | None = None
    """On what, such as "cpu" or "cuda:1"; another gives other pixels. What a card computes, its memory counts alone."""


class RendererCard(Value):
    """What a renderer is and can do: its dialect for translators, its sizes for planners, its hash for manifests.

    `phrases` maps attribute -> value -> the words that the renderer's training captions use for it.
    """

    name: str
    weights_sha256: Sha256
    native_fps: float
    spatial_compression: int
    temporal_compression: int
    native_sizes: dict[str, tuple[int, int]]
    """Aspect ("16:9", "9:16", "1:1") -> (width, height) in pixels."""
    max_num_frames: int
    phrases: dict[str, dict[str, str]]
    num_threads: int
    compute_dtype: str | None = None
    """As a take's; None where a renderer does not know it beforehand."""
    device: str | None = None
    """As a take's."""
    text_encoder_sha256: Sha256 | None = None
    voice: str | None = None
    """Who speaks the narration."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Package -> version, of everything whose code decides the bytes of pictures and sound."""
    limits: tuple[str, ...] = ()
    """What the model is known not to do, one line each."""

    @model_validator(mode="after")
    def _can_render_its_own_sizes(self) -> Self:
        """Sizes are multiples of the compression, and the longest clip is one frame more than one."""
        bent = [
            f"{w}x{h}"
            for w, h in self.native_sizes.values()
            if w % self.spatial_compression or h % self.spatial_compression
        ]
        if bent:
            raise ValueError(f"{self.name}: {', '.join(bent)} are no multiples of {self.spatial_compression} pixels")
        if (self.max_num_frames - 1) % self.temporal_compression:
            raise ValueError(f"{self.name}: {self.max_num_frames} frames are not {self.temporal_compression}k+1")
        return self


class RenderSpeed(Value):
    """What a render needs on this machine, measured on it: the coefficients of its price.

    seconds = seconds_fixed + tokens * (seconds_per_token_step * passes + seconds_per_token_codec)
    peak memory = memory_fixed_bytes + tokens * memory_per_token_bytes
    """

    weights_sha256: Sha256
    num_threads: int
    seconds_fixed: float
    seconds_per_token_step: float
    seconds_per_token_codec: float
    seconds_load: float
    memory_fixed_bytes: int
    memory_per_token_bytes: float


class FilmSpeed(Value):
    """What the work on the whole film needs on this machine, measured on it, by the second of what is worked on."""

    seconds_per_film_second: float
    """Assembly of one second of finished film: interpolation, upscaling, encoding, sound."""
    seconds_per_animatic_second: float
    """The same for the small film of drawn clips."""
    seconds_per_measured_film_second: float
    seconds_per_measured_take_second: float
    seconds_to_load_voice: float
    seconds_per_spoken_character: float


class Calibration(RenderSpeed):
    """What this machine needs: everything that a quote is computed from."""

    film: FilmSpeed
    peak_memory_bytes: int
    """The most that rendering the largest measured clip, or working on a film, has taken."""
