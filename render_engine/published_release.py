"""Published weights of the LTX family as a release: the files in one folder, told apart by their headers.

The folder holds a single-file checkpoint (or `transformer/` and `vae/` as diffusers writes them), `text_encoder/` and
`tokenizer/`, and for two stages a latent upsampler.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from render_engine.api.values import RenderError
from render_engine.checkpoints.header import read_header
from render_engine.checkpoints.identify import Part, identify, is_known
from render_engine.checkpoints.safetensors_files import file_sha256
from render_engine.checkpoints.text_encoder_files import load_t5_encoder
from render_engine.checkpoints.transformer_files import load_transformer
from render_engine.checkpoints.upsampler_files import load_upsampler
from render_engine.checkpoints.vae_files import load_vae
from render_engine.library.inspect import inspect
from render_engine.models.transformer_config import TransformerConfig
from render_engine.pipelines.families import (
    LTX_2,
    LTX_2_3,
    LTX_2_5,
    LTX_VIDEO,
    LTX_VIDEO_0_9_6_DISTILLED,
    LTX_VIDEO_13B,
    LTX_VIDEO_FIRST,
    Family,
)
from render_engine.pipelines.parts import Parts
from render_engine.releases import ReleaseCard

FOLDERS: dict[str, Part] = {
    "transformer": "transformer",
    "vae": "vae",
    "latent_upsampler": "upsampler",
    "spatial_upsampler": "upsampler",
}
"""The folders of one model each, as diffusers writes them."""
TEXT_ENCODER = "text_encoder"
_SIZES = {"16:9": (1216, 704), "9:16": (704, 1216), "1:1": (768, 768)}
_DEEP = 48


@dataclass(frozen=True)
class PublishedRelease:
    """One model's files; `find` makes it."""

    transformer: Path
    vae: Path
    text_encoder: Path
    upsampler: Path | None = None
    text_encoder_sha256: None = None

    @classmethod
    def find(cls, path: Path) -> "PublishedRelease":
        """The files of a model: its checkpoint, or the folder that holds it.

        Raises:
            RenderError: a part is missing, or there are two of it.
        """
        folder = path if path.is_dir() else path.parent
        found = _find_parts(folder, None if path.is_dir() else path)
        return cls(
            transformer=_the_one(found, "transformer", folder),
            vae=_the_one(found, "vae", folder),
            text_encoder=_text_encoder_of(folder),
            upsampler=_the_one(found, "upsampler", folder) if "upsampler" in found else None,
        )

    @cached_property
    def card(self) -> ReleaseCard:
        """What the files say of themselves, with their hashes.

        Raises:
            RenderError: a folder has lost its weights.
        """
        models = sorted({self.transformer, self.vae, *([self.upsampler] if self.upsampler else [])})
        report = inspect(self.transformer)[0]
        return ReleaseCard(
            name="LTX-2" if report.family == "ltx-2" else "LTX-Video",
            version=report.version,
            files={name: file_sha256(file) for model in models for name, file in _files_of(model).items()},
            native_fps=24.0 if report.family == "ltx-2" else 30.0,
            native_sizes=_SIZES,
            max_num_frames=257,
            limits=("Published weights: what they can and cannot do is told where they are published.",),
        )

    def phrases(self) -> dict[str, dict[str, str]]:
        """Any words will do."""
        return {}

    def find_enlarger(self, device: torch.device, dtype: torch.dtype) -> None:
        """Published models come without a pixel upscaler."""

    def load(self, device: torch.device, dtype: torch.dtype) -> Parts:
        """Read the networks; prompts are read on the CPU, where a text encoder of ten gigabytes finds room."""
        transformer = load_transformer(self.transformer, dtype=dtype).to(device)
        family = family_of(transformer.config, self.transformer.name)
        if family.style is LTX_2.style:
            raise RenderError(f"{self.transformer}: LTX-2 is read by Gemma, which is not built yet; choose LTX-Video")
        vae = load_vae(self.vae, dtype=torch.float32 if device.type == "cpu" else dtype).to(device)
        upsampler = load_upsampler(self.upsampler).to(device) if self.upsampler else None
        return Parts(transformer, vae, load_t5_encoder(self.text_encoder, dtype), upsampler, family)


def family_of(config: TransformerConfig, file_name: str = "") -> Family:
    """The ways of the version that a transformer is of; only its name tells the one that steps stochastically."""
    if config.position_anchor == "middle":
        if config.keyframes_abs_pos_embedding:
            return LTX_2_5
        return LTX_2_3 if config.gated_attention else LTX_2
    if config.num_layers >= _DEEP:
        return LTX_VIDEO_13B
    if not config.causal_temporal_positioning:
        return LTX_VIDEO_FIRST
    return LTX_VIDEO_0_9_6_DISTILLED if "0.9.6-distilled" in file_name else LTX_VIDEO


def is_published(path: Path) -> bool:
    """Whether a path looks like published weights at all."""
    return path.is_file() or (path / "transformer").is_dir() or any(path.glob("*.safetensors"))


def _find_parts(folder: Path, chosen: Path | None) -> dict[Part, list[Path]]:
    """By part: the files that hold it; where one was chosen, its parts are its own and strangers are left out."""
    found: dict[Part, list[Path]] = {}
    own = identify(read_header(chosen)).parts if chosen else frozenset[Part]()
    for part in own:
        found[part] = [chosen] if chosen else []
    for file in sorted(path for path in folder.glob("*.safetensors") if path.is_file()):
        header = read_header(file)
        if chosen is None or is_known(header):
            for part in identify(header).parts - own:
                found.setdefault(part, []).append(file)
    for name, part in FOLDERS.items():
        if (folder / name).is_dir() and part not in own:
            found.setdefault(part, []).append(folder / name)
    return found


def _the_one(found: dict[Part, list[Path]], part: Part, folder: Path) -> Path:
    paths = found.get(part, [])
    if len(paths) == 1:
        return paths[0]
    if not paths:
        raise RenderError(f"{folder}: holds no {part}; put the file of that model there")
    names = ", ".join(path.name for path in paths)
    raise RenderError(f"{folder}: holds more than one {part} ({names}); name the file, or leave one of them there")


def _text_encoder_of(folder: Path) -> Path:
    if not (folder / TEXT_ENCODER).is_dir():
        raise RenderError(f"{folder}: has no {TEXT_ENCODER} folder; put T5's there, and its tokenizer folder")
    return folder


def _files_of(model: Path) -> dict[str, Path]:
    """What decides a model's numbers, by name: its file, or its folder's weights and config."""
    if model.is_file():
        return {model.name: model}
    files = [*sorted(model.glob("*.safetensors")), *model.glob("config.json")]
    return {f"{model.name}/{file.name}": file for file in files}
