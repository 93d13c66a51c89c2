"""Lets an edited animatic into a production, once it was held against the plan: nothing is touched before."""

from collections.abc import Callable

from aiprod_agents.brief_reading import ReadBrief
from aiprod_agents.context import StudioContext
from aiprod_agents.hand_edits.applying import settle_edit
from aiprod_agents.hand_edits.edits import AnimaticEdit
from aiprod_agents.plan import Plan
from aiprod_agents.previewing import NO_PRODUCTION, plan_once
from aiprod_agents.state import Answer, Commission, Order, ProductionState
from memory.records import Brief


async def admit_edit(
    edit: AnimaticEdit | None, read: ReadBrief, brief: Brief, order: Order, context: StudioContext
) -> AnimaticEdit | None:
    """The file as it stands over the plan that the production will make; none stays none.

    The plan is made here for that alone: the same brief, seed and recall give the same plan again.

    Raises:
        InputError: the file does not fit that plan.
    """
    if edit is None:
        return None
    commission = Commission(production_id=NO_PRODUCTION, assumed=read.notes, **order.model_dump())
    recall = context.memory.recall(commission.project, brief.text)
    plan = await plan_once(brief, commission, recall, context)
    return settle_edit(edit, plan, brief, await context.engine.card())


async def admit_answer(answer: Answer, state: ProductionState, open_context: Callable[[], StudioContext]) -> Answer:
    """The answer with its file as it stands over the plan at the gate; InputError where it does not fit that plan.

    Without a file no engine is needed, and none is started.
    """
    if answer.edit is None:
        return answer
    plan = Plan(concept=state["concept"], look=state["look"], storyboard=state["storyboard"])
    settled = settle_edit(answer.edit, plan, state["brief"], await open_context().engine.card())
    return answer.model_copy(update={"edit": settled})
