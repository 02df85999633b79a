"""The settings of one installation: the environment over gateway.toml over the defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.colours import is_colour, is_readable, nearest_readable
from gateway.errors import ConfigError, Problem
from gateway.fields import SECRET_REFERENCE, UnfitError, as_written, parse_duration
from gateway.toml_source import TomlPath, TomlSource, parse_bytes

FILE = "gateway.toml"
PREFIX = "GATEWAY_"
HOST, PORT = "127.0.0.1", 8080
"""Where `gateway serve` listens where it is told nothing else."""
_YEAR = timedelta(days=366)
_TOKEN = re.compile(r"(?<=[^/:])[/?].*")
_PASSWORD = re.compile(r"(//[^:/@]*:)[^@]*(?=@)|([?&]\w*password=)[^&]*")


def _duration(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else parse_duration(value)


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def _network(text: str) -> str:
    ip_network(text)  # its error names what is wrong with it
    return text


Network = Annotated[str, AfterValidator(_network)]


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
    webhook_networks: tuple[Network, ...] = Field(
        default=(),
        description="Networks of our own that webhooks made over the API may lead to, as 10.1.0.0/16.",
    )


class RetentionSettings(BaseModel):
    """How long each kind of content is kept: `[retention]`, or GATEWAY_RETENTION__NAME; left out, for ever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raw: Duration | None = Field(default=None, description="How long the bytes that were received are kept.")
    converted: Duration | None = Field(default=None, description="How long the bytes that were sent are kept.")
    documents: Duration | None = Field(default=None, description="How long the canonical documents are kept.")
    events: Duration | None = Field(default=None, description="How long the history of messages and outputs is kept.")
    usage: Duration | None = Field(default=None, description="How long the usage of accounts is kept.")
    acknowledgements: Duration | None = Field(
        default=None, description="How long it is kept which answers were owed and expected, once they came."
    )
    feed: Duration | None = Field(default=None, description="How long events are kept for those who read on.")

    @property
    def periods(self) -> dict[str, timedelta | None]:
        """How long each kind is kept; None: for ever."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class ReceiveSettings(BaseModel):
    """What may be posted to the connections that listen: `[receive]`, or GATEWAY_RECEIVE__NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    posts_per_second: float = Field(default=500, gt=0, description="The documents a key may post each second.")
    burst: int = Field(default=2_000, gt=0, description="The documents a key may post at once after a pause.")
    at_once: int = Field(default=256, gt=0, description="The documents that may be on their way at the same time.")
    at_once_by_connection: int = Field(default=128, gt=0, description="How many of them to the same connection.")
    grace: Duration = Field(default=timedelta(seconds=10), description="How long a body may come slowly.")
    bytes_per_second: int = Field(default=1_024, gt=0, description="The bytes that must come each second after that.")
    deadline: Duration = Field(
        default=timedelta(minutes=30), gt=timedelta(), description="How long a body may take to come."
    )
    proxies: tuple[Network, ...] = Field(
        default=("127.0.0.0/8", "::1"),
        description="Networks of the proxies before us, whose `X-Forwarded-For` tells where a caller is.",
    )


_URL = re.compile(r"https?://[^\s/?#@]+([/?][^\s#]*)?", re.ASCII)
_MAIL = re.compile(r"[^\s@<>,;:\"]+@[A-Za-z0-9.-]+", re.ASCII)


def _reference(value: str) -> str:
    if not SECRET_REFERENCE.fullmatch(value):
        raise UnfitError("a secret stands in the open", 'name it, as "secret:NAME" or "env:NAME"')
    return value


def _url_or_reference(value: str) -> str:
    if not (SECRET_REFERENCE.fullmatch(value) or _URL.fullmatch(value)):
        raise UnfitError("this is no address", 'write "https://HOST/PATH", or "secret:NAME" where it holds a token')
    return value


def _mail(value: str) -> str:
    if not _MAIL.fullmatch(value):
        raise UnfitError(f"{value!r} is no mail address", 'write it as "name@example.com"')
    return value


SecretReference = Annotated[str, AfterValidator(_reference)]
Mail = Annotated[str, AfterValidator(_mail)]


