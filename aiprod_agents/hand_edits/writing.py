"""Writes an animatic's file: its use and what each field may be, as comments, then every shot with its values."""

import re
from pathlib import Path

import yaml

from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.edits import FIELD_VALUES, NONE, SCENE_FIELDS, AnimaticEdit
from aiprod_agents.hand_edits.reading import FILE_NAME, SEED_BITS, read_edit, read_edit_file
from aiprod_agents.made import write_whole
from memory.records import Shot
from render_engine.api import SceneSpec

KEPT_NAME = re.compile(r"animatic-[0-9]+\.yaml")
"""What a file is called that a person had edited, once another is written in its place."""
_WIDTH = 116
_USE = f"""\
# An animatic, to be edited by hand. Change values, and then one of these:
#   aiprod animatic {FILE_NAME}                             draws it again, and renders nothing
#   aiprod produce BRIEF --animatic {FILE_NAME}             makes the brief's film from it
#   aiprod answer ID --gate plan --animatic {FILE_NAME}     puts it into a plan that waits, which is priced anew
#
# What is left out, a field or a whole shot, stays as planned. Shots cannot be added, removed or moved here, and their
# seconds must add up to what they are now: the film's length is the brief's. A companion is a second subject, which
# stays where it is; `relation: behind` puts it behind the subject. Title and look are told here and changed by words
# alone; a shot's own style and palette are changed here. The seed varies what no word names: hills, windows, clouds.
#
# What each field may be:
"""


def write_edit(title: str, look: dict[str, str], plan: str, shots: list[tuple[Shot, SceneSpec]]) -> str:
    """The file's text: complete, so that it draws the same animatic when nothing is changed."""
    head = [_USE + "\n".join(_list_values()), "", f"title: {_scalar(title)}", "look:"]
    head += [f"  {field}: {_scalar(words)}" for field, words in look.items()]
    head += [f"plan: {_scalar(plan)}  # leave it: it says which plan this is of"] if plan else []
    return "\n".join([*head, "shots:", *(line for shot, scene in shots for line in _list_shot(shot, scene))]) + "\n"


def put_edit(text: str, folder: Path) -> Path:
    """Write the file into a folder; one there that says something else, being edited, is kept under another name."""
    path = folder / FILE_NAME
    if path.exists() and path.read_text("utf-8", errors="replace") != text:
        if _says_the_same(path, text):
            return path
        number = next(number for number in range(1, 10_000) if not (folder / f"animatic-{number}.yaml").exists())
        path.rename(folder / f"animatic-{number}.yaml")
    write_whole(path, text)
    return path


def _says_the_same(path: Path, text: str) -> bool:
    try:
        return _values(read_edit_file(path)) == _values(read_edit(text, FILE_NAME))
    except InputError:
        return False


def _values(edit: AnimaticEdit) -> AnimaticEdit:
    shots = tuple(shot.model_copy(update={"line": 0}) for shot in edit.shots)
    return edit.model_copy(update={"shots": shots, "plan": ""})


def _list_values() -> list[str]:
    """Each field with its values, in comment lines of the file's width."""
    lines = []
    for field, values in FIELD_VALUES.items():
        if field == "companion":
            lines.append(f"#   companion: {NONE}, or what a subject may be")
        elif field == "companion_colour":
            lines.append("#   companion_colour: what a colour may be")
        else:
            lines += _wrap(f"#   {field}: ", values)
    return [*lines, "#   seconds: a number, such as 3.5", f"#   seed: a whole number below {2**SEED_BITS}"]


def _wrap(head: str, values: tuple[str, ...]) -> list[str]:
    lines = [head]
    for index, value in enumerate(values):
        word = value + ", " * (index < len(values) - 1)
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append("#       ")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def _list_shot(shot: Shot, scene: SceneSpec) -> list[str]:
    told = " ".join("".join(letter if letter.isprintable() else " " for letter in shot.description).split())
    values = scene.model_dump()
    lines = [f"  # {told[: _WIDTH - 4]}", f"  - id: {shot.id}", f"    seconds: {shot.seconds:.6g}"]
    return lines + [f"    {field}: {NONE if values[field] is None else values[field]}" for field in SCENE_FIELDS]


def _scalar(words: str) -> str:
    """Words as one quoted YAML scalar on one line."""
    told = " ".join(words.split())
    return str(yaml.safe_dump(told, allow_unicode=True, default_style='"', width=10**6)).strip()
