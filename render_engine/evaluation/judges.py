"""Who judges clips: a release's independent reader and its critic, where it has them, and what they are told by."""

import hashlib
from dataclasses import dataclass

import torch

from render_engine.checkpoints.critic_files import load_critic
from render_engine.critic.video_text import VideoTextCritic
from render_engine.evaluation.reader import AttributeReader
from render_engine.house_release import HouseRelease
from render_engine.models.text_encoder import MiniLMEncoder
from render_engine.releases import CRITIC_FILE, READER_FILE

_MEASURES_VERSION = 1
"""Another whenever the same clip is measured in another way."""


@dataclass(frozen=True)
class Judges:
    """The reader and the critic, None where the release has no such file; `key` names both and the measures.

    `encoder` reads the critic's words.
    """

    reader: AttributeReader | None
    critic: VideoTextCritic | None
    encoder: MiniLMEncoder
    key: str


def load_judges(release: HouseRelease, device: torch.device) -> Judges:
    """Read what the card names.

    Raises:
        RenderError: a file is missing, damaged, or not what the card says.
    """
    hashes, reader, critic = release.card.files, None, None
    encoder = MiniLMEncoder.load(device=device)
    if READER_FILE in hashes:
        reader = AttributeReader.load(release.folder / READER_FILE, hashes[READER_FILE], str(device))
    if CRITIC_FILE in hashes:
        model = load_critic(release.folder / CRITIC_FILE, hashes[CRITIC_FILE]).to(device)
        critic = VideoTextCritic(model, encoder)
    named = f"{_MEASURES_VERSION} {hashes.get(READER_FILE)} {hashes.get(CRITIC_FILE)}"
    return Judges(reader, critic, encoder, hashlib.sha256(named.encode()).hexdigest()[:16])
