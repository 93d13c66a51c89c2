"""The fifteen settings, each a function that fills the stage far to near and says where subjects stand."""

from collections.abc import Callable

from render_engine.world.settings import built, country, interiors, rural, shore, urban
from render_engine.world.stage import Ground, Stage

__all__ = ["SETTINGS"]

SETTINGS: dict[str, Callable[[Stage], Ground]] = {
    "beach": shore.draw_beach,
    "mountains": country.draw_mountains,
    "forest": country.draw_forest,
    "city": built.draw_city,
    "desert": country.draw_desert,
    "meadow": country.draw_meadow,
    "river": country.draw_river,
    "room": built.draw_room,
    "harbour": shore.draw_harbour,
    "snowfield": country.draw_snowfield,
    "farm": rural.draw_farm,
    "village": rural.draw_village,
    "rooftop": urban.draw_rooftop,
    "station": urban.draw_station,
    "studio": interiors.draw_studio,
}
