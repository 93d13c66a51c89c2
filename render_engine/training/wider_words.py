"""Words beyond the world's own, so that the critic reads a brief in anyone's words, and words for what is not drawn."""

WIDER: dict[str, dict[str, tuple[str, ...]]] = {
    "subject": {
        "person": ("man", "woman", "pedestrian", "human figure"), "dog": ("terrier", "canine"),
        "cat": ("tabby", "tomcat"),
        "bird": ("sparrow", "robin"), "fish": ("goldfish", "carp"), "horse": ("mare", "steed"),
        "car": ("sedan", "motor car", "hatchback"), "bicycle": ("bike", "pushbike", "cyclist"),
        "train": ("railway engine", "locomotive"), "sailboat": ("yacht", "dinghy with a sail"),
        "balloon": ("montgolfier", "hot-air balloon"), "robot": ("droid", "humanoid machine"),
        "lighthouse": ("beacon on the coast",), "tree": ("oak", "old maple tree"),
        "cup": ("mug", "teacup", "coffee cup"),
        "bottle": ("wine bottle", "flagon"), "child": ("kid", "boy", "girl", "toddler"),
        "dancer": ("ballet dancer", "dancing figure"), "speaker": ("orator", "presenter", "lecturer"),
        "cow": ("ox", "heifer"), "sheep": ("ewe", "ram"), "rabbit": ("cottontail",), "fox": ("red-tailed fox",),
        "elephant": ("bull elephant",), "butterfly": ("monarch butterfly",), "duck": ("mallard", "duckling"),
        "whale": ("humpback", "blue whale"), "bus": ("omnibus", "city bus"),
        "truck": ("delivery truck", "freight lorry"),
        "motorcycle": ("motorbike", "scooter"), "aeroplane": ("plane", "aircraft", "jet"),
        "helicopter": ("rotorcraft",),
        "rocket": ("spaceship", "launch vehicle"), "ship": ("freighter", "cruise ship", "vessel"),
        "house": ("home", "bungalow", "little house"), "castle": ("citadel", "palace with turrets"),
        "windmill": ("wind mill with four sails",), "phone": ("cell phone", "telephone"), "shoe": ("trainer", "boot"),
        "book": ("novel", "old volume"), "clock": ("timepiece", "clock face"), "lamp": ("table lamp", "standing lamp"),
        "chair": ("armchair", "stool"), "guitar": ("string guitar", "folk guitar"),
    },
    "setting": {
        "beach": ("on the shore", "by the ocean", "on the sand"), "mountains": ("on a mountain pass", "in the alps"),
        "forest": ("in a forest", "between the trees"), "city": ("downtown", "on the street", "in the city"),
        "desert": ("among the dunes", "in the sahara"), "meadow": ("on the grass", "in a field of flowers"),
        "river": ("at the river", "by a stream"), "room": ("at home", "in the house", "inside a room"),
        "harbour": ("at the docks", "in the harbor"), "snowfield": ("in the snow", "on a snow-covered plain"),
        "farm": ("in the farm yard", "near the barn"), "village": ("in the hamlet", "in the village"),
        "rooftop": ("on the roof", "above the streets on a roof"), "station": ("at the station", "on the platform"),
        "studio": ("in a photo studio", "in an artist's loft"),
    },
    "hour": {
        "dawn": ("at daybreak", "as the sun rises"), "morning": ("early in the day", "in the forenoon"),
        "day": ("at midday", "during the day"), "golden": ("in the late afternoon", "in golden light"),
        "dusk": ("at twilight", "as evening falls", "at sundown"), "night": ("by moonlight", "at midnight"),
    },
    "weather": {
        "clear": ("on a sunny day", "with no clouds"), "cloudy": ("on a grey overcast day", "with clouds"),
        "rain": ("on a rainy day", "in pouring rain"), "snow": ("in a snowfall", "as it is snowing"),
        "fog": ("on a foggy day", "in the mist"), "storm": ("with thunder and lightning", "on a stormy day"),
    },
    "style": {
        "flat": ("as a flat cartoon", "vector illustration"), "paper": ("as a papercraft", "made of cut paper"),
        "pastel": ("in pastels", "pastel drawing"), "noir": ("in black and white", "film noir"),
        "neon": ("in neon lights", "glowing neon look"), "watercolour": ("a watercolor painting", "in watercolours"),
        "blueprint": ("as a blueprint", "architect's blueprint"), "woodcut": ("as a woodcut", "linocut print"),
    },
    "camera": {
        "static": ("fixed camera", "tripod shot"), "pan_left": ("panning left",), "pan_right": ("panning right",),
        "tilt_up": ("tilting up",), "tilt_down": ("tilting down",), "push_in": ("zooming in", "dolly in"),
        "pull_out": ("zooming out", "dolly out"), "orbit": ("orbiting camera", "camera arcs around"),
        "handheld": ("wobbly hand-held camera",), "crane": ("crane up", "boom up"),
        "rack": ("rack focus from near to far", "focus pull"), "follow": ("following the subject", "tracking along"),
    },
    "action": {
        "still": ("stands still", "does not move", "waits"), "move_left": ("goes left", "walks to the left"),
        "move_right": ("goes right", "walks to the right"), "rise": ("climbs", "floats up"),
        "fall": ("descends", "drops down"), "bounce": ("bounces up and down", "hops"), "sway": ("swings", "wobbles"),
        "approach": ("comes towards the camera", "draws near"), "recede": ("leaves", "goes away from us"),
        "turn": ("spins around", "rotates"), "circle": ("circles", "runs in circles"), "talk": ("is speaking", "chats"),
    },
    "framing": {
        "wide": ("wide angle", "establishing shot"), "medium": ("medium view",), "close": ("closeup", "tight shot"),
    },
    "side": {"left": ("to the left side",), "centre": ("in the center",), "right": ("to the right side",)},
    "palette": {
        "natural": ("natural palette",), "warm": ("warm hues",), "cool": ("cold bluish colours",),
        "muted": ("desaturated",), "vivid": ("strong bright colours",),
    },
}  # fmt: skip
"""Attribute -> value -> other ways to say it."""
NOT_DRAWN: dict[str, tuple[str, ...]] = {
    "subject": (
        "piano", "giraffe", "volcano", "dinosaur", "spider", "umbrella", "violin", "cake", "dragon", "crocodile",
        "snake", "tractor", "penguin", "submarine", "table", "camera", "kangaroo", "statue", "bridge", "fountain",
        "monkey", "pizza", "snowman", "octopus", "ghost", "tank", "drum", "television", "flower", "mushroom",
    ),
    "setting": (
        "on the moon", "in a hospital", "in a swimming pool", "in a supermarket", "on a battlefield", "in a cave",
        "in outer space", "in a jungle", "in a church", "at the north pole", "in a stadium", "in a kitchen",
        "under water", "in a tunnel", "in a swamp", "at the zoo",
    ),
    "style": (
        "oil painting", "photorealistic", "claymation", "pixel art", "anime", "charcoal sketch", "stained glass",
        "3d render",
    ),
}  # fmt: skip
"""What someone may ask and the world does not draw: the critic then hears nothing of that attribute."""
OPENINGS = (
    "", "", "", "", "A film of ", "A video of ", "We see ", "An animation: ", "Cinematic shot of ", "Scene: ", "Show ",
    "The opening shows ", "In this shot, ",
)  # fmt: skip
CLOSINGS = (
    "",
    "",
    "",
    "",
    " Beautiful.",
    " High quality.",
    " For our brand.",
    " Two seconds.",
    " Calm mood.",
    " Detailed.",
)
