"""What every connection that speaks HTTP outwards is told of the way there: the same fields, made into a door."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from gateway.connector import ConnectionConfig, Field, FieldType, Problem, Values
from gateway.errors import PermanentError
from gateway.fields import SECRET_REFERENCE
from gateway.outbound.addresses import Reach, networks_of, target_of
from gateway.outbound.door import Door
from gateway.outbound.tls import Tls

WAY = (
    Field(
        name="private",
        type=FieldType.FLAG,
        default=False,
        help="Whether the other side may be in our own network; left out, only the public internet is reached.",
    ),
    Field(
        name="networks",
        type=FieldType.TEXTS,
        default=(),
        help='Networks of our own that are reached too, as "10.1.0.0/16".',
    ),
    Field(name="ca", help="The certificates that vouch for the other side, PEM, relative to the workspace."),
    Field(name="certificate", help="Our certificate for mutual TLS, PEM, relative to the workspace."),
    Field(name="certificate_key", secret=True, help="The private key of our certificate, PEM, as secret:NAME."),
)
"""Where may be gone, and how both sides show who they are."""

CREDENTIALS = (
    Field(name="user", help="Whom the other side knows us as, by HTTP Basic with `password`."),
    Field(name="password", secret=True, help="The password of `user`, as secret:NAME or env:NAME."),
    Field(name="token", secret=True, help="What is shown as Authorization: Bearer, as secret:NAME or env:NAME."),
    Field(
        name="headers",
        type=FieldType.WORDS,
        default={},
        help="Further headers; a value that reads secret:NAME or env:NAME is that secret.",
    ),
)
"""Who we are for the other side."""


def way_problems(values: Values) -> Iterator[Problem]:
    """What is wrong with the fields of WAY and CREDENTIALS together, found before anything is reached."""
    for name, other in (("user", "password"), ("password", "user"), ("certificate_key", "certificate")):
        if values.has(name) and not values.has(other):
            yield values.place(name).problem(f"{name} is named without {other}", "name both, or none")
    shown = [name for name in ("user", "token") if values.has(name)]
    shown += [name for name in values.words("headers") if name.lower() == "authorization"]
    if len(shown) > 1:
        yield values.place(shown[0]).problem(f"{shown[0]} and {shown[1]} both say who we are", "name one of them")
    try:
        networks_of(values.texts("networks"))
    except PermanentError as error:
        yield _as_problem(values, "networks", error)


def url_problems(values: Values, key: str, url: str) -> Iterator[Problem]:
    """What is wrong with the URL of a key, as it is when words are put into it."""
    try:
        target_of(url)
    except PermanentError as error:
        yield _as_problem(values, key, error)


def _as_problem(values: Values, key: str, error: PermanentError) -> Problem:
    text, _, advice = str(error).rpartition(". ")
    return values.place(key).problem(f"{key}: {text}", advice[:1].lower() + advice[1:].rstrip("."))


def door_of(config: ConnectionConfig) -> Door:
    """The door of a connection with the fields of WAY; raises ConfigError for a secret that is not there."""
    values = config.values
    ca, certificate, key = (values.text_or_none(name) for name in ("ca", "certificate", "certificate_key"))
    tls = Tls(
        authorities=config.workspace / ca if ca else None,
        certificate=config.workspace / certificate if certificate else None,
        key=config.secret(key) if key else None,
    )
    return Door(Reach(values.flag("private"), networks_of(values.texts("networks"))), tls)


def credentials_of(config: ConnectionConfig) -> dict[str, str]:
    """The headers of a connection with the fields of CREDENTIALS; raises ConfigError for a secret that is not there."""
    values = config.values
    headers = {
        name: config.secret(value) if SECRET_REFERENCE.fullmatch(value) else value
        for name, value in values.words("headers").items()
    }
    user, password, token = (values.text_or_none(name) for name in ("user", "password", "token"))
    if user:
        shown = f"{user}:{config.secret(password) if password else ''}"
        headers["Authorization"] = "Basic " + b64encode(shown.encode()).decode()
    elif token:
        headers["Authorization"] = "Bearer " + config.secret(token)
    return headers
