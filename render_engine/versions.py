"""Versions of everything whose code decides the bytes of a film, so that a manifest can name them."""

import platform
from importlib.metadata import version

DECIDING = ("torch", "numpy", "transformers", "av", "opencv-python-headless", "pillow", "hibari-tts")
"""Arithmetic and noise; arrays; words to vectors; encoding; interpolation; letters on cards; narration."""


def find_versions() -> dict[str, str]:
    """Package -> version, python first."""
    return {"python": platform.python_version(), **{name: version(name) for name in DECIDING}}
