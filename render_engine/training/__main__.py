"""The trainers' command line: `python -m render_engine.training COMMAND --help`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from render_engine.api.values import RenderError
from render_engine.training import (
    critic,
    decode_clips,
    distil,
    draw,
    export,
    export_critic,
    export_reader,
    frame_pairs,
    latent_pairs,
    latent_upsampler,
    latent_upsampler_export,
    latents,
    pixel_upscaler,
    pixel_upscaler_export,
    reader,
    release,
    samples,
    transformer,
    travel,
    vae,
)

Subparsers = argparse._SubParsersAction  # noqa: SLF001 - argparse names its return type no other way

REGISTER: tuple[Callable[["Subparsers[argparse.ArgumentParser]"], None], ...] = (
    draw.register,
    vae.register,
    export.register,
    latent_pairs.register,
    latent_upsampler.register,
    latent_upsampler_export.register,
    latents.register,
    frame_pairs.register,
    pixel_upscaler.register,
    pixel_upscaler_export.register,
    transformer.register,
    distil.register,
    travel.register,
    decode_clips.register,
    critic.register,
    export_critic.register,
    reader.register,
    export_reader.register,
    release.register,
    samples.register,
)
"""Each adds one command and sets `run`, a function of the parsed arguments, as its default."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a `RenderError` is one line on stderr and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m render_engine.training", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for register in REGISTER:
        register(subparsers)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except RenderError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
