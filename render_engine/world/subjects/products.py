"""Products: phone, shoe, book, clock, lamp, chair and guitar."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, blend, darker, lighter, luma
from render_engine.world.pen import Fade, Pen
from render_engine.world.shapes import (
    Num,
    Point,
    Shape,
    bend,
    box,
    capsule,
    circle,
    convex,
    ellipse,
    polygon,
    ring,
    stroke,
)
from render_engine.world.subjects.pose import INK, LAMP, PALE, Art, Pose

_STEEL: RGB = (0.74, 0.77, 0.82)
_WOOD: RGB = (0.60, 0.40, 0.24)


def _trim(coat: RGB) -> RGB:
    """What stands out on the coat: pale, or red on a pale coat."""
    return PALE if luma(coat) < 0.82 else (0.86, 0.32, 0.28)


def draw_phone(pen: Pen, pose: Pose) -> None:
    """A smartphone upright in its dock, the screen glowing with tiles and bars that move."""
    coat = pose.colour
    screen = box(0.02, -0.54, 0.205, 0.425, 0.035)
    pen.glow(screen, lighter(coat, 0.5), 0.45 if pose.lit else 0.20, 0.22)
    pen.fill(ellipse(0.02, -0.022, 0.26, 0.036), (0.34, 0.36, 0.42))
    pen.fill(box(-0.002, -0.54, 0.258, 0.50, 0.085), darker(coat, 0.42))
    for y, half in ((-0.72, 0.055), (-0.56, 0.04)):
        pen.fill(box(-0.262, y, 0.012, half, 0.01), darker(coat, 0.5), plain=True)
    pen.fill(box(0.02, -0.54, 0.255, 0.50, 0.085), coat)
    pen.fill(box(0.02, -0.54, 0.222, 0.462, 0.055), INK, plain=True)
    upper, lower = lighter(coat, 0.62), lighter(coat, 0.12)
    if pose.lit:
        pen.raw(screen, Fade(pen.light.lamp(upper), pen.light.lamp(lower), -0.96, -0.12))
    else:
        pen.fill(screen, Fade(upper, lower, -0.96, -0.12), plain=True)
    pen.fill(box(0.02, -0.945, 0.055, 0.013, 0.013), INK, plain=True)
    tiles: tuple[RGB, ...] = (
        (0.98, 0.76, 0.26),
        (0.36, 0.74, 0.98),
        PALE,
        (0.42, 0.80, 0.52),
        PALE,
        (0.96, 0.48, 0.56),
    )
    for i, tone in enumerate(tiles):
        pen.fill(box(-0.108 + 0.128 * (i % 3), -0.835 + 0.128 * (i // 3), 0.046, 0.046, 0.016), tone, plain=True)
    pen.fill(box(0.02, -0.375, 0.178, 0.195, 0.03), (0.16, 0.17, 0.25), plain=True)
    for i in range(5):
        tall = 0.085 + 0.065 * torch.sin(pose.seconds * (2.4 + 0.5 * i) + 1.7 * i)
        bar = box(-0.104 + 0.062 * i, -0.215 - tall, 0.020, tall, 0.012)
        pen.fill(bar, (0.98, 0.80, 0.34) if i % 2 else (0.45, 0.92, 0.88), plain=True)
    pen.fill(box(0.02, -0.142, 0.07, 0.009, 0.009), PALE, 0.9, plain=True)
    pen.fill(convex([(0.06, -0.96), (0.16, -0.96), (-0.02, -0.12), (-0.12, -0.12)]), (1.0, 1.0, 1.0), 0.10, plain=True)
    pen.fill(box(0.02, -0.045, 0.17, 0.026, 0.02), (0.42, 0.44, 0.50))


def draw_shoe(pen: Pen, pose: Pose) -> None:
    """A sneaker from the side, its toe to the right: white sole, laces, a stripe; the lace ends stir."""
    coat = pose.colour
    trim = _trim(coat)
    tongue = [(-0.06, -0.56), (-0.03, -0.80), (0.07, -0.82), (0.14, -0.52)]
    pen.fill(polygon(tongue, 0.02), darker(coat, 0.30))
    pen.fill(ellipse(-0.27, -0.66, 0.24, 0.075), darker(coat, 0.55), plain=True)
    upper = [(-0.60, -0.12), (-0.62, -0.40), *bend((-0.60, -0.44), (-0.60, -0.58), (-0.55, -0.74), 2)]
    upper += [*bend((-0.44, -0.62), (-0.26, -0.54), (-0.04, -0.68), 3), (0.04, -0.66)]
    upper += [
        *bend((0.10, -0.58), (0.26, -0.42), (0.48, -0.38), 2),
        *bend((0.50, -0.38), (0.72, -0.34), (0.73, -0.12), 3),
    ]
    whole = polygon(upper, 0.012)
    pen.fill(whole, Fade(lighter(coat, 0.10), darker(coat, 0.10), -0.70, -0.12))
    toe = whole & circle(0.70, -0.12, 0.25)
    pen.fill(toe, trim, plain=True)
    heel = whole & box(-0.60, -0.30, 0.12, 0.26, 0.08)
    pen.fill(heel, darker(coat, 0.34), plain=True)
    swoosh = [(-0.40, -0.22), (-0.30, -0.16), *bend((-0.22, -0.16), (0.10, -0.22), (0.30, -0.44), 3)]
    swoosh += bend((0.16, -0.36), (-0.10, -0.26), (-0.30, -0.26), 3)
    pen.fill(polygon(swoosh, 0.012), trim, plain=True)
    for i in range(4):
        x, y = -0.005 + 0.092 * i, -0.61 + 0.066 * i
        pen.fill(
            capsule((x - 0.05, y + 0.075), (x + 0.045, y - 0.022), 0.023), PALE if trim == PALE else INK, plain=True
        )
        pen.fill(circle(x - 0.055, y + 0.085, 0.014), darker(coat, 0.5), plain=True)
    stir = 0.02 * torch.sin(pose.seconds * 2.6)
    lace = PALE if trim == PALE else INK
    for side in (-1, 1):
        loop = bend((0.0, -0.64), (0.07 * side, -0.78), (0.12 * side + stir, -0.60 + 0.03 * side), 3)
        pen.fill(stroke(loop, 0.018), lace, plain=True)
    sole = [(-0.66, -0.16), (0.78, -0.15), *bend((0.79, -0.12), (0.82, -0.03), (0.70, 0.0), 3), (-0.58, 0.0)]
    sole += bend((-0.62, 0.0), (-0.68, -0.04), (-0.67, -0.14), 3)
    pen.fill(polygon(sole), PALE)
    pen.fill(capsule((-0.62, -0.105), (0.76, -0.095), 0.013), coat, plain=True)
    for i in range(13):
        pen.fill(box(-0.54 + 0.098 * i, -0.018, 0.026, 0.020), (0.36, 0.36, 0.42), plain=True)


def draw_book(pen: Pen, pose: Pose) -> None:
    """An open book stood up before us: a picture, lines of text, a ribbon, and a page that lifts."""
    coat = pose.colour
    pen.fill(
        polygon([(-0.80, -0.90), (0.0, -0.78), (0.80, -0.90), (0.80, -0.05), (0.0, 0.0), (-0.80, -0.05)], 0.018), coat
    )
    pen.fill(box(0.0, -0.385, 0.055, 0.385), darker(coat, 0.4), plain=True)
    ribbon: list[Point] = [
        (0.05, -0.10),
        (0.13, -0.10),
        (0.155 + 0.012 * torch.sin(pose.seconds * 2.2), 0.03),
        (0.10, 0.0),
        (0.06, 0.03),
    ]
    for side in (-1, 1):
        for lift, tone in ((0.0, (0.85, 0.81, 0.73)), (0.045, (0.99, 0.975, 0.93))):
            pen.fill(_leaf(side, lift), tone, plain=lift > 0)
        pen.fill(convex(_sorted(side, 0.0, 0.16)), (0.50, 0.42, 0.36), 0.28, soft=0.10)
    pen.fill(box(-0.37, -0.54, 0.235, 0.190, 0.012), coat, plain=True)
    pen.fill(circle(-0.28, -0.60, 0.06), _trim(coat), plain=True)
    hills = [
        (-0.605, -0.35),
        (-0.605, -0.44),
        (-0.46, -0.55),
        (-0.36, -0.45),
        (-0.27, -0.50),
        (-0.135, -0.42),
        (-0.135, -0.35),
    ]
    pen.fill(polygon(hills), darker(coat, 0.45), plain=True)
    for i in range(7):
        pen.fill(_line(1, i), (0.36, 0.34, 0.38), plain=True)
        if i > 4:
            pen.fill(_line(-1, i), (0.36, 0.34, 0.38), plain=True)
    _lifting_page(pen, pose.seconds)
    pen.fill(polygon(ribbon), _trim(coat) if luma(coat) > 0.3 else (0.86, 0.30, 0.28), plain=True)


def _leaf(side: int, lift: float) -> Shape:
    """One side's stack of pages, arched at its top and foot; `lift` pulls the upper sheets inwards."""
    x = side * (0.70 - lift)
    top = bend((0.0, -0.74), (side * 0.30, -0.98 + lift), (x, -0.82), 4)
    foot = bend((x, -0.115), (side * 0.30, -0.215 - lift * 0.6), (0.0, -0.055), 4)
    return polygon([*top, *foot])


