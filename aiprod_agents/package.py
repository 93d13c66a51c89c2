"""The package: film, animatic, captions, manifest, receipt, QA report and the storyboard page, in one folder.

It is written to a passing folder and renamed, so that a package is whole or not there; written again, it is the same.
"""

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict
from uuid import uuid4

from aiprod_agents.assembling import assemble_once
from aiprod_agents.captions import write_srt
from aiprod_agents.context import StudioContext
from aiprod_agents.cutting import FilmPlan, as_animatic, find_starts
from aiprod_agents.errors import StudioError
from aiprod_agents.pages import THUMBNAIL_WIDTH, PageCard, PageShot, StoryboardPage, write_storyboard
from aiprod_agents.shot_requests import animatic_picture, animatic_strength
from aiprod_agents.state import Commission, ShotRequest, SpokenLine, State
from memory.records import (
    Brief,
    Card,
    Concept,
    Cut,
    Deliverable,
    Finding,
    Look,
    ProductionStatus,
    Quote,
    RecalledLine,
    Receipt,
    Review,
    Shot,
    Storyboard,
    Take,
    Tier,
)
from render_engine.api import RendererCard

FILM, ANIMATIC, MANIFEST = "film.mp4", "animatic.mp4", "manifest.json"


class Package(TypedDict):
    """Everything that goes into a package: the slice of the state that delivery reads."""

    commission: Commission
    brief: Brief
    recall: list[RecalledLine]
    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: list[str]
    savings: list[str]
    tier: Tier
    requests: dict[str, ShotRequest]
    takes: dict[str, Take]
    best_takes: dict[str, str]
    cut: Cut
    spoken: list[SpokenLine]
    findings: list[Finding]
    unmeasured: list[str]
    review: Review | None
    quotes: dict[str, Quote]
    receipt: Receipt


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
    draft = folder.with_name(f".{folder.name}.{uuid4().hex}")
    try:
        draft.mkdir(parents=True)
        await _fill(package, draft, context)
        files = {path.name: _hash(path) for path in sorted(draft.iterdir())}
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


async def _fill(package: Package, folder: Path, context: StudioContext) -> None:
    assets = context.memory.assets
    shutil.copyfile(assets.path(package["cut"].sha256), folder / FILM)
    animatics = {shot.id: _animatic_path(package, shot.id, context) for shot in package["storyboard"].shots}
    drawn = as_animatic(
        FilmPlan(package["commission"], package["brief"], package["concept"], package["look"], package["storyboard"])
    )
    animatic = await assemble_once(drawn, animatics, package["spoken"], context, State.DELIVERY)
    shutil.copyfile(assets.path(animatic.sha256), folder / ANIMATIC)
    (folder / "captions.srt").write_text(write_srt(package["spoken"]), "utf-8")
    card = await context.engine.card()
    _write_json(folder / MANIFEST, build_manifest(package, card, context))
    _write_json(folder / "receipt.json", build_receipt_file(package))
    _write_json(folder / "qa.json", build_qa(package))
    page = await build_page(package, card, folder, context)
    write_storyboard(page, folder / "storyboard.html")
    shutil.rmtree(folder / "thumbnails")


def _animatic_path(package: Package, shot_id: str, context: StudioContext) -> Path:
    return context.memory.assets.path(package["requests"][shot_id].animatic_sha256 or "")


# ---- the JSON files --------------------------------------------------------------------------------------------


def build_manifest(package: Package, card: RendererCard, context: StudioContext) -> dict[str, Any]:
    """How the film was made, down to every shot's seed, so that it can be made again.

    Of times it holds only the seconds that each shot's take took; all else is the same when the film is made again.
    """
    return {
        "aiprod": version("aiprod"),
        "production_id": package["commission"].production_id,
        "project": package["commission"].project,
        "seed": package["commission"].seed,
        "tier": package["tier"],
        "brief": package["brief"].model_dump(mode="json"),
        "concept": package["concept"].model_dump(mode="json"),
        "look": package["look"].model_dump(mode="json"),
        "notes": package["plan_notes"],
        "savings": package["savings"],
        "recall": [line.model_dump(mode="json") for line in package["recall"]],
        "language_model": context.language_model.name,
        "renderer": {
            "name": card.name,
            "weights_sha256": card.weights_sha256,
            "num_threads": card.num_threads,
            "native_fps": card.native_fps,
            "limits": list(card.limits),
        },
        "film": {
            "file": FILM,
            "sha256": package["cut"].sha256,
            **package["cut"].model_dump(mode="json", exclude={"sha256", "seconds_elapsed"}),
        },
        "shots": [describe_shot(package, shot) for shot in package["storyboard"].shots],
        "cards": [
            part.model_dump(mode="json")
            for part in (package["storyboard"].title_card, package["storyboard"].end_card)
            if part
        ],
        "narration": [line.model_dump(mode="json") for line in package["spoken"]],
        "animatic": {"file": ANIMATIC, "what": describe_animatic(package)},
    }


