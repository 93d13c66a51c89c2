"""What is measured of one clip, kept as one line of numbers and words; scores are made of many."""

from pydantic import Field
from torch import Tensor

from render_engine.api.values import Value
from render_engine.evaluation.codec import border_steps, edge_error
from render_engine.evaluation.fidelity import flicker, psnr_db, ssim
from render_engine.evaluation.judges import Judges
from render_engine.evaluation.motion import motion_error
from render_engine.evaluation.prompts import Truth
from render_engine.evaluation.rendering import Maker, Way

WATCHED = (Way.DRAWN, Way.TEXT, Way.GUIDED)
"""The ways whose motion is compared, and which the critic looks at."""
_DIGITS = 5


class Measured(Value):
    """One clip's measures.

    Attributes:
        way: how it was made.
        index: of its prompt.
        judged_by: the key of the judges.
        read: attribute -> value, by the reader.
        features: the critic's, of the whole clip.
        logits: attribute -> log probabilities of its values, by the critic.
        numbers: by name; what they mean stands where they are measured.
    """

    way: Way
    index: int
    judged_by: str
    read: dict[str, str] = Field(default_factory=dict)
    features: tuple[float, ...] = ()
    logits: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    numbers: dict[str, float] = Field(default_factory=dict)


class Meter:
    """Measures clips against what is drawn of their prompts."""

    def __init__(self, judges: Judges, maker: Maker) -> None:
        self._judges, self._maker = judges, maker

    def measure(self, way: Way, frames_FHW3: Tensor, truth: Truth, guided_FHW3: Tensor | None) -> Measured:
        """Measure one clip, uint8; a distilled one also against the guided clip of its prompt."""
        fps, numbers = self._maker.size.fps, self._numbers_of(way, frames_FHW3, truth)
        if guided_FHW3 is not None:
            numbers |= {"psnr": psnr_db(frames_FHW3, guided_FHW3), "ssim": ssim(frames_FHW3, guided_FHW3)}
        measured = Measured(
            way=way,
            index=truth.prompt.index,
            judged_by=self._judges.key,
            numbers={name: round(value, _DIGITS) for name, value in numbers.items()},
        )
        if self._judges.reader is not None:
            readings = self._judges.reader.read(frames_FHW3, fps)
            measured = measured.model_copy(update={"read": {name: each.value for name, each in readings.items()}})
        if self._judges.critic is None or way not in WATCHED:
            return measured
        sight = self._judges.critic.look(frames_FHW3, fps)
        logits = {name: _rounded(values) for name, values in sight.logits.items()}
        return measured.model_copy(update={"features": _rounded(sight.features_D), "logits": logits})

    def _numbers_of(self, way: Way, frames_FHW3: Tensor, truth: Truth) -> dict[str, float]:
        steps = border_steps(frames_FHW3, self._maker.parts.compression.spatial)
        numbers = {"flicker": flicker(frames_FHW3), **steps._asdict()}
        match way:
            case Way.CODEC:
                return numbers | self._codec_numbers(frames_FHW3, truth.drawn)
            case Way.PICTURES:
                return numbers | self._picture_numbers(frames_FHW3, truth.drawn)
            case Way.DRAWN | Way.TEXT | Way.GUIDED:
                error = motion_error(frames_FHW3, truth.known)._asdict()
                return numbers | {name: value for name, value in error.items() if value is not None}
            case _:
                return numbers

    def _codec_numbers(self, frames_FHW3: Tensor, drawn_FHW3: Tensor) -> dict[str, float]:
        """How far the autoencoder is from the drawing, and its linear codec alone."""
        numbers = {
            "psnr": psnr_db(frames_FHW3, drawn_FHW3),
            "ssim": ssim(frames_FHW3, drawn_FHW3),
            "edge_error": edge_error(frames_FHW3, drawn_FHW3),
        }
        linear_FHW3 = self._maker.through_linear_codec(drawn_FHW3)
        if linear_FHW3 is None:
            return numbers
        return numbers | {
            "psnr_linear": psnr_db(linear_FHW3, drawn_FHW3),
            "edge_error_linear": edge_error(linear_FHW3, drawn_FHW3),
        }

    def _picture_numbers(self, frames_FHW3: Tensor, drawn_FHW3: Tensor) -> dict[str, float]:
        """How far the shown first and last frames are from those given, and the autoencoder's own."""
        numbers = {}
        for name, place in (("first", slice(0, 1)), ("last", slice(len(drawn_FHW3) - 1, None))):
            given_1HW3 = drawn_FHW3[place]
            numbers[name] = psnr_db(frames_FHW3[place], given_1HW3)
            numbers[f"{name}_ceiling"] = psnr_db(self._maker.through_codec(given_1HW3), given_1HW3)
        return numbers


def _rounded(values: Tensor) -> tuple[float, ...]:
    return tuple(round(value, _DIGITS) for value in values.tolist())
