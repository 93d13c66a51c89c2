"""The delivered film's page: the storyboard with the animatic and the take of each shot that stands in the film."""

from pathlib import Path

from aiprod_agents.context import StudioContext
from aiprod_agents.cutting import find_starts
from aiprod_agents.manifest import FILM, Package, Standing, find_standing
from aiprod_agents.page_shots import build_page_shot
from aiprod_agents.pages import THUMBNAIL_WIDTH, PageCard, PageShot, StoryboardPage
from memory.records import Card, ProductionStatus, Shot
from render_engine.api import RendererCard


async def build_page(package: Package, card: RendererCard, folder: Path, context: StudioContext) -> StoryboardPage:
    """The storyboard page's values; its pictures lie in `folder/thumbnails` until the page holds them."""
    pictures = folder / "thumbnails"
    pictures.mkdir()
    standing = find_standing(package)
    shots = [
        await _page_shot(package, shot, standing[shot.id], pictures, context) for shot in package["storyboard"].shots
    ]
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
        approvals=tuple(package["approvals"]),
        renderer=f"{card.name} {card.weights_sha256[:12]}",
    )


async def _page_shot(
    package: Package, shot: Shot, standing: Standing, pictures: Path, context: StudioContext
) -> PageShot:
    take, request = standing
    clip = context.memory.assets.path(take.sha256 or "")
    drawn = context.memory.assets.path(request.animatic_sha256 or "")
    middle = shot.seconds / 2
    thumbnail = context.engine.thumbnail
    shown = {
        "animatic": await thumbnail(drawn, middle, THUMBNAIL_WIDTH, pictures / f"{shot.id}-animatic.jpg"),
        "take": await thumbnail(clip, middle, THUMBNAIL_WIDTH, pictures / f"{shot.id}-take.jpg"),
        "take_number": take.number,
    }
    entry = build_page_shot(package["storyboard"], shot, request, package["requests_made"].values())
    return entry.model_copy(update=shown)


async def _page_card(package: Package, card: Card | None, pictures: Path, context: StudioContext) -> PageCard | None:
    if card is None:
        return None
    middle = find_starts(package["storyboard"])[card.id] + card.seconds / 2
    film = context.memory.assets.path(package["cut"].sha256)
    picture = await context.engine.thumbnail(film, middle, THUMBNAIL_WIDTH, pictures / f"{card.id}.jpg")
    return PageCard(card=card, picture=picture)
