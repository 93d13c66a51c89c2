"""What makes sense in the world: where each subject is found, what it can do, and whom it may be with."""

from render_engine.api.scene import ATTRIBUTES

PEOPLE = ("person", "child", "dancer", "speaker")
"""Whose colour is what they wear."""
PRODUCTS = ("cup", "bottle", "phone", "shoe", "book", "clock", "lamp")
"""What is small enough to stand on a table."""
_INDOORS = ("room", "studio")
_WATERSIDE = ("beach", "harbour", "river")
_PAVED = ("city", "village", "station", "rooftop")
_GREEN = ("meadow", "farm", "forest", "river", "mountains")
_OPEN = ("beach", "mountains", "forest", "desert", "meadow", "river", "snowfield", "farm")
_OUTDOORS = tuple(setting for setting in ATTRIBUTES["setting"] if setting not in _INDOORS)
_ANYWHERE = ATTRIBUTES["setting"]
_ROADS = ("city", "desert", "mountains", "meadow", "snowfield", "beach", "forest", "farm", "village")
_SHOWN = (*_INDOORS, "room", "studio")

_SETTINGS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("fish", "sailboat", "duck", "whale", "ship"), _WATERSIDE),
    **dict.fromkeys((*PEOPLE, "dog", "cat", "robot"), _ANYWHERE),
    **dict.fromkeys(("car", "truck", "motorcycle", "bicycle"), _ROADS),
    "bus": ("city", "village", "mountains", "beach", "station", "meadow", "farm"),
    "train": ("mountains", "desert", "meadow", "snowfield", "forest", "city", "station", "farm"),
    **dict.fromkeys(("cow", "sheep"), (*_GREEN, "snowfield", "village")),
    **dict.fromkeys(("rabbit", "fox"), (*_GREEN, "snowfield", "desert")),
    "elephant": ("desert", "meadow", "forest", "river", "beach", "city"),
    "horse": (*_OPEN, "village", "city"),
    "butterfly": (*_GREEN, "village", "rooftop", "room"),
    "lighthouse": ("beach", "harbour", "river", "snowfield"),
    "house": (*_OPEN, "village"),
    "castle": ("mountains", "forest", "meadow", "river", "snowfield", "desert", "beach"),
    "windmill": ("meadow", "farm", "river", "village", "beach", "snowfield"),
    "rocket": ("desert", "snowfield", "meadow", "beach", "rooftop", "farm"),
    "cup": (*_SHOWN, "beach", "meadow", "snowfield", "mountains", "rooftop"),
    "bottle": (*_SHOWN, "beach", "meadow", "desert", "harbour", "rooftop"),
    "phone": (*_SHOWN, "city", "beach", "station"),
    "shoe": (*_SHOWN, "city", "beach", "mountains", "forest"),
    "book": (*_SHOWN, "meadow", "beach", "forest", "station"),
    "clock": (*_SHOWN, "station", "city", "village"),
    "lamp": (*_SHOWN, "city", "harbour"),
    "chair": (*_SHOWN, "beach", "meadow", "rooftop", "snowfield", "forest"),
    "guitar": (*_SHOWN, "beach", "meadow", "city", "rooftop", "desert"),
}

_ALONG = ("move_left", "move_right")
_WALKS = (*_ALONG, "still", "approach", "recede")
_DRIVES = (*_ALONG, "still", "approach", "recede")
_STANDS = ("still", "sway", "bounce", "rise", "fall", "turn")

ACTIONS: dict[str, tuple[str, ...]] = {
    "person": (*_WALKS, "bounce", "turn", "circle", "talk", "talk"),
    "child": (*_WALKS, "bounce", "bounce", "turn", "circle", "talk"),
    "dancer": (*_ALONG, "still", "turn", "turn", "sway", "bounce", "circle"),
    "speaker": ("still", "talk", "talk", "sway", "turn"),
    "robot": (*_WALKS, "bounce", "sway", "turn", "talk", "circle"),
    "dog": (*_WALKS, "bounce", "turn", "circle"),
    "cat": (*_WALKS, "bounce", "turn"),
    "horse": (*_WALKS, "bounce", "circle"),
    "cow": _WALKS,
    "sheep": (*_WALKS, "bounce"),
    "rabbit": (*_WALKS, "bounce", "turn", "circle"),
    "fox": (*_WALKS, "bounce", "circle"),
    "elephant": (*_WALKS, "sway"),
    "bird": (*_ALONG, "rise", "fall", "still", "approach", "circle"),
    "butterfly": (*_ALONG, "rise", "fall", "still", "sway", "circle"),
    "fish": (*_ALONG, "rise", "fall", "bounce", "turn"),
    "duck": (*_ALONG, "still", "sway", "turn", "circle"),
    "whale": (*_ALONG, "still", "rise", "fall", "bounce"),
    **dict.fromkeys(("car", "bicycle", "truck", "bus"), _DRIVES),
    "motorcycle": (*_DRIVES, "bounce", "circle"),
    "train": (*_ALONG, "still"),
    **dict.fromkeys(("sailboat", "ship"), (*_ALONG, "sway", "still", "recede", "approach")),
    "balloon": ("rise", "fall", *_ALONG, "sway", "still", "approach", "recede"),
    "aeroplane": (*_ALONG, "rise", "fall", "sway", "circle", "approach", "recede"),
    "helicopter": (*_ALONG, "rise", "fall", "still", "turn", "approach", "recede"),
    "rocket": ("rise", "rise", "fall", "still"),
    **dict.fromkeys(("lighthouse", "house", "castle", "windmill"), ("still",)),
    "tree": ("still", "sway"),
    **dict.fromkeys(PRODUCTS, _STANDS),
    "chair": ("still", "sway", "turn", "bounce"),
    "guitar": ("still", "sway", "turn", "bounce", "rise", "fall"),
}
"""What each subject can be seen doing; an action named twice is sampled twice as often."""

_BESIDE = (
    "person",
    "child",
    "dog",
    "cat",
    "horse",
    "cow",
    "sheep",
    "rabbit",
    "fox",
    "robot",
    "bicycle",
    "chair",
    "tree",
)
COMPANIONS: dict[str, tuple[str, ...]] = {
    "beside": _BESIDE,
    "behind": (*_BESIDE, "house", "castle", "windmill", "car", "bus"),
    "before": ("person", "child", "dog", "cat", "rabbit", "sheep", "chair", "tree"),
    "above": ("bird", "butterfly", "balloon", "aeroplane", "helicopter"),
}
"""Who may be with a subject, by relation."""


def settings_for(subject: str) -> tuple[str, ...]:
    """Where a subject makes sense; a setting named twice is sampled twice as often."""
    return _SETTINGS.get(subject, _OUTDOORS)
