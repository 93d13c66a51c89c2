"""Turns a training run into the released autoencoder: moving average, latent statistics, fp16, measured as written."""

import argparse
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from render_engine.checkpoints.safetensors_files import file_sha256, load_into
from render_engine.checkpoints.vae_files import load_vae, read_config, save_vae
from render_engine.models.vae import VideoVAE
from render_engine.training.clips import ClipShards
from render_engine.training.run_log import RunLog
from render_engine.training.train_state import average_of
from render_engine.training.vae import CHECK_NOISE, KEPT_SPECTRUM, STATE_FILE, mean_psnr

RELEASE_FILE = "vae.safetensors"


@torch.no_grad()
def set_latent_statistics(vae: VideoVAE, clips: Iterable[Tensor], kept_spectrum: float = KEPT_SPECTRUM) -> None:
    """Measure each latent channel's mean and deviation over clips (1, 3, F, H, W), so that `encode` normalises.

    The mean square over channels becomes 1. With a linear codec, each channel keeps a deviation by its `spectrum`.
    """
    count, total_C, square_C = 0, torch.zeros(()), torch.zeros(())
    device = next(vae.parameters()).device
    for frames in clips:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            raw_CN = vae.encode_raw(frames.to(device)).movedim(1, 0).flatten(1).double().cpu()
        total_C = total_C + raw_CN.sum(1)
        square_C = square_C + raw_CN.square().sum(1)
        count += raw_CN.shape[1]
    mean_C = total_C / count
    std_C = (square_C / count - mean_C.square()).clamp(min=1e-8).sqrt()
    if vae.linear_codec is not None:
        std_C = std_C / vae.linear_codec.spectrum(kept_spectrum).double().cpu()
    vae.per_channel_statistics.set(mean_C.float(), std_C.float())


def export_vae(run: Path, data: Path, path: Path, num_clips: int) -> None:
    """Write the release file and log what it scores when read back.

    Raises:
        RenderError: when the run or the clips are missing or damaged.
    """
    notes, average = average_of(run / STATE_FILE)
    vae = VideoVAE(read_config(notes, run / STATE_FILE)).eval()
    load_into(vae, average, run / STATE_FILE)
    set_latent_statistics(vae, ClipShards(data / "train").spread(num_clips))
    training = {"step": notes["step"], "minutes": round(notes["seconds_trained"] / 60, 1)}
    save_vae(path, vae, torch.float16, {"training": training})
    held_out = ClipShards(data / "held_out")
    released = load_vae(path)
    RunLog(run).write(
        event="export",
        step=notes["step"],
        psnr=mean_psnr(released, held_out.spread(len(held_out))),
        psnr_linear=mean_psnr(released, held_out.spread(len(held_out)), linear=True),
        psnr_noised=mean_psnr(released, held_out.spread(len(held_out)), sigma=CHECK_NOISE),
        bytes=path.stat().st_size,
        sha256=file_sha256(path),
    )


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `export-vae`."""
    parser = subparsers.add_parser("export-vae", help="write the released autoencoder of a run", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, dest="run_folder", help="the run's folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and held_out/ clips")
    parser.add_argument("--out", type=Path, required=True, help=f"folder that gets {RELEASE_FILE}")
    parser.add_argument("--clips", type=int, default=300, help="training clips for the latent statistics")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Export as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    export_vae(options.run_folder, options.data, options.out / RELEASE_FILE, options.clips)
