"""The state machine on one screen: eight states, and the routes between them."""

from langgraph.graph import END, START, StateGraph

from aiprod_agents import routing
from aiprod_agents.context import StudioContext
from aiprod_agents.nodes.creative_director import direct
from aiprod_agents.nodes.delivery import deliver
from aiprod_agents.nodes.fast_track_optimizer import optimize
from aiprod_agents.nodes.financial_orchestrator import orchestrate_money
from aiprod_agents.nodes.intake import take_in
from aiprod_agents.nodes.render_executor import render_or_assemble
from aiprod_agents.nodes.semantic_qa import judge
from aiprod_agents.nodes.visual_translator import translate
from aiprod_agents.state import ProductionState, State

Builder = StateGraph[ProductionState, StudioContext, ProductionState, ProductionState]


def build_graph() -> Builder:
    """The uncompiled graph; the studio compiles it with its checkpointer.

    A state that leads to itself has two halves: an open gate (nothing but the question stands in the second half), or
    a fan-out of shots and the join that assembles them.
    """
    graph: Builder = StateGraph(ProductionState, context_schema=StudioContext)
    graph.add_node(State.INTAKE, take_in)
    graph.add_node(State.CREATIVE_DIRECTOR, direct)
    graph.add_node(State.FAST_TRACK_OPTIMIZER, optimize)
    graph.add_node(State.VISUAL_TRANSLATOR, translate)
    graph.add_node(State.FINANCIAL_ORCHESTRATOR, orchestrate_money)
    graph.add_node(State.RENDER_EXECUTOR, render_or_assemble)
    graph.add_node(State.SEMANTIC_QA, judge)
    graph.add_node(State.DELIVERY, deliver)

    graph.add_conditional_edges(START, routing.enter)
    graph.add_conditional_edges(State.INTAKE, routing.after_intake)
    graph.add_edge(State.CREATIVE_DIRECTOR, State.VISUAL_TRANSLATOR)
    graph.add_edge(State.FAST_TRACK_OPTIMIZER, State.VISUAL_TRANSLATOR)
    graph.add_edge(State.VISUAL_TRANSLATOR, State.FINANCIAL_ORCHESTRATOR)
    graph.add_conditional_edges(
        State.FINANCIAL_ORCHESTRATOR, routing.after_finance, [*routing.FINANCE_ROUTES.values(), State.RENDER_EXECUTOR]
    )
    graph.add_conditional_edges(State.RENDER_EXECUTOR, routing.after_render)
    graph.add_conditional_edges(State.SEMANTIC_QA, routing.after_qa)
    graph.add_edge(State.DELIVERY, END)
    return graph


def draw_mermaid() -> str:
    """The state machine as a Mermaid diagram."""
    return build_graph().compile().get_graph().draw_mermaid()
