"""Voiding: a later verdict on a delivered film is told in its package, so that nobody relies on the approval."""

import json
from pathlib import Path

from aiprod_agents.errors import StudioError
from aiprod_agents.made import write_whole
from aiprod_agents.manifest import QA
from aiprod_agents.package import find_owner, hash_file, write_json
from aiprod_agents.pages import retell_verdict
from aiprod_agents.plan_page import PAGE
from memory.records import Deliverable, Review, Verdict

_CANNOT = "the verdict cannot be written into the package in"
VOIDED: dict[Verdict, str] = {"rejected": "rejected by", "needs_changes": "sent back for changes by"}


def void_package(deliverable: Deliverable, production_id: str, review: Review) -> Deliverable:
    """Tell in the package's report and page what a later review says; told twice, it is the same.

    A folder in which the package does not lie any more is left alone. The film and all else stay as they are.

    Raises:
        StudioError: the package cannot be written to.
    """
    folder = Path(deliverable.folder)
    files = deliverable.files
    if find_owner(folder) == production_id:
        try:
            _retell_report(folder / QA, review)
            page = folder / PAGE
            write_whole(page, retell_verdict(page.read_text("utf-8"), review))
            files = {**files, **{name: hash_file(folder / name) for name in (QA, PAGE)}}
        except OSError as error:
            why = error.strerror or error
            raise StudioError(f"{_CANNOT} {folder}: {why}. Make it writable, or move it away, and resume.") from error
        except (ValueError, LookupError, TypeError) as error:
            raise StudioError(f"{_CANNOT} {folder}: it was changed. Move it away, and resume.") from error
    void = f"{VOIDED[review.verdict]} {review.author}"
    return deliverable.model_copy(update={"void": void, "files": files})


def _retell_report(path: Path, review: Review) -> None:
    """Let the later review be the one in force, and keep the one that it voids."""
    report = json.loads(path.read_text("utf-8"))
    later = review.model_dump(mode="json")
    if report["review"] != later:
        report = {**report, "review": later, "voided_reviews": [*report["voided_reviews"], report["review"]]}
        write_json(path, report)