def _sorted(side: int, near: float, far: float) -> list[Point]:
    """A strip beside the gutter, clockwise on either side."""
    left, right = sorted((side * near, side * far))
    return [(left, -0.80), (right, -0.80), (right, -0.10), (left, -0.10)]


def _line(side: int, row: int) -> Shape:
    """A line of text on a page, sagging to the gutter as the paper does."""
    y = -0.74 + 0.082 * row + (0.0 if side > 0 else 0.05)
    far = side * (0.58 if row % 3 != 2 else 0.46)
    return stroke(bend((side * 0.14, y + 0.015), (side * 0.32, y - 0.035), (far, y), 2), 0.013)


def _lifting_page(pen: Pen, seconds: Tensor) -> None:
    """A sheet that rises off the right page and sinks back."""
    rise = 0.5 + 0.5 * torch.sin(seconds * 1.7 - 0.8)
    x = 0.60 - 0.30 * rise
    y = 0.13 * rise
    sheet = [*bend((0.0, -0.74), (0.20, -0.96 - y * 0.5), (x, -0.86 - y), 3)]
    sheet += bend((x, -0.19 - y), (0.20, -0.27 - y * 0.5), (0.0, -0.055), 3)
    shade = convex([(0.04, -0.74), (x + 0.05, -0.82 - y), (x + 0.05, -0.17 - y), (0.04, -0.04)])
    pen.fill(shade, (0.42, 0.36, 0.32), 0.22, soft=0.05)
    pen.fill(polygon(sheet), Fade((1.0, 0.99, 0.95), (0.90, 0.87, 0.80), -0.9, -0.1))
    for i in range(4):
        start = (0.08, -0.66 + 0.14 * i - y * 0.12)
        end = (x - 0.06, -0.71 + 0.14 * i - y * 0.9)
        pen.fill(capsule(start, end, 0.011), (0.52, 0.50, 0.52), 0.8, plain=True)


