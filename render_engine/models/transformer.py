"""The video transformer of the LTX family, from noisy latent tokens to their velocity.

Module names are those of the original single-file checkpoints, so that published weights load as they are.
Shape letters: B batch, N latent tokens, C latent channels, D width, L caption tokens, T timesteps (1, or one a token).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from render_engine.models.embeddings import AdaLayerNormSingle, CaptionProjection
from render_engine.models.guide import Guide, scaled_guide
from render_engine.models.initialise import initialise_transformer
from render_engine.models.perturbation import Perturbation
from render_engine.models.preconditioning import precondition
from render_engine.models.rope import RotaryTable, rotary_table
from render_engine.models.transformer_block import BlockSignals, TransformerBlock, num_modulation_rows
from render_engine.models.transformer_config import TransformerConfig

__all__ = ["PassOptions", "TransformerConfig", "VideoTransformer"]

_MASKED = -10_000.0  # added to a masked caption token's scores: finite, so that an empty caption is no NaN


class PassOptions(NamedTuple):
    """What one pass may be told besides: what LTX-2's later versions ask for, who sees whom, and who looks around."""

    sample_sigma_B1: Tensor | None = None
    """Each sample's own noise level, which modulates the caption: needed where tokens have levels of their own."""
    keyframe_mask_BN: Tensor | None = None
    """Above zero at tokens of latent frames that stand for a single frame; None when none is marked."""
    self_attention_bias_BNN: Tensor | None = None
    """Added to the scores of each token (row) for each other (column): how much of a reference may be seen."""
    perturbation: Perturbation | None = None
    """Samples that pass through some blocks without looking around."""
    guide_BNG: Tensor | None = None
    """Beside each token a drawing's latents under noise, and its strength (`models.guide`); None guides nothing."""


NO_OPTIONS = PassOptions()


