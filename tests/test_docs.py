"""The documents hold what they promise: commands, settings, exit codes, links and the lines to try."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import typer
from typer.testing import CliRunner

from aiprod_agents.cli.app import build_app
from aiprod_agents.cli.exit_codes import MEANINGS
from aiprod_agents.cli.settings import PREFIX, Settings
from render_engine.api.render import Pipeline, RenderRequest
from render_engine.cli.app import build_app as build_engine_app
from render_engine.releases import DEFAULT_RELEASE, read_card

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "AGENTS.md", "DECISIONS.md", "CHANGELOG.md", "render_engine/weights/nano/CARD.md")
README = (ROOT / "README.md").read_text("utf-8")


def list_commands(group, before: str = ""):
    """Every command by its words, a group's after the group's own."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from list_commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def name_of(words: str) -> str:
    """The command that a line of words begins with."""
    first, _, rest = words.partition(" ")
    longer = f"{first} {rest.partition(' ')[0]}"
    return longer if longer in COMMANDS else first


COMMANDS = dict(list_commands(typer.main.get_command(build_app())))
GROUPS = {name.partition(" ")[0] for name in COMMANDS if " " in name}
SHELL_BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
AIPROD_LINES = [line for line in SHELL_BLOCKS.splitlines() if line.startswith("aiprod ")]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def test_the_card_for_people_says_what_the_card_for_programs_says():
    card, text = read_card(DEFAULT_RELEASE), (DEFAULT_RELEASE / "CARD.md").read_text("utf-8")
    assert card.version in text
    for name, digest in card.files.items():
        assert name in text
        assert digest in text
    for key, score in card.scores.items():
        assert f"{score:.2f} dB" in text if key.startswith("vae_") else f"{score:.3f}" in text


def test_the_engine_s_commands_and_their_options_stand_in_the_readme():
    commands = typer.main.get_command(build_engine_app()).commands
    for name, command in commands.items():
        assert f"`aiprod-engine {name}" in README
        assert len((command.help or "").strip()) > 20
    asked = [option for option in commands["render"].params if option.param_type_name == "option"]
    missing = [option.opts[0] for option in asked if f"`{option.opts[0]}`" not in README]
    assert set(missing) <= {"--json", "--help"}


def test_the_readme_s_requests_are_some():
    for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL):
        assert RenderRequest.model_validate_json(block).pipeline in README
    assert all(f"`{name}`" in README for name in get_args(Pipeline))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(name: str):
    shown = CliRunner().invoke(build_app(), [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert len((COMMANDS[name].help or "").strip()) > 20
    assert f"`aiprod {name}" in README


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_has_help_and_stands_in_the_readme(name: str):
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            assert getattr(parameter, "help", None), f"{name} {parameter.name} has no help"
            assert parameter.opts[0] in README, f"{parameter.opts[0]} is not in the README"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_print_json(name: str):
    assert "--json" in {option for parameter in COMMANDS[name].params for option in parameter.opts}


def test_every_command_of_the_readme_exists():
    lines = re.findall(r"`aiprod ([a-z]+(?: [a-z]+)?)", README) + [
        line.removeprefix("aiprod ") for line in AIPROD_LINES
    ]
    assert {name_of(line) for line in lines} - GROUPS == set(COMMANDS)


@pytest.mark.parametrize("line", AIPROD_LINES)
def test_the_lines_to_try_can_be_parsed(line: str):
    name = name_of(line.removeprefix("aiprod "))
    _, *arguments = shlex.split(line)
    COMMANDS[name].make_context(name, arguments[len(name.split()) :])


def test_every_setting_is_described_and_stands_in_the_readme_with_its_default():
    for name, field in Settings.model_fields.items():
        assert len(field.description or "") > 20
        assert f"`{PREFIX}{name.upper()}` | `{field.default}`" in README


def test_no_setting_of_the_readme_is_made_up():
    named = set(re.findall(rf"`({PREFIX}[A-Z_]+)`", README))
    assert named == {PREFIX + name.upper() for name in Settings.model_fields}


def test_the_exit_codes_of_the_readme_are_the_programs():
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert told == {int(code) for code in MEANINGS}


def test_the_readme_opens_with_the_two_commands():
    first_block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert first_block
    assert [line.split("#")[0].strip() for line in first_block[1].splitlines()] == ["make film", "make test"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_internal_links_lead_somewhere(document: str):
    text = re.sub(r"`[^`\n]*`", "", (ROOT / document).read_text("utf-8"))
    local = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("#")]
    folder = (ROOT / document).parent
    missing = [link for link in local if not (folder / link.partition("#")[0]).exists()]
    assert not missing


def test_every_target_of_the_makefile_that_the_documents_name_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {name for document in DOCUMENTS for name in re.findall(r"`make ([a-z]+)`", (ROOT / document).read_text())}
    assert named <= targets


def test_the_files_that_the_studio_names_are_in_the_readme():
    for name in (
        "film.mp4",
        "storyboard.html",
        "captions.srt",
        "animatic.mp4",
        "manifest.json",
        "receipt.json",
        "qa.json",
    ):
        assert f"`{name}`" in README