def draw_clock(pen: Pen, pose: Pose) -> None:
    """A round alarm clock with twin bells; the hands move and the hammer trembles."""
    coat, seconds = pose.colour, pose.seconds
    centre: Point = (0.0, -0.44)
    for side in (-1, 1):
        pen.fill(capsule((side * 0.22, -0.14), (side * 0.33, -0.03), 0.042, 0.032), darker(coat, 0.45))
        pen.fill(capsule((side * 0.16, -0.76), (side * 0.25, -0.86), 0.022), (0.46, 0.46, 0.52), plain=True)
        dome = circle(side * 0.27, -0.865, 0.155) & _half(side)
        pen.fill(dome, darker(coat, 0.12))
        pen.fill(capsule((side * 0.33, -0.955), (side * 0.37, -0.915), 0.017), PALE, 0.7, plain=True)
    pen.fill(stroke([(-0.13, -0.85), (-0.10, -1.06), (0.10, -1.06), (0.13, -0.85)], 0.024), (0.50, 0.50, 0.56))
    tremble = 0.035 * torch.sin(seconds * 17)
    pen.fill(capsule((0.0, -0.82), (tremble, -0.945), 0.016), (0.42, 0.42, 0.48), plain=True)
    pen.fill(circle(tremble, -0.955, 0.040), (0.46, 0.46, 0.52), plain=True)
    pen.fill(circle(centre[0], centre[1], 0.425), coat)
    pen.fill(ring(centre[0], centre[1], 0.395, 0.014), lighter(coat, 0.4), 0.8, plain=True)
    pen.fill(circle(centre[0], centre[1], 0.315), darker(coat, 0.5), plain=True)
    pen.fill(
        circle(centre[0], centre[1], 0.300), (0.99, 0.975, 0.93) if not pose.lit else (1.0, 0.95, 0.76), plain=True
    )
    for i in range(12):
        angle = torch.tensor(0.5236 * i)
        inner = 0.225 if i % 3 == 0 else 0.25
        tick = capsule(_hand(centre, angle, inner), _hand(centre, angle, 0.272), 0.015 if i % 3 == 0 else 0.008)
        pen.fill(tick, INK, plain=True)
    turn = seconds * 0.9 + pose.dice.between("time", 0.0, 6.28)
    pen.fill(capsule(centre, _hand(centre, turn / 12 + 5.3, 0.145), 0.025, 0.018), INK, plain=True)
    pen.fill(capsule(centre, _hand(centre, turn, 0.225), 0.018, 0.012), INK, plain=True)
    tick_turn = (seconds * 2).floor() * 0.5236
    pen.fill(
        capsule(_hand(centre, tick_turn, -0.06), _hand(centre, tick_turn, 0.24), 0.008), (0.88, 0.22, 0.20), plain=True
    )
    pen.fill(circle(centre[0], centre[1], 0.028), (0.88, 0.22, 0.20), plain=True)


