"""Those who live on grass: cow, sheep and rabbit."""

import torch
from torch import Tensor

from render_engine.world.colour import RGB, darker, lighter, luma
from render_engine.world.pen import Pen
from render_engine.world.shapes import Shape, bend, box, capsule, circle, ellipse, polygon, stroke
from render_engine.world.subjects.gait import Leg, marking, step
from render_engine.world.subjects.pose import INK, PALE, Art, Pose

_PINK: RGB = (0.98, 0.68, 0.66)
_HORN: RGB = (0.94, 0.86, 0.66)


def draw_cow(pen: Pen, pose: Pose) -> None:
    """A square-built cow with patches, horns, a bell and an udder, who lowers her head to graze and raises it."""
    gait = pose.covered * 7.5
    bob = -0.012 * pose.walking * torch.sin(2 * gait) + 0.004 * torch.sin(pose.seconds * 1.8)
    coat, far, hoof = pose.colour, darker(pose.colour, 0.28), (0.26, 0.20, 0.20)
    for leg in (Leg(-0.38, 0.36, 0.066, 0.5, -0.015), Leg(0.26, 0.36, 0.062, 0.05)):
        step(pen, pose, leg, gait, (far, hoof))
    swish = 0.06 * torch.sin(pose.seconds * 2.4)
    tail = bend((-0.54, -0.76 + bob), (-0.68, -0.70 + bob), (-0.64 + swish, -0.38), 4)
    pen.fill(stroke(tail, 0.026, 0.018), darker(coat, 0.12))
    pen.fill(ellipse(-0.645 + swish, -0.33, 0.036, 0.075), darker(coat, 0.6))
    udder = ellipse(-0.20, -0.315 + bob, 0.115, 0.085)
    pen.fill(udder, _PINK)
    for x in (-0.25, -0.16):
        pen.fill(capsule((x, -0.26 + bob), (x, -0.225 + bob), 0.017), darker(_PINK, 0.16), plain=True)
    trunk = [
        (-0.50, -0.755 + bob),
        (0.30, -0.745 + bob),
        (0.38, -0.60 + bob),
        (0.30, -0.41 + bob),
        (-0.48, -0.43 + bob),
    ]
    body = polygon(trunk, 0.075)
    pen.fill(body, coat)
    pen.fill(_patches(pose, bob) & body, marking(coat), plain=True)
    for leg in (Leg(-0.47, 0.44, 0.080, 0.0, -0.02), Leg(0.32, 0.42, 0.072, 0.55)):
        step(pen, pose, leg, gait, (coat, hoof))
    _cow_head(pen, pose, bob)


def _patches(pose: Pose, bob: Tensor) -> Shape:
    shift = pose.dice.between("patch", -0.05, 0.05)
    high = ellipse(-0.30 + shift, -0.74 + bob, 0.16, 0.15) | circle(-0.20 + shift, -0.62 + bob, 0.10)
    return high | ellipse(0.10 + shift, -0.50 + bob, 0.13, 0.10) | ellipse(0.24, -0.80 + bob, 0.10, 0.09)


def _cow_head(pen: Pen, pose: Pose, bob: Tensor) -> None:
    coat = pose.colour
    dip = (0.5 - 0.62 * torch.cos(pose.seconds * 1.3 + 0.4)).clamp(0, 1) * (1 - pose.walking)
    x, y = 0.60 + 0.05 * dip, -0.86 + 0.42 * dip + bob + 0.012 * pose.walking * torch.sin(pose.covered * 15)
    pen.fill(capsule((0.28, -0.62 + bob), (x - 0.02, y + 0.02), 0.165, 0.10), coat)
    pen.fill(stroke(bend((x - 0.05, y - 0.09), (x - 0.24, y - 0.10), (x - 0.17, y - 0.26), 5), 0.042, 0.014), _HORN)
    ear = capsule((x - 0.08, y - 0.05), (x - 0.22, y - 0.02), 0.034, 0.050)
    pen.fill(ear, darker(coat, 0.25))
    pen.fill(capsule((x, y - 0.03), (x + 0.12, y + 0.12), 0.125, 0.095), coat)
    blaze = capsule((x + 0.07, y - 0.09), (x + 0.15, y + 0.06), 0.040, 0.050)
    pen.fill(blaze, marking(coat), plain=True)
    pen.fill(stroke(bend((x + 0.03, y - 0.11), (x + 0.24, y - 0.12), (x + 0.18, y - 0.28), 5), 0.042, 0.014), _HORN)
    chew = 0.010 * torch.sin(pose.seconds * 5.5)
    pen.fill(ellipse(x + 0.165 + chew, y + 0.175, 0.118, 0.082), _PINK)
    for nostril in (0.145, 0.225):
        pen.fill(ellipse(x + nostril, y + 0.160, 0.015, 0.022), darker(_PINK, 0.5), plain=True)
    pen.fill(circle(x + 0.015, y - 0.015, 0.036), PALE, plain=True)
    pen.fill(circle(x + 0.022, y - 0.012, 0.025), INK, plain=True)
    pen.fill(box(0.40, -0.50 + bob, 0.042, 0.050, 0.022), (0.95, 0.74, 0.24))


