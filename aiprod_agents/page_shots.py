"""One shot as the storyboard page tells it: as it was really asked of the renderer, which a change may have moved."""

from collections.abc import Iterable

from aiprod_agents.pages import PageShot
from aiprod_agents.shot_requests import animatic_picture, animatic_strength
from aiprod_agents.state import ShotRequest
from memory.records import Scene, Shot, Storyboard


def build_page_shot(
    storyboard: Storyboard, shot: Shot, request: ShotRequest, requests: Iterable[ShotRequest]
) -> PageShot:
    """The shot without its pictures.

    Args:
        storyboard: the plan.
        shot: which of its shots.
        request: what was asked for it, and stands; the storyboard keeps the words that were first planned.
        requests: all that were made for the plan, among them those that no change has touched.
    """
    drawn = request.scene
    asked = {"change": request.change, "camera": drawn.camera, "framing": drawn.framing, "action": drawn.action}
    return PageShot(
        shot=shot.model_copy(update=asked),
        scene=find_scene(storyboard, shot, request, requests),
        prompt=request.request.prompt,
        animatic_strength=animatic_strength(request.request),
        animatic_over_picture=animatic_picture(request.request) is not None,
        notes=request.notes,
    )


def find_scene(storyboard: Storyboard, shot: Shot, request: ShotRequest, requests: Iterable[ShotRequest]) -> Scene:
    """Where and when the shot is drawn; the place in the brief's own words for as long as it is the one planned."""
    scene = next(scene for scene in storyboard.scenes if scene.id == shot.scene_id)
    drawn = request.scene
    here = {other.id for other in storyboard.shots if other.scene_id == scene.id}
    planned = {one.scene.setting for one in requests if one.shot_id in here and not (one.change or one.by_hand)}
    moved = bool(request.change) or any(one.field == "setting" for one in request.by_hand)
    is_planned = not moved or drawn.setting in planned
    setting = scene.setting if is_planned else drawn.setting
    return scene.model_copy(update={"setting": setting, "hour": drawn.hour, "weather": drawn.weather})
