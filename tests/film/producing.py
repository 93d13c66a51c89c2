"""The command line as a stranger runs it: a process of its own, the installed engine, the shipped weights."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BRIEF = "A red sailboat leaves the harbour at dawn, then passes the lighthouse. Calm, warm colours. Four seconds."
COMMAND = str(Path(sys.executable).with_name("aiprod"))


def start(home: Path, *words: str) -> "subprocess.Popen[str]":
    """Run `aiprod` with these words in that workspace."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("AIPROD_")}
    return subprocess.Popen(
        [COMMAND, *words],
        env={**settings, "AIPROD_HOME": str(home), "AIPROD_THREADS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(home: Path, *words: str) -> Any:  # noqa: ANN401 - whatever JSON the command prints
    """Run a command to its end; the JSON that it printed."""
    process = start(home, *words, "--json")
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)


def kill_once_said(process: "subprocess.Popen[str]", words: str) -> None:
    """Kill it, as `kill -9` does, the moment its progress says these words."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            process.kill()
            break
    process.communicate()
