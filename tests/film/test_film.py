"""A brief becomes a film with the real engine and the shipped weights, also when it is killed on the way."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render_engine.media.loudness import integrated_lufs
from render_engine.media.read import open_media, probe, read_frames, read_sound
from render_engine.releases import DEFAULT_RELEASE, read_card
from tests.film.producing import BRIEF, finish, kill_once_said, start

FILES = {"film.mp4", "animatic.mp4", "captions.srt", "manifest.json", "receipt.json", "qa.json", "storyboard.html"}


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outcome of `aiprod produce`."""
    folder = tmp_path_factory.mktemp("film")
    return dict(finish(folder / "home", "produce", BRIEF, "--yes", "--out", str(folder / "out")))


@pytest.fixture(scope="module")
def package(produced: dict[str, Any]) -> Path:
    return Path(produced["package"])


@pytest.fixture(scope="module")
def manifest(package: Path) -> dict[str, Any]:
    return dict(json.loads((package / "manifest.json").read_text()))


def test_the_film_is_delivered_whole(produced: dict[str, Any], package: Path) -> None:
    assert produced["status"] == "delivered"
    assert {path.name for path in package.iterdir()} == FILES
    film = probe(package / "film.mp4")
    assert (film.width, film.height, film.fps) == (1280, 720, 24)
    assert film.seconds == pytest.approx(4, abs=0.5)


def test_the_film_plays_anywhere(package: Path) -> None:
    with open_media(package / "film.mp4") as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]
    head = (package / "film.mp4").read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    sound = read_sound(package / "film.mp4")
    assert sound is not None
    assert integrated_lufs(sound) == pytest.approx(-16, abs=1)


def test_every_shot_was_rendered_by_the_shipped_weights(manifest: dict[str, Any]) -> None:
    weights = read_card(DEFAULT_RELEASE).sha256
    assert len(manifest["shots"]) >= 2
    for shot in manifest["shots"]:
        assert shot["weights_sha256"] == weights
        assert shot["take_sha256"] != shot["animatic_sha256"]
        assert 0 < shot["animatic_strength"] < 1


def test_the_film_follows_the_animatic_and_is_not_it(package: Path, manifest: dict[str, Any]) -> None:
    """Shown small, film and animatic agree; in detail they differ, for a model rendered one of them."""
    films = [list(read_frames(package / name)) for name in ("film.mp4", "animatic.mp4")]
    title = sum(card["seconds"] for card in manifest["cards"] if card["role"] == "title")
    middle = round(24 * (title + manifest["shots"][0]["planned_seconds"] / 2))
    film, drawn = (frames[middle].astype(float) for frames in films)
    film, drawn = film[::2, ::2][:300], drawn[:300]  # above the words
    coarse = [picture.reshape(10, 30, 16, 40, 3).mean((1, 3)) for picture in (film, drawn)]
    assert np.abs(coarse[0] - coarse[1]).mean() < 8
    assert np.abs(film - drawn).mean() > 1


@pytest.mark.slow
def test_a_film_killed_after_its_first_shot_resumes_to_the_same_bytes(package: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    kill_once_said(start(home, "produce", BRIEF, "--yes"), "S1 take 1 is ready")
    takes = {path: path.stat().st_mtime_ns for path in (home / "assets").rglob("*.mp4")}
    [production] = finish(home, "list")
    assert production["status"] == "rendering"
    resumed = finish(home, "resume", production["id"])
    assert resumed["status"] == "delivered"
    assert (Path(resumed["film"])).read_bytes() == (package / "film.mp4").read_bytes()
    assert all(path.stat().st_mtime_ns == moment for path, moment in takes.items())
    manifest = json.loads((Path(resumed["package"]) / "manifest.json").read_text())
    assert [shot["takes"] for shot in manifest["shots"]] == [1] * len(manifest["shots"])
