"""Variation from a seed: integer hashes that never touch a global generator, and smooth curves built on them."""

from collections.abc import Callable

import torch
from torch import Tensor

_MASK = 0xFFFFFFFF


def mix(*keys: int) -> int:
    """Hash integers to 32 bits (the finaliser of MurmurHash3 over a running sum)."""
    state = 0x9E3779B9
    for key in keys:
        state = (state ^ (key & _MASK)) * 0x85EBCA6B & _MASK
        state = (state ^ (state >> 13)) * 0xC2B2AE35 & _MASK
        state ^= state >> 16
    return state


def name_key(name: str) -> int:
    """A stable integer for a word (Python's own `hash` differs between runs)."""
    key = 0
    for character in name:
        key = mix(key, ord(character))
    return key


class Dice:
    """Numbers drawn by name and index, so that what is added later shifts nothing drawn before."""

    def __init__(self, *keys: int) -> None:
        self._key = mix(*keys)

    def unit(self, name: str, index: int = 0) -> float:
        """A number in [0, 1)."""
        return mix(self._key, name_key(name), index) / 2**32

    def between(self, name: str, low: float, high: float, index: int = 0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self.unit(name, index)

    def pick(self, name: str, count: int, index: int = 0) -> int:
        """A whole number in [0, count)."""
        return int(self.unit(name, index) * count)


def waves(dice: Dice, name: str, base: float, height: float, length: float) -> Callable[[Tensor], Tensor]:
    """A rolling skyline around y = `base`: three sine waves, the longest of wavelength `length`."""
    phases = [dice.between(name, 0, 6.28, i) for i in range(3)]
    bends = [dice.between(name, 0.85, 1.15, i + 3) for i in range(3)]

    def profile(x: Tensor) -> Tensor:
        total = torch.zeros_like(x)
        for octave in range(3):
            rate = 6.2832 / length * bends[octave] * (1, 2.1, 3.7)[octave]
            total = total + (0.62, 0.26, 0.12)[octave] * torch.sin(x * rate + phases[octave])
        return base - height * total

    return profile


def peaks(dice: Dice, name: str, base: float, height: float, length: float) -> Callable[[Tensor], Tensor]:
    """A jagged skyline above y = `base`: straight slopes between tops and saddles `length` apart."""
    tops = [dice.between(name, 0.62, 1.0, i) if i % 2 else dice.between(name, 0.05, 0.38, i) for i in range(64)]
    shift = dice.unit(name, 99)

    def profile(x: Tensor) -> Tensor:
        position = x / length * 2 + shift + 32
        index = position.floor().long().clamp(0, 62)
        levels = torch.tensor(tops, dtype=x.dtype, device=x.device)
        low, high = levels[index], levels[index + 1]
        return base - height * torch.lerp(low, high, (position - index).clamp(0, 1))

    return profile
