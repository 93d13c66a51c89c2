"""Above and between the houses of a town: the rooftop and the railway station."""

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Fade, Pen
from render_engine.world.settings.flora import bush, frame_side
from render_engine.world.settings.paving import furrows
from render_engine.world.settings.wet import shine
from render_engine.world.shapes import bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.sky import draw_sky
from render_engine.world.stage import Ground, Stage
from render_engine.world.view import spots

_IRON: RGB = (0.22, 0.25, 0.30)
_GLOW: RGB = (1.0, 0.86, 0.52)
_GREEN: RGB = (0.36, 1.0, 0.56)


def draw_rooftop(stage: Stage) -> Ground:
    """Much sky over a low skyline; a parapet with its railing, a water tank, aerials, vents."""
    draw_sky(stage)
    view, dice = stage.view, stage.dice("rooftop")
    side = frame_side(stage, dice)
    edge = view.horizon + 0.10
    for row, (parallax, depth) in enumerate(((0.10, 0.80), (0.22, 0.56), (0.38, 0.34))):
        _skyline(stage, row, stage.pen(parallax, depth), edge - 0.055 + 0.035 * row)
    pen = stage.pen(0.7, 0.08)
    _tank(pen, side * min(view.half_width * 0.62, 0.58) + dice.between("tank", -0.07, 0.07), edge + 0.05)
    _railing(pen, view.half_width, edge)
    _roof(stage, edge + 0.075)
    lamps = _stair_head(stage, -side * min(view.half_width * 0.76, 0.72), edge + 0.135)
    shine(stage, edge + 0.10, lamps)
    _vents(stage.pen(1.0, 0.0), side * min(view.half_width * 0.62, 0.56), edge + 0.165)
    if not stage.plain:
        _festoon(stage)
    return Ground(0.90)


def _skyline(stage: Stage, row: int, pen: Pen, base: float) -> None:
    """One rank of roofs seen from above their tops, some with lit windows."""
    dice = stage.dice(f"roofs{row}")
    tone: RGB = ((0.56, 0.62, 0.74), (0.46, 0.52, 0.66), (0.42, 0.44, 0.54))[row]
    for i, x in spots(dice, "x", stage.view.half_width + 0.4, 0.12 + 0.03 * row):
        tall = dice.between("tall", 0.02, 0.15 - 0.035 * row, i)
        half = dice.between("half", 0.05, 0.085, i)
        pen.fill(box(x, base - tall / 2 + 0.15, half, tall / 2 + 0.15), tone, plain=row < 2)
        if row == 0 and dice.pick("spire", 6, i) == 0:
            pen.fill(
                convex([(x - 0.012, base - tall), (x, base - tall - 0.09), (x + 0.012, base - tall)]), tone, plain=True
            )
        for k in range(3):
            pane = box(x + half * 0.5 * (k - 1), base - tall + 0.025 + 0.012 * (k % 2), 0.007, 0.009)
            if stage.light.lit and dice.pick("lit", 3, i * 4 + k):
                pen.raw(pane, stage.light.lamp((1.0, 0.84, 0.50)), 0.6 + 0.15 * row)
            elif row == 2:
                pen.fill(pane, darker(tone, 0.3), plain=True)


