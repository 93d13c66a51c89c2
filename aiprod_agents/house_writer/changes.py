"""What a reviewer's or memory's words change: title, pace, framing, light, palette, camera, and what is unwanted."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiprod_agents.house_writer.lexicon import Mention, lexicons_of
from prompts import load_words
from render_engine.api import ATTRIBUTES

_BRIGHTER = {"night": "dusk", "dusk": "dawn", "dawn": "day", "morning": "day", "golden": "day", "day": "day"}
_DARKER = {"day": "dawn", "morning": "dawn", "golden": "dusk", "dawn": "dusk", "dusk": "night", "night": "night"}
_FRAMINGS = ("wide", "medium", "close")
_WANTED = ("hour", "weather", "setting", "style", "palette", "colour", "camera", "subject")
_PLAIN = {
    "hour": "day",
    "weather": "clear",
    "colour": "white",
    "palette": "natural",
    "style": "flat",
    "camera": "static",
    "framing": "medium",
}
_ENDS = tuple(",.;:!?")
_QUOTED = r"[\"“«]\s*([^\"”»]+?)\s*[\"”»]|'([^']+)'(?!\w)|‘([^’]+)’"
_AFTER_COLON = r"([^.,;!?\n]+?)(?=\s+(?:and|but|et|mais)\s+(?:make|keep|use|no|rendez|mettez)\b|[.,;!?\n]|$)"
_CAPITAL = r"[A-ZÀ-Ý0-9][\w'’-]*"
_SMALL = r"(?:of|the|and|a|an|in|on|at|to|de|du|des|la|le|les|et|sur|à|au)"
_IN_CAPITALS = rf"({_CAPITAL}(?:\s+(?:{_SMALL}\s+)*{_CAPITAL})*)"


@dataclass(frozen=True)
class Changes:
    """The sum of what was asked; neutral values change nothing.

    `pace` multiplies the length of a shot; `framing` and `light` are steps closer and brighter, negative for less.
    """

    pace: float = 1.0
    framing: int = 0
    light: int = 0
    palette: str | None = None
    camera: str | None = None
    """`still` or `moving`."""
    shots: float = 1.0
    """Multiplies the number of shots."""
    narration: bool = True
    wants: dict[str, str] = field(default_factory=dict)
    """By attribute; a framing among them is asked for outright."""
    bans: frozenset[tuple[str, str]] = frozenset()
    title: str = ""

    def __bool__(self) -> bool:
        return self != Changes()

    def joined(self, other: "Changes") -> "Changes":
        """Both, the other as the later word."""
        return Changes(
            pace=min(1.6, max(0.6, self.pace * other.pace)),
            framing=other.framing if "framing" in other.wants else max(-2, min(2, self.framing + other.framing)),
            light=max(-3, min(3, self.light + other.light)),
            palette=other.palette or self.palette,
            camera=other.camera or self.camera,
            shots=self.shots * other.shots,
            narration=self.narration and other.narration,
            wants={
                **{key: value for key, value in self.wants.items() if (key, value) not in other.bans},
                **other.wants,
            },
            bans=frozenset(ban for ban in self.bans if other.wants.get(ban[0]) != ban[1]) | other.bans,
            title=other.title or self.title,
        )


def join_changes(changes: Iterable[Changes]) -> Changes:
    """All of them in order; the later word counts."""
    total = Changes()
    for one in changes:
        total = total.joined(one)
    return total


def parse_changes(text: str) -> Changes:
    """What one note asks, in English or French; an empty `Changes` when nothing in it is understood."""
    words: dict[str, Any] = load_words("lexicon/changes")
    title, text = part_title(text)
    folded = fold(text)
    said = {key for key, patterns in words.items() if isinstance(patterns, list) and _any(patterns, folded)}
    changes = Changes(
        pace=1.25 if "pace_slower" in said else 0.8 if "pace_faster" in said else 1.0,
        framing=("framing_closer" in said) - ("framing_wider" in said),
        light=("light_up" in said) - ("light_down" in said),
        palette=next(
            (key.removeprefix("palette_") for key in words if key in said and key.startswith("palette_")), None
        ),
        camera="still" if "camera_still" in said else "moving" if "camera_moving" in said else None,
        shots=0.7 if "fewer_shots" in said else 1.35 if "more_shots" in said else 1.0,
        narration="no_narration" not in said,
        title=title,
    )
    wants, bans = _wants_and_bans(text, folded, words)
    framings, unwanted = _framings(folded, words)
    return replace(changes, wants={**wants, **framings}, bans=bans | unwanted)


def part_title(text: str) -> tuple[str, str]:
    """(the title that a request gives the film, the request without it)."""
    found = re.search(load_words("lexicon/changes")["title"], fold(text), re.IGNORECASE)
    rest = text[found.end() :] if found else ""
    named = re.match(_QUOTED, rest) or re.match(_AFTER_COLON if found and found["colon"] else _IN_CAPITALS, rest)
    if not (found and named):
        return "", text
    title = next(group for group in named.groups() if group).strip()
    return title, f"{text[: found.start()]} {rest[named.end() :]}"


def fold(text: str) -> str:
    """Lower case without French accents, letter for letter."""
    return text.lower().translate(str.maketrans("éèêëàâîïôûùç’", "eeeeaaiiouuc'"))


def change_framing(framing: str, changes: Changes) -> str:
    """The framing, so many steps closer or wider; one that is asked for outright comes first."""
    framing = changes.wants.get("framing", framing)
    return _FRAMINGS[max(0, min(2, _FRAMINGS.index(framing) + changes.framing))] if framing in _FRAMINGS else framing


def change_hour(hour: str, changes: Changes) -> str:
    """The hour, so many steps brighter or darker; an hour that is asked for by name wins."""
    if "hour" in changes.wants:
        return changes.wants["hour"]
    shifted = hour
    for _ in range(abs(changes.light)):
        shifted = (_BRIGHTER if changes.light > 0 else _DARKER)[shifted]
    allowed = [shifted, "day", "dawn", "dusk", "night", "morning", "golden"]
    return next((one for one in allowed if ("hour", one) not in changes.bans), shifted)


def apply_changes(values: dict[str, str], changes: Changes, plain: Mapping[str, str] | None = None) -> dict[str, str]:
    """The values of one shot with the changes made; light that cannot grow by the hour grows by the palette.

    Args:
        values: attribute -> value, all in the renderer's vocabulary.
        changes: what is asked of the shot.
        plain: what takes an unwanted value's place, where that is not the plainest.
    """
    if not changes:
        return values
    changed = {**values, **changes.wants}
    changed["hour"] = change_hour(values["hour"], changes)
    changed["framing"] = change_framing(values["framing"], changes)
    if changes.palette:
        changed["palette"] = changes.palette
    elif changes.light > 0 and changed["hour"] == values["hour"]:
        changed["palette"] = "vivid"
    if changes.camera == "still" or changes.pace > 1.0:
        changed["camera"] = "static"
    elif (changes.camera == "moving" or changes.pace < 1.0) and changed["camera"] == "static":
        changed["camera"] = "push_in"
    standing_in = {**_PLAIN, **(plain or {})}
    return {name: _unbanned(name, value, changes, standing_in) for name, value in changed.items()}


def _unbanned(attribute: str, value: str, changes: Changes, plain: Mapping[str, str]) -> str:
    """The value, or the first allowed one that is plainest when it is unwanted."""
    options = (value, plain.get(attribute, value), *ATTRIBUTES[attribute])
    return next((one for one in options if (attribute, one) not in changes.bans), value)


def _stands_alone(text: str, mention: Mention) -> bool:
    """`Black and white.` asks for a look, a light or a camera without a verb."""
    before, after = text[: mention.start].rstrip(), text[mention.end :].lstrip()
    is_apart = before[-1:] in ("", *_ENDS) and after[:1] in ("", *_ENDS)
    return is_apart and mention.attribute in ("style", "palette", "hour", "weather", "camera")


def is_unwanted(folded: str, start: int) -> bool:
    """Whether what stands right before a word asks for less of it."""
    return bool(re.search(load_words("lexicon/changes")["less"] + r"(?:\w+\s+)?$", folded[:start]))


def _framings(folded: str, words: dict[str, Any]) -> tuple[dict[str, str], frozenset[tuple[str, str]]]:
    """Framings that are asked for outright, and those that are unwanted."""
    wants: dict[str, str] = {}
    bans: set[tuple[str, str]] = set()
    for value in _FRAMINGS:
        found = next((match for one in words[f"framing_to_{value}"] if (match := re.search(one, folded))), None)
        if found and is_unwanted(folded, found.start()):
            bans.add(("framing", value))
        elif found:
            wants["framing"] = value
    return wants, frozenset(bans)


def _wants_and_bans(text: str, folded: str, words: dict[str, Any]) -> tuple[dict[str, str], frozenset[tuple[str, str]]]:
    """Values that the note names, told apart by what stands right before them."""
    wants: dict[str, str] = {}
    bans: set[tuple[str, str]] = set()
    for lexicon in lexicons_of(text):
        for mention in lexicon.find(text, *_WANTED):
            before = folded[: mention.start]
            if is_unwanted(folded, mention.start):
                bans.add((mention.attribute, mention.value))
            elif mention.exact and (re.search(words["more"] + r"(?:\w+\s+)?$", before) or _stands_alone(text, mention)):
                wants.setdefault(mention.attribute, mention.value)
    return wants, frozenset(bans)


def _any(patterns: list[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)
