"""What every trainer shares: a loop for a given time that can be resumed, one optimizer step, and a run's options."""

import argparse
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from render_engine.api.values import RenderError
from render_engine.training.learning_rate import warm_hold_fall
from render_engine.training.muon import Muon
from render_engine.training.run_log import RunLog
from render_engine.training.train_state import MovingAverage, TrainState

MAX_GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class Recipe:
    """What is set for every run; times in seconds."""

    learning_rate: float = 2e-3
    """Of the matrices that Muon steps."""
    other_learning_rate: float = 1e-3
    """Of all else: biases, tables, ends."""
    warmup_steps: int = 200
    final_share: float = 0.3
    """The last share of the time, over which the learning rate falls to a hundredth."""
    average_decay: float = 0.999
    seconds_between_checks: float = 600
    num_check_clips: int = 16
    seed: int = 0


@dataclass(frozen=True)
class Folders:
    """Where a run reads its data and keeps its state and log."""

    train: Path
    held_out: Path
    out: Path


class Trainer(ABC):
    """A run in its folder: a module, its optimizer and average, and what a subclass trains it on."""

    state_file: ClassVar[str]

    def __init__(self, module: nn.Module, optimizer: Muon, recipe: Recipe, out: Path) -> None:
        self.optimizer, self.out = optimizer, out
        self.state = TrainState(module, MovingAverage(module, recipe.average_decay), optimizer)
        self.log = RunLog(out)
        self._recipe = recipe

    @abstractmethod
    def batch_loss(self, generator: np.random.Generator) -> tuple[Tensor, int]:
        """The loss of the next batch, and how many samples it holds."""

    @abstractmethod
    def scores(self) -> dict[str, float]:
        """What the moving average scores on a few held-out clips."""

    @abstractmethod
    def notes(self) -> dict[str, Any]:
        """What rebuilds the module, as JSON values, kept beside the state."""

    def resume(self) -> None:
        """Go on from the run's last state."""
        self.state.load(self.out / self.state_file)

    def save(self) -> None:
        """Write the run's state."""
        self.state.save(self.out / self.state_file, self.notes())

    def run(self, seconds: float) -> None:
        """Train for a time, measuring and saving as it goes and at the end."""
        started = last_check = last_tick = time.perf_counter()
        losses: list[float] = []
        while (elapsed := last_tick - started) < seconds:
            losses.append(self.step(elapsed / seconds))
            now = time.perf_counter()
            self.state.seconds_trained += now - last_tick
            last_tick = now
            if now - last_check > self._recipe.seconds_between_checks:
                self._check(losses)
                losses = []
                last_check = time.perf_counter()
        self._check(losses)

    def step(self, share_done: float) -> float:
        """One optimizer step; the loss. `share_done` of the time sets the learning rate."""
        recipe, state = self._recipe, self.state
        share = warm_hold_fall(state.step, recipe.warmup_steps, share_done, recipe.final_share)
        self.optimizer.set_share(share)
        loss, num_samples = self.batch_loss(np.random.default_rng((recipe.seed, state.step)))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(state.module.parameters(), MAX_GRADIENT_NORM)
        self.optimizer.step()
        state.step += 1
        state.samples += num_samples
        state.average.update(state.module, state.step)
        return float(loss.detach())

    def _check(self, losses: list[float]) -> None:
        state = self.state
        self.log.write(
            event="check",
            step=state.step,
            samples=state.samples,
            minutes=state.seconds_trained / 60,
            loss=float(np.mean(losses)) if losses else float("nan"),
            **self.scores(),
        )
        self.save()


def add_run_options(parser: argparse.ArgumentParser, data: str) -> None:
    """The options that every trainer takes; `data` is what the data folder holds."""
    parser.add_argument("--data", type=Path, required=True, help=f"folder with train/ and held_out/ {data}")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--minutes", type=float, required=True, help="time of this call")
    parser.add_argument("--resume", action="store_true", help="go on from the run's last state")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: torch's choice)")
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate)
    parser.add_argument("--final-share", type=float, default=Recipe.final_share)
    parser.add_argument("--seed", type=int, default=Recipe.seed)


def take_folders(options: argparse.Namespace) -> Folders:
    """The folders that the options name, and the threads they ask for set."""
    if options.threads:
        torch.set_num_threads(options.threads)
    return Folders(options.data / "train", options.data / "held_out", options.out)


def begin(trainer: Trainer, options: argparse.Namespace) -> bool:
    """Resume when asked; whether the run is new.

    Raises:
        RenderError: a run lies there already and was not asked to go on.
    """
    if options.resume:
        trainer.resume()
    elif (trainer.out / trainer.state_file).exists():
        raise RenderError(f"{trainer.out}: there is a run already; add --resume or choose another folder")
    return not options.resume
