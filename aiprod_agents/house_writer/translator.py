"""The house translator: each shot in scope becomes a scene to draw and a prompt in the renderer's own dialect."""

from dataclasses import dataclass

from aiprod_agents.house_writer.asking import NOTHING, find_not_understood
from aiprod_agents.house_writer.casting import dances
from aiprod_agents.house_writer.changes import Changes, apply_changes, join_changes, parse_changes
from aiprod_agents.house_writer.choice import number_of
from aiprod_agents.house_writer.lexicon import get_lexicon
from aiprod_agents.house_writer.meaning import Meaning
from aiprod_agents.house_writer.naming import is_person
from aiprod_agents.plan import ShotTranslation, Translation, TranslationInput
from memory.records import Language, Look, Scene, Shot
from render_engine.api import ATTRIBUTES, SceneSpec

PROMPT_LENGTH = 300
_LANGUAGES: tuple[Language, ...] = ("en", "fr")
_OPPOSITE = {
    "dawn": "night", "morning": "night", "day": "night", "golden": "night", "dusk": "day", "night": "day",
    "warm": "cool", "cool": "warm", "muted": "vivid", "vivid": "muted", "natural": "vivid",
}  # fmt: skip


@dataclass(frozen=True)
class _Resolved:
    value: str
    note: str = ""


async def translate(question: TranslationInput, meaning: Meaning) -> Translation:
    """Translate every shot in scope."""
    scenes = {scene.id: scene for scene in question.storyboard.scenes}
    shots = [question.storyboard.shot(shot_id) for shot_id in question.scope]
    return Translation(
        shots=tuple([await _translate_shot(question, shot, scenes[shot.scene_id], meaning) for shot in shots])
    )


async def _translate_shot(question: TranslationInput, shot: Shot, scene: Scene, meaning: Meaning) -> ShotTranslation:
    changes, notes, unanswered = _changes(shot, question.notes.get(shot.id, ()))
    words = _words(shot, scene, question.look)
    values: dict[str, str] = {}
    for attribute, said in words.items():
        resolved = await _resolve(attribute, said, meaning)
        values[attribute] = resolved.value
        notes += [resolved.note] if resolved.note else []
    values = apply_changes(values, changes)
    spec = SceneSpec.model_validate({**values, "seed": number_of(question.seed, scene.setting.lower(), "place")})
    return ShotTranslation(
        shot_id=shot.id,
        scene=spec,
        prompt=write_prompt(spec, question.phrases),
        negative_prompt=write_negative(spec, question.phrases),
        notes=tuple(dict.fromkeys(notes)),
        unanswered=unanswered,
    )


def write_prompt(spec: SceneSpec, phrases: dict[str, dict[str, str]]) -> str:
    """The scene as the renderer's training captions put it, at most 300 characters; the last parts give way.

    Order: colour, subject, action, setting, hour; weather; framing and side; camera; style; palette.
    """
    values = spec.model_dump()

    def say(attribute: str) -> str:
        value = str(values[attribute])
        return phrases.get(attribute, {}).get(value, value.replace("_", " "))

    named = f"{say('colour')} {say('subject')}"
    if is_person(spec.subject):
        named = f"{say('subject')} in {say('colour')}"
    article = "an" if named[:1] in "aeiou" else "a"
    parts = [
        f"{article} {named} {say('action')} {say('setting')} {say('hour')}",
        say("weather"),
        f"{say('framing')} {say('side')}",
        say("camera"),
        say("style"),
        say("palette"),
    ]
    while len(prompt := f"{', '.join(parts)}.") > PROMPT_LENGTH and len(parts) > 1:
        parts.pop()
    return prompt[:1].upper() + prompt[1:PROMPT_LENGTH]


def write_negative(spec: SceneSpec, phrases: dict[str, dict[str, str]]) -> str:
    """What the picture must not drift to: the opposite light and palette, in the renderer's words."""
    pairs = (("hour", _OPPOSITE[spec.hour]), ("palette", _OPPOSITE[spec.palette]))
    return ", ".join(phrases.get(attribute, {}).get(value, value) for attribute, value in pairs)


def _words(shot: Shot, scene: Scene, look: Look) -> dict[str, str]:
    return {
        "subject": shot.subject, "setting": scene.setting, "hour": scene.hour, "weather": scene.weather,
        "style": look.style, "camera": shot.camera, "action": shot.action, "colour": shot.colour or "white",
        "palette": look.palette, "framing": shot.framing, "side": shot.side,
    }  # fmt: skip


async def _resolve(attribute: str, said: str, meaning: Meaning) -> _Resolved:
    """The value that `said` means: itself, a word of the lexicons, or the nearest by meaning."""
    value = said.strip().lower().replace(" ", "_")
    lexicons = [get_lexicon(language) for language in _LANGUAGES]
    if value in ATTRIBUTES[attribute]:
        return _Resolved(value)
    mentions = [mention for lexicon in lexicons for mention in lexicon.find(said, attribute)]
    if mentions:
        best = max(mentions, key=lambda mention: (mention.exact, len(mention.words)))
        if attribute == "subject" and best.value == "person" and any(dances(lexicon, said) for lexicon in lexicons):
            return _Resolved("dancer")
        stands_in = not best.exact and attribute in ("subject", "setting", "weather", "colour", "style")
        return _Resolved(best.value, f"'{said}' cannot be drawn: {best.value} stands in for it" if stands_in else "")
    nearest = await meaning.nearest(said, attribute)
    return _Resolved(
        nearest.value, f"'{said}' cannot be drawn: {nearest.value} is nearest in meaning and stands in for it"
    )


def _changes(shot: Shot, asked: tuple[str, ...]) -> tuple[Changes, list[str], tuple[str, ...]]:
    """What critics and reviewers want of this shot, a line for each, and those of which nothing can be done.

    The shot's own change counts only where it is not among the notes: asked once, a step closer is one step.
    """
    own = () if shot.change in "; ".join(asked) else (shot.change,)
    texts = [text for text in (*own, *asked) if text.strip()]
    parsed = [(text, parse_changes(text)) for text in texts]
    unanswered = tuple(text for text, changes in parsed if not changes)
    lines = [line for text, changes in parsed for line in _answer(text, changes)]
    return join_changes(changes for _, changes in parsed), lines, unanswered


def _answer(text: str, changes: Changes) -> list[str]:
    """What is done about a request, and a line for each piece of it that nothing is done about."""
    if not changes:
        return [f"'{text}': {NOTHING}"]
    return [f"'{text}' is taken up", *(f"but of it, '{piece}': {NOTHING}" for piece in find_not_understood(text))]
