"""A published file is fetched whole, gone on from where it broke off, and is what the hub says it is, or is refused."""

import fcntl
import shutil
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import pytest
from huggingface_hub import close_session, constants

from render_engine.api import Progress, PulledModel, RenderError
from render_engine.cancelling import CancelledByCallerError, CancelledFn, never
from render_engine.library import pull as pulling
from render_engine.library.hub import Hub
from render_engine.library.listing import list_models, partial_path
from render_engine.library.pull import pull
from tests.engine.hub_server import COMMIT, FakeHub, Refusal, serve

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

REPO, FILE = "studio/weights", "deep/small.safetensors"
NAME = f"{REPO}:{FILE}"
CONTENT = bytes(range(256)) * 20_000
TOKEN = f"hf_{uuid4().hex}"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no_token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(pulling, "SECONDS_BETWEEN_TRIES", 0.0)
    with serve(FakeHub(files={NAME: CONTENT})) as served:
        yield served
    close_session()


def fetch(hub: FakeHub, folder: Path, name: str = NAME, cancelled: CancelledFn = never) -> PulledModel:
    return pull(name, folder, lambda _: None, cancelled, Hub(hub.endpoint))


def refusal_of(hub: FakeHub, folder: Path, name: str = NAME) -> str:
    with pytest.raises(RenderError) as refused:
        fetch(hub, folder, name)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_fetched_checked_and_put_in_its_place_and_nothing_else_is_left(hub: FakeHub, tmp_path: Path):
    told: list[Progress] = []
    pulled = pull(NAME, tmp_path, told.append, never, Hub(hub.endpoint))
    assert pulled.path == tmp_path / REPO / FILE
    assert pulled.path.read_bytes() == CONTENT
    assert (pulled.digest, pulled.bytes_fetched) == (hub.digest(NAME), len(CONTENT))
    assert leftovers(tmp_path) == [pulled.path]
    assert (told[0].phase, told[0].step, told[0].num_steps) == ("fetching", 0, len(CONTENT))
    assert ("fetching", len(CONTENT)) in {(now.phase, now.step) for now in told}


def test_the_bytes_are_those_of_the_commit_that_was_asked_about_and_come_by_plain_http(hub: FakeHub, tmp_path: Path):
    """Though the hub offers its own protocol for large files, which could not be gone on from."""
    fetch(hub, tmp_path)
    at_hub = [one for one in hub.asked if not one.at_store]
    assert [one.method for one in at_hub] == ["HEAD", "GET"]
    assert f"/resolve/{COMMIT}/" in at_hub[1].path
    assert [one.encoding for one in hub.downloads()] == ["identity"]


def test_what_is_here_is_checked_and_not_fetched_again(hub: FakeHub, tmp_path: Path):
    fetch(hub, tmp_path)
    again = fetch(hub, tmp_path)
    assert again.bytes_fetched == 0
    assert len(hub.downloads()) == 1


def test_another_content_in_its_place_is_never_overwritten(hub: FakeHub, tmp_path: Path):
    target = tmp_path / REPO / FILE
    target.parent.mkdir(parents=True)
    for other in (b"mine", bytes(len(CONTENT))):
        target.write_bytes(other)
        assert "another content" in refusal_of(hub, tmp_path)
        assert target.read_bytes() == other
    assert hub.downloads() == []


@pytest.mark.parametrize("ignores_ranges", [False, True])
def test_a_connection_that_breaks_is_taken_up_from_there(hub: FakeHub, tmp_path: Path, *, ignores_ranges: bool):
    hub.cuts, hub.ignores_ranges = [3_000_000], ignores_ranges
    assert fetch(hub, tmp_path).path.read_bytes() == CONTENT
    starts = [one.start for one in hub.downloads()]
    assert len(starts) == 2
    assert 0 < starts[1] <= 3_000_000


def test_a_later_pull_goes_on_from_where_an_earlier_one_gave_up(hub: FakeHub, tmp_path: Path):
    hub.cuts = [2_500_000, *[0] * 10]
    why = refusal_of(hub, tmp_path)
    assert "of 5,120,000 bytes; pull again to go on from there" in why
    target = tmp_path / REPO / FILE
    assert not target.exists()
    have = partial_path(target, hub.digest(NAME)).stat().st_size
    assert 0 < have <= 2_500_000
    hub.cuts, hub.asked = [], []
    pulled = fetch(hub, tmp_path)
    assert [one.start for one in hub.downloads()] == [have]
    assert pulled.bytes_fetched == len(CONTENT) - have
    assert pulled.path.read_bytes() == CONTENT


