"""A tiny engine on random weights of which none is zero, the items of every pipeline, and noise that is replayed."""

from dataclasses import dataclass, replace
from functools import cache

import torch

from render_engine.api.render import RenderRequest
from render_engine.conditioning import ConditioningItem, FramesItem, ReferenceItem, RegionItem
from render_engine.conditioning.masks import frames_between
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from render_engine.models.lora import LoraFactors
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.models.vae_presets import TINY
from render_engine.pipelines.builders import BUILDERS, build_recipe
from render_engine.pipelines.families import HOUSE, LTX_2, LTX_VIDEO, LTX_VIDEO_0_9_6_DISTILLED
from render_engine.pipelines.parts import Parts
from render_engine.pipelines.stages import Adapters
from render_engine.presets import get_transformer_config

FAMILIES = {
    "house": HOUSE,
    "LTX-Video": LTX_VIDEO,
    "0.9.6 distilled": LTX_VIDEO_0_9_6_DISTILLED,
    "LTX-2": LTX_2,
}
PIPELINES = tuple(BUILDERS)
REQUEST = RenderRequest(
    prompt="a red sailboat at dusk",
    negative_prompt="blurry",
    width=128,
    height=64,
    num_frames=33,
    fps=8,
    seed=7,
    num_steps=3,
)


def asked(**changed: object):
    return REQUEST.model_copy(update=changed)


def frames(num_frames=1, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, num_frames, REQUEST.height, REQUEST.width, generator=generator) * 2 - 1


@torch.no_grad()
def randomise(module, std=0.15):
    for name, parameter in module.named_parameters():
        parameter.normal_(std=std)
        if "norm" in name and name.endswith("weight"):
            parameter.add_(1)


@cache
def networks():
    torch.manual_seed(0)
    transformer, vae = VideoTransformer(get_transformer_config("tiny")).eval(), VideoVAE(TINY).eval()
    upsampler = LatentUpsampler(LatentUpsamplerConfig(in_channels=8, mid_channels=32, num_blocks_per_stage=1)).eval()
    randomise(transformer)
    randomise(upsampler, std=0.05)
    vae.per_channel_statistics.set(torch.randn(8), torch.rand(8) + 0.5)
    return transformer, vae, MiniLMEncoder.load(), upsampler


def parts_of(family="house"):
    return Parts(*networks(), FAMILIES[family])


def adapter(scale=0.2):
    generator = torch.Generator().manual_seed(3)
    layers = ("transformer_blocks.0.attn1.to_q", "transformer_blocks.1.ff.net.2", "proj_out")
    factors = {}
    for name in layers:
        num_outputs, num_inputs = networks()[0].get_submodule(name).weight.shape
        down = torch.randn(3, num_inputs, generator=generator) * scale
        factors[name] = LoraFactors(down, torch.randn(num_outputs, 3, generator=generator) * scale)
    return factors


def items_of(pipeline, num_frames=REQUEST.num_frames):
    """What a pipeline must be given, at the least."""
    match pipeline:
        case "extend":
            return (FramesItem(frames(9)),)
        case "retake":
            return (RegionItem(frames(num_frames), frames_between(num_frames, 8, 0.5, 1.5)),)
        case "keyframe_interpolation":
            return (FramesItem(frames()), FramesItem(frames(seed=2), num_frames - 1))
        case "ic_lora":
            return (ReferenceItem(frames(num_frames)),)
        case _:
            return ()


def recipe_of(pipeline, parts, *extra: ConditioningItem, strength=0.5, **changed: object):
    """A recipe of any pipeline; distilled ones take the steps they must."""
    steps = len(parts.family.distilled[0]) - 1
    defaults = {"num_steps": steps} if pipeline == "distilled" else {}
    request = asked(pipeline=pipeline, **defaults | changed)
    lora = ((adapter(), strength),)
    adapters = (
        Adapters(lora, lora if pipeline == "two_stages" else ())
        if pipeline in ("ic_lora", "two_stages")
        else Adapters()
    )
    return build_recipe(request, (*items_of(pipeline, request.num_frames), *extra), parts, adapters)


def in_batches(recipe, batch):
    return replace(recipe, stages=tuple(replace(s, shape=s.shape._replace(batch=batch)) for s in recipe.stages))


@dataclass
class Noise:
    """Draws noise for samples of a batch, each from a generator of its own, so that a sample's is the same alone."""

    seeds: tuple[int, ...]

    def __post_init__(self):
        self.generators = [torch.Generator().manual_seed(seed) for seed in self.seeds]

    def __call__(self, like):
        assert like.shape[0] == len(self.generators)
        return torch.cat([torch.randn(like[:1].shape, generator=generator) for generator in self.generators])