def _half(side: int) -> Shape:
    """The half plane above a line tilted outwards: what makes a bell of a disc."""
    slope, level = 0.4 * side, -0.84 - 0.4 * 0.27
    return convex([(-2.0, -3.0), (2.0, -3.0), (2.0, level + 2 * slope), (-2.0, level - 2 * slope)])


def _hand(centre: Point, angle: Tensor, length: float) -> Point:
    """The point at `length` from the centre, clockwise from twelve."""
    return centre[0] + length * torch.sin(angle), centre[1] - length * torch.cos(angle)


def draw_lamp(pen: Pen, pose: Pose) -> None:
    """A desk lamp on a jointed arm that nods gently over its cone of light."""
    coat = pose.colour
    nod = 0.014 * torch.sin(pose.seconds * 1.8)
    elbow: Point = (-0.36, -0.60)
    head: tuple[Num, Num] = (0.16, -0.90 + nod)
    mouth = [(0.12, -0.66 + nod), (0.50, -0.80 + nod)]
    shine = pen.light.lamp(LAMP)
    for reach, strength in ((0.45, 0.5), (1.0, 1.0)):
        foot = [(0.28 + 0.46 * reach, 0.0), (0.31 - 0.24 * reach, 0.0)]
        power = (0.40 if pose.lit else 0.20) * strength
        pen.raw(convex([mouth[0], mouth[1], foot[0], foot[1]]), shine, power, soft=0.09)
    pen.raw(ellipse(0.34, -0.005, 0.34, 0.035), shine, 0.40 if pose.lit else 0.18, soft=0.05)
    pen.fill(ellipse(-0.24, -0.02, 0.25, 0.045), darker(coat, 0.4))
    pen.fill(box(-0.24, -0.062, 0.235, 0.032, 0.03), coat)
    pen.fill(ellipse(-0.24, -0.092, 0.20, 0.022), lighter(coat, 0.25), plain=True)
    for shift in (-0.030, 0.030):
        pen.fill(capsule((-0.24 + shift, -0.11), (elbow[0] + shift, elbow[1]), 0.018), _STEEL)
        pen.fill(capsule((elbow[0], elbow[1] + shift), (head[0] - 0.04, head[1] + shift), 0.018), _STEEL)
    spring = [(-0.255 - 0.016 * (i % 2) - 0.012 * i, -0.20 - 0.035 * i) for i in range(6)]
    pen.fill(stroke(spring, 0.009), (0.36, 0.37, 0.42), plain=True)
    pen.fill(circle(-0.24, -0.115, 0.048), darker(coat, 0.35), plain=True)
    pen.fill(circle(elbow[0], elbow[1], 0.072), coat)
    pen.fill(circle(elbow[0], elbow[1], 0.030), _STEEL, plain=True)
    pen.fill(circle(0.325, -0.725 + nod, 0.095), LAMP, plain=True)
    pen.glow(circle(0.325, -0.715 + nod, 0.05), LAMP, 0.9 if pose.lit else 0.35, 0.32 if pose.lit else 0.16)
    shade = [(0.03, -0.97 + nod), (0.16, -1.05 + nod), (0.30, -1.01 + nod), (0.57, -0.80 + nod), (0.07, -0.60 + nod)]
    pen.fill(polygon(shade, 0.022), coat)
    gleam = [(0.09, -0.93 + nod), (0.17, -0.98 + nod), (0.25, -0.76 + nod), (0.13, -0.70 + nod)]
    pen.fill(polygon(gleam), lighter(coat, 0.35), 0.6, plain=True)
    pen.fill(capsule((0.07, -0.60 + nod), (0.57, -0.80 + nod), 0.026), darker(coat, 0.35), plain=True)
    pen.fill(capsule((0.12, -1.03 + nod), (0.07, -1.09 + nod), 0.036), darker(coat, 0.35), plain=True)


