"""The optimizer: Muon for matrices and kernels, Adam for what is left, in one class.

Muon (Jordan et al. 2024) takes the momentum's nearest orthogonal matrix as the step; the factor 0.2 * sqrt(larger side)
(Liu et al. 2025) gives it the size of an Adam step, so that both share a scale of learning rates.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NUM_ITERATIONS = 5
MOMENTUM = 0.95
ADAM_BETAS = (0.9, 0.99)
ADAM_EPS = 1e-8


class Muon(torch.optim.Optimizer):
    """Each group has a `base_lr`, which `set_share` scales; a kernel is a matrix of one row an output channel."""

    def __init__(
        self, matrices: Iterable[nn.Parameter], others: Iterable[nn.Parameter], lr: float, other_lr: float
    ) -> None:
        groups = [
            {"params": list(matrices), "is_matrix": True, "lr": lr, "base_lr": lr},
            {"params": list(others), "is_matrix": False, "lr": other_lr, "base_lr": other_lr},
        ]
        super().__init__([group for group in groups if group["params"]], {})

    @classmethod
    def of(
        cls, module: nn.Module, lr: float, other_lr: float, is_matrix: Callable[[str, Tensor], bool] | None = None
    ) -> "Muon":
        """An optimizer of a whole module; by default every parameter of two and more dimensions is a matrix."""
        chosen = is_matrix or (lambda _name, parameter: parameter.ndim > 1)
        named = list(module.named_parameters())
        matrices = [parameter for name, parameter in named if chosen(name, parameter)]
        others = [parameter for name, parameter in named if not chosen(name, parameter)]
        return cls(matrices, others, lr, other_lr)

    def set_share(self, share: float) -> None:
        """Scale every learning rate to a share of its base."""
        for group in self.param_groups:
            group["lr"] = group["base_lr"] * share

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # this optimizer takes no closure
        """One step of every parameter that has a gradient."""
        for group in self.param_groups:
            update = self._matrix_step if group["is_matrix"] else self._adam_step
            for parameter in group["params"]:
                if parameter.grad is not None:
                    update(parameter, parameter.grad, group["lr"])

    def _matrix_step(self, parameter: Tensor, gradient: Tensor, lr: float) -> None:
        momentum = self._state_of(parameter, "momentum")
        momentum.lerp_(gradient, 1 - MOMENTUM)
        direction = orthogonalised(gradient.lerp(momentum, MOMENTUM).flatten(1))
        scale = 0.2 * max(direction.shape) ** 0.5
        parameter.add_(direction.reshape(parameter.shape), alpha=-lr * scale)

    def _adam_step(self, parameter: Tensor, gradient: Tensor, lr: float) -> None:
        mean, square = self._state_of(parameter, "exp_avg"), self._state_of(parameter, "exp_avg_sq")
        count = self.state[parameter].setdefault("step", torch.zeros(()))
        count += 1
        mean.lerp_(gradient, 1 - ADAM_BETAS[0])
        square.lerp_(gradient.square(), 1 - ADAM_BETAS[1])
        unbiased_mean, unbiased_square = (
            moment / (1 - beta ** float(count)) for moment, beta in zip((mean, square), ADAM_BETAS, strict=True)
        )
        parameter.addcdiv_(unbiased_mean, unbiased_square.sqrt() + ADAM_EPS, value=-lr)

    def _state_of(self, parameter: Tensor, key: str) -> Tensor:
        state: dict[str, Tensor] = self.state[parameter]
        return state.setdefault(key, torch.zeros_like(parameter))


def orthogonalised(matrix: Tensor) -> Tensor:
    """About the nearest matrix with all singular values 1, by Newton-Schulz iterations."""
    a, b, c = NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    x: Tensor = (matrix.T if is_tall else matrix) / (matrix.norm() + 1e-7)
    for _ in range(NUM_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if is_tall else x
