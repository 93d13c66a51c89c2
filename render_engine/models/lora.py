"""Low-rank adapters beside the layers of a transformer: added while they are wanted, the weights themselves untouched.

Shape letters: R rank, I a layer's inputs, O its outputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F


class LoraFactors(NamedTuple):
    """A layer's output gains `scale * up(down(input))`; `scale` is alpha / rank, 1 where a file names no alpha."""

    down_RI: Tensor
    up_OR: Tensor
    scale: float = 1.0


Lora = Mapping[str, LoraFactors]
"""By the name of the layer."""


@contextmanager
def with_loras(module: nn.Module, loras: Sequence[tuple[Lora, float]]) -> Iterator[None]:
    """Run with the adapters at their strengths; at strength 0, and afterwards, every number is the module's own.

    Args:
        module: holds the linear layers that the adapters name.
        loras: (adapter, strength) each; several add up.
    """
    with ExitStack() as stack:
        for lora, strength in loras:
            for name, factors in lora.items() if strength else ():
                handle = module.get_submodule(name).register_forward_hook(_Adding(factors, strength))
                stack.callback(handle.remove)
        yield


class _Adding:
    """A forward hook that adds a layer's adapter to its output."""

    def __init__(self, factors: LoraFactors, strength: float) -> None:
        self._factors = factors
        self._strength = strength * factors.scale

    def __call__(self, _layer: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> Tensor:
        down, up = (factor.to(out.device, out.dtype) for factor in self._factors[:2])
        return out + self._strength * F.linear(F.linear(given[0].to(out.dtype), down), up)