def _tank(pen: Pen, x: float, y: float) -> None:
    """A wooden water tank with a pointed hat on iron legs."""
    wood: RGB = (0.62, 0.42, 0.28)
    for dx in (-0.085, -0.03, 0.03, 0.085):
        pen.fill(capsule((x + dx * 1.15, y), (x + dx, y - 0.17), 0.0065), _IRON, plain=True)
    brace = capsule((x - 0.09, y - 0.02), (x + 0.085, y - 0.15), 0.0035) | capsule(
        (x + 0.09, y - 0.02), (x - 0.085, y - 0.15), 0.0035
    )
    pen.fill(brace, _IRON, plain=True)
    pen.fill(box(x, y - 0.172, 0.115, 0.008), darker(_IRON, 0.2), plain=True)
    pen.fill(box(x, y - 0.275, 0.105, 0.098), Fade(lighter(wood, 0.10), darker(wood, 0.08), y - 0.37, y - 0.18))
    pen.fill(box(x + 0.070, y - 0.275, 0.035, 0.098), darker(wood, 0.3), 0.7, plain=True)
    for k in range(-4, 5):
        pen.fill(box(x + 0.0225 * k, y - 0.275, 0.0014, 0.098), darker(wood, 0.45), 0.7, plain=True)
    for lift in (0.205, 0.275, 0.345):
        pen.fill(box(x, y - lift, 0.107, 0.0042), _IRON, plain=True)
    pen.fill(convex([(x - 0.125, y - 0.370), (x, y - 0.465), (x + 0.125, y - 0.370)], 0.003), (0.40, 0.44, 0.52))
    pen.fill(
        convex([(x + 0.01, y - 0.370), (x, y - 0.465), (x + 0.125, y - 0.370)]), (0.28, 0.31, 0.40), 0.8, plain=True
    )


def _railing(pen: Pen, half_width: float, y: float) -> None:
    """A brick parapet under pale coping, and an iron railing on it."""
    brick: RGB = (0.68, 0.44, 0.36)
    count = int((half_width + 0.6) / 0.085)
    for i in range(-count, count + 1):
        pen.fill(box(i * 0.085, y - 0.045, 0.0030 if i % 4 else 0.0060, 0.052), _IRON, plain=True)
    pen.fill(box(0.0, y - 0.095, 9.0, 0.0060) | box(0.0, y - 0.055, 9.0, 0.0035), _IRON, plain=True)
    pen.fill(box(0.0, y + 0.045, 9.0, 0.045), Fade(lighter(brick, 0.08), darker(brick, 0.2), y, y + 0.09))
    for row in range(3):
        pen.fill(box(0.0, y + 0.022 + 0.020 * row, 9.0, 0.0018), lighter(brick, 0.35), 0.55, plain=True)
        for i in range(-count, count + 1):
            pen.fill(
                box(i * 0.085 + 0.042 * (row % 2), y + 0.032 + 0.020 * row, 0.0018, 0.010),
                lighter(brick, 0.35),
                0.5,
                plain=True,
            )
    pen.fill(box(0.0, y, 9.0, 0.011), (0.86, 0.83, 0.78))


def _roof(stage: Stage, top: float) -> None:
    """Grey roofing in wide sheets that run to the edge."""
    pen, bottom = stage.pen(1.0, 0.0), stage.view.y(1.0)
    felt: RGB = (0.56, 0.57, 0.60)
    pen.fill(box(0.0, top + 0.5, 9.0, 0.5), Fade(lighter(felt, 0.10), darker(felt, 0.14), top, bottom))
    pen.fill(furrows(0.0, stage.view.horizon - 0.06, top, 0.85, 0.025), darker(felt, 0.3), 0.8, plain=True)
    for y, half in ((0.045, 0.0022), (0.125, 0.0034), (0.245, 0.0045)):
        pen.fill(box(0.0, top + y, 9.0, half), darker(felt, 0.25), 0.6, plain=True)
    pen.fill(box(0.0, top + 0.008, 9.0, 0.012), (0.20, 0.20, 0.28), 0.30, soft=0.02)


