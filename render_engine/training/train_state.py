"""A training run on disk: model, moving average and optimizer in one safetensors file, so that a run can resume."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from render_engine.api.values import RenderError
from render_engine.checkpoints.safetensors_files import load_checkpoint, load_into, save_checkpoint

MODEL, AVERAGE, OPTIMIZER = "model.", "average.", "optimizer."
"""How a state's tensors begin."""
WITHOUT_OPTIMIZER = "without_optimizer"
"""Stands in a state's config when its optimizer begins anew."""


class MovingAverage:
    """An exponential moving average of a module's parameters and buffers, with a ramp for the first steps."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {key: value.detach().clone() for key, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards the module's values; at step t the decay is at most (1 + t) / (10 + t)."""
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        current = module.state_dict()
        torch._foreach_lerp_(list(self.values.values()), [current[key] for key in self.values], weight)

    @torch.no_grad()
    def copy_to(self, module: nn.Module) -> None:
        """Load the averages into a module of the same keys."""
        module.load_state_dict(self.values, strict=True)


@dataclass
class TrainState:
    """What a run must keep: the module, its average, its optimizer, and how many steps and clips it has seen."""

    module: nn.Module
    average: MovingAverage
    optimizer: Optimizer
    step: int = 0
    samples: int = 0
    seconds_trained: float = 0.0

    def save(self, path: Path, notes: Mapping[str, Any]) -> None:
        """Write everything, atomically; `notes` are JSON values to read back."""
        tensors = {MODEL + key: value for key, value in self.module.state_dict().items()}
        tensors |= {AVERAGE + key: value for key, value in self.average.values.items()}
        for name, parameter in self.module.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                tensors[f"{OPTIMIZER}{key}.{name}"] = value
        config = {"step": self.step, "samples": self.samples, "seconds_trained": self.seconds_trained, **notes}
        save_checkpoint(path, tensors, config, torch.float32)

    def load(self, path: Path) -> None:
        """Read everything back, each part strictly.

        Raises:
            RenderError: when the file is damaged or belongs to another model.
        """
        config, tensors = load_checkpoint(path)
        load_into(self.module, _part(tensors, MODEL), path)
        averaged = _part(tensors, AVERAGE)
        if averaged.keys() != self.average.values.keys():
            raise RenderError(f"{path}: its moving average belongs to another model")
        for key, value in averaged.items():
            self.average.values[key].copy_(value)
        self.step, self.samples = int(config["step"]), int(config["samples"])
        self.seconds_trained = float(config["seconds_trained"])
        if self.step and not config.get(WITHOUT_OPTIMIZER):
            self._load_optimizer(_part(tensors, OPTIMIZER), path)

    def _load_optimizer(self, values: Mapping[str, Tensor], path: Path) -> None:
        parameters = dict(self.module.named_parameters())
        for full_key, value in values.items():
            key, _, name = full_key.partition(".")
            if name not in parameters:
                raise RenderError(f"{path}: its optimizer holds {name}, which this model has not")
            self.optimizer.state[parameters[name]][key] = value.to(parameters[name].device).clone()
        missing = [name for name, parameter in parameters.items() if parameter not in self.optimizer.state]
        if missing:
            raise RenderError(f"{path}: the optimizer's state of {missing[0]} is missing")


def average_of(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The notes and the moving average of a run on disk."""
    config, tensors = load_checkpoint(path)
    return config, _part(tensors, AVERAGE)


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
