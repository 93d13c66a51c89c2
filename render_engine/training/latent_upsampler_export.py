"""Turns a run into the released latent upsampler, and measures it on held-out clips against other ways to enlarge."""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from render_engine.api.values import RenderError
from render_engine.checkpoints.module_files import config_faults
from render_engine.checkpoints.pixel_upscaler_files import load_pixel_upscaler
from render_engine.checkpoints.safetensors_files import file_sha256, load_into
from render_engine.checkpoints.upsampler_files import load_upsampler, save_upsampler
from render_engine.checkpoints.vae_files import load_vae
from render_engine.frames import to_model_frames, to_pixels
from render_engine.media.upscale import Enlarger, Upscaler
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.vae import VideoVAE
from render_engine.pipelines.enlarge import FrameEnlarger
from render_engine.releases import UPSAMPLER_FILE
from render_engine.training.latent_pairs import FACTOR, LatentPair, LatentPairShards
from render_engine.training.latent_upsampler import STATE_FILE, Enlarge, bicubic, nearest, relative_error
from render_engine.training.run_log import RunLog
from render_engine.training.train_state import average_of
from render_engine.training.vae_losses import psnr
from render_engine.upsampling import upsample


@torch.no_grad()
def measure_upsampler(
    upsampler: LatentUpsampler, vae: VideoVAE, pairs: list[LatentPair], enlarger: Enlarger | None
) -> dict[str, float]:
    """Mean errors of latents and PSNR of what they decode to, for the network and three other ways.

    `nearest` and `bicubic` enlarge the latents; `pixels` decodes, enlarges the frames and encodes again. The PSNR is
    against what the true latents decode to.
    """
    ways: dict[str, Enlarge] = {
        "": lambda small: upsample(small, upsampler, vae.per_channel_statistics),
        "_nearest": nearest,
        "_bicubic": bicubic,
        "_pixels": lambda small: through_pixels(small, vae, enlarger),
    }
    found: dict[str, list[float]] = {}
    for small, large in pairs:
        truth = vae.decode(large)
        for name, enlarge in ways.items():
            output = enlarge(small)
            found.setdefault(f"error{name}", []).append(float(relative_error(output, large)))
            found.setdefault(f"psnr{name}", []).append(psnr(vae.decode(output), truth.clamp(-1, 1)))
    return {key: float(np.mean(values)) for key, values in found.items()}


def through_pixels(small_BCFHW: Tensor, vae: VideoVAE, enlarger: Enlarger | None) -> Tensor:
    """Latents of one clip, decoded, enlarged as frames, and encoded again."""
    frames = to_pixels(vae.decode(small_BCFHW)[0])
    height, width = frames[0].shape[:2]
    upscaler = Upscaler(FACTOR * width, FACTOR * height, enlarger)
    larger = np.stack([upscaler.scale(frame) for frame in frames])
    return vae.encode(to_model_frames(torch.from_numpy(larger)[None]))


def export_latent_upsampler(run: Path, pairs: Path, vae: Path, path: Path, enlarger: Enlarger | None) -> None:
    """Write the release file and log what it scores when read back.

    Raises:
        RenderError: the run, the pairs or the autoencoder is missing or damaged.
    """
    state = run / STATE_FILE
    notes, average = average_of(state)
    if "latent_upsampler" not in notes:
        raise RenderError(f"{state}: no run of the latent upsampler; choose another folder")
    with config_faults(state, "upsampler"):
        upsampler = LatentUpsampler(LatentUpsamplerConfig.model_validate(notes["latent_upsampler"]))
    load_into(upsampler, average, state)
    save_upsampler(path, upsampler, torch.float16)
    held_out = LatentPairShards(pairs)
    scores = measure_upsampler(load_upsampler(path), load_vae(vae), held_out.first(len(held_out)), enlarger)
    size, sha256 = path.stat().st_size, file_sha256(path)
    RunLog(run).write(event="export", step=notes["step"], clips=len(held_out), **scores, bytes=size, sha256=sha256)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `export-latent-upsampler`."""
    parser = subparsers.add_parser(
        "export-latent-upsampler", help="write the released latent upsampler of a run", description=__doc__
    )
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the run's folder")
    parser.add_argument("--pairs", type=Path, required=True, help="a folder of held-out latent pairs")
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder that the latents are of")
    parser.add_argument("--pixel-upscaler", type=Path, default=None, help="what enlarges frames in the comparison")
    parser.add_argument("--out", type=Path, required=True, help=f"folder that gets {UPSAMPLER_FILE}")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Export as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    weights: Path | None = options.pixel_upscaler
    enlarger = FrameEnlarger(load_pixel_upscaler(weights), file_sha256(weights)) if weights else None
    export_latent_upsampler(options.run_folder, options.pairs, options.vae, options.out / UPSAMPLER_FILE, enlarger)
