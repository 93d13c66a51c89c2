"""The house rules that no linter knows: file size, docstrings, a studio without torch, a tree that travels."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("aiprod_agents", "render_engine", "memory", "prompts")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CODE = SOURCES + sorted((ROOT / "tests").rglob("*.py"))
TOP_LEVEL = {*PACKAGES, "tests", "examples", "docs"}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_code_file_can_be_read_in_one_sitting(path: Path):
    assert len(path.read_text("utf-8").splitlines()) < 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path: Path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{path} has no docstring"


def test_no_package_is_called_utils():
    assert not [path for path in SOURCES if {"utils", "helpers", "common"} & set(path.with_suffix("").parts)]


@pytest.mark.parametrize("module", ["aiprod_agents.cli.app", "aiprod_agents.studio", "memory", "render_engine.api"])
def test_the_studio_starts_without_torch(module: str):
    code = (
        f"import sys, {module}; "
        "heavy = {'torch', 'transformers', 'safetensors', 'av', 'cv2', 'diffusers'} & set(sys.modules); "
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stderr


def test_the_contract_of_the_door_names_every_other_part_of_the_engine():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(set(contract["forbidden_modules"]) for contract in contracts if contract["name"].startswith("5."))
    parts = {
        path for path in (ROOT / "render_engine").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert named == {f"render_engine.{path.stem}" for path in parts} - {"render_engine.__init__", "render_engine.api"}


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listing.decode().split("\0") if name]


def test_the_checkout_is_small_enough_to_travel():
    """The whole of it goes to a machine with a GPU; 45 MiB is what fits with room to spare."""
    assert sum(path.stat().st_size for path in tracked_files() if path.is_file()) < 45 * 2**20


def test_the_top_level_is_the_one_that_was_agreed():
    folders = {path.relative_to(ROOT).parts[0] for path in tracked_files() if len(path.relative_to(ROOT).parts) > 1}
    assert {name for name in folders if not name.startswith(".")} <= TOP_LEVEL
