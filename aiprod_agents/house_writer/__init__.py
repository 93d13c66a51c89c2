"""The house writer and house translator: plans and translations by rules, lexicons and a sentence encoder, offline."""

from aiprod_agents.house_writer.writer import HouseWriter

__all__ = ["HouseWriter"]
