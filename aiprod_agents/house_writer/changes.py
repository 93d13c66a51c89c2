"""What a reviewer's or memory's words change in a film: pace, framing, light, palette, camera, and what is unwanted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from aiprod_agents.house_writer.lexicon import get_lexicon
from prompts import load_words

_HOURS_BY_LIGHT = ("night", "dusk", "dawn", "day")
_FRAMINGS = ("wide", "medium", "close")
_WANTED = ("hour", "weather", "setting", "style", "palette", "colour", "camera", "subject")


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
    bans: frozenset[tuple[str, str]] = frozenset()

    def __bool__(self) -> bool:
        return self != Changes()

    def joined(self, other: "Changes") -> "Changes":
        """Both, the other as the later word."""
        return Changes(
            pace=min(1.6, max(0.6, self.pace * other.pace)),
            framing=max(-2, min(2, self.framing + other.framing)),
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
    folded = text.lower().replace("é", "e").replace("è", "e").replace("ê", "e").replace("à", "a").replace("’", "'")
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
    )
    return replace(changes, **_wants_and_bans(text, folded, words))


def split_by_shot(text: str) -> tuple[str, dict[str, str]]:
    """(what speaks of the film, by shot id what speaks of one shot), sentence by sentence."""
    pattern = re.compile(load_words("lexicon/changes")["one_shot"], re.IGNORECASE)
    general, by_shot = list[str](), dict[str, str]()
    for sentence in re.split(r"(?<=[.;!])\s+|\n", text):
        match = pattern.search(sentence)
        if match is None:
            general.append(sentence)
            continue
        shot_id = f"S{int(match[1] or match[2])}"
        by_shot[shot_id] = f"{by_shot.get(shot_id, '')} {pattern.sub('', sentence).strip(' :,')}".strip()
    return " ".join(general).strip(), by_shot


def change_framing(framing: str, changes: Changes) -> str:
    """The framing, so many steps closer or wider."""
    return _FRAMINGS[max(0, min(2, _FRAMINGS.index(framing) + changes.framing))] if framing in _FRAMINGS else framing


def change_hour(hour: str, changes: Changes) -> str:
    """The hour, so many steps brighter or darker; an hour that is asked for by name wins."""
    if "hour" in changes.wants:
        return changes.wants["hour"]
    step = _HOURS_BY_LIGHT.index(hour) + changes.light if hour in _HOURS_BY_LIGHT else 3
    shifted = _HOURS_BY_LIGHT[max(0, min(3, step))]
    allowed = [shifted, "day", "dawn", "dusk", "night"]
    return next((one for one in allowed if ("hour", one) not in changes.bans), shifted)


def _wants_and_bans(text: str, folded: str, words: dict[str, Any]) -> dict[str, Any]:
    """Values that the note names, told apart by what stands right before them."""
    wants: dict[str, str] = {}
    bans: set[tuple[str, str]] = set()
    for language in ("en", "fr"):
        for mention in get_lexicon(language).find(text, *_WANTED):
            before = folded[: mention.start]
            if re.search(words["less"] + r"(?:\w+\s+)?$", before):
                bans.add((mention.attribute, mention.value))
            elif re.search(words["more"] + r"(?:\w+\s+)?$", before) and mention.exact:
                wants.setdefault(mention.attribute, mention.value)
    return {"wants": wants, "bans": frozenset(bans)}


def _any(patterns: list[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)
