"""The sixteen subjects, each a drawing in local units that stands on y = 0 and faces right."""

from render_engine.world.subjects import airborne, animals, people, swimmers, things, vehicles
from render_engine.world.subjects.pose import Art, Pose

__all__ = ["SUBJECTS", "Art", "Pose"]

SUBJECTS: dict[str, Art] = people.ART | animals.ART | airborne.ART | swimmers.ART | vehicles.ART | things.ART
