"""Writes clips as an autoencoder gives them back, with their records, so that the critic and the reader see such."""

import argparse
from pathlib import Path

import torch

from render_engine.checkpoints.vae_files import load_vae
from render_engine.frames import to_pixels
from render_engine.models.vae import VideoVAE
from render_engine.training.clips import ClipShards, DrawnClip, shard_path, write_shard


@torch.no_grad()
def decode_clips(vae: VideoVAE, clips: ClipShards, out: Path, num_clips: int, per_shard: int = 32) -> None:
    """Encode and decode the first clips of a folder into another; shards that are there already are left."""
    device = next(vae.parameters()).device
    for first in range(0, min(num_clips, len(clips)), per_shard):
        if shard_path(out, clips.records[first].seed).exists():
            continue
        drawn = []
        for index in range(first, min(first + per_shard, num_clips, len(clips))):
            with torch.autocast(device.type, dtype=torch.bfloat16):
                decoded = vae.decode_raw(vae.encode_raw(clips.frames(index).to(device)))
            frames = torch.stack([torch.from_numpy(frame) for frame in to_pixels(decoded[0])])
            drawn.append(DrawnClip(frames, clips.coverage(index), clips.records[index]))
        write_shard(out, drawn)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `decode-clips`."""
    parser = subparsers.add_parser("decode-clips", help="pass clips through an autoencoder", description=__doc__)
    parser.add_argument("--vae", type=Path, required=True, help="an exported autoencoder")
    parser.add_argument("--data", type=Path, required=True, help="a folder of clips")
    parser.add_argument("--out", type=Path, required=True, help="folder of the decoded clips, such as train_decoded")
    parser.add_argument("--count", type=int, default=600, help="clips at most")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.set_defaults(run=run_command)


def run_command(options: argparse.Namespace) -> None:
    """Decode as the options say."""
    if options.threads:
        torch.set_num_threads(options.threads)
    decode_clips(load_vae(options.vae).to(options.device), ClipShards(options.data), options.out, options.count)