def draw_sheep(pen: Pen, pose: Pose) -> None:
    """A sheep: a cloud of wool in the subject's colour on thin legs, with a dark face."""
    gait = pose.covered * 9.5
    bob = -0.014 * pose.walking * torch.sin(2 * gait) + 0.006 * torch.sin(pose.seconds * 2.1)
    coat = pose.colour
    face = (0.22, 0.20, 0.25) if luma(coat) > 0.2 else (0.88, 0.78, 0.68)
    for leg in (Leg(-0.26, 0.30, 0.040, 0.5, 0.0, 0.85), Leg(0.16, 0.30, 0.040, 0.05, 0.0, 0.85)):
        step(pen, pose, leg, gait, (darker(face, 0.2), INK))
    for leg in (Leg(-0.34, 0.32, 0.046, 0.0, 0.0, 0.85), Leg(0.24, 0.32, 0.046, 0.55, 0.0, 0.85)):
        step(pen, pose, leg, gait, (face, INK))
    wool = ellipse(-0.06, -0.52 + bob, 0.42, 0.25)
    curls = ellipse(-0.06, -0.30, 0.01, 0.01)
    for i in range(11):
        turn = torch.tensor(6.2832 * i / 11)
        x, y = -0.06 + 0.40 * float(torch.cos(turn)), -0.52 + 0.225 * float(torch.sin(turn))
        puff = circle(x, y + bob, 0.125 + 0.006 * torch.sin(pose.seconds * 2.1 + i))
        wool = wool | puff
        if i in (0, 1, 2, 3, 4, 5):
            curls = curls | (puff - circle(x - 0.012, y - 0.045 + bob, 0.128))
    for x, y in ((-0.28, -0.56), (-0.06, -0.62), (0.14, -0.52), (-0.12, -0.44)):
        curls = curls | (circle(x, y + bob, 0.085) - circle(x - 0.006, y - 0.030 + bob, 0.088))
    pen.fill(circle(-0.50, -0.60 + bob, 0.085), darker(coat, 0.1))
    pen.fill(wool, coat)
    pen.fill(curls, darker(coat, 0.22), plain=True)
    _sheep_head(pen, pose, bob, face)


def _sheep_head(pen: Pen, pose: Pose, bob: Tensor, face: RGB) -> None:
    nod = 0.045 * torch.sin(pose.seconds * 1.5) * (1 - 0.5 * pose.walking)
    x, y = 0.42, -0.66 + nod + bob
    pen.fill(capsule((x + 0.01, y - 0.02), (x + 0.12, y + 0.14), 0.125, 0.085), face)
    twitch = 0.02 * torch.sin(pose.seconds * 4)
    pen.fill(capsule((x - 0.06, y - 0.02), (x - 0.19, y + 0.07 + twitch), 0.034, 0.046), darker(face, 0.22))
    pen.fill(capsule((x + 0.09, y - 0.06), (x + 0.20, y - 0.02 - twitch), 0.030, 0.038), darker(face, 0.12))
    tuft = circle(x - 0.06, y - 0.10, 0.075) | circle(x + 0.03, y - 0.13, 0.082) | circle(x + 0.10, y - 0.085, 0.060)
    pen.fill(tuft, lighter(pose.colour, 0.18))
    pen.fill(circle(x + 0.055, y + 0.005, 0.034), PALE, plain=True)
    pen.fill(circle(x + 0.064, y + 0.008, 0.020), INK, plain=True)
    chew = 0.010 * torch.sin(pose.seconds * 6)
    pen.fill(ellipse(x + 0.145 + chew, y + 0.165, 0.060, 0.042), lighter(face, 0.3), plain=True)


