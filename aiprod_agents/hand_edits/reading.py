"""Reads an animatic's file; a fault is one line that names the file's line, the field and the nearest valid word."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from aiprod_agents.errors import InputError
from aiprod_agents.hand_edits.edits import FIELD_VALUES, NONE, SCENE_FIELDS, AnimaticEdit, Drawable, ShotEdit
from aiprod_agents.house_writer.lexicon import get_lexicon
from memory.records import Language

FILE_NAME = "animatic.yaml"
FILE_FIELDS = ("title", "look", "plan", "shots")
SHOT_FIELDS = ("id", "seconds", *SCENE_FIELDS)
MAX_BYTES = 100_000
MAX_WORDS = 200
SHORTEST_SECONDS = 0.5
SEED_BITS = 31
FEW_VALUES = 12
"""As many values are listed where one is wrong; of more, the nearest alone, and the file's header has them all."""
_LANGUAGES: tuple[Language, ...] = ("en", "fr")
_MEANT: dict[str, str] = {"companion": "subject", "companion_colour": "colour"}
_ID = re.compile(r"S[0-9]{1,3}")
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_SHOT_WITH_ID = re.compile(r"(?:^|[-{,])\s*[\"']?id[\"']?\s*:", re.MULTILINE)
_BRIEF_FIELD = re.compile(r"^brief\s*:", re.MULTILINE)


def find_edit_file(given: str) -> Path | None:
    """The path, where the words name an animatic's file and no brief: YAML of that name, or with ids of shots."""
    path = Path(given)
    try:
        if path.suffix.lower() not in {".yaml", ".yml"} or not path.is_file():
            return None
        if path.name == FILE_NAME:
            return path
        text = path.read_bytes()[: MAX_BYTES + 1].decode("utf-8", "replace")
    except OSError:  # of a name that no file can have, or a file that the brief's reader complains of
        return None
    return path if _SHOT_WITH_ID.search(text) and not _BRIEF_FIELD.search(text) else None