def draw_chair(pen: Pen, pose: Pose) -> None:
    """A painted wooden chair seen at an angle, rungs in its back and a cushion on its seat."""
    coat = pose.colour
    dark = darker(coat, 0.34)
    creak = 0.006 * torch.sin(pose.seconds * 2.1)
    pen.fill(capsule((-0.13, -0.50), (-0.15, -0.06), 0.028, 0.022), dark)
    pen.fill(capsule((0.40, -0.47), (0.43, -0.05), 0.028, 0.022), dark)
    pen.fill(capsule((-0.30, -0.20), (0.42, -0.22), 0.016), dark, plain=True)
    pen.fill(polygon([(-0.34, -0.46), (-0.12, -0.54), (0.46, -0.51), (0.32, -0.42)], 0.02), dark, plain=True)
    lean = -0.09 + creak
    posts = ((-0.36, 0.0), (-0.11, -0.075))
    for x, rise in posts:
        pen.fill(
            capsule((x, -0.46 + rise), (x + lean, -1.08 + rise), 0.036, 0.030),
            coat if rise == 0 else darker(coat, 0.16),
        )
    for share in (0.30, 0.54):
        a = (-0.36 + lean * share, -0.46 - 0.62 * share)
        b = (-0.11 + lean * share, -0.535 - 0.62 * share)
        pen.fill(capsule(a, b, 0.026), darker(coat, 0.10))
    crest = [(-0.38 + lean, -0.94), (-0.09 + lean, -1.02), (-0.09 + lean, -1.17), (-0.38 + lean, -1.10)]
    pen.fill(polygon(crest, 0.022), coat)
    pen.fill(polygon([(-0.40, -0.46), (-0.12, -0.56), (0.50, -0.52), (0.34, -0.40), (-0.36, -0.40)], 0.022), coat)
    pen.fill(
        polygon([(-0.40, -0.40), (0.34, -0.38), (0.50, -0.49), (0.50, -0.45), (0.34, -0.33), (-0.40, -0.35)], 0.006),
        dark,
    )
    cushion = [(-0.31, -0.47), (-0.12, -0.545), (0.40, -0.52), (0.28, -0.45)]
    pen.fill(polygon(cushion, 0.040), blend(_trim(coat), (0.96, 0.82, 0.58), 0.35))
    pen.fill(stroke([(-0.32, -0.455), (0.29, -0.435), (0.42, -0.51)], 0.012), (0.82, 0.66, 0.44), 0.8, plain=True)
    pen.fill(capsule((-0.37, -0.36), (-0.40, 0.0), 0.036, 0.028), coat)
    pen.fill(capsule((0.33, -0.34), (0.36, 0.0), 0.036, 0.028), coat)
    pen.fill(capsule((-0.385, -0.17), (0.345, -0.16), 0.018), darker(coat, 0.12), plain=True)


