"""Those who play a part: a child off to school, a dancer on her toes, a speaker before an audience."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import Point, bend, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.subjects.gait import limb
from render_engine.world.subjects.pose import INK, PALE, SKIN, Art, Pose

_HAIR: tuple[RGB, ...] = ((0.16, 0.10, 0.08), (0.38, 0.21, 0.11), (0.80, 0.58, 0.26), (0.55, 0.24, 0.12))
_LIPS: RGB = (0.62, 0.16, 0.18)


def _accent(coat: RGB) -> RGB:
    """What is worn beside the subject's colour: blue beside light warm ones, yellow beside the others."""
    return (0.16, 0.42, 0.80) if coat[0] > 0.8 and coat[1] > 0.4 else (0.99, 0.80, 0.25)


def _speech(pose: Pose) -> Tensor:
    """How far a talking mouth is open, 0 to 1."""
    beat = torch.sin(pose.seconds * 11.0) * 0.6 + torch.sin(pose.seconds * 7.3) * 0.4
    return pose.talking * (0.5 + 0.5 * beat)


def _blink(pose: Pose) -> Tensor:
    """1 with open eyes, near 0 for a moment every few seconds."""
    return 1 - 0.85 * (torch.sin(pose.seconds * 1.9 + pose.dice.between("blink", 0, 6)) > 0.97).float()


def draw_child(pen: Pen, pose: Pose) -> None:
    """A child with a big head under a cap, short trousers, and a satchel on its back."""
    coat, accent, skin = pose.colour, _accent(pose.colour), SKIN[pose.dice.pick("skin", 4)]
    phase = pose.covered * 12
    bob = -0.030 * pose.walking * torch.cos(phase).abs() + 0.006 * torch.sin(pose.seconds * 2.6)
    wave = pose.talking * torch.sin(pose.seconds * 5.2)
    back = -0.62 * pose.walking * torch.sin(phase + 3.1416) - 0.15 + pose.talking * 1.9 + 0.6 * wave
    arm = limb((0.015, -0.475 + bob), 0.105, back, 0.2 + 0.5 * pose.talking)
    pen.fill(stroke(arm, 0.042, 0.034), darker(coat, 0.30))
    pen.fill(circle(arm[-1][0], arm[-1][1], 0.036), darker(skin, 0.15), plain=True)
    for side in (1, 0):
        _child_leg(pen, pose, phase + 3.1416 * side, bob, side)
    pen.fill(box(-0.165, -0.405 + bob, 0.095, 0.125, 0.05), accent)
    pen.fill(box(-0.185, -0.365 + bob, 0.060, 0.050, 0.02), darker(accent, 0.22), plain=True)
    shirt = polygon([(-0.07, -0.49 + bob), (0.07, -0.49 + bob), (0.10, -0.27 + bob), (-0.10, -0.27 + bob)], 0.035)
    pen.fill(shirt, coat)
    pen.fill(stroke(bend((-0.04, -0.52 + bob), (0.05, -0.46 + bob), (0.0, -0.34 + bob), 3), 0.020), accent, plain=True)
    _child_head(pen, pose, -0.665 + bob, skin)
    swing = -0.62 * pose.walking * torch.sin(phase) + 0.10 + pose.talking * 1.5 - 0.9 * wave
    arm = limb((-0.02, -0.475 + bob), 0.125, swing, 0.25 + 0.3 * pose.walking + 0.5 * pose.talking)
    pen.fill(stroke(arm, 0.044, 0.034), darker(coat, 0.22))
    pen.fill(circle(arm[-1][0], arm[-1][1], 0.040), skin, plain=True)


def _child_leg(pen: Pen, pose: Pose, turn: Tensor, bob: Tensor, side: int) -> None:
    skin = SKIN[pose.dice.pick("skin", 4)]
    swing = 0.60 * pose.walking * torch.sin(turn) + (0.10 - 0.20 * side) * (1 - pose.walking)
    fold = -pose.walking * (0.20 + 0.60 * torch.sin(turn + 1.2).clamp_min(0))
    hip, knee, foot = limb((0.03 * (1 - 2 * side), -0.26 + bob), 0.110, swing, fold)
    pen.fill(capsule(knee, foot, 0.038, 0.032), darker(skin, 0.15) if side else skin)
    trousers = (0.20, 0.24, 0.42) if pose.colour[2] < 0.6 else (0.46, 0.34, 0.26)
    pen.fill(capsule(hip, knee, 0.064, 0.058), darker(trousers, 0.25) if side else trousers)
    shoe = capsule((foot[0] - 0.012, foot[1] + 0.006), (foot[0] + 0.062, foot[1] + 0.012), 0.036, 0.032)
    pen.fill(shoe, darker(pose.colour, 0.35 if side else 0.15), plain=True)


