"""Those on two legs: the person and the robot."""

import torch
from torch import Tensor

from render_engine.world.colour import darker, lighter
from render_engine.world.pen import Pen
from render_engine.world.shapes import Shape, box, capsule, circle, convex, ellipse, polygon, stroke
from render_engine.world.subjects.gait import limb
from render_engine.world.subjects.pose import INK, LAMP, PALE, SKIN, Art, Pose


def draw_person(pen: Pen, pose: Pose) -> None:
    """A walker in a coat of the subject's colour, with a scarf or a cap by seed."""
    phase = pose.covered * 9.5
    stride = pose.walking * 0.52
    breath = 0.006 * torch.sin(pose.seconds * 2.2)
    bob = -0.014 * pose.walking * torch.cos(2 * phase).abs() + breath
    skin = SKIN[pose.dice.pick("skin", 4)]
    hair = ((0.16, 0.10, 0.08), (0.36, 0.20, 0.10), (0.80, 0.58, 0.26), (0.20, 0.20, 0.24))[pose.dice.pick("hair", 4)]
    trousers = ((0.17, 0.20, 0.34), (0.28, 0.24, 0.24))[pose.dice.pick("trousers", 2)]
    for side in (1, 0):
        turn = phase + 3.1416 * side
        swing = stride * torch.sin(turn) + (0.07 - 0.14 * side) * (1 - pose.walking)
        fold = -pose.walking * (0.25 + 0.55 * torch.sin(turn + 1.2).clamp_min(0))
        leg = limb((0.02 * (1 - 2 * side), -0.43 + bob), 0.205, swing, fold)
        tone = darker(trousers, 0.22) if side else trousers
        pen.fill(stroke(leg, 0.058, 0.044), tone)
        foot = leg[-1]
        pen.fill(capsule((foot[0] - 0.01, foot[1] + 0.012), (foot[0] + 0.06, foot[1] + 0.018), 0.028), INK, plain=True)
        if side:
            arm = limb((0.0, -0.735 + bob), 0.155, -stride * 0.9 * torch.sin(turn) + 0.1, 0.25 + 0.2 * pose.walking)
            pen.fill(stroke(arm, 0.045, 0.036), darker(pose.colour, 0.32))
            pen.fill(circle(arm[-1][0], arm[-1][1], 0.034), darker(skin, 0.2), plain=True)
    coat = polygon([(-0.075, -0.75 + bob), (0.075, -0.75 + bob), (0.125, -0.38 + bob), (-0.125, -0.38 + bob)], 0.035)
    pen.fill(coat, pose.colour)
    shade = polygon([(-0.07, -0.75 + bob), (-0.02, -0.75 + bob), (-0.05, -0.38 + bob), (-0.12, -0.38 + bob)], 0.03)
    pen.fill(shade, darker(pose.colour, 0.2), plain=True)
    pen.fill(capsule((0.0, -0.80 + bob), (0.005, -0.76 + bob), 0.036), darker(skin, 0.12), plain=True)
    pen.fill(circle(0.012, -0.895 + bob, 0.083), skin)
    pen.fill(circle(0.09, -0.885 + bob, 0.018), skin, plain=True)
    crown = circle(0.0, -0.908 + bob, 0.092) & convex(
        [(-0.2, -1.1), (0.11, -1.1), (0.06, -0.93), (-0.02, -0.86), (-0.2, -0.8)]
    )
    pen.fill(crown, hair)
    pen.fill(circle(0.052, -0.892 + bob, 0.0115), INK, plain=True)
    if pose.talking:
        pen.fill(_mouth(pose, bob), (0.45, 0.10, 0.12), plain=True)
    if pose.dice.pick("scarf", 2):
        _scarf(pen, pose, bob)
    gesture = pose.talking * (1.25 + 0.55 * torch.sin(pose.seconds * 6.1))
    swing = -stride * 1.1 * torch.sin(phase) + 0.02 + 0.55 * gesture
    arm = limb((-0.02, -0.735 + bob), 0.165, swing, 0.16 + 0.3 * pose.walking + 0.75 * gesture)
    pen.fill(stroke(arm, 0.044, 0.036), darker(pose.colour, 0.30))
    pen.fill(circle(arm[-1][0], arm[-1][1], 0.034), skin, plain=True)


def _scarf(pen: Pen, pose: Pose, bob: Tensor) -> None:
    pen.fill(box(0.005, -0.775 + bob, 0.068, 0.024, 0.022), PALE)
    tail = [(-0.05, -0.77 + bob), (-0.13, -0.74 + bob), (-0.19, -0.75 + bob + 0.02 * torch.sin(pose.seconds * 5))]
    pen.fill(stroke(tail, 0.022), PALE)