def test_what_was_begun_of_another_content_is_not_gone_on_from(hub: FakeHub, tmp_path: Path):
    hub.cuts = [1_500_000, *[0] * 10]
    refusal_of(hub, tmp_path)
    hub.cuts, hub.asked, hub.files[NAME] = [], [], CONTENT[::-1]
    assert fetch(hub, tmp_path).path.read_bytes() == CONTENT[::-1]
    assert [one.start for one in hub.downloads()] == [0]


def test_an_overloaded_hub_is_asked_again(hub: FakeHub, tmp_path: Path):
    hub.overloaded = 2
    assert fetch(hub, tmp_path).path.read_bytes() == CONTENT
    hub.overloaded = 99
    assert "out of order (status 503)" in refusal_of(hub, tmp_path / "other")


def test_what_is_not_what_the_hub_states_is_refused_and_removed(hub: FakeHub, tmp_path: Path):
    hub.corrupts = True
    assert "it was removed, pull again" in refusal_of(hub, tmp_path)
    assert leftovers(tmp_path) == []
    hub.corrupts = False
    assert fetch(hub, tmp_path).path.read_bytes() == CONTENT


def test_a_hub_that_states_no_hash_gives_nothing(hub: FakeHub, tmp_path: Path):
    hub.states_hash = False
    assert "states no hash" in refusal_of(hub, tmp_path)
    assert hub.downloads() == []


def test_a_small_file_is_checked_by_the_hash_that_git_gives_it(hub: FakeHub, tmp_path: Path):
    name = f"{REPO}:vae/config.json"
    hub.files[name] = b'{"latent_channels": 128}'
    hub.small.add(name)
    assert fetch(hub, tmp_path, name).digest == hub.digest(name)
    hub.corrupts = True
    assert "instead of" in refusal_of(hub, tmp_path / "other", name)


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Refusal(HTTPStatus.UNAUTHORIZED, "RepoNotFound"), "shows no such repository; check the name, or set HF_TOKEN"),
        (Refusal(HTTPStatus.UNAUTHORIZED, "Other"), "HF_TOKEN"),
        (Refusal(HTTPStatus.NOT_FOUND, "RepoNotFound"), "shows no such repository"),
        (Refusal(HTTPStatus.NOT_FOUND, "EntryNotFound"), "the repository has no such file; check its path there"),
        (Refusal(HTTPStatus.FORBIDDEN, "GatedRepo"), "accept the terms at 127.0.0.1/studio/weights"),
        (Refusal(HTTPStatus.FORBIDDEN), "forbids it; set HF_TOKEN to a token that may read studio/weights"),
        (Refusal(HTTPStatus.NOT_FOUND, "RevisionNotFound"), "refuses it (status 404)"),
        (Refusal(HTTPStatus.BAD_GATEWAY), "out of order (status 502); connect this machine"),
    ],
)
def test_what_the_hub_refuses_is_told_with_what_to_do(hub: FakeHub, tmp_path: Path, refusal: Refusal, advice: str):
    hub.refusals[REPO] = refusal
    assert advice in refusal_of(hub, tmp_path)
    assert leftovers(tmp_path) == []


