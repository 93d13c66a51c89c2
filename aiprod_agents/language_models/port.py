"""The port that every language model implements: a task by name, a typed question, a typed answer."""

from typing import Protocol, TypeVar

from aiprod_agents.plan import Task
from memory.records import Record

AnswerT = TypeVar("AnswerT", bound=Record)


class LanguageModelError(Exception):
    """The model could not answer; the message is one line that says what to do."""


class UnusableAnswerError(LanguageModelError):
    """What was answered cannot be filmed, and asking the same again would not help: the question must change."""


class LanguageModel(Protocol):
    """Answers the crew's questions; the words of each task live in `prompts/`."""

    @property
    def name(self) -> str:
        """Name and version, as the manifest shows it."""
        ...

    async def ask(self, task: Task, question: Record, answer_type: type[AnswerT]) -> AnswerT:
        """Answer the task's question with a valid `answer_type`, or raise `LanguageModelError`."""
        ...