def draw_guitar(pen: Pen, pose: Pose) -> None:
    """An acoustic guitar stood upright, its strings humming."""
    coat = pose.colour
    dark = darker(coat, 0.45)
    upper, waist, lower = circle(0.0, -0.735, 0.232), box(0.0, -0.545, 0.190, 0.13, 0.06), circle(0.0, -0.335, 0.318)
    body = upper | waist | lower
    for x in (-0.19, 0.19):
        pen.fill(capsule((x * 0.7, -0.12), (x * 1.25, -0.005), 0.022), (0.22, 0.22, 0.26), plain=True)
    pen.fill(body.moved(-0.040, 0.0), dark)
    pen.fill(body, Fade(lighter(coat, 0.10), darker(coat, 0.06), -0.95, 0.0))
    rim = (circle(0.0, -0.335, 0.305) - circle(0.0, -0.335, 0.288)) | (
        circle(0.0, -0.735, 0.219) - circle(0.0, -0.735, 0.202)
    )
    pen.fill(rim - box(0.0, -0.553, 0.4, 0.092), lighter(coat, 0.5), 0.55, plain=True)
    pen.fill(polygon([(0.06, -0.66), (0.16, -0.62), (0.20, -0.47), (0.07, -0.43)], 0.022), dark, 0.85, plain=True)
    pen.fill(circle(0.0, -0.565, 0.118), lighter(coat, 0.55), plain=True)
    pen.fill(circle(0.0, -0.565, 0.096), (0.12, 0.08, 0.07), plain=True)
    pen.fill(box(0.0, -0.240, 0.130, 0.028, 0.018), (0.25, 0.15, 0.10), plain=True)
    pen.fill(box(0.0, -0.90, 0.046, 0.26), _WOOD)
    pen.fill(box(0.0, -0.885, 0.038, 0.25), (0.28, 0.18, 0.13), plain=True)
    for i in range(6):
        pen.fill(box(0.0, -1.10 + 0.060 * i + 0.003 * i * i, 0.040, 0.007), _STEEL, plain=True)
    for i in range(3):
        for x in (-0.105, 0.105):
            pen.fill(ellipse(x, -1.215 - 0.066 * i, 0.034, 0.022), PALE, plain=True)
    head = [(-0.050, -1.14), (-0.074, -1.19), (-0.064, -1.39), (0.064, -1.39), (0.074, -1.19), (0.050, -1.14)]
    pen.fill(polygon(head, 0.012), darker(coat, 0.2) if luma(coat) > 0.2 else _WOOD)
    for i, x in enumerate((-0.024, 0.0, 0.024)):
        hum = 0.004 * torch.sin(pose.seconds * (21 + 4 * i))
        string = stroke([(x * 1.1, -1.15), (x + hum, -0.70), (x * 1.6, -0.240)], 0.005)
        pen.fill(string, (0.95, 0.92, 0.84), plain=True)
    pen.fill(stroke(bend((-0.245, -0.44), (-0.275, -0.28), (-0.18, -0.15), 3), 0.022, 0.012), PALE, 0.5, plain=True)


ART: dict[str, Art] = {
    "phone": Art(draw_phone, (-0.56, -1.30, 0.56, 0.06), (-0.31, -1.04, 0.29, 0.0), "ground", 0.64, 0.34),
    "shoe": Art(draw_shoe, (-0.72, -0.90, 0.86, 0.04), (-0.68, -0.86, 0.82, 0.0), "ground", 0.46, 0.66),
    "book": Art(draw_book, (-0.86, -1.14, 0.86, 0.06), (-0.82, -0.96, 0.82, 0.0), "ground", 0.52, 0.66),
    "clock": Art(draw_clock, (-0.48, -1.12, 0.48, 0.04), (-0.46, -1.08, 0.46, 0.0), "ground", 0.62, 0.38),
    "lamp": Art(draw_lamp, (-0.56, -1.24, 0.92, 0.06), (-0.50, -1.12, 0.62, 0.0), "ground", 0.64, 0.30),
    "chair": Art(draw_chair, (-0.56, -1.30, 0.60, 0.04), (-0.50, -1.20, 0.54, 0.0), "ground", 0.64, 0.46),
    "guitar": Art(draw_guitar, (-0.40, -1.44, 0.40, 0.04), (-0.37, -1.41, 0.33, 0.0), "ground", 0.80, 0.32),
}