def _stair_head(stage: Stage, x: float, y: float) -> list[tuple[float, RGB]]:
    """The little house over the stairs with its door, lamp and aerials; returns its lamp for the wet ground."""
    pen = stage.pen(1.0, 0.02)
    wall: RGB = (0.80, 0.76, 0.70)
    for dx, tall in ((-0.07, 0.22), (0.03, 0.17)):
        pen.fill(capsule((x + dx, y - 0.24), (x + dx, y - 0.26 - tall), 0.0042), _IRON, plain=True)
        for k in range(3):
            arm = y - 0.25 - tall + 0.032 * k
            pen.fill(
                capsule((x + dx - 0.045 + 0.009 * k, arm), (x + dx + 0.045 - 0.009 * k, arm), 0.0030), _IRON, plain=True
            )
    pen.fill(box(x, y - 0.125, 0.135, 0.125), Fade(lighter(wall, 0.10), darker(wall, 0.14), y - 0.25, y))
    pen.fill(box(x, y - 0.252, 0.150, 0.012), (0.46, 0.46, 0.50))
    pen.fill(box(x + 0.02, y - 0.088, 0.047, 0.088), (0.30, 0.44, 0.50))
    pen.fill(box(x + 0.02, y - 0.130, 0.028, 0.026), (0.22, 0.30, 0.36), plain=True)
    pen.fill(circle(x + 0.052, y - 0.082, 0.006), (0.92, 0.80, 0.42), plain=True)
    pen.fill(capsule((x + 0.105, y - 0.262), (x + 0.105, y - 0.300), 0.006), _IRON, plain=True)
    cx, cy = x + 0.112, y - 0.322
    bowl = circle(cx, cy, 0.050) & convex([(cx - 1, cy - 1), (cx + 1, cy + 1), (cx - 1, cy + 1)])
    pen.fill(bowl, (0.93, 0.93, 0.95))
    pen.fill(capsule((cx, cy), (cx + 0.030, cy - 0.030), 0.0035), _IRON, plain=True)
    lamp = box(x + 0.02, y - 0.200, 0.016, 0.009, 0.006)
    if stage.light.lit:
        pen.glow(lamp, _GLOW, 0.85, 0.17)
        pen.raw(lamp, stage.light.lamp((1.0, 0.94, 0.72)))
    else:
        pen.fill(lamp, (0.96, 0.95, 0.88), plain=True)
    return [(x + 0.02, _GLOW)]


def _vents(pen: Pen, x: float, y: float) -> None:
    """An air conditioner with its fan, and two capped pipes."""
    steel: RGB = (0.80, 0.83, 0.85)
    for dx, tall in ((-0.165, 0.115), (-0.115, 0.085)):
        pen.fill(box(x + dx, y - tall / 2, 0.014, tall / 2), darker(steel, 0.18))
        pen.fill(ellipse(x + dx, y - tall, 0.027, 0.016), steel)
    pen.fill(ellipse(x, y + 0.004, 0.12, 0.014), (0.14, 0.14, 0.20), 0.35, plain=True)
    pen.fill(box(x, y - 0.068, 0.098, 0.064, 0.006), steel)
    pen.fill(box(x, y - 0.128, 0.098, 0.010, 0.004), lighter(steel, 0.4), plain=True)
    pen.fill(circle(x - 0.030, y - 0.062, 0.044), darker(steel, 0.55), plain=True)
    for k in range(3):
        blade = ellipse(x - 0.030 + (0.020, -0.016, -0.004)[k], y - 0.062 + (0.006, 0.012, -0.021)[k], 0.015, 0.013)
        pen.fill(blade, darker(steel, 0.2), plain=True)
    for k in range(4):
        pen.fill(box(x + 0.058, y - 0.098 + 0.022 * k, 0.028, 0.004), darker(steel, 0.4), plain=True)


def _festoon(stage: Stage) -> None:
    """A string of bulbs across the top of the frame."""
    pen = stage.pen(1.4, 0.0)
    half, top = stage.view.half_width + 0.25, stage.view.y(0.0)
    line = bend((-half, top + 0.005), (0.0, top + 0.185), (half, top + 0.005), 12)
    pen.fill(stroke(line, 0.0034), (0.12, 0.12, 0.16), plain=True)
    for x, y in line[1:-1]:
        bulb = circle(x, y + 0.024, 0.0135)
        pen.fill(box(float(x), float(y) + 0.008, 0.006, 0.008), (0.12, 0.12, 0.16), plain=True)
        if stage.light.lit:
            pen.glow(bulb, _GLOW, 0.75, 0.085)
            pen.raw(bulb, stage.light.lamp((1.0, 0.93, 0.70)))
        else:
            pen.fill(bulb, (1.0, 0.95, 0.82), plain=True)


