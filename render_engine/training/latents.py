"""Encoded clips on disk: what the transformer trains on, with their animatics, single frames, captions and subjects.

A folder holds, for each shard, `latents-SEED.npy` and `boards-SEED.npy` (N, C, F, H, W) float16, the clips and their
animatics; `stills-SEED.npy` (N, C, S, H, W) float16, single frames of the clips as pictures; `coverage-SEED.npy`
(N, F, H, W) uint8; and `latents-SEED.jsonl`, the records. Shards may differ in size; a batch has clips of one size.
Shape letters: B batch, C latent channels, F latent frames, S stills, H and W latent rows and columns.
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import write_atomically
from render_engine.checkpoints.vae_files import load_vae
from render_engine.frames import to_model_frames
from render_engine.models.vae import VideoVAE
from render_engine.training.clips import ClipRecord, ClipShards
from render_engine.training.draw import MASK_CELL
from render_engine.training.run_log import RunLog
from render_engine.world import draw_board

CLIPS_A_SHARD = 256
STILL_LATENTS = (2, 6, 12)
"""Latent frames whose last frame is also encoded alone, as a picture: where a clip may be cut to end on it."""


class LatentBatch(NamedTuple):
    """Clips of one size, cut to the same length.

    Normalised latents of the clips and of their animatics, the last frame as a picture where it was encoded (else
    None), the share of each token that the subject covers, and the records.
    """

    latents_BCFHW: Tensor
    boards_BCFHW: Tensor
    still_BC1HW: Tensor | None
    coverage_BFHW: Tensor
    records: tuple[ClipRecord, ...]


class LatentShards:
    """Reads folders of shards through memory maps and draws batches from them."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.rglob("latents-*.npy"))
        if not paths:
            raise RenderError(f"{folder}: no latents; make some with `python -m render_engine.training encode`")
        self._latents = [np.load(path, mmap_mode="r") for path in paths]
        self._boards, self._stills, self._coverage = (
            [np.load(_beside(path, kind), mmap_mode="r") for path in paths] for kind in ("boards", "stills", "coverage")
        )
        self._records = [_read_records(path.with_suffix(".jsonl")) for path in paths]
        self._num_clips = np.array([len(latents) for latents in self._latents])

    def __len__(self) -> int:
        return int(self._num_clips.sum())

    @property
    def channels(self) -> int:
        """Latent channels."""
        return int(self._latents[0].shape[1])

    def batch(self, generator: np.random.Generator, num_frames: int, max_tokens: int) -> LatentBatch:
        """Random clips of one shard, their first `num_frames` latent frames, of at most `max_tokens` in all."""
        shard = int(generator.choice(len(self._latents), p=self._num_clips / self._num_clips.sum()))
        frames, height, width = (int(size) for size in self._latents[shard].shape[2:])
        num_frames = min(num_frames, frames)
        size = max(1, max_tokens // (num_frames * height * width))
        rows = generator.choice(len(self._latents[shard]), size=min(size, len(self._latents[shard])), replace=False)
        return self._read(shard, sorted(int(row) for row in rows), num_frames)

    def first(self, count: int) -> list[LatentBatch]:
        """The first `count` clips, one a batch, spread over the shards; always the same."""
        shards = range(len(self._latents))
        places = [(shard, row) for row in range(int(self._num_clips.max())) for shard in shards]
        whole = [(shard, row) for shard, row in places if row < self._num_clips[shard]]
        return [self._read(shard, [row], self._latents[shard].shape[2]) for shard, row in whole[:count]]

    def deviation(self, count: int) -> Tensor:
        """The root mean square of each channel over the first `count` clips: (C,)."""
        squares_C = torch.stack([batch.latents_BCFHW.square().mean((0, 2, 3, 4)) for batch in self.first(count)])
        return squares_C.mean(0).sqrt()

    def _read(self, shard: int, rows: Sequence[int], num_frames: int) -> LatentBatch:
        latents, boards = (_floats(of[shard][rows, :, :num_frames]) for of in (self._latents, self._boards))
        coverage = _floats(self._coverage[shard][rows, :num_frames]) / 255
        still = None
        if num_frames - 1 in STILL_LATENTS[: self._stills[shard].shape[2]]:
            still = _floats(self._stills[shard][rows, :, STILL_LATENTS.index(num_frames - 1)])[:, :, None]
        return LatentBatch(latents, boards, still, coverage, tuple(self._records[shard][row] for row in rows))


@torch.no_grad()
def encode_clips(vae: VideoVAE, clips: ClipShards, out: Path, log: RunLog) -> None:
    """Encode a folder of clips into `out`; shards that are there already are kept.

    Raises:
        RenderError: the autoencoder's latent voxels are no cells of the drawn coverage.
    """
    if vae.spatial_compression != MASK_CELL:
        raise RenderError(f"clips know their subject by cells of {MASK_CELL} pixels, not {vae.spatial_compression}")
    for start in range(0, len(clips), CLIPS_A_SHARD):
        rows = range(start, min(start + CLIPS_A_SHARD, len(clips)))
        records = [clips.records[row] for row in rows]
        path = out / f"latents-{records[0].seed:09d}.npy"
        if path.exists():
            continue
        latents = [vae.encode(clips.frames(row)).half() for row in rows]
        _save(_beside(path, "stills"), torch.cat([_stills_of(vae, clips.frames(row)) for row in rows]))
        _save(_beside(path, "boards"), torch.cat([_board_of(vae, clips, record) for record in records]))
        coverage = [token_coverage(clips.coverage(row), vae.temporal_compression) for row in rows]
        lines = "".join(record.model_dump_json() + "\n" for record in records)
        write_atomically(path.with_suffix(".jsonl"), lines.encode())
        _save(_beside(path, "coverage"), torch.stack(coverage))
        _save(path, torch.cat(latents))  # last, so that a shard there is a whole one
        log.write(event="encoded", clips=rows[-1] + 1, of=len(clips))


def _stills_of(vae: VideoVAE, frames_BCFHW: Tensor) -> Tensor:
    """The last frames of those `STILL_LATENTS` that a clip has, each encoded alone: (1, C, S, H, W) float16."""
    places = [latent * vae.temporal_compression for latent in STILL_LATENTS]
    kept = [place for place in places if place < frames_BCFHW.shape[2]]
    if not kept:
        _, _, _, height, width = frames_BCFHW.shape
        cell = vae.spatial_compression
        return torch.zeros(1, vae.config.latent_channels, 0, height // cell, width // cell).half()
    return torch.cat([vae.encode(frames_BCFHW[:, :, place : place + 1]) for place in kept], 2).half()


def _board_of(vae: VideoVAE, clips: ClipShards, record: ClipRecord) -> Tensor:
    """A clip's animatic, drawn as a render is guided by it, encoded: (1, C, F, H, W) float16."""
    board = draw_board(record.scene, clips.width, clips.height, clips.num_frames, record.fps)
    return vae.encode(to_model_frames(board[None]).to(next(vae.buffers()).device)).half()


def token_coverage(coverage_FHW: Tensor, temporal_compression: int) -> Tensor:
    """From the subject's share of each cell of each frame to that of each latent voxel, both uint8 of 255."""
    first = coverage_FHW[:1].expand(temporal_compression - 1, -1, -1)  # the first latent frame holds one frame
    grouped: Tensor = torch.unflatten(torch.cat([first, coverage_FHW]).float(), 0, (-1, temporal_compression))
    return grouped.mean(1).round().to(torch.uint8)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `encode`."""
    parser = subparsers.add_parser("encode", help="encode drawn clips with a trained autoencoder", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's release file")
    parser.add_argument("--data", type=Path, required=True, help="a folder of drawn clips of one size")
    parser.add_argument("--out", type=Path, required=True, help="the folder of latents")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Encode as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    vae = load_vae(options.vae).to(options.device)
    encode_clips(vae, ClipShards(options.data), options.out, RunLog(options.out))


def _beside(path: Path, kind: str) -> Path:
    return path.with_name(path.name.replace("latents-", f"{kind}-"))


def _floats(array: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(array)).float()


def _save(path: Path, tensor: Tensor) -> None:
    buffer = io.BytesIO()
    np.save(buffer, tensor.cpu().numpy())
    write_atomically(path, buffer.getvalue())


def _read_records(path: Path) -> list[ClipRecord]:
    return [ClipRecord.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]
