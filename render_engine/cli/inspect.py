"""`aiprod-engine inspect`: what weights hold, by their headers alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from render_engine.cli.exit_codes import ExitCode
from render_engine.cli.options import JsonOption, absolute
from render_engine.cli.printing import print_json, print_result

if TYPE_CHECKING:
    from render_engine.api import PartReport, WeightsReport

WeightsArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors file, or a folder with some.")]
VERDICTS = {True: "loads", False: "does not load", None: "not known yet"}


def inspect(file: WeightsArgument, *, json: JsonOption = False) -> int:
    """Tell which model weights are of, and whether the engine loads them.

    Only headers are read, so that 40 GB take no longer than 4 kB. Of a folder
    every file is told, a damaged one by its fault.
    """
    from render_engine.library.inspect import inspect as read

    reports = read(absolute(file))
    if json:
        print_json(f"[{','.join(report.model_dump_json(indent=2) for report in reports)}]")
        return ExitCode.DONE
    for report in reports:
        for line in describe(report):
            print_result(line)
    return ExitCode.DONE


def describe(report: "WeightsReport") -> list[str]:
    """What a file says of itself, a line each."""
    lines = [f"{report.path}: {report.num_bytes:,} bytes, {report.num_parameters:,} parameters"]
    if report.dtypes:
        lines.append("  tensors    " + ", ".join(f"{count} {dtype}" for dtype, count in report.dtypes.items()))
    if report.fault:
        return [*lines, f"  not known  {report.fault}"]
    blocks = f", {report.num_blocks} blocks" if report.num_blocks else ""
    later = "" if report.is_version_stated or not report.version else " or later"
    lines.append(f"  model      {f'{report.family} {report.version}'.strip()}{later}{blocks}")
    lines.append(f"  naming     {report.naming}, precision {report.precision}")
    if report.known_as:
        lines.append(f"  called as  {report.known_as}, which is published under that name")
    return [*lines, *(line for part in report.parts for line in describe_part(part))]


def describe_part(part: "PartReport") -> list[str]:
    """One part: whether it loads and why not, and what its config says in single values."""
    reason = f": {part.reason}" if part.reason else ""
    lines = [f"  {part.part}: {part.num_tensors} tensors, {part.num_parameters:,} parameters"]
    lines.append(f"    {VERDICTS[part.loads]}{reason}")
    return lines + [f"    {key} = {value}" for key, value in part.config.items()]
