"""The house writer: rules, words and a sentence encoder in a language model's place; deterministic, offline."""

from aiprod_agents.house_writer.meaning import Embed, Meaning
from aiprod_agents.house_writer.planner import write_plan
from aiprod_agents.house_writer.translator import translate
from aiprod_agents.language_models.port import AnswerT, LanguageModelError
from aiprod_agents.plan import PlanInput, Task, TranslationInput
from memory.records import Record


class HouseWriter:
    """Answers the crew's questions without a language model.

    Args:
        embed: the engine's sentence encoder; unit vectors, one a text.
    """

    name = "house-writer 1"

    def __init__(self, embed: Embed) -> None:
        self._meaning = Meaning(embed)

    async def ask(self, task: Task, question: Record, answer_type: type[AnswerT]) -> AnswerT:
        """Answer the task's question; the same question gets the same answer."""
        answer: Record
        if task in ("creative_director", "fast_track_optimizer") and isinstance(question, PlanInput):
            answer = await write_plan(question, self._meaning, fast=task == "fast_track_optimizer")
        elif task == "visual_translator" and isinstance(question, TranslationInput):
            answer = await translate(question, self._meaning)
        else:
            raise LanguageModelError(
                f"the house writer cannot do {task} with {type(question).__name__}: ask another model"
            )
        if not isinstance(answer, answer_type):
            raise LanguageModelError(
                f"the house writer answers {task} with {type(answer).__name__}, not {answer_type.__name__}"
            )
        return answer