def _child_head(pen: Pen, pose: Pose, y: Tensor, skin: RGB) -> None:
    coat, hair = pose.colour, _HAIR[pose.dice.pick("hair", 4)]
    pen.fill(ellipse(-0.035, y + 0.015, 0.150, 0.150), hair)
    if pose.dice.pick("plait", 2):
        swing = 0.03 * torch.sin(pose.seconds * 3.1) - 0.05 * pose.walking
        pen.fill(stroke(bend((-0.14, y + 0.06), (-0.24, y + 0.08), (-0.25 + swing, y + 0.20), 3), 0.05, 0.025), hair)
    pen.fill(ellipse(0.035, y + 0.02, 0.145, 0.140), skin)
    pen.fill(circle(-0.100, y + 0.04, 0.034), darker(skin, 0.10), plain=True)
    pen.fill(circle(0.086, y + 0.052, 0.017), darker(skin, 0.12), plain=True)
    for x in (0.025, 0.122):
        pen.fill(ellipse(x, y + 0.012, 0.019, 0.029 * _blink(pose)), INK, plain=True)
    pen.fill(circle(-0.010, y + 0.075, 0.030) | circle(0.145, y + 0.070, 0.022), (0.96, 0.45, 0.42), 0.5, plain=True)
    pen.fill(ellipse(0.078, y + 0.098, 0.032, 0.010 + 0.026 * _speech(pose)), _LIPS, plain=True)
    dome = circle(0.0, y - 0.015, 0.172) & convex(
        [(-0.3, y - 0.4), (0.4, y - 0.4), (0.4, y - 0.075), (-0.3, y - 0.005)]
    )
    pen.fill(dome, coat)
    pen.fill(capsule((0.10, y - 0.072), (0.265, y - 0.050), 0.030, 0.020), darker(coat, 0.25))
    pen.fill(circle(0.0, y - 0.185, 0.026), _accent(coat), plain=True)


def draw_dancer(pen: Pen, pose: Pose) -> None:
    """A ballerina on the toes of one foot, the other leg stretched back, arms that never rest; she travels in leaps."""
    coat, skin = pose.colour, SKIN[pose.dice.pick("skin", 4)]
    phase = pose.covered * 7
    beat = torch.sin(phase)
    hop = -0.10 * pose.walking * beat.square()
    y = hop + 0.007 * torch.sin(pose.seconds * 1.9)
    slow = torch.sin(pose.seconds * 1.5)
    tights = lighter(skin, 0.28)
    leg = limb((-0.02, -0.50 + y), 0.225, -1.22 + 0.13 * slow + 0.30 * pose.walking * beat, -0.10)
    pen.fill(stroke(leg, 0.050, 0.030), darker(tights, 0.14))
    pen.fill(capsule(leg[-1], (leg[-1][0] - 0.085, leg[-1][1] - 0.005), 0.030, 0.015), coat)
    wave = pose.talking * torch.sin(pose.seconds * 5)
    arm = limb((-0.01, -0.83 + y), 0.165, -1.75 - 0.38 * slow - 0.6 * wave, -0.30)
    pen.fill(stroke(arm, 0.034, 0.026), darker(skin, 0.15))
    swing = 0.42 * pose.walking * beat
    stand = limb((0.01, -0.50 + y), 0.20, swing, -0.5 * swing)
    pen.fill(stroke(stand, 0.054, 0.030), tights)
    pen.fill(capsule(stand[-1], (stand[-1][0] + 0.006, stand[-1][1] + 0.085), 0.031, 0.014), coat)
    _tutu(pen, pose, y)
    bodice = polygon([(-0.062, -0.85 + y), (0.068, -0.85 + y), (0.050, -0.60 + y), (-0.050, -0.60 + y)], 0.018)
    pen.fill(bodice, coat)
    pen.fill(capsule((-0.045, -0.83 + y), (-0.040, -0.62 + y), 0.020), darker(coat, 0.22), plain=True)
    _dancer_head(pen, pose, y, skin)
    arm = limb((0.03, -0.83 + y), 0.175, 1.95 + 0.48 * slow + 0.7 * wave, 0.42)
    pen.fill(stroke(arm, 0.036, 0.027), skin)
    pen.fill(circle(arm[-1][0], arm[-1][1], 0.028), skin, plain=True)


