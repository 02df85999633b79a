"""The settings of one installation: the environment over gateway.toml over the defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.errors import ConfigError, Problem
from gateway.fields import UnfitError, parse_duration
from gateway.toml_source import TomlPath, TomlSource, parse_bytes

FILE = "gateway.toml"
PREFIX = "GATEWAY_"
_PASSWORD = re.compile(r"(//[^:/@]*:)[^@]*(?=@)|([?&]\w*password=)[^&]*")


def _duration(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else parse_duration(value)


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class LimitSettings(BaseModel):
    """Sizes beyond which a file is refused: `[limits]`, or GATEWAY_LIMITS__NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_interchange_bytes: int = Field(default=1 << 30, gt=0, description="The largest interchange taken, in bytes.")
    max_message_bytes: int = Field(default=32 << 20, gt=0, description="The largest message read, in bytes.")
    max_segment_bytes: int = Field(default=1 << 16, gt=0, description="The longest segment read, in bytes.")
    max_segments_per_message: int = Field(default=200_000, gt=0, description="The most segments in a message.")
    max_messages_per_interchange: int = Field(
        default=1_000_000, gt=0, description="The most messages in an interchange."
    )
    max_groups_per_interchange: int = Field(default=10_000, gt=0, description="The most groups in an interchange.")


class ApiSettings(BaseModel):
    """What each key may ask of the JSON API: `[api]`, or GATEWAY_API__NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_second: float = Field(default=100, gt=0, description="The requests a key may make each second.")
    burst: int = Field(default=500, gt=0, description="The requests a key may make at once after a pause.")
    max_body_bytes: int = Field(default=1 << 20, gt=0, description="The largest body taken, in bytes.")


class Settings(BaseSettings):
    """Each setting is a key of gateway.toml and, with GATEWAY_ before it, a variable of the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid")

    workspace: Path = Field(default=Path(), description="The folder of the configuration.")
    database_url: str = Field(default="", description="Where the store is; left out, SQLite in the workspace's var/.")
    auto_publish: bool = Field(
        default=False, description="Whether changed files are published by the next command that runs."
    )
    master_key: SecretStr | None = Field(default=None, description="The key the secrets are encrypted with.")
    master_key_file: Path | None = Field(default=None, description="The file that holds the master key.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="The least that is logged."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How a line of the log is written.")
    public_url: str | None = Field(default=None, description="The address others reach this gateway by.")
    cxml_dtd_dir: Path | None = Field(default=None, description="The folder of the cXML DTDs.")
    reuse_after: Duration = Field(
        default=timedelta(days=400), description="When a control reference may be used again."
    )
    duplicate_window: Duration = Field(
        default=timedelta(hours=24), description="How long the same file without a reference is a duplicate."
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="Sizes beyond which a file is refused.")
    api: ApiSettings = Field(default=ApiSettings(), description="What each key may ask of the JSON API.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the name and place are pydantic-settings'
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The workspace as named by the caller, then the environment, then what gateway.toml says."""
        named = InitSettingsSource(settings_cls, {"workspace": init_settings()["workspace"]})
        return named, env_settings, init_settings

    @property
    def url(self) -> str:
        """The store's address."""
        # In a URL ? and % mean something; in the name of a folder they do not.
        return self.database_url or f"sqlite:///{quote(str((self.workspace / 'var' / 'gateway.db').absolute()))}"


class Effective(NamedTuple):
    """A setting as it holds: `origin` is default, environment, or the place in gateway.toml."""

    name: str
    value: str
    origin: str


def workspace_named(given: Path | None = None) -> Path:
    """The workspace: as given, else GATEWAY_WORKSPACE, else the current directory."""
    return given or Path(os.environ.get(f"{PREFIX}WORKSPACE") or ".")


def load_settings(workspace: Path) -> Settings:
    """The settings of this workspace; raises ConfigError with every value that does not fit."""
    source = _source(workspace)
    problems = lint_settings(source)
    if problems:
        raise ConfigError(problems=problems)
    try:
        return _settings(Settings, source, workspace)
    except ValidationError as error:
        raise ConfigError(
            problems=[_problem(each, _variable(each["loc"]), (0, 0)) for each in error.errors()]
        ) from None


def lint_settings(source: TomlSource) -> list[Problem]:
    """What is wrong in this gateway.toml, whatever the environment says."""
    problems = []
    if "workspace" in source.data:
        problems.append(source.problem(("workspace",), "a workspace cannot name itself", "take it out"))
    try:
        _settings(_FileSettings, source, Path())
    except ValidationError as error:
        problems += [_problem(each, source.file, source.position(each["loc"])) for each in error.errors()]
    return problems


def effective(settings: Settings) -> Iterator[Effective]:
    """Every setting as it holds, and where it comes from; secrets are masked."""
    source = _source(settings.workspace)
    values = settings.model_dump()
    tables = {name: values.pop(name) for name in ("limits", "api")}
    paths: dict[TomlPath, object] = {(name,): value for name, value in values.items() if name != "workspace"}
    paths |= {(table, name): value for table, inner in tables.items() for name, value in inner.items()}
    for path, value in paths.items():
        text = "" if value is None else _PASSWORD.sub(r"\1\2***", str(value))
        yield Effective(".".join(map(str, path)), text, _origin(source, path))


class _FileSettings(Settings):
    """The settings a file alone makes."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names and places are pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What gateway.toml says."""
        return (init_settings,)


def _settings(kind: type[Settings], source: TomlSource, workspace: Path) -> Settings:
    return kind(**{**source.data, "workspace": workspace})  # type: ignore[arg-type] # checked by pydantic


def _source(workspace: Path) -> TomlSource:
    file = workspace / FILE
    return parse_bytes(file.read_bytes() if file.is_file() else b"", FILE)


def _problem(error: ErrorDetails, file: str, position: tuple[int, int]) -> Problem:
    """What pydantic found, told as every other problem of a file."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return Problem(file, *position, f"unknown key {name}", "see the reference of settings")
    unfit = error.get("ctx", {}).get("error")
    advice = unfit.advice if isinstance(unfit, UnfitError) else ""
    return Problem(file, *position, f"{name}: {error['msg'].removeprefix('Value error, ')}", advice)


def _variable(path: TomlPath) -> str:
    return PREFIX + "__".join(map(str, path)).upper()


def _origin(source: TomlSource, path: TomlPath) -> str:
    variable = _variable(path)
    if variable in os.environ:
        return variable
    table: object = source.data
    for name in path:
        table = table.get(str(name)) if isinstance(table, dict) else None
    return "default" if table is None else ":".join(map(str, (source.file, *source.position(path))))