class AlarmSettings(BaseModel):
    """Who is told of alarms, beside the log: `[alarms]`, or GATEWAY_ALARMS__NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_url: Annotated[str, AfterValidator(_url_or_reference)] | None = Field(
        default=None,
        description="Where alarms are posted as JSON; secret:NAME or env:NAME where the address holds a token.",
    )
    webhook_secret: SecretReference | None = Field(
        default=None, description="The key their signature is made with, as secret:NAME or env:NAME."
    )
    smtp_host: str | None = Field(default=None, description="The mail server that takes what is told by mail.")
    smtp_port: int = Field(default=587, gt=0, lt=65_536, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to it is encrypted."
    )
    smtp_user: str | None = Field(default=None, description="The user it wants.")
    smtp_password: SecretReference | None = Field(
        default=None, description="The user's password, as secret:NAME or env:NAME."
    )
    mail_from: Mail | None = Field(default=None, description="The address mails come from.")
    mail_to: tuple[Mail, ...] = Field(default=(), description="The addresses mails go to.")
    mail_every: Duration = Field(
        default=timedelta(minutes=15), description="The least time between two mails; what comes meanwhile is gathered."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_host and not (self.mail_from and self.mail_to):
            raise UnfitError("smtp_host says nothing without mail_from and mail_to", "write both, or take it out")
        if self.smtp_user and (self.smtp_security == "none" or not self.smtp_password):
            raise UnfitError("smtp_user wants smtp_password and an encrypted connection", 'use "starttls" or "tls"')
        return self


def _accent(text: str) -> str:
    if not is_colour(text):
        raise UnfitError(f"{text!r} is no colour", 'write six digits as "#0b5a78"')
    if not is_readable(text):
        raise UnfitError(
            f"nothing can be read on {text}", f'the nearest colour for which it can is "{nearest_readable(text)}"'
        )
    return text


class ShopSettings(BaseModel):
    """How the shopping pages look: `[shop]`, or GATEWAY_SHOP__NAME."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", description="What the shop is called at the top of its pages.")
    accent: Annotated[str, AfterValidator(_accent)] | None = Field(
        default=None, description="The colour of its buttons, as #0b5a78; those of links and marks are derived of it."
    )
    logo: Path | None = Field(
        default=None, description="The SVG or PNG beside the name, up to 26 px high; a path in the workspace."
    )


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
        default=timedelta(hours=24), description="How long the same bytes posted again are the same delivery."
    )
    lease: Duration = Field(
        default=timedelta(seconds=60),
        gt=timedelta(0),
        description="How long what a process works on is its own after it was last heard of; on PostgreSQL.",
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="Sizes beyond which a file is refused.")
    api: ApiSettings = Field(default=ApiSettings(), description="What each key may ask of the JSON API.")
    receive: ReceiveSettings = Field(
        default=ReceiveSettings(), description="What may be posted to the connections that listen."
    )
    retention: RetentionSettings = Field(
        default=RetentionSettings(), description="How long each kind of content is kept."
    )
    shop: ShopSettings = Field(default=ShopSettings(), description="How the shopping pages look.")
    alarms: AlarmSettings = Field(default=AlarmSettings(), description="Who is told of alarms, beside the log.")

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

    @field_validator("retention")
    @classmethod
    def _keeps_what_is_needed(cls, value: RetentionSettings, others: ValidationInfo) -> RetentionSettings:
        again = max(others.data.get(name, timedelta()) for name in ("reuse_after", "duplicate_window"))
        for name in ("raw", "converted"):
            period = getattr(value, name)
            if period is not None and period < again:
                raise ValueError(f"{name} is shorter than reuse_after, in which what comes again is answered as before")
        if value.usage is not None and value.usage < _YEAR:
            raise ValueError("usage is shorter than 366d, and metrics look back a year")
        return value

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
    del values["workspace"]
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    paths: dict[TomlPath, object] = {(name,): value for name, value in values.items() if name not in tables}
    paths |= {(table, name): value for table, inner in tables.items() for name, value in inner.items()}
    for path, value in paths.items():
        text = _PASSWORD.sub(r"\1\2***", as_written(value))
        if path == ("alarms", "webhook_url"):
            text = _TOKEN.sub("/***", text)
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
