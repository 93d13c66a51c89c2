"""The critic's video-text model: what a clip shows, what words say, and how well the two agree.

It is trained on the drawn world alone, and never used as the generator's loss.
Shape letters: B clips, F frames, H and W rows and columns, D width of the features, T texts, A attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES
from render_engine.api.values import RenderError, Value
from render_engine.critic.caption_match import CaptionMatch, Match
from render_engine.critic.text_tower import Heard, TextTower, TextTowerConfig
from render_engine.critic.video_tower import Seen, VideoTower, VideoTowerConfig
from render_engine.models.text_encoder import MiniLMEncoder

MAX_WINDOWS = 4


class VideoTextConfig(Value):
    """What makes a video-text model: its two towers."""

    video: VideoTowerConfig = VideoTowerConfig()
    text: TextTowerConfig = TextTowerConfig()

    @model_validator(mode="after")
    def _knows_this_world(self) -> "VideoTextConfig":
        if self.video.attributes != ATTRIBUTES or self.text.attributes != ATTRIBUTES:
            raise ValueError("its vocabulary is not this version's; train it again")
        return self


class VideoTextModel(nn.Module):
    """Both towers, the match, and a temperature of each attribute's video logits."""

    def __init__(self, config: VideoTextConfig) -> None:
        super().__init__()
        self.config = config
        self.video = VideoTower(config.video)
        self.text = TextTower(config.text)
        self.match = CaptionMatch(len(config.video.attributes))
        self.register_buffer("temperature_A", torch.ones(len(config.video.attributes)))

    def look(self, frames_BF3HW: Tensor) -> Seen:
        """See clips, already at the tower's count and size; logits at their temperatures."""
        seen: Seen = self.video(frames_BF3HW)
        temperatures = self.get_buffer("temperature_A").float()
        cooled = {name: logits / temperatures[index] for index, (name, logits) in enumerate(seen.logits.items())}
        return seen._replace(logits=cooled)

    def compare(self, seen: dict[str, Tensor], heard: Heard) -> Match:
        """How well text n fits clip n."""
        match: Match = self.match(seen, heard)
        return match


@dataclass(frozen=True)
class Sight:
    """What a clip shows: features (D,) and, for each attribute, the logits of its values, calibrated."""

    features_D: Tensor
    logits: dict[str, Tensor]

    def probabilities(self, attribute: str) -> dict[str, float]:
        """Each value of an attribute with how likely the clip shows it."""
        shares = self.logits[attribute].softmax(-1).tolist()
        return dict(zip(ATTRIBUTES[attribute], shares, strict=True))

    def values(self) -> dict[str, str]:
        """The likeliest value of every attribute."""
        return {name: ATTRIBUTES[name][int(logits.argmax())] for name, logits in self.logits.items()}


@dataclass(frozen=True)
class CaptionJudgement:
    """How well words fit a clip.

    Attributes:
        match: the calibrated probability that nothing said is wrong, against that one attribute is.
        logit: the same as log odds.
        said: the attributes that the words name, with the value that they mean.
        agreement: for each of them, how likely the clip shows what is said.
        disagrees: the attribute that is likeliest wrong, when the match is less likely than not; else None.
    """

    match: float
    logit: float
    said: dict[str, str]
    agreement: dict[str, float]
    disagrees: str | None


class VideoTextCritic:
    """Judges clips of any size and rate by any words; made of a trained model and the sentence encoder."""

    def __init__(self, model: VideoTextModel, encoder: MiniLMEncoder) -> None:
        self.model, self._encoder = model.eval(), encoder
        self._device = next(model.parameters()).device

    @torch.no_grad()
    def look(self, frames_FHW3: Tensor, fps: float) -> Sight:
        """See a clip.

        Args:
            frames_FHW3: uint8.
            fps: frames a second; a clip longer than the model's stretch is seen in up to 4, and their logits averaged.

        Raises:
            RenderError: the clip has no frame.
        """
        frames_BF3HW = _windows(frames_FHW3, fps, self.model.config.video).to(self._device)
        seen = self.model.look(frames_BF3HW)
        logits = {name: values.log_softmax(-1).mean(0).cpu() for name, values in seen.logits.items()}
        return Sight(seen.features_BD.mean(0).cpu(), logits)

    @torch.no_grad()
    def listen(self, texts: Sequence[str]) -> Heard:
        """What texts say of each attribute."""
        embeds_BLE, mask_BL = self._encoder.encode(texts)
        heard: Heard = self.model.text(embeds_BLE.to(self._device), mask_BL.to(self._device))
        return Heard({name: logits.cpu() for name, logits in heard.logits.items()})

    @torch.no_grad()
    def judge(self, sight: Sight, words: str) -> CaptionJudgement:
        """How well words fit what was seen."""
        heard = self.listen([words])
        seen = {name: logits[None].to(self._device) for name, logits in sight.logits.items()}
        match = self.model.compare(seen, Heard({name: x.to(self._device) for name, x in heard.logits.items()}))
        return _judgement(match, heard)

    @torch.no_grad()
    def match_logits(self, sights: Sequence[Sight], texts: Sequence[str]) -> Tensor:
        """The logit of every clip with every text (B, T), for retrieval."""
        heard = self.listen(texts)
        heard = Heard({name: logits.to(self._device) for name, logits in heard.logits.items()})
        rows = []
        for sight in sights:
            seen = {name: x.expand(len(texts), -1).to(self._device) for name, x in sight.logits.items()}
            rows.append(self.model.compare(seen, heard).logit_N.cpu())
        return torch.stack(rows)


def _judgement(match: Match, heard: Heard) -> CaptionJudgement:
    names = list(heard.logits)
    said = {
        name: ATTRIBUTES[name][int(logits[0, :-1].argmax())]
        for name, logits in heard.logits.items()
        if int(logits[0].argmax()) < logits.shape[1] - 1
    }
    agreement = {name: float(match.agreement_NA[0, names.index(name)].sigmoid()) for name in said}
    logit = float(match.logit_N[0])
    worst = min(agreement, key=agreement.__getitem__) if agreement and logit < 0 else None
    return CaptionJudgement(float(match.logit_N[0].sigmoid()), logit, said, agreement, worst)


def _windows(frames_FHW3: Tensor, fps: float, config: VideoTowerConfig) -> Tensor:
    """Stretches of a clip at the tower's count and size: (windows, F, 3, H, W) in [-1, 1]."""
    num_frames = len(frames_FHW3)
    if num_frames == 0:
        raise RenderError("the clip has no frame; give the critic at least one")
    length = config.window_seconds * fps
    num_windows = min(MAX_WINDOWS, max(1, round((num_frames - 1) / length)))
    starts = torch.linspace(0, max(0.0, num_frames - 1 - length), num_windows)
    spread = torch.linspace(0, min(length, num_frames - 1), config.num_frames)
    chosen = (starts[:, None] + spread).round().long()
    return torch.unflatten(prepare(frames_FHW3[chosen.flatten()], config), 0, chosen.shape)


def prepare(frames_NHW3: Tensor, config: VideoTowerConfig) -> Tensor:
    """Frames stretched to the tower's size: uint8 (N, H, W, 3) to (N, 3, H, W) in [-1, 1]."""
    size = (config.frame_height, config.frame_width)
    pictures_N3HW = F.interpolate(frames_NHW3.movedim(-1, 1), size, mode="bilinear", antialias=True)
    return pictures_N3HW.float() / 127.5 - 1
