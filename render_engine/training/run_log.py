"""A training run's log: one JSON object a line, appended and flushed, and echoed on stdout."""

import json
import sys
from pathlib import Path
from typing import Any

LOG_FILE = "log.jsonl"


class RunLog:
    """Appends to `log.jsonl` in the run's folder, so that a resumed run goes on in the same curve."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / LOG_FILE

    def write(self, **values: str | float) -> None:
        """Append one line; floats are rounded to five digits after the point."""
        rounded = {key: round(value, 5) if isinstance(value, float) else value for key, value in values.items()}
        line = json.dumps(rounded)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def read_log(folder: Path, event: str) -> list[dict[str, Any]]:
    """A run's lines of one kind, without the word for the kind; none when the run has no log."""
    path = folder / LOG_FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    written = [json.loads(line) for line in lines]
    return [{key: line[key] for key in line if key != "event"} for line in written if line["event"] == event]
