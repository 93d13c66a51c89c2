"""The caption match: the odds that nothing that the words say is wrong, and the attribute that is wrong most likely.

For one attribute, the video's belief in what is said against its belief in any other value is a likelihood ratio.
That a caption has one wrong attribute, whichever, is as likely as the mean of the inverse ratios says (Bayes' rule), so
the match's odds are the inverse of that mean: one clear contradiction outweighs ten agreements. A weight and a bias an
attribute say how far the video's belief is to be trusted; they are learnt from captions with one attribute changed.
Shape letters: N pairs of a clip and a text, A attributes.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from render_engine.critic.text_tower import Heard

_LEAST = 1e-4
"""The least belief that counts: beyond it a ratio is the networks' overconfidence."""


class Match(NamedTuple):
    """How well texts fit clips."""

    logit_N: Tensor
    agreement_NA: Tensor
    """Logits that what is said of each attribute is seen, before all else is known; of one left unsaid they mean
    nothing."""
    said_NA: Tensor
    """How likely the text says something of each attribute."""


class CaptionMatch(nn.Module):
    """Joins what is seen and what is said; the temperatures make both towers' beliefs honest."""

    def __init__(self, num_attributes: int) -> None:
        super().__init__()
        self.weight_A = nn.Parameter(torch.full((num_attributes,), 0.8))
        self.bias_A = nn.Parameter(torch.zeros(num_attributes))
        self.scale = nn.Parameter(torch.ones(()))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, seen: dict[str, Tensor], heard: Heard) -> Match:
        """Compare clip n with text n.

        Args:
            seen: attribute -> (N, values), the logits of the video tower, at their temperatures.
            heard: of N texts.
        """
        pairs = [_agreement(seen[name].float(), heard.logits[name].float()) for name in seen]
        ratio_NA = torch.stack([ratio for ratio, _ in pairs], -1)
        said_NA = torch.stack([said for _, said in pairs], -1)
        agreement_NA = self.weight_A * ratio_NA + self.bias_A
        log_said_NA = said_NA.clamp(min=1e-6).log()
        wrong_N = torch.logsumexp(log_said_NA - agreement_NA, -1) - torch.logsumexp(log_said_NA, -1)
        return Match(self.offset - self.scale * wrong_N, agreement_NA, said_NA)


def _agreement(seen_NV: Tensor, heard_NV1: Tensor) -> tuple[Tensor, Tensor]:
    """The log likelihood ratio of what is said against any other value, and how likely anything is said: (N,) each."""
    said_NV1 = heard_NV1.softmax(-1)
    said_N = 1 - said_NV1[:, -1]
    meant_NV = heard_NV1[:, :-1].softmax(-1)
    belief_N = (meant_NV * seen_NV.softmax(-1)).sum(-1).clamp(_LEAST, 1 - _LEAST)
    others = seen_NV.shape[1] - 1
    return torch.logit(belief_N) + torch.log(torch.tensor(float(others))), said_N
