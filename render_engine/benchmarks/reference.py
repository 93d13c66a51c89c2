"""The other side of the benchmark: diffusers' classes on the very weights of ours, called as its pipelines call them.

Shape letters: B batch, N tokens, C latent channels.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from render_engine.benchmarks.ours import FPS, Inputs, decode_noise
from render_engine.benchmarks.random_weights import laid_out
from render_engine.benchmarks.sizes import Autoencoder, Preset
from render_engine.checkpoints.transformer_key_map import state_dict_to_diffusers as transformer_to_diffusers
from render_engine.checkpoints.vae_key_map import state_dict_to_diffusers as vae_to_diffusers
from render_engine.flow.guidance import Pass, PassesFn, Plan, Predictions
from render_engine.models.transformer import VideoTransformer
from render_engine.models.transformer_config import TransformerConfig
from render_engine.models.vae import DecodeConditioning, VideoVAE

_SILENT_CHANNELS = 4
_SILENT_TOKENS = 2
Ask = Callable[[tuple[Pass, ...], Tensor, Tensor, list[int] | None], Tensor]
"""(passes, tokens, timesteps, blocks to put out) to velocities."""


class Found(NamedTuple):
    """Whether there is a reference, and what to write of it."""

    is_there: bool
    name: str


def find_reference() -> Found:
    """Look for diffusers; where it is missing or broken, ours is timed alone, and the name says why."""
    try:
        found = version("diffusers")
        import diffusers

        _ = (diffusers.LTXVideoTransformer3DModel, diffusers.LTX2VideoTransformer3DModel)
    except PackageNotFoundError:
        return Found(is_there=False, name="none: diffusers is not installed (pip install diffusers==0.42.1)")
    except (ImportError, RuntimeError, AttributeError) as error:  # its lazy imports turn an ImportError into either
        return Found(is_there=False, name=f"none: diffusers cannot be imported ({' '.join(str(error).split())[:200]})")
    return Found(is_there=True, name=f"diffusers {found}")


def reference_transformer(preset: Preset, ours: VideoTransformer) -> nn.Module:
    """Diffusers' transformer whose parameters are ours, not copies of them."""
    import diffusers

    settings: dict[str, Any] = preset.transformer.model_dump(
        include={
            "num_layers",
            "num_attention_heads",
            "attention_head_dim",
            "in_channels",
            "out_channels",
            "cross_attention_dim",
            "caption_channels",
        }
    )
    cls = diffusers.LTXVideoTransformer3DModel
    if preset.is_ltx2:
        cls = diffusers.LTX2VideoTransformer3DModel
        settings |= {
            **_silence(preset.transformer),
            "rope_type": "split",
            "rope_double_precision": True,
            "perturbed_attn": True,
        }
    model: nn.Module = laid_out(lambda: cls(**settings))
    shared = transformer_to_diffusers(ours.state_dict())
    if preset.is_ltx2:
        shared |= _silent_weights(model, shared, ours.proj_out.weight)
    model.load_state_dict(shared, strict=True, assign=True)
    return model


def reference_autoencoder(autoencoder: Autoencoder, ours: VideoVAE) -> nn.Module:
    """Diffusers' autoencoder whose parameters are ours; its encoder takes no memory when ours takes none."""
    import diffusers

    settings = {key: value for key, value in autoencoder.settings.items() if key != "_class_name"}
    cls = getattr(diffusers, autoencoder.settings["_class_name"])
    model: nn.Module = laid_out(lambda: cls(**settings))
    model.load_state_dict(vae_to_diffusers(ours.state_dict(), ours.config), strict=True, assign=True)
    return model


def reference_passes_of(preset: Preset, model: nn.Module, inputs: Inputs) -> PassesFn:
    """As its pipelines do: no words and words as one batch, and (LTX-2) the perturbed pass by itself."""
    ask = _asking_ltx2(model, inputs) if preset.is_ltx2 else _asking_ltx_video(model, inputs)

    def run(passes: tuple[Pass, ...], x_BNC: Tensor, sigma_BT: Tensor, blocks: list[int] | None) -> dict[Pass, Tensor]:
        num_passes = len(passes)
        x_BNC = x_BNC.repeat(num_passes, 1, 1).to(inputs.context_2LD.dtype)
        velocity_BNC = ask(passes, x_BNC, sigma_BT.expand(num_passes, -1) * 1000, blocks)
        return dict(zip(passes, velocity_BNC.chunk(num_passes), strict=True))

    def run_passes(plan: Plan, x_BNC: Tensor, sigma_BT: Tensor) -> Predictions:
        predictions = run(tuple(each for each in plan.passes if each is not Pass.PERTURBED), x_BNC, sigma_BT, None)
        if Pass.PERTURBED in plan.passes:
            predictions |= run((Pass.PERTURBED,), x_BNC, sigma_BT, list(plan.skip_blocks))
        return predictions

    return run_passes