def _tutu(pen: Pen, pose: Pose, y: Tensor) -> None:
    """Three layers of tulle whose hems swing one after the other."""
    for i, (half, drop) in enumerate(((0.375, 0.155), (0.355, 0.105), (0.29, 0.06))):
        hem: list[Point] = []
        for k in range(9):
            across = 1 - k / 4
            fold = 0.030 if k % 2 else 0.0
            flow = 0.014 * torch.sin(pose.seconds * 3.4 + k * 1.1 - i * 0.8) * (1 + pose.walking)
            hem.append((half * across, -0.565 + y + drop * (1 - 0.55 * across * across) + fold + flow))
        skirt = polygon([(-0.055, -0.635 + y), (0.055, -0.635 + y), *hem], 0.012)
        tone = (darker(pose.colour, 0.30), pose.colour, lighter(pose.colour, 0.22))[i]
        pen.fill(skirt, tone, plain=i > 1)


def _dancer_head(pen: Pen, pose: Pose, y: Tensor, skin: RGB) -> None:
    hair = _HAIR[pose.dice.pick("hair", 4)]
    pen.fill(capsule((0.005, -0.96 + y), (0.003, -0.86 + y), 0.028, 0.034), darker(skin, 0.12), plain=True)
    pen.fill(circle(-0.045, -1.105 + y, 0.046), hair)
    pen.fill(circle(0.012, -1.015 + y, 0.080), hair)
    pen.fill(ellipse(0.032, -1.000 + y, 0.062, 0.072), skin, plain=True)
    pen.fill(circle(-0.030, -1.075 + y, 0.020), pose.colour, plain=True)
    pen.fill(ellipse(0.060, -1.005 + y, 0.0105, 0.015 * _blink(pose)), INK, plain=True)
    pen.fill(ellipse(0.066, -0.962 + y, 0.014, 0.006 + 0.016 * _speech(pose)), _LIPS, plain=True)


def draw_speaker(pen: Pen, pose: Pose) -> None:
    """A presenter who faces us behind a lectern, or walks the stage with a microphone in hand."""
    coat, skin = pose.colour, SKIN[pose.dice.pick("skin", 4)]
    phase = pose.covered * 10
    bob = -0.014 * pose.walking * torch.sin(phase).abs() + 0.005 * torch.sin(pose.seconds * 2.1)
    sway = 0.012 * torch.sin(pose.seconds * 1.7)
    if pose.walking:
        for side in (-1, 1):
            lift = 0.07 * (side * torch.sin(phase)).clamp_min(0)
            pen.fill(capsule((0.075 * side, -0.42), (0.085 * side, -0.05 - lift), 0.070, 0.050), (0.17, 0.18, 0.27))
            pen.fill(ellipse(0.09 * side, -0.030 - lift * 0.9, 0.062, 0.034), INK, plain=True)
    jacket = polygon([(-0.165, -0.84 + bob), (0.165, -0.84 + bob), (0.165, -0.42), (-0.165, -0.42)], 0.045)
    pen.fill(jacket, coat)
    pen.fill(convex([(-0.075, -0.885 + bob), (0.075, -0.885 + bob), (0.0, -0.60 + bob)]), PALE, plain=True)
    tie = [(-0.022, -0.86 + bob), (0.022, -0.86 + bob), (0.030, -0.68 + bob), (0.0, -0.62 + bob), (-0.030, -0.68 + bob)]
    pen.fill(polygon(tie), _accent(coat), plain=True)
    for side in (-1, 1):
        lapel = stroke([(0.080 * side, -0.885 + bob), (0.095 * side, -0.76 + bob), (0.0, -0.57 + bob)], 0.024, 0.014)
        pen.fill(lapel, darker(coat, 0.28), plain=True)
    _speaker_arms(pen, pose, bob, skin)
    if not pose.walking:
        _lectern(pen, coat)
    _speaker_head(pen, pose, sway, -1.045 + bob, skin)
    if not pose.walking:
        pen.fill(stroke(bend((0.16, -0.53), (0.22, -0.72), (0.105, -0.845), 4), 0.011), INK, plain=True)
        pen.fill(capsule((0.105, -0.845), (0.070, -0.875), 0.028, 0.034), (0.20, 0.20, 0.25))


