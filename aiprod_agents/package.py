"""The package's folder: film, animatic, captions, manifest, receipt, QA report and the storyboard page.

It is written to a passing folder and renamed, so that a package is whole or not there; written again, it is the same.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiprod_agents.assembling import assemble_once
from aiprod_agents.captions import write_srt
from aiprod_agents.context import StudioContext
from aiprod_agents.cutting import as_animatic
from aiprod_agents.errors import StudioError
from aiprod_agents.film_page import build_page
from aiprod_agents.made import Made, write_whole
from aiprod_agents.manifest import (
    ANIMATIC,
    CAPTIONS,
    FILM,
    MANIFEST,
    QA,
    RECEIPT,
    Package,
    build_manifest,
    build_qa,
    build_receipt_file,
    find_film_plan,
    find_standing,
)
from aiprod_agents.pages import write_storyboard
from aiprod_agents.plan_page import PAGE
from aiprod_agents.state import Commission, State
from aiprod_agents.watching import collect_measured
from memory.records import Deliverable
from render_engine.api import AssembledFilm


def choose_folder(commission: Commission, cut_version: int, workspace: Path) -> Path:
    """Where a version of the package lies: where it was asked, later versions beside it; else in the workspace."""
    if commission.out is None:
        return workspace / "productions" / commission.production_id / f"v{cut_version}"
    out = Path(commission.out)
    return out if cut_version == 1 else out.with_name(f"{out.name}-v{cut_version}")


async def write_package(package: Package, folder: Path, context: StudioContext) -> Deliverable:
    """Write the package to `folder`, replacing one that is there.

    Raises:
        StudioError: when the folder cannot be written, or holds something that is no package of this production.
    """
    check_replaceable(folder, package["commission"].production_id)
    draft = folder.with_name(f".{folder.name}.{package['commission'].production_id}")
    shutil.rmtree(draft, ignore_errors=True)  # of a try that was killed
    try:
        draft.mkdir(parents=True)
        await _fill(package, draft, context)
        files = {path.name: hash_file(path) for path in sorted(draft.iterdir())}
        _swap(draft, folder)
    except OSError as error:
        raise StudioError(f"the package cannot be written to {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Deliverable(
        version=package["cut"].version, folder=str(folder), film_sha256=package["cut"].sha256, files=files
    )


def check_replaceable(folder: Path, production_id: str | None = None) -> None:
    """A package replaces nothing but an earlier writing of itself, or an empty folder.

    Args:
        folder: where the package shall lie.
        production_id: whose package it is; None is a production that has not begun, to which no package belongs yet.

    Raises:
        StudioError: names what lies there.
    """
    if folder.exists() and not folder.is_dir():
        raise StudioError(f"{folder} is a file: choose a folder for the package.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    owner = find_owner(folder)
    if owner is None:
        raise StudioError(f"{folder} holds other files: choose an empty folder for the package.")
    if owner != production_id:
        raise StudioError(f"{folder} holds the film of production {owner[:8]}: choose another folder for this one.")


def find_owner(folder: Path) -> str | None:
    """The id of the production whose package lies in `folder`, or None when no package does."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    owner = manifest.get("production_id") if isinstance(manifest, dict) else None
    return owner if isinstance(owner, str) else None


async def assemble_animatic(package: Package, context: StudioContext) -> Made[AssembledFilm]:
    """The drawn version of the film, made once: for the bill, which it is a part of, and then found for the folder."""
    assets = context.memory.assets
    clips = {
        shot_id: assets.path(stands.request.animatic_sha256 or "") for shot_id, stands in find_standing(package).items()
    }
    return await assemble_once(as_animatic(find_film_plan(package)), clips, package["spoken"], context, State.DELIVERY)


async def find_film(package: Package, context: StudioContext) -> Path:
    """The film's file; one that was damaged since is assembled again.

    Raises:
        StudioError: when that gives another film, which nobody has judged.
    """
    assets, cut = context.memory.assets, package["cut"]
    if not assets.holds(cut.sha256):
        clips = {name: assets.path(stands.take.sha256 or "") for name, stands in find_standing(package).items()}
        again = await assemble_once(find_film_plan(package), clips, package["spoken"], context, State.DELIVERY)
        if again.sha256 != cut.sha256:
            raise StudioError("the film's file is damaged and cannot be made again: produce the brief again.")
    return assets.path(cut.sha256)


async def _fill(package: Package, folder: Path, context: StudioContext) -> None:
    assets = context.memory.assets
    shutil.copyfile(await find_film(package, context), folder / FILM)
    animatic = await assemble_animatic(package, context)
    shutil.copyfile(assets.path(animatic.sha256), folder / ANIMATIC)
    (folder / CAPTIONS).write_text(write_srt(package["spoken"]), "utf-8")
    card = await context.engine.card()
    files = {name: hash_file(folder / name) for name in (FILM, ANIMATIC, CAPTIONS)}
    write_json(folder / MANIFEST, build_manifest(package, card, context.language_model.name, files))
    write_json(folder / RECEIPT, build_receipt_file(package))
    standing = find_standing(package)
    measured = await collect_measured(context, find_film_plan(package), package["cut"], standing)
    write_json(folder / QA, build_qa(package, measured))
    page = await build_page(package, card, folder, context)
    write_storyboard(page, folder / PAGE)
    shutil.rmtree(folder / "thumbnails")


# ---- files -----------------------------------------------------------------------------------------------------


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a value so that a person can read it, whole or not at all."""
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def hash_file(path: Path) -> str:
    """The sha256 of a file, as 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _swap(draft: Path, folder: Path) -> None:
    """Put the new folder in the old one's place; the old one comes back when that fails."""
    old = folder.with_name(f".{folder.name}.{uuid4().hex}.old")
    was_there = folder.exists()
    if was_there:
        folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        if was_there:
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