def describe_animatic(package: Package) -> str:
    """What the animatic is, in one line: no model rendered it."""
    over = [shot.id for shot in package["storyboard"].shots if animatic_picture(package["requests"][shot.id].request)]
    moves = f"; {', '.join(over)}: a camera move over the brief's own picture" if over else ""
    return f"drawn by the project's own animatic, not rendered by a model{moves}"


def describe_shot(package: Package, shot: Shot) -> dict[str, Any]:
    """Everything that decided one shot's pixels, and what they cost."""
    request, take = package["requests"][shot.id], package["takes"][package["best_takes"][shot.id]]
    asked = request.request
    return {
        "id": shot.id,
        "planned_seconds": shot.seconds,
        "description": shot.description,
        "covers": list(shot.covers),
        "change": shot.change,
        "prompt": asked.prompt,
        "negative_prompt": asked.negative_prompt,
        "seed": asked.seed,
        "animatic_strength": animatic_strength(asked),
        "animatic_picture_sha256": animatic_picture(asked),
        "first_frame_sha256": shot.first_frame,
        "scene": request.scene.model_dump(mode="json"),
        "settings": asked.model_dump(
            mode="json", include={"width", "height", "num_frames", "fps", "pipeline", "num_steps", "guidance_scale"}
        ),
        "notes": list(request.notes),
        "take": take.number,
        "takes": sum(other.shot_id == shot.id for other in package["takes"].values()),
        "request_sha256": take.request_digest,
        "weights_sha256": take.weights_sha256,
        "take_sha256": take.sha256,
        "animatic_sha256": request.animatic_sha256,
        "seconds_elapsed": take.seconds_elapsed,
    }


def build_receipt_file(package: Package) -> dict[str, Any]:
    """The receipt with its difference."""
    receipt = package["receipt"]
    return {
        **receipt.model_dump(mode="json"),
        "difference_seconds": receipt.spent_seconds - receipt.quoted_seconds,
        "difference_eur": receipt.difference_eur,
    }


def build_qa(package: Package) -> dict[str, Any]:
    """What was found, by whom, what became of it, and what nothing measured."""
    return {
        "film_sha256": package["cut"].sha256,
        "version": package["cut"].version,
        "review": package["review"].model_dump(mode="json") if package["review"] else None,
        "findings": [finding.model_dump(mode="json") for finding in package["findings"]],
        "not_measured": package["unmeasured"],
    }


# ---- the page --------------------------------------------------------------------------------------------------


async def build_page(package: Package, card: RendererCard, folder: Path, context: StudioContext) -> StoryboardPage:
    """The storyboard page's values; its pictures lie in `folder/thumbnails` until the page holds them."""
    pictures = folder / "thumbnails"
    pictures.mkdir()
    shots = [await _page_shot(package, shot, pictures, context) for shot in package["storyboard"].shots]
    return StoryboardPage(
        production_id=package["commission"].production_id,
        status=ProductionStatus.DELIVERED,
        tier=package["tier"],
        seed=package["commission"].seed,
        brief=package["brief"],
        concept=package["concept"],
        look=package["look"],
        shots=tuple(shots),
        title_card=await _page_card(package, package["storyboard"].title_card, pictures, context),
        end_card=await _page_card(package, package["storyboard"].end_card, pictures, context),
        plan_notes=(*package["plan_notes"], *package["savings"]),
        recall=tuple(package["recall"]),
        cut=package["cut"],
        film=FILM,
        findings=tuple(package["findings"]),
        not_measured=tuple(package["unmeasured"]),
        review=package["review"],
        quote=next(iter(package["quotes"].values())),
        receipt=package["receipt"],
        renderer=f"{card.name} {card.weights_sha256[:12]}",
    )


async def _page_shot(package: Package, shot: Shot, pictures: Path, context: StudioContext) -> PageShot:
    request, take = package["requests"][shot.id], package["takes"][package["best_takes"][shot.id]]
    clip = context.memory.assets.path(take.sha256 or "")
    middle = shot.seconds / 2
    thumbnail = context.engine.thumbnail
    return PageShot(
        shot=shot,
        scene=next(scene for scene in package["storyboard"].scenes if scene.id == shot.scene_id),
        animatic=await thumbnail(
            _animatic_path(package, shot.id, context), middle, THUMBNAIL_WIDTH, pictures / f"{shot.id}-animatic.jpg"
        ),
        take=await thumbnail(clip, middle, THUMBNAIL_WIDTH, pictures / f"{shot.id}-take.jpg"),
        take_number=take.number,
        prompt=request.request.prompt,
        animatic_strength=animatic_strength(request.request),
        animatic_over_picture=animatic_picture(request.request) is not None,
        notes=request.notes,
    )


async def _page_card(package: Package, card: Card | None, pictures: Path, context: StudioContext) -> PageCard | None:
    if card is None:
        return None
    middle = find_starts(package["storyboard"])[card.id] + card.seconds / 2
    film = context.memory.assets.path(package["cut"].sha256)
    picture = await context.engine.thumbnail(film, middle, THUMBNAIL_WIDTH, pictures / f"{card.id}.jpg")
    return PageCard(card=card, picture=picture)


# ---- files -----------------------------------------------------------------------------------------------------


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _hash(path: Path) -> str:
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
