"""The view is the frame in scene units: origin at its centre, y down, one unit the height of a landscape frame."""

from dataclasses import dataclass

from render_engine.world.noise import Dice

HORIZON = 0.60


@dataclass(frozen=True)
class View:
    """Half extents of the frame, and how many pixels one unit has."""

    half_width: float
    half_height: float
    unit_px: float

    def x(self, fraction: float) -> float:
        """From a fraction of the width, 0 left to 1 right."""
        return (2 * fraction - 1) * self.half_width

    def y(self, fraction: float) -> float:
        """From a fraction of the height, 0 top to 1 bottom."""
        return (2 * fraction - 1) * self.half_height

    @property
    def horizon(self) -> float:
        """Where land meets sky."""
        return self.y(HORIZON)


def view_of(width: int, height: int) -> View:
    """The view of a frame: a unit is the height, or four thirds of the width in an upright frame."""
    unit = min(float(height), width / 0.75)
    return View(width / unit / 2, height / unit / 2, unit)


def spots(dice: Dice, name: str, reach: float, step: float) -> list[tuple[int, float]]:
    """Places along x within +-`reach`, about `step` apart, jittered: (index, x); the same in every frame size."""
    count = int(reach / step) + 1
    return [(i, (i + dice.between(name, -0.32, 0.32, i)) * step) for i in range(-count, count + 1)]
