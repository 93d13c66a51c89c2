"""Changes that a person asks for before the film is bought: each holds until a later one contradicts it."""

from aiprod_agents.plan import PlanInput
from aiprod_agents.state import Answer
from tests.studio.conftest import Bench, make_brief, make_order


async def test_a_second_change_is_asked_for_together_with_the_first(bench: Bench) -> None:
    async with bench.open() as studio:
        asked = await studio.produce(make_brief(), make_order(auto_approve=False))
        for gate, choice, text in (
            ("plan", "change", "more sky"),
            ("plan", "approve", ""),
            ("cost", "change", "no red,\nplease"),
        ):
            answer = Answer.model_validate({"gate": gate, "choice": choice, "text": text})
            asked = await studio.answer(asked.production_id, answer)
    questions = [question for question in bench.writer.questions if isinstance(question, PlanInput)]
    assert [question.change_request for question in questions] == ["", "more sky", "more sky\nno red, please"]
    assert questions[2].previous is not None