def read_edit_file(path: Path) -> AnimaticEdit:
    """The file's content; InputError in one line when it cannot be worked from."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"the animatic {path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{path.name} has more than {MAX_BYTES:,} bytes, too long for an animatic: keep shots alone")
    try:
        return read_edit(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not text: give a UTF-8 file, as `aiprod animatic BRIEF` writes it") from error


def read_edit(text: str, name: str) -> AnimaticEdit:
    """The same of a text; `name` is what its faults call it."""
    return _Reader(name).read(text)


class _Reader:
    """Walks the file's nodes, which know their lines, where plain values would not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, text: str) -> AnimaticEdit:
        root = self._compose(text)
        if not isinstance(root, MappingNode):
            raise InputError(f"{self._name} has no shots: give `shots:` with at least one, as `aiprod animatic` writes")
        fields = self._fields(root, FILE_FIELDS, "an animatic")
        shots = self._shots(fields.get("shots"))
        return AnimaticEdit(
            name=self._name,
            title=self._words(fields["title"], "title") if "title" in fields else "",
            look=self._look(fields["look"]) if "look" in fields else {},
            plan=self._words(fields["plan"], "plan") if "plan" in fields else "",
            shots=shots,
        )

    def _compose(self, text: str) -> Node | None:
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except RecursionError as error:
            raise InputError(f"{self._name} is no animatic: its values lie too deep in each other") from error
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, int(error.position)) + 1
            raise InputError(f"{self._name} line {line}: a control character stands there: take it out") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f" line {mark.line + 1}" if mark else ""
            raise InputError(
                f"{self._name}{where} is not valid YAML: check its colons, quotes and indentation"
            ) from error

    def _fail(self, node: Node, message: str) -> InputError:
        return InputError(f"{self._name} line {node.start_mark.line + 1}: {message}")

    def _fields(self, node: MappingNode, known: Sequence[str], what: str) -> dict[str, Node]:
        """The mapping by its keys, each known and given once."""
        fields: dict[str, Node] = {}
        for key, value in node.value:
            said = key.value if isinstance(key, ScalarNode) else "?"
            if said not in known:
                nearest = get_close_matches(said.lower().replace(" ", "_"), known, n=1, cutoff=0.0)[0]
                raise self._fail(key, f"{what} has no field {_quote(said)}: the nearest is {nearest}")
            if said in fields:
                raise self._fail(key, f"the field {said} stands there a second time: keep one")
            fields[said] = value
        return fields

    def _words(self, node: Node, field: str) -> str:
        if not isinstance(node, ScalarNode) or len(node.value) > MAX_WORDS or not node.value.isprintable():
            raise self._fail(node, f"{field} is no line of at most {MAX_WORDS} characters")
        return str(node.value).strip()

    def _look(self, node: Node) -> dict[str, str]:
        if not isinstance(node, MappingNode):
            raise self._fail(node, "look is no list of fields: give style and palette, or leave it out")
        return {key: self._words(value, key) for key, value in self._fields(node, ("style", "palette"), "look").items()}

    def _shots(self, node: Node | None) -> tuple[ShotEdit, ...]:
        if node is None or not isinstance(node, SequenceNode) or not node.value:
            raise InputError(f"{self._name} has no shots: give `shots:` with at least one, as `aiprod animatic` writes")
        shots: dict[str, ShotEdit] = {}
        for item in node.value:
            shot = self._shot(item)
            if shot.id in shots:
                raise self._fail(item, f"{shot.id} stands there a second time: keep one")
            shots[shot.id] = shot
        return tuple(shots.values())

    def _shot(self, node: Node) -> ShotEdit:
        if not isinstance(node, MappingNode):
            raise self._fail(node, "a shot is a list of fields: begin it with `- id: S1`")
        fields = self._fields(node, SHOT_FIELDS, "a shot")
        if "id" not in fields:
            raise self._fail(node, "the shot has no id: begin it with `- id: S1`")
        shot_id = self._words(fields["id"], "id").upper()
        if not _ID.fullmatch(shot_id):
            raise self._fail(fields["id"], f"{_quote(shot_id)} is no shot's id: give one such as S1")
        return ShotEdit(
            id=shot_id,
            seconds=self._seconds(fields["seconds"], shot_id) if "seconds" in fields else None,
            scene={field: self._value(fields[field], shot_id, field) for field in SCENE_FIELDS if field in fields},
            line=node.start_mark.line + 1,
        )

    def _seconds(self, node: Node, shot_id: str) -> float:
        said = self._words(node, f"{shot_id}: seconds")
        if not _NUMBER.fullmatch(said) or float(said) < SHORTEST_SECONDS:
            raise self._fail(
                node, f"{shot_id}: seconds {_quote(said)}: give a number, {SHORTEST_SECONDS:g} or more, such as 3.5"
            )
        return float(said)

    def _value(self, node: Node, shot_id: str, field: str) -> Drawable:
        said = self._words(node, f"{shot_id}: {field}")
        if field == "seed":
            if not said.isascii() or not said.isdigit() or len(said) > 10 or int(said) >= 2**SEED_BITS:
                raise self._fail(node, f"{shot_id}: seed {_quote(said)}: give a whole number below {2**SEED_BITS}")
            return int(said)
        value = said.lower().replace(" ", "_").replace("-", "_")
        if field == "companion" and value in {NONE, "", "null", "~"}:
            return None
        if value not in FIELD_VALUES[field]:
            raise self._fail(node, f"{shot_id}: {describe_fault(field, said)}")
        return value


def describe_fault(field: str, said: str) -> str:
    """What is wrong with a value of a scene's field, the nearest that it takes, and all of them where they are few."""
    values = FIELD_VALUES[field]
    nearest = f"{field.replace('_', ' ')} {_quote(said)} is unknown: the nearest is {find_nearest(field, said)}"
    if len(values) > FEW_VALUES:
        return f"{nearest}, of {len(values)} that an animatic's header lists"
    return f"{nearest}; it takes {', '.join(values[:-1])} or {values[-1]}"


def find_nearest(field: str, said: str) -> str:
    """The value that the words mean in a lexicon, as a puppy is a dog, or else the one of the most like letters."""
    values, attribute = FIELD_VALUES[field], _MEANT.get(field, field)
    like = get_close_matches(said.lower().replace(" ", "_"), values, n=1, cutoff=0.75)
    if like:
        return like[0]
    mentions = [one for language in _LANGUAGES for one in get_lexicon(language).find(said, attribute)]
    if mentions:
        return max(mentions, key=lambda one: (one.exact, len(one.words))).value
    return get_close_matches(said.lower(), values, n=1, cutoff=0.0)[0]


def _quote(said: str) -> str:
    return repr(said if len(said) <= 40 else f"{said[:40]}...")
