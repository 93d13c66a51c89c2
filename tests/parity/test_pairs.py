"""The fixture that holds the parity pairs fails where it must, and writes down what it saw."""

import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.parity.pairs import Parity


def values():
    return torch.linspace(-1, 1, 12).view(3, 4)


def test_equal_tensors_are_a_pair_that_holds():
    pairs = Parity()
    pairs("alike", values(), values(), 1e-6)
    assert json.loads(pairs.dump()) == {"alike": {"max_abs_diff": 0.0, "tolerance": 1e-6}}
    assert pairs.table()[1].endswith("ok")


def test_a_difference_beyond_the_tolerance_fails_and_is_written_down():
    pairs = Parity()
    with pytest.raises(AssertionError, match=r"apart: differs by 5\.00e-01"):
        pairs("apart", values(), values() + 0.5, 1e-6)
    assert json.loads(pairs.dump())["apart"]["max_abs_diff"] == pytest.approx(0.5)
    assert pairs.table()[1].endswith("FAILED")


def test_a_value_that_is_not_a_number_fails():
    pairs = Parity()
    with pytest.raises(AssertionError, match="nan: differs by inf"):
        pairs("nan", values(), values() * torch.nan, 1e-6)
    assert json.loads(pairs.dump())["nan"]["max_abs_diff"] is None


@pytest.mark.parametrize("scale", [0.1, 10])
def test_a_reference_of_an_unsound_spread_fails_unless_told(scale):
    tensor = scale * values()
    with pytest.raises(AssertionError, match="the reference's deviation"):
        Parity()("flat", tensor, tensor, 1e-6)
    Parity()("flat", tensor, tensor, 1e-6, spread=(0.01, 20))


def test_shapes_that_differ_only_by_broadcasting_fail():
    with pytest.raises(AssertionError):
        Parity()("shapes", values(), values()[:1], 10)


def test_the_worse_of_two_differences_is_kept():
    pairs = Parity()
    for difference in (0.2, 0.5, 0.3):
        pairs("twice", values(), values() + difference, 1)
    assert pairs.pairs["twice"].max_abs_diff == pytest.approx(0.5)


def test_a_pair_that_failed_is_not_covered_by_one_that_holds():
    pairs = Parity()
    for scale in (0.1, 1):
        with contextlib.suppress(AssertionError):
            pairs("twice", scale * values(), scale * values(), 1)
    assert pairs.table()[1].endswith("FAILED")


TWO_PAIRS = """
import torch

def test_near(parity):
    parity("near", torch.linspace(-1, 1, 9), torch.linspace(-1, 1, 9), 1e-6)

def test_far(parity):
    parity("far", torch.linspace(-1, 1, 9), torch.linspace(-1, 1, 9) + 0.25, 1e-6)

def test_no_pair_at_all():
    raise RuntimeError
"""


def test_the_option_runs_only_pairs_writes_them_and_fails_with_one_of_them(tmp_path):
    (tmp_path / "test_two.py").write_text(TWO_PAIRS)
    arguments = ["-p", "tests.parity.pairs", "-c", "/dev/null", "--parity", tmp_path / "new" / "parity.json", tmp_path]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 failed, 1 passed, 1 deselected" in result.stdout
    assert re.search(r"^far +2\.50e-01 +1e-06 +0\.68 +FAILED$", result.stdout, re.MULTILINE)
    assert json.loads((tmp_path / "new" / "parity.json").read_text()) == {
        "far": {"max_abs_diff": 0.25, "tolerance": 1e-6},
        "near": {"max_abs_diff": 0.0, "tolerance": 1e-6},
    }
