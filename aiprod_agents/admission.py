"""Admission: what is checked before a production exists, so that bad input leaves nothing behind."""

import math
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from aiprod_agents.brief_reading import AttachedPicture, ReadBrief
from aiprod_agents.calibrating import open_estimator
from aiprod_agents.context import StudioContext
from aiprod_agents.errors import InputError
from aiprod_agents.quoting import budget_seconds
from aiprod_agents.state import Order, State
from memory.records import Attachment, Brief
from render_engine.api import RenderError

MIN_FREE_BYTES = 256 * 2**20
"""A film of a minute with its takes and packages stays well below."""


async def admit(read: ReadBrief, order: Order, context: StudioContext) -> Brief:
    """The brief with its pictures stored, once it is sure that the production can begin.

    Raises:
        InputError: one line that says what to change.
    """
    check_room(context.workspace)
    await check_engine(context)
    await check_budget(read.brief, order, context)
    await check_pictures(read.pictures, context)
    stored = [
        Attachment(role=picture.role, name=picture.name, sha256=context.memory.assets.put_file(picture.path))
        for picture in read.pictures
    ]
    return read.with_attachments(stored)


async def check_pictures(pictures: Sequence[AttachedPicture], context: StudioContext) -> None:
    """Every picture can be decoded, and what stands on a card stands still; InputError names the one that does not."""
    for picture in pictures:
        try:
            seen = await context.engine.probe(picture.path)
        except RenderError as error:
            raise InputError(f"the picture {picture.name} cannot be used: {error}") from error
        if picture.role == "logo" and (seen.num_frames, seen.fps) != (1, 1.0):
            raise InputError(f"the logo {picture.name} is a clip: give a PNG, JPEG or WebP picture.")


def check_room(workspace: Path) -> None:
    """The workspace can be written and has room; InputError otherwise."""
    probe = workspace / f".probe-{os.getpid()}-{uuid.uuid4().hex}"
    try:
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(workspace).free
    except OSError as error:
        raise InputError(f"the workspace {workspace} cannot be written: {error.strerror}.") from error
    if free < MIN_FREE_BYTES:
        raise InputError(f"the disk of {workspace} is full: make {MIN_FREE_BYTES // 2**20} MiB of room.")


async def check_engine(context: StudioContext) -> None:
    """The engine starts and its weights are whole; InputError otherwise, before anything is begun with them."""
    try:
        await context.engine.card()
    except RenderError as error:
        raise InputError(str(error)) from error


async def check_budget(brief: Brief, order: Order, context: StudioContext) -> None:
    """A budget below the cheapest film of that length is bad input, told with the price of that film."""
    limit = budget_seconds(order.budget, context.prices)
    if math.isinf(limit):
        return
    estimator = await open_estimator(context, State.INTAKE)
    cheapest = estimator.cheapest_film_seconds(brief.aspect, brief.seconds)
    if cheapest > limit:
        raise InputError(
            f"the budget of {estimator.describe(limit)} is below the cheapest film of {brief.seconds:g} s: "
            f"{estimator.describe(cheapest)}."
        )