def _asking_ltx_video(model: nn.Module, inputs: Inputs) -> Ask:
    def ask(passes: tuple[Pass, ...], x_BNC: Tensor, timestep_BT: Tensor, blocks: list[int] | None) -> Tensor:
        if blocks is not None:
            raise ValueError("diffusers perturbs no pass of LTX-Video")
        words_BLC, mask_BL = inputs.words_of(passes)
        coords_B3N = inputs.positions_B3N.expand(len(passes), -1, -1)
        velocity_BNC: Tensor = model(
            x_BNC, words_BLC, timestep_BT, mask_BL, video_coords=coords_B3N, return_dict=False
        )[0]
        return velocity_BNC

    return ask


def _asking_ltx2(model: nn.Module, inputs: Inputs) -> Ask:
    """The stream of pictures alone, beside the least of sound."""
    coords, audio_coords = _places_of_ltx2(model, inputs)
    silence = inputs.latents_BCFHW.new_zeros(1, _SILENT_TOKENS, _SILENT_CHANNELS)

    def ask(passes: tuple[Pass, ...], x_BNC: Tensor, timestep_BT: Tensor, blocks: list[int] | None) -> Tensor:
        words_BLC, mask_BL = inputs.words_of(passes)
        num_passes = len(passes)
        velocity_BNC: Tensor = model(
            x_BNC,
            silence.expand(num_passes, -1, -1),
            words_BLC,
            words_BLC,
            timestep=timestep_BT,
            audio_timestep=timestep_BT,
            sigma=timestep_BT[:, 0],
            encoder_attention_mask=mask_BL,
            audio_encoder_attention_mask=mask_BL,
            num_frames=inputs.shape.frames,
            height=inputs.shape.height,
            width=inputs.shape.width,
            fps=FPS,
            audio_num_frames=_SILENT_TOKENS,
            video_coords=coords.expand(num_passes, *coords.shape[1:]),
            audio_coords=audio_coords.expand(num_passes, *audio_coords.shape[1:]),
            isolate_modalities=True,
            spatio_temporal_guidance_blocks=blocks,
            return_dict=False,
        )[0]
        return velocity_BNC

    return ask


def _places_of_ltx2(model: nn.Module, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """Of pictures and sound, made once a run, as the pipeline does."""
    device, shape = inputs.latents_BCFHW.device, inputs.shape
    rope: Any = model.get_submodule("rope")
    audio_rope: Any = model.get_submodule("audio_rope")
    coords = rope.prepare_video_coords(1, shape.frames, shape.height, shape.width, device, fps=FPS)
    return coords, audio_rope.prepare_audio_coords(1, _SILENT_TOKENS, device)


def _silence(config: TransformerConfig) -> dict[str, int]:
    """LTX-2's class cannot be without sound: it gets the least that its shared heads allow."""
    heads, head_dim = config.num_attention_heads, 2
    return {
        "audio_in_channels": _SILENT_CHANNELS,
        "audio_out_channels": _SILENT_CHANNELS,
        "audio_num_attention_heads": heads,
        "audio_attention_head_dim": head_dim,
        "audio_cross_attention_dim": heads * head_dim,
    }


def _silent_weights(model: nn.Module, shared: Mapping[str, Tensor], like: Tensor) -> dict[str, Tensor]:
    """Some weights for what ours does not have; nothing of it is heard."""
    theirs = model.state_dict().items()
    return {name: like.new_full(tensor.shape, 0.01) for name, tensor in theirs if name not in shared}


@torch.no_grad()
def reference_decode(model: nn.Module, inputs: Inputs) -> Tensor:
    """As its pipelines do: the decoder's noise first, then the latents' own scale, then the decoder."""
    vae: Any = model
    latents_BCFHW, timestep_B = inputs.latents_BCFHW, None
    if vae.config.timestep_conditioning:
        asked = DecodeConditioning()
        timestep_B = latents_BCFHW.new_tensor([asked.timestep])
        noise_BCFHW = decode_noise(inputs)
        latents_BCFHW = (1 - asked.noise_scale) * latents_BCFHW + asked.noise_scale * noise_BCFHW
    mean, deviation = (column.view(1, -1, 1, 1, 1) for column in (vae.latents_mean, vae.latents_std))
    frames_BCFHW: Tensor = vae.decode(latents_BCFHW * deviation + mean, timestep_B, return_dict=False)[0]
    return frames_BCFHW
