"""What a render is asked for: a request's file, the options above it, and the model's own for the rest."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from render_engine.api import RendererCard, RenderError, RenderRequest
from render_engine.checkpoints.header import reading

NUM_STEPS = 8
"""Where neither file nor options say: as few as the house's draft takes."""
Asked = dict[str, Any]


def read_file(path: Path | None) -> Asked:
    """The fields of a request's file.

    Raises:
        RenderError: there is none, or it is no JSON object.
    """
    if path is None:
        return {}
    try:
        asked = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RenderError(f"{path}: cannot be read ({error.strerror}); name a JSON file with a request") from error
    except (ValueError, RecursionError) as error:
        raise RenderError(f"{path}: not JSON ({error}); see the README for a request") from error
    if not isinstance(asked, dict):
        raise RenderError(f'{path}: a request is a JSON object, such as {{"prompt": "a red sailboat"}}')
    return asked


def read_size(size: str | None) -> Asked:
    """Width and height of "256x144".

    Raises:
        RenderError: it is not two numbers.
    """
    if size is None:
        return {}
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size)
    if match is None:
        raise RenderError(f"--size {size!r}: give width x height, such as 256x144")
    return {"width": int(match[1]), "height": int(match[2])}


def opening_on(picture: Path | None, asked: Asked) -> Asked:
    """The same with one more condition: the picture that the clip opens on.

    Raises:
        RenderError: there is no such picture, or what stands as conditioning is no list.
    """
    if picture is None:
        return asked
    with reading(picture):
        if not picture.is_file():
            raise RenderError(f"--first-frame {picture}: no such picture")
    conditioning = asked.get("conditioning", [])
    if not isinstance(conditioning, list):
        raise RenderError("conditioning: a request has a list of them")
    return asked | {"conditioning": [*conditioning, {"kind": "first_frame", "picture": picture}]}


def defaults_of(card: RendererCard) -> Asked:
    """What the model does when nothing else is asked: its first size, its rate, its longest clip."""
    width, height = next(iter(card.native_sizes.values()))
    return {"width": width, "height": height, "num_frames": card.max_num_frames, "fps": card.native_fps}


def build_request(asked: Asked, defaults: Asked) -> RenderRequest:
    """The whole request.

    Raises:
        RenderError: a field is missing, unknown, or cannot be so.
    """
    try:
        return RenderRequest.model_validate({"seed": 0, "num_steps": NUM_STEPS} | defaults | asked)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the request"
        raise RenderError(f"{where}: {fault['msg'].lower()}; see aiprod-engine render --help") from error


def check(asked: Asked) -> Asked:
    """The same, when no model could refuse it for what it lacks or says; before anything is loaded.

    Raises:
        RenderError: as `build_request`.
    """
    build_request(asked, {"width": 1, "height": 1, "num_frames": 1, "fps": 1.0})
    return asked
