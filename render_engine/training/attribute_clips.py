"""Batches of clips with their attributes, for networks that read attributes: strided reads, mirroring, labels.

Shape letters: B clips, F frames, H and W rows and columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from render_engine.api.scene import ATTRIBUTES, SceneSpec
from render_engine.training.clips import ClipShards

_MIRRORED = {
    "camera": {"pan_left": "pan_right", "pan_right": "pan_left"},
    "action": {"move_left": "move_right", "move_right": "move_left"},
    "side": {"left": "right", "right": "left"},
}
TRAIN = "train"
"""Folders whose names begin so are trained on; every other one is held out and scored under its name."""


@dataclass(frozen=True)
class AttributeClip:
    """One clip as it is learnt from: frames uint8 (F, H, W, 3), coverage uint8 (F, rows, columns), the scene shown."""

    frames: Tensor
    coverage: Tensor
    scene: SceneSpec

    def mirrored(self) -> "AttributeClip":
        """Left and right changed, in picture and words."""
        return AttributeClip(self.frames.flip(2), self.coverage.flip(2), mirrored(self.scene))


def mirrored(scene: SceneSpec) -> SceneSpec:
    """The scene of the mirrored picture."""
    return scene.model_copy(
        update={name: swaps.get(getattr(scene, name), getattr(scene, name)) for name, swaps in _MIRRORED.items()}
    )


def labels_of(scenes: Sequence[SceneSpec], attributes: Sequence[str]) -> dict[str, Tensor]:
    """Attribute -> (B,) the index of each scene's value."""
    return {
        name: torch.tensor([ATTRIBUTES[name].index(getattr(scene, name)) for scene in scenes]) for name in attributes
    }


def attributes_loss(logits: dict[str, Tensor], scenes: Sequence[SceneSpec]) -> Tensor:
    """The mean cross entropy over attributes, labels smoothed a little: what a picture hides is not learnt by heart."""
    labels = labels_of(scenes, list(logits))
    losses = [
        F.cross_entropy(values, labels[name].to(values.device), label_smoothing=0.05) for name, values in logits.items()
    ]
    return torch.stack(losses).mean()


def train_folders(data: Path) -> list[Path]:
    """The folders of training clips; `data/train` when there is none, whose absence is then told."""
    return sorted(path for path in data.glob(f"{TRAIN}*") if path.is_dir()) or [data / TRAIN]


def held_out_folders(data: Path) -> dict[str, Path]:
    """The folders of clips that are scored, by name."""
    folders = (path for path in sorted(data.iterdir()) if path.is_dir() and not path.name.startswith(TRAIN))
    return {path.name: path for path in folders if any(path.glob("clips-*.npy"))}


class AttributeClips:
    """Clips of several folders, of which only the frames that are needed are read."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._shards = [ClipShards(folder) for folder in folders]
        self._places = [(shard, index) for shard in self._shards for index in range(len(shard))]

    def __len__(self) -> int:
        return len(self._places)

    @property
    def scenes(self) -> list[SceneSpec]:
        """Every clip's scene."""
        return [shard.records[index].scene for shard, index in self._places]

    def random(self, generator: np.random.Generator, batch: int, num_frames: int) -> list[AttributeClip]:
        """Clips at random, half of them mirrored, their frames spread over all but a few of a clip's ends."""
        chosen = generator.choice(len(self), size=batch, replace=batch > len(self))
        clips = [self._clip(int(index), num_frames, generator.integers(3, size=2)) for index in chosen]
        return [clip.mirrored() if generator.random() < 0.5 else clip for clip in clips]

    def spread(self, count: int, num_frames: int) -> Iterator[AttributeClip]:
        """`count` clips, evenly spread over the folders, always the same."""
        for number in range(min(count, len(self))):
            yield self._clip(number * len(self) // min(count, len(self)), num_frames, np.zeros(2, np.int64))

    def _clip(self, index: int, num_frames: int, cut: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> AttributeClip:
        shard, row = self._places[index]
        last = shard.num_frames - 1
        cut = np.minimum(cut, last // 12)
        chosen = np.linspace(cut[0], last - cut[1], num_frames).round().astype(int).tolist()
        return AttributeClip(shard.chosen(row, chosen), shard.coverage(row)[chosen], shard.records[row].scene)


def coverage_loss(logits_BFHW: Tensor, coverage_BFHW: Tensor) -> Tensor:
    """How far a predicted place of the subject is from its coverage as clips have it, uint8, whatever either's grid."""
    truth_BFHW = F.interpolate(coverage_BFHW.float() / 255, logits_BFHW.shape[2:], mode="area")
    return F.binary_cross_entropy_with_logits(logits_BFHW, truth_BFHW.to(logits_BFHW.device))
