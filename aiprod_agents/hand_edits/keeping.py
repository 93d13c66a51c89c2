"""Keeps the plan that an animatic's file was written from, so that the file draws it again without planning."""

from pathlib import Path

from pydantic import ValidationError

from aiprod_agents.hand_edits.applying import tell_look
from aiprod_agents.hand_edits.writing import put_edit, write_edit
from aiprod_agents.ids import digest_text
from aiprod_agents.made import write_whole
from aiprod_agents.plan import ShotTranslation
from aiprod_agents.plan_page import PlanSheet
from aiprod_agents.state import Commission, ShotRequest
from memory.records import Brief, Concept, Look, RecalledLine, Record, Storyboard, Tier

KEY_LENGTH = 16


class KeptPlan(Record):
    """A plan as it was drawn: everything that a page and an animatic are made from, but for their pixels."""

    commission: Commission
    tier: Tier
    brief: Brief
    recall: tuple[RecalledLine, ...]
    concept: Concept
    look: Look
    storyboard: Storyboard
    plan_notes: tuple[str, ...]
    translations: tuple[ShotTranslation, ...]


def write_sheet_file(sheet: PlanSheet, folder: Path, workspace: Path) -> Path:
    """Write the file of a drawn plan beside its page, and keep the plan in the workspace under the file's key."""
    kept = KeptPlan(
        commission=sheet.commission,
        tier=sheet.tier,
        brief=sheet.brief,
        recall=tuple(sheet.recall),
        concept=sheet.concept,
        look=sheet.look,
        storyboard=sheet.storyboard,
        plan_notes=tuple(sheet.plan_notes),
        translations=tuple(translate_back(sheet.requests[shot.id]) for shot in sheet.storyboard.shots),
    )
    text = kept.model_dump_json()
    key = digest_text(text)[:KEY_LENGTH]
    write_whole(_path(workspace, key), text)
    shots = [(shot, sheet.requests[shot.id].scene) for shot in sheet.storyboard.shots]
    return put_edit(write_edit(sheet.concept.title, tell_look(sheet.look), key, shots), folder)


def find_plan(workspace: Path, key: str) -> KeptPlan | None:
    """The plan of that key, or None where this workspace has none, or one of an older version."""
    if len(key) != KEY_LENGTH or not set(key) <= set("0123456789abcdef"):
        return None
    path = _path(workspace, key)
    try:
        return KeptPlan.model_validate_json(path.read_text("utf-8")) if path.is_file() else None
    except ValidationError:
        return None


def translate_back(request: ShotRequest) -> ShotTranslation:
    """The translation that a request was made of."""
    return ShotTranslation(
        shot_id=request.shot_id,
        scene=request.scene,
        prompt=request.request.prompt,
        negative_prompt=request.request.negative_prompt,
        notes=request.notes,
        unanswered=request.unanswered,
    )


def _path(workspace: Path, key: str) -> Path:
    return workspace / "animatics" / "plans" / f"{key}.json"
