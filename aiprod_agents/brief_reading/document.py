"""The outer form of a brief: bytes to text, then fields (front matter, YAML, JSON) and prose."""

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from aiprod_agents.brief_reading.schema import BriefFields
from aiprod_agents.brief_reading.values import BriefError

MAX_BYTES = 100_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff�]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_MAPPING_LINE = re.compile(r"\A\s*(?:#[^\n]*\n\s*)*[A-Za-z_]+[ \t]*:")


@dataclass(frozen=True)
class Document:
    """A brief's fields and its prose; either may be empty, not both."""

    fields: BriefFields
    prose: str


def decode_brief(data: bytes) -> str:
    """Bytes of a brief's file to text; `BriefError` when they are too many or no text."""
    _check_size(len(data))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BriefError("the brief is not text: give a UTF-8 text, Markdown, YAML or JSON file") from None
    return text


def read_document(text: str, name: str | None) -> Document:
    """Split a brief into fields and prose; the form is told by `name`'s ending, else by the text itself."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _check_size(len(text.encode("utf-8", "replace")))
    if _CONTROL.search(text):
        raise BriefError("the brief is not text: give a UTF-8 text, Markdown, YAML or JSON file")
    if not text.strip():
        raise BriefError("the brief is empty: write what the film should show, for example 'A red sailboat at dawn'")
    ending = (name or "").lower().rpartition(".")[2]
    if ending == "json" or text.lstrip().startswith("{"):
        return _mapped(_parse_json(text))
    if ending in ("yaml", "yml"):
        return _mapped(_parse_yaml(text, "the brief"))
    front = _FRONT_MATTER.match(text)
    if front:
        fields = _to_fields(_parse_yaml(front.group(1), "the front matter"))
        return Document(fields, text[front.end() :].strip())
    return _told_by_itself(text)


def _told_by_itself(text: str) -> Document:
    """A text without a telling name is a mapping when every one of its keys is a brief's field, else prose."""
    if _MAPPING_LINE.match(text):
        try:
            loaded = yaml.safe_load(text)
        except yaml.YAMLError:
            loaded = None
        if isinstance(loaded, dict) and set(loaded) <= set(BriefFields.model_fields):
            return _mapped(loaded)
    return Document(BriefFields(), text.strip())


def _check_size(num_bytes: int) -> None:
    if num_bytes > MAX_BYTES:
        raise BriefError(f"the brief has {num_bytes:,} bytes, more than 100,000: shorten it to what the film must show")


def _parse_json(text: str) -> Any:  # noqa: ANN401 - what a file holds is known only once it is validated
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BriefError(f"the brief is not valid JSON: {str(error).splitlines()[0]}") from error


def _parse_yaml(text: str, what: str) -> Any:  # noqa: ANN401 - as above
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" near line {where.line + 1}" if where else ""
        raise BriefError(f"{what} is not valid YAML{line}: check its colons, quotes and indentation") from error


def _mapped(loaded: Any) -> Document:  # noqa: ANN401 - as above
    if isinstance(loaded, str):
        return Document(BriefFields(), loaded.strip())
    fields = _to_fields(loaded)
    if not fields.brief and not fields.shots:
        raise BriefError("the brief has fields but says nothing to show: add `brief:` with a sentence, or `shots:`")
    return Document(fields, (fields.brief or "").strip())


def _to_fields(loaded: Any) -> BriefFields:  # noqa: ANN401 - as above
    if loaded is None:
        return BriefFields()
    if not isinstance(loaded, dict):
        raise BriefError("the brief's file must be a mapping of fields, such as `brief:`, `seconds:`, `aspect:`")
    try:
        fields = BriefFields.model_validate({str(key): value for key, value in loaded.items()})
    except ValidationError as error:
        raise BriefError(_one_line(error)) from error
    _check_texts(fields)
    return fields


def _check_texts(fields: BriefFields) -> None:
    """No text of a field holds what its escapes hid: control characters, halves of a character."""
    for name, value in fields:
        if _CONTROL.search("\n".join(_texts(value))):
            raise BriefError(f"the brief's field `{name}` holds control characters: take them out")


def _texts(value: object) -> list[str]:
    """Every text in a field's value."""
    if isinstance(value, BaseModel):
        return [text for _, inner in value for text in _texts(inner)]
    if isinstance(value, tuple):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def _one_line(error: ValidationError) -> str:
    """The first fault of a validation, naming the field."""
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = ", ".join(BriefFields.model_fields) if len(fault["loc"]) == 1 else "text, seconds or path, role"
        return f"the brief has an unknown field `{field}`: use {known}"
    return f"the brief's field `{field}` cannot be read: {fault['msg'].removeprefix('Value error, ')}"
