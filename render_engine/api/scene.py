"""The published vocabulary of the world, and `SceneSpec`, the plain value that one drawn shot is made from.

The studio's translator writes a `SceneSpec`; the engine draws it (animatic, training data). The world knows no briefs.
"""

from typing import Literal, get_args

from pydantic import Field

from render_engine.api.values import Value

Subject = Literal[
    "person",
    "dog",
    "cat",
    "bird",
    "fish",
    "horse",
    "car",
    "bicycle",
    "train",
    "sailboat",
    "balloon",
    "robot",
    "lighthouse",
    "tree",
    "cup",
    "bottle",
    "child",
    "dancer",
    "speaker",
    "cow",
    "sheep",
    "rabbit",
    "fox",
    "elephant",
    "butterfly",
    "duck",
    "whale",
    "bus",
    "truck",
    "motorcycle",
    "aeroplane",
    "helicopter",
    "rocket",
    "ship",
    "house",
    "castle",
    "windmill",
    "phone",
    "shoe",
    "book",
    "clock",
    "lamp",
    "chair",
    "guitar",
]
Setting = Literal[
    "beach",
    "mountains",
    "forest",
    "city",
    "desert",
    "meadow",
    "river",
    "room",
    "harbour",
    "snowfield",
    "farm",
    "village",
    "rooftop",
    "station",
    "studio",
]
Hour = Literal["dawn", "morning", "day", "golden", "dusk", "night"]
Weather = Literal["clear", "cloudy", "rain", "snow", "fog", "storm"]
Style = Literal["flat", "paper", "pastel", "noir", "neon", "watercolour", "blueprint", "woodcut"]
Camera = Literal[
    "static",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "push_in",
    "pull_out",
    "orbit",
    "handheld",
    "crane",
    "rack",
    "follow",
]
Action = Literal[
    "still",
    "move_left",
    "move_right",
    "rise",
    "fall",
    "bounce",
    "sway",
    "approach",
    "recede",
    "turn",
    "circle",
    "talk",
]
Colour = Literal["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "white", "black"]
Palette = Literal["natural", "warm", "cool", "muted", "vivid"]
Framing = Literal["wide", "medium", "close"]
Side = Literal["left", "centre", "right"]
Relation = Literal["beside", "behind", "before", "above"]

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "subject": get_args(Subject),
    "setting": get_args(Setting),
    "hour": get_args(Hour),
    "weather": get_args(Weather),
    "style": get_args(Style),
    "camera": get_args(Camera),
    "action": get_args(Action),
    "colour": get_args(Colour),
    "palette": get_args(Palette),
    "framing": get_args(Framing),
    "side": get_args(Side),
}
"""Every attribute of `SceneSpec` that words can name, with all its values."""


class SceneSpec(Value):
    """One drawable shot: a subject that does something somewhere, seen by a camera.

    `seed` varies what the words leave open (hills, windows, clouds); the same spec is the same picture at every size.
    A `companion` is a second subject, where `relation` puts it as seen from the first; it stays where it is.
    """

    subject: Subject
    setting: Setting
    hour: Hour = "day"
    weather: Weather = "clear"
    style: Style = "flat"
    camera: Camera = "static"
    action: Action = "still"
    colour: Colour = "red"
    palette: Palette = "natural"
    framing: Framing = "medium"
    side: Side = "centre"
    companion: Subject | None = None
    companion_colour: Colour = "white"
    relation: Relation = "beside"
    seed: int = Field(default=0, ge=0, lt=2**31)
