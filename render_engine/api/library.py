"""Weights by name: what is published, what lies here, what a file holds, and fetching it."""

from pathlib import Path

from pydantic import Field, JsonValue

from render_engine.api.values import Value


class ListedModel(Value):
    """One set of weights that the engine knows by name, or found in the folder of models."""

    name: str
    repo: str = ""
    """`owner/name` on the hub; empty for what ships with the project."""
    file: str = ""
    """Path of the file in its repository."""
    part: str
    """"model" (transformer and autoencoder), "transformer", "vae", "audio", "upsampler", "pixel upscaler", "lora" or
    "text encoder".
    """
    version: str = ""
    num_bytes: int | None = None
    """Of the local file; else as published, to three digits; None where that is not known."""
    licence: str
    needs_consent: bool = False
    """Its owner asks for consent to the terms, and the hub for a token of who gave it."""
    about: str = ""
    path: Path | None = None
    """Where it lies; None when it is not here whole."""
    bytes_fetched: int = 0
    """What an interrupted pull has left; the next one goes on from there."""


class ModelList(Value):
    """What can be had, and where it goes."""

    folder: Path
    free_bytes: int
    """Room left on the folder's disk."""
    models: tuple[ListedModel, ...]


class PartReport(Value):
    """One part of a file of weights."""

    part: str
    num_tensors: int
    num_parameters: int
    loads: bool | None
    """Whether the engine's classes take it by names, shapes and config; None when the file alone cannot tell."""
    reason: str = ""
    """Why not, or what it depends on."""
    config: dict[str, JsonValue] = Field(default_factory=dict)
    """The single values that it says of itself."""


class WeightsReport(Value):
    """What a file of weights, or a folder that holds one model, says of itself; its tensors are not read."""

    path: Path
    num_bytes: int
    family: str = ""
    """"house", "ltx-video" or "ltx-2"; empty when `fault` says why the engine does not know it."""
    version: str = ""
    is_version_stated: bool = False
    """Without it `version` is the oldest that fits."""
    naming: str = ""
    precision: str = ""
    num_blocks: int = 0
    dtypes: dict[str, int] = Field(default_factory=dict)
    """How many tensors are of each dtype."""
    num_parameters: int = 0
    parts: tuple[PartReport, ...] = ()
    known_as: str = ""
    """The published model of that file name; a name proves nothing, its hash does."""
    fault: str = ""


class PulledModel(Value):
    """A file that lies here whole, its hash the one that the hub states."""

    name: str
    path: Path
    digest: str
    """sha256, or git's own for a file that the hub keeps beside the code."""
    num_bytes: int
    bytes_fetched: int
    """By this call: 0 when it was here."""
