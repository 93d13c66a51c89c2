"""What can be had and what is here: the house's releases, the catalogue, and other weights in the folder of models."""

import shutil
from pathlib import Path

from render_engine.api.library import ListedModel, ModelList
from render_engine.api.values import RenderError
from render_engine.library.catalogue import published_models
from render_engine.releases import CARD_FILE, DEFAULT_RELEASE, read_card

PARTIAL = ".partial"
UNKNOWN_LICENCE = "see its publisher's"


def list_models(folder: Path) -> ModelList:
    """List everything; the network is not asked.

    Raises:
        RenderError: a release or the folder cannot be read.
    """
    known = [_placed(model, folder) for model in published_models()]
    strangers = _find_strangers(folder, {model.path for model in known if model.path})
    models = (*_find_releases(), *known, *strangers)
    return ModelList(folder=folder, free_bytes=free_bytes(folder), models=models)


def free_bytes(folder: Path) -> int:
    """Room on the disk where the folder lies or will be made.

    Raises:
        RenderError: it stands under something that is no folder.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise RenderError(f"{nearest} is a file: give a folder for the models")
    return shutil.disk_usage(nearest).free


def partial_path(target: Path, digest: str) -> Path:
    """Where a file grows while it is fetched: beside its place, by its content, so that no two contents mix."""
    return target.with_name(f".{target.name}.{digest[:16]}{PARTIAL}")


def _find_releases() -> list[ListedModel]:
    return [_describe_release(card.parent) for card in sorted(DEFAULT_RELEASE.parent.glob(f"*/{CARD_FILE}"))]


def _describe_release(folder: Path) -> ListedModel:
    card = read_card(folder)
    return ListedModel(
        name=card.name,
        part="model",
        version=card.version,
        num_bytes=sum((folder / name).stat().st_size for name in card.files if (folder / name).is_file()),
        licence="the project's",
        about="ships with the project",
        path=folder,
    )


def _placed(model: ListedModel, folder: Path) -> ListedModel:
    """The model with what lies here of it."""
    target = folder / model.repo / model.file
    if target.is_file():
        return model.model_copy(update={"path": target, "num_bytes": target.stat().st_size})
    begun = [path.stat().st_size for path in target.parent.glob(f".{target.name}.*{PARTIAL}")]
    return model.model_copy(update={"bytes_fetched": max(begun, default=0)})


def _find_strangers(folder: Path, known: set[Path]) -> list[ListedModel]:
    """Weights in the folder that no catalogue names, by their path in it."""
    found = sorted(path for path in folder.rglob("*.safetensors") if path.is_file() and path not in known)
    return [
        ListedModel(
            name=str(path.relative_to(folder)),
            part="unknown",
            num_bytes=path.stat().st_size,
            licence=UNKNOWN_LICENCE,
            about="not in the catalogue; inspect it",
            path=path,
        )
        for path in found
    ]
