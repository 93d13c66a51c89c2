"""Colours as triples in [0, 1], the mixing of them, and the albedo of each named colour."""

RGB = tuple[float, float, float]

ALBEDO: dict[str, RGB] = {
    "red": (0.88, 0.17, 0.16),
    "orange": (0.97, 0.50, 0.10),
    "yellow": (0.99, 0.82, 0.14),
    "green": (0.20, 0.66, 0.28),
    "teal": (0.05, 0.64, 0.64),
    "blue": (0.14, 0.38, 0.90),
    "purple": (0.50, 0.26, 0.74),
    "pink": (0.98, 0.50, 0.70),
    "white": (0.97, 0.97, 0.96),
    "black": (0.12, 0.12, 0.14),
}


def blend(a: RGB, b: RGB, amount: float) -> RGB:
    """`a` at 0, `b` at 1."""
    return (a[0] + (b[0] - a[0]) * amount, a[1] + (b[1] - a[1]) * amount, a[2] + (b[2] - a[2]) * amount)


def times(a: RGB, b: RGB) -> RGB:
    """The product by channel: a surface under a light."""
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


def bound(colour: RGB) -> RGB:
    """Clamp to [0, 1]."""
    return (min(max(colour[0], 0), 1), min(max(colour[1], 0), 1), min(max(colour[2], 0), 1))


def luma(colour: RGB) -> float:
    """Perceived lightness of a colour in [0, 1] (Rec. 601 weights)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def saturate(colour: RGB, amount: float) -> RGB:
    """Pull away from grey (above 1) or towards it (below 1)."""
    grey = luma(colour)
    return bound(blend((grey, grey, grey), colour, amount))


def contrast(colour: RGB, amount: float, middle: float = 0.5) -> RGB:
    """Stretch or flatten around `middle`."""
    return bound(blend((middle, middle, middle), colour, amount))


def lighter(colour: RGB, amount: float = 0.25) -> RGB:
    """Towards white."""
    return blend(colour, (1.0, 1.0, 1.0), amount)


def darker(colour: RGB, amount: float = 0.25) -> RGB:
    """Towards a cool black, as shade is; what is black already becomes lighter, so that detail shows."""
    if luma(colour) < 0.2:
        return blend(colour, (0.42, 0.43, 0.50), amount)
    return blend(colour, (0.05, 0.04, 0.12), amount)
