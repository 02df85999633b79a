"""What every connection that speaks HTTP outwards is told of the way there: the same fields, made into a door."""

from __future__ import annotations

from base64 import b64encode

from gateway.connector import ConnectionConfig, Field, FieldType
from gateway.fields import SECRET_REFERENCE
from gateway.outbound.addresses import Reach, networks_of
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
