"""A release in miniature with random networks: guided by drawings, with a reader and a critic."""

import numpy as np
import torch

from render_engine.checkpoints.critic_files import save_critic
from render_engine.checkpoints.lora_files import save_lora
from render_engine.checkpoints.reader_files import save_reader
from render_engine.checkpoints.safetensors_files import file_sha256
from render_engine.checkpoints.transformer_files import save_transformer
from render_engine.checkpoints.vae_files import save_vae
from render_engine.critic.video_text import VideoTextModel
from render_engine.evaluation.prompts import Size, Truth, evaluation_prompts
from render_engine.evaluation.reader_networks import ReaderNetwork
from render_engine.frames import to_model_frames
from render_engine.models.lora import LoraFactors
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.presets import TRANSFORMERS
from render_engine.releases import (
    CARD_FILE,
    CRITIC_FILE,
    DISTILLED_FILE,
    READER_FILE,
    TRANSFORMER_FILE,
    VAE_FILE,
    ReleaseCard,
)
from render_engine.training.linear_fit import fit_linear_codec
from tests.critic.tiny_critic import TINY
from tests.engine.recipe_parts import randomise
from tests.training.samples import MINI_VAE, facts
from tests.training.tiny_reader import TINY_READER

SIZE = Size(64, 48, 9, 12.0)


def write_release(folder, *, guided=True, judged=True):
    """Random networks, the codec fitted to the first prompts' drawings."""
    folder.mkdir()
    torch.manual_seed(0)
    config = TRANSFORMERS["tiny"].model_copy(update={"preconditioned": guided, "guided": guided})
    transformer = VideoTransformer(config)
    randomise(transformer)
    save_transformer(folder / TRANSFORMER_FILE, transformer, torch.float16)
    vae = VideoVAE(MINI_VAE)
    fit_linear_codec(vae.linear_codec, [drawn_frames(prompt) for prompt in evaluation_prompts(4)])
    vae.per_channel_statistics.set(torch.zeros(8), torch.ones(8))
    save_vae(folder / VAE_FILE, vae, torch.float16)
    layer = LoraFactors(0.2 * torch.randn(2, transformer.config.dim), 0.2 * torch.randn(8, 2))
    save_lora(folder / DISTILLED_FILE, {"proj_out": layer}, torch.float16)
    names = [TRANSFORMER_FILE, VAE_FILE, DISTILLED_FILE]
    if judged:
        save_reader(folder / READER_FILE, ReaderNetwork(TINY_READER))
        save_critic(folder / CRITIC_FILE, VideoTextModel(TINY))
        names += [READER_FILE, CRITIC_FILE]
    files = {name: file_sha256(folder / name) for name in names}
    card = ReleaseCard.model_validate({**facts(), "files": files})
    (folder / CARD_FILE).write_text(card.model_dump_json())
    return folder


def drawn_frames(prompt):
    return to_model_frames(Truth(prompt, SIZE).drawn[None])


def noise_clip(seed=0, shape=(5, 32, 48)):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8))
