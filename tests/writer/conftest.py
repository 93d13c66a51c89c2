"""A house writer for tests: a small deterministic encoder where no meaning is needed, the real one where it is."""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from aiprod_agents.house_writer import HouseWriter
from aiprod_agents.house_writer.meaning import Embed
from render_engine.models.text_encoder import MiniLMEncoder


async def count_letters(texts: Sequence[str]) -> list[list[float]]:
    """Unit vectors of hashed letter triples: alike words are alike, nothing else is."""
    return [_triples(text) for text in texts]


def _triples(text: str) -> list[float]:
    vector = [0.0] * 64
    padded = f"  {text.lower()} "
    for start in range(len(padded) - 2):
        vector[hashlib.sha256(padded[start : start + 3].encode()).digest()[0] % 64] += 1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


@pytest.fixture(scope="session")
def writer() -> HouseWriter:
    return HouseWriter(count_letters)


@pytest.fixture(scope="session")
def embed() -> Embed:
    """The engine's sentence encoder."""
    encoder = MiniLMEncoder.load()

    async def embed(texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = encoder.sentence(list(texts)).tolist()
        return vectors

    return embed


def twenty_briefs() -> list[dict[str, Any]]:
    return list(yaml.safe_load((Path(__file__).parent / "briefs.yaml").read_text("utf-8")))


@pytest.fixture(scope="session")
def briefs() -> list[dict[str, Any]]:
    return twenty_briefs()
