"""How weights are told on stdout: what there is, and what one file holds, a line each."""

from itertools import groupby

from aiprod_agents.cli.printing import print_result
from render_engine.api import ListedModel, ModelList, PartReport, WeightsReport

VERDICTS = {True: "loads", False: "does not load", None: "not known yet"}


def show_models(listed: ModelList) -> None:
    """Print what there is by where it comes from, and where it goes; names stand whole, to be copied."""
    width = max(len(model.name) for model in listed.models)
    for (origin, licence), models in groupby(listed.models, lambda model: (model.repo, model.licence)):
        of_origin = list(models)
        consent = "; accept its terms there and set HF_TOKEN" if of_origin[0].needs_consent else ""
        print_result(f"{origin or 'on this machine'} (licence: {licence}{consent})")
        for model in of_origin:
            facts = f"{model.part:<12}  {model.version:<5}  {size(model.num_bytes):>9}"
            print_result(f"  {model.name:<{width}}  {facts}  {describe_state(model, listed)}")
    print_result(f"weights are kept in {listed.folder}, {size(listed.free_bytes)} free")
    print_result("fetch one with: aiprod models pull NAME")


def describe_state(model: ListedModel, listed: ModelList) -> str:
    """What it is, and whether it is here, begun, or too large for the disk."""
    missing = (model.num_bytes or 0) - model.bytes_fetched
    state = ""
    if model.path:
        state = "here"
    elif missing > listed.free_bytes:
        state = f"no room: {size(missing)} to come"
    elif model.bytes_fetched:
        state = f"{size(model.bytes_fetched)} fetched"
    return "; ".join(filter(None, (state, model.about)))


def describe_report(report: WeightsReport) -> list[str]:
    """What a file says of itself."""
    lines = [f"{report.path}: {size(report.num_bytes)}"]
    if report.dtypes:
        dtypes = ", ".join(f"{count} {dtype}" for dtype, count in report.dtypes.items())
        lines.append(f"  tensors     {dtypes}; {count_of(report.num_parameters)} parameters")
    if report.fault:
        return [*lines, f"  not known   {report.fault}"]
    blocks = f", {report.num_blocks} blocks" if report.num_blocks else ""
    lines.append(f"  family      {report.family}{describe_version(report)}{blocks}")
    lines.append(f"  naming      {report.naming}; precision {report.precision}")
    lines += [f"  called as   {report.known_as}, published under that name"] if report.known_as else []
    return lines + [line for part in report.parts for line in describe_part(part)]


def describe_version(report: WeightsReport) -> str:
    """The version that it states, or the oldest that fits."""
    if not report.version:
        return ""
    return f" {report.version}" if report.is_version_stated else f" {report.version} or later"


def describe_part(part: PartReport) -> list[str]:
    """One part, whether it loads, and its config in short."""
    reason = f": {part.reason}" if part.reason else ""
    lines = [
        f"  {part.part:<11} {VERDICTS[part.loads]}{reason}",
        f"              {part.num_tensors} tensors, {count_of(part.num_parameters)} parameters",
    ]
    values = ", ".join(f"{key} {value}" for key, value in part.config.items())
    return [*lines, f"              {values}"] if values else lines


def size(num_bytes: int | None) -> str:
    """Bytes for a person, in the hub's units of 1000."""
    if num_bytes is None:
        return "not known"
    for unit, divisor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if num_bytes >= divisor:
            return f"{num_bytes / divisor:.3g} {unit}"
    return f"{num_bytes} bytes"


def count_of(number: int) -> str:
    """A number of parameters for a person."""
    for unit, divisor in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= divisor:
            return f"{number / divisor:.3g} {unit}"
    return str(number)
