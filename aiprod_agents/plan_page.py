"""The plan's page: the storyboard with its animatics, for whoever must approve it before anything is rendered."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from aiprod_agents.context import StudioContext
from aiprod_agents.page_shots import build_page_shot
from aiprod_agents.pages import THUMBNAIL_WIDTH, PageCard, PageShot, StoryboardPage, write_storyboard
from aiprod_agents.state import Commission, ShotRequest
from memory.records import Brief, Concept, Look, ProductionStatus, RecalledLine, Shot, Storyboard, Tier

PAGE = "storyboard.html"


class PlanSheet(NamedTuple):
    """A plan as translated and drawn; `production_id` is None for a preview, which is no production."""

    production_id: str | None
    status: ProductionStatus
    commission: Commission
    tier: Tier
    brief: Brief
    recall: Sequence[RecalledLine]
    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: Sequence[str]
    requests: Mapping[str, ShotRequest]


def plan_folder(workspace: Path, production_id: str) -> Path:
    """Where a production's plan lies while it waits for its approval."""
    return workspace / "productions" / production_id / "plan"


async def write_plan_page(sheet: PlanSheet, folder: Path, context: StudioContext) -> Path:
    """Write `storyboard.html` into `folder`; written again, it is replaced."""
    board = sheet.storyboard
    with TemporaryDirectory(prefix="aiprod-page-") as pictures:
        shots = [await _page_shot(sheet, shot, Path(pictures), context) for shot in board.shots]
        page = StoryboardPage(
            production_id=sheet.production_id,
            status=sheet.status,
            tier=sheet.tier,
            seed=sheet.commission.seed,
            brief=sheet.brief,
            concept=sheet.concept,
            look=sheet.look,
            shots=tuple(shots),
            title_card=PageCard(card=board.title_card) if board.title_card else None,
            end_card=PageCard(card=board.end_card) if board.end_card else None,
            plan_notes=tuple(sheet.plan_notes),
            recall=tuple(sheet.recall),
        )
        return _put(page, folder)


def _put(page: StoryboardPage, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_storyboard(page, folder / PAGE)


async def _page_shot(sheet: PlanSheet, shot: Shot, pictures: Path, context: StudioContext) -> PageShot:
    request = sheet.requests[shot.id]
    clip = context.memory.assets.path(request.animatic_sha256 or "")
    picture = pictures / f"{shot.id}.jpg"
    drawn = await context.engine.thumbnail(clip, shot.seconds / 2, THUMBNAIL_WIDTH, picture)
    entry = build_page_shot(sheet.storyboard, shot, request, sheet.requests.values())
    return entry.model_copy(update={"animatic": drawn})
