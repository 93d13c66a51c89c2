"""Render requests: how a translated shot becomes everything that decides its pixels, at a tier and for one attempt."""

from pathlib import Path

from aiprod_agents.ids import derive_seed, digest_value
from aiprod_agents.plan import ShotTranslation
from aiprod_agents.quoting import num_frames_for
from aiprod_agents.state import ShotRequest
from aiprod_agents.tiers import TIERS
from memory.records import Aspect, Tier
from render_engine.api import AnimaticGuide, Conditioning, FirstFrame, RendererCard, RenderRequest


def build_request(
    shot: ShotTranslation,
    tier: Tier,
    frame: tuple[RendererCard, Aspect, float],
    seed: int,
    picture: Path | None,
) -> ShotRequest:
    """One shot as the engine is asked for it; the animatic is not drawn yet.

    Args:
        shot: words and scene in the renderer's dialect.
        tier: decides steps, guidance and the animatic's strength.
        frame: the renderer's card, the film's aspect, and the seconds that the clip must last.
        seed: of this attempt.
        picture: the first frame, where the brief gives one; the animatic then moves over it.
    """
    card, aspect, seconds = frame
    settings = TIERS[tier]
    width, height = card.native_sizes[aspect]
    guide = AnimaticGuide(scene=shot.scene, strength=settings.animatic_strength, picture=picture)
    conditioning: list[Conditioning] = [guide]
    if picture:
        conditioning.append(FirstFrame(picture=picture))
    request = RenderRequest(
        prompt=shot.prompt,
        negative_prompt=shot.negative_prompt,
        width=width,
        height=height,
        num_frames=min(num_frames_for(seconds, card), card.max_num_frames),
        fps=card.native_fps,
        seed=seed,
        num_steps=settings.num_steps,
        guidance_scale=settings.guidance_scale,
        conditioning=tuple(conditioning),
    )
    return ShotRequest(
        shot_id=shot.shot_id,
        scene=shot.scene,
        request=request,
        digest=digest_value(request),
        animatic_sha256=None,
        notes=shot.notes,
        unanswered=shot.unanswered,
    )


def attempt_seed(seed: int, shot_id: str, attempt: int) -> int:
    """The seed of a shot's attempt, counted from 0; it follows from the production's seed, not from its id."""
    return derive_seed(seed, shot_id, attempt)


def reseed(request: ShotRequest, seed: int, attempt: int) -> ShotRequest:
    """The same words with the seed of another attempt."""
    again = request.request.model_copy(update={"seed": attempt_seed(seed, request.shot_id, attempt)})
    return request.model_copy(update={"request": again, "digest": digest_value(again)})


def find_guide(request: RenderRequest) -> AnimaticGuide | None:
    """The animatic that guides a render, or None for text alone."""
    return next((item for item in request.conditioning if isinstance(item, AnimaticGuide)), None)


def animatic_strength(request: RenderRequest) -> float:
    """How strongly the animatic guides a render; 0 is text alone."""
    guide = find_guide(request)
    return guide.strength if guide else 0.0


def animatic_picture(request: RenderRequest) -> str | None:
    """The sha256 of the picture that the animatic moves over; None where it is drawn from its scene."""
    guide = find_guide(request)
    return guide.picture.stem if guide and guide.picture else None
