"""What the environment may set; every field is described, and stands in the README."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from aiprod_agents.errors import InputError

PREFIX = "AIPROD_"


class Settings(BaseSettings):
    """Read from the environment, one variable a field, named `AIPROD_` and the field in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = Field(
        default=Path("~/.aiprod"),
        description="The workspace: database, media, packages and log. What is remembered stays inside it.",
    )
    project: str = Field(
        default="default",
        min_length=1,
        max_length=80,
        description="The project that productions belong to when `--project` is not given.",
    )

    engine: str = Field(
        default="house",
        description="The engine that renders, by its name in the entry point group `aiprod.engines`.",
    )
    weights: Path | None = Field(
        default=None,
        description="A folder of weights with its card; the released weights of the house model when it is not set.",
    )
    threads: int = Field(
        default=2,
        ge=1,
        le=256,
        description="How many threads compute. It is part of what a film is made from: another count, other bytes.",
    )

    @property
    def workspace(self) -> Path:
        """The workspace's folder, absolute."""
        return self.home.expanduser().absolute()


def read_settings() -> Settings:
    """The settings in force; `InputError` names a variable that cannot be read."""
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = PREFIX + str(fault["loc"][0]).upper()
        raise InputError(f"The setting {name} cannot be read: {fault['msg']}.") from error
