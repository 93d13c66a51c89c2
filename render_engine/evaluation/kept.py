"""What an evaluation keeps on disk, clip by clip, so that one that was interrupted goes on where it was.

A folder holds `order.json`, what the clips were rendered by and how; `clips/WAY/NUMBER.png`, a clip's frames one below
the other; and `measures.jsonl`, a line a clip.
"""

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from pydantic import ValidationError
from torch import Tensor

from render_engine.api.values import RenderError, Value
from render_engine.checkpoints.safetensors_files import write_atomically
from render_engine.evaluation.measuring import Measured
from render_engine.evaluation.rendering import RenderSettings, Way

ORDER_FILE, MEASURES_FILE, CLIPS_FOLDER = "order.json", "measures.jsonl", "clips"


class Order(Value):
    """What decides an evaluation's clips: another of these is another evaluation."""

    transformer_sha256: str
    vae_sha256: str
    distilled_sha256: str | None
    world_sha256: str
    width: int
    height: int
    num_frames: int
    fps: float
    settings: RenderSettings


class Kept:
    """One evaluation's folder.

    Args:
        folder: is made where it is missing.
        order: what this evaluation's clips are rendered by.

    Raises:
        RenderError: the folder cannot be written, or holds another evaluation's clips.
    """

    def __init__(self, folder: Path, order: Order) -> None:
        self.folder, self._num_frames = folder, order.num_frames
        path = folder / ORDER_FILE
        try:
            if path.exists():
                _check_order(path, order)
                self._end_last_line()
            else:
                self.write(ORDER_FILE, f"{order.model_dump_json(indent=2)}\n".encode())
        except OSError as error:
            raise RenderError(f"--out {folder}: cannot be written ({error.strerror}); choose another folder") from error

    def write(self, name: str, payload: bytes) -> Path:
        """Write a file of the folder whole or not at all."""
        path = self.folder / name
        write_atomically(path, payload)
        return path

    def find_clip(self, way: Way, index: int) -> Tensor | None:
        """A kept clip, uint8 (F, H, W, 3); None where there is none.

        Raises:
            RenderError: it is damaged.
        """
        path = self._clip_path(way, index)
        if not path.exists():
            return None
        try:
            with Image.open(path) as picture:
                strip = np.array(picture.convert("RGB"))
        except (OSError, UnidentifiedImageError) as error:
            raise RenderError(f"{path}: a damaged clip; delete it, and it is rendered again") from error
        return torch.from_numpy(strip.reshape(self._num_frames, -1, *strip.shape[1:]))

    def keep_clip(self, way: Way, index: int, frames_FHW3: Tensor) -> None:
        """Keep a clip."""
        buffer = io.BytesIO()
        Image.fromarray(frames_FHW3.flatten(0, 1).numpy()).save(buffer, "PNG", compress_level=4)
        self.write(str(self._clip_path(way, index).relative_to(self.folder)), buffer.getvalue())

    def measures(self, judged_by: str) -> Iterator[Measured]:
        """What was measured by these judges; a line that a crash cut short is left out."""
        path = self.folder / MEASURES_FILE
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        for line in _whole(lines):
            measured = Measured.model_validate(line)
            if measured.judged_by == judged_by:
                yield measured

    def keep_measures(self, measured: Measured) -> None:
        """Append a line."""
        with (self.folder / MEASURES_FILE).open("a", encoding="utf-8") as file:
            file.write(f"{measured.model_dump_json(exclude_defaults=True)}\n")

    def _end_last_line(self) -> None:
        """Where a crash cut a line short, the next one is not to go on from it."""
        path = self.folder / MEASURES_FILE
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            with path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def _clip_path(self, way: Way, index: int) -> Path:
        return self.folder / CLIPS_FOLDER / way / f"{index:04d}.png"


def _check_order(path: Path, order: Order) -> None:
    try:
        found = Order.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise RenderError(f"{path}: not an evaluation's order; choose another --out") from error
    differing = [name for name in Order.model_fields if getattr(found, name) != getattr(order, name)]
    if differing:
        raise RenderError(f"{path.parent}: holds an evaluation of another {', '.join(differing)}; choose another --out")


def _whole(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """Lines of JSON; the one that is none was being written when the process was killed."""
    for line in lines:
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue
