"""The words of the crew: one Markdown file a role, the house writer's lexicons and phrases, and the loader of both."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Prompt:
    """The words of one role: who it is for, which version, what it takes and gives, and the words themselves."""

    name: str
    version: int
    inputs: tuple[str, ...]
    output: str
    body: str


def load_prompt(name: str) -> Prompt:
    """The prompt of that name; `KeyError` when there is none, `ValueError` when its front matter is broken."""
    source = files(__package__).joinpath(f"{name}.md")
    if not source.is_file():
        raise KeyError(name)
    return parse_prompt(source.read_text("utf-8"))


def parse_prompt(text: str) -> Prompt:
    """Read front matter between two lines of `---`, then the body."""
    parts = text.split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ValueError("a prompt opens with front matter between two lines of '---'")
    head: dict[str, Any] = yaml.safe_load(parts[1])
    missing = {"name", "version", "inputs", "output"} - set(head)
    if missing:
        raise ValueError(f"the front matter lacks {', '.join(sorted(missing))}")
    return Prompt(
        name=str(head["name"]),
        version=int(head["version"]),
        inputs=tuple(head["inputs"]),
        output=str(head["output"]),
        body=parts[2].strip(),
    )


@cache
def load_words(path: str) -> Any:  # noqa: ANN401 - the shape is the file's own; the reader of each file knows it
    """The YAML file at `path` under this package, for example `lexicon/en`; read once and never to be changed."""
    return yaml.safe_load(files(__package__).joinpath(f"{path}.yaml").read_text("utf-8"))
