"""How a transformer that trains from scratch starts: every block is the identity, and the field is zero."""

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from render_engine.models.transformer import VideoTransformer

_GATE_ROWS = (2, 5)


@torch.no_grad()
def initialise_transformer(transformer: "VideoTransformer") -> None:
    """Set all parameters, from torch's global generator.

    Linear layers are Xavier-uniform with zero bias. The shared modulation, the blocks' gates, the caption's way into
    the stream and the last layer are zero (adaLN-Zero, Peebles and Xie 2023; zero caption output, PixArt-alpha), so
    that the first steps move no further than the gradient asks. Loading a checkpoint overwrites all of it.
    """
    for module in transformer.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    nn.init.normal_(transformer.scale_shift_table, std=transformer.config.dim**-0.5)
    for block in transformer.transformer_blocks:
        table: torch.Tensor = block.get_parameter("scale_shift_table")
        nn.init.normal_(table, std=transformer.config.dim**-0.5)
        table[list(_GATE_ROWS)] = 0
    for name, parameter in transformer.named_parameters():
        if name.startswith(("adaln_single.linear.", "proj_out.")) or ".attn2.to_out." in name:
            parameter.zero_()