def draw_station(stage: Stage) -> Ground:
    """A platform with its edge line; beyond the rails the far platform's canopy, clock, and the signal."""
    draw_sky(stage)
    view, dice = stage.view, stage.dice("station")
    side, rails = frame_side(stage, dice), view.horizon + 0.115
    pen = stage.pen(0.18, 0.6)
    for i, x in spots(dice, "roof", view.half_width + 0.5, 0.20):
        tall = dice.between("tall", 0.10, 0.26, i)
        pen.fill(box(x, view.horizon - tall / 2 + 0.1, 0.085, tall / 2 + 0.1), (0.52, 0.58, 0.68), plain=True)
        bush(pen, x + 0.1, view.horizon + 0.05, dice.between("tree", 0.16, 0.26, i), (0.34, 0.54, 0.42))
    pen = stage.pen(0.55, 0.16)
    _far_platform(stage, pen, rails)
    by_train = stage.scene.subject == "train"
    _track(stage, rails, view.y(1.0) if by_train else rails + 0.10)
    signal = -side * min(view.half_width * 0.84, 0.78)
    _signal(stage.pen(0.8, 0.06), signal, rails + 0.02)
    if by_train:
        if not stage.plain:
            _platform(stage, stage.pen(1.2, 0.0), view.y(0.955))
        return Ground(0.87)
    edge = rails + 0.085
    _platform(stage, stage.pen(1.0, 0.0), edge)
    clock = side * min(view.half_width * 0.66, 0.60)
    lamps = [(0.4 * i, _GLOW) for i in range(-2, 3)]
    shine(stage, edge + 0.050, [*lamps, (clock, (1.0, 0.95, 0.78)), (signal, _GREEN)])
    _bench(stage.pen(1.0, 0.0), -side * min(view.half_width * 0.60, 0.56), edge + 0.115)
    _post_clock(stage, clock, edge + 0.085)
    if not stage.plain:
        _near_canopy(stage, side)
    return Ground(0.90)


def _far_platform(stage: Stage, pen: Pen, foot: float) -> None:
    """A brick building with arched windows behind a canopy on slender columns."""
    half, dice = stage.view.half_width + 0.6, stage.dice("platform")
    brick: RGB = ((0.72, 0.46, 0.36), (0.80, 0.68, 0.50), (0.62, 0.50, 0.50))[dice.pick("brick", 3)]
    iron: RGB = ((0.20, 0.38, 0.36), (0.24, 0.30, 0.46), (0.46, 0.22, 0.22))[dice.pick("iron", 3)]
    roof = foot - 0.235
    pen.fill(box(0.0, foot - 0.14, 9.0, 0.15), Fade(lighter(brick, 0.06), darker(brick, 0.22), roof, foot))
    for i in range(-int(half / 0.2), int(half / 0.2) + 1):
        pane = box(i * 0.2, foot - 0.095, 0.036, 0.062, 0.034)
        pen.fill(box(i * 0.2, foot - 0.095, 0.046, 0.072, 0.042), (0.92, 0.86, 0.76), plain=True)
        if stage.light.lit:
            pen.raw(pane, stage.light.lamp((1.0, 0.84, 0.50)))
        else:
            pen.fill(pane, (0.38, 0.50, 0.58), plain=True)
        pen.fill(
            box(i * 0.2, foot - 0.095, 0.0022, 0.06) | box(i * 0.2, foot - 0.10, 0.034, 0.0022),
            (0.92, 0.88, 0.80),
            plain=True,
        )
    pen.fill(box(0.0, roof + 0.016, 9.0, 0.028), (0.16, 0.14, 0.20), 0.45, soft=0.02)
    for i in range(-int(half / 0.4), int(half / 0.4) + 1):
        x = i * 0.4 + 0.2
        pen.fill(capsule((x, foot), (x, roof), 0.0080), iron)
        for lean in (-1, 1):
            curve = bend((x, roof + 0.075), (x + lean * 0.012, roof + 0.012), (x + lean * 0.075, roof), 4)
            pen.fill(stroke(curve, 0.0046), iron, plain=True)
        if stage.light.lit:
            pen.glow(circle(x + 0.2, roof + 0.028, 0.010), _GLOW, 0.7, 0.12)
            pen.raw(circle(x + 0.2, roof + 0.028, 0.010), stage.light.lamp((1.0, 0.93, 0.70)))
    pen.fill(box(0.0, roof - 0.022, 9.0, 0.022), Fade(lighter(iron, 0.30), iron, roof - 0.044, roof))
    teeth = [box(k * 0.05, roof + 0.006, 0.015, 0.012) for k in range(-int(half / 0.05), int(half / 0.05) + 1)]
    for tooth in teeth:
        pen.fill(tooth, (0.93, 0.90, 0.82), plain=True)
    pen.fill(box(0.0, foot + 0.012, 9.0, 0.020), (0.74, 0.72, 0.70))
    pen.fill(box(0.0, foot - 0.006, 9.0, 0.004), (0.98, 0.86, 0.34), plain=True)


