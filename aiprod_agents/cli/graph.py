"""`aiprod graph`: the state machine as a diagram."""

from aiprod_agents.cli.exit_codes import ExitCode
from aiprod_agents.cli.options import JsonOption
from aiprod_agents.cli.printing import print_json, print_result


def graph(*, json: JsonOption = False) -> int:
    """Print the state machine as a Mermaid diagram."""
    from aiprod_agents.graph import draw_mermaid

    diagram = draw_mermaid()
    if json:
        print_json({"mermaid": diagram})
    else:
        print_result(diagram.rstrip())
    return ExitCode.DELIVERED
