"""The forty-four subjects, each a drawing in local units that stands on y = 0 and faces right."""

from render_engine.world.subjects import (
    airborne,
    animals,
    buildings,
    craft,
    grazers,
    people,
    performers,
    products,
    road,
    swimmers,
    things,
    vehicles,
    wildlife,
)
from render_engine.world.subjects.pose import Art, Pose

__all__ = ["SUBJECTS", "Art", "Pose"]

SUBJECTS: dict[str, Art] = (
    airborne.ART
    | animals.ART
    | buildings.ART
    | craft.ART
    | grazers.ART
    | people.ART
    | performers.ART
    | products.ART
    | road.ART
    | swimmers.ART
    | things.ART
    | vehicles.ART
    | wildlife.ART
)
