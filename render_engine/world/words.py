"""The words of the world: for every value of every attribute its canonical phrase first, then other ways to say it."""

Phrases = dict[str, tuple[str, ...]]

SUBJECTS: Phrases = {
    "person": ("person", "walker", "figure in a coat"),
    "dog": ("dog", "puppy", "hound"),
    "cat": ("cat", "kitten", "feline"),
    "bird": ("bird", "songbird", "little bird"),
    "fish": ("fish", "tropical fish", "round fish"),
    "horse": ("horse", "pony", "stallion"),
    "car": ("car", "automobile", "small car"),
    "bicycle": ("bicycle", "bike with its rider", "cyclist on a bicycle"),
    "train": ("train", "steam train", "locomotive with wagons"),
    "sailboat": ("sailboat", "sailing boat", "small yacht"),
    "balloon": ("hot air balloon", "balloon", "air balloon with a basket"),
    "robot": ("robot", "friendly robot", "android"),
    "lighthouse": ("lighthouse", "light tower", "beacon tower"),
    "tree": ("tree", "broad tree", "leafy tree"),
    "cup": ("cup", "cup of coffee", "steaming mug"),
    "bottle": ("bottle", "glass bottle", "flask"),
}
SETTINGS: Phrases = {
    "beach": ("on a sandy beach", "by the sea", "at the seaside"),
    "mountains": ("in the mountains", "below snowy peaks", "in an alpine valley"),
    "forest": ("in a pine forest", "in the woods", "among tall trees"),
    "city": ("in a city street", "in town", "before a row of houses downtown"),
    "desert": ("in the desert", "among dunes and cacti", "on desert sand"),
    "meadow": ("in a green meadow", "among rolling hills", "in a flowery field"),
    "river": ("by a wide river", "at the riverside", "on the river"),
    "room": ("in a living room", "indoors", "inside a cosy room by the window"),
    "harbour": ("in a harbour", "at the port", "by the old harbour quay"),
    "snowfield": ("in a snowy field", "in a winter landscape", "on white snow near a cabin"),
}
HOURS: Phrases = {
    "dawn": ("at dawn", "at sunrise", "in early morning light"),
    "day": ("by day", "in daylight", "at noon"),
    "dusk": ("at dusk", "at sunset", "in the evening glow"),
    "night": ("at night", "after dark", "under a night sky"),
}
WEATHERS: Phrases = {
    "clear": ("under a clear sky", "in fine weather", "with clear air"),
    "cloudy": ("under a cloudy sky", "with heavy clouds", "under overcast skies"),
    "rain": ("in the rain", "while it rains", "in a rain shower"),
    "snow": ("in falling snow", "while it snows", "with snowflakes drifting down"),
    "fog": ("in fog", "in thick mist", "veiled by haze"),
}
STYLES: Phrases = {
    "flat": ("flat vector style", "flat design", "clean vector animation"),
    "paper": ("paper cut-out style", "layered paper collage", "cut paper craft"),
    "pastel": ("soft pastel style", "gentle pastel colours", "pale pastel illustration"),
    "noir": ("black and white noir style", "monochrome film noir", "high contrast noir"),
    "neon": ("neon style", "glowing neon outlines", "neon lights on black"),
}
CAMERAS: Phrases = {
    "static": ("static camera", "locked-off shot", "the camera holds still"),
    "pan_left": ("camera pans left", "a pan to the left", "the camera drifts left"),
    "pan_right": ("camera pans right", "a pan to the right", "the camera drifts right"),
    "tilt_up": ("camera tilts up", "a tilt upwards", "the camera rises to look up"),
    "tilt_down": ("camera tilts down", "a tilt downwards", "the camera lowers its gaze"),
    "push_in": ("camera pushes in", "a slow zoom in", "the camera moves closer"),
    "pull_out": ("camera pulls out", "a slow zoom out", "the camera moves back"),
    "follow": ("camera follows", "a tracking shot", "the camera follows along"),
}
ACTIONS: Phrases = {
    "still": ("stays still", "rests", "stays in place"),
    "move_left": ("moves left", "travels to the left", "heads left"),
    "move_right": ("moves right", "travels to the right", "heads right"),
    "rise": ("rises", "goes up", "lifts upwards"),
    "fall": ("falls", "sinks down", "comes down slowly"),
    "bounce": ("bounces", "hops up and down", "jumps"),
    "sway": ("sways", "rocks from side to side", "swings gently"),
    "approach": ("approaches", "comes closer", "moves towards us"),
}
COLOURS: Phrases = {
    "red": ("red", "crimson", "scarlet"),
    "orange": ("orange", "bright orange", "amber orange"),
    "yellow": ("yellow", "golden yellow", "lemon yellow"),
    "green": ("green", "leaf green", "emerald green"),
    "teal": ("teal", "turquoise", "blue-green"),
    "blue": ("blue", "bright blue", "cobalt blue"),
    "purple": ("purple", "violet", "deep purple"),
    "pink": ("pink", "rose pink", "light pink"),
    "white": ("white", "snow-white", "plain white"),
    "black": ("black", "jet-black", "dark black"),
}
PALETTES: Phrases = {
    "natural": ("natural colours", "true colours", "balanced colours"),
    "warm": ("warm palette", "warm golden tones", "warm colours"),
    "cool": ("cool palette", "cool blue tones", "cold colours"),
    "muted": ("muted palette", "subdued tones", "faded colours"),
    "vivid": ("vivid palette", "saturated colours", "bold vivid tones"),
}
FRAMINGS: Phrases = {
    "wide": ("wide shot", "long shot", "seen from afar"),
    "medium": ("medium shot", "mid shot", "seen at middle distance"),
    "close": ("close-up", "close shot", "seen up close"),
}
SIDES: Phrases = {
    "left": ("on the left", "at the left of the frame", "left of centre"),
    "centre": ("in the centre", "in the middle", "centred"),
    "right": ("on the right", "at the right of the frame", "right of centre"),
}
WORDS: dict[str, Phrases] = {
    "subject": SUBJECTS,
    "setting": SETTINGS,
    "hour": HOURS,
    "weather": WEATHERS,
    "style": STYLES,
    "camera": CAMERAS,
    "action": ACTIONS,
    "colour": COLOURS,
    "palette": PALETTES,
    "framing": FRAMINGS,
    "side": SIDES,
}