def _track(stage: Stage, top: float, bottom: float) -> None:
    """Ballast, sleepers and two rails."""
    pen = stage.pen(0.8, 0.06)
    stone: RGB = (0.48, 0.44, 0.43)
    deep = bottom - top
    pen.fill(box(0.0, top + 0.03 + deep, 9.0, deep), Fade(darker(stone, 0.30), stone, top + 0.03, top + 0.08))
    count = int((stage.view.half_width + 0.6) / 0.062)
    for i in range(-count, count + 1):
        x = i * 0.062
        tie = convex(
            [(x - 0.013, top + 0.040), (x + 0.013, top + 0.040), (x + 0.018, top + 0.082), (x - 0.018, top + 0.082)]
        )
        pen.fill(tie, (0.32, 0.23, 0.19), plain=True)
    for y, half in ((0.046, 0.0036), (0.071, 0.0048)):
        pen.fill(box(0.0, top + y + half, 9.0, half), (0.24, 0.22, 0.25), plain=True)
        pen.fill(box(0.0, top + y - half * 0.5, 9.0, half * 0.6), (0.86, 0.88, 0.92), plain=True)


def _signal(pen: Pen, x: float, y: float) -> None:
    """A mast with a red lamp over a green one; the green burns."""
    pen.fill(capsule((x, y + 0.05), (x, y - 0.32), 0.0068), _IRON)
    for k in range(5):
        pen.fill(box(x + 0.015, y - 0.02 - 0.045 * k, 0.010, 0.0028), _IRON, plain=True)
    pen.fill(box(x, y - 0.335, 0.031, 0.066, 0.028), (0.13, 0.14, 0.17))
    pen.fill(circle(x, y - 0.363, 0.017), (0.56, 0.12, 0.12), plain=True)
    pen.glow(circle(x, y - 0.310, 0.014), _GREEN, 0.6, 0.07)
    pen.raw(circle(x, y - 0.310, 0.016), pen.light.lamp((0.40, 1.0, 0.60)))