def _speaker_arms(pen: Pen, pose: Pose, bob: Tensor, skin: RGB) -> None:
    """Both hands gesture, or one does while the other holds the microphone."""
    wide = 0.35 + 0.65 * pose.talking
    sleeve = darker(pose.colour, 0.20)
    for side, beat in ((-1, torch.sin(pose.seconds * 3.9)), (1, torch.sin(pose.seconds * 3.1 + 2.0))):
        shoulder = (0.175 * side, -0.815 + bob)
        elbow: Point
        hand: Point
        if side > 0 and pose.walking:
            elbow, hand = (0.30, -0.64 + bob), (0.125, -0.86 + bob)
        else:
            elbow = ((0.285 + 0.02 * beat * wide) * side, -0.635 + bob)
            hand = ((0.355 + 0.075 * beat * wide) * side, -0.735 - 0.115 * beat * wide - 0.06 * pose.talking + bob)
        pen.fill(stroke([shoulder, elbow, hand], 0.056, 0.042), sleeve)
        palm = (hand[0] + 0.012 * side, hand[1] - 0.045)
        pen.fill(capsule(hand, palm, 0.040), skin, plain=True)
        if not pose.walking or side < 0:
            thumb = capsule(palm, (palm[0] - 0.045 * side, palm[1] - 0.010), 0.015)
            fingers = capsule(palm, (palm[0] + 0.010 * side, palm[1] - 0.052), 0.030, 0.020)
            pen.fill(thumb | fingers, skin, plain=True)
            continue
        pen.fill(capsule((0.125, -0.84 + bob), (0.085, -0.915 + bob), 0.018), INK, plain=True)
        pen.fill(circle(0.080, -0.925 + bob, 0.032), (0.36, 0.37, 0.43))


def _speaker_head(pen: Pen, pose: Pose, x: Tensor, y: Tensor, skin: RGB) -> None:
    hair, long = _HAIR[pose.dice.pick("hair", 4)], pose.dice.pick("long", 2)
    if long:
        pen.fill(box(x, y + 0.035, 0.150, 0.145, 0.10), hair)
    pen.fill(capsule((x * 0.5, y + 0.11), (0.0, y + 0.185), 0.048), darker(skin, 0.14), plain=True)
    pen.fill(ellipse(x, y, 0.118, 0.142), skin)
    crown = ellipse(x, y - 0.015, 0.132, 0.148) - ellipse(x + 0.025, y + 0.055, 0.128, 0.135)
    pen.fill(crown, hair)
    shut, speech = _blink(pose), _speech(pose)
    for side in (-1, 1):
        pen.fill(ellipse(x + 0.046 * side, y - 0.010, 0.0145, 0.019 * shut), INK, plain=True)
        brow = capsule((x + 0.030 * side, y - 0.052), (x + 0.065 * side, y - 0.048), 0.008)
        pen.fill(brow, darker(hair, 0.2), plain=True)
    pen.fill(capsule((x + 0.004, y + 0.01), (x + 0.008, y + 0.035), 0.011), darker(skin, 0.18), plain=True)
    murmur = 0.006 * (1 + torch.sin(pose.seconds * 6)) * (1 - pose.talking)
    pen.fill(ellipse(x, y + 0.080, 0.042 - 0.008 * speech, 0.010 + 0.030 * speech + murmur), _LIPS, plain=True)
    pen.fill(ellipse(x, y + 0.074, 0.024, 0.007 + 0.006 * speech), PALE, speech, plain=True)


def _lectern(pen: Pen, coat: RGB) -> None:
    wood = (0.50, 0.32, 0.20)
    pen.fill(box(0.0, -0.025, 0.27, 0.025, 0.012), darker(wood, 0.35))
    pen.fill(polygon([(-0.235, -0.50), (0.235, -0.50), (0.19, -0.04), (-0.19, -0.04)], 0.008), wood)
    pen.fill(polygon([(-0.185, -0.44), (0.185, -0.44), (0.15, -0.09), (-0.15, -0.09)], 0.01), coat, plain=True)
    pen.fill(circle(0.0, -0.275, 0.090), PALE if sum(coat) < 2.6 else darker(wood, 0.2), plain=True)
    pen.fill(box(0.0, -0.515, 0.285, 0.030, 0.012), darker(wood, 0.25))
    for i in range(3):
        half = 0.010 + 0.016 * i
        bar = box(-0.036 + 0.036 * i, -0.275, 0.011, half, 0.01)
        pen.fill(bar, darker(coat, 0.1) if sum(coat) < 2.6 else PALE, plain=True)


ART: dict[str, Art] = {
    "child": Art(draw_child, (-0.38, -0.90, 0.38, 0.05), (-0.34, -0.88, 0.34, 0.05), "ground", 0.50, 0.18),
    "dancer": Art(draw_dancer, (-0.62, -1.32, 0.52, 0.05), (-0.58, -1.20, 0.46, 0.03), "ground", 0.64, 0.14),
    "speaker": Art(draw_speaker, (-0.52, -1.29, 0.52, 0.04), (-0.46, -1.27, 0.46, 0.0), "ground", 0.68, 0.26),
}
