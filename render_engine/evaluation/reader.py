"""The independent attribute reader: what a clip shows, told by a network of its own kind, for evaluation alone.

It shares neither architecture, seeds nor code with the critic, and no model of the project is trained with it.
Shape letters: B stretches of a clip, F frames, H and W rows and columns.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from render_engine.api.values import RenderError
from render_engine.checkpoints.reader_files import load_reader
from render_engine.evaluation.reader_networks import ReaderConfig, ReaderNetwork, Views

MAX_STRETCHES = 4


class Reading(NamedTuple):
    """One attribute as it was read."""

    value: str
    probability: float
    """How likely it is right, calibrated on held-out clips."""
    probabilities: dict[str, float]


class AttributeReader:
    """Reads clips of any size and rate."""

    def __init__(self, network: ReaderNetwork) -> None:
        self._network = network.eval()
        self._device = next(network.parameters()).device

    @classmethod
    def load(cls, path: Path, expected_sha256: str | None = None, device: str = "cpu") -> "AttributeReader":
        """Read the network's file.

        Raises:
            RenderError: when the file is not whole, not expected, or no reader of this version's vocabulary.
        """
        return cls(load_reader(path, expected_sha256).to(device))

    @torch.no_grad()
    def read(self, frames_FHW3: Tensor, fps: float) -> dict[str, Reading]:
        """What a clip shows: every attribute that is read.

        Args:
            frames_FHW3: uint8.
            fps: frames a second; of a longer clip, up to 4 stretches are read, and their beliefs averaged.

        Raises:
            RenderError: the clip has no frame.
        """
        views = self._stretches(frames_FHW3, fps)
        logits = self._network.cooled(self._network(views.to(self._device)).logits)
        values = self._network.config.values
        return {name: _reading(values[name], beliefs.softmax(-1).mean(0)) for name, beliefs in logits.items()}

    def _stretches(self, frames_FHW3: Tensor, fps: float) -> Views:
        config, count = self._network.config, len(frames_FHW3)
        if not count:
            raise RenderError("the clip has no frame; give the reader at least one")
        length = min(config.window_seconds * fps, count - 1)
        number = max(1, min(MAX_STRETCHES, round((count - 1) / (config.window_seconds * fps))))
        firsts = [(count - 1 - length) * index / max(1, number - 1) for index in range(number)]
        steps = range(config.num_frames)
        chosen = [round(first + length * step / (config.num_frames - 1)) for first in firsts for step in steps]
        return as_read(torch.unflatten(frames_FHW3[chosen], 0, (number, config.num_frames)), config)


def as_read(frames_BFHW3: Tensor, config: ReaderConfig) -> Views:
    """Frames, uint8 of any size and of the config's count, as the network takes them."""
    height, width = config.still_height, config.still_width
    stills_BSHW3 = frames_BFHW3[:, list(config.stills)]
    return Views(_scaled(stills_BSHW3, height, width), _scaled(frames_BFHW3, height // 2, width // 2))


def _scaled(frames_BFHW3: Tensor, height: int, width: int) -> Tensor:
    pictures_N3HW = frames_BFHW3.flatten(0, 1).permute(0, 3, 1, 2)
    if pictures_N3HW.shape[2:] != (height, width):
        pictures_N3HW = F.interpolate(pictures_N3HW, (height, width), mode="bilinear", antialias=True)
    return torch.unflatten(pictures_N3HW.float().div(127.5).sub(1), 0, frames_BFHW3.shape[:2])


def _reading(values: tuple[str, ...], beliefs: Tensor) -> Reading:
    best = int(beliefs.argmax())
    return Reading(values[best], float(beliefs[best]), dict(zip(values, beliefs.tolist(), strict=True)))