def draw_rabbit(pen: Pen, pose: Pose) -> None:
    """A rabbit with long ears and a cotton tail, which sits up twitching or travels in hops."""
    hop = pose.covered * 6.5
    up = pose.walking * 0.24 * torch.sin(hop).abs()
    pitch = pose.walking * 0.07 * torch.sin(2 * hop)
    breath = 0.006 * torch.sin(pose.seconds * 5)
    coat, far = pose.colour, darker(pose.colour, 0.28)
    rear, fore = -up + 0.6 * pitch, -up - pitch + breath
    kick = pose.walking * 0.16 * torch.sin(hop).square()
    _ears(pen, pose, fore, far=True)
    pen.fill(capsule((0.16, -0.24 + fore), (0.24 + kick, -0.05 + fore * 0.9), 0.050, 0.038), far)
    pen.fill(circle(-0.455, -0.235 + rear, 0.092), marking(coat))
    pen.fill(capsule((-0.18, -0.27 + rear), (0.13, -0.32 + fore), 0.225, 0.175), coat)
    pen.fill(ellipse(0.18, -0.25 + fore, 0.095, 0.125), lighter(coat, 0.42), plain=True)
    pen.fill(circle(-0.19, -0.24 + rear, 0.215), coat)
    hollow = circle(-0.19, -0.24 + rear, 0.215) - circle(-0.225, -0.225 + rear, 0.222)
    pen.fill(hollow, darker(coat, 0.3), plain=True)
    foot = (-0.22 - kick, -0.055 + rear * 0.92)
    pen.fill(capsule(foot, (foot[0] + 0.23, foot[1] + 0.008), 0.056, 0.044), darker(coat, 0.14))
    pen.fill(capsule((0.17, -0.26 + fore), (0.26 + kick, -0.045 + fore * 0.9), 0.056, 0.042), darker(coat, 0.1))
    _rabbit_head(pen, pose, fore)


def _ears(pen: Pen, pose: Pose, fore: Tensor, *, far: bool) -> None:
    """One ear, upright at rest and laid back in the hop."""
    twitch = 0.035 * torch.sin(pose.seconds * 3.1 + far) ** 3
    back = pose.walking * 0.14
    x, lean = (0.36, 0.09) if far else (0.27, -0.10)
    y = -0.62 + fore
    middle = (x + lean * 0.5 - back * 0.5 + twitch * 0.4, y - 0.24)
    end = (x + lean - back + twitch, y - 0.46 + back * 0.5)
    ear = capsule((x, y + 0.04), middle, 0.046, 0.074) | capsule(middle, end, 0.074, 0.034)
    pen.fill(ear, darker(pose.colour, 0.26) if far else pose.colour)
    if not far:
        inner = capsule((x, y - 0.04), middle, 0.020, 0.038) | capsule(middle, end, 0.038, 0.012)
        pen.fill(inner, _PINK, plain=True)


def _rabbit_head(pen: Pen, pose: Pose, fore: Tensor) -> None:
    coat, y = pose.colour, -0.53 + fore
    _ears(pen, pose, fore, far=False)
    pen.fill(ellipse(0.32, y, 0.175, 0.150), coat)
    pen.fill(ellipse(0.405, y + 0.055, 0.088, 0.068), lighter(coat, 0.5), plain=True)
    twitch = 0.008 * torch.sin(pose.seconds * 13)
    for lift in (-0.035, 0.025):
        pen.fill(capsule((0.40, y + 0.055), (0.55, y + 0.06 + lift + twitch), 0.006), darker(coat, 0.4), plain=True)
    pen.fill(ellipse(0.483, y + 0.022 + twitch, 0.026, 0.020), (0.93, 0.42, 0.48), plain=True)
    pen.fill(box(0.465, y + 0.112, 0.018, 0.022, 0.008), PALE, plain=True)
    pen.fill(circle(0.345, y - 0.035, 0.036), INK, plain=True)
    pen.fill(circle(0.356, y - 0.048, 0.012), PALE, plain=True)


ART: dict[str, Art] = {
    "cow": Art(draw_cow, (-0.80, -1.18, 0.96, 0.04), (-0.72, -1.14, 0.90, 0.03), "ground", 0.54, 0.46),
    "sheep": Art(draw_sheep, (-0.66, -0.98, 0.70, 0.04), (-0.60, -0.92, 0.64, 0.03), "ground", 0.44, 0.36),
    "rabbit": Art(draw_rabbit, (-0.62, -1.36, 0.62, 0.04), (-0.56, -1.06, 0.58, 0.03), "ground", 0.44, 0.32),
}
