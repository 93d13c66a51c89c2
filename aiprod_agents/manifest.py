"""The package's JSON files: how the film was made, what it cost, and what was seen in it.

A shot is described by the request that made the take which stands in the film; a later request may have been refused,
or its take may have lost.
"""

from importlib.metadata import version
from typing import Any, Literal, NamedTuple, TypedDict

from aiprod_agents.cutting import FilmPlan
from aiprod_agents.measured import Measured
from aiprod_agents.receipts import LEFT_OUT
from aiprod_agents.shot_requests import animatic_picture, animatic_strength
from aiprod_agents.state import Approval, Commission, ShotRequest, SpokenLine
from memory.records import (
    Brief,
    Concept,
    Cut,
    Finding,
    Look,
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

FILM, ANIMATIC, CAPTIONS = "film.mp4", "animatic.mp4", "captions.srt"
MANIFEST, RECEIPT, QA = "manifest.json", "receipt.json", "qa.json"


class Package(TypedDict):
    """Everything that goes into a package: the slice of the state that delivery reads."""

    commission: Commission
    brief: Brief
    recall: list[RecalledLine]
    approvals: list[Approval]
    concept: Concept
    look: Look
    storyboard: Storyboard
    route: Literal["fast", "full"]
    plan_notes: list[str]
    savings: list[str]
    tier: Tier
    requests_made: dict[str, ShotRequest]
    takes: dict[str, Take]
    best_takes: dict[str, str]
    cut: Cut
    spoken: list[SpokenLine]
    findings: list[Finding]
    unmeasured: list[str]
    review: Review | None
    quotes: dict[str, Quote]
    receipt: Receipt


class Standing(NamedTuple):
    """The take of a shot that stands in the film, and the request that it was rendered from."""

    take: Take
    request: ShotRequest


def find_standing(package: Package) -> dict[str, Standing]:
    """By shot id: what stands in the film."""
    takes = {shot_id: package["takes"][take_id] for shot_id, take_id in package["best_takes"].items()}
    return {shot_id: Standing(take, package["requests_made"][take.request_digest]) for shot_id, take in takes.items()}


def find_film_plan(package: Package) -> FilmPlan:
    """What the film is cut from."""
    return FilmPlan(package["commission"], package["brief"], package["concept"], package["look"], package["storyboard"])


def build_manifest(package: Package, card: RendererCard, language_model: str, files: dict[str, str]) -> dict[str, Any]:
    """How the film was made, down to every shot's seed, so that it can be made again.

    Args:
        package: the production's state.
        card: the renderer's.
        language_model: who wrote the plan and the prompts.
        files: sha256 by name, of the media beside the manifest.

    Of times it holds only the seconds that each shot's take took; all else is the same when the film is made again.
    """
    return {
        "aiprod": version("aiprod"),
        "production_id": package["commission"].production_id,
        "project": package["commission"].project,
        "seed": package["commission"].seed,
        "tier": package["tier"],
        "tier_asked": package["commission"].tier,
        "fast": package["commission"].fast,
        "route": package["route"],
        "brief": package["brief"].model_dump(mode="json"),
        "concept": package["concept"].model_dump(mode="json"),
        "look": package["look"].model_dump(mode="json"),
        "notes": package["plan_notes"],
        "savings": package["savings"],
        "recall": [line.model_dump(mode="json") for line in package["recall"]],
        "approvals": [answer.model_dump(mode="json") for answer in package["approvals"]],
        "language_model": language_model,
        "renderer": {
            "name": card.name,
            "weights_sha256": card.weights_sha256,
            "num_threads": card.num_threads,
            "compute_dtype": card.compute_dtype,
            "native_fps": card.native_fps,
            "text_encoder_sha256": card.text_encoder_sha256,
            "versions": card.versions,
            "limits": list(card.limits),
        },
        "voice": card.voice,
        "film": {
            "file": FILM,
            "sha256": package["cut"].sha256,
            **package["cut"].model_dump(mode="json", exclude={"sha256", "seconds_elapsed"}),
        },
        "files": files,
        "shots": [describe_shot(package, shot) for shot in package["storyboard"].shots],
        "cards": [
            part.model_dump(mode="json")
            for part in (package["storyboard"].title_card, package["storyboard"].end_card)
            if part
        ],
        "narration": [line.model_dump(mode="json") for line in package["spoken"]],
        "animatic": {
            "file": ANIMATIC,
            "what": describe_animatic(package),
            "edited_by_hand": find_edited(package),
        },
    }


def describe_animatic(package: Package) -> str:
    """What the animatic is, in one line: no model rendered it."""
    standing = find_standing(package)
    over = [shot_id for shot_id, stands in standing.items() if animatic_picture(stands.request.request)]
    moves = f"; {', '.join(over)}: a camera move over the brief's own picture" if over else ""
    edited = find_edited(package)
    hand = f"; {', '.join(edited)}: edited by hand" if edited else ""
    return f"drawn by the project's own animatic, not rendered by a model{hand}{moves}"


def find_edited(package: Package) -> list[str]:
    """Ids of the shots whose animatic a person edited, in the film's order."""
    standing = find_standing(package)
    return [shot.id for shot in package["storyboard"].shots if standing[shot.id].request.by_hand]


def describe_shot(package: Package, shot: Shot) -> dict[str, Any]:
    """Everything that decided one shot's pixels, and what they cost."""
    take, request = find_standing(package)[shot.id]
    asked = request.request
    return {
        "id": shot.id,
        "planned_seconds": shot.seconds,
        "description": shot.description,
        "covers": list(shot.covers),
        "change": request.change,
        "prompt": asked.prompt,
        "negative_prompt": asked.negative_prompt,
        "seed": asked.seed,
        "animatic_strength": animatic_strength(asked),
        "animatic_picture_sha256": animatic_picture(asked),
        "first_frame_sha256": shot.first_frame,
        "scene": request.scene.model_dump(mode="json"),
        "edited_by_hand": [edit.model_dump(mode="json") for edit in request.by_hand],
        "settings": asked.model_dump(
            mode="json", include={"width", "height", "num_frames", "fps", "pipeline", "num_steps", "guidance_scale"}
        ),
        "notes": list(request.notes),
        "take": take.number,
        "takes": sum(other.shot_id == shot.id for other in package["takes"].values()),
        "request_sha256": take.request_digest,
        "weights_sha256": take.weights_sha256,
        "num_threads": take.num_threads,
        "compute_dtype": take.compute_dtype,
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
        "left_out": LEFT_OUT,
    }


def build_qa(package: Package, measured: Measured) -> dict[str, Any]:
    """What was measured, what was found, by whom, what became of it, and what nothing measured."""
    return {
        "film_sha256": package["cut"].sha256,
        "version": package["cut"].version,
        "review": package["review"].model_dump(mode="json") if package["review"] else None,
        "voided_reviews": [],
        "measured": measured.model_dump(mode="json"),
        "findings": [finding.model_dump(mode="json") for finding in package["findings"]],
        "not_measured": package["unmeasured"],
    }
