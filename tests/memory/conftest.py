"""A memory in a fresh folder, with a clock that ticks a second a look, and the records that most tests need."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from memory import Memory, open_memory
from memory.entries import Production
from memory.records import Brief, Concept, Look, Note, Review, Shot, Storyboard, Verdict


@pytest.fixture
def clock() -> Callable[[], datetime]:
    seconds = count()
    return lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace to copy, so that only one is made."""
    home = tmp_path_factory.mktemp("new") / "home"
    open_memory(home).close()
    return home


@pytest.fixture
def memory(new_home: Path, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Memory]:
    home = shutil.copytree(new_home, tmp_path / "home")
    with open_memory(home, now=clock) as opened:
        yield opened


@pytest.fixture
def begin(memory: Memory) -> Callable[..., Production]:
    """Begin a production of a brief in a project."""

    def begin_production(project: str = "harbour", text: str = "A lighthouse at dusk.") -> Production:
        with memory.transaction() as store:
            return store.productions.create(project, make_brief(text), tier="draft", seed=7)

    return begin_production


@pytest.fixture
def plan() -> Callable[..., tuple[Concept, Look, Storyboard]]:
    """The three parts of a plan of one shot."""

    def make_plan(style: str = "watercolour") -> tuple[Concept, Look, Storyboard]:
        shot = Shot(id="S1", scene_id="A", seconds=4, description="The lamp turns.", subject="lighthouse")
        look = Look(style=style, palette="dusk blues", palette_colours=("#102030", "#ff8800"), lighting="low sun")
        return Concept(title="The lamp", logline="It turns.", mood="calm"), look, Storyboard(scenes=(), shots=(shot,))

    return make_plan


@pytest.fixture
def judge(memory: Memory) -> Callable[..., Review]:
    """Put a review of a production on record, with a note a shot."""

    def append_review(production_id: str, verdict: Verdict, *, id: str = "r1", **notes: str) -> Review:  # noqa: A002 - the record's own name
        said = tuple(Note(shot_id=None if shot == "film" else shot, text=text) for shot, text in notes.items())
        review = Review(id=id, version=1, cut_sha256="c" * 64, author="Ada", verdict=verdict, notes=said)
        with memory.transaction() as store:
            store.reviews.append(production_id, review)
        return review

    return append_review


def make_brief(text: str) -> Brief:
    return Brief(text=text, language="en", seconds=12)
