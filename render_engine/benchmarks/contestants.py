"""Who races: our network and, on the same weights, the reference's, each as a piece of work that can be run again."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Protocol

import torch
from torch import nn

from render_engine.benchmarks import reference as theirs
from render_engine.benchmarks.memory_need import decode_bytes
from render_engine.benchmarks.ours import Inputs, decode, guider_of, passes_of, take_step
from render_engine.benchmarks.race import Run
from render_engine.benchmarks.random_weights import fill, laid_out, weight_bytes
from render_engine.benchmarks.sizes import Preset
from render_engine.models.transformer import VideoTransformer
from render_engine.models.vae import VideoVAE
from render_engine.shapes import LatentShape

OURS, REFERENCE = "ours", "reference"


class Work(StrEnum):
    """The pieces of work that are timed."""

    STEP = "step"
    CFG = "cfg"
    STG = "cfg+stg"
    DECODE = "decode"


_NUM_PASSES = {Work.STEP: 1, Work.CFG: 2, Work.STG: 3}


class Network(Protocol):
    """One of a model's networks, laid out without memory until it is filled."""

    num_layers: int | None
    weight_bytes: int

    def works(self) -> frozenset[Work]:
        """What it can be asked to do."""
        ...

    def need_bytes(self, work: Work, shape: LatentShape) -> int:
        """What a piece of work takes besides the weights."""
        ...

    def fill(self, *, with_reference: bool) -> None:
        """Make the weights, once for both sides."""
        ...

    def contestants(self, work: Work, inputs: Inputs) -> Mapping[str, Run]:
        """Both sides of a piece of work; ours alone where the reference cannot do it."""
        ...

    def remark(self, work: Work) -> str:
        """Why the reference cannot do it; empty when it can."""
        ...


class TransformerNetwork:
    """A step, guided or not."""

    def __init__(self, preset: Preset, device: torch.device, dtype: torch.dtype) -> None:
        self.preset, self.device, self.dtype = preset, device, dtype
        self.num_layers: int | None = preset.transformer.num_layers
        self._ours = laid_out(lambda: VideoTransformer(preset.transformer)).to(dtype)
        self._reference: nn.Module | None = None
        self.weight_bytes = weight_bytes([self._ours])

    def works(self) -> frozenset[Work]:
        """All passes."""
        return frozenset(_NUM_PASSES)

    def need_bytes(self, work: Work, shape: LatentShape) -> int:
        """By the number of passes in a batch."""
        return self.preset.transformer.pass_bytes(shape.num_tokens, _NUM_PASSES[work], self.dtype.itemsize)

    def fill(self, *, with_reference: bool) -> None:
        """Make the weights."""
        fill(self._ours, self.device)
        if with_reference:
            self._reference = theirs.reference_transformer(self.preset, self._ours)

    def contestants(self, work: Work, inputs: Inputs) -> Mapping[str, Run]:
        """A step with as much guidance as the work says, on both sides by the same guider and sampler."""
        guider = guider_of(self.preset, words=work is not Work.STEP, perturbed=work is Work.STG)
        sides = {OURS: partial(take_step, passes_of(self._ours, inputs), guider, inputs)}
        if self._reference is not None and not self.remark(work):
            passes = theirs.reference_passes_of(self.preset, self._reference, inputs)
            sides[REFERENCE] = partial(take_step, passes, guider, inputs)
        return sides

    def remark(self, work: Work) -> str:
        """Perturbation came with LTX-2."""
        missing = work is Work.STG and not self.preset.is_ltx2
        return "diffusers has no STG for LTX-Video" if missing else ""


class AutoencoderNetwork:
    """The decoder; the encoder takes no memory."""

    num_layers: int | None = None

    def __init__(self, preset: Preset, device: torch.device, dtype: torch.dtype) -> None:
        self.preset, self.device, self.dtype = preset, device, dtype
        self._ours = laid_out(lambda: VideoVAE(preset.autoencoder.config)).to(dtype)
        self._reference: nn.Module | None = None
        self.weight_bytes = weight_bytes(self._decoding)

    @property
    def _decoding(self) -> tuple[nn.Module, ...]:
        return tuple(part for part in (self._ours.decoder, self._ours.per_channel_statistics) if part is not None)

    def works(self) -> frozenset[Work]:
        """Decoding."""
        return frozenset((Work.DECODE,))

    def need_bytes(self, _work: Work, shape: LatentShape) -> int:
        """By the widest of the decoder's blocks; a convolution may also lay out its weights anew."""
        largest: int = max(tensor.nbytes for part in self._decoding for tensor in part.state_dict().values())
        return largest + decode_bytes(self.preset.autoencoder.config, shape, self.dtype.itemsize)

    def fill(self, *, with_reference: bool) -> None:
        """Make the decoder's weights."""
        for part in self._decoding:
            fill(part, self.device)
        if with_reference:
            self._reference = theirs.reference_autoencoder(self.preset.autoencoder, self._ours)

    def contestants(self, _work: Work, inputs: Inputs) -> Mapping[str, Run]:
        """The whole clip at once, without tiles, on both sides."""
        sides = {OURS: partial(decode, self._ours, inputs)}
        if self._reference is not None:
            sides[REFERENCE] = partial(theirs.reference_decode, self._reference, inputs)
        return sides

    def remark(self, _work: Work) -> str:
        """Nothing is missing."""
        return ""
