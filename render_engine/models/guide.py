"""The house's own guide: a drawing's latents beside each token, which the model renders over.

Where noise alone would have to carry the drawing, little of it is left at the noise levels that leave room for style,
light and weather. Beside each token it is whole at every level. What goes in also goes round the blocks: the end of the
network adds it again, each channel as far as the token asks.
Shape letters: B batch, N tokens, C latent channels, D width.
"""

import torch
from torch import Tensor, nn

from render_engine.models.preconditioning import precondition


class Guide(nn.Module):
    """Two ways of the guide's latents: into the stream, and round it; a new one adds nothing at the end."""

    def __init__(self, channels: int, dim: int) -> None:
        super().__init__()
        self.proj_in = nn.Linear(channels + 1, dim, bias=False)
        self.mix = nn.Linear(channels, channels, bias=False)
        self.gate = nn.Linear(dim, 2 * channels)

    def enter(self, guide_BNG: Tensor) -> Tensor:
        """What is added to the stream, (B, N, D); nothing where the guide's strength is 0."""
        entered_BND: Tensor = self.proj_in(guide_BNG.to(self.proj_in.weight.dtype))
        return entered_BND

    def leave(self, x_BND: Tensor, guide_BNG: Tensor) -> Tensor:
        """What is added to the network's output, (B, N, C), given the normed stream."""
        guide_BNC = guide_BNG[..., :-1].to(self.mix.weight.dtype)
        own_BNC, mixed_BNC = self.gate(x_BND).chunk(2, dim=-1)
        left_BNC: Tensor = own_BNC * guide_BNC + mixed_BNC * self.mix(guide_BNC)
        return left_BNC


def scaled_guide(guide_BNG: Tensor, deviation_C: Tensor) -> Tensor:
    """The guide at deviation 1 in every channel.

    Args:
        guide_BNG: latents (B, N, C) under noise of level `1 - strength`, then the strength itself; zeros for no guide.
        deviation_C: of the latents.
    """
    strength_BN = guide_BNG[..., -1].float()
    into_BNC = precondition(1 - strength_BN, deviation_C).into_BTC
    return torch.cat((guide_BNG[..., :-1] * into_BNC, guide_BNG[..., -1:]), -1)
