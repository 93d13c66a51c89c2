"""The port `ModelLibrary`: one suite for the fake engine and for the house's worker beside a hub on the loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from safetensors.torch import save

from aiprod_agents.cli.app import main
from aiprod_agents.cli.desk import Desk
from aiprod_agents.cli.settings import Settings
from render_engine.api import ModelLibrary, Progress, RenderError
from render_engine.client import open_engine
from render_engine.models.latent_upsampler import LatentUpsampler, LatentUpsamplerConfig
from tests.cli.office import read_json
from tests.engine.hub_server import FakeHub, serve
from tests.studio.fake_engine import PUBLISHED, FakeEngine

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ADDRESS = f"{PUBLISHED.repo}:{PUBLISHED.file}"
CONFIG = LatentUpsamplerConfig(in_channels=8, mid_channels=32, num_blocks_per_stage=1)


def make_content() -> bytes:
    return save(LatentUpsampler(CONFIG).state_dict(), metadata={"config": CONFIG.model_dump_json(by_alias=True)})


@pytest.fixture(params=["fake", "real"])
async def library(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ModelLibrary]:
    if request.param == "fake":
        yield FakeEngine(tmp_path / "engine.log")
        return
    with serve(FakeHub(files={ADDRESS: make_content()})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "none"))
        engine = open_engine(num_threads=1, log=tmp_path / "log")
        yield engine
        await engine.aclose()


async def test_what_is_pulled_lies_in_the_folder_is_listed_as_here_and_can_be_inspected(library, tmp_path: Path):
    told: list[Progress] = []
    folder = tmp_path / "models"
    before = {model.name: model for model in (await library.list_models(folder)).models}
    assert any(model.path for model in before.values()), "something ships"
    assert before[PUBLISHED.name].path is None
    pulled = await library.pull(PUBLISHED.name, folder, told.append)
    assert pulled.path == folder / PUBLISHED.repo / PUBLISHED.file
    assert pulled.bytes_fetched == pulled.num_bytes == pulled.path.stat().st_size
    assert told[0].step == 0
    assert max(now.step for now in told) == pulled.num_bytes
    assert {now.num_steps for now in told} == {pulled.num_bytes}
    after = {model.name: model for model in (await library.list_models(folder)).models}
    assert after[PUBLISHED.name].path == pulled.path
    (report,) = await library.inspect(pulled.path)
    assert (report.family, report.parts[0].part, report.parts[0].loads) == ("ltx-video", "upsampler", True)
    assert (await library.pull(PUBLISHED.name, folder, told.append)).bytes_fetched == 0


async def test_what_is_not_there_is_one_line(library, tmp_path: Path):
    with pytest.raises(RenderError, match=r"^no published model is called 'nothing': list them"):
        await library.pull("nothing", tmp_path, lambda _: None)
    with pytest.raises(RenderError, match="no such file or folder"):
        await library.inspect(tmp_path / "nowhere")


def test_the_command_pulls_from_the_hub_that_the_environment_names_with_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    token = f"hf_{tmp_path.name}"
    (tmp_path / "home").mkdir()  # so that the engine keeps its log
    with serve(FakeHub(files={ADDRESS: make_content()}, needed_token=token, cuts=[5000])) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_TOKEN", token)
        code = main(["models", "pull", ADDRESS, "--json"], lambda: Desk(Settings(home=tmp_path / "home")))
    written = capfd.readouterr()
    assert code == 0, written.err
    assert read_json(written.out)["bytes_fetched"] == len(hub.files[ADDRESS])
    assert len(hub.downloads()) == 2
    assert all("/resolve/" in one.path or one.at_store for one in hub.asked), "nothing else is asked or told"
    assert token not in written.out + written.err + (tmp_path / "home" / "engine.log").read_text()