def test_a_token_reaches_the_hub_and_nobody_else(
    hub: FakeHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    hub.needed_token = TOKEN
    assert "then set HF_TOKEN" in refusal_of(hub, tmp_path)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.asked = []
    hub.cuts = [1_000_000]
    fetch(hub, tmp_path)
    assert {one.token for one in hub.asked if not one.at_store} == {f"Bearer {TOKEN}"}
    assert {one.token for one in hub.asked if one.at_store} == {""}
    written = capfd.readouterr()
    assert TOKEN not in written.out + written.err + caplog.text


def test_without_a_network_one_line_says_where_to_put_the_file(hub: FakeHub, tmp_path: Path):
    with pytest.raises(RenderError) as refused:
        pull(NAME, tmp_path, lambda _: None, never, Hub("http://127.0.0.1:9"))
    assert "127.0.0.1 cannot be reached (ConnectError); connect this machine or set HF_ENDPOINT" in str(refused.value)
    assert f"or put the file at {tmp_path / REPO / FILE}" in str(refused.value)
    assert hub.asked == []
    assert leftovers(tmp_path) == []


def test_a_machine_that_is_told_to_stay_offline_asks_nobody(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set, so nothing is fetched; unset it" in refusal_of(hub, tmp_path)
    assert hub.asked == []


def test_a_disk_without_room_is_told_before_a_byte_is_fetched(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    assert "0.01 GB are to come, 0.00 GB are free" in refusal_of(hub, tmp_path)
    assert hub.downloads() == []
    assert leftovers(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_told(hub: FakeHub, tmp_path: Path):
    (tmp_path / "file").touch()
    assert "give a folder for the models" in refusal_of(hub, tmp_path / "file")


def test_a_pull_that_is_cancelled_keeps_what_came(hub: FakeHub, tmp_path: Path):
    calls = iter([False, False, True])
    with pytest.raises(CancelledByCallerError):
        fetch(hub, tmp_path, cancelled=lambda: next(calls))
    have = partial_path(tmp_path / REPO / FILE, hub.digest(NAME)).stat().st_size
    assert 0 < have < len(CONTENT)
    assert fetch(hub, tmp_path).bytes_fetched == len(CONTENT) - have


def test_two_pulls_of_one_file_do_not_mix(hub: FakeHub, tmp_path: Path):
    partial = partial_path(tmp_path / REPO / FILE, hub.digest(NAME))
    partial.parent.mkdir(parents=True)
    with partial.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another pull of it is under way" in refusal_of(hub, tmp_path)
    assert fetch(hub, tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ltxv-2b-0.9.8-destilled", "is it ltxv-2b-0.9.8-distilled?"),
        ("qqqq", "no published model is called 'qqqq': list them, or give owner/name:file.safetensors"),
        ("weights:small.safetensors", "names no repository"),
        ("../..:small.safetensors", "names no repository"),
        ("a/b:../../small.safetensors", "names no file"),
        ("a/b:/etc/small.safetensors", "names no file"),
        ("a/b:", "names no file"),
        ("a/b:model.bin", "a pickle, which may run code and is never fetched; name the .safetensors file"),
        ("a/b:model.CKPT", "a pickle"),
        ("a/b:model.pt", "a pickle"),
        ("a/b:run.py", "no kind of file that the engine reads"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anybody_is_asked(hub: FakeHub, tmp_path: Path, name: str, why: str):
    assert why in refusal_of(hub, tmp_path, name)
    assert hub.asked == []


def test_the_list_tells_what_ships_what_is_published_and_what_lies_here(hub: FakeHub, tmp_path: Path):
    published = "Lightricks/LTX-Video:ltxv-spatial-upscaler-0.9.8.safetensors"
    hub.files[published] = CONTENT
    pulled = fetch(hub, tmp_path, "ltxv-spatial-upscaler-0.9.8")
    fetch(hub, tmp_path)
    hub.files[published.replace("0.9.8", "0.9.7")] = CONTENT
    hub.cuts = [1_500_000, *[0] * 10]
    refusal_of(hub, tmp_path, "ltxv-spatial-upscaler-0.9.7")
    listed = {model.name: model for model in list_models(tmp_path).models}
    assert listed["house nano"].path
    assert listed["ltxv-spatial-upscaler-0.9.8"].path == pulled.path
    assert listed["ltxv-spatial-upscaler-0.9.8"].num_bytes == len(CONTENT)
    assert 0 < listed["ltxv-spatial-upscaler-0.9.7"].bytes_fetched <= 1_500_000
    assert listed["ltx-video-2b-v0.9"].path is None
    assert listed[f"{REPO}/{FILE}"].about == "not in the catalogue; inspect it"


def test_names_in_the_catalogue_are_unique_and_every_one_can_be_pulled():
    from render_engine.library.catalogue import find_address, published_models

    names = [model.name for model in published_models()]
    assert len(set(names)) == len(names)
    assert all(find_address(name).file.endswith(".safetensors") for name in names)
