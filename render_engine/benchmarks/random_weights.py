"""Random weights without a detour: networks are laid out without memory, then filled where and as they are used."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn

ModuleT = TypeVar("ModuleT", bound=nn.Module)


def laid_out(build: Callable[[], ModuleT]) -> ModuleT:
    """A network of the right shapes that takes no memory."""
    with torch.device("meta"):
        return build().eval().requires_grad_(requires_grad=False)


def weight_bytes(modules: Iterable[nn.Module]) -> int:
    """What the weights take, or would."""
    return sum(tensor.nbytes for module in modules for tensor in module.state_dict().values())


@torch.no_grad()
def fill(module: nn.Module, device: torch.device, seed: int = 0) -> None:
    """Give a laid-out network memory and values that let signals through at about their own size; none is zero."""
    module.to_empty(device=device)
    generator = torch.Generator(device).manual_seed(seed)
    for name, tensor in module.state_dict().items():
        if name.endswith("timestep_scale_multiplier"):
            tensor.fill_(1000)
        elif name.endswith("std-of-means"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        else:
            tensor.normal_(_mean(name, tensor), _deviation(tensor), generator=generator)


def _mean(name: str, tensor: Tensor) -> float:
    """A vector called weight is a norm's."""
    return 1.0 if tensor.ndim == 1 and name.endswith("weight") else 0.0


def _deviation(tensor: Tensor) -> float:
    return 0.1 if tensor.ndim < 2 else float((tensor.numel() / tensor.shape[0]) ** -0.5)