def _platform(stage: Stage, pen: Pen, edge: float) -> None:
    """Paving with a pale edge, a yellow line and joints that run to the horizon."""
    bottom, slab = stage.view.y(1.0), (0.74, 0.71, 0.69)
    pen.fill(box(0.0, edge + 0.5, 9.0, 0.5), Fade(lighter(slab, 0.06), darker(slab, 0.20), edge, bottom))
    pen.fill(furrows(0.0, edge - 0.16, edge + 0.012, 0.62, 0.020), darker(slab, 0.28), 0.7, plain=True)
    for y, half in ((0.105, 0.0022), (0.195, 0.0032)):
        pen.fill(box(0.0, edge + y, 9.0, half), darker(slab, 0.28), 0.6, plain=True)
    pen.fill(box(0.0, edge + 0.006, 9.0, 0.010), (0.93, 0.92, 0.90))
    pen.fill(box(0.0, edge + 0.040, 9.0, 0.0085), (0.98, 0.80, 0.20), plain=True)


def _bench(pen: Pen, x: float, y: float) -> None:
    wood: RGB = (0.58, 0.36, 0.22)
    pen.fill(ellipse(x, y + 0.002, 0.17, 0.012), (0.14, 0.13, 0.18), 0.32, plain=True)
    for dx in (-0.115, 0.115):
        pen.fill(stroke([(x + dx, y), (x + dx, y - 0.065), (x + dx * 1.02, y - 0.145)], 0.0075), _IRON, plain=True)
    for lift, high in ((0.138, 0.010), (0.108, 0.010), (0.062, 0.012)):
        pen.fill(box(x, y - lift, 0.150, high, 0.004), wood if lift > 0.07 else lighter(wood, 0.18))


def _post_clock(stage: Stage, x: float, y: float) -> None:
    """The station's clock on its post; the face glows after dark."""
    pen = stage.pen(1.0, 0.0)
    cy = y - 0.395
    pen.fill(capsule((x, y), (x, cy), 0.0095, 0.007), _IRON)
    pen.fill(box(x, y - 0.012, 0.024, 0.014, 0.006), _IRON)
    pen.fill(circle(x, cy, 0.078), _IRON)
    face = circle(x, cy, 0.066)
    if stage.light.lit:
        pen.glow(face, (1.0, 0.95, 0.78), 0.6, 0.12)
        pen.raw(face, stage.light.lamp((1.0, 0.97, 0.86)))
    else:
        pen.fill(face, (0.98, 0.97, 0.94), plain=True)
    for dx, dy in ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)):
        pen.fill(box(x + 0.055 * dx, cy + 0.055 * dy, 0.0050, 0.0050), (0.14, 0.14, 0.18), plain=True)
    hands = capsule((x, cy), (x - 0.030, cy - 0.020), 0.0060) | capsule((x, cy), (x + 0.014, cy - 0.046), 0.0045)
    pen.fill(hands, (0.14, 0.14, 0.18), plain=True)
    pen.fill(convex([(x - 0.02, cy - 0.080), (x, cy - 0.108), (x + 0.02, cy - 0.080)], 0.003), _IRON)


def _near_canopy(stage: Stage, side: float) -> None:
    """The canopy over our own platform: its valance along the top and a column at the frame's edge."""
    pen = stage.pen(1.5, 0.0)
    top, iron = stage.view.y(0.0), (0.13, 0.22, 0.23)
    x = side * (stage.view.half_width - 0.035)
    pen.fill(box(x, 0.0, 0.020, 2.0), iron)
    pen.fill(box(x, top + 0.30, 0.027, 0.010, 0.004), lighter(iron, 0.2), plain=True)
    curve = bend((x, top + 0.27), (x - side * 0.03, top + 0.06), (x - side * 0.24, top + 0.035), 5)
    pen.fill(stroke(curve, 0.011), iron, plain=True)
    pen.fill(polygon([(-9.0, top - 1.0), (9.0, top - 1.0), (9.0, top + 0.040), (-9.0, top + 0.040)]), iron)
    count = int((stage.view.half_width + 0.8) / 0.07)
    for i in range(-count, count + 1):
        tooth = convex([(i * 0.07 - 0.031, top + 0.036), (i * 0.07 + 0.031, top + 0.036), (i * 0.07, top + 0.072)])
        pen.fill(tooth, iron, plain=True)
