"""Shapes have the distances that geometry gives them."""

import pytest
import torch

from render_engine.world.shapes import Shape, box, capsule, circle, convex, ellipse, polygon, ring

SQUARE: list[tuple[float, float]] = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]


def at(shape: Shape, x: float, y: float) -> float:
    return float(shape.distance(torch.tensor([[[x]]]), torch.tensor([[[y]]])))


@pytest.mark.parametrize("shape", [box(0.0, 0.0, 1.0, 1.0), polygon(SQUARE), convex(SQUARE)])
def test_three_ways_to_draw_a_square_agree(shape: Shape):
    assert at(shape, 0.0, 0.0) == pytest.approx(-1, abs=1e-5)
    assert at(shape, 0.5, 0.0) == pytest.approx(-0.5, abs=1e-5)
    assert at(shape, 3.0, 0.0) == pytest.approx(2, abs=1e-5)


def test_a_polygon_need_not_be_convex():
    arrow = polygon([(0.0, 0.0), (2.0, -1.0), (1.0, 0.0), (2.0, 1.0)])
    assert at(arrow, 1.5, 0.0) > 0
    assert at(arrow, 0.8, 0.0) < 0


@pytest.mark.parametrize("points", [SQUARE, SQUARE[::-1]])
def test_a_polygon_may_run_either_way(points: list[tuple[float, float]]):
    assert at(polygon(points), 0.2, 0.1) < 0


def test_round_shapes_measure_from_their_outline():
    assert at(circle(1.0, 0.0, 2.0), 4.0, 0.0) == pytest.approx(1)
    assert at(ring(0.0, 0.0, 2.0, 0.5), 0.0, 0.0) == pytest.approx(1.5)
    assert at(capsule((0.0, 0.0), (4.0, 0.0), 1.0), 2.0, 3.0) == pytest.approx(2)
    assert at(ellipse(0.0, 0.0, 3.0, 1.0), 3.0, 0.0) == pytest.approx(0, abs=1e-5)


def test_shapes_combine_like_sets():
    left, right = circle(-0.5, 0.0, 1.0), circle(0.5, 0.0, 1.0)
    assert at(left | right, 1.2, 0.0) < 0
    assert at(left & right, 1.2, 0.0) > 0
    assert at(left - right, 0.0, 0.0) > 0
    assert at(left.moved(1.0, 0.0), 1.2, 0.0) < 0


@pytest.mark.parametrize(
    "shape", [circle(0.3, 0.2, 0.4), capsule((0.0, 0.0), (1.0, 0.4), 0.2, 0.1), polygon(SQUARE, 0.1)]
)
def test_nothing_lies_outside_a_shapes_box(shape: Shape):
    line = torch.linspace(-2, 2, 81)
    inside = (shape.distance(line.view(1, 1, -1), line.view(1, -1, 1)) < -1e-6)[0].nonzero()
    rows, columns = line[inside[:, 0]], line[inside[:, 1]]
    x0, y0, x1, y1 = shape.bounds
    assert x0 <= float(columns.min())
    assert float(columns.max()) <= x1
    assert y0 <= float(rows.min())
    assert float(rows.max()) <= y1