class VideoTransformer(nn.Module):
    """Predicts the velocity of noisy latent tokens under a caption; a new one is the zero field, ready to train."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        dim = config.dim
        self.patchify_proj = nn.Linear(config.in_channels, dim)
        self.adaln_single = AdaLayerNormSingle(dim, num_modulation_rows(config))
        if config.caption_projection:
            self.caption_projection = CaptionProjection(config.caption_channels, dim)
        if config.cross_attention_adaln and config.prompt_adaln:
            self.prompt_adaln_single = AdaLayerNormSingle(dim, num_rows=2)
        if config.keyframes_abs_pos_embedding:
            self.keyframes_abs_pos_embedding = nn.Parameter(torch.empty(1, dim))
        self.transformer_blocks = nn.ModuleList([TransformerBlock(config) for _ in range(config.num_layers)])
        self.scale_shift_table = nn.Parameter(torch.empty(2, dim))
        self.proj_out = nn.Linear(dim, config.out_channels)
        if config.preconditioned:
            self.register_buffer("latent_deviation", torch.ones(config.in_channels))
        if config.guided:
            self.guide = Guide(config.in_channels, dim)
        initialise_transformer(self)

    def forward(
        self,
        x_BNC: Tensor,
        sigma_BT: Tensor,
        context_BLC: Tensor,
        context_mask_BL: Tensor | None,
        positions_B3N: Tensor,
        options: PassOptions = NO_OPTIONS,
    ) -> Tensor:
        """Predict the velocity (B, N, out channels), in float32 when preconditioned, else in the weights' dtype.

        Args:
            x_BNC: tokens in the order f, h, w.
            sigma_BT: their noise level in [0, 1]: one a sample (B, 1), or one a token (B, N).
            context_BLC: caption token embeddings, `config.context_channels` wide.
            context_mask_BL: 1 or True where a caption token counts; None when all do, which is faster.
            positions_B3N: seconds, pixels down, pixels across of each token; (1, 3, N) when the batch shares them.
            options: what the pass is told besides.

        Raises:
            ValueError: the options do not fit the model.
        """
        if not self.config.preconditioned:
            return self._network(x_BNC, sigma_BT, context_BLC, context_mask_BL, positions_B3N, options)
        known = precondition(sigma_BT, self.get_buffer("latent_deviation"))
        x_BNC = x_BNC.float()
        into_BNC = x_BNC * known.into_BTC
        unknown_BNC = self._network(into_BNC, sigma_BT, context_BLC, context_mask_BL, positions_B3N, options)
        return known.skip_BTC * x_BNC + known.out_BTC * unknown_BNC.float()

    def _network(
        self,
        x_BNC: Tensor,
        sigma_BT: Tensor,
        context_BLC: Tensor,
        context_mask_BL: Tensor | None,
        positions_B3N: Tensor,
        options: PassOptions,
    ) -> Tensor:
        guide_BNG = self._scaled_guide(options.guide_BNG)
        x_BND = self._enter(x_BNC, options.keyframe_mask_BN)
        if guide_BNG is not None:
            x_BND = x_BND + self.guide.enter(guide_BNG)
        modulation_BTRD, embedded_BTD = self.adaln_single(sigma_BT.float() * self.config.timestep_scale_multiplier)
        signals = BlockSignals(
            modulation_BTRD=modulation_BTRD,
            context_BLD=self.caption_projection(context_BLC) if self.config.caption_projection else context_BLC,
            context_bias_B11L=None if context_mask_BL is None else _mask_bias(context_mask_BL, x_BND.dtype),
            rotary=self._rotary(positions_B3N),
            prompt_modulation_B12D=self._prompt_modulation(sigma_BT, options.sample_sigma_B1),
            self_bias_B1NN=_self_bias(options.self_attention_bias_BNN, x_BND.dtype),
            perturbation=None,
        )
        return self._velocity(self._through_blocks(x_BND, signals, options.perturbation), embedded_BTD, guide_BNG)

    def _scaled_guide(self, guide_BNG: Tensor | None) -> Tensor | None:
        if guide_BNG is None:
            return None
        if not self.config.guided:
            raise ValueError("this model takes no guide beside its tokens: start from the drawing's latents instead")
        return scaled_guide(guide_BNG, self.get_buffer("latent_deviation"))

    def _through_blocks(self, x_BND: Tensor, signals: BlockSignals, perturbation: Perturbation | None) -> Tensor:
        for index, block in enumerate(self.transformer_blocks):
            if perturbation is None or not perturbation.concerns(index):
                x_BND = block(x_BND, signals)
            elif perturbation.mode == "transformer_block":
                x_BND = perturbation.apply(block(x_BND, signals), x_BND)
            else:
                x_BND = block(x_BND, signals._replace(perturbation=perturbation))
        return x_BND

    def _rotary(self, positions_B3N: Tensor) -> RotaryTable:
        return rotary_table(
            positions_B3N,
            dim=self.config.dim,
            theta=self.config.positional_embedding_theta,
            max_pos=self.config.positional_embedding_max_pos,
            float64=self.config.rope_float64,
        )

    def _enter(self, x_BNC: Tensor, keyframe_mask_BN: Tensor | None) -> Tensor:
        x_BND: Tensor = self.patchify_proj(x_BNC.to(self.patchify_proj.weight.dtype))
        if keyframe_mask_BN is None:
            return x_BND
        if not self.config.keyframes_abs_pos_embedding:
            raise ValueError("this model has no embedding for keyframes: pass no keyframe mask")
        return x_BND + (keyframe_mask_BN > 0).to(x_BND.dtype).unsqueeze(-1) * self.keyframes_abs_pos_embedding

    def _prompt_modulation(self, sigma_BT: Tensor, sample_sigma_B1: Tensor | None) -> Tensor | None:
        if not (self.config.cross_attention_adaln and self.config.prompt_adaln):
            return None
        if sample_sigma_B1 is None and sigma_BT.shape[1] != 1:
            raise ValueError("tokens with noise levels of their own need their sample's as well: pass sample_sigma_B1")
        sigma_B1 = sigma_BT if sample_sigma_B1 is None else sample_sigma_B1
        modulation_B12D: Tensor
        modulation_B12D, _ = self.prompt_adaln_single(sigma_B1.float() * self.config.timestep_scale_multiplier)
        return modulation_B12D

    def _velocity(self, x_BND: Tensor, embedded_BTD: Tensor, guide_BNG: Tensor | None) -> Tensor:
        shift_BTD, scale_BTD = (self.scale_shift_table + embedded_BTD.unsqueeze(2)).unbind(2)
        x_BND = F.layer_norm(x_BND, x_BND.shape[-1:], eps=self.config.norm_eps) * (1 + scale_BTD) + shift_BTD
        velocity_BNC: Tensor = self.proj_out(x_BND)
        return velocity_BNC if guide_BNG is None else velocity_BNC + self.guide.leave(x_BND, guide_BNG)


def _mask_bias(mask_BL: Tensor, dtype: torch.dtype) -> Tensor:
    return ((1 - mask_BL.to(dtype)) * _MASKED)[:, None, None, :]


def _self_bias(bias_BNN: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    return None if bias_BNN is None else bias_BNN.to(dtype).unsqueeze(1)