def _mouth(pose: Pose, bob: Tensor) -> Shape:
    return ellipse(0.066, -0.852 + bob, 0.018, 0.008 + 0.020 * torch.sin(pose.seconds * 13).clamp_min(0))


def draw_robot(pen: Pen, pose: Pose) -> None:
    """A friendly machine: square head with two lamp eyes, an antenna, a dial on its chest."""
    phase = pose.covered * 10
    bob = -0.016 * pose.walking * torch.sin(phase).abs() + 0.006 * torch.sin(pose.seconds * 3.1)
    steel = (0.66, 0.70, 0.76)
    for side in (1, 0):
        swing = pose.walking * 0.42 * torch.sin(phase + 3.1416 * side)
        lift = -pose.walking * 0.05 * torch.cos(phase + 3.1416 * side).clamp_min(0)
        hip = (-0.09 + 0.18 * (1 - side) * (1 - 0.6 * pose.walking), -0.30 + bob)
        foot = (hip[0] + 0.26 * torch.sin(swing), -0.045 + lift)
        pen.fill(capsule(hip, foot, 0.042), darker(steel, 0.35 if side else 0.18))
        pen.fill(box(foot[0] + 0.025, foot[1] + 0.008, 0.085, 0.036, 0.03), darker(steel, 0.5))
    wave = torch.sin(pose.seconds * (3.0 + 3.4 * pose.talking)) * (0.10 + 0.22 * pose.talking)
    for side in (-1, 1):
        shoulder = (0.215 * side, -0.60 + bob)
        hand = (shoulder[0] + 0.10 * side, -0.36 + bob + wave * side * (0.4 + 0.6 * pose.walking))
        pen.fill(capsule(shoulder, hand, 0.035), darker(steel, 0.2))
        pen.fill(circle(hand[0], hand[1], 0.05), pose.colour)
    pen.fill(box(0.0, -0.475 + bob, 0.205, 0.205, 0.06), pose.colour)
    pen.fill(box(-0.14, -0.475 + bob, 0.05, 0.19, 0.04), darker(pose.colour, 0.18), plain=True)
    pen.fill(box(0.03, -0.49 + bob, 0.115, 0.095, 0.03), PALE, plain=True)
    pen.fill(circle(0.0, -0.49 + bob, 0.045), darker(steel, 0.5), plain=True)
    needle = (0.036 * torch.cos(pose.seconds * 2.4), -0.49 + bob + 0.036 * torch.sin(pose.seconds * 2.4))
    pen.fill(capsule((0.0, -0.49 + bob), needle, 0.010), LAMP, plain=True)
    pen.fill(circle(0.10, -0.49 + bob, 0.024), LAMP, plain=True)
    pen.fill(box(0.0, -0.685 + bob, 0.06, 0.03), darker(steel, 0.3), plain=True)
    tip = (0.03 * torch.sin(pose.seconds * 4), -1.02 + bob)
    pen.fill(capsule((0.0, -0.90 + bob), tip, 0.013), darker(steel, 0.3))
    pen.fill(circle(tip[0], tip[1], 0.034), LAMP)
    pen.fill(box(0.0, -0.80 + bob, 0.19, 0.125, 0.055), lighter(pose.colour, 0.16))
    pen.fill(box(0.025, -0.80 + bob, 0.145, 0.080, 0.04), (0.13, 0.15, 0.22), plain=True)
    blink = 0.028 * (1 - (torch.sin(pose.seconds * 1.7 + 0.6) > 0.985).float() * 0.8)
    for x in (-0.03, 0.085):
        pen.fill(ellipse(x, -0.805 + bob, 0.028, blink), (0.55, 0.95, 1.0), plain=True)
    if pose.talking:
        bars = 0.012 + 0.075 * torch.sin(pose.seconds * 13).abs()
        pen.fill(box(0.025, -0.745 + bob, bars, 0.012), (0.55, 0.95, 1.0), plain=True)


ART: dict[str, Art] = {
    "person": Art(draw_person, (-0.36, -1.06, 0.36, 0.05), (-0.36, -1.06, 0.36, 0.05), "ground", 0.60, 0.17),
    "robot": Art(draw_robot, (-0.46, -1.10, 0.46, 0.05), (-0.46, -1.10, 0.46, 0.05), "ground", 0.56, 0.24),
}
