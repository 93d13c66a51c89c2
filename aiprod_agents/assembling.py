"""Assembling: the lines are spoken and the clips joined by the engine, each once for the same inputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aiprod_agents.calibrating import follow_pace
from aiprod_agents.context import Event, StudioContext
from aiprod_agents.cutting import FILM_SIZES, FilmPlan, build_cut_list, find_crossfades, place_lines
from aiprod_agents.ids import digest_text, digest_value
from aiprod_agents.made import Made, make_once
from aiprod_agents.state import SpokenLine, State
from render_engine.api import AssembledFilm, Progress, Sound


async def speak_lines(plan: FilmPlan, context: StudioContext) -> list[SpokenLine]:
    """Speak each shot's line, once per wording, and place it in the film."""
    sounds = {}
    for shot in plan.storyboard.shots if plan.brief.wants_narration else ():
        if shot.narration:
            sounds[shot.id] = await speak(shot.narration, context)
    return place_lines(plan.storyboard, sounds)


async def speak(text: str, context: StudioContext) -> tuple[str, float]:
    """The sha256 and the seconds of a spoken line."""

    async def speak_into(out: Path) -> Sound:
        with context.meter.running("narration"):
            return await context.engine.speak(text, out)

    made = await make_once(context, digest_text(f"narration {text}"), ".wav", Made[Sound], speak_into)
    return made.sha256, made.result.seconds


async def assemble_once(
    plan: FilmPlan,
    clips: Mapping[str, Path],
    spoken: Sequence[SpokenLine],
    context: StudioContext,
    state: State,
) -> Made[AssembledFilm]:
    """Encode the film, once for the same clips, cards and sounds.

    Args:
        plan: what was asked and planned.
        clips: shot id -> its clip, a file named by its hash.
        spoken: the lines as they lie in the film.
        context: the engine and the assets.
        state: who assembles, for those who watch.
    """
    assets = context.memory.assets
    cards = [card for card in (plan.storyboard.title_card, plan.storyboard.end_card) if card and card.logo]
    renderer, is_film = await context.engine.card(), plan.sizes == FILM_SIZES
    cut_list = build_cut_list(
        plan,
        clips,
        find_crossfades(plan.storyboard, plan.concept, renderer),
        [(line, assets.path(line.sha256)) for line in spoken],
        {card.logo: assets.path(card.logo) for card in cards if card.logo},
    )

    def tell(progress: Progress) -> None:
        message = f"assembling, {progress.phase}"
        production_id, step, num_steps = plan.commission.production_id, progress.step, progress.num_steps
        context.emit(Event(production_id, state, message, step=step, num_steps=num_steps))

    async def assemble_into(out: Path) -> AssembledFilm:
        with context.meter.running("assembly" if is_film else "animatic") as reading:
            film = await context.engine.assemble(cut_list, out, tell)
            reading.seconds = film.seconds_elapsed
        if is_film:
            seconds = plan.storyboard.seconds
            follow_pace(
                context, renderer, "assembly", lambda known: known.assembly_seconds(seconds), film.seconds_elapsed
            )
        return film

    return await make_once(context, digest_value(cut_list), ".mp4", Made[AssembledFilm], assemble_into)
