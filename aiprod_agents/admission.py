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
from aiprod_agents.errors import InputError, StudioError
from aiprod_agents.package import check_replaceable, choose_folder
from aiprod_agents.planning import find_word_faults
from aiprod_agents.quoting import budget_seconds
from aiprod_agents.state import Judgement, Order, ProductionState, State
from memory.records import Attachment, Brief
from render_engine.api import Clip, RenderError

MIN_FREE_BYTES = 256 * 2**20
"""A film of a minute with its takes and packages stays well below."""


async def admit(read: ReadBrief, order: Order, context: StudioContext) -> Brief:
    """The brief with its pictures stored, once it is sure that the production can begin.

    Raises:
        InputError: one line that says what to change.
    """
    await check_engine(context)
    await check_words(read.brief, context)
    await check_budget(read.brief, order, context)
    await check_pictures(read.pictures, context)
    colours = [await read_colours(picture, context) for picture in read.pictures]
    stored = [
        Attachment(
            role=picture.role,
            name=picture.name,
            sha256=context.memory.assets.put_file(picture.path),
            colours=tuple(of_picture),
        )
        for picture, of_picture in zip(read.pictures, colours, strict=True)
    ]
    return read.with_attachments(stored)


async def read_colours(picture: AttachedPicture, context: StudioContext) -> list[str]:
    """The colours of a reference that a plan can follow; none of a clip, and of pictures that stand in the film."""
    if picture.role != "reference":
        return []
    try:
        seen = await context.engine.probe(picture.path)
        return await context.engine.find_colours(picture.path) if is_still(seen) else []
    except RenderError as error:
        raise InputError(f"the picture {picture.name} cannot be used: {error}") from error


def is_still(seen: Clip) -> bool:
    """Whether a file is a picture, as an engine tells it apart from a clip."""
    return (seen.num_frames, seen.fps) == (1, 1.0)


def check_place(workspace: Path, order: Order) -> None:
    """The workspace has room, and the package that was ordered a folder to lie in; InputError, before any engine."""
    check_room(workspace)
    if order.out is None:
        return
    folder = Path(order.out)
    check_folder(folder)
    check_disk(next(path for path in (folder, *folder.parents) if path.exists()))
    if folder.is_relative_to(workspace) or workspace.is_relative_to(folder):
        raise InputError(f"{folder} and the workspace {workspace} lie in each other: choose another folder.")


def check_new_version(judgement: Judgement, state: ProductionState, workspace: Path) -> None:
    """Where changes are asked, the package of the version that they make has a folder to lie in; InputError if not."""
    if judgement.verdict == "needs_changes":
        commission = state["commission"]
        version = state["num_review_rounds"] + 2
        check_folder(choose_folder(commission, version, workspace), commission.production_id)


def check_folder(folder: Path, production_id: str | None = None) -> None:
    """A package can take its place there, as far as can be seen before it is made; InputError otherwise."""
    try:
        check_replaceable(folder, production_id)
    except StudioError as error:
        raise InputError(str(error)) from error


async def check_words(brief: Brief, context: StudioContext) -> None:
    """All words that the brief wants on the screen can be shown there; InputError names those that cannot."""
    words = [*brief.words_on_screen, *filter(None, [brief.title])]
    faults = await find_word_faults(words, brief.aspect, context)
    if faults:
        raise InputError(f"the brief's words cannot be shown: {'; '.join(faults)}.")


async def check_pictures(pictures: Sequence[AttachedPicture], context: StudioContext) -> None:
    """Every picture can be decoded, and what stands on a card stands still; InputError names the one that does not."""
    for picture in pictures:
        try:
            seen = await context.engine.probe(picture.path)
        except RenderError as error:
            raise InputError(f"the picture {picture.name} cannot be used: {error}") from error
        if picture.role == "logo" and not is_still(seen):
            raise InputError(f"the logo {picture.name} is a clip: give a PNG, JPEG or WebP picture.")


def check_room(workspace: Path) -> None:
    """The workspace can be written and has room; InputError otherwise."""
    probe = workspace / f".probe-{os.getpid()}-{uuid.uuid4().hex}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(f"the workspace {workspace} cannot be written: {error.strerror}.") from error
    check_disk(workspace)


def check_disk(folder: Path) -> None:
    """The folder's disk has room for a film; InputError otherwise."""
    if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
        raise InputError(f"the disk of {folder} is full: make {MIN_FREE_BYTES // 2**20} MiB of room.")


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
        lengths = range(1, math.ceil(brief.seconds))
        fitting = [length for length in lengths if estimator.cheapest_film_seconds(brief.aspect, length) <= limit]
        raise InputError(
            f"the budget of {estimator.describe(limit)} is below the cheapest film of {brief.seconds:g} s: "
            f"{estimator.describe(cheapest)}"
            + (f"; a film of {fitting[-1]} s at the draft tier may fit." if fitting else "; no shorter film fits it.")
        )
