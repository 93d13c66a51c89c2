"""Passes: run the transformer as often as a guider asks, in one batch.

Shape letters: B batch, N tokens, C latent channels, T noise levels (1, or one a token), L caption tokens, D caption
channels.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from render_engine.conditioning import LatentState
from render_engine.flow.guidance import Pass, Plan, Predictions
from render_engine.models.perturbation import Perturbation
from render_engine.models.transformer import PassOptions, VideoTransformer


@dataclass(frozen=True)
class Words:
    """What the text encoder made of the prompt (first row) and of the negative prompt (second, where there is one)."""

    context_BLD: Tensor
    mask_BL: Tensor

    def of(self, passes: tuple[Pass, ...], batch: int) -> tuple[Tensor, Tensor | None]:
        """The words of each pass, repeated over a batch; no mask when every token counts, which is faster."""
        rows = torch.tensor([int(each is Pass.UNCOND) for each in passes], device=self.mask_BL.device)
        mask_BL = self.mask_BL[rows].repeat_interleave(batch, 0)
        return self.context_BLD[rows].repeat_interleave(batch, 0), None if bool(mask_BL.all()) else mask_BL


@dataclass(frozen=True)
class Passes:
    """The transformer with everything bound that stays the same from step to step."""

    transformer: VideoTransformer
    words: Words
    state: LatentState
    tokens_per_frame: int

    def __call__(self, plan: Plan, x_BNC: Tensor, sigma_BT: Tensor) -> Predictions:
        """The velocity of each pass of a plan.

        Raises:
            ValueError: it asks for a pass without sound, where there is none.
        """
        if Pass.ISOLATED in plan.passes:
            raise ValueError("this model has no sound to be guided away from: leave modality guidance at 1")
        batch, num_passes = x_BNC.shape[0], len(plan.passes)
        sigma_BT = sigma_BT.expand(batch, -1).repeat(num_passes, 1)
        context_BLD, mask_BL = self.words.of(plan.passes, batch)
        options = self._options(plan, sigma_BT, batch)
        x_BNC = x_BNC.repeat(num_passes, 1, 1)
        velocity_BNC = self.transformer(x_BNC, sigma_BT, context_BLD, mask_BL, self.state.positions_B3N, options)
        return dict(zip(plan.passes, velocity_BNC.float().chunk(num_passes), strict=True))

    def _options(self, plan: Plan, sigma_BT: Tensor, batch: int) -> PassOptions:
        perturbed_B = torch.tensor([each is Pass.PERTURBED for each in plan.passes], device=sigma_BT.device)
        perturbation = Perturbation(perturbed_B.repeat_interleave(batch), frozenset(plan.skip_blocks))
        return PassOptions(
            sample_sigma_B1=self._schedule_sigma(sigma_BT, len(plan.passes)),
            keyframe_mask_BN=self._single_frames(),
            self_attention_bias_BNN=self._attention_bias(len(plan.passes)),
            perturbation=perturbation if bool(perturbed_B.any()) else None,
            guide_BNG=self._guide(len(plan.passes)),
        )

    def _guide(self, num_passes: int) -> Tensor | None:
        """The drawing stands beside the tokens of every pass: what a guider guides away from has other words only."""
        guide_BNG = self.state.guide_BNG
        return None if guide_BNG is None else guide_BNG.repeat(num_passes, 1, 1)

    def _schedule_sigma(self, sigma_BT: Tensor, num_passes: int) -> Tensor:
        """What the schedule says, of levels that are each token's share of it, as they are in LTX-2, which asks."""
        if sigma_BT.shape[1] == 1:
            return sigma_BT
        share_B1 = self.state.denoise_mask_BN.amax(1, keepdim=True).clamp(min=torch.finfo(sigma_BT.dtype).tiny)
        return sigma_BT.amax(1, keepdim=True) / share_B1.repeat(num_passes, 1)

    def _single_frames(self) -> Tensor | None:
        """The tokens of the video's first latent frame, which stands for one frame."""
        if not self.transformer.config.keyframes_abs_pos_embedding:
            return None
        marked_BN = torch.zeros_like(self.state.denoise_mask_BN[:1])
        self.state.video(marked_BN)[:, : self.tokens_per_frame] = 1
        return marked_BN

    def _attention_bias(self, num_passes: int) -> Tensor | None:
        """How much is seen, as what is added to a score: its logarithm."""
        seen_BNN = self.state.attention_BNN
        if seen_BNN is None:
            return None
        smallest = torch.finfo(self.transformer.proj_out.weight.dtype)
        bias_BNN = torch.where(seen_BNN > 0, seen_BNN.clamp(min=smallest.tiny).log(), smallest.min)
        return bias_BNN.repeat(num_passes, 1, 1)
