"""Reads a brief by rules, in English and French: prose, Markdown, YAML or JSON, its pictures and shot list."""

from aiprod_agents.brief_reading.document import decode_brief
from aiprod_agents.brief_reading.reader import read_brief
from aiprod_agents.brief_reading.values import AttachedPicture, BriefError, ReadBrief

__all__ = ["AttachedPicture", "BriefError", "ReadBrief", "decode_brief", "read_brief"]
