"""How a transformer that trains from scratch starts: every block is the identity, and the field is zero."""

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from render_engine.models.transformer import VideoTransformer

# Not the caption's gate, row 8 from LTX-2.3 on: its attention ends in zeros, and two zeros in a row never learn.
_GATE_ROWS = (2, 5)
_ZERO = ("adaln_single.linear.", "prompt_adaln_single.linear.", "keyframes_abs_pos_embedding", "proj_out.")
_ZERO_IN_PARTS = (".attn2.to_out.", ".to_gate_logits.", "guide.gate.")


@torch.no_grad()
def initialise_transformer(transformer: "VideoTransformer") -> None:
    """Set all parameters, from torch's global generator.

    Linear layers are Xavier-uniform with zero bias. The shared modulation, the gates of attention and feed-forward, the
    heads' gate logits, the caption's way into the stream, the keyframes' mark and the last layer are zero (adaLN-Zero,
    Peebles and Xie 2023; zero caption output, PixArt-alpha), so that the first steps move no further than the gradient
    asks. Loading a checkpoint overwrites all of it, so one that is made without memory (device "meta") is left alone.
    """
    if transformer.scale_shift_table.is_meta:
        return
    for module in transformer.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    nn.init.normal_(transformer.scale_shift_table, std=transformer.config.dim**-0.5)
    for block in transformer.transformer_blocks:
        table: torch.Tensor = block.get_parameter("scale_shift_table")
        nn.init.normal_(table, std=transformer.config.dim**-0.5)
        table[list(_GATE_ROWS)] = 0
    for name, parameter in transformer.named_parameters():
        if name.endswith(".prompt_scale_shift_table"):
            nn.init.normal_(parameter, std=transformer.config.dim**-0.5)
    for name, parameter in transformer.named_parameters():
        if name.startswith(_ZERO) or any(part in name for part in _ZERO_IN_PARTS):
            parameter.zero_()
